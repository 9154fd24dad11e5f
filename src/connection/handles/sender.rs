//! [`Sender`]: sending from any thread while another receives.

use std::fmt;
use std::io::{self, ErrorKind, Write};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use crate::error::{Error, Result};
use crate::io::{Controls, Deadline, Duplex, LAST_WORDS, Pause};
use crate::outbox::{Out, Outbox, Progress, Terms, earlier_failure};
use crate::proto::close::CloseFrame;
use crate::proto::message::{AsMessage, Stats};
use crate::proto::rules::CloseCode;
use crate::transport::Stream;

/// The sending half of a connection, for any number of threads.
///
/// Made by [`WebSocket::sender`](crate::WebSocket::sender). Clones send on the same connection, and
/// whole messages never interleave. Dropping a `Sender` does nothing.
///
/// Once the `WebSocket` is dropped, the connection is over and sending fails. A `Sender` that still
/// exists then keeps neither the stream nor its file descriptor open.
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
    /// Wraps an outbox whose sink has its own handle of the stream.
    pub(crate) fn new(outbox: Arc<Outbox<S>>) -> Self {
        Self { outbox }
    }

    pub(crate) fn outbox(&self) -> &Outbox<S> {
        &self.outbox
    }

    pub(crate) fn into_outbox(self) -> Arc<Outbox<S>> {
        self.outbox
    }

    /// Has `tell` called when this side begins to close, or cuts the connection. It must take no
    /// lock but its own.
    pub(crate) fn tell_on_close(&self, tell: impl Fn() + Send + Sync + 'static) {
        self.outbox.tell_on_close(tell);
    }

    /// How much the connection has received and sent.
    pub(crate) fn stats(&self) -> Stats {
        self.outbox.counters.stats()
    }

    /// The last round trip of the keepalive.
    pub(crate) fn latency(&self) -> Option<Duration> {
        self.outbox.counters.latency()
    }

    /// Sends a message: types like `str` as text, types like `[u8]` as binary; see [`AsMessage`].
    ///
    /// Blocks until the stream has taken the whole message. If another thread is sending, waits for
    /// that thread first. Never keeps the receiving thread from receiving.
    ///
    /// # Errors
    /// - [`Error::Closed`](crate::Error::Closed): a Close frame was sent before.
    /// - Any other error: the connection is lost. The receiving thread learns of it too.
    pub fn send(&self, message: impl AsMessage) -> Result<()> {
        self.out()?.send(&message, true)
    }

    /// Queues a message. It is written by the next [`send`](Self::send), the next
    /// [`flush`](Self::flush), or the next receiving call, before that call waits.
    ///
    /// A receiving call that is already waiting does not notice the message. If another thread
    /// than the receiving thread calls `feed`, call `flush` after the last message.
    ///
    /// Blocks only if one of these is true:
    ///
    /// - The message is large, or much is queued.
    /// - Another thread is sending.
    /// - Something else has to be written first: the answer to a ping or a Close frame, or messages
    ///   of a [`Hub`](crate::Hub).
    ///
    /// See [`WebSocket::feed`](crate::WebSocket::feed) for an example.
    ///
    /// # Errors
    /// As [`send`](Self::send).
    pub fn feed(&self, message: impl AsMessage) -> Result<()> {
        self.out()?.send(&message, false)
    }

    /// Writes all queued messages. Blocks until the stream has taken them.
    ///
    /// See [`WebSocket::feed`](crate::WebSocket::feed) for an example.
    ///
    /// # Errors
    /// As [`send`](Self::send).
    pub fn flush(&self) -> Result<()> {
        self.out()?.flush()
    }

    /// Begins the closing handshake (§7.1.2). Does not wait for the peer's answer.
    ///
    /// Blocks at most until the stream has room for the Close frame. If another thread is sending,
    /// this returns at once, and the Close frame follows that thread's message. A
    /// [`SendStream`](crate::SendStream) is cut off: the peer receives no more of its message.
    ///
    /// The receiving thread still gets the messages that were on their way, then `None`.
    ///
    /// ```
    /// use blocking_ws::CloseCode;
    ///
    /// let (client, mut server) = blocking_ws::testing::pair();
    /// let sender = client.sender()?;
    /// sender.send("goodbye")?;
    /// sender.close(CloseCode::Normal, "done")?;
    /// assert_eq!(server.recv()?, Some("goodbye".into()));
    /// # Ok::<(), blocking_ws::Error>(())
    /// ```
    ///
    /// # Errors
    /// - [`Error::Invalid`](crate::Error::Invalid): the code may not be sent (§7.4), or the reason
    ///   is longer than 123 bytes. Nothing was sent.
    /// - Any other error: the connection is lost.
    pub fn close(&self, code: impl Into<CloseCode>, reason: &str) -> Result<()> {
        self.outbox.owe_close(Some(close_frame(code.into(), reason)?));
        if self.has_stream() {
            self.outbox.out().settle(Terms::patient())?;
        }
        self.report_failure()
    }

    pub(crate) fn out(&self) -> Result<Out<'_, S>> {
        if self.has_stream() { Ok(self.outbox.out()) } else { Err(Error::Io(one_handle())) }
    }

    /// Returns `false` if the stream has only one handle, and the `WebSocket` has it. A thread
    /// without a stream must not even lock the sink: other threads would rely on it to settle.
    pub(crate) fn has_stream(&self) -> bool {
        self.outbox.controls.get().is_some()
    }

    /// After an earlier failure no Close frame is owed, and `settle` reports nothing.
    fn report_failure(&self) -> Result<()> {
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

    /// Begins the closing handshake. Does not wait for room in the stream, which the reader waits
    /// for then.
    pub(crate) fn begin_close(&self, code: CloseCode, reason: &str) -> Result<()> {
        self.try_close(close_frame(code, reason)?, LAST_WORDS);
        self.report_failure()
    }

    /// Begins the closing handshake, and waits for room for the Close frame, for `most` at most. If
    /// another thread is writing, that thread sends the Close frame.
    ///
    /// # Errors
    /// [`Error::Timeout`]: there is no room. The thread that writes next sends the Close frame.
    pub(crate) fn close_within(&self, frame: CloseFrame, most: Duration) -> Result<()> {
        self.outbox.owe_close(Some(frame));
        let (deadline, mut pause) = (Deadline::after(Some(most)), Pause::FIRST);
        loop {
            match self.outbox.try_settle() {
                Ok(Progress::All | Progress::ByAnother) | Err(Error::Closed) => break,
                Ok(Progress::Unable) => {
                    let within = Some((most, Controls::new()));
                    self.outbox.out().settle(Terms::within(within))?;
                    break;
                }
                Ok(Progress::Later { .. }) => {
                    deadline.remaining().map_err(|_| Error::Timeout)?;
                    thread::sleep(pause.time());
                    pause = pause.longer();
                }
                Err(e) => return Err(e),
            }
        }
        self.report_failure()
    }

    /// Begins the closing handshake, or goes on with it. Does not wait for room in the stream. If
    /// the stream cannot write without waiting, waits for `most` at most. Returns `true` if there
    /// is nothing more to do.
    pub(crate) fn try_close(&self, frame: CloseFrame, most: Duration) -> bool {
        self.outbox.owe_close(Some(frame));
        if !self.has_stream() {
            return true;
        }
        match self.outbox.try_settle() {
            Ok(Progress::Later { .. } | Progress::ByAnother) => false,
            Ok(Progress::Unable) => {
                // If another thread is writing, that thread pays.
                let _ = self.outbox.out().settle(Terms::within(Some((most, Controls::new()))));
                true
            }
            Ok(Progress::All) | Err(_) => true,
        }
    }
}

/// The error for a handle of a connection over [`Stream::half`].
pub(crate) fn one_handle() -> io::Error {
    let text = "this stream has only one handle, so only its WebSocket can send; use a \
                stream that is `Duplex`";
    io::Error::new(ErrorKind::Unsupported, text)
}

/// Makes a Close frame if the code and the reason are valid (§5.5.1, §7.4).
pub(crate) fn close_frame(code: CloseCode, reason: &str) -> Result<CloseFrame> {
    CloseFrame::checked(code, reason).map_err(Error::Invalid)
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
