//! What a sender holds while it writes.

use std::io::Write;

use super::writer::Writer;
use crate::proto::rules::Role;

/// The writer, and a stream of its own once there are senders.
#[derive(Debug)]
pub(crate) struct Sink<S> {
    pub(super) stream: Option<S>,
    pub(super) writer: Writer<S>,
}

impl<S: Write> Sink<S> {
    pub(super) fn new(role: Role) -> Self {
        Self { stream: None, writer: Writer::new(role) }
    }

    /// The writer, and the stream to use: its own, or the one that is lent. `None` once the connection
    /// is over and its stream is gone.
    pub(super) fn parts<'a>(
        &'a mut self,
        own: Option<&'a mut S>,
    ) -> Option<(&'a mut Writer<S>, &'a mut S)> {
        let stream = self.stream.as_mut().or(own)?;
        Some((&mut self.writer, stream))
    }
}
