//! The mock server: scripts in order, and what it says of those that failed.

use std::time::Duration;

use blocking_ws::testing::{MockServer, Peer};
use blocking_ws::{Client, Error};
use test_support::within;

use super::report;

fn client() -> Client {
    Client::new().connect_timeout(Duration::from_secs(5))
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
        assert!(status.reason().contains("expected  text \"hello\""), "{}", status.reason());
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

#[test]
fn what_else_a_mock_says() {
    within(|| {
        let short = Duration::from_millis(100);
        // A script that did not run.
        let line = line!() + 1;
        let mock = MockServer::new().unwrap().within(short).on_connection(Peer::cut);
        let text = report::of(|| mock.verify());
        let want = format!(
            "MockServer ws://127.0.0.1:PORT: connection 1 did not come; its script is at \
             tests/kit/mock.rs:{line}"
        );
        assert_eq!(text, want);
        // A connection for which there is none.
        let mock = MockServer::new().unwrap();
        client().connect(&mock.url()).unwrap_err();
        let text = report::of(|| drop(mock));
        assert_eq!(text, "MockServer ws://127.0.0.1:PORT: connection 1 was not expected");
        // A script that panics for a reason of its own.
        let mock =
            MockServer::new().unwrap().on_connection(|_| panic!("this is what the test wants"));
        let _ = client().connect(&mock.url());
        let text = report::of(|| mock.verify());
        let want = "MockServer ws://127.0.0.1:PORT: connection 1: its script panicked: this is what the \
                    test wants";
        assert_eq!(text, want);
        // A script that does not end.
        let (end, script) = std::sync::mpsc::channel::<()>();
        let mock = MockServer::new().unwrap().within(short).on_connection(move |_| {
            let _ = script.recv();
        });
        let stream = std::net::TcpStream::connect(&mock.url()[5..mock.url().len() - 1]).unwrap();
        std::thread::spawn(move || Peer::connect_over("ws://localhost/", stream, &[]));
        while mock.requests().is_empty() {
            std::thread::yield_now();
        }
        let text = report::of(|| mock.verify());
        assert_eq!(text, "MockServer ws://127.0.0.1:PORT: scripts that have not ended in 100ms: 1");
        drop(end);
        // What nobody wants to verify.
        MockServer::new().unwrap().on_connection(Peer::cut).leave();
    });
}
