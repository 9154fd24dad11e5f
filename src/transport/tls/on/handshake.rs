//! Drives the handshake of a TLS library over a `Wire`.
//!
//! The session runs over memory from its first byte, so nothing moves when the handshake is done.
//! Bytes that arrived after it wait on the wire. After a failed handshake the alert is still there
//! to be sent.

use std::io::{self, IoSlice, Read, Write};
use std::time::Duration;

use super::engine::{Engine, Handshake, PROTOCOL, Step, Wire};
use super::greeting::{Greeting, refused};
use super::stream::TlsStream;
use crate::io::{Deadline, Duplex, SHORTEST, Timed, TlsInfo, is_timeout, write_all};
use crate::process::Numbered;

/// How long to look for the peer's last alert after a write has failed, and how much to read for
/// it. The alert has arrived already, but a program's stream may take a moment to pass it on.
const LAST_WORD: Duration = Duration::from_millis(50);
const MOST: usize = 64 * 1024;

/// A socket during a handshake.
trait Shaken: Read + Write {
    /// Limits what is still read to `most`, whatever the limit was before.
    fn hurry(&mut self, most: Duration);
}

/// A socket with its own timeouts, until it is hurried.
struct Own<'a, T> {
    socket: &'a mut T,
    until: Deadline,
}

impl<T: Duplex> Read for Own<'_, T> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        if self.until != Deadline::NEVER {
            self.socket.set_read_timeout(self.until.remaining()?)?;
        }
        self.socket.read(buf)
    }
}

impl<T: Duplex> Write for Own<'_, T> {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        self.socket.write_slices(&[IoSlice::new(buf)])
    }

    fn flush(&mut self) -> io::Result<()> {
        self.socket.flush()
    }
}

impl<T: Duplex> Shaken for Own<'_, T> {
    fn hurry(&mut self, most: Duration) {
        self.until = Deadline::after(Some(most));
    }
}

impl<T: Duplex> Shaken for Timed<'_, T> {
    fn hurry(&mut self, most: Duration) {
        self.deadline = Deadline::after(Some(most));
    }
}

/// Completes the handshake that `begin` starts, within the socket's own timeouts.
///
/// `asked` is the name that a client sends. The program makes this stream itself, so its lines
/// in the log have no number.
pub(crate) fn complete<T: Duplex>(
    mut socket: T,
    asked: Option<String>,
    begin: impl FnOnce(Wire) -> Step,
) -> io::Result<TlsStream<T>> {
    let mut own = Own { socket: &mut socket, until: Deadline::NEVER };
    let (engine, info) = drive(&mut own, begin)?;
    Ok(stream(engine, info, asked, socket, Numbered::default()))
}

/// Completes the handshake of the connection with this number by `deadline`, and then removes the
/// timeouts of the socket.
pub(crate) fn complete_by<T: Duplex>(
    id: u64,
    mut socket: T,
    deadline: Deadline,
    asked: Option<String>,
    begin: impl FnOnce(Wire) -> Step,
) -> io::Result<TlsStream<T>> {
    let mut timed = Timed { stream: &mut socket, deadline };
    let (engine, info) = drive(&mut timed, begin)?;
    timed.lift()?;
    Ok(stream(engine, info, asked, socket, id.into()))
}

fn stream<T: Duplex>(
    engine: Engine,
    mut info: TlsInfo,
    asked: Option<String>,
    socket: T,
    connection: Numbered,
) -> TlsStream<T> {
    // Only a server's library tells it.
    info.server_name = info.server_name.or(asked);
    TlsStream::new(engine, info, socket, connection)
}

fn drive(
    socket: &mut impl Shaken,
    begin: impl FnOnce(Wire) -> Step,
) -> io::Result<(Engine, TlsInfo)> {
    let wire = Wire::new();
    let mut greeting = Greeting::default();
    let mut step = begin(wire.clone());
    loop {
        let sent = write_out(socket, &wire.take_output());
        match (step, sent) {
            (Step::Done(mut session), sent) => {
                let info = session.info()?;
                check_alpn(info.alpn.as_deref())?;
                let mut engine = Engine::new(session, wire);
                return match sent {
                    Ok(()) => Ok((engine, info)),
                    Err(e) => Err(last_word(socket, &mut engine, &e).unwrap_or_else(|| lost(&e))),
                };
            }
            // If the peer cannot receive the alert, the reason is still this failure.
            (Step::Failed(why), _) => return Err(refused(&why, greeting)),
            (Step::Unfinished(unfinished), Ok(())) => {
                read_in(socket, &wire).map_err(|e| lost(&e))?;
                greeting.note(&wire);
                step = unfinished.go_on();
            }
            (Step::Unfinished(unfinished), Err(e)) => {
                return Err(why(socket, &wire, unfinished, &e).unwrap_or_else(|| lost(&e)));
            }
        }
    }
}

fn write_out(socket: &mut impl Shaken, output: &[u8]) -> io::Result<()> {
    write_all(socket, output)?;
    loop {
        match socket.flush() {
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            done => return done,
        }
    }
}

/// Reads the socket once, and again if a signal interrupts it.
fn read_in(socket: &mut impl Shaken, wire: &Wire) -> io::Result<usize> {
    loop {
        match wire.fill_from(socket) {
            Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            done => return done,
        }
    }
}

/// Reads the alert of a peer that left in the middle of a handshake. `None` if there is no alert.
fn why(
    socket: &mut impl Shaken,
    wire: &Wire,
    mut unfinished: Box<dyn Handshake>,
    error: &io::Error,
) -> Option<io::Error> {
    socket.hurry(time_after(error));
    let mut greeting = Greeting::default();
    let mut read = 0;
    while read < MOST {
        read += read_in(socket, wire).ok()?;
        greeting.note(wire);
        unfinished = match unfinished.go_on() {
            Step::Unfinished(unfinished) => unfinished,
            Step::Failed(why) => return Some(refused(&why, greeting)),
            Step::Done(_) => return None,
        };
    }
    None
}

/// Reads the alert of a peer that left after the handshake was done on this side.
fn last_word(
    socket: &mut impl Shaken,
    engine: &mut Engine,
    error: &io::Error,
) -> Option<io::Error> {
    socket.hurry(time_after(error));
    let mut read = 0;
    while engine.look_ahead() && read < MOST {
        read += read_in(socket, &engine.wire).ok()?;
    }
    let word = engine.failure()?;
    Some(io::Error::new(io::ErrorKind::InvalidData, format!("handshake: {word}")))
}

/// How long to look for the peer's last alert after a write has failed with `error`.
fn time_after(error: &io::Error) -> Duration {
    // A peer that is slow has not left, and it has had all of the time.
    if is_timeout(error) { SHORTEST } else { LAST_WORD }
}

/// RFC 7301 §3.2: the server chooses a protocol that was offered, or none.
fn check_alpn(chosen: Option<&[u8]>) -> io::Result<()> {
    match chosen {
        Some(other) if other != PROTOCOL.as_bytes() => Err(io::Error::new(
            io::ErrorKind::InvalidData,
            format!(
                "handshake: the server chose the protocol {}, not {PROTOCOL} (RFC 7301 3.2)",
                other.escape_ascii()
            ),
        )),
        _ => Ok(()),
    }
}

/// The error of a socket that failed. A timeout is `TimedOut` on every system.
fn lost(e: &io::Error) -> io::Error {
    use io::ErrorKind::{ConnectionAborted, TimedOut, UnexpectedEof};
    match e.kind() {
        _ if is_timeout(e) => io::Error::new(TimedOut, "handshake: timed out"),
        UnexpectedEof => io::Error::new(UnexpectedEof, "handshake: the peer closed the connection"),
        // The system has abandoned the connection. That is not a timeout of this library.
        TimedOut => io::Error::new(ConnectionAborted, format!("handshake: {e}")),
        kind => io::Error::new(kind, format!("handshake: {e}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rfc_7301_section_3_2_what_a_server_may_choose() {
        for (chosen, good) in [
            (None, true),
            (Some(&b"http/1.1"[..]), true),
            (Some(b"h2"), false),
            (Some(b"http/1.0"), false),
            (Some(b""), false),
        ] {
            assert_eq!(check_alpn(chosen).is_ok(), good, "{chosen:?}");
        }
    }
}
