//! The example programs, run as a person would run them.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use blocking_ws::http::StatusCode;
use blocking_ws::testing::{MockServer, Peer};
use blocking_ws::{Client, CloseCode, CloseStatus, Refusal, Server, WebSocket};
use serde_json::{Value, json};

use test_support::nobody::nobody;
use test_support::program::Program;
use test_support::socket::{PATIENCE, patient};
use test_support::terminal::Ended;

/// After what a loaded machine needs, before the 10 seconds that are the default.
const SOON: Duration = Duration::from_secs(5);

/// An echo server that has told its URL.
fn echo_server<'a>(options: impl IntoIterator<Item = &'a str>) -> (Program, String) {
    let arguments = ["--addr", "127.0.0.1:0"].into_iter().chain(options);
    let server = Program::start("echo_server", arguments);
    let line = server.line();
    let url = line.strip_prefix("listening on ").expect(&line).to_owned();
    (server, url)
}

/// What `line_client` makes of an input.
fn line_client<'a>(arguments: impl IntoIterator<Item = &'a str>, input: &str) -> Ended {
    let mut client = Program::start("line_client", arguments);
    client.feed(input);
    client.end()
}

fn expect_output(ended: &Ended, output: &str, rule: &str) {
    assert_eq!(ended.stdout, output, "{rule}");
    assert_eq!(ended.stderr, "", "{rule}");
    assert_eq!(ended.code, Some(0), "{rule}");
}

/// A failure is told in one line that says what it is about.
fn expect_failure(ended: &Ended, program: &str, about: &str) {
    let line = ended.stderr.strip_suffix('\n').unwrap_or_default();
    let is_one = line.starts_with(&format!("{program}: ")) && !line.contains('\n');
    assert!(is_one, "{about}: not one line: {ended:?}");
    assert!(line.contains(about), "{about}: it does not say so: {line}");
    assert_eq!(ended.stdout, "", "{about}");
    assert_eq!(ended.code, Some(1), "{about}");
}

#[test]
fn the_first_server_is_at_most_12_lines() {
    let lines = include_str!("../../examples/hello_server.rs").lines().count();
    assert!(lines <= 12, "{lines} lines");
}

#[test]
fn the_first_two_programs_talk_to_each_other() {
    // Theirs is the only port that is fixed.
    if let Err(e) = TcpListener::bind("127.0.0.1:9001") {
        return eprintln!("skipped: port 9001 cannot be had: {e}");
    }
    let _server = Program::start("hello_server", []);
    let begun = Instant::now();
    let ended = loop {
        let ended = Program::start("hello_client", []).end();
        // The server says nothing when it is there.
        if ended.code == Some(0) || begun.elapsed() > PATIENCE {
            break ended;
        }
    };
    let said = "hello, who are you?\na thread\n";
    expect_output(&ended, said, "hello_client");
}

#[test]
fn lines_come_back() {
    let (_server, url) = echo_server([]);
    assert!(url.starts_with("ws://127.0.0.1:") && url.ends_with('/'), "{url}");
    let many: String = (0..10_000).map(|n: u32| n.to_string() + "\n").collect();
    let long = "x".repeat(1 << 20) + "\n";
    for (rule, input, output) in [
        ("three lines", "one\nGrüße, 🦀\nthree\n", "one\nGrüße, 🦀\nthree\n"),
        ("no input", "", ""),
        ("an empty line", "\n", "\n"),
        ("no line end", "last", "last\n"),
        ("Windows", "one\r\n", "one\n"),
        ("10,000 lines", &many, &many),
        ("a long line", &long, &long),
    ] {
        expect_output(&line_client([&url[..]], input), output, rule);
    }
}

#[test]
fn lines_come_back_from_another_place_than_the_url_names() {
    let (_server, url) = echo_server([]);
    let place = url.strip_prefix("ws://").unwrap().trim_end_matches('/');
    let way = ["--connect-to", place, "--local-addr", "127.0.0.1", "ws://chat.invalid/"];
    expect_output(&line_client(way, "one\ntwo\n"), "one\ntwo\n", "another place");
    for (way, why) in [
        (["--connect-to", "h:x", &url], "its port is not a number"),
        (["--local-addr", "::1", &url], "the local address is IPv6"),
        (["--proxy", "socks://h", &url], "mean a SOCKS4 proxy"),
    ] {
        expect_failure(&line_client(way, ""), "line_client", why);
    }
    assert_eq!(line_client(["--local-addr", "here", &url], "").code, Some(2));
}

#[test]
#[cfg(unix)]
fn lines_come_back_by_way_of_a_path() {
    let path = std::env::temp_dir().join(format!("ws-examples-{}", std::process::id()));
    let path = path.to_str().unwrap();
    // The second one replaces what the first one leaves behind when it is killed.
    for _ in 0..2 {
        let server = Program::start("echo_server", ["--unix", path]);
        assert_eq!(server.line(), format!("listening on unix:{path}"));
        let ended = line_client(["--unix", path, "ws://localhost/"], "one\ntwo\n");
        expect_output(&ended, "one\ntwo\n", "two lines");
        let second = Program::start("echo_server", ["--unix", path]);
        expect_failure(&second.end(), "echo_server", path);
    }
    expect_failure(&line_client(["--unix", path, "ws://localhost/"], ""), "line_client", path);
    std::fs::remove_file(path).unwrap();
}

#[test]
fn what_one_says_on_broadcast_everybody_there_hears() {
    let (_server, url) = echo_server([]);
    let mut elsewhere = blocking_ws::connect(&url).unwrap();
    let open = || {
        let mut ws = blocking_ws::connect(&format!("{url}broadcast")).unwrap();
        // It comes back to one who is there.
        ws.send("here").unwrap();
        assert_eq!(ws.recv().unwrap(), Some("here".into()));
        ws
    };
    let mut all = [open(), open(), open()];
    for (at, ws) in all.iter_mut().enumerate() {
        for _ in at + 1..3 {
            assert_eq!(ws.recv().unwrap(), Some("here".into()), "of those who came later");
        }
    }
    for speaker in 0..3 {
        all[speaker].send(format!("I am {speaker}")).unwrap();
        for ws in &mut all {
            assert_eq!(ws.recv().unwrap(), Some(format!("I am {speaker}").into()));
        }
    }
    elsewhere.send("echo").unwrap();
    assert_eq!(elsewhere.recv().unwrap(), Some("echo".into()));
}

#[test]
fn game_server_moves_its_players_and_measures_its_ticks() {
    let server = Program::start("game_server", ["--addr", "127.0.0.1:0", "--seconds", "1"]);
    let line = server.line();
    let url = line.strip_prefix("listening on ").expect(&line);
    let mut ws = blocking_ws::connect(url).unwrap();
    ws.set_read_timeout(PATIENCE);
    for direction in ["right", "right", "up", "nowhere"] {
        ws.send(direction).unwrap();
    }
    let mut wait = |what: &dyn Fn(&str) -> bool| {
        while !what(ws.recv().unwrap().expect("the game goes on").as_text().unwrap()) {}
    };
    wait(&|state| state.ends_with(":2,-1"));
    let _clients = Program::start("game_server", ["--clients", "5", "--url", url]);
    wait(&|state| state.split(' ').count() == 6);
    let mut line = server.line();
    while !line.starts_with("6 players") {
        line = server.line();
    }
    assert!(line.contains("30 ticks; begun late by p50 "), "{line}");
}

#[test]
fn ticker_pushes_and_answers_on_one_connection() {
    let server = Program::start("ticker", ["127.0.0.1:0"]);
    let line = server.line();
    let url = line.strip_prefix("listening on ").expect(&line);
    let mut clients = [(); 2].map(|()| blocking_ws::connect(url).unwrap());
    for ws in &mut clients {
        ws.set_read_timeout(PATIENCE);
        assert_eq!(ws.recv().unwrap(), Some("ask: time? clients?".into()));
        let second = |ws: &mut WebSocket| -> u64 {
            loop {
                let message = ws.recv().unwrap().unwrap();
                let text = message.as_text().unwrap();
                if let Some(count) = text.strip_prefix("tick ") {
                    return count.parse().unwrap();
                }
            }
        };
        let first = second(ws);
        assert_eq!(second(ws), first + 1);
    }
    let [ws, _other] = &mut clients;
    let mut answer = |question: &str| {
        ws.send(question).unwrap();
        let mut texts = ws.messages().map(|message| message.unwrap().as_text().unwrap().to_owned());
        texts.find(|text| !text.starts_with("tick ")).unwrap()
    };
    assert_eq!(answer("clients?"), "clients 2");
    assert!(answer("time?").starts_with("time "));
}

#[test]
fn a_chat_of_two_with_its_page() {
    let server = Program::start("chat_server", ["--addr", "127.0.0.1:0"]);
    let line = server.line();
    let url = line.strip_prefix("listening on ").expect(&line);
    let page = format!("http{}", url.strip_prefix("ws").unwrap());
    assert_eq!(server.line(), format!("the page is {page}"));
    let address = page.strip_prefix("http://").and_then(|rest| rest.strip_suffix('/')).unwrap();
    for (path, start, end) in [
        ("/", "HTTP/1.1 200 OK\r\n", "</html>\n"),
        ("/health", "HTTP/1.1 200 OK\r\n", "\r\n\r\nok\n"),
        ("/x", "HTTP/1.1 404 Not Found\r\n", "\n"),
    ] {
        let mut client = patient(TcpStream::connect(address).unwrap());
        write!(client, "GET {path} HTTP/1.1\r\nHost: {address}\r\n\r\n").unwrap();
        let mut told = String::new();
        client.read_to_string(&mut told).unwrap();
        assert!(told.starts_with(start) && told.ends_with(end), "{path}: {told}");
    }

    let hear = |ws: &mut WebSocket| -> Value {
        let message = ws.recv().unwrap().expect("an event");
        serde_json::from_slice(message.as_bytes()).unwrap()
    };
    let enter = |wanted: &str, name: &str, here: &[&str]| {
        let mut ws = blocking_ws::connect(url).unwrap();
        ws.set_read_timeout(PATIENCE);
        ws.send(wanted).unwrap();
        assert_eq!(hear(&mut ws), json!({ "kind": "welcome", "name": name }));
        assert_eq!(hear(&mut ws), json!({ "kind": "join", "name": name, "here": here }));
        ws
    };
    let mut first = enter(" Ada ", "Ada", &["Ada"]);
    let mut second = enter("Ada", "Ada 2", &["Ada", "Ada 2"]);
    let both = json!(["Ada", "Ada 2"]);
    assert_eq!(hear(&mut first), json!({ "kind": "join", "name": "Ada 2", "here": both }));
    second.send(" \n").unwrap();
    for (speaker, text) in [("Ada", "<b>hello"), ("Ada 2", "Grüße")] {
        let ws = if speaker == "Ada" { &mut first } else { &mut second };
        ws.send(text).unwrap();
        for ws in [&mut first, &mut second] {
            assert_eq!(hear(ws), json!({ "kind": "say", "name": speaker, "text": text }));
        }
    }
    second.close(CloseCode::Other(4000), "enough").unwrap();
    assert_eq!(second.close_status().map(CloseStatus::is_clean), Some(true));
    assert_eq!(hear(&mut first), json!({ "kind": "leave", "name": "Ada 2", "here": ["Ada"] }));

    let long = "x".repeat(25);
    for bad in ["", "  ", "a\nb", &long] {
        let mut ws = blocking_ws::connect(url).unwrap();
        ws.send(bad).unwrap();
        assert_eq!(ws.recv().unwrap(), None, "{bad:?}");
        assert_eq!(ws.close_status().unwrap().code(), CloseCode::Policy, "{bad:?}");
    }
    for (origin, welcome) in [
        (page.trim_end_matches('/'), true),
        ("https://127.0.0.1:8443", true),
        ("http://evil.example", false),
        ("http://127.0.0.1.evil.example", false),
        ("null", false),
    ] {
        let opened = Client::new().header("Origin", origin).connect(url);
        assert_eq!(opened.is_ok(), welcome, "{origin}: {opened:?}");
    }
}

#[test]
fn reconnecting_client_goes_on_with_a_server_that_was_restarted() {
    let server = Program::start("ticker", ["127.0.0.1:0"]);
    let line = server.line();
    let url = line.strip_prefix("listening on ").expect(&line);
    let client = Program::start("reconnecting_client", [url]);
    assert_eq!(client.line(), "connected");
    assert_eq!(client.line(), "ask: time? clients?");
    drop(server);
    let mut line = client.line();
    while line.starts_with("tick ") {
        line = client.line();
    }
    assert!(line.starts_with("the connection was lost (code 1006): "), "{line}");
    assert!(line.contains("; connecting in "), "{line}");
    assert!(client.line().starts_with("cannot connect: "), "nobody is there");

    let address = url.strip_prefix("ws://").unwrap().trim_end_matches('/');
    let _server = Program::start("ticker", [address]);
    let mut line = client.line();
    while line.starts_with("cannot connect: ") {
        line = client.line();
    }
    assert_eq!(line, "connected");
    assert_eq!(client.line(), "ask: time? clients?");
}

#[test]
fn a_failure_of_reconnecting_client_is_final() {
    let server = Server::bind("127.0.0.1:0").unwrap();
    let refuse = || Refusal::new(StatusCode::UNAUTHORIZED, "");
    let server = server.on_upgrade(move |_| Err(refuse())).spawn(|_| Ok(())).unwrap();
    let ended = Program::start("reconnecting_client", [server.url()]).end();
    assert_eq!((ended.code, &ended.stdout[..]), (Some(1), ""), "{ended:?}");
}

#[test]
fn a_reply_does_not_wait_for_the_end_of_the_input() {
    let (_server, url) = echo_server([]);
    let mut client = Program::start("line_client", [&url[..]]);
    for line in ["one", "two"] {
        client.type_in(&format!("{line}\n"));
        assert_eq!(client.line(), line);
    }
    client.feed("three");
    expect_output(&client.end(), "three\n", "the end");
}

#[test]
fn headers_and_subprotocols_are_sent() {
    let (tell, told) = mpsc::channel();
    let server = Server::bind("127.0.0.1:0").unwrap().subprotocol("chat.v1");
    let server = server.spawn(move |ws| {
        let headers = ws.request().headers().clone();
        tell.send((headers, ws.subprotocol().map(str::to_owned))).unwrap();
        while ws.recv()?.is_some() {}
        Ok(())
    });
    let server = server.unwrap();
    let options = ["--header", "X-One: 1", "--header", "X-One:2", "--subprotocol", "x"];
    let more = ["--subprotocol", "chat.v1", server.url()];
    expect_output(&line_client(options.into_iter().chain(more), ""), "", "options");
    let (headers, subprotocol) = told.recv_timeout(PATIENCE).unwrap();
    let values: Vec<_> = headers.get_all("x-one").iter().collect();
    assert_eq!(values, ["1", "2"]);
    assert_eq!(subprotocol.as_deref(), Some("chat.v1"));
    let (_server, url) = echo_server(["--subprotocol", "mine"]);
    for name in ["mine", "echo", "chat.v1"] {
        let ws = blocking_ws::Client::new().subprotocol(name).connect(&url);
        assert_eq!(ws.unwrap().subprotocol(), Some(name), "echo_server");
    }
}

#[test]
#[cfg(feature = "deflate")]
fn compression_is_offered_and_accepted_where_it_is_asked_for() {
    use blocking_ws::{Client, Deflate};

    let forgets = "permessage-deflate; server_no_context_takeover; client_no_context_takeover";
    let takeover = Deflate::new().send_takeover(true).recv_takeover(true);
    let text = "again and again\n".repeat(1000);
    for (flags, agreed) in [
        (&[][..], None),
        (&["--deflate"], Some(forgets)),
        (&["--deflate-takeover"], Some("permessage-deflate")),
    ] {
        let (_server, url) = echo_server(flags.iter().copied());
        let ws = Client::new().deflate(takeover.clone()).connect(&url).unwrap();
        assert_eq!(ws.extensions(), agreed, "echo_server {flags:?}");
        let client = |url: &str| line_client(flags.iter().copied().chain([url]), &text);
        expect_output(&client(&url), &text, "line_client");

        let (tell, told) = mpsc::channel();
        let server = Server::bind("127.0.0.1:0").unwrap().deflate(takeover.clone());
        let server = server.spawn(move |ws| {
            tell.send(ws.extensions().map(str::to_owned)).unwrap();
            while let Some(message) = ws.recv()? {
                ws.send(message)?;
            }
            Ok(())
        });
        expect_output(&client(server.unwrap().url()), &text, "line_client");
        let told = told.recv_timeout(PATIENCE).unwrap();
        assert_eq!(told.as_deref(), agreed, "line_client {flags:?}");
    }
}

#[test]
fn a_failure_is_one_line() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = listener.local_addr().unwrap().to_string();
    let server = Server::bind("127.0.0.1:0").unwrap().origin("https://a.example");
    let server = server.spawn(|_| Ok(())).unwrap();
    let (_taken, address) = nobody();
    let nowhere = format!("ws://{address}/");
    for (arguments, about) in [
        (vec![&nowhere[..]], &nowhere[..]),
        (vec![&nowhere], "refused"),
        (vec!["ftp://127.0.0.1/"], "ws://"),
        (vec!["nonsense"], "nonsense"),
        (vec!["ws://ali:sesame@nonexistent.invalid/?@"], "ws://nonexistent.invalid/?@: "),
        (vec!["ws://nonexistent.invalid/"], "nonexistent.invalid"),
        (vec![server.url(), "--header", "Origin: null"], "403 Forbidden"),
        (vec![server.url(), "--header", "no colon"], "--header"),
        (vec![server.url(), "--header", "a b: c"], "header"),
        (vec![server.url(), "--subprotocol", "a b"], "subprotocol"),
        (vec![server.url(), "--timeout=-1"], "negative"),
        (vec![server.url(), "--ca-file", "no-such.pem"], "no-such.pem"),
    ] {
        expect_failure(&line_client(arguments, ""), "line_client", about);
    }
    for (arguments, about) in [
        (vec!["--addr", &taken[..]], &taken[..]),
        (vec!["--addr", "nonexistent.invalid:0"], "nonexistent"),
        (
            vec!["--addr", "127.0.0.1:0", "--tls-cert", "no-such.pem", "--tls-key", "x"],
            if cfg!(any(feature = "tls", feature = "rustls")) {
                "no-such.pem"
            } else {
                "built without TLS"
            },
        ),
    ] {
        let server = Program::start("echo_server", arguments);
        expect_failure(&server.end(), "echo_server", about);
    }
    for (program, arguments) in [
        ("line_client", vec![]),
        ("line_client", vec!["ws://a/", "--unknown"]),
        ("echo_server", vec!["--tls-cert", "x"]),
        ("echo_server", vec!["--tls-backend", "openssl"]),
    ] {
        let ended = Program::start(program, arguments.iter().copied()).end();
        assert_eq!(ended.code, Some(2), "{program} {arguments:?}");
        assert!(ended.stderr.contains("Usage"), "{program} {arguments:?}: {ended:?}");
    }
}

#[test]
fn a_server_that_closes_early_ends_the_client() {
    let close = |code: CloseCode| {
        move |ws: &mut WebSocket| ws.recv().and_then(|_| ws.close(code, "go away"))
    };
    for (code, about) in [
        (CloseCode::Normal, None),
        (CloseCode::GoingAway, Some("1001")),
        (CloseCode::Policy, Some("go away")),
        (CloseCode::Other(4000), Some("4000")),
    ] {
        let server = Server::bind("127.0.0.1:0").unwrap().spawn(close(code)).unwrap();
        let mut client = Program::start("line_client", [server.url()]);
        // The input stays open: only the server ends this.
        client.type_in("one\n");
        match (client.end(), about) {
            (ended, Some(about)) => expect_failure(&ended, "line_client", about),
            (ended, None) => expect_output(&ended, "", "1000"),
        }
    }
    let mock = MockServer::new().unwrap().on_connection(|peer| {
        peer.open(&[]);
        peer.cut();
    });
    let mut client = Program::start("line_client", [&mock.url()[..]]);
    client.type_in("one\n");
    expect_failure(&client.end(), "line_client", "lost");
}

#[test]
fn a_server_that_does_not_answer_ends_the_client_in_time() {
    let mock = || MockServer::new().unwrap();
    for (rule, input, about, mock) in [
        ("no handshake", "", "connect_timeout", mock().silent()),
        ("no reply", "one\n", "timeout", mock().on_connection(Peer::stop_reading)),
        ("no Close", "", "Close", mock().on_connection(Peer::stop_reading)),
        (
            "one reply of two",
            "one\ntwo\n",
            "timeout",
            mock().on_connection(|peer| {
                peer.send("");
                peer.stop_reading();
            }),
        ),
    ] {
        let begun = Instant::now();
        let mut ended = line_client([&mock.url(), "--timeout", "0.3"], input);
        assert!(begun.elapsed() < SOON, "{rule}: took {:?}", begun.elapsed());
        if rule.starts_with("one") {
            assert_eq!(std::mem::take(&mut ended.stdout), "\n", "{rule}");
        }
        expect_failure(&ended, "line_client", about);
    }
}

#[test]
#[cfg(any(feature = "tls", feature = "rustls"))]
fn wss_needs_a_certificate_that_is_trusted_or_no_care() {
    let (_folder, [root, chain, key]) = pem_files();
    let (_server, url) = echo_server(["--tls-cert", &chain, "--tls-key", &key]);
    assert!(url.starts_with("wss://"), "{url}");
    for (rule, options) in
        [("known", vec!["--ca-file", &root[..]]), ("never mind", vec!["--insecure"])]
    {
        let arguments = options.into_iter().chain([&url[..]]);
        expect_output(&line_client(arguments, "one\n2\n3\n"), "one\n2\n3\n", rule);
    }
    for library in ["native", "rustls"] {
        let arguments = ["--addr", "127.0.0.1:0", "--tls-cert", &chain, "--tls-key", &key];
        let server =
            Program::start("echo_server", arguments.into_iter().chain(["--tls-backend", library]));
        let client = ["--tls-backend", library, "--ca-file", &root];
        // The examples may have more features than this test.
        let Ok(line) = server.lines.recv_timeout(PATIENCE) else {
            let missing = "is not compiled in; enable the feature";
            expect_failure(&server.end(), "echo_server", missing);
            let ended = line_client(client.into_iter().chain([&url[..]]), "one\n");
            expect_failure(&ended, "line_client", missing);
            continue;
        };
        let url = line.strip_prefix("listening on ").expect(&line);
        expect_output(&line_client(client.into_iter().chain([url]), "one\n"), "one\n", library);
    }
    expect_failure(&line_client([&url[..]], "one\n"), "line_client", "certificate");
    let options = ["--ca-file", &key, &url];
    expect_failure(&line_client(options, "one\n"), "line_client", "TLS");
}

/// A root, a certificate that it has signed and its key, in files.
#[cfg(any(feature = "tls", feature = "rustls"))]
fn pem_files() -> (test_support::folder::Folder, [String; 3]) {
    let folder = test_support::folder::Folder::new();
    let pem = test_support::certificates::Certificates::new("127.0.0.1", |_| {});
    let files = [("root.pem", pem.root), ("chain.pem", pem.chain), ("key.pem", pem.key)].map(
        |(name, text)| {
            let path = folder.file(name);
            std::fs::write(&path, text).unwrap();
            path.into_os_string().into_string().unwrap()
        },
    );
    (folder, files)
}

#[test]
#[cfg(feature = "rustls")]
fn both_sides_show_certificates_and_what_tls_tells() {
    let (_folder, [root, chain, key]) = pem_files();
    let own = ["--tls-cert", &chain, "--tls-key", &key];
    let asks = ["--tls-client-ca", &root, "--tls-info", "--tls-backend", "rustls"];
    let (server, url) = echo_server(own.into_iter().chain(asks));
    let trusts = ["--tls-backend", "rustls", "--tls-info", "--ca-file", &root, &url];
    let ended = line_client(trusts, "one\n");
    expect_failure(&ended, "line_client", "give the client an `identity`");
    let ended = line_client(trusts.into_iter().chain(own), "one\n");
    assert_eq!((&ended.stdout[..], ended.code), ("one\n", Some(0)), "{ended:?}");
    for (side, line) in [("client", ended.stderr.trim_end()), ("server", &server.line())] {
        assert!(line.contains("TLS 1.3, TLS_") && line.contains("by rustls"), "{side}: {line}");
        assert!(line.contains("ALPN: http/1.1") && line.ends_with("bytes"), "{side}: {line}");
    }
    let pin = "0".repeat(64);
    let pinned = trusts.into_iter().chain(own).chain(["--pin", &pin]);
    expect_failure(&line_client(pinned, "one\n"), "line_client", "is not pinned");
    let asks = asks.into_iter().chain(["--tls-client-optional"]);
    let (_server, url) = echo_server(own.into_iter().chain(asks));
    let trusts = ["--tls-backend", "rustls", "--ca-file", &root, &url];
    expect_output(&line_client(trusts, "one\n"), "one\n", "optional");
}

#[test]
#[cfg(feature = "tls")]
fn the_systems_library_asks_for_no_certificates() {
    let (_folder, [root, chain, key]) = pem_files();
    let own = ["--addr", "127.0.0.1:0", "--tls-cert", &chain, "--tls-key", &key];
    let asks = ["--tls-client-ca", &root, "--tls-backend", "native"];
    let ended = Program::start("echo_server", own.into_iter().chain(asks)).end();
    expect_failure(&ended, "echo_server", "native-tls cannot ask clients for certificates");
}

#[test]
#[cfg(not(any(feature = "tls", feature = "rustls")))]
fn wss_names_the_feature_that_is_missing() {
    let (address, _) = test_support::scripted::serve_one(drop);
    let url = format!("wss://{address}/");
    expect_failure(&line_client([&url[..]], ""), "line_client", "`tls`");
}
