//! Lesson 7: pings and pongs.

use std::time::Duration;

use blocking_ws::testing::{MockServer, WireLog};
use blocking_ws::{Client, Event, Result, Server};
use picture::show;

fn main() -> Result<()> {
    let log = WireLog::new();
    let server = Server::bind("127.0.0.1:0")?.spawn(|ws| ws.recv().map(drop))?;
    let mut ws = Client::new().tap(log.clone()).connect(server.url())?;
    drop(log.take()); // the handshake is lesson 1
    ws.ping("are you there?")?;
    let event = ws.recv_event()?;
    show("A ping, and the pong that the other end sends by itself:", &log.take());
    println!("  recv_event: {}", if let Some(Event::Pong(_)) = event { "a pong" } else { "?" });
    ws.close(1000, "")?;

    let mock = MockServer::new()?
        .on_connection(|peer| {
            peer.expect_text("go on");
            peer.pong("I am still here"); // without a ping
            assert_eq!(peer.expect_ping(), b"one");
            assert_eq!(peer.expect_ping(), b"two");
            peer.pong("two"); // answers both
            peer.expect_close(1000);
            peer.close(1000, "");
        })
        .on_connection(|peer| peer.stay_silent());
    let mut ws = Client::new().tap(log.clone()).connect(&mock.url())?;
    drop(log.take());
    ws.send("go on")?;
    ws.recv_event()?;
    ws.ping("one")?;
    ws.ping("two")?;
    ws.recv_event()?;
    println!();
    show("A pong without a ping, and a pong that answers two pings:", &log.take());
    ws.close(1000, "")?;

    let mut ws = Client::new().tap(log.clone()).connect(&mock.url())?;
    drop(log.take());
    ws.set_ping_interval(Duration::from_millis(200));
    ws.set_pong_timeout(Duration::from_millis(100));
    let error = ws.recv().expect_err("the server does not answer");
    drop(ws);
    println!();
    show("A peer that has vanished answers nothing:", &log.take());
    println!("  recv: {error}");
    mock.verify();
    Ok(())
}
