//! Sends an input.

use std::io::{self, Read, Write};

use blocking_ws::{Error, Message, MessageKind, Result, Sender};

use super::input::Input;

/// What takes messages.
pub(crate) trait Sink {
    /// Sends a message. `at_once`: no other message follows soon, so it must not wait for one.
    fn send(&self, message: &Message, at_once: bool) -> Result<()>;
}

/// Why an input was not sent whole. `None`: the connection does not take it any more.
#[derive(Debug)]
pub(crate) struct Unsent(pub(crate) Option<String>);

impl From<Error> for Unsent {
    fn from(error: Error) -> Self {
        match error {
            Error::Invalid(why) => Self(Some(why.into_owned())),
            _ => Self(None),
        }
    }
}

/// Sends each message of the input.
pub(crate) fn send_all<R: Read>(mut input: Input<R>, sink: &impl Sink) -> Result<(), Unsent> {
    while let Some(message) = input.next().map_err(|why| Unsent(Some(why)))? {
        sink.send(&message, !input.has_more())?;
    }
    Ok(())
}

/// Sends the whole input as one message, which need not fit into memory.
pub(super) fn stream_all(
    mut input: impl Read,
    sender: &Sender,
    kind: MessageKind,
) -> Result<(), Unsent> {
    let mut stream = sender.send_stream(kind);
    let mut buffer = vec![0; 64 << 10];
    loop {
        match input.read(&mut buffer) {
            Ok(0) => break,
            Ok(n) => stream.write_all(&buffer[..n]).map_err(|e| unwritten(&e))?,
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(e) => return Err(Unsent(Some(format!("cannot read the input: {e}")))),
        }
    }
    stream.finish().map_err(|e| unwritten(&e.into()))
}

fn unwritten(error: &io::Error) -> Unsent {
    let is_not_text = error.kind() == io::ErrorKind::InvalidData;
    Unsent(is_not_text.then(|| "the input is not UTF-8; -b sends it as binary".to_owned()))
}
