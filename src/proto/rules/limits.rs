//! How much a peer may send, and why there is a limit. `connection/settings/` sets the limits,
//! and `proto/inbound` and the handshakes enforce them.

/// Limits on the memory and work that one peer can cause.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Limits {
    /// Bytes of one message, in all its frames (§10.4). If more arrive, the peer gets Close 1009.
    pub(crate) message: usize,
    /// The same for a message that is read as a stream. Such a message needs no more memory if it
    /// is longer.
    pub(crate) stream: u64,
    /// Frames of one message. `message` alone limits the memory. This limits the work that empty
    /// fragments cause, which cost a peer only six bytes each.
    pub(crate) fragments: usize,
    /// Bytes of a request's or response's head. Checked before the head is parsed.
    pub(crate) head: usize,
    /// Header lines in a head.
    pub(crate) headers: usize,
}

impl Limits {
    /// Sets the limit of a message that is read as a stream; `None` means no limit.
    pub(crate) fn set_stream(&mut self, bytes: Option<u64>) {
        self.stream = bytes.unwrap_or(u64::MAX);
    }

    /// Returns which limit can never work. A program that sets zero often means "no limit", and
    /// gets the opposite. A handler that wants no messages can still set zero on its connection.
    pub(crate) const fn invalid(&self) -> Option<&'static str> {
        match self {
            Self { message: 0, .. } => Some(
                "max_message_size is 0, so only empty messages could be received; usize::MAX means no \
                 limit",
            ),
            Self { stream: 0, .. } => Some(
                "max_stream_size is 0, so only empty messages could be received; None means no limit",
            ),
            Self { head: 0, .. } => {
                Some("max_head_size is 0, so no connection could open; by default it is 16 KiB")
            }
            Self { headers: 0, .. } => {
                Some("max_headers is 0, so no connection could open; by default it is 100")
            }
            _ => None,
        }
    }

    /// The bytes that a message of `most` bytes may have on the wire while it is compressed.
    /// Compression can make it somewhat larger. The limit bounds the work on data that inflates to
    /// nothing.
    pub(crate) fn compressed(most: u64) -> u64 {
        most.saturating_mul(2).saturating_add(64 << 10)
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            message: 16 << 20,
            stream: 16 << 20,
            fragments: 1 << 20,
            head: 16 << 10,
            headers: 100,
        }
    }
}
