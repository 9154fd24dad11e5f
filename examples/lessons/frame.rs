//! Lesson 2: a frame, byte by byte.

use blocking_ws::testing::{Peer, RawFrame, WireLog};
use blocking_ws::{Result, Role, Server};
use picture::{hex, show};

fn main() -> Result<()> {
    let hello = [
        0x81, // FIN, and the opcode 1: text
        0x85, // MASK, and the length 5
        0x37, 0xfa, 0x21, 0x3d, // the masking key
        0x7f, 0x9f, 0x4d, 0x51, 0x58, // "Hello", masked
    ];
    println!("A text from a client:");
    explain(&hello);

    let server = Server::bind("127.0.0.1:0")?.spawn(|ws| {
        while let Some(message) = ws.recv()? {
            ws.send(message)?;
        }
        Ok(())
    })?;
    let mut peer = Peer::connect(server.url())?;
    let log = WireLog::new();
    peer.log(&log); // what passes from here on
    peer.bytes(hello); // whole bytes, not a frame: nothing is added
    let answer = peer.recv_frame().expect("the server sends it back");
    println!("The same text from the server:");
    explain(&answer.to_bytes(Role::Server));

    println!("Headers of longer payloads, from a server:");
    for len in [125, 126, 65_535, 65_536] {
        let frame = RawFrame::binary(vec![0; len]).to_bytes(Role::Server);
        println!("  {len:5} bytes: {}", hex(&frame[..frame.len() - len]));
    }

    peer.ping("up?");
    peer.expect_pong();
    // A control frame with more than 125 bytes needs a longer header, which §5.5 forbids.
    peer.ping([b'p'; 126]);
    peer.expect_close(1002);
    peer.expect_end();
    drop(peer);
    println!();
    show("The wire log of the client:", &log.take());
    Ok(())
}

/// Prints the header of a short frame, bit by bit, and its other bytes.
fn explain(frame: &[u8]) {
    let (first, second) = (frame[0], frame[1]);
    let bit = |byte: u8, at: u8| byte >> at & 1;
    let (fin, rsv, opcode) = (bit(first, 7), first >> 4 & 0b111, first & 0b1111);
    println!("  {first:02x} = {first:08b}: FIN {fin}, RSV {rsv:03b}, opcode {opcode}");
    let (mask, len) = (bit(second, 7), second & 0b111_1111);
    println!("  {second:02x} = {second:08b}: MASK {mask}, length {len}");
    let rest = &frame[2..];
    let (key, payload) = if mask == 1 { rest.split_at(4) } else { rest.split_at(0) };
    if mask == 1 {
        println!("  {}: the masking key", hex(key));
    }
    println!("  {}: the payload, as it is sent", hex(payload));
}
