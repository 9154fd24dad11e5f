//! How much a peer may ask for, and why.

/// Bounds on what one peer can make this endpoint hold or do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Limits {
    /// Bytes of one message, over all its fragments (§10.4). More gets Close 1009.
    pub(crate) message: usize,
    /// The same of a message that is read as a stream, which takes no more memory the longer it is.
    pub(crate) stream: u64,
    /// Frames of one message. Memory is bounded by `message` alone; this bounds the work that
    /// empty fragments cause, which cost a peer six bytes each.
    pub(crate) fragments: usize,
    /// Bytes of a request's or response's head, checked before it is parsed.
    pub(crate) head: usize,
    /// Header lines in a head.
    pub(crate) headers: usize,
}

impl Limits {
    /// Bounds a message that is read as a stream, or lifts the bound.
    pub(crate) fn set_stream(&mut self, bytes: Option<u64>) {
        self.stream = bytes.unwrap_or(u64::MAX);
    }

    /// Bytes that a message of `most` may have while it is compressed. Compressing can make it somewhat
    /// larger; this bounds the work on data that nothing comes out of.
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
