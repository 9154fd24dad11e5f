//! What a message is: separators, kinds, JSON, whole inputs, and the options about them.

use std::sync::mpsc;

use blocking_ws::{Deflate, MessageKind, Server};

use super::support::{echo_server, listening, mock, run};

#[test]
fn separators_and_kinds_in_both_directions() {
    let server = echo_server();
    let binary: Vec<u8> = (0..=255).collect();
    let many: Vec<u8> = binary.repeat(10_000);
    let rows: [(&[&str], &[u8], &[u8]); 10] = [
        (&["-0"], b"a\nb\0c", b"a\nb\0c\0"),
        (&["-b"], b"\xff\xfe\r\n\0\n", b"\xff\xfe\r\n\0\n"),
        (&["-b", "-0"], b"\xff\n\0", b"\xff\n\0"),
        (&["--raw"], b"a\nb\n", b"a\nb\n"),
        (&["--raw", "-b"], &many, &many),
        (&["--raw"], b"", b""),
        (&["--json"], b"{\n \"a\": 1}\n[1,\n\n2]\n", b"{\"a\":1}\n[1,2]\n"),
        (&["-x", "one", "-x", "two"], b"not read\n", b"one\ntwo\n"),
        (&["-b", "-x", "one"], b"", b"one\n"),
        (&["-x", "-5", "-x", "--help"], b"", b"-5\n--help\n"),
    ];
    for (options, input, output) in rows {
        let ran = run(options.iter().copied().chain([server.url()]), input).expect(0);
        assert!(ran.out == output, "{options:?}: {} {}", ran.text(), ran.err);
        assert_eq!(ran.err, "", "{options:?}");
    }
}

#[test]
fn the_kind_of_what_is_sent() {
    let (tell, told) = mpsc::channel();
    let server = Server::bind("127.0.0.1:0").unwrap().spawn(move |ws| {
        while let Some(message) = ws.recv()? {
            tell.send((message.kind(), message.as_bytes().to_vec())).unwrap();
            ws.send(message)?;
        }
        Ok(())
    });
    let server = server.unwrap();
    for (options, input, kind, bytes) in [
        (&[][..], &b"a\n"[..], MessageKind::Text, &b"a"[..]),
        (&["-b"], b"a\n", MessageKind::Binary, b"a"),
        (&["--raw"], b"a\nb\n", MessageKind::Text, b"a\nb\n"),
        (&["--raw", "-b"], b"a\n", MessageKind::Binary, b"a\n"),
        (&["--json"], b"[1,\n2]\n", MessageKind::Text, b"[1,\n2]"),
    ] {
        run(options.iter().copied().chain([server.url()]), input).expect(0);
        assert_eq!(told.try_recv().unwrap(), (kind, bytes.to_vec()), "{options:?}");
        assert!(told.try_recv().is_err(), "{options:?}: one message");
    }
}

#[test]
fn options_of_the_request_are_sent() {
    let (tell, told) = mpsc::channel();
    let server = Server::bind("127.0.0.1:0").unwrap().subprotocol("chat.v1").any_origin();
    let server = server.spawn(move |ws| {
        tell.send((ws.request().headers().clone(), ws.subprotocol().map(str::to_owned))).unwrap();
        while ws.recv()?.is_some() {}
        Ok(())
    });
    let server = server.unwrap();
    let place = server.url().strip_prefix("ws://").unwrap();
    let options = [
        "-H",
        "X-One: 1",
        "-H",
        "X-One:2",
        "-s",
        "x",
        "-s",
        "chat.v1",
        "-o",
        "https://a.example",
        "--auth",
        "ali:sesame",
        place,
    ];
    run(options, b"").expect(0);
    let (headers, subprotocol) = told.recv().unwrap();
    assert_eq!(headers.get_all("x-one").iter().collect::<Vec<_>>(), ["1", "2"]);
    assert_eq!(headers["origin"], "https://a.example");
    assert_eq!(headers["authorization"], "Basic YWxpOnNlc2FtZQ==");
    assert_eq!(subprotocol.as_deref(), Some("chat.v1"));
}

#[test]
fn compression_is_agreed_on_where_it_is_asked_for() {
    let forgets = "permessage-deflate; server_no_context_takeover; client_no_context_takeover";
    let (tell, told) = mpsc::channel();
    let deflate = Deflate::new().send_takeover(true).recv_takeover(true);
    let server = Server::bind("127.0.0.1:0").unwrap().deflate(deflate.clone());
    let server = server.spawn(move |ws| {
        tell.send(ws.extensions().map(str::to_owned)).unwrap();
        super::support::echo(ws)
    });
    let server = server.unwrap();
    let text = "again and again\n".repeat(1000);
    for (options, agreed) in [
        (&[][..], None),
        (&["--compress"], Some(forgets)),
        (&["--compress=takeover"], Some("permessage-deflate")),
    ] {
        let ran = run(options.iter().copied().chain([server.url()]), text.as_bytes()).expect(0);
        assert!(ran.out == text.as_bytes(), "{options:?}");
        assert_eq!(told.recv().unwrap().as_deref(), agreed, "{options:?}");

        let (_own, url) = listening(&[&["--echo"], options].concat());
        let ws = blocking_ws::Client::new().deflate(deflate.clone()).connect(&url).unwrap();
        assert_eq!(ws.extensions(), agreed, "--listen {options:?}");
    }
}

/// The code and the reason of the Close frame, and who sends it.
#[test]
fn the_close_frame_is_that_of_the_command_line() {
    let (tell, told) = mpsc::channel();
    let server = Server::bind("127.0.0.1:0").unwrap().spawn(move |ws| {
        while ws.recv()?.is_some() {}
        let status = ws.close_status().unwrap();
        tell.send((u16::from(status.code()), status.reason().to_owned())).unwrap();
        Ok(())
    });
    let server = server.unwrap();
    for (words, code, reason) in [
        (&[][..], 1000, ""),
        (&["--close", "4000"], 4000, ""),
        (&["--close", "1001", "going home"], 1001, "going home"),
    ] {
        run(words.iter().copied().chain([server.url()]), b"").expect(0);
        assert_eq!(told.recv().unwrap(), (code, reason.to_owned()));
    }
}

#[test]
fn pings_are_shown_and_sent() {
    let mock = mock().on_connection(|peer| {
        peer.ping("abcd");
        assert_eq!(peer.expect_pong(), b"abcd");
        peer.expect_ping();
        peer.close(1000, "");
    });
    // The time is also that of the pong, and the machine may have much else to do.
    let ran = run(["-P", "--ping-interval", "2", "--wait", "forever", &mock.url()], b"").expect(0);
    assert!(ran.err.starts_with("[ping 4 \"abcd\"]\n"), "{}", ran.err);
}
