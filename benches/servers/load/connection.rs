//! A connection of a client: its opening, and messages in both directions without waiting.

use std::io::{ErrorKind, Read, Write};
use std::mem;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpStream};
use std::time::Duration;

use socket2::{Domain, Socket, Type};

use super::frames::{Frames, Received, first, pong};
use crate::Outcome;

/// How long the opening may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// How many connections come from one address of the loopback. An address has fewer than 30,000 ports for
/// them, and the system finds a free port faster while most are free.
const EACH_SOURCE: usize = 4000;

/// An open connection, which never waits.
pub(super) struct Connection {
    pub(super) stream: mio::net::TcpStream,
    /// The number of the message that comes next; `None` if any message may come.
    pub(super) next: Option<usize>,
    /// The beginning of a frame.
    partial: Vec<u8>,
    /// Bytes for which the system had no room.
    unsent: Vec<u8>,
}

impl Connection {
    /// Connects, and does the opening handshake. `index` is the number of this client.
    pub(super) fn open(address: SocketAddr, path: &str, index: usize) -> Outcome<Self> {
        let socket = Socket::new(Domain::for_address(address), Type::STREAM, None)?;
        // Only Linux and Windows have all of 127.0.0.0/8.
        if cfg!(any(target_os = "linux", windows)) {
            let source = Ipv4Addr::new(127, 0, 0, u8::try_from(1 + index / EACH_SOURCE)?);
            socket.bind(&SocketAddr::from((IpAddr::V4(source), 0)).into())?;
        }
        socket.connect_timeout(&address.into(), PATIENCE)?;
        // Otherwise each connection would occupy a port for a minute after its end.
        socket.set_linger(Some(Duration::ZERO))?;
        let stream = TcpStream::from(socket);
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        let (ws, _) = tungstenite::client(format!("ws://{address}{path}"), stream)
            .map_err(|error| format!("the opening handshake failed: {error}"))?;
        let stream = ws.into_inner();
        stream.set_nonblocking(true)?;
        Ok(Self {
            stream: mio::net::TcpStream::from_std(stream),
            next: None,
            partial: Vec::new(),
            unsent: Vec::new(),
        })
    }

    /// Sends a frame, and keeps the bytes for which the system has no room.
    pub(super) fn send(&mut self, frame: &[u8]) -> Outcome<()> {
        if self.unsent.is_empty() {
            let taken = write(&mut self.stream, frame)?;
            self.unsent.extend(&frame[taken..]);
        } else {
            self.unsent.extend(frame);
        }
        Ok(())
    }

    /// Sends the bytes that were kept, if there is room now.
    pub(super) fn flush(&mut self) -> Outcome<()> {
        if !self.unsent.is_empty() {
            let taken = write(&mut self.stream, &self.unsent)?;
            self.unsent.drain(..taken);
        }
        Ok(())
    }

    /// Reads all bytes that have come. Checks the messages in them, and returns their number.
    pub(super) fn receive(&mut self, room: &mut [u8], frames: &Frames) -> Outcome<usize> {
        let mut messages = 0;
        loop {
            match self.stream.read(room) {
                Ok(0) => return Err("the server closed a connection".into()),
                Ok(n) => {
                    messages += self.take(&room[..n], frames)?;
                    // If a read does not fill the room, the stream is empty. Windows reports the next bytes
                    // only after a read that found none.
                    if n < room.len() && cfg!(unix) {
                        return Ok(messages);
                    }
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(messages),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(format!("a connection broke: {error}").into()),
            }
        }
    }

    fn take(&mut self, bytes: &[u8], frames: &Frames) -> Outcome<usize> {
        if self.partial.is_empty() {
            let (messages, used) = self.check(bytes, frames)?;
            self.partial.extend(&bytes[used..]);
            return Ok(messages);
        }
        self.partial.extend(bytes);
        let mut partial = mem::take(&mut self.partial);
        let (messages, used) = self.check(&partial, frames)?;
        partial.drain(..used);
        self.partial = partial;
        Ok(messages)
    }

    /// Returns how many messages these bytes hold, and how many bytes those are.
    fn check(&mut self, bytes: &[u8], frames: &Frames) -> Outcome<(usize, usize)> {
        let (mut messages, mut used) = (0, 0);
        loop {
            match first(&bytes[used..])? {
                Received::Short => return Ok((messages, used)),
                Received::Message(frame) => {
                    self.expect(frame, frames)?;
                    messages += 1;
                    used += frame.len();
                }
                Received::Ping(payload) => {
                    self.send(&pong(payload))?;
                    used += 2 + payload.len();
                }
            }
        }
    }

    fn expect(&mut self, frame: &[u8], frames: &Frames) -> Outcome<()> {
        let number = match self.next {
            Some(number) if frames.is_echo(number, frame) => number,
            None => frames.number(frame).ok_or("the server sent other bytes than a client sent")?,
            Some(_) => {
                return Err(match frames.number(frame) {
                    Some(_) => "a message was lost, or it came twice, or messages changed places",
                    None => "the server sent other bytes than a client sent",
                }
                .into());
            }
        };
        self.next = Some(number + 1);
        Ok(())
    }
}

/// Returns how many bytes the system took.
fn write(stream: &mut mio::net::TcpStream, bytes: &[u8]) -> Outcome<usize> {
    let mut written = 0;
    while written < bytes.len() {
        match stream.write(&bytes[written..]) {
            Ok(n) => written += n,
            Err(error) if error.kind() == ErrorKind::WouldBlock => break,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(format!("a connection broke: {error}").into()),
        }
    }
    Ok(written)
}
