//! Pings and pongs that the program sends (RFC 6455 §5.5.2, §5.5.3), and how long a round trip
//! takes. `keepalive` has the pings that the library sends by itself.

use std::io::{self, ErrorKind, Read, Write};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::close::no_close_frame;
use super::handles::{Sender, one_handle};
use super::receive::MOST_AHEAD;
use super::websocket::WebSocket;
use crate::error::{Error, Result};
use crate::io::{Deadline, Duplex, Pause};
use crate::outbox::{Answer, Progress, RoundTrip, Terms};
use crate::proto::frame::{ControlPayload, Opcode};
use crate::proto::inbound::Incoming;

impl<S: Read + Write> WebSocket<S> {
    /// Sends a ping with a payload of up to 125 bytes (§5.5.2).
    ///
    /// Blocks like [`send`](Self::send), but does not wait for the end of a
    /// [`SendStream`](crate::SendStream). Only [`recv_event`](Self::recv_event) returns the pong;
    /// see there for an example. [`ping_wait`](Self::ping_wait) waits for it.
    ///
    /// # Errors
    /// [`Error::Invalid`] if the payload is longer; nothing was sent. Otherwise as
    /// [`send`](Self::send).
    pub fn ping(&mut self, payload: impl AsRef<[u8]>) -> Result<()> {
        self.send_control(Opcode::Ping, payload.as_ref())
    }

    /// Sends a pong with a payload of up to 125 bytes, which the peer need not have asked for
    /// (§5.5.3).
    ///
    /// Such a pong is a heartbeat in one direction: the peer does not answer it. Pings are answered
    /// without this, by receiving calls. Blocks like [`ping`](Self::ping).
    ///
    /// ```
    /// use blocking_ws::Event;
    ///
    /// let (mut client, mut server) = blocking_ws::testing::pair();
    /// client.pong("still here")?;
    /// assert_eq!(server.recv_event()?, Some(Event::Pong(b"still here".to_vec())));
    /// # Ok::<(), blocking_ws::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`ping`](Self::ping).
    pub fn pong(&mut self, payload: impl AsRef<[u8]>) -> Result<()> {
        self.send_control(Opcode::Pong, payload.as_ref())
    }

    fn send_control(&mut self, opcode: Opcode, payload: &[u8]) -> Result<()> {
        let payload = control_payload(payload)?;
        let sent = self.driver.out().control(opcode, &payload);
        self.with_last_words(sent)
    }

    /// Sets whether receiving calls answer pings; by default they do.
    ///
    /// An endpoint must answer pings (§5.5.2). So turn this off only in a test of how the peer
    /// treats one that does not: it should end the connection when its keepalive has waited long
    /// enough. [`recv_event`](Self::recv_event) still returns the pings, and [`pong`](Self::pong)
    /// answers them.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// let (mut client, mut server) = blocking_ws::testing::pair();
    /// client.set_auto_pong(false);
    /// std::thread::spawn(move || client.recv());
    /// let pinged = server.ping_wait(Duration::from_millis(20));
    /// assert!(pinged.is_err_and(|e| e.is_timeout()));
    /// ```
    pub fn set_auto_pong(&mut self, answers: bool) {
        self.driver.peer_pings.are_ignored = !answers;
    }

    /// Returns the round-trip time of the last answered keepalive ping, or `None` before the first
    /// pong.
    ///
    /// Keepalive pings are those of [`set_ping_interval`](Self::set_ping_interval), which has an
    /// example. The time runs from when the ping is handed to the stream until a receiving call
    /// reads the pong. A round trip longer than the interval is not measured. For a measurement now,
    /// see [`ping_wait`](Self::ping_wait).
    #[must_use]
    pub fn latency(&self) -> Option<Duration> {
        self.driver.counters.latency()
    }
}

impl<S: Duplex> WebSocket<S> {
    /// Sends a ping (§5.5.2), waits for its pong for at most `timeout`, and returns the round-trip
    /// time.
    ///
    /// Use this to learn whether the peer is alive, for example just after the connection was
    /// opened. Only the pong of this ping counts, or that of a later ping of this library, because a
    /// peer may answer only the most recent ping (§5.5.3). No other pong does.
    ///
    /// Messages that come before the pong stay where they are, and receiving calls return them
    /// afterwards. So do pings and a Close frame behind such a message: they are answered only when
    /// they are received. Control frames before the first message are handled at once, and
    /// [`recv_event`](Self::recv_event) does not return them. If another thread is to go on
    /// receiving, use [`Sender::ping_wait`](crate::Sender::ping_wait).
    ///
    /// The time runs from when the ping is queued behind what was sent before until the pong is read.
    /// So it is longer if the stream has no room.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// let (mut client, mut server) = blocking_ws::testing::pair();
    /// server.send("before the pong")?;
    /// std::thread::spawn(move || server.recv()); // answers the ping
    /// let round_trip = client.ping_wait(Duration::from_secs(10))?;
    /// println!("the peer answered after {round_trip:?}");
    /// assert_eq!(client.recv()?, Some("before the pong".into()));
    /// # Ok::<(), blocking_ws::Error>(())
    /// ```
    ///
    /// # Errors
    /// - [`Error::Timeout`]: there was no pong in time, or more than 256 KiB of messages came before
    ///   it. Nothing is lost: receive, or call again.
    /// - [`Error::Closed`]: a Close frame was sent or has come. Receiving calls tell the rest.
    /// - [`Error::Io`] of kind `Unsupported`: the stream is a [`Stream::half`](crate::Stream::half),
    ///   which has no timeouts.
    /// - Any other error: the connection is lost. Messages that came before can still be received.
    pub fn ping_wait(&mut self, timeout: Duration) -> Result<Duration> {
        if self.driver.control().is_none() {
            let text = "this stream has no timeouts, so no pong can be waited for; use a stream \
                        that is `Duplex`";
            return Err(Error::Io(io::Error::new(ErrorKind::Unsupported, text)));
        }
        let deadline = Deadline::after(Some(timeout));
        let outbox = Arc::clone(&self.driver.outbox);
        let trip = outbox.begin_round_trip()?;
        self.driver.settle()?;
        let mut place = self.inbound.next_frame();
        loop {
            match trip.answer() {
                Answer::After(took) => return Ok(took),
                Answer::Never => return Err(outbox.unanswered_ping()),
                Answer::NotYet if self.driver.is_ending() => return Err(Error::Closed),
                Answer::NotYet => self.look_for_pongs(&mut place, deadline)?,
            }
        }
    }

    /// Notes the pongs that have come from `place` on, without taking a message. Reads more if there
    /// are none.
    fn look_for_pongs(&mut self, place: &mut u64, deadline: Deadline) -> Result<()> {
        if self.inbound.begins_with_control() {
            if self.next_incoming(deadline)? == Some(Incoming::Part) {
                self.inbound.leave_stream();
            }
            *place = self.inbound.next_frame();
            return Ok(());
        }
        let now = Instant::now();
        while let Some(come) = self.inbound.control_ahead(place) {
            match come {
                Incoming::Pong(pong) if self.driver.outbox.round_trips.pong(&pong, now) => {
                    return Ok(());
                }
                Incoming::Close(_) => return Err(Error::Closed),
                _ => {}
            }
        }
        if self.inbound.buffered() > MOST_AHEAD {
            return Err(Error::Timeout);
        }
        let awaited = self.inbound.awaits();
        match self.driver.read_ahead(self.inbound.space_ahead(), deadline, awaited)? {
            Some(0) => Err(Error::Lost(no_close_frame(false))),
            Some(n) => {
                self.inbound.filled(n);
                Ok(())
            }
            None => Ok(()),
        }
    }
}

impl<S: Write> Sender<S> {
    /// Sends a ping with a payload of up to 125 bytes (§5.5.2).
    ///
    /// Blocks like [`send`](Self::send), but does not wait for the end of a
    /// [`SendStream`](crate::SendStream). See
    /// [`WebSocket::recv_event`](crate::WebSocket::recv_event) for an example.
    ///
    /// # Errors
    /// [`Error::Invalid`](crate::Error::Invalid) if the payload is longer; nothing was sent.
    /// Otherwise as [`send`](Self::send).
    pub fn ping(&self, payload: impl AsRef<[u8]>) -> Result<()> {
        self.out()?.control(Opcode::Ping, &control_payload(payload.as_ref())?)
    }

    /// Sends a pong with a payload of up to 125 bytes, which the peer need not have asked for
    /// (§5.5.3).
    ///
    /// Blocks like [`ping`](Self::ping). See [`WebSocket::pong`](crate::WebSocket::pong) for what it
    /// is for, and for an example.
    ///
    /// # Errors
    /// As [`ping`](Self::ping).
    pub fn pong(&self, payload: impl AsRef<[u8]>) -> Result<()> {
        self.out()?.control(Opcode::Pong, &control_payload(payload.as_ref())?)
    }
}

impl<S: Duplex> Sender<S> {
    /// Sends a ping (§5.5.2), waits for its pong for at most `timeout`, and returns the round-trip
    /// time.
    ///
    /// Another thread must be in a receiving call of the `WebSocket` meanwhile: it reads the pong.
    /// Without it, this call returns [`Error::Timeout`](crate::Error::Timeout). Any number of threads
    /// may call this at once. The call waits neither for a thread that is sending nor for room in
    /// the stream: the ping follows as soon as it can. (On a stream without
    /// [`Duplex::try_write`] it waits for both.)
    ///
    /// For which pong counts, and from when the time runs, see
    /// [`WebSocket::ping_wait`](crate::WebSocket::ping_wait). The time ends when the receiving call
    /// reads the pong.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// let (mut client, mut server) = blocking_ws::testing::pair();
    /// let sender = client.sender()?;
    /// std::thread::spawn(move || server.recv()); // answers the ping
    /// std::thread::spawn(move || client.recv()); // reads the pong
    /// println!("{:?}", sender.ping_wait(Duration::from_secs(10))?);
    /// # Ok::<(), blocking_ws::Error>(())
    /// ```
    ///
    /// # Errors
    /// - [`Error::Timeout`](crate::Error::Timeout): no receiving call has read the pong in time. The
    ///   connection goes on.
    /// - [`Error::Closed`](crate::Error::Closed): a Close frame was sent, or the connection has
    ///   ended in order.
    /// - Any other error: the connection is lost.
    pub fn ping_wait(&self, timeout: Duration) -> Result<Duration> {
        if !self.has_stream() {
            return Err(Error::Io(one_handle()));
        }
        let deadline = Deadline::after(Some(timeout));
        let trip = self.outbox().begin_round_trip()?;
        self.await_pong(&trip, deadline)
    }

    /// Writes the owed ping, unless another thread does, and waits for its pong.
    fn await_pong(&self, trip: &RoundTrip<'_>, deadline: Deadline) -> Result<Duration> {
        let outbox = self.outbox();
        let mut pause = Pause::FIRST;
        loop {
            let settled = match outbox.try_settle() {
                Ok(Progress::Unable) => outbox.out().settle(Terms::patient()),
                settled => settled,
            };
            let most = match settled {
                Ok(Progress::Later { .. }) => {
                    let most = pause.time();
                    pause = pause.longer();
                    Some(most)
                }
                Ok(Progress::All | Progress::ByAnother | Progress::Unable) => None,
                // Another thread may have written the ping, and the connection may have ended since:
                // what that thread has seen counts.
                Err(_) if trip.answer() != Answer::NotYet => None,
                Err(e) => return Err(e),
            };
            let Ok(left) = deadline.remaining() else { return Err(Error::Timeout) };
            match trip.wait(left.into_iter().chain(most).min()) {
                Answer::After(took) => return Ok(took),
                Answer::Never => return Err(outbox.unanswered_ping()),
                Answer::NotYet => {}
            }
        }
    }
}

/// Checks the payload of a ping or pong (§5.5).
fn control_payload(payload: &[u8]) -> Result<ControlPayload> {
    ControlPayload::new(payload)
        .ok_or(Error::Invalid("a ping or pong carries at most 125 bytes (RFC 6455 5.5)".into()))
}

#[cfg(test)]
mod tests {
    use std::net::Shutdown;
    use std::thread;

    use super::*;
    use crate::proto::rules::Role;
    use crate::testing::Pipe;

    const LONG: Duration = Duration::from_secs(60);

    /// Everything may have happened before the waiting thread comes to write its ping.
    #[test]
    fn a_thread_that_comes_late_learns_what_the_reader_has_seen() {
        for is_answered in [true, false] {
            let (near, far) = Pipe::new(1 << 10);
            let mut ws = WebSocket::from_parts(near, Role::Client, Vec::new());
            let mut peer =
                WebSocket::from_parts(far.try_clone().unwrap(), Role::Server, Vec::new());
            peer.set_auto_pong(is_answered);
            let peer = thread::spawn(move || peer.recv());
            let sender = ws.sender().unwrap();
            let trip = sender.outbox().begin_round_trip().unwrap();
            while is_answered && trip.answer() == Answer::NotYet {
                let _ = ws.recv_timeout(Duration::from_millis(1));
            }
            far.shutdown(Shutdown::Write).unwrap();
            assert!(ws.recv().is_err());
            drop(ws);
            let waited = sender.await_pong(&trip, Deadline::after(Some(LONG)));
            match waited {
                Ok(took) => assert!(is_answered && took < LONG),
                Err(Error::Lost(e)) => {
                    assert!(!is_answered, "{e}");
                    assert_eq!(e.to_string(), "it ended before the pong came");
                }
                Err(e) => panic!("{is_answered}: {e}"),
            }
            peer.join().unwrap().unwrap_err();
        }
    }
}
