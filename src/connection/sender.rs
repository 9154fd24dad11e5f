//! [`Sender`]: sending from any thread while another receives.

use std::fmt;
use std::io::Write;
use std::sync::Arc;
use std::time::Duration;

use crate::error::{Error, Result};
use crate::io::{Controls, Duplex};
use crate::outbox::{Outbox, Progress, Terms, earlier_failure};
use crate::proto::close::CloseFrame;
use crate::proto::frame::ControlPayload;
use crate::proto::message::AsMessage;
use crate::proto::rules::CloseCode;
use crate::transport::Stream;

/// The sending half of a connection, for any number of threads.
///
/// Made by [`WebSocket::sender`](crate::WebSocket::sender). Clones share the connection; whole
/// messages never interleave. Dropping a `Sender` does nothing. Once the `WebSocket` is dropped the
/// connection is over: sending fails, and a `Sender` that is kept holds neither the stream nor its
/// file descriptor.
///
/// ```
/// let (mut client, mut server) = blocking_ws::testing::pair();
/// let sender = client.sender()?;
/// std::thread::spawn(move || sender.send("from another thread"));
/// assert_eq!(server.recv()?, Some("from another thread".into()));
/// # Ok::<(), blocking_ws::Error>(())
/// ```
pub struct Sender<S = Stream> {
    outbox: Arc<Outbox<S>>,
}

impl<S: Write> Sender<S> {
    /// Wraps an outbox whose sink has a stream of its own.
    pub(super) fn new(outbox: Arc<Outbox<S>>) -> Self {
        Self { outbox }
    }

    pub(super) fn outbox(&self) -> &Outbox<S> {
        &self.outbox
    }

    /// Sends a message: text-like values as text, bytes-like ones as binary.
    ///
    /// Blocks until the stream has taken all of it, and before that while another thread sends.
    /// A thread that receives is never kept from it.
    ///
    /// # Errors
    /// [`Error::Closed`](crate::Error::Closed) after a Close frame; otherwise the connection is
    /// lost.
    pub fn send(&self, message: impl AsMessage) -> Result<()> {
        self.outbox.out().send(&message, true)
    }

    /// Queues a message, to be written with the next [`send`](Self::send),
    /// [`flush`](Self::flush) or receiving call that is about to wait.
    ///
    /// A receiving call that is waiting already does not notice: call `flush` at the end of a
    /// burst, unless this thread is the one that receives. Blocks only where the message is large
    /// or much is queued, where another thread is sending, or where something waits that goes out
    /// first: the answer to a ping or a Close, or what a [`Hub`](crate::Hub) has for this connection.
    ///
    /// # Errors
    /// As [`send`](Self::send).
    pub fn feed(&self, message: impl AsMessage) -> Result<()> {
        self.outbox.out().send(&message, false)
    }

    /// Writes out what is queued; blocks until the stream has taken it.
    ///
    /// # Errors
    /// The connection is lost.
    pub fn flush(&self) -> Result<()> {
        self.outbox.out().flush()
    }

    /// Sends a ping with up to 125 bytes (§5.5.2).
    ///
    /// # Errors
    /// [`Error::Invalid`](crate::Error::Invalid) where the payload is longer; otherwise as
    /// [`send`](Self::send).
    pub fn ping(&self, payload: impl AsRef<[u8]>) -> Result<()> {
        self.outbox.out().ping(&ping_payload(payload.as_ref())?)
    }

    /// Begins the closing handshake (§7.1.2), and does not wait for the peer's answer.
    ///
    /// Blocks at most until the stream has room for the frame, and not where another thread is
    /// sending. The receiving thread gets the messages that were on their way, then `None`. If another
    /// thread is sending, the Close frame follows its message. It does not wait for the end of a
    /// [`SendStream`](crate::SendStream): the peer gets no more of that message.
    ///
    /// # Errors
    /// [`Error::Invalid`](crate::Error::Invalid) where the code may not be sent or the reason is
    /// longer than 123 bytes; otherwise the connection is lost.
    pub fn close(&self, code: impl Into<CloseCode>, reason: &str) -> Result<()> {
        self.outbox.owe_close(Some(close_frame(code.into(), reason)?));
        self.outbox.out().settle(Terms::patient())?;
        // A Close frame that could not be sent before is owed no more.
        match self.outbox.failure() {
            None => Ok(()),
            Some(_) => Err(earlier_failure()),
        }
    }
}

impl<S: Duplex> Sender<S> {
    /// Notes that this side is about to cut the connection.
    pub(crate) fn note_cut(&self) {
        self.outbox.note_cut();
    }

    /// Begins the closing handshake, or goes on with it, and does not wait for room in the stream,
    /// or not for more than `most` where the stream cannot do without. Returns `true` if there is
    /// nothing more to do.
    pub(crate) fn try_close(&self, frame: CloseFrame, most: Duration) -> bool {
        self.outbox.owe_close(Some(frame));
        match self.outbox.try_settle() {
            Ok(Progress::Later { .. } | Progress::ByAnother) => false,
            Ok(Progress::Unable) => {
                // Where another thread is writing, that thread pays.
                let _ = self.outbox.out().settle(Terms::within(Some((most, Controls::new()))));
                true
            }
            Ok(Progress::All) | Err(_) => true,
        }
    }
}

/// Checks a ping's payload (§5.5).
pub(super) fn ping_payload(payload: &[u8]) -> Result<ControlPayload> {
    ControlPayload::new(payload)
        .ok_or(Error::Invalid("a ping carries at most 125 bytes (RFC 6455 5.5)"))
}

/// Checks what a Close frame is to say (§5.5.1, §7.4).
pub(super) fn close_frame(code: CloseCode, reason: &str) -> Result<CloseFrame> {
    CloseFrame::new(code, reason).ok_or(Error::Invalid(
        "a Close frame needs a code that may be sent, and a reason of at most 123 bytes \
         (RFC 6455 5.5.1, 7.4)",
    ))
}

impl<S> Clone for Sender<S> {
    fn clone(&self) -> Self {
        Self { outbox: Arc::clone(&self.outbox) }
    }
}

impl<S> fmt::Debug for Sender<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sender").finish_non_exhaustive()
    }
}
