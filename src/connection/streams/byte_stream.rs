//! [`ByteStream`]: a connection as a stream of bytes, for protocols that know nothing of messages.

use std::borrow::BorrowMut;
use std::fmt;
use std::io::{self, ErrorKind, IoSlice, Read, Write};
use std::mem;
use std::net::{Shutdown, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::super::handles::{Sender, close_frame};
use super::super::websocket::WebSocket;
use super::shared_reader::SharedReader;
use crate::error::{Error, Result};
use crate::io::{Controls, Deadline, Duplex, LINGER, TlsInfo};
use crate::proto::message::MessageRef;
use crate::proto::rules::CloseCode;
use crate::transport::Stream;

/// The most bytes of one message. Every library that is known takes messages of this size.
const MOST: usize = 64 << 10;

impl<S: Duplex> WebSocket<S> {
    /// Makes a stream of bytes of the connection.
    ///
    /// See [`ByteStream`] for what that means, and for an example. In a handler, which does not own
    /// its `WebSocket`, use [`byte_stream`](Self::byte_stream).
    ///
    /// # Errors
    /// [`Error::Io`]: the stream cannot be cloned. The system has no handle left, or the stream is a
    /// [`Stream::half`], which has only one. The connection is dropped.
    pub fn into_byte_stream(self) -> Result<ByteStream<S>> {
        ByteStream::new(self)
    }

    /// Makes a stream of bytes of the connection, which stays with the caller.
    ///
    /// Once the stream is dropped, the connection can be used as before. If a message was not read
    /// to its end, the next receiving call discards the rest. A write timeout that was set on the
    /// stream stays, a read timeout does not.
    ///
    /// ```
    /// use std::io::{Read, Write};
    ///
    /// let server = blocking_ws::Server::bind("127.0.0.1:0")?.spawn(|ws| {
    ///     let mut stream = ws.byte_stream()?;
    ///     let mut name = String::new();
    ///     stream.read_to_string(&mut name)?; // until the client has sent all
    ///     write!(stream, "hello, {name}")?;
    ///     drop(stream);
    ///     ws.close(1000, "that is all")
    /// })?;
    /// let mut client = blocking_ws::connect(server.url())?.into_byte_stream()?;
    /// client.write_all(b"Ada")?;
    /// client.close(1000, "")?;
    /// let mut answer = String::new();
    /// client.read_to_string(&mut answer)?;
    /// assert_eq!(answer, "hello, Ada");
    /// # Ok::<(), blocking_ws::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`into_byte_stream`](Self::into_byte_stream). The connection stays usable.
    pub fn byte_stream(&mut self) -> Result<ByteStream<S, &mut Self>> {
        ByteStream::new(self)
    }
}

/// A connection as a stream of bytes, to run another protocol over it: TLS, ssh, or a second
/// `WebSocket`.
///
/// Made by [`WebSocket::into_byte_stream`], or by [`WebSocket::byte_stream`] if the `WebSocket` is
/// only borrowed. It is [`Duplex`]: [`try_clone`](Duplex::try_clone) makes another handle, so that
/// one thread reads while another writes.
///
/// ```
/// use std::io::{Read, Write};
///
/// let (client, server) = blocking_ws::testing::pair();
/// let mut client = client.into_byte_stream()?;
/// let mut server = server.into_byte_stream()?;
/// client.write_all(b"hello, ")?;
/// client.write_all(b"world")?;
/// client.close(1000, "that is all")?;
/// let mut text = String::new();
/// server.read_to_string(&mut text)?;
/// assert_eq!(text, "hello, world");
/// # Ok::<(), blocking_ws::Error>(())
/// ```
///
/// # Writing
/// - Each `write` sends one binary message, of 64 KiB at most, before it returns. An empty write
///   sends nothing. For many small writes, put a [`BufWriter`](std::io::BufWriter) around the
///   stream.
/// - A write blocks until the stream below has taken the message. A write that timed out has lost
///   the connection: a part of a frame may be out.
/// - [`try_write`](Duplex::try_write) sends a message of 16 KiB at most, uncompressed.
///
/// # Reading
/// - A read returns bytes of one message as they arrive. So messages of any length need no memory;
///   [`set_max_stream_size`](WebSocket::set_max_stream_size) bounds them, at 16 MiB by default.
/// - Text messages are read as their UTF-8 bytes. Where messages begin and end is not shown.
/// - Reads also answer pings and do all that receiving calls do. So one thread must keep reading.
/// - A read that timed out has lost nothing: read again.
/// - If several handles read at once, one waits for the other.
///
/// # The end
/// - A Close frame of the peer with code 1000 or 1001, or without a code, is the end of the stream:
///   reads return 0.
/// - With any other code, and after a connection that was lost, reads return an error, again and
///   again. It holds an [`Error`], and `?` turns it back into that.
/// - `shutdown(Write)` sends a Close frame with code 1000, after all that was written.
///   [`close`](Self::close) does the same with a code and a reason of the program.
/// - When the last handle is dropped, the `WebSocket` is dropped, which sends a Close frame with
///   code 1001.
///
/// A WebSocket has no half-closed state: the peer may send until it has answered the Close frame,
/// and many libraries answer at once. What their programs send later is lost. A `ByteStream` answers
/// only when its program calls `shutdown` or `close`, or drops it. Until then it can still write to
/// a peer that has closed, and that peer can still read, but only for the
/// [`close_timeout`](WebSocket::set_close_timeout) of the one that has closed: 5 seconds by default.
///
/// `shutdown(Read)` lets all later reads return 0. A read that waits already goes on waiting.
///
/// # TLS
/// If the connection is `wss://`, its TLS ends where the connection does. What the bytes lead to may
/// be elsewhere, so [`Duplex::is_tls`] returns `false`, and
/// [`Client::connect_over`](crate::Client::connect_over) begins TLS inside for a `wss://` URL.
pub struct ByteStream<S: Duplex = Stream, W = WebSocket<S>> {
    shared: Arc<SharedReader<W>>,
    sender: Sender<S>,
    /// This handle's own handle of the stream below, to shut it down and to ask for its addresses.
    below: S,
}

impl<S: Duplex, W: BorrowMut<WebSocket<S>>> ByteStream<S, W> {
    fn new(websocket: W) -> Result<Self> {
        let own: &WebSocket<S> = websocket.borrow();
        let (sender, below) = (own.sender()?, own.get_ref().try_clone().map_err(Error::Io)?);
        let read_timeout = own.driver.read_timeout;
        let shared = Arc::new(SharedReader::new(websocket, read_timeout));
        Ok(Self { shared, sender, below })
    }

    fn receive(&self, buf: &mut [u8], deadline: Deadline) -> io::Result<usize> {
        if buf.is_empty() {
            return Ok(0);
        }
        let Some(mut turn) = self.shared.take(deadline)? else { return Ok(0) };
        let read = turn.reader.as_mut().map_or(Ok(0), |reader| reader.read::<S>(buf, deadline));
        drop(turn);
        match read {
            // Another handle has shut reading down, and perhaps the connection.
            Err(e) if !e.is_timeout() && self.shared.lock().is_read_shut => Ok(0),
            read => Ok(read?),
        }
    }
}

impl<S: Duplex, W> ByteStream<S, W> {
    /// Sends a Close frame (§7.1.2), after all that was written. No write may follow.
    ///
    /// Does not wait for the peer's answer: reads return what still comes, and then 0. Blocks until
    /// the stream below has room for the Close frame, for 2 seconds at most, or the write timeout if
    /// that is shorter. If another handle is writing, this returns at once, and the Close frame
    /// follows that write. If a Close frame was sent before, this does nothing. See [`ByteStream`]
    /// for an example.
    ///
    /// # Errors
    /// - [`Error::Invalid`]: the code may not be sent (§7.4), or the reason is longer than 123
    ///   bytes. Nothing was sent.
    /// - [`Error::Timeout`]: the peer does not read. The next write or read sends the Close frame.
    /// - Any other error: the connection is lost.
    pub fn close(&self, code: impl Into<CloseCode>, reason: &str) -> Result<()> {
        let frame = close_frame(code.into(), reason)?;
        let most = self.shared.lock().most;
        self.sender.close_within(frame, most)
    }

    /// Sends a message.
    fn send(&self, bytes: &[u8]) -> io::Result<usize> {
        if bytes.is_empty() {
            return Ok(0);
        }
        self.arm()?;
        let bytes = &bytes[..bytes.len().min(MOST)];
        self.sender.send(MessageRef::Binary(bytes))?;
        Ok(bytes.len())
    }

    /// Sets the write timeout that another handle has asked for.
    fn arm(&self) -> io::Result<()> {
        let timeout = {
            let mut state = self.shared.lock();
            if !mem::take(&mut state.is_write_timeout_new) {
                return Ok(());
            }
            state.write_timeout
        };
        self.below.set_write_timeout(timeout)?;
        let bound = timeout.map(|timeout| (timeout, Controls::new()));
        self.sender.outbox().out().configure(|writer| writer.set_bound(bound));
        Ok(())
    }
}

impl<S: Duplex, W: BorrowMut<WebSocket<S>>> Read for ByteStream<S, W> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let timeout = self.shared.lock().read_timeout;
        self.receive(buf, Deadline::after(timeout))
    }
}

impl<S: Duplex, W> Write for ByteStream<S, W> {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        self.send(buf)
    }

    /// Sends the slices together as one message.
    fn write_vectored(&mut self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        if let [only] = slices {
            return self.send(only);
        }
        let mut gathered = Vec::new();
        for slice in slices {
            let room = MOST - gathered.len();
            gathered.extend_from_slice(&slice[..slice.len().min(room)]);
        }
        self.send(&gathered)
    }

    /// Sends what [`try_write`](Duplex::try_write) left. A `write` leaves nothing.
    fn flush(&mut self) -> io::Result<()> {
        self.arm()?;
        Ok(self.sender.flush()?)
    }
}

impl<S: Duplex, W: BorrowMut<WebSocket<S>>> Duplex for ByteStream<S, W> {
    fn try_clone(&self) -> io::Result<Self> {
        let below = self.below.try_clone()?;
        Ok(Self { shared: Arc::clone(&self.shared), sender: self.sender.clone(), below })
    }

    fn set_read_timeout(&self, timeout: Option<Duration>) -> io::Result<()> {
        self.shared.lock().read_timeout = legal(timeout)?;
        Ok(())
    }

    fn set_write_timeout(&self, timeout: Option<Duration>) -> io::Result<()> {
        let timeout = legal(timeout)?;
        let mut state = self.shared.lock();
        (state.write_timeout, state.is_write_timeout_new) = (timeout, true);
        state.most = timeout.map_or(LINGER, |timeout| timeout.min(LINGER));
        Ok(())
    }

    fn shutdown(&self, how: Shutdown) -> io::Result<()> {
        if how != Shutdown::Write {
            self.shared.shut_reading();
        }
        match how {
            Shutdown::Read => Ok(()),
            Shutdown::Write => Ok(self.close(CloseCode::Normal, "")?),
            Shutdown::Both => {
                // The peer gets it if there is room.
                let _ = self.sender.begin_close(CloseCode::Normal, "");
                self.below.shutdown(how)
            }
        }
    }

    fn write_slices(&mut self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        self.write_vectored(slices)
    }

    fn try_write(&mut self, buf: &[u8]) -> io::Result<usize> {
        self.sender.outbox().try_send(buf)
    }

    fn try_flush(&mut self) -> io::Result<()> {
        self.sender.outbox().try_flush()
    }

    fn try_read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        if buf.is_empty() {
            return self.below.try_read(buf);
        }
        let now = Deadline::after(Some(Duration::ZERO));
        self.receive(buf, now).map_err(|e| match e.kind() {
            ErrorKind::TimedOut => ErrorKind::WouldBlock.into(),
            _ => e,
        })
    }

    fn keeps_sent(&self) -> bool {
        self.below.keeps_sent()
    }

    fn last_received(&self) -> Option<Instant> {
        self.below.last_received()
    }

    fn is_duplex(&self) -> bool {
        self.below.is_duplex()
    }

    // The peer of the stream may be far behind that of the connection, and TLS ends with that. If
    // this were `Some`, `Client::connect_over` would begin no TLS for `wss://`.
    fn tls(&self) -> Option<Arc<TlsInfo>> {
        None
    }

    fn peer_addr(&self) -> io::Result<SocketAddr> {
        self.below.peer_addr()
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.below.local_addr()
    }
}

/// Refuses zero, as std's sockets do.
fn legal(timeout: Option<Duration>) -> io::Result<Option<Duration>> {
    match timeout {
        Some(Duration::ZERO) => {
            let text = "a timeout cannot be zero; None turns it off";
            Err(io::Error::new(ErrorKind::InvalidInput, text))
        }
        timeout => Ok(timeout),
    }
}

impl<S: Duplex, W> fmt::Debug for ByteStream<S, W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ByteStream").finish_non_exhaustive()
    }
}
