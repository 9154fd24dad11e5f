//! Lesson 3: masks.

use blocking_ws::testing::{Key, MockServer, Peer, RawFrame, WireLog};
use blocking_ws::{Client, Result, Server};
use picture::{hex, show};

const KEY: [u8; 4] = [0x37, 0xfa, 0x21, 0x3d];

fn main() -> Result<()> {
    let mut text = *b"Hello!";
    println!("Each byte of the payload is XORed with a byte of the key, whose four bytes repeat:");
    println!("  {} ({:?})", hex(&text), String::from_utf8_lossy(&text));
    println!("  {}", hex(&[KEY, KEY].concat()[..text.len()]));
    mask(&mut text);
    println!("  {}", hex(&text));
    mask(&mut text);
    println!("The same once more takes the mask off: {:?}", String::from_utf8_lossy(&text));

    let server = Server::bind("127.0.0.1:0")?.spawn(|ws| {
        while let Some(message) = ws.recv()? {
            ws.send(message)?;
        }
        Ok(())
    })?;
    let mut peer = Peer::connect(server.url())?;
    let log = WireLog::new();
    peer.log(&log); // what passes from here on
    peer.frame(RawFrame::text("Hello!").key(Key::Fixed(KEY)));
    peer.expect_text("Hello!");
    peer.frame(RawFrame::text("Hello!").key(Key::None));
    peer.expect_close(1002);
    peer.expect_end();
    drop(peer);
    println!();
    show("A client that masks, and then does not:", &log.take());

    let mock = MockServer::new()?.on_connection(|peer| {
        peer.frame(RawFrame::text("Hello!").key(Key::Fixed(KEY)));
        peer.expect_close(1002);
    });
    let mut ws = Client::new().connect(&mock.url())?;
    let error = ws.recv().expect_err("a server must not mask");
    mock.verify();
    println!("\nA client whose server masks gets this error:\n  {error}");
    Ok(())
}

fn mask(payload: &mut [u8]) {
    for (at, byte) in payload.iter_mut().enumerate() {
        *byte ^= KEY[at % 4];
    }
}
