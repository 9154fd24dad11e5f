//! Our client through proxies that follow a script: HTTP CONNECT (RFC 9110 §9.3.6) and SOCKS5
//! (RFC 1928, RFC 1929).

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener};
use std::thread;
use std::time::{Duration, Instant};

use blocking_ws::testing::Peer;
use blocking_ws::{
    Client, Duplex, Error, HandshakeError, Phase, ProxyError, Role, UrlError, WebSocket,
};

use test_support::attempt::good;
use test_support::http::{Head, line};
use test_support::journal;
use test_support::nobody::nobody;
use test_support::peer::peer_of;
use test_support::scripted::serve_one;
use test_support::secrets::assert_unseen;

/// `ali:sesame` (RFC 7617 §2).
const BASIC: &str = "Basic YWxpOnNlc2FtZQ==";
const TARGET: &str = "ws://example.com:81/a";
const OPEN: &str = "HTTP/1.1 200 Connection established\r\n\r\n";
/// A SOCKS5 reply with the address 127.0.0.1:80.
const REPLY: &[u8] = b"\x05\0\0\x01\x7f\0\0\x01\0\x50";
/// After what a loaded machine needs, before the default of 10 seconds.
const SOON: Duration = Duration::from_secs(4);

fn refusal(outcome: blocking_ws::Result<WebSocket>, rule: &str) -> ProxyError {
    match outcome {
        Err(Error::Proxy(error)) => error,
        outcome => panic!("{rule}: {outcome:?}"),
    }
}

/// What comes of an HTTP proxy that answers so, and then is the server.
fn through_http(client: Client, response: &str) -> blocking_ws::Result<WebSocket> {
    let response = response.to_owned();
    let (address, serving) = serve_one(move |stream| {
        let mut peer = peer_of(Role::Client, stream);
        peer.expect_request();
        peer.bytes(response);
        peer
    });
    let client = client.proxy(&format!("http://ali:sesame@{address}"));
    let outcome = client.connect(TARGET);
    assert_unseen(&format!("{client:?} {outcome:?} {}", text(&outcome)));
    drop(serving.join().unwrap());
    outcome
}

fn text(outcome: &blocking_ws::Result<WebSocket>) -> String {
    outcome.as_ref().map_or_else(ToString::to_string, |ws| format!("{:?}", ws.request()))
}

#[test]
fn rfc_9110_section_9_3_6_answers_that_open_the_way() {
    journal::begin();
    for (rule, response) in [
        ("200", OPEN.to_owned()),
        ("HTTP/1.0", OPEN.replace("1.1", "1.0")),
        ("another 2xx", OPEN.replace("200", "204")),
        ("a fold", OPEN.replace("\r\n\r\n", "\r\nX: y\r\n z\r\n\r\n")),
        ("no body, whatever is said", OPEN.replace("\r\n\r\n", "\r\nContent-Length: 9\r\n\r\n")),
        ("an interim answer first", format!("HTTP/1.1 103 Early Hints\r\n\r\n{OPEN}")),
    ] {
        let (address, serving) = serve_one(move |stream| {
            let mut peer = peer_of(Role::Client, stream);
            let asked = peer.expect_request();
            peer.bytes(response);
            let head = peer.expect_request();
            assert_eq!(head.get("proxy-authorization"), None, "that was for the proxy");
            assert_eq!(head.get("host"), Some("example.com:81"));
            assert_eq!(line(&head), "GET /a HTTP/1.1");
            peer.open(&[]);
            asked
        });
        let client = Client::new().proxy(&format!("http://ali:sesame@{address}/"));
        let ws = client.connect(TARGET).expect(rule);
        assert_eq!(ws.request().uri().to_string(), TARGET, "{rule}");
        let asked = serving.join().unwrap();
        assert_eq!(line(&asked), "CONNECT example.com:81 HTTP/1.1", "{rule}");
        assert_eq!(asked.get("host"), Some("example.com:81"), "{rule}");
        assert_eq!(asked.get("proxy-authorization"), Some(BASIC), "{rule}");
        assert_eq!(asked.get("sec-websocket-key"), None, "{rule}");
        assert_unseen(&format!("{client:?} {ws:?}"));
    }
}

#[test]
fn rfc_9110_section_9_3_6_refusals_are_told_apart() {
    journal::begin();
    for (status, rest, body, asks_who) in [
        (407, "Proxy-Authenticate: Basic realm=\"x\"\r\nContent-Length: 2\r\n\r\nno", "no", true),
        (403, "Content-Length: 8\r\n\r\nfiltered", "filtered", false),
        (
            407,
            "Proxy-Authenticate: Basic\r\n realm=\"x\"\r\nContent-Length:\r\n 2\r\n\r\nno",
            "no",
            true,
        ),
        (502, "Transfer-Encoding: chunked\r\n\r\n2\r\nno\r\n0\r\n\r\n", "no", false),
        (302, "Location: http://ali:sesame@h/\r\nContent-Length: 0\r\n\r\n", "", false),
        (101, "Upgrade: websocket\r\nContent-Length: 0\r\n\r\n", "", false),
    ] {
        let response = format!("HTTP/1.1 {status} Whatever\r\n{rest}");
        // That of a proxy is never followed.
        let outcome = through_http(Client::new().redirects(5), &response);
        let text = text(&outcome);
        assert!(text.contains(&status.to_string()) && text.contains(body), "{text}");
        let error = refusal(outcome, &response);
        assert_eq!(error.is_authentication(), asks_who, "{status}");
        let ProxyError::Refused(refused) = error else { panic!("{error:?}") };
        assert_eq!(refused.status(), status);
        assert_eq!(refused.body(), body.as_bytes());
    }
}

#[test]
fn rfc_9110_section_9_3_6_answers_that_are_wrong() {
    journal::begin();
    let many = format!("HTTP/1.1 200 OK\r\n{}\r\n", "X: y\r\n".repeat(101));
    let large = format!("HTTP/1.1 200 OK\r\nX: {}\r\n\r\n", "y".repeat(17 << 10));
    for (rule, response, want) in [
        ("SSH", "SSH-2.0-OpenSSH_9.9\r\n\r\n", "malformed"),
        ("SOCKS5", "\x05\0", "does not begin like HTTP"),
        ("HTTP/2", "HTTP/2 200 OK\r\n\r\n", "malformed"),
        ("bare LF", "HTTP/1.1 200 OK\n\n", "bare LF"),
        ("many headers", &many, "more than 100 headers"),
        ("a large head", &large, "larger than 16384 bytes"),
        ("a 101 at once", &format!("{OPEN}{}", good("")), "bytes came behind"),
        ("one byte more", &format!("{OPEN}\x16"), "bytes came behind"),
    ] {
        let outcome = through_http(Client::new(), response);
        let error = refusal(outcome, rule);
        assert!(error.to_string().contains(want), "{rule}: {error}");
        assert!(!error.is_authentication(), "{rule}");
    }
    let small = Client::new().max_head_size(20);
    let error = refusal(through_http(small, OPEN), "max_head_size");
    let limited = matches!(error, ProxyError::Head(HandshakeError::HeadTooLarge(20)));
    assert!(limited, "{error:?}");
    let text = Error::Proxy(error).to_string();
    assert!(text.ends_with("larger than 20 bytes; raise max_head_size"), "{text}");
}

/// What comes of a SOCKS5 proxy that gives these answers in turn, and then is the server; what it
/// was sent before.
fn through_socks(url: &str, userinfo: &str, answers: &[&[u8]]) -> (String, Vec<Vec<u8>>) {
    let answers: Vec<Vec<u8>> = answers.iter().map(|bytes| bytes.to_vec()).collect();
    let (address, serving) = serve_one(move |mut stream| {
        let mut asked = Vec::new();
        for answer in answers {
            let mut read = [0; 600];
            let n = stream.read(&mut read).unwrap();
            asked.push(read[..n].to_vec());
            stream.write_all(&answer).unwrap();
        }
        if matches!(stream.peek(&mut [0]), Ok(1)) {
            Peer::accept(stream).unwrap().open(&[]);
        }
        asked
    });
    let scheme = if url.contains("localhost") { "socks5" } else { "socks5h" };
    let client = Client::new().proxy(&format!("{scheme}://{userinfo}{address}"));
    let outcome = client.connect(url);
    let text = outcome.as_ref().map_or_else(ToString::to_string, |_| "open".to_owned());
    assert_unseen(&format!("{client:?} {outcome:?} {text}"));
    drop(outcome);
    (text, serving.join().unwrap())
}

#[test]
fn rfc_1928_targets_of_all_kinds() {
    journal::begin();
    for (url, want) in [
        ("ws://127.0.0.1:81/", &b"\x05\x01\0\x01\x7f\0\0\x01\0\x51"[..]),
        ("ws://[::1]:81/", b"\x05\x01\0\x04\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x01\0\x51"),
        ("ws://nonexistent.invalid/", b"\x05\x01\0\x03\x13nonexistent.invalid\0\x50"),
    ] {
        let (text, asked) = through_socks(url, "", &[b"\x05\0", REPLY]);
        assert_eq!(text, "open", "{url}");
        assert_eq!(asked, [b"\x05\x01\0", want], "{url}");
        let (text, asked) = through_socks(url, "ali:sesame@", &[b"\x05\x02", b"\x01\0", REPLY]);
        assert_eq!(text, "open", "{url}");
        assert_eq!(asked, [b"\x05\x02\0\x02", &b"\x01\x03ali\x06sesame"[..], want], "{url}");
    }
}

#[test]
fn rfc_1928_answers_that_are_wrong() {
    journal::begin();
    let (ok, ali, h) = (&b"\x05\0"[..], "ali:sesame@", "ws://h/");
    for (userinfo, answers, want) in [
        ("", vec![&b"HTTP/1.1 400 Bad Request\r\n\r\n"[..]], "does not speak SOCKS5"),
        ("", vec![b"\x05\xff"], "another authentication"),
        ("", vec![b"\x05\x02"], "another authentication"),
        (ali, vec![b"\x05\xff"], "another authentication"),
        (ali, vec![b"\x05\x02", b"\x01\x01"], "does not take the user name"),
        ("", vec![ok, b"\x05\x01\0\x01\0\0\0\0\0\0"], "general failure"),
        ("", vec![ok, b"\x05\x02\0\x01\0\0\0\0\0\0"], "its rules do not allow"),
        ("", vec![ok, b"\x05\x04\0\x01\0\0\0\0\0\0"], "the host is unreachable"),
        ("", vec![ok, b"\x05\x05"], "the server refused the connection"),
        ("", vec![ok, b"\x05\0\0\x09\0\0\0\0\0\0"], "no type of RFC 1928"),
        ("", vec![ok, b"\x05\0\0\x01\x7f\0\0\x01\0\x50HTTP/1.1 101"], "bytes came behind"),
    ] {
        let (text, _) = through_socks(h, userinfo, &answers);
        assert!(text.starts_with("the proxy ") && text.contains(want), "{want}: {text}");
    }
}

#[test]
fn a_proxy_that_refuses_before_it_is_asked_is_heard() {
    journal::begin();
    let refused = "HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n";
    for round in 0..60 {
        let (scheme, answer, want) = [
            ("http", refused.as_bytes(), "it refused: 503"),
            ("socks5h", b"\x05\xff", "another authentication"),
            ("socks5", refused.as_bytes(), "does not speak SOCKS5"),
        ][round % 3];
        // With and without something that it has not read, which makes a reset of its end.
        let (address, _) = serve_one(move |mut stream| {
            if round % 2 == 0 {
                stream.peek(&mut [0]).unwrap();
            }
            stream.write_all(answer).unwrap();
        });
        let client = Client::new().proxy(&format!("{scheme}://ali:sesame@{address}"));
        let error = refusal(client.connect("ws://127.0.0.1:81/"), scheme);
        assert!(error.to_string().contains(want), "{round}, {scheme}: {error}");
    }
}

#[test]
fn a_name_that_is_resolved_here_has_every_address_tried() {
    // It is refused for one address after the other, each with a connection of its own.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let known = std::net::ToSocketAddrs::to_socket_addrs("localhost:81").unwrap().count();
    let serving = thread::spawn(move || {
        for _ in 0..known {
            let mut stream = test_support::socket::patient(listener.accept().unwrap().0);
            let mut read = [0; 64];
            assert_eq!(stream.read(&mut read).unwrap(), 3);
            stream.write_all(b"\x05\0").unwrap();
            let n = stream.read(&mut read).unwrap();
            assert!(matches!(read[..n], [5, 1, 0, 1 | 4, ..]), "an address, no name");
            stream.write_all(b"\x05\x05\0\x01\0\0\0\0\0\0").unwrap();
        }
    });
    let client = Client::new().proxy(&format!("socks5://{address}"));
    match client.connect("ws://localhost:81/") {
        Err(Error::Proxy(ProxyError::Reply(5))) if known == 1 => {}
        // Each of several is named.
        Err(Error::Connect(e)) if known > 1 => {
            assert_eq!(e.to_string().matches("SOCKS5 reply 5").count(), known, "{e}");
        }
        outcome => panic!("{outcome:?}"),
    }
    serving.join().unwrap();
    let (text, asked) = through_socks("ws://localhost:81/", "", &[b"\x05\0", REPLY]);
    assert_eq!((&text[..], asked.len()), ("open", 2));
    let outcome = client.connect("ws://nonexistent.invalid/");
    // A name server may not answer.
    let nowhere = matches!(outcome, Err(Error::Connect(_) | Error::Deadline(Phase::Connect)));
    assert!(nowhere, "{outcome:?}");
}

/// Says the answers in turn, each after something was asked, but only `bytes` bytes of them; then
/// is silent, or hangs up.
fn cut_short(answers: &[&[u8]], bytes: usize, hangs_up: bool) -> SocketAddr {
    let answers: Vec<Vec<u8>> = answers.iter().map(|answer| answer.to_vec()).collect();
    let (address, _) = serve_one(move |mut stream| {
        let mut left = bytes;
        for answer in answers {
            let n = stream.read(&mut [0; 600]).unwrap();
            assert_ne!(n, 0);
            let said = &answer[..left.min(answer.len())];
            stream.write_all(said).unwrap();
            left -= said.len();
            if left == 0 {
                break;
            }
        }
        if hangs_up {
            stream.shutdown(Shutdown::Write).unwrap();
        }
        // Until the client has gone.
        while matches!(stream.read(&mut [0; 600]), Ok(1..)) {}
    });
    address
}

#[test]
fn a_proxy_that_falls_silent_or_hangs_up_at_any_byte() {
    journal::begin();
    let limit = Duration::from_millis(400);
    let login: &[&[u8]] = &[b"\x05\x02", b"\x01\0", REPLY];
    for (scheme, answers) in
        [("http", &[OPEN.as_bytes()][..]), ("socks5h", &[b"\x05\0", REPLY]), ("socks5", login)]
    {
        let whole: usize = answers.iter().map(|answer| answer.len()).sum();
        thread::scope(|scope| {
            for bytes in 0..whole {
                for hangs_up in [false, true] {
                    let name = format!("{scheme}, {bytes} of {whole}, {hangs_up}");
                    let check = move || {
                        let address = cut_short(answers, bytes, hangs_up);
                        let proxy = format!("{scheme}://ali:sesame@{address}");
                        let mut client = Client::new().proxy(&proxy);
                        if !hangs_up {
                            client = client.connect_timeout(limit);
                        }
                        let begun = Instant::now();
                        let outcome = client.connect("ws://127.0.0.1:81/");
                        let right = match &outcome {
                            Err(Error::Lost(e)) => hangs_up && e.to_string().contains("proxy"),
                            Err(Error::Deadline(Phase::Connect)) => {
                                !hangs_up && begun.elapsed() >= limit
                            }
                            _ => false,
                        };
                        assert!(right && begun.elapsed() < SOON, "{name}: {outcome:?}");
                        assert_unseen(&format!("{outcome:?} {}", text(&outcome)));
                    };
                    scope.spawn(check);
                }
            }
        });
    }
}

#[test]
fn a_proxy_that_drips_does_not_beat_the_deadline() {
    let limit = Duration::from_millis(300);
    let (address, _) = serve_one(move |stream| {
        let mut peer = peer_of(Role::Client, stream);
        peer.expect_request();
        let mut stream = peer.get_ref().try_clone().unwrap();
        stream.set_read_timeout(Some(Duration::from_millis(20))).unwrap();
        stream.write_all(b"HTTP/1.1 200 OK\r\nX: ").unwrap();
        // Paced by reads that run out of time, until the client has gone.
        while stream.read(&mut [0]).is_err() && stream.write_all(b"y").is_ok() {}
    });
    let client = Client::new().proxy(&address.to_string()).connect_timeout(limit);
    let begun = Instant::now();
    let outcome = client.connect(TARGET);
    let late = matches!(outcome, Err(Error::Deadline(Phase::Connect)));
    assert!(late && (limit..SOON).contains(&begun.elapsed()), "{outcome:?}");
}

#[test]
fn proxies_that_cannot_be_reached_or_used() {
    journal::begin();
    let (_taken, address) = nobody();
    for scheme in ["http", "https", "socks5", "socks5h"] {
        let client = Client::new().proxy(&format!("{scheme}://ali:sesame@{address}"));
        let error = client.connect("ws://127.0.0.1:81/").unwrap_err();
        assert!(matches!(error, Error::Connect(_)), "{scheme}: {error:?}");
        let named = error.to_string().contains(&format!("the proxy {address}"));
        assert!(named, "{scheme}: {error}");
        assert_unseen(&format!("{error} {error:?}"));
    }
    for (url, want) in [
        ("ftp://ali:sesame@127.0.0.1:1", UrlError::ProxyScheme),
        ("socks4://127.0.0.1:1", UrlError::Socks4),
        ("socks://ali:sesame@127.0.0.1:1", UrlError::Socks4),
        ("http://ali:sesame@:1", UrlError::Proxy),
        ("http://127.0.0.1:1/path", UrlError::Proxy),
        ("http://ali:%00sesame@127.0.0.1:1", UrlError::UserInfo),
        ("", UrlError::Proxy),
    ] {
        let client = Client::new().proxy(url);
        let error = client.connect("ws://127.0.0.1:1/").unwrap_err();
        assert!(matches!(&error, Error::Url(e) if *e == want), "{url}: {error:?}");
        assert_unseen(&format!("{client:?} {error} {error:?}"));
    }
}

#[test]
fn a_redirect_takes_the_proxy_too() {
    let (address, serving) = serve_one(|stream| {
        let mut peer = peer_of(Role::Client, stream);
        let asked = line(&peer.expect_request());
        peer.bytes(OPEN);
        peer.expect_request();
        peer.answer("HTTP/1.1 302 Found\r\nLocation: //other/b\r\nContent-Length: 0\r\n\r\n");
        asked
    });
    let client = Client::new().proxy(&address.to_string()).redirects(1);
    // The proxy serves one connection: the second finds nobody, at the same place.
    let error = client.connect(TARGET).unwrap_err();
    assert_eq!(serving.join().unwrap(), "CONNECT example.com:81 HTTP/1.1");
    let again = matches!(&error, Error::Connect(_) | Error::Lost(_));
    assert!(again && error.to_string().contains("proxy"), "{error:?}");
}

/// Set for the process that this test starts of itself.
const ASK: &str = "BLOCKING_WS_TEST_ASK";

#[test]
fn the_environment_is_asked_when_the_program_asks_for_it() {
    if let Ok(ask) = std::env::var(ASK) {
        journal::begin();
        let client = Client::new().redirects(1);
        let client = if ask == "yes" { client.proxy_from_env() } else { client };
        let outcome = client.connect("ws://127.0.0.1:1/");
        assert_unseen(&format!("{client:?} {outcome:?} {}", text(&outcome)));
        println!("it says {}", text(&outcome));
        return;
    }
    for (ask, variable, spared, want) in [
        ("yes", "http_proxy", "", "it refused: 403 Forbidden"),
        ("yes", "ALL_PROXY", "example.com", "it refused: 403 Forbidden"),
        ("yes", "http_proxy", "127.0.0.0/8", "127.0.0.1:1: "),
        ("yes", "https_proxy", "", "127.0.0.1:1: "),
        ("no", "http_proxy", "", "127.0.0.1:1: "),
    ] {
        let (address, _) = serve_one(|stream| {
            let mut peer = peer_of(Role::Client, stream);
            peer.expect_request();
            peer.refuse(403, "");
        });
        let mut child = std::process::Command::new(std::env::current_exe().unwrap());
        for inherited in ["http_proxy", "https_proxy", "all_proxy", "no_proxy"] {
            child.env_remove(inherited).env_remove(inherited.to_uppercase());
        }
        let name = "proxy::the_environment_is_asked_when_the_program_asks_for_it";
        let output = child
            .args(["--exact", name, "--nocapture"])
            .env(ASK, ask)
            .env(variable, format!("http://ali:sesame@{address}"))
            .env("no_proxy", spared)
            .output()
            .unwrap();
        let all = String::from_utf8_lossy(&output.stdout);
        // Beside it stands the name of this test.
        let said = all.lines().find_map(|line| Some(line.split_once("it says ")?.1));
        let said = said.unwrap_or_default();
        assert!(output.status.success() && said.contains(want), "{ask} {variable}: {all}");
        let direct = want.starts_with("127");
        assert_eq!(said.contains("proxy"), !direct, "{ask} {variable}: {all}");
    }
}
