//! [`Link`]: one connection through a proxy, and what its two threads are told.

use std::io;
use std::net::{Shutdown, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use super::super::faults::Ending;
use super::super::faulty::prepare;
use super::super::wire_log::WireLog;
use super::verdict::Flow;
use crate::io::{Deadline, Duplex};
use crate::process::{lock, next_number};
use crate::proto::rules::Role;
use crate::transport::Stream;

/// One connection, of a client to the proxy and of the proxy to the server.
#[derive(Debug)]
pub(super) struct Link {
    /// The first is 1.
    pub(super) number: usize,
    /// The number of the client's side in a log.
    pub(super) id: u64,
    state: Mutex<State>,
    /// Notified by every change that a thread may wait for.
    changed: Condvar,
}

#[derive(Debug)]
struct State {
    /// The sockets to the client and to the server, as far as they are open.
    ends: Vec<End>,
    ending: Option<Ending>,
    /// The proxy is dropped.
    is_stopped: bool,
    is_partitioned: bool,
    /// How many threads have ended.
    ended: usize,
    /// Whether the sender of a direction sends nothing more, by [`Flow`].
    is_silent: [bool; 2],
    /// Whether the proxy has passed on the end of a direction, by [`Flow`].
    is_told: [bool; 2],
    /// What each direction has to report, by [`Flow`].
    reports: [Option<String>; 2],
}

/// A socket, as the library knows it and as the system does.
#[derive(Debug)]
struct End {
    stream: Stream,
    socket: TcpStream,
}

/// What a thread is to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    /// To pass on what comes.
    Pass,
    /// To wait, and to pass on nothing.
    Wait,
    /// To read and discard, so that the other end sees an end in order.
    Discard,
    Leave,
}

impl Link {
    pub(super) fn new(number: usize, is_partitioned: bool) -> Self {
        let state = State {
            ends: Vec::new(),
            ending: None,
            is_stopped: false,
            is_partitioned,
            ended: 0,
            is_silent: [false; 2],
            is_told: [false; 2],
            reports: [None, None],
        };
        Self { number, id: next_number(), state: Mutex::new(state), changed: Condvar::new() }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }

    /// Takes a socket on which the proxy has this role. Returns a handle to read and one to write.
    pub(super) fn take(
        &self,
        socket: TcpStream,
        role: Role,
        log: Option<WireLog>,
    ) -> io::Result<(Stream, Stream)> {
        let mut stream = Stream::new(socket.try_clone()?)?;
        if let Some(log) = log {
            let id = if role == Role::Server { self.id } else { next_number() };
            stream = stream.tapped(id, role, Arc::new(log));
        }
        let handles = (stream.try_clone()?, stream.try_clone()?);
        let mut state = self.lock();
        match state.order() {
            Order::Pass | Order::Wait => {}
            // As the other socket was cut. This one may have gone before.
            Order::Discard => drop(stream.shutdown(Shutdown::Write)),
            // It came too late.
            Order::Leave => return Err(io::ErrorKind::ConnectionAborted.into()),
        }
        state.ends.push(End { stream, socket });
        Ok(handles)
    }

    pub(super) fn order(&self) -> Order {
        self.lock().order()
    }

    /// Waits for a change, or for a moment.
    pub(super) fn wait(&self, order: Order, until: Option<Instant>) {
        let moment = until.map_or(Deadline::NEVER, |at| Deadline::at(at, Some(Duration::ZERO)));
        let state = self.lock();
        // Otherwise the change has come.
        if state.order() == order {
            drop(moment.wait(&self.changed, state));
        }
    }

    /// Waits until the sender of a direction sends nothing more, or until there is another order
    /// than to pass on what comes. Returns `true` if it sends nothing more.
    pub(super) fn wait_for_silence(&self, flow: Flow) -> bool {
        let mut state = self.lock();
        while state.order() == Order::Pass && !state.is_silent[flow as usize] {
            state = Deadline::NEVER.wait(&self.changed, state);
        }
        state.is_silent[flow as usize]
    }

    /// Notes that the sender of a direction sends nothing more.
    pub(super) fn set_silent(&self, flow: Flow) {
        self.lock().is_silent[flow as usize] = true;
        self.changed.notify_all();
    }

    /// Passes on the end of a direction.
    pub(super) fn tell_end(&self, flow: Flow, to: &Stream) {
        self.lock().is_told[flow as usize] = true;
        // The other end may have gone before.
        let _ = to.shutdown(Shutdown::Write);
    }

    /// Returns `true` if the end of a direction, which was read from this socket, was a reset.
    ///
    /// The system tells of a reset once, so that a write may have got the error. But a socket that
    /// was reset has no peer any more, unlike one of which only the peer has ended.
    pub(super) fn was_reset(&self, flow: Flow, from: &Stream) -> bool {
        // The socket is asked first: when both ends are told, it has no peer either.
        from.peer_addr().is_err() && !self.lock().is_told[flow.back() as usize]
    }

    pub(super) fn set_partitioned(&self, is_partitioned: bool) {
        self.lock().is_partitioned = is_partitioned;
        self.changed.notify_all();
    }

    /// Ends the connection, unless it has ended. Returns `true` if it had not.
    pub(super) fn end(&self, ending: Ending) -> bool {
        let mut state = self.lock();
        if state.ending.is_some() || state.is_over() {
            return false;
        }
        state.ending = Some(ending);
        self.changed.notify_all();
        match ending {
            Ending::Cut => state.shut_down(Shutdown::Write),
            Ending::Reset => {
                for end in &state.ends {
                    prepare(&end.socket);
                }
                // This sends nothing, and ends reads. Writes look by themselves: what would end
                // them could send a FIN.
                state.shut_down(Shutdown::Read);
                // The last handles are those of the threads, which end.
                state.ends.clear();
            }
        }
        true
    }

    /// Ends the threads, because the proxy is dropped.
    pub(super) fn stop(&self) {
        let mut state = self.lock();
        state.is_stopped = true;
        state.shut_down(Shutdown::Both);
        state.ends.clear();
        self.changed.notify_all();
    }

    /// Notes that the thread of a direction has ended. Returns `true` if it was the last one.
    pub(super) fn thread_ended(&self, flow: Flow) -> bool {
        let mut state = self.lock();
        state.ended += 1;
        state.is_silent[flow as usize] = true;
        self.changed.notify_all();
        if state.is_over() {
            state.ends.clear();
        }
        state.is_over()
    }

    /// Ends a connection that has no threads for its directions.
    pub(super) fn abandon(&self) {
        let mut state = self.lock();
        state.ended = 2;
        state.ends.clear();
    }

    /// Returns `true` if both threads have ended.
    pub(super) fn is_over(&self) -> bool {
        self.lock().is_over()
    }

    pub(super) fn set_report(&self, flow: Flow, report: Option<String>) {
        self.lock().reports[flow as usize] = report;
    }

    /// The seeds, and what has happened. `None` if the plans do nothing.
    pub(super) fn report(&self) -> Option<String> {
        let reports: Vec<_> = self.lock().reports.iter().flatten().cloned().collect();
        let number = self.number;
        (!reports.is_empty()).then(|| format!("connection {number}: {}", reports.join("; ")))
    }
}

impl State {
    fn order(&self) -> Order {
        match self.ending {
            _ if self.is_stopped => Order::Leave,
            Some(Ending::Reset) => Order::Leave,
            Some(Ending::Cut) => Order::Discard,
            None if self.is_partitioned => Order::Wait,
            None => Order::Pass,
        }
    }

    fn is_over(&self) -> bool {
        self.ended == 2
    }

    fn shut_down(&self, how: Shutdown) {
        for end in &self.ends {
            // The other end may have gone before.
            let _ = end.stream.shutdown(how);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;
    use std::net::TcpListener;

    use super::*;

    // Without `test-support`, which is not published: so the unit tests also run in the published crate.
    fn tcp() -> (TcpStream, TcpStream) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let near = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        (near, listener.accept().unwrap().0)
    }

    #[test]
    fn a_link_that_is_abandoned_keeps_no_socket() {
        for ending in [None, Some(Ending::Cut), Some(Ending::Reset)] {
            let (near, mut far) = tcp();
            let link = Link::new(1, false);
            let handles = link.take(near, Role::Server, None).unwrap();
            if let Some(ending) = ending {
                assert!(link.end(ending));
            }
            drop(handles);
            link.abandon();
            assert!(link.lock().ends.is_empty());
            let came = far.read(&mut [0]);
            assert_eq!(came.ok(), (ending != Some(Ending::Reset)).then_some(0), "{ending:?}");
        }
    }
}
