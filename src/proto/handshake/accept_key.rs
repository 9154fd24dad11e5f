//! Sec-WebSocket-Key, and the Sec-WebSocket-Accept that answers it (RFC 6455 §1.3, §4.2.2).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha1::{Digest as _, Sha1};

/// The GUID that §1.3 appends to the key before hashing.
const GUID: &[u8] = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/// Makes a Sec-WebSocket-Key from 16 random bytes.
pub(crate) fn new_key(nonce: [u8; 16]) -> String {
    STANDARD.encode(nonce)
}

/// Returns the Sec-WebSocket-Accept that answers a key (§4.2.2).
pub(crate) fn accept_key(key: &str) -> String {
    STANDARD.encode(Sha1::new().chain_update(key).chain_update(GUID).finalize())
}
