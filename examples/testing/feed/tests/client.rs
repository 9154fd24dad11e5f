//! The client alone, against a server that does what each test wants.

use std::time::Duration;

use blocking_ws::testing::MockServer;
use blocking_ws::{Error, Result};
use blocking_ws_feed::read_all;

/// Where nothing is to end by time.
const LONG: Duration = Duration::from_secs(30);

#[test]
fn it_comes_back_for_the_rest_after_a_cut_and_a_refusal() -> Result<()> {
    let mock = MockServer::new()?
        .on_connection(|peer| {
            peer.expect_text("from 0");
            peer.send("0 one");
            peer.cut(); // without a Close frame
        })
        .refuse(503, "busy\n")
        .on_connection(|peer| {
            peer.expect_text("from 1");
            peer.send("1 two");
            peer.close(1000, "that was all");
            peer.expect_close(1000);
        });
    assert_eq!(read_all(&mock.url(), LONG)?, ["one", "two"]);
    mock.verify();
    Ok(())
}

#[test]
fn it_gives_up_on_a_server_that_says_nothing() -> Result<()> {
    let mock = MockServer::new()?.otherwise(|peer| {
        peer.expect_text("from 0");
        peer.expect_close(1001); // the client has gone
    });
    let error = read_all(&mock.url(), Duration::from_millis(100)).unwrap_err();
    assert!(matches!(error, Error::Timeout), "{error}");
    assert_eq!(mock.connections(), 3);
    mock.verify();
    Ok(())
}

#[test]
fn it_does_not_take_one_line_for_another() -> Result<()> {
    let mock = MockServer::new()?.on_connection(|peer| {
        peer.expect_text("from 0");
        peer.send("7 seven");
        peer.expect_close(1001);
    });
    let error = read_all(&mock.url(), LONG).unwrap_err();
    assert_eq!(error.to_string(), "line 0 was expected: 7 seven");
    mock.verify();
    Ok(())
}
