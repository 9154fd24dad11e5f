//! [`Peer`]: the other end of a connection, frame by frame. `send` and `expect` have what it does.

use std::fmt;
use std::io::{self, ErrorKind, Read, Write};
use std::mem;
use std::panic::Location;
use std::time::Duration;

use http::Request;

use super::super::super::pipe::Pipe;
use super::super::wire::{Frames, Key, RawFrame};
use super::super::wire_log::WireLog;
use super::below::Below;
use super::compression::Compression;
use super::report::{Transcript, quoted};
use crate::error::Result;
use crate::io::{Deadline, Duplex, is_timeout};
use crate::proto::rules::Role;
use crate::transport::Stream;

/// The most bytes of a request that are kept to know its method.
const METHOD: usize = 5;

/// How long an expectation waits by default.
pub(super) const WITHIN: Duration = Duration::from_secs(5);

/// The other end of a connection, which sends any frames, legal or not, and sees each frame as it
/// came.
///
/// It has a codec of its own and checks nothing by itself. So it can test a server or client of
/// this library and of any other: [`connect`](Self::connect) opens a connection to a server,
/// [`accept`](Self::accept) takes that of a client, and [`over`](Self::over) begins where the
/// opening handshake is done, on any stream.
///
/// An expectation that fails is a panic at the line that calls it. Its text says what was expected,
/// what came, and what was before. Each waits for 5 seconds at most, or what
/// [`within`](Self::within) sets.
///
/// The drop of a peer closes its stream at once. A socket that is closed with unread input is
/// reset, and what was sent last may be lost. So a test that has sent something should expect the
/// answer, or [the end](Self::expect_end), before it drops the peer.
///
/// ```
/// use blocking_ws::testing::{Peer, RawFrame};
///
/// let server = blocking_ws::Server::bind("127.0.0.1:0")?.spawn(|ws| {
///     while let Some(message) = ws.recv()? {
///         ws.send(message)?;
///     }
///     Ok(())
/// })?;
/// let mut peer = Peer::connect(server.url())?;
/// peer.send("hello");
/// peer.expect_text("hello");
/// peer.frame(RawFrame::text("hello").rsv(4)); // RSV1 without an extension
/// peer.expect_close(1002);
/// peer.expect_end();
/// # Ok::<(), blocking_ws::Error>(())
/// ```
pub struct Peer {
    pub(super) stream: Stream,
    pub(super) below: Below,
    pub(super) role: Role,
    pub(super) within: Duration,
    pub(super) frames: Frames,
    pub(super) transcript: Transcript,
    /// What reports call it.
    pub(super) name: String,
    pub(super) request: Request<()>,
    /// The heads of the server's answer, on a client.
    pub(super) response_head: String,
    /// The beginning of what was sent since the last response: the method, on a client.
    pub(super) asked: Vec<u8>,
    pub(super) opening: Opening,
    /// What was agreed on, if it was.
    pub(super) compression: Option<Compression>,
    pub(super) has_sent_close: bool,
    /// It reads no more, and stays.
    pub(super) is_deaf: bool,
    /// A failure unwinds without a word, because somebody reports it.
    pub(super) is_quiet: bool,
    /// What a failure names as its place, if that is not the line that expects something.
    pub(super) place: Option<&'static Location<'static>>,
    /// Why nothing more comes, once that is known.
    pub(super) end: Option<StreamEnd>,
    /// The frames of a message that has no last frame yet, as one.
    pub(super) begun: Option<RawFrame>,
}

/// How far the opening handshake is.
#[derive(Debug)]
pub(super) enum Opening {
    /// A client has asked, and got no answer.
    Asked,
    Done,
}

/// How the bytes of the other end have ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum StreamEnd {
    /// In order: FIN, or its like.
    Fin,
    /// A reset.
    Reset,
    Failed(String),
}

/// What came.
#[derive(Debug)]
pub(super) enum Came {
    Frame(RawFrame),
    /// Bytes, which may be a part of a frame.
    Bytes,
    End(StreamEnd),
    /// Nothing in time.
    Nothing,
}

impl Peer {
    /// Makes a peer of a stream on which the opening handshake is done, or not needed. The peer
    /// itself has this role.
    ///
    /// # Errors
    /// As [`Stream::new`].
    pub fn over(stream: impl Duplex + Send + 'static, role: Role) -> Result<Self> {
        Self::named(stream, role, "the peer")
    }

    pub(super) fn named(
        stream: impl Duplex + Send + 'static,
        role: Role,
        name: &str,
    ) -> Result<Self> {
        let below = Below::of(&stream);
        below.send_at_once();
        Ok(Self::with(Stream::new(stream)?, below, role, name))
    }

    pub(super) fn of_pipe(pipe: Pipe, role: Role) -> Self {
        let below = Below::of(&pipe);
        Self::with(Stream::boxed(pipe), below, role, "the peer")
    }

    fn with(stream: Stream, below: Below, role: Role, name: &str) -> Self {
        Self {
            stream,
            below,
            role,
            within: WITHIN,
            frames: Frames::default(),
            transcript: Transcript::new(),
            name: name.to_owned(),
            request: Request::default(),
            response_head: String::new(),
            asked: Vec::new(),
            opening: Opening::Done,
            compression: None,
            has_sent_close: false,
            is_deaf: false,
            is_quiet: false,
            place: None,
            end: None,
            begun: None,
        }
    }

    /// Sets how long each expectation waits from now on; 5 seconds by default. Sending waits no
    /// longer either.
    pub fn within(&mut self, most: Duration) -> &mut Self {
        self.within = most;
        self
    }

    /// Logs what passes from now on. [`MockServer::log`](crate::testing::MockServer::log) logs the
    /// opening handshake too, and [`WireLog::stream`] that of a client.
    ///
    /// ```
    /// use blocking_ws::Role;
    /// use blocking_ws::testing::{Peer, WireLog};
    ///
    /// let log = WireLog::new();
    /// let (_ws, mut peer) = Peer::pair(Role::Client);
    /// peer.log(&log).send("hi");
    /// assert!(log.to_text().contains("-> TEXT   fin len=2 \"hi\""));
    /// ```
    pub fn log(&mut self, log: &WireLog) -> &mut Self {
        let stream = mem::replace(&mut self.stream, Stream::boxed(Pipe::new(1).0));
        self.stream = stream.tap(self.role, log.clone());
        self
    }

    /// Sets what reports call this peer, such as the row of a table of tests.
    ///
    /// ```should_panic
    /// use blocking_ws::testing::Peer;
    /// use blocking_ws::{Error, Role};
    ///
    /// for (rule, message) in [("a word", "hello"), ("several", "hello, world")] {
    ///     let (mut ws, mut peer) = Peer::pair(Role::Server);
    ///     peer.called(rule);
    ///     ws.send(message)?;
    ///     peer.expect_text("hello"); // "several failed at src/main.rs:9 ..."
    /// }
    /// # Ok::<(), Error>(())
    /// ```
    pub fn called(&mut self, name: &str) -> &mut Self {
        name.clone_into(&mut self.name);
        self
    }

    /// Makes a failure unwind without a word, because somebody reports it.
    pub(crate) fn be_quiet(&mut self) -> &mut Self {
        self.is_quiet = true;
        self
    }

    /// Makes failures name this place, because the line that expects something is not the test's.
    pub(crate) fn blame(&mut self, place: &'static Location<'static>) {
        self.place = Some(place);
    }

    /// Returns the stream, for example to see its addresses.
    #[must_use]
    pub fn get_ref(&self) -> &Stream {
        &self.stream
    }

    /// Receives the next frame, as it came, or `None` at the end of the stream. A server's frame
    /// without a mask has [`Key::Role`](crate::testing::Key::Role), as a frame that was made has.
    ///
    /// # Panics
    /// Nothing came in time, only a part of a frame came, or the connection was reset.
    #[track_caller]
    pub fn recv_frame(&mut self) -> Option<RawFrame> {
        self.open_if_asked();
        match self.next(self.deadline()) {
            Came::Frame(frame) => Some(frame),
            Came::End(StreamEnd::Fin) if self.frames.is_empty() => None,
            other => self.fail_on("a frame, or the end", &other),
        }
    }

    /// What comes next, by a deadline.
    pub(super) fn next(&mut self, deadline: Deadline) -> Came {
        loop {
            if let Some(mut frame) = self.frames.next() {
                if self.role == Role::Client && frame.key == Key::None {
                    // As it has to be (RFC 6455 §5.1), and not worth a word in reports.
                    frame.key = Key::Role;
                }
                let inflated = self.compression.as_mut().and_then(|it| it.receive(&frame));
                let inflated = match inflated {
                    Some(Ok(data)) => format!(" inflated {}", quoted(data)),
                    Some(Err(broken)) => format!(" {broken}"),
                    None => String::new(),
                };
                self.transcript.note("<-", &format!("{frame:?}{inflated}"));
                return Came::Frame(frame);
            }
            match self.more(deadline) {
                Came::Bytes => {}
                other => return other,
            }
        }
    }

    /// Reads more bytes, by a deadline.
    pub(super) fn more(&mut self, deadline: Deadline) -> Came {
        if let Some(end) = &self.end {
            return Came::End(end.clone());
        }
        self.is_deaf = false;
        let (end, what) = match self.read(deadline) {
            Ok(0) => (StreamEnd::Fin, "the end".to_owned()),
            Ok(_) => return Came::Bytes,
            Err(e) if is_timeout(&e) => return Came::Nothing,
            Err(e) if is_reset(&e) => (StreamEnd::Reset, "a reset".to_owned()),
            Err(e) => (StreamEnd::Failed(e.to_string()), e.to_string()),
        };
        self.transcript.note("<-", &what);
        self.end = Some(end.clone());
        Came::End(end)
    }

    /// Reads once. Returns how many bytes came.
    fn read(&mut self, deadline: Deadline) -> io::Result<usize> {
        let mut bytes = vec![0; 64 << 10];
        let n = loop {
            self.stream.set_read_timeout(deadline.remaining()?)?;
            match self.stream.read(&mut bytes) {
                Err(e) if e.kind() == ErrorKind::Interrupted => {}
                read => break read?,
            }
        };
        self.frames.push(&bytes[..n]);
        Ok(n)
    }

    pub(super) fn try_write_all(&mut self, mut bytes: &[u8], deadline: Deadline) -> io::Result<()> {
        self.asked.extend(bytes.iter().take(METHOD.saturating_sub(self.asked.len())));
        while !bytes.is_empty() {
            self.stream.set_write_timeout(deadline.remaining()?)?;
            match self.stream.write(bytes) {
                Ok(0) => return Err(ErrorKind::WriteZero.into()),
                Ok(n) => bytes = &bytes[n..],
                Err(e) if e.kind() == ErrorKind::Interrupted => {}
                Err(e) => return Err(e),
            }
        }
        self.stream.flush()
    }

    pub(super) fn deadline(&self) -> Deadline {
        Deadline::after(Some(self.within))
    }

    /// Ends the test with a report about what came, and of the part of a frame that did.
    #[track_caller]
    pub(super) fn fail_on(&self, expected: &str, came: &Came) -> ! {
        let part = match self.frames.part() {
            None => String::new(),
            Some((None, 1)) => ", behind 1 byte of a frame's header".to_owned(),
            Some((None, there)) => format!(", behind {there} bytes of a frame's header"),
            Some((Some(head), there)) => {
                format!(", behind {there} of the {} bytes of a frame", head.len)
            }
        };
        self.fail(expected, &format!("{came}{part}"))
    }

    /// Ends the test with a report.
    #[track_caller]
    pub(super) fn fail(&self, expected: &str, got: &str) -> ! {
        let place = self.place.unwrap_or(Location::caller());
        let report = self.transcript.report(&self.name, place, expected, got);
        if self.is_quiet {
            std::panic::resume_unwind(Box::new(Mismatch(report)));
        }
        panic!("{report}");
    }
}

/// What a quiet peer unwinds with.
pub(crate) struct Mismatch(pub(crate) String);

fn is_reset(e: &io::Error) -> bool {
    matches!(e.kind(), ErrorKind::ConnectionReset | ErrorKind::ConnectionAborted)
}

impl fmt::Display for Came {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Frame(frame) => write!(f, "{frame:?}"),
            Self::Bytes => f.write_str("a part of a frame"),
            Self::End(StreamEnd::Fin) => f.write_str("the end of the stream"),
            Self::End(StreamEnd::Reset) => f.write_str("a reset of the connection"),
            Self::End(StreamEnd::Failed(why)) => write!(f, "a failure of the stream: {why}"),
            Self::Nothing => f.write_str("nothing in time"),
        }
    }
}

impl fmt::Debug for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Peer")
            .field("name", &self.name)
            .field("role", &self.role)
            .finish_non_exhaustive()
    }
}
