//! The receiving calls of [`WebSocket`], and the main loop: [`next`].

use std::io::{self, ErrorKind, Read, Write};
use std::time::{Duration, Instant};

use super::driver::Driver;
use super::websocket::WebSocket;
use crate::error::{Error, Result};
use crate::io::{Deadline, Duplex, LAST_WORDS};
use crate::outbox::PeerClose;
use crate::proto::close::Closing;
use crate::proto::inbound::{Inbound, Incoming};
use crate::proto::message::{Event, Message, MessageRef};

/// How many unreceived bytes are searched for the peer's Close frame after a failed write, or for a
/// pong that a thread waits for.
pub(super) const MOST_AHEAD: usize = 256 << 10;

impl<S: Read + Write> WebSocket<S> {
    /// Receives the next message, or returns `None` once the peer's Close frame has arrived.
    ///
    /// Blocks until a whole message has arrived. There is no time limit, unless
    /// [`set_read_timeout`](Self::set_read_timeout) or
    /// [`set_ping_interval`](Self::set_ping_interval) sets one. While the call waits, it answers
    /// pings. Before it waits, it writes what [`feed`](Self::feed) queued.
    ///
    /// If a Close frame arrives, the call answers it with the same code and waits up to two seconds
    /// for the peer to disconnect. Then this call and all further calls return `None`, even if the
    /// peer closed because of a failure, such as with code 1009 or 1011.
    /// [`close_status`](Self::close_status) returns the code. See [`WebSocket`] for an example.
    ///
    /// # Errors
    /// - [`Error::Timeout`]: nothing is lost, call again.
    /// - [`Error::Protocol`]: the peer broke a rule, and a Close frame tells it which.
    /// - Any other error: the connection is lost.
    ///
    /// After an error other than `Timeout`, the connection is over: drop it. Further calls return
    /// `None`.
    pub fn recv(&mut self) -> Result<Option<Message>> {
        self.recv_by(self.driver.deadline())
    }

    /// Receives the next message without copying it: the message borrows the connection's buffer.
    ///
    /// Otherwise like [`recv`](Self::recv). To send an answer while the message is borrowed, use a
    /// [`sender`](Self::sender):
    ///
    /// ```
    /// # let (mut client, mut server) = blocking_ws::testing::pair();
    /// # client.send("x")?; drop(client);
    /// let sender = server.sender()?;
    /// while let Ok(Some(message)) = server.recv_ref() {
    ///     sender.feed(message)?;
    /// }
    /// # Ok::<(), blocking_ws::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`recv`](Self::recv).
    pub fn recv_ref(&mut self) -> Result<Option<MessageRef<'_>>> {
        let deadline = self.driver.deadline();
        if !self.next_message(deadline)? {
            return Ok(None);
        }
        match self.inbound.lend() {
            Ok(message) => {
                self.driver.counters.received.message(message.as_bytes().len());
                Ok(Some(message))
            }
            Err(broken) => Err(self.driver.fail(broken, deadline)),
        }
    }

    /// Receives the next message or control frame, or returns `None` once the connection is closed.
    ///
    /// Otherwise like [`recv`](Self::recv): pings are answered here too. Use this to see control
    /// frames, or to answer a Close frame with another code than the peer's: after
    /// [`Event::Close`], call [`close`](Self::close) with that code. If the next call is a
    /// receiving call, it answers with the peer's code.
    ///
    /// Pongs that answer the pings of [`set_ping_interval`](Self::set_ping_interval) are returned
    /// too.
    ///
    /// ```
    /// use blocking_ws::Event;
    ///
    /// let (mut client, mut server) = blocking_ws::testing::pair();
    /// client.ping("hello?")?;
    /// assert_eq!(server.recv_event()?, Some(Event::Ping(b"hello?".to_vec())));
    /// assert_eq!(client.recv_event()?, Some(Event::Pong(b"hello?".to_vec())));
    /// # Ok::<(), blocking_ws::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`recv`](Self::recv).
    pub fn recv_event(&mut self) -> Result<Option<Event>> {
        let deadline = self.driver.deadline();
        loop {
            let Some(incoming) = self.next_incoming(deadline)? else { break };
            let event = match incoming {
                Incoming::Message => Event::Message(self.take(deadline)?),
                Incoming::Ping(payload) => Event::Ping(payload.as_slice().to_vec()),
                Incoming::Pong(payload) => Event::Pong(payload.as_slice().to_vec()),
                Incoming::Close(frame) => Event::Close(frame),
                Incoming::Part => {
                    self.inbound.leave_stream();
                    continue;
                }
            };
            self.driver.settle_before_return()?;
            return Ok(Some(event));
        }
        self.driver.settle_before_return()?;
        Ok(None)
    }

    /// Returns an iterator over the messages, until the connection is closed by a Close frame.
    ///
    /// Blocks like [`recv`](Self::recv). A timeout is an item, and more items may follow it. Any
    /// other error is the last item.
    ///
    /// ```
    /// let (mut client, mut server) = blocking_ws::testing::pair();
    /// client.send("one")?;
    /// client.send("two")?;
    /// drop(client); // sends a Close frame
    /// let messages: Result<Vec<_>, _> = server.messages().collect();
    /// assert_eq!(messages?, ["one".into(), "two".into()]);
    /// # Ok::<(), blocking_ws::Error>(())
    /// ```
    pub fn messages(&mut self) -> Messages<'_, S> {
        Messages { websocket: self }
    }

    /// Goes on until a message is there; `false` once the connection is closed in order.
    pub(super) fn next_message(&mut self, deadline: Deadline) -> Result<bool> {
        loop {
            match self.next_incoming(deadline)? {
                None => return Ok(false),
                Some(Incoming::Message) => {
                    return self.driver.settle_before_return().map(|()| true);
                }
                Some(Incoming::Ping(_) | Incoming::Pong(_) | Incoming::Close(_)) => {}
                // The rest of a `RecvStream`.
                Some(Incoming::Part) => self.inbound.leave_stream(),
            }
        }
    }

    /// Receives the next message or control frame, and does what the protocol asks for. A ping is
    /// answered at once, a Close frame by the next receiving call, unless the program has answered
    /// it.
    pub(super) fn next_incoming(&mut self, deadline: Deadline) -> Result<Option<Incoming>> {
        if self.driver.is_ending() {
            return self.go_on_ending(deadline).map(|()| None).map_err(|e| self.failed(e));
        }
        let incoming = match next(&mut self.inbound, &mut self.driver, deadline) {
            Ok(Some(incoming)) => incoming,
            ended => {
                let error = ended.err().unwrap_or_else(|| self.driver.lose_at_end());
                return Err(self.failed(error));
            }
        };
        match &incoming {
            Incoming::Message | Incoming::Part => {}
            incoming => self.reply(incoming, deadline).map_err(|e| self.failed(e))?,
        }
        Ok(Some(incoming))
    }

    /// Does what the protocol asks for after a control frame.
    // Frames of its own for this and the next: a thread that waits for a message needs less stack.
    #[inline(never)]
    fn reply(&mut self, incoming: &Incoming, deadline: Deadline) -> Result<()> {
        match incoming {
            Incoming::Message | Incoming::Part => {}
            Incoming::Pong(payload) => self.driver.pong(payload),
            Incoming::Ping(payload) => {
                self.driver.peer_pings.last = Some(Instant::now());
                if !self.driver.peer_pings.are_ignored {
                    self.driver.outbox.owe_pong(payload.clone());
                    self.driver.settle_unless_behind()?;
                }
            }
            Incoming::Close(frame) => {
                // Our Close frame went out before, so no answer is owed.
                if self.driver.outbox.close_received(frame.clone()) == Closing::Done {
                    self.driver.finish(frame.clone(), deadline)?;
                }
            }
        }
        Ok(())
    }

    #[cold]
    #[inline(never)]
    fn go_on_ending(&mut self, deadline: Deadline) -> Result<()> {
        if let Some(PeerClose(received)) = self.driver.outbox.take_unanswered() {
            self.driver.answer(received, deadline)?;
        }
        if self.driver.status().is_none() {
            self.driver.go_on_leaving(deadline)?;
        }
        Ok(())
    }

    /// Once the connection has ended, drops an incomplete message, which only holds memory.
    #[cold]
    fn failed(&mut self, error: Error) -> Error {
        if self.driver.status().is_some() {
            self.inbound.end();
        }
        error
    }

    /// Looks for the peer's Close frame if a write failed. If the peer closed before, its reason
    /// tells more than the error of the write. Other data stays to be received.
    pub(super) fn with_last_words(&mut self, sent: Result<()>) -> Result<()> {
        match sent {
            Ok(()) => Ok(()),
            Err(error) => Err(self.last_words(error)),
        }
    }

    /// Looks for the peer's Close frame after a failed write. Returns the error to report.
    #[cold]
    pub(super) fn last_words(&mut self, error: Error) -> Error {
        let error = match error {
            Error::Lost(error) if self.driver.end().is_none() => error,
            other => return other,
        };
        let deadline = Deadline::after(Some(LAST_WORDS));
        let seen = loop {
            let seen = self.inbound.close_ahead();
            // Without timeouts, a read could block for any time.
            if seen.is_some() || self.inbound.buffered() > MOST_AHEAD || !self.driver.is_bounded() {
                break seen;
            }
            match self.driver.read_on(self.inbound.space_ahead(), deadline) {
                Ok(n @ 1..) => {
                    self.driver.counters.received.on_wire(n);
                    self.inbound.filled(n);
                }
                Err(e) if e.kind() == ErrorKind::Interrupted => {}
                Ok(_) | Err(_) => break None,
            }
        };
        let Some(Incoming::Close(frame)) = seen else { return Error::Lost(error) };
        let said = frame.as_ref().map_or_else(|| "no code".to_owned(), ToString::to_string);
        self.driver.foresee(frame);
        let text = format!("the peer closed it with {said}");
        Error::Lost(io::Error::new(error.kind(), text))
    }

    #[inline]
    fn recv_by(&mut self, deadline: Deadline) -> Result<Option<Message>> {
        if self.next_message(deadline)? { self.take(deadline).map(Some) } else { Ok(None) }
    }

    #[inline]
    fn take(&mut self, deadline: Deadline) -> Result<Message> {
        let taken = self.inbound.take();
        if let Ok(message) = &taken {
            self.driver.counters.received.message(message.as_bytes().len());
        }
        taken.map_err(|broken| self.driver.fail(broken, deadline))
    }
}

impl<S: Duplex> WebSocket<S> {
    /// Receives the next message like [`recv`](Self::recv), but waits no longer than `timeout` for
    /// it.
    ///
    /// If `timeout` is zero, this does the same as [`try_recv`](Self::try_recv). Otherwise, on a
    /// socket, the wait may be a few milliseconds longer.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// let (mut client, mut server) = blocking_ws::testing::pair();
    /// let timeout = Duration::from_millis(5);
    /// assert!(server.recv_timeout(timeout).is_err_and(|e| e.is_timeout()));
    /// client.send("hello")?;
    /// assert_eq!(server.recv_timeout(timeout)?, Some("hello".into()));
    /// # Ok::<(), blocking_ws::Error>(())
    /// ```
    ///
    /// # Errors
    /// - [`Error::Timeout`]: the time is over. Nothing is lost, even if part of a message has
    ///   arrived.
    /// - Any other error: as [`recv`](Self::recv).
    ///
    /// `timeout` also limits how long the end of the connection may take. If the peer broke a rule,
    /// call [`close`](Self::close) after the error: it gives the peer time to read the Close frame.
    pub fn recv_timeout(&mut self, timeout: Duration) -> Result<Option<Message>> {
        self.driver.control();
        self.recv_by(Deadline::after(Some(timeout)))
    }

    /// Receives a message if one has already arrived. Does not wait.
    ///
    /// Answers to the peer and messages that [`feed`](Self::feed) queued are written as far as the
    /// stream has room. If the peer sends much that is not a whole message, this stops after about
    /// a millisecond, and the next call goes on. A program that only polls has all timeouts, and
    /// keepalive, as long as it polls often enough.
    ///
    /// A peer that sends without pause always has one more message. So a loop that calls this until
    /// [`Error::Timeout`] may never end: take a limited number of messages at a time, as in
    /// [`guide::threads`](crate::guide::threads#many-connections-in-one-thread).
    ///
    /// This waits only on a stream that does not implement two methods of [`Duplex`]. Without
    /// [`try_read`](Duplex::try_read) it waits a few milliseconds, the shortest timeout that
    /// sockets have. Without [`try_write`](Duplex::try_write) it waits for room for what it writes,
    /// at most for the write timeout.
    ///
    /// ```
    /// let (mut client, mut server) = blocking_ws::testing::pair();
    /// assert!(server.try_recv().is_err_and(|e| e.is_timeout()));
    /// client.send("hello")?;
    /// assert_eq!(server.try_recv()?, Some("hello".into()));
    /// # Ok::<(), blocking_ws::Error>(())
    /// ```
    ///
    /// # Errors
    /// - [`Error::Timeout`]: no whole message has arrived.
    /// - Any other error: as [`recv`](Self::recv).
    pub fn try_recv(&mut self) -> Result<Option<Message>> {
        self.recv_timeout(Duration::ZERO)
    }
}

/// An iterator over the messages of a connection.
///
/// Made by [`WebSocket::messages`], which has an example.
#[derive(Debug)]
pub struct Messages<'a, S: Read + Write> {
    websocket: &'a mut WebSocket<S>,
}

impl<S: Read + Write> Iterator for Messages<'_, S> {
    type Item = Result<Message>;

    fn next(&mut self) -> Option<Self::Item> {
        self.websocket.recv().transpose()
    }
}

/// The main loop: reads until a message or control frame is there. Returns `None` at the end of the
/// stream.
///
/// After [`Error::Timeout`] nothing is lost: what was read stays in `inbound`. After any other
/// error the connection is over, and `driver` knows how it ended.
pub(crate) fn next<S: Read + Write>(
    inbound: &mut Inbound,
    driver: &mut Driver<S>,
    deadline: Deadline,
) -> Result<Option<Incoming>> {
    loop {
        let advanced = inbound.advance().map_err(|broken| driver.fail(broken, deadline))?;
        if advanced.is_some() {
            return Ok(advanced);
        }
        let awaited = inbound.awaits();
        driver.counters.received.show_further_frames(inbound.further_frames());
        match driver.read(inbound.space(), deadline, awaited) {
            Ok(Some(0)) => return Ok(None),
            Ok(Some(n)) => inbound.filled(n),
            nothing => {
                if driver.is_quiet() {
                    inbound.rest();
                    driver.rest();
                }
                nothing?;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::{Duration, Instant};

    use super::*;
    use crate::error::Error;
    use crate::outbox::Outbox;
    use crate::proto::bytes::Budget;
    use crate::proto::rules::{Limits, Role};
    use crate::testing::Pipe;

    /// Counts how much is taken.
    #[derive(Debug)]
    struct Taken(AtomicUsize);

    impl Budget for Taken {
        fn take(&self, bytes: usize) -> bool {
            self.0.fetch_add(bytes, Ordering::Relaxed);
            true
        }

        fn give_back(&self, bytes: usize) {
            self.0.fetch_sub(bytes, Ordering::Relaxed);
        }
    }

    #[test]
    fn memory_is_given_back_once_nothing_came_for_a_second() {
        const SIZE: usize = 200_000;
        static SPARE: [Taken; 3] = [const { Taken(AtomicUsize::new(0)) }; 3];
        // Each call waits as long as it can, or only for a moment, or not at all.
        let waits = [None, Some(Duration::from_millis(20)), Some(Duration::ZERO)];
        for (spare, wait) in SPARE.iter().zip(waits) {
            let (near, mut far) = Pipe::new(2 * SIZE);
            let mut inbound = Inbound::new(Role::Client, Limits::default(), Vec::new());
            let outbox = Outbox::shared(Role::Client);
            let mut driver = Driver::new(near, Role::Client, outbox);
            driver.control();
            driver.keep_large();
            inbound.keep_large(spare);
            let mut frame = vec![0x82, 127, 0, 0, 0, 0, 0, 3, 0x0d, 0x40];
            frame.resize(frame.len() + SIZE, 7);
            far.write_all(&frame).unwrap();
            let came = next(&mut inbound, &mut driver, Deadline::NEVER).unwrap();
            assert_eq!(came, Some(Incoming::Message));
            let last = Instant::now();
            while last.elapsed() < Duration::from_millis(1500) {
                if wait == Some(Duration::ZERO) {
                    std::thread::sleep(Duration::from_millis(5));
                }
                let most = Duration::from_millis(1500).saturating_sub(last.elapsed());
                let deadline = Deadline::after(Some(wait.unwrap_or(most)));
                let waited = next(&mut inbound, &mut driver, deadline);
                assert!(matches!(waited, Err(Error::Timeout)), "{waited:?}");
                let kept = spare.0.load(Ordering::Relaxed);
                match last.elapsed().as_millis() {
                    // The message, and the read buffer that has grown.
                    0..900 => assert!(kept > SIZE, "{kept}"),
                    1200.. => assert_eq!(kept, 0),
                    _ => {}
                }
            }
            assert_eq!(spare.0.load(Ordering::Relaxed), 0);
        }
    }
}
