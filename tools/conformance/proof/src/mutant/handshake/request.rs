//! The client's request (RFC 6455 §4.1).

use std::io;

use super::accept_key::new_key;
use crate::mutant::compression::offer;
use crate::mutant::flag::Flag;
use crate::mutant::flags::Flags;
use crate::mutant::wire::{Form, Outgoing, TEXT};

/// The key of the RFC's example, and one that is too short.
const SAMPLE_KEY: &str = "dGhlIHNhbXBsZSBub25jZQ==";
const SHORT_KEY: &str = "AQIDBAUGBwgJCgsMDQ4P";

/// Returns a request and its key.
pub(super) fn request(flags: Flags, host: &str, target: &str) -> io::Result<(Vec<u8>, String)> {
    let either = |flag, broken, right| if flags.has(flag) { broken } else { right };
    let key = if flags.has(Flag::SampleKey) {
        SAMPLE_KEY.to_owned()
    } else if flags.has(Flag::ShortKey) {
        SHORT_KEY.to_owned()
    } else {
        new_key()?
    };
    let method = either(Flag::PostRequest, "POST", "GET");
    let fragment = either(Flag::FragmentSent, "#top", "");
    let bare = host.rsplit_once(':').map_or(host, |(name, _)| name);
    let host = either(Flag::HostWithoutPort, bare, host);
    let second = either(Flag::TwoHosts, "Host: localhost:1\r\n", "");
    let connection = either(Flag::NoConnection, "", "Connection: Upgrade\r\n");
    let version = either(Flag::Version8, "8", "13");
    let mut request = format!(
        "{method} {target}{fragment} HTTP/1.1\r\nHost: {host}\r\n{second}User-Agent: mutant\r\n\
         Upgrade: websocket\r\n{connection}Sec-WebSocket-Key: {key}\r\n\
         Sec-WebSocket-Version: {version}\r\n"
    );
    if let Some(offer) = offer(flags) {
        request.extend(["Sec-WebSocket-Extensions: ", offer, "\r\n"]);
    }
    let mut bytes = (request + "\r\n").into_bytes();
    if flags.has(Flag::FrameBeforeAnswer) {
        let early = Outgoing { fin: true, rsv: 0, opcode: TEXT, payload: b"early" };
        early.write(Some([1, 2, 3, 4]), Form::Shortest, &mut bytes);
    }
    Ok((bytes, key))
}
