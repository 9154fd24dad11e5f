//! Every exit status, and what is said with it.

use std::net::TcpListener;
use std::time::{Duration, Instant};

use blocking_ws::http::StatusCode;
use blocking_ws::testing::RawFrame;
use blocking_ws::{CloseCode, Refusal, Server, WebSocket};
use test_support::nobody::nobody;

use super::support::{Ran, echo_server, mock, run};

/// Less than the 10 seconds that are the default.
const SOON: Duration = Duration::from_secs(9);

/// One line, that begins so and is about this.
#[track_caller]
fn says(ran: &Ran, begins: &str, about: &str) {
    assert!(ran.err.starts_with(begins) && ran.err.contains(about), "{}", ran.err);
    assert_eq!(ran.err.lines().count(), 1, "{}", ran.err);
    assert_eq!(ran.text(), "");
}

fn closes_with(code: impl Into<CloseCode>, reason: &'static str) -> blocking_ws::ServerHandle {
    let code = code.into();
    let close = move |ws: &mut WebSocket| ws.recv().and_then(|_| ws.close(code, reason));
    Server::bind("127.0.0.1:0").unwrap().spawn(close).unwrap()
}

#[test]
fn status_0_closed_in_order_or_as_asked() {
    for code in [1000, 1001] {
        let server = closes_with(code, "bye");
        let ran = run([server.url()], b"one\n").expect(0);
        assert_eq!((ran.text(), &ran.err[..]), (String::new(), ""), "{code}");
    }
    let server = echo_server();
    run(["--close", "4000", server.url()], b"one\n").expect(0);
}

#[test]
fn status_1_the_command_line_a_file_or_the_input() {
    let server = echo_server();
    let url = server.url();
    for (options, input, about) in [
        (&[][..], &b""[..], "give the URL"),
        (&["--unknown", url], b"", "--unknown"),
        (&["ftp://127.0.0.1/"], b"", "ws://"),
        (&["-H", "no colon", url], b"", "NAME: VALUE"),
        (&["-H", "a b: c", url], b"", "header"),
        (&["-s", "a b", url], b"", "subprotocol"),
        (&["--close", "1006", url], b"", "must not carry 1006"),
        (&["--timeout", "0", url], b"", "seconds above 0"),
        (&["--ca", "no-such.pem", url], b"", "no-such.pem"),
        (&["--record", "no/such/folder.har", url], b"", "no/such/folder.har"),
        (&["--proxy", "socks://h", url], b"", "SOCKS4"),
        (&[url], b"a\n\xff\n", "line 2 of the input is not UTF-8"),
        (&["--json", url], b"hello\n", "the JSON that ends in line 1"),
        (&["--raw", url], b"\xff", "not UTF-8"),
        (&["--listen", "127.0.0.1"], b"", "HOST:PORT"),
        (&["--listen", "0", "--exec", "'"], b"", "--exec"),
        (&["--listen", "0", "--ca", "x"], b"", "--cert"),
    ] {
        let ran = run(options.iter().copied(), input).expect(1);
        assert!(ran.err.contains(about), "{options:?}: {}", ran.err);
    }
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    says(&run(["--listen", &address], b"").expect(1), "wsc: ", &address);
}

#[test]
fn status_2_no_connection() {
    let (_taken, address) = nobody();
    let (nowhere, secure) = (format!("ws://{address}/"), format!("wss://{address}/"));
    let plain = echo_server();
    let no_tls = plain.url().replace("ws://", "wss://");
    for (options, begins, about) in [
        (&[&nowhere[..]][..], &nowhere[..], "refused"),
        (&[&secure], &secure, "refused"),
        (&["--time", &nowhere], &nowhere, "refused"),
        (&["ws://nonexistent.invalid/"], "ws://nonexistent.invalid/", "nonexistent.invalid"),
        (&["ws://ali:sesame@nonexistent.invalid/"], "ws://nonexistent.invalid/", ""),
        (&[&no_tls], &no_tls, "TLS"),
        (&["--proxy", &nowhere.replace("ws", "http"), plain.url()], plain.url(), "refused"),
        (&["--unix", "/no/such/socket", "ws://h/"], "ws://h/", ""),
    ] {
        let ran = run(options.iter().copied(), b"").expect(2);
        let line = ran.err.lines().next().unwrap_or_default().to_owned();
        let last = ran.err.lines().last().unwrap_or_default();
        let line = if options[0] == "--time" { last } else { &line };
        assert!(line.starts_with(&format!("wsc: {begins}: ")), "{options:?}: {}", ran.err);
        assert!(line.contains(about), "{options:?}: {}", ran.err);
        assert!(!ran.err.contains("sesame"), "{}", ran.err);
    }
    // The connection breaks before it is open.
    let mock = mock().on_connection(|peer| {
        peer.reset();
    });
    run([&mock.url()[..]], b"").expect(2);
}

#[test]
fn status_3_refused_with_its_status_and_the_start_of_its_body() {
    let server = Server::bind("127.0.0.1:0").unwrap().on_upgrade(|_| {
        Err(Refusal::new(StatusCode::FORBIDDEN, "members only\n\x1b[2Jsecond line\n"))
    });
    let server = server.spawn(|_| Ok(())).unwrap();
    let ran = run([server.url()], b"one\n").expect(3);
    let url = server.url();
    let want = format!(
        "wsc: {url}: the server refused the connection: 403 Forbidden\nmembers only\n\\u{{1b}}[2Jsecond line\n"
    );
    assert_eq!((ran.text(), ran.err), (String::new(), want));
    // A page, a redirect, and an answer that breaks a rule.
    for (answer, about) in [
        ("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", "no WebSocket there"),
        // What the server says is not taken for words of the library.
        (
            "HTTP/1.1 400 Bad\r\nContent-Length: 21\r\n\r\nmax_message_size is 4",
            "max_message_size is 4",
        ),
        ("HTTP/1.1 302 Found\r\nLocation: /other\r\nContent-Length: 0\r\n\r\n", "leads to /other"),
        (
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n",
            "Sec-WebSocket-Accept",
        ),
    ] {
        let mock = mock().answer(answer);
        let ran = run([&mock.url()[..]], b"").expect(3);
        assert!(ran.err.to_lowercase().contains(&about.to_lowercase()), "{}", ran.err);
    }
}

#[test]
fn status_4_closed_with_another_code() {
    for (code, reason, want) in [
        (1008, "not today", "closed: 1008 not today\n"),
        (1011, "", "closed: 1011\n"),
        (4000, "\x1b[2J\n", "closed: 4000 \\u{1b}[2J\\n\n"),
    ] {
        let server = closes_with(code, reason);
        let ran = run([server.url()], b"one\n").expect(4);
        assert_eq!((ran.text(), &ran.err[..]), (String::new(), want));
    }
    // This side closes, because the peer has broken a rule or a limit.
    let mock = mock().on_connection(|peer| {
        peer.open(&[]);
        peer.frame(RawFrame::text("x").rsv(4));
        peer.expect_close(1002);
    });
    says(&run(["--wait", "forever", &mock.url()], b"").expect(4), "closed: 1002 ", "5.2");
    let server = echo_server();
    let ran = run(["--max-size", "4", server.url()], b"too long\n").expect(4);
    says(&ran, "closed: 1009 ", "--max-size");
}

#[test]
fn status_5_lost() {
    let losing = mock()
        .on_connection(|peer| {
            peer.expect_text("one");
            peer.cut();
        })
        .on_connection(|peer| {
            peer.expect_text("one");
            peer.reset();
        });
    for _ in 0..2 {
        says(
            &run([&losing.url()[..]], b"one\n").expect(5),
            "wsc: the connection was lost (1006): ",
            "",
        );
    }
    losing.verify();
    // A peer that answers no pings.
    let mock = mock().on_connection(|peer| peer.stop_reading());
    let ran = run(["--ping-interval", "0.2", "--wait", "forever", &mock.url()], b"").expect(5);
    says(&ran, "wsc: the connection was lost (1006): ", "ping");
}

#[test]
fn status_6_a_time_limit() {
    for (rule, options, mock, about) in [
        ("no handshake", &[][..], mock().silent(), "--timeout"),
        ("no answer", &[], mock().on_connection(|peer| peer.stop_reading()), "0 of 1"),
        (
            "one answer of two",
            &["--expect", "2"],
            mock().on_connection(|peer| {
                peer.send("first");
                peer.stop_reading();
            }),
            "1 of 2",
        ),
        (
            "no Close frame",
            &["--wait", "0"],
            mock().on_connection(|peer| peer.stop_reading()),
            "Close frame",
        ),
    ] {
        let begun = Instant::now();
        let url = mock.url();
        let all = ["--timeout", "0.3"].into_iter().chain(options.iter().copied()).chain([&url[..]]);
        let ran = run(all, b"one\n").expect(6);
        assert!(begun.elapsed() < SOON, "{rule}: took {:?}", begun.elapsed());
        assert!(ran.err.contains(about), "{rule}: {}", ran.err);
        assert_eq!(ran.text(), if rule.starts_with("one") { "first\n" } else { "" }, "{rule}");
    }
}

#[test]
fn attempts_are_repeated_where_that_is_asked_for() {
    let mock = mock().refuse(503, "busy\n").on_connection(|peer| {
        peer.expect_text("one");
        peer.send("two");
        peer.expect_close(1000);
    });
    let ran = run(["--retry=3", &mock.url()], b"one\n").expect(0);
    assert_eq!(ran.text(), "two\n");
    assert!(ran.err.contains("503") && ran.err.contains("trying again in"), "{}", ran.err);
    mock.verify();
    let (_taken, address) = nobody();
    run(["--retry=1", &format!("ws://{address}/")], b"").expect(2);
}

#[test]
fn redirects_are_followed_where_that_is_asked_for() {
    let server = echo_server();
    let location = server.url().to_owned();
    let redirecting = || {
        mock().answer(format!(
            "HTTP/1.1 302 Found\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n"
        ))
    };
    run([&redirecting().url()[..]], b"one\n").expect(3);
    let ran = run(["-L", &redirecting().url()], b"one\n").expect(0);
    assert_eq!(ran.text(), "one\n");
}
