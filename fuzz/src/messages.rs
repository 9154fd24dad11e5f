//! What is written is read back: messages in frames of any size, compressed or not, with control
//! frames between them, cut anywhere.
//!
//! ```text
//! input: settings, cuts, then for each message: kind, most of a frame, payload
//! ```

use blocking_ws::testing::internals::{Compression, write_control, write_frames_with};
use blocking_ws::{CloseFrame, Deflate, Event, Message, MessageRef, Role};

use crate::bytes::{Bytes, Cuts};
use crate::deflate::agree;
use crate::frames::{Reads, Receiver, Seen};

pub fn run(data: &[u8]) {
    let mut bytes = Bytes(data);
    let settings = bytes.byte();
    let (sender, receiver) = match settings & 1 {
        0 => (Role::Client, Role::Server),
        _ => (Role::Server, Role::Client),
    };
    let key = (sender == Role::Client).then(|| [bytes.byte(), bytes.byte(), 7, bytes.byte()]);
    let window = 9 + settings / 32 % 7;
    let deflate = Deflate::new()
        .min_size(usize::from(settings & 4))
        .send_takeover(settings & 8 != 0)
        .recv_takeover(settings & 8 != 0)
        .send_window_bits(window)
        .recv_window_bits(window);
    let ends = (settings & 2 != 0).then(|| agree(&deflate, &deflate));
    let (mut compression, agreement) = match &ends {
        None => (None, None),
        Some([client, server]) if sender == Role::Client => {
            (Some(Compression::between(client, server)), Some(server))
        }
        Some([client, server]) => (Some(Compression::between(server, client)), Some(client)),
    };
    let reads = if settings & 16 != 0 { Reads::Streamed } else { Reads::Lent };
    let cuts = Cuts::new(&mut bytes);
    let (mut wire, mut want) = (Vec::new(), Vec::new());
    while !bytes.is_empty() && wire.len() < 1 << 16 {
        let kind = bytes.byte();
        let control = match kind & 15 {
            0 => Event::Ping(bytes.counted().to_vec()),
            1 => Event::Pong(bytes.counted().to_vec()),
            2 => Event::Close(None),
            3 => {
                let code = u16::from_be_bytes([bytes.byte(), bytes.byte()]);
                let reason = String::from_utf8_lossy(bytes.counted());
                Event::Close(CloseFrame::new(code, &reason))
            }
            _ => {
                let most = 20 + usize::from(bytes.byte());
                let part = bytes.counted();
                let payload = part.repeat(1 + usize::from(kind >> 4));
                let text = String::from_utf8_lossy(&payload);
                let message = match kind & 4 {
                    0 => MessageRef::Text(&text),
                    _ => MessageRef::Binary(&payload),
                };
                let mut behind = 0;
                let between = |out: &mut Vec<u8>| {
                    behind = usize::from(kind & 8 != 0 && out.len() % 3 == 0);
                    if behind > 0 {
                        let pong = Event::Pong(b"between".to_vec());
                        want.push(Seen::Control(pong.clone()));
                        assert!(write_control(&pong, key, out));
                    }
                };
                write_frames_with(message, most, key, compression.as_mut(), &mut wire, between);
                // What goes behind the last frame comes behind the message.
                want.insert(want.len() - behind, Seen::Message(Message::from(message)));
                continue;
            }
        };
        let closes = matches!(control, Event::Close(_));
        if write_control(&control, key, &mut wire) {
            want.push(Seen::Control(control));
            if closes {
                break;
            }
        }
    }
    let mut got = Receiver::new(receiver, (1 << 20, 1 << 20), agreement, reads);
    for piece in cuts.pieces(&wire) {
        got.feed(piece);
    }
    assert_eq!(got.seen, want);
}
