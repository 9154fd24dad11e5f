//! Peers that cut, keep silent, break rules, and never read.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::Duration;

use blocking_ws::Role;
use blocking_ws::testing::RawFrame;

use test_support::random::Random;

use super::plan::Stop;
use super::servers::Place;

const REQUEST: &str = "HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
                       Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";

/// A socket to one of the places that have addresses.
fn dial(places: &[Arc<Place>], random: &mut Random, stop: &Stop) -> Option<TcpStream> {
    let address = random.pick(places).address();
    let socket = address.and_then(|address| TcpStream::connect(address).ok());
    let Some(socket) = socket else {
        stop.sleep(Duration::from_millis(50));
        return None;
    };
    // The socket is there or gone; either is as good.
    let _ = socket.set_read_timeout(Some(Duration::from_millis(300)));
    let _ = socket.set_write_timeout(Some(Duration::from_millis(300)));
    Some(socket)
}

/// A masked frame that begins with this byte.
fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let frame = RawFrame::of(first & 0xF, payload).fin(first & 0x80 != 0).rsv(first >> 4);
    frame.to_bytes(Role::Client)
}

/// Sends a handshake and messages, and cuts at any byte.
pub(crate) fn cutter(places: &[Arc<Place>], random: &mut Random, stop: &Stop) {
    while !stop.is_told() {
        let Some(mut socket) = dial(places, random, stop) else { continue };
        let path = random.pick(&["echo", "room", "stream"]);
        let mut bytes = format!("GET /{path} {REQUEST}").into_bytes();
        for _ in 0..random.below(5) {
            let payload = vec![b'x'; random.below(5000)];
            let first = *random.pick(&[0x82, 0x81, 0x02, 0x89, 0x88, 0xC2, 0x83, 0x80]);
            bytes.extend(frame(first, &payload));
        }
        let cut = if random.below(3) == 0 { bytes.len() } else { random.below(bytes.len()) };
        let _ = socket.write_all(&bytes[..cut]);
        if random.below(2) == 0 {
            let _ = socket.read(&mut [0; 500]);
        }
        if random.below(4) == 0 {
            stop.sleep(Duration::from_millis(random.below(500) as u64));
        }
    }
}

/// Connects, opens or not, and says nothing.
pub(crate) fn silent(places: &[Arc<Place>], random: &mut Random, stop: &Stop) {
    let mut sockets = Vec::new();
    while !stop.is_told() {
        if let Some(mut socket) = dial(places, random, stop) {
            if random.below(2) == 0 {
                // A member of a room that never reads.
                let _ = socket.write_all(format!("GET /room {REQUEST}").as_bytes());
            }
            sockets.push(socket);
        }
        if sockets.len() > 10 {
            let at = random.below(sockets.len());
            sockets.swap_remove(at);
        }
        stop.sleep(Duration::from_millis(200));
    }
}

/// Sends pings and messages without end, and never reads.
pub(crate) fn flooder(places: &[Arc<Place>], random: &mut Random, stop: &Stop) {
    while !stop.is_told() {
        let Some(mut socket) = dial(places, random, stop) else { continue };
        let mut sent = socket.write_all(format!("GET /echo {REQUEST}").as_bytes());
        let ping = frame(0x89, b"are you there?").repeat(20);
        let message = frame(0x82, &vec![7; 20_000]);
        for _ in 0..200 {
            if sent.is_err() || stop.is_told() {
                break;
            }
            sent = socket.write_all(if random.below(2) == 0 { &ping } else { &message });
        }
        stop.sleep(Duration::from_millis(100));
    }
}
