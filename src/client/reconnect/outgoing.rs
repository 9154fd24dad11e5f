//! [`Outgoing`]: messages that are kept until the peer has acknowledged them.
//!
//! `unacknowledged` has the messages. The threads that send them are here.

use std::fmt;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use super::push_error::PushError;
use super::unacknowledged::{Due, Unacknowledged};
use crate::connection::{Sender, WebSocket};
use crate::error::{Error, Result};
use crate::io::{Deadline, Duplex};
use crate::process::{caught, debug, error};
use crate::proto::message::AsMessage;
use crate::proto::rules::CloseCode;

/// A queue of messages that outlives connections: each message is kept until the peer has
/// acknowledged it, and is sent again on the next connection.
///
/// Any thread pushes messages. Each message gets a number; the first is 1. A message is sent in the
/// order of the numbers, together with its number, as the program encodes both. The peer answers
/// with the highest number that it has handled, in any form, and the program passes that number to
/// [`acknowledge`](Self::acknowledge). So each message arrives at least once, and the first arrivals
/// are in order. A message arrives again if its acknowledgement was lost with a connection: the peer
/// should acknowledge it again, and skip it.
///
/// `WebSocket` has no acknowledgement of its own. A pong proves only that the peer's library has
/// read what was sent before the ping, not that the peer's program has handled it.
///
/// The queue is bounded: [`push`](Self::push) waits while it is full, and
/// [`try_push`](Self::try_push) refuses. [`finish`](Self::finish) ends it by a deadline and returns
/// what is not acknowledged by then. The queue is in memory, so its messages are lost with the
/// process. A new process has new numbers: it must tell the peer that it is another sender, for
/// example by a random name in the URL.
///
/// Clones are handles of the same queue.
///
/// ```no_run
/// use std::time::Duration;
///
/// use blocking_ws::{Client, Outgoing, Result};
///
/// fn main() -> Result<()> {
///     let queue = Outgoing::new(1000);
///     let connections = Client::new()
///         .ping_interval(Duration::from_secs(20))
///         .reconnecting("ws://127.0.0.1:9001/?sender=7f3a");
///     let stop = connections.stop_handle();
///     let sent = queue.clone();
///     std::thread::spawn(move || -> Result<()> {
///         for ws in connections {
///             let mut ws = ws?;
///             sent.send_over(&mut ws, |number, text: &String| format!("{number} {text}"))?;
///             while let Ok(Some(message)) = ws.recv() {
///                 if let Some(number) = message.as_text().and_then(|text| text.parse().ok()) {
///                     sent.acknowledge(number)?;
///                 }
///             }
///         }
///         Ok(())
///     });
///     for line in std::io::stdin().lines() {
///         queue.push(line?)?;
///     }
///     for (number, text) in queue.finish(Duration::from_secs(5)) {
///         eprintln!("message {number} was not acknowledged: {text}");
///     }
///     stop.stop();
///     Ok(())
/// }
/// ```
pub struct Outgoing<T> {
    messages: Arc<Unacknowledged<T>>,
}

impl<T> Outgoing<T> {
    /// Makes an empty queue that keeps at most `most` messages, and at least one.
    ///
    /// Messages that were sent count until they are acknowledged. Their size does not count, nor
    /// does [`set_max_buffered`](crate::set_max_buffered) bound them. See [`Outgoing`] for an
    /// example.
    #[must_use]
    pub fn new(most: usize) -> Self {
        Self { messages: Arc::new(Unacknowledged::new(most)) }
    }

    /// Adds a message and returns its number.
    ///
    /// Blocks while the queue is full, until the peer acknowledges messages or another thread calls
    /// [`finish`](Self::finish). See [`Outgoing`] for an example.
    ///
    /// # Errors
    /// [`PushError::Finished`]: [`finish`](Self::finish) was called.
    pub fn push(&self, message: T) -> Result<u64, PushError<T>> {
        self.messages.push(message, true)
    }

    /// Adds a message and returns its number, unless the queue is full. Never blocks.
    ///
    /// ```
    /// use blocking_ws::{Outgoing, PushError};
    ///
    /// let queue = Outgoing::new(2);
    /// assert_eq!(queue.try_push("one"), Ok(1));
    /// assert_eq!(queue.try_push("two"), Ok(2));
    /// assert_eq!(queue.try_push("three"), Err(PushError::Full("three")));
    /// ```
    ///
    /// # Errors
    /// - [`PushError::Full`]: the queue is full.
    /// - [`PushError::Finished`]: [`finish`](Self::finish) was called.
    pub fn try_push(&self, message: T) -> Result<u64, PushError<T>> {
        self.messages.push(message, false)
    }

    /// Notes that the peer has handled all messages up to this number, and drops them.
    ///
    /// Never blocks. A number that was acknowledged before, and 0, change nothing. See [`Outgoing`]
    /// for an example.
    ///
    /// # Errors
    /// [`Error::Invalid`]: no message with this number was sent. Nothing was changed.
    pub fn acknowledge(&self, number: u64) -> Result<()> {
        self.messages.acknowledge(number).map_err(|sent| {
            let why = format!(
                "the peer acknowledged message {number}, but the last message sent is {sent}: it \
                 counts the messages of another sender or of an earlier process; give each process \
                 a name of its own"
            );
            Error::Invalid(why.into())
        })
    }

    /// Ends the queue: takes no more messages, waits until all are acknowledged, `timeout` at most,
    /// closes the connection with 1000, and returns the messages that are not acknowledged.
    ///
    /// The messages are in order, each with its number. They may have arrived, or may still arrive.
    /// A blocked [`push`](Self::push) fails at once. If several threads call this, the earliest
    /// deadline counts for all, and one of them gets the messages. The others get none.
    ///
    /// The thread that receives acknowledgements must go on meanwhile, so call this on another
    /// thread. Does not wait for the end of the connection. Call
    /// [`StopHandle::stop`](crate::StopHandle::stop) afterwards, so that no connection is opened
    /// again. Only the first call returns messages.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// let queue = blocking_ws::Outgoing::new(100);
    /// queue.push("nobody listens")?;
    /// let left = queue.finish(Duration::from_millis(10));
    /// assert_eq!(left, [(1, "nobody listens".into())]);
    /// # Ok::<(), blocking_ws::Error>(())
    /// ```
    #[must_use = "these messages may not have arrived"]
    pub fn finish(&self, timeout: Duration) -> Vec<(u64, Arc<T>)> {
        let (left, close) = self.messages.finish(Deadline::after(Some(timeout)));
        if let Some(close) = close {
            close();
        }
        left
    }

    /// Returns the highest number that the peer has acknowledged, or 0.
    ///
    /// ```
    /// let (mut ws, mut peer) = blocking_ws::testing::pair();
    /// let queue = blocking_ws::Outgoing::new(100);
    /// queue.send_over(&mut ws, |number, text: &&str| format!("{number} {text}"))?;
    /// queue.push("hello")?;
    /// assert_eq!(peer.recv()?, Some("1 hello".into()));
    /// assert_eq!((queue.acknowledged(), queue.len()), (0, 1));
    /// queue.acknowledge(1)?; // as the peer says
    /// assert_eq!((queue.acknowledged(), queue.len()), (1, 0));
    /// # Ok::<(), blocking_ws::Error>(())
    /// ```
    #[must_use]
    pub fn acknowledged(&self) -> u64 {
        self.messages.acknowledged()
    }

    /// Returns how many messages are not acknowledged.
    #[must_use]
    pub fn len(&self) -> usize {
        self.messages.len()
    }

    /// Returns `true` if all messages are acknowledged.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl<T: Send + Sync + 'static> Outgoing<T> {
    /// Sends the messages over a connection until it ends: first all that are not acknowledged, then
    /// each message that is pushed.
    ///
    /// Returns at once. A thread of this connection calls `encode` with each message and its number
    /// and sends the result. The caller must go on receiving, and pass what the peer acknowledges to
    /// [`acknowledge`](Self::acknowledge). It may also send other messages.
    ///
    /// Messages that wait one behind the other are written together. So `encode` must not wait: it
    /// would delay messages that are encoded already.
    ///
    /// A queue has one connection at a time: an earlier call ends, after the message that it is
    /// sending. After [`finish`](Self::finish) the connection is closed. If `encode` panics, or the
    /// drop of a message, that is logged and the connection is closed with 1011. See [`Outgoing`] for
    /// an example.
    ///
    /// # Errors
    /// [`Error::Io`]: the stream cannot be cloned, or no thread can be started. The connection stays
    /// usable, and nothing is sent.
    pub fn send_over<S, M>(
        &self,
        websocket: &mut WebSocket<S>,
        encode: impl FnMut(u64, &T) -> M + Send + 'static,
    ) -> Result<()>
    where
        S: Duplex + Send + 'static,
        M: AsMessage,
    {
        let sender = websocket.sender()?;
        if websocket.close_status().is_some() {
            return Ok(()); // the next receiving call says so
        }
        let (id, closer) = (websocket.id(), sender.clone());
        let closer = Box::new(move || close(&closer, id, CloseCode::Normal, ""));
        let Some(connection) = self.messages.attach(closer) else {
            close(&sender, id, CloseCode::Normal, "");
            return Ok(());
        };
        let thread = thread::Builder::new().name("ws outgoing".to_owned());
        let messages = Arc::clone(&self.messages);
        let sending = thread.spawn(move || {
            if caught(|| send_all(&messages, connection, id, &sender, encode)).is_none() {
                error!("#{id} a message of an outgoing queue, or the stream, panicked");
                close(&sender, id, CloseCode::Internal, "a message cannot be sent");
            }
            messages.detach(connection);
        });
        if let Err(e) = sending {
            self.messages.detach(connection);
            return Err(Error::Io(e));
        }
        let messages = Arc::clone(&self.messages);
        websocket.driver.on_end.push(Box::new(move |_| messages.detach(connection)));
        Ok(())
    }
}

/// Sends what is due until the connection has ended. The thread that receives learns why it has.
fn send_all<T, S: Duplex + Send, M: AsMessage>(
    messages: &Unacknowledged<T>,
    connection: u64,
    id: u64,
    sender: &Sender<S>,
    mut encode: impl FnMut(u64, &T) -> M,
) {
    while let Some(Due { number, message, has_next }) = messages.due(connection) {
        let Some(encoded) = caught(|| encode(number, &message)) else {
            error!("#{id} the encoding of message {number} of an outgoing queue panicked");
            return close(sender, id, CloseCode::Internal, "a message cannot be encoded");
        };
        let sent = if has_next { sender.feed(encoded) } else { sender.send(encoded) };
        if let Err(e) = sent {
            return debug!("#{id} message {number} of an outgoing queue is sent again later: {e}");
        }
    }
}

/// Begins the closing handshake without waiting. A connection that is over needs none.
fn close<S: Duplex>(sender: &Sender<S>, id: u64, code: CloseCode, reason: &str) {
    if let Err(e) = sender.begin_close(code, reason) {
        debug!("#{id} an outgoing queue cannot close the connection: {e}");
    }
}

impl<T> Clone for Outgoing<T> {
    fn clone(&self) -> Self {
        Self { messages: Arc::clone(&self.messages) }
    }
}

impl<T> fmt::Debug for Outgoing<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Outgoing").field("messages", &self.messages).finish()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;
    use crate::testing::pair;

    const LONG: Duration = Duration::from_secs(30);

    fn line(number: u64, text: &&'static str) -> String {
        format!("{number} {text}")
    }

    #[track_caller]
    fn expect(peer: &mut WebSocket, texts: &[&str]) {
        peer.set_read_timeout(LONG);
        for &text in texts {
            assert_eq!(peer.recv().unwrap(), Some(text.into()));
        }
    }

    #[track_caller]
    fn expect_close(peer: &mut WebSocket, code: CloseCode) {
        peer.set_read_timeout(LONG);
        assert_eq!(peer.recv().unwrap(), None);
        assert_eq!(peer.close_status().unwrap().code(), code);
    }

    /// Waits until no thread and no connection has the queue.
    fn expect_alone(queue: &Outgoing<&'static str>) {
        let began = Instant::now();
        while Arc::strong_count(&queue.messages) > 1 {
            assert!(began.elapsed() < LONG, "a thread still has the queue");
            thread::yield_now();
        }
    }

    #[test]
    fn messages_outlive_their_connection() {
        let queue = Outgoing::new(9);
        queue.push("a").unwrap();
        let (mut ws, mut peer) = pair();
        queue.send_over(&mut ws, line).unwrap();
        queue.push("b").unwrap();
        expect(&mut peer, &["1 a", "2 b"]);
        queue.acknowledge(1).unwrap();
        drop(peer);
        assert!(ws.recv().is_ok_and(|message| message.is_none()), "1001");
        expect_alone(&queue);
        queue.push("c").unwrap();

        let (mut ws, mut peer) = pair();
        queue.send_over(&mut ws, line).unwrap();
        expect(&mut peer, &["2 b", "3 c"]);
        // The program may leave it, too.
        drop(ws);
        expect_close(&mut peer, CloseCode::GoingAway);
        expect_alone(&queue);

        let (mut ws, mut peer) = pair();
        queue.send_over(&mut ws, line).unwrap();
        let (mut later, mut later_peer) = pair();
        expect(&mut peer, &["2 b", "3 c"]);
        queue.send_over(&mut later, line).unwrap();
        queue.push("d").unwrap();
        expect(&mut later_peer, &["2 b", "3 c", "4 d"]);
        assert!(peer.try_recv().is_err_and(|e| e.is_timeout()), "nothing more on the earlier one");
    }

    #[test]
    fn the_end_closes_the_connection() {
        let queue = Outgoing::new(9);
        let (mut ws, mut peer) = pair();
        queue.send_over(&mut ws, line).unwrap();
        queue.push("a").unwrap();
        expect(&mut peer, &["1 a"]);
        queue.acknowledge(1).unwrap();
        assert!(queue.finish(LONG).is_empty());
        expect_close(&mut peer, CloseCode::Normal);
        assert!(ws.recv().unwrap().is_none(), "the peer has answered");
        expect_alone(&queue);

        let (mut ws, mut peer) = pair();
        queue.send_over(&mut ws, line).unwrap();
        expect_close(&mut peer, CloseCode::Normal);
        expect_alone(&queue);
    }

    #[test]
    fn a_peer_that_does_not_read_delays_no_end() {
        let queue = Outgoing::new(1000);
        let (mut ws, peer) = pair();
        queue.send_over(&mut ws, |_, _| vec![0; 64 << 10]).unwrap();
        for _ in 0..1000 {
            queue.push("much more than the pair holds").unwrap();
        }
        let began = Instant::now();
        assert_eq!(queue.finish(Duration::from_millis(50)).len(), 1000);
        assert!(began.elapsed() < LONG);
        drop((ws, peer));
        expect_alone(&queue);
    }

    #[test]
    fn a_panic_of_the_program_ends_the_connection_only() {
        let queue = Outgoing::new(9);
        queue.push("a").unwrap();
        let (mut ws, mut peer) = pair();
        queue.send_over(&mut ws, |_, _| -> String { panic!("as told") }).unwrap();
        expect_close(&mut peer, CloseCode::Internal);
        let (mut ws, mut peer) = pair();
        queue.send_over(&mut ws, line).unwrap();
        expect(&mut peer, &["1 a"]);
    }

    #[test]
    fn a_panic_in_the_drop_of_a_message_ends_the_connection_only() {
        struct Dropped(&'static str);
        impl Drop for Dropped {
            fn drop(&mut self) {
                assert!(self.0 != "bad", "as told");
            }
        }
        let queue = Outgoing::new(9);
        for text in ["bad", "good"] {
            queue.push(Dropped(text)).unwrap();
        }
        let (mut ws, mut peer) = pair();
        let acknowledging = queue.clone();
        // While a message is encoded, the sending thread has it too, and so drops it last.
        let encode = move |number, message: &Dropped| {
            acknowledging.acknowledge(number).unwrap();
            message.0
        };
        queue.send_over(&mut ws, encode).unwrap();
        peer.set_read_timeout(LONG);
        while peer.recv().unwrap().is_some() {}
        assert_eq!(peer.close_status().unwrap().code(), CloseCode::Internal);
        let (mut ws, mut peer) = pair();
        queue.send_over(&mut ws, |_, message: &Dropped| message.0).unwrap();
        expect(&mut peer, &["good"]);
    }

    #[test]
    fn a_connection_that_is_over_is_no_error() {
        let queue = Outgoing::new(9);
        let (mut ws, mut peer) = pair();
        peer.sender().unwrap().close(1000, "").unwrap();
        assert!(ws.recv().unwrap().is_none());
        queue.send_over(&mut ws, line).unwrap();
        expect_alone(&queue);
        drop(peer.recv());
    }

    #[test]
    fn a_number_of_another_sender_says_what_to_do() {
        let error = Outgoing::<String>::new(9).acknowledge(7).unwrap_err().to_string();
        assert!(error.contains("message 7") && error.contains("is 0: "), "{error}");
        assert!(error.contains("a name of its own"), "{error}");
    }
}
