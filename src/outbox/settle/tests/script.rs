//! [`Script`]: a stream that does what a test tells it, and remembers what was written and called.

use std::collections::{HashMap, VecDeque};
use std::io::{self, ErrorKind, IoSlice, Read, Write};
use std::net::Shutdown;
use std::panic::panic_any;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::io::Duplex;

/// Far longer than any test takes.
pub(crate) const LONG: Duration = Duration::from_secs(20);

/// A handle of the stream. All handles share one stream.
#[derive(Debug)]
pub(crate) struct Script(Arc<Stage>);

#[derive(Debug, Default)]
struct Stage {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    wire: Vec<u8>,
    input: VecDeque<u8>,
    /// What the next calls do, in order.
    acts: HashMap<Call, VecDeque<Act>>,
    /// What all other calls do.
    habits: HashMap<Call, Act>,
    calls: HashMap<Call, usize>,
    at_gate: usize,
    is_open: bool,
    has_ended: bool,
    is_down: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Call {
    Write,
    Slices,
    Flush,
    TryWrite,
    TryFlush,
    /// `try_write` of nothing, which asks whether the stream can write without waiting.
    Probe,
    Read,
    Clone,
    WriteTimeout,
    Shutdown,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Act {
    /// Takes at most this many bytes.
    Takes(usize),
    Fails(ErrorKind),
    Panics,
    /// Panics with a value whose drop panics.
    Explodes,
    /// Waits until the gate is open, and then takes everything. [`Script::wait_at_gate`] sees it.
    Waits,
    /// Waits until the gate is open, and then panics.
    WaitsAndPanics,
}

pub(crate) const NO_ROOM: Act = Act::Fails(ErrorKind::WouldBlock);

struct Bomb;

impl Drop for Bomb {
    fn drop(&mut self) {
        panic!("a bomb is dropped");
    }
}

impl Script {
    pub(crate) fn new() -> Self {
        Self(Arc::default())
    }

    /// A stream that cannot write without waiting.
    pub(crate) fn unable() -> Self {
        let script = Self::new();
        script.be_unable();
        script
    }

    pub(crate) fn be_unable(&self) {
        for call in [Call::Probe, Call::TryWrite] {
            self.always(call, Act::Fails(ErrorKind::Unsupported));
        }
    }

    /// Makes another handle, whatever `Call::Clone` is told to do.
    pub(crate) fn handle(&self) -> Self {
        Self(Arc::clone(&self.0))
    }

    /// How many handles there are.
    pub(crate) fn handles(&self) -> usize {
        Arc::strong_count(&self.0)
    }

    /// What the next calls of this kind do.
    pub(crate) fn next(&self, call: Call, acts: &[Act]) {
        self.lock().acts.entry(call).or_default().extend(acts);
    }

    /// What all other calls of this kind do.
    pub(crate) fn always(&self, call: Call, act: Act) {
        self.lock().habits.insert(call, act);
    }

    /// Forgets all acts and habits.
    pub(crate) fn behave(&self) {
        let mut state = self.lock();
        state.acts.clear();
        state.habits.clear();
    }

    pub(crate) fn wire(&self) -> Vec<u8> {
        self.lock().wire.clone()
    }

    /// How many calls of this kind there were.
    pub(crate) fn calls(&self, call: Call) -> usize {
        self.lock().calls.get(&call).copied().unwrap_or(0)
    }

    /// Adds a client's ping to the input.
    pub(crate) fn ping(&self, payload: u8) {
        // Masked with zeros.
        self.lock().input.extend([0x89, 0x81, 0, 0, 0, 0, payload]);
    }

    /// Ends the input after what is in it.
    pub(crate) fn end_input(&self) {
        self.lock().has_ended = true;
    }

    /// Waits until this many calls have come to the gate.
    pub(crate) fn wait_at_gate(&self, calls: usize) {
        self.wait_until(|state| state.at_gate >= calls);
    }

    pub(crate) fn close_gate(&self) {
        self.lock().is_open = false;
    }

    pub(crate) fn open_gate(&self) {
        self.lock().is_open = true;
        self.0.changed.notify_all();
    }

    /// Waits until this many bytes are written.
    pub(crate) fn wait_for_bytes(&self, bytes: usize) {
        self.wait_until(|state| state.wire.len() >= bytes);
    }

    fn wait_until(&self, is_so: impl Fn(&State) -> bool) {
        let wait = self.0.changed.wait_timeout_while(self.lock(), LONG, |state| !is_so(state));
        let (state, waited) = wait.unwrap_or_else(PoisonError::into_inner);
        drop(state);
        assert!(!waited.timed_out(), "nobody came");
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Does what the test told for this call. Returns how many bytes it takes.
    fn act(&self, call: Call) -> io::Result<usize> {
        let mut state = self.lock();
        *state.calls.entry(call).or_default() += 1;
        let next = state.acts.get_mut(&call).and_then(VecDeque::pop_front);
        let act = next.or_else(|| state.habits.get(&call).copied());
        match act.unwrap_or(Act::Takes(usize::MAX)) {
            Act::Takes(n) => return Ok(n),
            Act::Fails(kind) => return Err(kind.into()),
            Act::Panics | Act::Explodes => drop(state),
            Act::Waits | Act::WaitsAndPanics => {
                state.at_gate += 1;
                self.0.changed.notify_all();
                while !state.is_open && !state.is_down {
                    state = self.0.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
                }
                let is_open = state.is_open;
                drop(state);
                if act == Some(Act::Waits) {
                    return if is_open {
                        Ok(usize::MAX)
                    } else {
                        Err(ErrorKind::BrokenPipe.into())
                    };
                }
            }
        }
        if act == Some(Act::Explodes) {
            panic_any(Bomb);
        }
        panic!("as told");
    }

    fn put(&self, call: Call, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        let all = slices.iter().flat_map(|slice| slice.iter().copied());
        let most = self.act(call)?;
        let mut state = self.lock();
        let before = state.wire.len();
        state.wire.extend(all.take(most));
        self.0.changed.notify_all();
        Ok(state.wire.len() - before)
    }
}

impl Read for Script {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.act(Call::Read)?;
        let mut state = self.lock();
        if state.is_down {
            return Ok(0);
        }
        let n = state.input.read(buf)?;
        if n == 0 && !state.has_ended { Err(ErrorKind::WouldBlock.into()) } else { Ok(n) }
    }
}

impl Write for Script {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        self.put(Call::Write, &[IoSlice::new(buf)])
    }

    fn flush(&mut self) -> io::Result<()> {
        self.act(Call::Flush).map(drop)
    }
}

impl Duplex for Script {
    fn try_clone(&self) -> io::Result<Self> {
        self.act(Call::Clone).map(|_| self.handle())
    }

    fn set_read_timeout(&self, _: Option<Duration>) -> io::Result<()> {
        Ok(())
    }

    fn set_write_timeout(&self, _: Option<Duration>) -> io::Result<()> {
        self.act(Call::WriteTimeout).map(drop)
    }

    fn shutdown(&self, _: Shutdown) -> io::Result<()> {
        self.act(Call::Shutdown)?;
        self.lock().is_down = true;
        self.0.changed.notify_all();
        Ok(())
    }

    fn write_slices(&mut self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        self.put(Call::Slices, slices)
    }

    fn try_write(&mut self, buf: &[u8]) -> io::Result<usize> {
        if buf.is_empty() {
            return self.act(Call::Probe).map(|_| 0);
        }
        self.put(Call::TryWrite, &[IoSlice::new(buf)])
    }

    fn try_flush(&mut self) -> io::Result<()> {
        self.act(Call::TryFlush).map(drop)
    }
}
