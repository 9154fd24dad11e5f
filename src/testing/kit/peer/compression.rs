//! [`Compression`]: what two ends have agreed on by permessage-deflate (RFC 7692 §7), as a peer
//! sees it.

use super::super::wire::{Deflate, RawFrame};
use crate::proto::rules::Role;
use crate::proto::wire::{BINARY, Broken, CONTINUATION, Inflate, TEXT};

/// RSV1, which marks a compressed message (§6).
pub(super) const RSV1: u8 = 4;
/// The window if none is named, as a power of two (§7.1.2).
const LARGEST_WINDOW: u8 = 15;

/// Both directions of a connection with permessage-deflate.
#[derive(Debug)]
pub(super) struct Compression {
    sends: Direction,
    receives: Direction,
    /// Made for the first message.
    deflate: Option<Deflate>,
    inflate: Inflate,
    /// What has come out of the message that the last frame belongs to. `None` if that is not
    /// compressed.
    message: Option<Result<Vec<u8>, Broken>>,
}

/// How far the messages of one direction may refer back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Direction {
    takeover: bool,
    window_bits: u8,
}

impl Compression {
    /// What the answer of a server means for an end of this role. `None` if it is not about
    /// permessage-deflate.
    pub(super) fn agreed(answer: &str, role: Role) -> Option<Self> {
        let [client, server] = [Role::Client, Role::Server].map(|of| Direction::agreed(answer, of));
        let (sends, receives) = match role {
            Role::Client => (client?, server?),
            Role::Server => (server?, client?),
        };
        Some(Self { sends, receives, deflate: None, inflate: Inflate::new(), message: None })
    }

    /// Compresses a message.
    pub(super) fn compress(&mut self, data: &[u8]) -> Vec<u8> {
        let Direction { takeover, window_bits } = self.sends;
        self.deflate.get_or_insert_with(|| Deflate::new(window_bits)).message(data, takeover)
    }

    /// Takes a frame that came. Every frame comes here, because later messages may refer to it.
    /// Returns what a compressed message is, with its last frame.
    pub(super) fn receive(&mut self, frame: &RawFrame) -> Option<&Result<Vec<u8>, Broken>> {
        match frame.opcode {
            TEXT | BINARY => self.message = (frame.rsv & RSV1 != 0).then(|| Ok(Vec::new())),
            CONTINUATION => {}
            _ => return None,
        }
        if let Some(Ok(message)) = &mut self.message {
            let mut out = |bytes: &[u8]| {
                message.extend_from_slice(bytes);
                true
            };
            let mut inflated = self.inflate.push(&frame.payload, &mut out);
            if frame.fin {
                let ended = self.inflate.finish(self.receives.takeover, &mut out);
                inflated = inflated.and(ended);
            }
            if let Err(broken) = inflated {
                self.message = Some(Err(broken));
            }
        }
        self.message.as_ref().filter(|_| frame.fin)
    }

    /// Takes the compressed message whose last frame came last.
    pub(super) fn take(&mut self) -> Option<Result<Vec<u8>, Broken>> {
        self.message.take()
    }
}

impl Direction {
    /// What the server's answer says of the messages that an end of this role sends (§7.1).
    fn agreed(answer: &str, of: Role) -> Option<Self> {
        let mut elements = answer.split(',').map(|element| element.split(';').map(str::trim));
        let parameters = elements.find_map(|mut parts| {
            parts.next()?.eq_ignore_ascii_case("permessage-deflate").then_some(parts)
        })?;
        let side = match of {
            Role::Client => "client",
            Role::Server => "server",
        };
        let mut direction = Self { takeover: true, window_bits: LARGEST_WINDOW };
        for parameter in parameters {
            let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
            match name.trim().strip_prefix(side) {
                Some("_no_context_takeover") => direction.takeover = false,
                Some("_max_window_bits") => {
                    let bits = value.trim().trim_matches('"').parse();
                    direction.window_bits = bits.unwrap_or(LARGEST_WINDOW);
                }
                _ => {}
            }
        }
        Some(direction)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rfc_7692_section_7_1_what_an_answer_means() {
        let all = (true, 15);
        for (answer, client, server) in [
            ("permessage-deflate", all, all),
            ("x-other; a=b, PerMessage-Deflate", all, all),
            ("permessage-deflate; server_no_context_takeover", all, (false, 15)),
            ("permessage-deflate;client_no_context_takeover", (false, 15), all),
            ("permessage-deflate; client_max_window_bits=9", (true, 9), all),
            ("permessage-deflate; server_max_window_bits = \"10\"", all, (true, 10)),
            ("permessage-deflate; client_max_window_bits", all, all),
            (
                "permessage-deflate; server_max_window_bits=8; client_no_context_takeover",
                (false, 15),
                (true, 8),
            ),
        ] {
            for (role, (takeover, window_bits)) in [(Role::Client, client), (Role::Server, server)]
            {
                let want = Direction { takeover, window_bits };
                assert_eq!(Direction::agreed(answer, role), Some(want), "{answer}");
                assert_eq!(Compression::agreed(answer, role).unwrap().sends, want, "{answer}");
            }
        }
        for answer in ["", "x-webkit-deflate-frame", "permessage-deflated"] {
            assert_eq!(Direction::agreed(answer, Role::Client), None, "{answer}");
        }
    }
}
