//! A server as its handles see it: its address, and its end.
//!
//! ```text
//! shutdown     no more clients are accepted; all connections get a Close frame
//! deadline     remaining connections are cut, which wakes their threads
//! + GRACE      handlers that still run are left running
//! ```
//!
//! Any number of threads may call `shutdown` at the same time. The earliest of their deadlines
//! counts. `Connections` counts what happens, so all calls report the same.
//!
//! A shutdown waits for threads as long as it waits for their handlers, whatever they still drop:
//! see `thread_pool`.
//!
//! Locks: `accepting`, then that of the thread pool. `accepting` is not held while the thread that
//! accepts is created, woken or waited for, nor while a line is logged. If that thread cannot be
//! created, the handler is dropped, and the drop of what the handler owns may call `shutdown`.
//! `listening` is held for a moment only, with no other lock.

use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, Weak};
use std::thread::{self, JoinHandle, ThreadId};
use std::time::Duration;

use super::clients::{Connections, ShutdownReport};
use super::listening::{Address, Doors};
use super::serves::Serves;
use super::thread_pool::ThreadPool;
use crate::io::Deadline;
use crate::process::{lock, warning};
use crate::proto::close::CloseFrame;
use crate::proto::rules::CloseCode;
use crate::transport::tls::TlsAcceptor;

/// How long a shutdown waits for the threads of connections that were cut.
const GRACE: Duration = Duration::from_secs(1);

/// How often waking the thread that accepts is tried again, and the pause before each try.
const WAKES: usize = 20;
const WAKE_AGAIN: Duration = Duration::from_millis(50);

/// The most clients that the log names whose handlers still run.
const WHOSE: usize = 10;

/// What a server, its threads and its handles share.
#[derive(Debug)]
pub(crate) struct Lifecycle {
    pub(crate) connections: Arc<Connections>,
    pub(crate) threads: ThreadPool,
    listening: Mutex<Listening>,
    /// What serves clients, while the server runs. It may own a handle of this server.
    service: OnceLock<Weak<dyn Serves>>,
    /// The first address.
    address: Address,
    /// The name of the server's threads.
    name: String,
    /// The URL without TLS, and with TLS.
    urls: [String; 2],
    /// Set if the server speaks TLS. Held for a moment only.
    tls: Mutex<Option<TlsAcceptor>>,
    accepting: Mutex<Accepting>,
    /// Notified when no thread creates or wakes the thread that accepts any more.
    settled: Condvar,
    /// The log has the line about handlers that still run. It is written once.
    told_who_stays: AtomicBool,
}

#[derive(Debug)]
struct Listening {
    /// Owned by the thread that accepts: port or path are free when that ends, even if handles
    /// remain.
    doors: Weak<Doors>,
    ips: Vec<SocketAddr>,
}

#[derive(Debug, Default)]
struct Accepting {
    /// The thread that is creating the thread that accepts.
    maker: Option<ThreadId>,
    /// A thread is waking the thread that accepts.
    waking: bool,
    /// The thread that accepts has been woken, and accepts no more clients.
    woken: bool,
    /// The thread of a spawned server, until the thread pool joins it.
    thread: Option<JoinHandle<()>>,
}

impl Lifecycle {
    /// The server listens at `doors`.
    pub(crate) fn new(doors: &Arc<Doors>) -> Self {
        let address = doors.first().clone();
        let authority = address.authority();
        Self {
            connections: Arc::new(Connections::new(&address)),
            threads: ThreadPool::default(),
            listening: Mutex::new(Listening::at(doors)),
            service: OnceLock::new(),
            name: format!("ws {address}"),
            address,
            urls: [format!("ws://{authority}/"), format!("wss://{authority}/")],
            tls: Mutex::default(),
            accepting: Mutex::default(),
            settled: Condvar::new(),
            told_who_stays: AtomicBool::new(false),
        }
    }

    /// Notes that the server listens at `doors` now, whose first is the same as before.
    pub(crate) fn listens_at(&self, doors: &Arc<Doors>) -> io::Result<()> {
        *lock(&self.listening) = Listening::at(doors);
        // A shutdown that began before has woken the others.
        if self.connections.is_closing() { doors.wake() } else { Ok(()) }
    }

    /// Notes what serves clients from now on.
    pub(crate) fn serves_by(&self, service: Weak<dyn Serves>) {
        // A server runs once.
        let _ = self.service.set(service);
    }

    /// What serves clients. `None` if the server does not run yet, or no longer.
    pub(crate) fn service(&self) -> Option<Arc<dyn Serves>> {
        self.service.get()?.upgrade()
    }

    /// The IP addresses on which the server listens.
    pub(crate) fn ips(&self) -> Vec<SocketAddr> {
        lock(&self.listening).ips.clone()
    }

    /// The first address on which the server listens.
    pub(crate) fn address(&self) -> &Address {
        &self.address
    }

    pub(crate) fn url(&self) -> &str {
        &self.urls[usize::from(lock(&self.tls).is_some())]
    }

    /// The name of the server's threads.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Notes that the server speaks TLS.
    pub(crate) fn secured(&self, acceptor: TlsAcceptor) {
        *lock(&self.tls) = Some(acceptor);
    }

    /// What begins TLS with clients. `None` if the server does not speak TLS.
    pub(crate) fn tls(&self) -> Option<TlsAcceptor> {
        lock(&self.tls).clone()
    }

    /// Has `spawn` create the thread that accepts. A shutdown meanwhile waits for that.
    pub(crate) fn accepts_in(
        &self,
        spawn: impl FnOnce() -> io::Result<JoinHandle<()>>,
    ) -> io::Result<()> {
        let mut accepting = self.lock();
        // The server has been shut down, so there is no thread to wake.
        if accepting.woken {
            return Ok(());
        }
        accepting.maker = Some(thread::current().id());
        drop(accepting);
        let making = Making(self);
        let thread = spawn()?;
        let mut accepting = self.lock();
        if accepting.woken {
            // A shutdown whose deadline had passed has not waited for this.
            self.threads.adopt(thread);
        } else {
            accepting.thread = Some(thread);
        }
        drop(accepting);
        drop(making);
        Ok(())
    }

    /// Ends the server. If a thread of the server calls this, that thread is not waited for.
    pub(crate) fn shutdown(&self, deadline: Option<Duration>) -> ShutdownReport {
        let goodbye = CloseFrame::new(CloseCode::GoingAway, "the server shuts down");
        let goodbye = goodbye.expect("1001 may be sent, and the reason is short");
        self.shutdown_with(&goodbye, deadline)
    }

    /// The same with another Close frame for the clients.
    pub(crate) fn shutdown_with(
        &self,
        goodbye: &CloseFrame,
        deadline: Option<Duration>,
    ) -> ShutdownReport {
        let aside = self.connections.note_caller();
        let open = self.connections.close(goodbye, Deadline::after(deadline));
        self.threads.dismiss();
        self.stop_accepting();
        self.connections.say_goodbye(open);
        let stuck = self.wait(GRACE, aside.is_some(), false);
        // A logger may call `shutdown` too, so the line is written once.
        if stuck > 0 && !self.told_who_stays.swap(true, Ordering::Relaxed) {
            let whose = self.connections.whose(WHOSE, aside.is_some());
            warning!(
                "{}: shut down, but handlers of {stuck} clients have not returned; they are reported \
                 as running: {}",
                self.address,
                whose.join(", ")
            );
        }
        self.connections.log.end();
        self.connections.report()
    }

    /// Waits for the end of a server that has been shut down, for longer than the shutdown itself:
    /// a handler that called `shutdown` continues then, and its connection has yet to be closed.
    pub(crate) fn end(&self) {
        self.wait(2 * GRACE, false, true);
    }

    /// Waits until all clients have left, and cuts them at the deadline. With `aside`, the caller
    /// is a handler. Returns how many clients remain of those waited for.
    fn wait(&self, grace: Duration, aside: bool, spares_who_asked: bool) -> usize {
        let mut stuck = self.connections.wait(Duration::ZERO, aside);
        if stuck > 0 {
            self.connections.cut(spares_who_asked);
            stuck = self.connections.wait(grace, aside);
        }
        let busy = self.connections.count() - usize::from(aside);
        self.threads.join(busy, self.connections.cut_at().plus(grace));
        stuck
    }

    /// Wakes the thread that accepts, or waits until another call has done so. Waits as well while
    /// another thread is creating that thread. If the caller itself is creating it, there is none
    /// yet.
    fn stop_accepting(&self) {
        let own = thread::current().id();
        let deadline = self.connections.cut_at().plus(GRACE);
        let mut accepting = self.lock();
        let unsettled = |accepting: &Accepting| {
            accepting.waking || accepting.maker.is_some_and(|maker| maker != own)
        };
        while unsettled(&accepting) && !deadline.has_passed() {
            accepting = deadline.wait(&self.settled, accepting);
        }
        if accepting.waking {
            return;
        }
        let mut woken = Ok(());
        if !accepting.woken {
            accepting.waking = true;
            drop(accepting);
            woken = self.wake(deadline);
            accepting = self.lock();
            accepting.waking = false;
            accepting.woken = woken.is_ok();
        }
        if woken.is_ok() {
            // That thread may drop what the handler owns, which may take long.
            if let Some(thread) = accepting.thread.take() {
                self.threads.adopt(thread);
            }
        }
        drop(accepting);
        self.settled.notify_all();
        if let Err(e) = woken {
            warning!("{}: cannot wake the thread that accepts: {e}", self.address);
        }
    }

    fn wake(&self, deadline: Deadline) -> io::Result<()> {
        let Some(doors) = lock(&self.listening).doors.upgrade() else { return Ok(()) };
        // Waking can fail only if the system is short of memory, which it may have in a moment.
        let mut woken = doors.wake();
        for _ in 0..WAKES {
            if woken.is_ok() || deadline.has_passed() {
                break;
            }
            thread::sleep(WAKE_AGAIN);
            woken = doors.wake();
        }
        woken
    }

    fn lock(&self) -> MutexGuard<'_, Accepting> {
        lock(&self.accepting)
    }
}

impl Listening {
    fn at(doors: &Arc<Doors>) -> Self {
        Self { doors: Arc::downgrade(doors), ips: doors.ips() }
    }
}

/// Marks, until it is dropped, that this thread is creating the thread that accepts.
struct Making<'a>(&'a Lifecycle);

impl Drop for Making<'_> {
    fn drop(&mut self) {
        self.0.lock().maker = None;
        self.0.settled.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    /// Much more time than anything here takes.
    const SOON: Duration = Duration::from_secs(10);

    /// Ends its server when it is dropped, as a value that a handler owns may do.
    struct Ends(Arc<Lifecycle>);

    impl Drop for Ends {
        fn drop(&mut self) {
            self.0.shutdown(Some(SOON));
        }
    }

    #[test]
    fn a_handler_may_end_its_server_where_there_is_no_thread_to_accept_in() {
        for panics in [false, true] {
            let (done, is_done) = mpsc::channel();
            // The thread is abandoned if it does not end.
            thread::spawn(move || {
                let doors = Arc::new(Doors::default().and_tcp("127.0.0.1:0").unwrap());
                let lifecycle = Arc::new(Lifecycle::new(&doors));
                let owned = Ends(Arc::clone(&lifecycle));
                let refused = crate::process::caught(|| {
                    lifecycle.accepts_in(move || {
                        drop(owned);
                        assert!(!panics, "as told");
                        Err(io::ErrorKind::WouldBlock.into())
                    })
                });
                assert_eq!(refused.is_none(), panics);
                assert!(refused.is_none_or(|refused| refused.is_err()));
                lifecycle.shutdown(Some(SOON));
                done.send(()).unwrap();
            });
            is_done.recv_timeout(SOON).expect("nobody waits for itself");
        }
    }
}
