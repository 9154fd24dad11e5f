//! Lesson 5: texts are UTF-8.

use blocking_ws::testing::{Peer, RawFrame, WireLog};
use blocking_ws::{Result, Server};
use picture::{hex, show};

fn main() -> Result<()> {
    println!("\"Grüße\" in UTF-8: {}", hex("Grüße".as_bytes()));
    let server = Server::bind("127.0.0.1:0")?.spawn(|ws| {
        while let Some(message) = ws.recv()? {
            ws.send(message)?;
        }
        Ok(())
    })?;

    let mut peer = Peer::connect(server.url())?;
    let log = WireLog::new();
    peer.log(&log); // what passes from here on
    peer.fragments([&b"Gr\xc3"[..], b"\xbc\xc3\x9fe"]);
    peer.expect_text("Grüße");
    println!();
    show("A text that is cut within a character:", &log.take());

    peer.frame(RawFrame::binary(b"Gr\xc3"));
    peer.expect_binary(b"Gr\xc3");
    println!();
    show("The same first bytes as a binary message:", &log.take());

    peer.frame(RawFrame::text(b"Gr\xc3"));
    peer.expect_close(1007);
    peer.expect_end();
    drop(peer);
    println!();
    show("A text that ends within a character:", &log.take());

    let mut peer = Peer::connect(server.url())?;
    peer.log(&log);
    peer.frame(RawFrame::text(b"Gr\xc3").fin(false));
    peer.frame(RawFrame::continuation("(").fin(false));
    peer.expect_close(1007); // though the message is not whole
    peer.expect_end();
    drop(peer);
    println!();
    show("A text that is wrong before its last fragment:", &log.take());
    Ok(())
}
