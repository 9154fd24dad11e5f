//! A stream in memory that misbehaves as its script says.
//!
//! It belongs to one end of a connection; the other is the test itself, which puts bytes in and looks
//! at what came out. Each call takes a byte of the script for its outcome. At the end of the script all
//! goes well. A read that finds nothing runs into a timeout, which is waited for where it is short.

use std::collections::VecDeque;
use std::io::{self, ErrorKind, IoSlice, Read, Write};
use std::net::Shutdown;
use std::panic::resume_unwind;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use blocking_ws::Duplex;

/// What a panic of the stream carries: it passes by the hook that would end the fuzzer.
pub struct Injected;

/// One handle of the stream.
#[derive(Clone)]
pub struct Wire(Arc<Mutex<State>>);

#[derive(Default)]
pub struct State {
    script: VecDeque<u8>,
    /// What the other end has sent, and whether it has hung up behind that.
    pub input: VecDeque<u8>,
    pub has_hung_up: bool,
    /// What was written, and how much of it is out.
    pub output: Vec<u8>,
    pub delivered: usize,
    /// How much had been written when a write failed, or panicked: no byte may follow.
    pub torn: Option<usize>,
    /// A read failed, or panicked.
    pub read_failed: bool,
    /// It can read and write without waiting.
    pub tries: bool,
    /// What is written stays here until a flush.
    pub buffers: bool,
    pub is_shut: bool,
    /// A write that may wait had no room: whoever waited for it may have given up.
    pub has_blocked: bool,
    read_timeout: Option<Duration>,
    write_timeout: Option<Duration>,
    /// Calls since the last [`Wire::begin`], and reads that found nothing.
    calls: u32,
    empty: u32,
}

/// More calls than that within one operation are a loop.
const MOST_CALLS: u32 = 200_000;
/// So often the end is waited for within one operation; then the other end hangs up.
const MOST_EMPTY: u32 = 6;

/// What is to become of a call.
enum Fate {
    Good,
    /// As good, with so few bytes.
    Short(usize),
    Bad(ErrorKind),
}

impl Wire {
    pub fn new(script: &[u8], tries: bool, buffers: bool) -> Self {
        let script = script.iter().copied().collect();
        Self(Arc::new(Mutex::new(State { script, tries, buffers, ..State::default() })))
    }

    pub fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes that an operation begins.
    pub fn begin(&self) {
        let mut state = self.state();
        (state.calls, state.empty) = (0, 0);
    }
}

impl State {
    /// Forgets the script: from now on all goes well.
    pub fn calm(&mut self) {
        self.script.clear();
    }

    fn fate(&mut self) -> Fate {
        self.calls += 1;
        assert!(self.calls < MOST_CALLS, "an operation does not come to its end");
        let byte = self.script.pop_front().unwrap_or_default();
        match byte {
            0..96 => Fate::Good,
            96..176 => Fate::Short(usize::from(byte - 95)),
            176..208 => Fate::Bad(ErrorKind::Interrupted),
            208..240 => Fate::Bad(ErrorKind::WouldBlock),
            240..248 => Fate::Bad(ErrorKind::ConnectionReset),
            248..252 => Fate::Bad(ErrorKind::WriteZero),
            // A second panic would end the process.
            252.. if thread::panicking() => Fate::Bad(ErrorKind::ConnectionReset),
            252.. => Fate::Bad(ErrorKind::Other),
        }
    }

    /// The outcome of what neither reads nor writes: a stream that is not connected any more.
    fn control(&mut self) -> io::Result<()> {
        match self.fate() {
            Fate::Bad(ErrorKind::ConnectionReset) => {
                self.is_shut = true;
                self.read_failed = true;
                Err(ErrorKind::NotConnected.into())
            }
            Fate::Good | Fate::Short(_) | Fate::Bad(_) => Ok(()),
        }
    }

    /// Takes bytes, for good or until a flush.
    fn put(&mut self, buf: &[u8], tries: bool) -> io::Result<usize> {
        let fate = self.fate();
        if self.is_shut {
            return Err(ErrorKind::BrokenPipe.into());
        }
        if let (Some(torn), false) = (self.torn, buf.is_empty()) {
            panic!("a write behind one that failed, which ended at byte {torn}");
        }
        match fate {
            Fate::Good => self.taken(buf),
            Fate::Short(n) => self.taken(&buf[..n.min(buf.len())]),
            Fate::Bad(ErrorKind::WriteZero) => {
                self.torn.get_or_insert(self.output.len());
                Ok(0)
            }
            Fate::Bad(kind) => self.failed(kind, tries),
        }
    }

    fn taken(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.output.extend_from_slice(bytes);
        if !self.buffers {
            self.delivered = self.output.len();
        }
        Ok(bytes.len())
    }

    fn failed<T>(&mut self, kind: ErrorKind, tries: bool) -> io::Result<T> {
        let waits = kind == ErrorKind::WouldBlock && !tries;
        self.has_blocked |= waits;
        // Who has a deadline may wait on until then.
        let passes = match kind {
            ErrorKind::WouldBlock => tries || self.write_timeout.is_some(),
            kind => kind == ErrorKind::Interrupted,
        };
        if !passes {
            self.torn.get_or_insert(self.output.len());
        }
        if kind == ErrorKind::Other {
            resume_unwind(Box::new(Injected));
        }
        Err(kind.into())
    }

    fn flushed(&mut self, tries: bool) -> io::Result<()> {
        let fate = self.fate();
        if self.is_shut {
            return Err(ErrorKind::BrokenPipe.into());
        }
        match fate {
            Fate::Bad(kind) if kind != ErrorKind::WriteZero => self.failed(kind, tries),
            Fate::Good | Fate::Short(_) | Fate::Bad(_) => {
                self.delivered = self.output.len();
                Ok(())
            }
        }
    }
}

impl Wire {
    /// Brings bytes, or finds nothing; `waits` says whether a timeout is waited for then.
    fn bring(&self, buf: &mut [u8], waits: bool) -> io::Result<usize> {
        let mut state = self.state();
        let most = match state.fate() {
            Fate::Good | Fate::Bad(ErrorKind::WriteZero) => buf.len(),
            Fate::Short(n) => n.min(buf.len()),
            Fate::Bad(ErrorKind::Other) => resume_unwind(Box::new(Injected)),
            Fate::Bad(ErrorKind::ConnectionReset) => {
                state.read_failed = true;
                return Err(ErrorKind::ConnectionReset.into());
            }
            Fate::Bad(kind) => return Err(kind.into()),
        };
        let n = most.min(state.input.len());
        buf[..n].copy_from_slice(&state.input.make_contiguous()[..n]);
        state.input.drain(..n);
        if n > 0 || state.has_hung_up || state.is_shut {
            return Ok(n);
        }
        state.empty += 1;
        if state.empty > MOST_EMPTY {
            state.has_hung_up = true;
            return Ok(0);
        }
        let timeout = state.read_timeout;
        drop(state);
        // A longer one is not worth the time: it may time out early.
        if let Some(timeout) = timeout.filter(|it| waits && *it <= Duration::from_millis(1)) {
            thread::sleep(timeout);
        }
        Err(ErrorKind::WouldBlock.into())
    }
}

impl Read for Wire {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.bring(buf, true)
    }
}

impl Write for Wire {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        self.state().put(buf, false)
    }

    fn write_vectored(&mut self, bufs: &[IoSlice<'_>]) -> io::Result<usize> {
        let all = bufs.iter().map(|buf| &buf[..]).collect::<Vec<_>>().concat();
        self.state().put(&all, false)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.state().flushed(false)
    }
}

impl Duplex for Wire {
    fn try_read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let tries = self.state().tries;
        match buf {
            _ if !tries => Err(ErrorKind::Unsupported.into()),
            [] => Ok(0),
            buf => self.bring(buf, false),
        }
    }

    fn try_clone(&self) -> io::Result<Self> {
        Ok(self.clone())
    }

    fn set_read_timeout(&self, timeout: Option<Duration>) -> io::Result<()> {
        assert!(timeout.is_none_or(|timeout| !timeout.is_zero()));
        let mut state = self.state();
        state.read_timeout = timeout;
        state.control()
    }

    fn set_write_timeout(&self, timeout: Option<Duration>) -> io::Result<()> {
        assert!(timeout.is_none_or(|timeout| !timeout.is_zero()));
        let mut state = self.state();
        state.write_timeout = timeout;
        state.control()
    }

    fn shutdown(&self, how: Shutdown) -> io::Result<()> {
        let mut state = self.state();
        if how != Shutdown::Read {
            state.is_shut = true;
            // What a stream holds back goes out with its end.
            state.delivered = state.output.len();
        }
        state.control()
    }

    fn try_write(&mut self, buf: &[u8]) -> io::Result<usize> {
        let mut state = self.state();
        if !state.tries {
            return Err(ErrorKind::Unsupported.into());
        }
        if buf.is_empty() {
            return Ok(0);
        }
        state.put(buf, true)
    }

    fn try_flush(&mut self) -> io::Result<()> {
        let mut state = self.state();
        if !state.tries { Ok(()) } else { state.flushed(true) }
    }
}
