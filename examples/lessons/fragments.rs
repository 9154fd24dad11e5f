//! Lesson 4: a message in several frames.

use blocking_ws::testing::{Peer, RawFrame, WireLog};
use blocking_ws::{Client, Result, Server};
use picture::show;

fn main() -> Result<()> {
    let server = Server::bind("127.0.0.1:0")?.spawn(|ws| {
        while let Some(message) = ws.recv()? {
            ws.send(message)?;
        }
        Ok(())
    })?;

    let mut peer = Peer::connect(server.url())?;
    let log = WireLog::new();
    peer.log(&log); // what passes from here on
    peer.frame(RawFrame::text("Hel").fin(false));
    peer.frame(RawFrame::continuation("lo, ").fin(false));
    peer.ping("still there?");
    peer.expect_pong(); // before the message is whole
    peer.frame(RawFrame::continuation("world"));
    peer.expect_text("Hello, world");
    show("A message in three fragments, with a ping between two of them:", &log.take());

    peer.frame(RawFrame::text("one").fin(false));
    peer.frame(RawFrame::text("two"));
    peer.expect_close(1002);
    peer.expect_end();
    drop(peer);
    println!();
    show("A second message that begins within the first one:", &log.take());

    // The library makes fragments as well. A reader of messages sees no difference.
    let server = Server::bind("127.0.0.1:0")?.spawn(|ws| {
        ws.recv()?;
        ws.set_fragment_size(4);
        ws.send("0123456789")?;
        ws.recv().map(drop)
    })?;
    let mut ws = Client::new().tap(log.clone()).connect(server.url())?;
    drop(log.take()); // the handshake is lesson 1
    ws.send("how many digits are there?")?;
    let message = ws.recv()?;
    println!();
    show("A server with set_fragment_size(4):", &log.take());
    println!("  recv: {message:?}");
    Ok(())
}
