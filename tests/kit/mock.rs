//! The mock server: scripts in order, and what it says of those that failed.

use std::io::Write;
use std::net::{Shutdown, TcpListener, TcpStream};
use std::panic::{AssertUnwindSafe, catch_unwind, panic_any};
use std::time::Duration;

use blocking_ws::testing::{MockServer, Peer, WireLog};
use blocking_ws::{Client, Error, Phase};
use test_support::within;

use super::report;

fn client() -> Client {
    Client::new().connect_timeout(Duration::from_secs(5))
}

fn address(mock: &MockServer) -> String {
    mock.url()[5..].trim_end_matches('/').to_owned()
}

#[test]
fn scripts_run_in_order() {
    within(|| {
        let mock = MockServer::new()
            .unwrap()
            .on_connection(|peer| {
                assert_eq!(peer.request().uri().path(), "/chat");
                peer.expect_text("one");
                peer.cut();
            })
            .refuse(503, "busy\n")
            .on_connection(|peer| peer.send("three"))
            .otherwise(|peer| peer.send("again"));
        let url = format!("{}chat", mock.url());
        let mut first = client().connect(&url).unwrap();
        first.send("one").unwrap();
        assert!(matches!(first.recv(), Err(Error::Lost(_))));
        match client().connect(&url) {
            Err(Error::Refused(response)) => assert_eq!(response.status(), 503),
            outcome => panic!("{outcome:?}"),
        }
        for text in ["three", "again", "again"] {
            assert_eq!(client().connect(&url).unwrap().recv().unwrap(), Some(text.into()));
        }
        assert_eq!((mock.connections(), mock.requests().len()), (5, 5));
        mock.verify();
    });
}

#[test]
fn a_client_gives_up_on_a_silent_server() {
    within(|| {
        let mock = MockServer::new().unwrap().silent();
        let client = Client::new().connect_timeout(Duration::from_millis(100));
        let e = client.connect(&mock.url()).unwrap_err();
        assert!(matches!(e, Error::Deadline(_)), "{e:?}");
        mock.verify();
    });
}

#[test]
fn what_a_failed_script_says() {
    within(|| {
        let line = line!() + 2;
        let mock = MockServer::new().unwrap().on_connection(|peer| {
            peer.expect_text("hello");
        });
        let mut ws = client().connect(&mock.url()).unwrap();
        ws.send("hallo").unwrap();
        // The other side reads it too.
        assert_eq!(ws.recv().unwrap(), None);
        let status = ws.close_status().unwrap();
        assert_eq!(u16::from(status.code()), 1008);
        assert!(status.reason().contains("expected text \"hello\""), "{}", status.reason());
        let text = report::of(|| mock.verify());
        let want = format!(
            "\
MockServer ws://127.0.0.1:PORT: connection 1 failed at tests/kit/mock.rs:{line}
  expected  text \"hello\"
  received  text \"hallo\"
                   ^ byte 1
  before it
    +T <- GET / HTTP/1.1
    +T -> HTTP/1.1 101 Switching Protocols
    +T <- text len=5 mask=MASK \"hallo\""
        );
        assert_eq!(text, want);
    });
}

/// How long a mock waits that fails because something does not happen.
const SHORT: Duration = Duration::from_millis(100);
/// How long one waits that fails before.
const LONG: Duration = Duration::from_secs(60);

#[test]
fn what_a_mock_says_of_connections_that_do_not_come() {
    within(|| {
        let line = line!() + 1;
        let mock = MockServer::new().unwrap().within(SHORT).on_connection(Peer::cut);
        let text = report::of(|| mock.verify());
        let want = format!(
            "\
MockServer ws://127.0.0.1:PORT: connection 1 did not come; its script is at tests/kit/mock.rs:{line}
  came
    nothing"
        );
        assert_eq!(text, want);

        let line = line!() + 5;
        let mock = MockServer::new()
            .unwrap()
            .silent()
            .answer("HTTP/1.1 200 OK\r\n\r\n")
            .refuse(503, "busy\n");
        let first = TcpStream::connect(address(&mock)).unwrap();
        client().connect(&format!("{}chat?room=1", mock.url())).unwrap_err();
        drop(first);
        let mock = mock.within(SHORT);
        let text = report::of(|| mock.verify());
        let want = format!(
            "\
MockServer ws://127.0.0.1:PORT: connection 3 did not come; its script is at tests/kit/mock.rs:{line}
  came
    connection 1: without a request
    connection 2: GET /chat?room=(hidden)"
        );
        assert_eq!(text, want);
    });
}

/// A client that waits without a limit of time must not take its test along.
#[test]
fn what_a_mock_says_of_a_client_that_does_not_give_up() {
    within(|| {
        let line = line!() + 1;
        let mock = MockServer::new().unwrap().within(SHORT).silent();
        let patient = Client::new().connect_timeout(None);
        assert!(matches!(patient.connect(&mock.url()), Err(Error::Lost(_))), "cut by the mock");
        let text = report::of(|| mock.verify());
        let want = format!(
            "\
MockServer ws://127.0.0.1:PORT: connection 1 failed: the client has not given up within {SHORT:?}; its \
script is at tests/kit/mock.rs:{line}"
        );
        assert_eq!(text, want);

        let line = line!() + 2;
        let mock = MockServer::new().unwrap().within(SHORT).on_connection(|peer| {
            peer.stay_silent();
        });
        let mut ws = Client::new().ping_interval(None).connect(&mock.url()).unwrap();
        assert_eq!(ws.recv().unwrap(), None);
        let text = report::of(|| mock.verify());
        let part = format!(
            "connection 1 failed at tests/kit/mock.rs:{line}
  expected  that the other end gives up
  received  nothing in time
"
        );
        assert!(text.contains(&part), "{text}");
    });
}

#[test]
fn a_silent_peer_outlasts_pings_and_messages() {
    within(|| {
        let mock = MockServer::new().unwrap().on_connection(Peer::stay_silent);
        let mut ws = client().connect(&mock.url()).unwrap();
        ws.ping("are you there?").unwrap();
        ws.send("hello?").unwrap();
        ws.set_read_timeout(SHORT);
        assert!(matches!(ws.recv(), Err(Error::Timeout)));
        drop(ws);
        mock.verify();
    });
}

#[test]
fn what_a_mock_says_of_connections_that_are_too_many() {
    within(|| {
        let mock = MockServer::new().unwrap();
        match client().connect(&format!("{}chat", mock.url())) {
            Err(Error::Refused(response)) => {
                assert_eq!(response.status(), 503);
                assert_eq!(response.body(), b"connection 1 was not expected: GET /chat\n");
            }
            outcome => panic!("{outcome:?}"),
        }
        let text = report::of(|| drop(mock));
        let want = "MockServer ws://127.0.0.1:PORT: connection 1 was not expected: GET /chat";
        assert_eq!(text, want);
    });
}

#[test]
fn connections_that_are_too_many_alike_are_one_line() {
    within(|| {
        let mock = MockServer::new().unwrap();
        for path in ["", "", "chat", ""] {
            client().connect(&format!("{}{path}", mock.url())).unwrap_err();
        }
        let text = report::of(|| mock.verify());
        let want = "\
MockServer ws://127.0.0.1:PORT: 3 connections were not expected, from connection 1 on: GET /
connection 3 was not expected: GET /chat";
        assert_eq!(text, want);
    });
}

#[test]
fn what_a_mock_says_has_no_secrets_of_a_url() {
    within(|| {
        let mock = MockServer::new().unwrap();
        match client().connect(&format!("{}?token=hunter2", mock.url())) {
            Err(Error::Refused(response)) => {
                let want = b"connection 1 was not expected: GET /?token=(hidden)\n";
                assert_eq!(response.body(), want);
            }
            outcome => panic!("{outcome:?}"),
        }
        let text = report::of(|| mock.verify());
        assert!(text.ends_with("was not expected: GET /?token=(hidden)"), "{text}");

        let mock = MockServer::new().unwrap().on_connection(|peer| drop(peer.expect_text("a")));
        drop(client().connect(&format!("{}?token=hunter2", mock.url())).unwrap());
        let text = report::of(|| mock.verify());
        assert!(text.contains("<- GET /?token=(hidden) HTTP/1.1\n"), "{text}");
        assert!(!text.contains("hunter2"), "{text}");
    });
}

/// The last words to a client that does not read must not come before the report.
#[test]
fn what_a_mock_says_although_its_client_does_not_read() {
    within(|| {
        let mock = MockServer::new().unwrap().within(LONG).on_connection(|peer| {
            peer.within(SHORT);
            let full = catch_unwind(AssertUnwindSafe(|| peer.send(vec![0; 1 << 20])));
            assert!(full.is_err());
            peer.within(LONG);
            panic!("as told");
        });
        let ws = client().connect_over("ws://localhost/", mock.pipe()).unwrap();
        let text = report::of(|| mock.verify());
        assert!(text.ends_with("panicked: as told"), "{text}");
        drop(ws);
    });
}

#[test]
fn what_a_mock_says_of_a_panic_that_panics_again() {
    struct Bomb;
    impl Drop for Bomb {
        fn drop(&mut self) {
            panic!("the second");
        }
    }

    within(|| {
        let mock = MockServer::new().unwrap().within(LONG).on_connection(|_| panic_any(Bomb));
        assert_eq!(client().connect(&mock.url()).unwrap().recv().unwrap(), None);
        let text = report::of(|| mock.verify());
        assert!(text.ends_with("panicked: a panic without a text"), "{text}");
    });
}

#[test]
fn a_mock_that_has_ended_has_no_port() {
    within(|| {
        for _ in 0..5 {
            let mock = MockServer::new().unwrap();
            let address = address(&mock);
            drop(mock);
            TcpListener::bind(address).unwrap();
        }
    });
}

#[test]
fn a_log_is_whole_once_its_mock_was_verified() {
    within(|| {
        for _ in 0..10 {
            let log = WireLog::new();
            let mock = MockServer::new().unwrap().log(&log);
            let mock = mock.on_connection(|peer| peer.send("first"));
            let mut ws = client().connect(&mock.url()).unwrap();
            assert_eq!(ws.recv().unwrap(), Some("first".into()));
            ws.send("late").unwrap();
            drop(ws);
            mock.verify();
            let text = log.to_text();
            assert!(text.contains("\"late\""), "{text}");
            assert!(text.trim_end().ends_with("-- DROP"), "{text}");
        }
    });
}

#[test]
fn what_a_mock_says_of_a_script_that_panics() {
    within(|| {
        let line = line!() + 1;
        let mock = MockServer::new().unwrap().on_connection(|peer| {
            assert_eq!(peer.request().uri().path(), "/chat", "the path");
        });
        let mut ws = client().connect(&mock.url()).unwrap();
        assert_eq!(ws.recv().unwrap(), None);
        let text = report::of(|| mock.verify());
        let want = format!(
            "\
MockServer ws://127.0.0.1:PORT: connection 1 failed: its script at tests/kit/mock.rs:{line} panicked: \
assertion `left == right` failed: the path
  left: \"/\"
 right: \"/chat\""
        );
        assert_eq!(text, want);
    });
}

#[test]
fn what_a_mock_says_of_a_script_that_does_not_end() {
    within(|| {
        let (end, script) = std::sync::mpsc::channel::<()>();
        let line = line!() + 1;
        let mock = MockServer::new().unwrap().on_connection(move |peer| {
            peer.open(&[]);
            let _ = script.recv();
        });
        let ws = client().connect(&mock.url()).unwrap();
        let mock = mock.within(SHORT);
        let text = report::of(|| mock.verify());
        let want = format!(
            "MockServer ws://127.0.0.1:PORT: connection 1 has not ended in 200ms; its script is at \
             tests/kit/mock.rs:{line}"
        );
        assert_eq!(text, want);
        drop((ws, end));
    });
}

#[test]
fn what_a_mock_says_of_a_client_that_asks_for_nothing() {
    within(|| {
        for (sent, within, got) in [
            (None, SHORT, "no request came, but nothing in time"),
            (Some(""), LONG, "no request came, but the end of the stream"),
            (
                Some("GET / HT"),
                LONG,
                "no request came, but the end of the stream, behind \"GET / HT\"",
            ),
            (
                Some("GET / HTTP/1.1\r\n\r\n"),
                LONG,
                "no request for a WebSocket: \"GET / HTTP/1.1\"",
            ),
        ] {
            let line = line!() + 1;
            let mock = MockServer::new().unwrap().within(within).on_connection(Peer::cut);
            let mut client = TcpStream::connect(address(&mock)).unwrap();
            if let Some(sent) = sent {
                client.write_all(sent.as_bytes()).unwrap();
                client.shutdown(Shutdown::Write).unwrap();
            }
            let text = report::of(|| mock.verify());
            let want = format!(
                "MockServer ws://127.0.0.1:PORT: connection 1 failed: {got}; its script is at \
                 tests/kit/mock.rs:{line}"
            );
            assert_eq!(text, want);
        }
    });
}

#[test]
fn several_failures_are_one_report() {
    within(|| {
        let mock = MockServer::new()
            .unwrap()
            .within(LONG)
            .on_connection(|_| panic!("one"))
            .on_connection(|_| panic!("two"))
            .silent();
        for _ in 0..2 {
            assert_eq!(client().connect(&mock.url()).unwrap().recv().unwrap(), None);
        }
        // The third is not waited for, because there is something to tell.
        let text = report::of(|| mock.verify());
        for line in ["panicked: one", "panicked: two", "connection 3 did not come", "  came"] {
            assert!(text.contains(line), "{text}");
        }
    });
}

#[test]
fn a_mock_goes_on_after_it_was_verified() {
    within(|| {
        let mock = MockServer::new().unwrap().on_connection(|peer| peer.send("one"));
        assert_eq!(client().connect(&mock.url()).unwrap().recv().unwrap(), Some("one".into()));
        mock.verify();
        mock.verify();
        assert_eq!((mock.connections(), mock.requests().len()), (1, 1));
        client().connect(&mock.url()).unwrap_err();
        let text = report::of(|| drop(mock));
        assert!(text.contains("connection 2 was not expected"), "{text}");
        // What nobody wants to verify.
        MockServer::new().unwrap().on_connection(Peer::cut).leave();
        // What was reported is not reported again, which would abort the test.
        let mock = MockServer::new().unwrap().within(SHORT).silent();
        report::of(move || mock.verify());
    });
}

#[test]
fn a_script_that_does_nothing_opens_the_connection() {
    within(|| {
        let mock = MockServer::new().unwrap().on_connection(|_| {});
        let mut ws = client().connect(&mock.url()).unwrap();
        assert!(matches!(ws.recv(), Err(Error::Lost(_))));
        mock.verify();
    });
}

#[test]
fn a_script_may_leave_in_the_middle_of_the_handshake() {
    within(|| {
        let leave: [fn(&mut Peer); 4] =
            [Peer::cut, Peer::reset, Peer::half_close, |peer| peer.bytes("HTTP/1.1 1")];
        for (at, leave) in leave.into_iter().enumerate() {
            let mock = MockServer::new().unwrap().on_connection(leave);
            let e = client().connect(&mock.url()).unwrap_err();
            assert!(matches!(e, Error::Lost(_)), "{at}: {e:?}");
            mock.verify();
        }
    });
}

#[test]
fn any_answer_to_the_request() {
    within(|| {
        let moved = "HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\n\r\n";
        let mock = MockServer::new()
            .unwrap()
            .answer(moved)
            .answer(b"\x15\x03\x01")
            .otherwise(|peer| peer.answer("HTTP/1.1 429 Slowly\r\nRetry-After: 1\r\n\r\n"));
        match client().connect(&mock.url()) {
            Err(Error::Refused(response)) => {
                assert_eq!(response.headers()["location"], "/elsewhere");
            }
            outcome => panic!("{outcome:?}"),
        }
        assert!(matches!(client().connect(&mock.url()), Err(Error::Handshake(_))));
        match client().connect(&mock.url()) {
            Err(Error::Refused(response)) => assert_eq!(response.status(), 429),
            outcome => panic!("{outcome:?}"),
        }
    });
}

#[test]
fn what_was_sent_last_arrives_although_the_script_has_not_read_all() {
    within(|| {
        let mock = MockServer::new().unwrap().on_connection(|peer| {
            peer.expect_text("0");
            peer.send("welcome");
        });
        let mut ws = client().connect(&mock.url()).unwrap();
        for n in 0..1000 {
            ws.send(n.to_string()).unwrap();
        }
        mock.verify();
        assert_eq!(ws.recv().unwrap(), Some("welcome".into()));
    });
}

#[test]
fn who_does_not_read_keeps_the_connection() {
    within(|| {
        let mock = MockServer::new().unwrap().on_connection(Peer::stop_reading);
        let client = client().write_timeout(Duration::from_millis(100));
        let mut ws = client.connect(&mock.url()).unwrap();
        mock.verify();
        let e = ws.send(vec![0; 64 << 20]).unwrap_err();
        assert!(matches!(e, Error::Deadline(Phase::Write)), "{e:?}");
        drop(mock);
    });
}

#[test]
fn connections_in_memory_and_by_the_port_take_steps_in_turn() {
    within(|| {
        let mock = MockServer::new()
            .unwrap()
            .on_connection(|peer| peer.send("one"))
            .on_connection(|peer| peer.send("two"))
            .refuse(403, "no\n")
            .silent();
        let in_memory = || client().connect_over("ws://localhost/chat", mock.pipe());
        assert_eq!(in_memory().unwrap().recv().unwrap(), Some("one".into()));
        assert_eq!(client().connect(&mock.url()).unwrap().recv().unwrap(), Some("two".into()));
        assert!(matches!(in_memory(), Err(Error::Refused(_))));
        drop(mock.pipe());
        mock.verify();
        let paths: Vec<_> = mock.requests().iter().map(|it| it.uri().to_string()).collect();
        assert_eq!(
            (mock.connections(), paths),
            (4, vec!["/chat".into(), "/".into(), "/chat".into()])
        );
        mock.leave();
    });
}

#[cfg(any(feature = "tls", feature = "rustls"))]
#[test]
fn a_secure_mock() {
    use blocking_ws::TlsAcceptor;
    use test_support::pem;

    within(|| {
        let acceptor = TlsAcceptor::new(&pem::identity()).unwrap();
        let mock = MockServer::new()
            .unwrap()
            .tls(&acceptor)
            .on_connection(|peer| {
                peer.expect_text("hello");
                peer.send("welcome");
            })
            .on_connection(|peer| peer.send("in memory"))
            .on_connection(Peer::cut);
        assert!(mock.url().starts_with("wss://localhost:"), "{}", mock.url());
        let mut ws = pem::client().connect(&mock.url()).unwrap();
        ws.send("hello").unwrap();
        assert_eq!(ws.recv().unwrap(), Some("welcome".into()));
        let mut ws = pem::client().connect_over("wss://localhost/", mock.pipe()).unwrap();
        assert_eq!(ws.recv().unwrap(), Some("in memory".into()));
        // This client does not trust the mock.
        assert!(matches!(client().connect(&mock.url()), Err(Error::Tls(_))));
        let text = report::of(|| mock.verify());
        let want = "MockServer wss://localhost:PORT: connection 3 failed: TLS failed: ";
        assert!(text.starts_with(want), "{text}");
        assert_eq!(mock.requests().len(), 2);
    });
}
