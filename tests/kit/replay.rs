//! Sessions that were logged once, and then replayed without their server.

use std::time::Duration;

use blocking_ws::testing::{FaultyProxy, MockServer, Peer, RawFrame, WireLog, connect};
use blocking_ws::{Client, Deflate, Error, Message, Result, Server, WebSocket};
use test_support::{echo::echo, within};

use super::report;

/// What a client does, over whatever connection.
fn session(ws: &mut WebSocket) -> Result<Vec<Message>> {
    let mut got = Vec::new();
    for message in [Message::from("Hello ".repeat(20)), vec![1, 2, 255].into(), "".into()] {
        ws.send(message)?;
        got.extend(ws.recv()?);
    }
    ws.ping("are you there?")?;
    ws.close(1000, "bye")?;
    Ok(got)
}

/// Logs a session at the client or at the server.
fn recorded(client: Client, at_client: bool) -> (WireLog, Vec<Message>) {
    let log = WireLog::new().payloads(usize::MAX);
    let mut server =
        Server::unbound().unwrap().deflate(Deflate::new().min_size(0)).subprotocol("v1");
    let mut client = client;
    if at_client {
        client = client.tap(log.clone());
    } else {
        server = server.tap(log.clone());
    }
    let server = server.spawn(echo).unwrap();
    let got = session(&mut connect(&server, &client, "/x").unwrap()).unwrap();
    server.shutdown(Duration::from_secs(60));
    (log, got)
}

/// The mock of a log gives a client what its server once gave.
fn can_be_had_again(client: &Client, log: &WireLog, want: &[Message]) {
    let mock = MockServer::new().unwrap().replay(log);
    let mut ws = client.connect(&mock.url()).unwrap();
    assert_eq!(session(&mut ws).unwrap(), want);
    drop(ws);
    mock.verify();
}

#[test]
fn a_session_can_be_had_again() {
    within(|| {
        let deflate = Client::new().deflate(Deflate::new().min_size(0));
        for client in [Client::new(), deflate, Client::new().subprotocol("v1")] {
            for at_client in [true, false] {
                let (log, want) = recorded(client.clone(), at_client);
                can_be_had_again(&client, &log, &want);
            }
        }
    });
}

/// As in a later run of the tests, which has only the file.
#[test]
fn a_session_can_be_had_again_from_a_file() {
    within(|| {
        let deflate = Client::new().deflate(Deflate::new().min_size(0));
        for client in [Client::new(), deflate] {
            for at_client in [true, false] {
                let (log, want) = recorded(client.clone(), at_client);
                let log = WireLog::from_jsonl(log.to_jsonl().as_bytes()).unwrap();
                can_be_had_again(&client, &log, &want);
            }
        }
    });
}

#[test]
fn each_connection_of_a_log_is_one_of_the_mock() {
    within(|| {
        let log = WireLog::new();
        let server = Server::unbound().unwrap().on_upgrade(|opening| {
            if opening.request().uri().path() == "/no" {
                Err(blocking_ws::Refusal::new(blocking_ws::http::StatusCode::FORBIDDEN, "no\n"))
            } else {
                Ok(())
            }
        });
        let server = server.spawn(|ws| ws.send("yes")).unwrap();
        let client = Client::new().tap(log.clone());
        assert!(connect(&server, &client, "/no").is_err());
        let mut ws = connect(&server, &client, "/yes").unwrap();
        while ws.recv().unwrap().is_some() {}
        drop(ws);

        let mock = MockServer::new().unwrap().replay(&log);
        match Client::new().connect(&mock.url()) {
            Err(Error::Refused(response)) => assert_eq!(response.status(), 403),
            outcome => panic!("{outcome:?}"),
        }
        let mut ws = Client::new().connect(&mock.url()).unwrap();
        assert_eq!(ws.recv().unwrap(), Some("yes".into()));
        assert_eq!(ws.recv().unwrap(), None);
        drop(ws);
        mock.verify();
    });
}

/// What a client does wrong is what its replay expects of it.
#[test]
fn a_close_frame_of_one_byte_is_had_again() {
    within(|| {
        let log = WireLog::new();
        let server = Server::bind("127.0.0.1:0").unwrap().tap(log.clone()).spawn(echo).unwrap();
        let closes = |url: &str| {
            let mut peer = Peer::connect(url).unwrap();
            peer.frame(RawFrame::close_raw([3]));
            peer
        };
        closes(server.url()).expect_close(1002);
        server.shutdown(Duration::from_secs(60));
        let mock = MockServer::new().unwrap().replay(&log);
        closes(&mock.url()).expect_close(1002);
        mock.verify();
    });
}

#[test]
fn a_refusal_has_its_headers_again() {
    within(|| {
        let log = WireLog::new();
        let server = MockServer::new().unwrap().otherwise(|peer| {
            peer.answer(
                "HTTP/1.1 503 Later\r\nRetry-After: 7\r\nTransfer-Encoding: chunked\r\n\r\n\
                 5\r\nlater\r\n0\r\n\r\n",
            );
        });
        let answer = |url: &str, client: Client| match client.connect(url) {
            Err(Error::Refused(answer)) => {
                (answer.status(), answer.headers()["retry-after"].clone())
            }
            outcome => panic!("{outcome:?}"),
        };
        let want = answer(&server.url(), Client::new().tap(log.clone()));
        let mock = MockServer::new().unwrap().replay(&log);
        assert_eq!(answer(&mock.url(), Client::new()), want);
        mock.verify();
    });
}

/// RFC 6455 §5.4: control frames may stand between the frames of a message.
#[test]
fn a_ping_within_a_message_is_expected_there() {
    fn talk(peer: &mut Peer) {
        peer.frame(RawFrame::text("Hel").fin(false));
        peer.ping("there?");
        peer.frame(RawFrame::continuation("lo"));
        assert_eq!(peer.expect_pong(), b"there?");
        peer.expect_text("Hello");
        peer.close(1000, "");
        peer.expect_close(1000);
    }

    within(|| {
        let log = WireLog::new();
        let server = Server::bind("127.0.0.1:0").unwrap().tap(log.clone()).spawn(echo).unwrap();
        talk(&mut Peer::connect(server.url()).unwrap());
        server.shutdown(Duration::from_secs(60));
        let mock = MockServer::new().unwrap().replay(&log);
        talk(&mut Peer::connect(&mock.url()).unwrap());
        mock.verify();

        // In front of the message it is another session.
        let mock = MockServer::new().unwrap().replay(&log);
        let mut peer = Peer::connect(&mock.url()).unwrap();
        peer.send("Hello");
        peer.expect_close(1008);
        let text = report::of(|| mock.verify());
        assert!(text.contains("\n  expected  ping within a message\n"), "{text}");
    });
}

/// A log of a proxy has both ends of each connection.
#[test]
fn a_session_that_a_proxy_has_logged_is_one_connection() {
    within(|| {
        let log = WireLog::new();
        let server = Server::bind("127.0.0.1:0").unwrap().spawn(echo).unwrap();
        let proxy = FaultyProxy::to(server.url()).unwrap().log(&log);
        let mut ws = Client::new().connect(&proxy.url("/")).unwrap();
        let want = session(&mut ws).unwrap();
        drop((ws, proxy));
        server.shutdown(Duration::from_secs(60));
        can_be_had_again(&Client::new(), &log, &want);
    });
}

#[test]
fn what_a_replay_says_of_another_client() {
    within(|| {
        let (log, _) = recorded(Client::new(), true);
        let line = line!() + 1;
        let mock = MockServer::new().unwrap().replay(&log);
        let mut ws = Client::new().connect(&mock.url()).unwrap();
        ws.send("another").unwrap();
        assert_eq!(ws.recv().unwrap(), None);
        let text = report::of(|| mock.verify());
        let first = format!("connection 1 failed at tests/kit/replay.rs:{line}\n");
        assert!(text.contains(&first), "{text}");
        assert!(text.contains("received  text \"another\""), "{text}");
    });
}

#[test]
fn a_payload_of_which_only_a_part_was_kept_cannot_be_replayed() {
    within(|| {
        let log = WireLog::new().payloads(4);
        let server = Server::unbound().unwrap().tap(log.clone());
        let server = server.spawn(|ws| ws.send("welcome")).unwrap();
        connect(&server, &Client::new(), "/").unwrap().recv().unwrap();
        server.shutdown(Duration::from_secs(60));
        let mock = MockServer::new().unwrap().replay(&log);
        let mut ws = Client::new().connect(&mock.url()).unwrap();
        assert_eq!(ws.recv().unwrap(), None);
        let text = report::of(|| mock.verify());
        assert!(text.contains("the log has only a part of a payload of 7 bytes"), "{text}");
        assert!(text.contains("WireLog::new().payloads(usize::MAX)"), "{text}");
    });
}
