//! Each flag breaks its rule, and the strict peer keeps it: over a pipe, without a suite.

mod client;

mod compression;

mod frames;

mod handshake;

mod serving;

use std::io::{Read, Write};
use std::net::Shutdown;
use std::thread;
use std::time::Duration;

use blocking_ws::testing::{Pipe, RawFrame};
use blocking_ws::{Duplex, Role};

use super::{Flags, Mutant};

const REQUEST: &str = "GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n\
    Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
    Sec-WebSocket-Version: 13\r\n";

/// More than any answer takes on a machine that does much else.
const PATIENCE: Duration = Duration::from_secs(30);

/// Sends a request with these lines, and `bytes` once it is answered, to a mutant that serves, and
/// returns the head of its answer and what it sends behind.
fn served(flags: Flags, lines: &str, bytes: &[u8]) -> (String, Vec<u8>) {
    let (mut near, far) = Pipe::new(1 << 20);
    let serving = thread::spawn(move || drop(Mutant { flags }.echo(far, Role::Server)));
    near.set_read_timeout(Some(PATIENCE)).unwrap();
    // A mutant may leave before it is asked.
    drop(near.write_all(format!("{lines}\r\n").as_bytes()));
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") && near.read(&mut byte).unwrap() > 0 {
        head.push(byte[0]);
    }
    // Or before it is sent anything.
    drop(near.write_all(bytes));
    drop(near.shutdown(Shutdown::Write));
    let mut sent = Vec::new();
    drop(near.read_to_end(&mut sent));
    serving.join().unwrap();
    (String::from_utf8(head).unwrap(), sent)
}

/// Sends `bytes` in one write with the request, and returns what the mutant sends behind its answer.
fn glued(flags: Flags, bytes: &[u8]) -> Vec<u8> {
    let (mut near, far) = Pipe::new(1 << 20);
    near.set_read_timeout(Some(PATIENCE)).unwrap();
    near.write_all(&[REQUEST.as_bytes(), b"\r\n", bytes].concat()).unwrap();
    near.shutdown(Shutdown::Write).unwrap();
    drop(Mutant { flags }.echo(far, Role::Server));
    let mut sent = Vec::new();
    near.read_to_end(&mut sent).unwrap();
    let head = sent.windows(4).position(|end| end == b"\r\n\r\n").unwrap() + 4;
    sent.split_off(head)
}

/// Frames in a line: T, B and C are text, binary and continuation, small without FIN; P, G and X are
/// ping, pong and Close.
fn shown(mut bytes: &[u8]) -> String {
    let mut line = Vec::new();
    while let Some((frame, len)) = RawFrame::parse(bytes) {
        bytes = &bytes[len..];
        let letters = ["C", "T", "B", "3", "4", "5", "6", "7", "X", "P", "G"];
        let mut letter = letters[usize::from(frame.opcode)].to_owned();
        if !frame.fin {
            letter.make_ascii_lowercase();
        }
        line.push(match frame.payload.split_first_chunk() {
            Some((code, _)) if frame.opcode == 8 => {
                format!("{letter}{}", u16::from_be_bytes(*code))
            }
            _ if frame.payload.is_empty() => letter,
            _ => format!("{letter}:{}", String::from_utf8_lossy(&frame.payload)),
        });
    }
    if !bytes.is_empty() {
        line.push(format!("{} bytes", bytes.len()));
    }
    line.join(" ")
}
