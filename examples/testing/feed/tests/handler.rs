//! The handler alone, over a connection in memory.

use blocking_ws::testing;
use blocking_ws::{CloseCode, Result};
use blocking_ws_feed::serve;

const LINES: &[&str] = &["one", "two", "three"];

#[test]
fn a_client_gets_the_lines_from_where_it_asks() -> Result<()> {
    let (mut client, handler) = testing::spawn(|ws| serve(ws, LINES));
    client.send("from 1")?;
    assert_eq!(client.recv()?, Some("1 two".into()));
    assert_eq!(client.recv()?, Some("2 three".into()));
    assert_eq!(client.recv()?, None);
    handler.join()
}

#[test]
fn a_client_that_asks_for_something_else_is_told_what_to_ask() -> Result<()> {
    let (mut client, handler) = testing::spawn(|ws| serve(ws, LINES));
    client.send("lines, please")?;
    assert_eq!(client.recv()?, None);
    let status = client.close_status().expect("it is closed");
    assert_eq!(
        (status.code(), status.reason()),
        (CloseCode::from(4400), "ask for `from` and a number")
    );
    handler.join()
}
