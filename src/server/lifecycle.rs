//! A server as its handles see it: where it is, and how it ends.
//!
//! ```text
//! shutdown     nobody is let in; everybody is asked to leave (1001)
//! deadline     who is still here is cut off, which wakes its thread
//! + GRACE      handlers that still run are left alone
//! ```
//!
//! Any number of threads may go through this at one time, each on its own; the deadline is the
//! earliest of theirs. What has happened is counted in `Connections`, so all of them report the same.
//!
//! Threads are waited for as long as their handlers are, whatever is dropped with them: see `thread_pool`.
//!
//! Locks: `accepting`, then that of the thread pool. It is not held while the thread that accepts is made, woken or
//! waited for, nor while a line is logged. A thread that cannot be made drops the handler, and what that
//! owns may end the server.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, Weak};
use std::thread::{self, JoinHandle, ThreadId};
use std::time::Duration;

use super::address::Address;
use super::connections::Connections;
use super::listener::Listener;
use super::shutdown_report::ShutdownReport;
use super::thread_pool::ThreadPool;
use crate::io::Deadline;
use crate::process::{lock, warning};

/// How long threads are waited for whose connection has been cut.
const GRACE: Duration = Duration::from_secs(1);

/// How often waking the thread that accepts is tried again, and after which pause.
const WAKES: usize = 20;
const WAKE_AGAIN: Duration = Duration::from_millis(50);

/// How many clients the log names whose handlers still run.
const WHOSE: usize = 10;

/// What a server, its threads and its handles share.
#[derive(Debug)]
pub(crate) struct Lifecycle {
    pub(crate) connections: Arc<Connections>,
    pub(crate) threads: ThreadPool,
    /// Of those who accept: port or path are free when they are gone, whoever keeps a handle.
    listener: Weak<Listener>,
    address: Address,
    /// Without TLS, and with it.
    urls: [String; 2],
    tls: AtomicBool,
    accepting: Mutex<Accepting>,
    /// Told when nobody makes or wakes the thread that accepts any more.
    settled: Condvar,
    /// The log says who stays, once.
    told_who_stays: AtomicBool,
}

#[derive(Debug, Default)]
struct Accepting {
    /// Who makes it, until that is done.
    maker: Option<ThreadId>,
    /// Somebody tells it to stop.
    waking: bool,
    /// It has been told to stop.
    woken: bool,
    /// In the background, until the thread pool joins it.
    thread: Option<JoinHandle<()>>,
}

impl Lifecycle {
    pub(crate) fn new(listener: &Arc<Listener>) -> Self {
        let address = listener.address().clone();
        let authority = address.authority();
        Self {
            connections: Arc::default(),
            threads: ThreadPool::default(),
            listener: Arc::downgrade(listener),
            address,
            urls: [format!("ws://{authority}/"), format!("wss://{authority}/")],
            tls: AtomicBool::new(false),
            accepting: Mutex::default(),
            settled: Condvar::new(),
            told_who_stays: AtomicBool::new(false),
        }
    }

    pub(crate) fn address(&self) -> &Address {
        &self.address
    }

    pub(crate) fn url(&self) -> &str {
        &self.urls[usize::from(self.tls.load(Ordering::Relaxed))]
    }

    /// What the server's threads are called.
    pub(crate) fn name(&self) -> String {
        format!("ws {}", self.address)
    }

    /// Notes that the server speaks TLS.
    pub(crate) fn secured(&self) {
        self.tls.store(true, Ordering::Relaxed);
    }

    /// Notes which thread accepts, which `spawn` makes: a shutdown meanwhile waits for that.
    pub(crate) fn accepts_in(
        &self,
        spawn: impl FnOnce() -> io::Result<JoinHandle<()>>,
    ) -> io::Result<()> {
        let mut accepting = self.lock();
        // It has been shut down, and there is nobody to wake any more.
        if accepting.woken {
            return Ok(());
        }
        accepting.maker = Some(thread::current().id());
        drop(accepting);
        let making = Making(self);
        let thread = spawn()?;
        let mut accepting = self.lock();
        if accepting.woken {
            // By one whose deadline has passed.
            self.threads.adopt(thread);
        } else {
            accepting.thread = Some(thread);
        }
        drop(accepting);
        drop(making);
        Ok(())
    }

    /// Ends the server: all of it but the thread this is called on, if that is one of its own.
    pub(crate) fn shutdown(&self, deadline: Option<Duration>) -> ShutdownReport {
        let aside = self.connections.note_caller();
        let open = self.connections.close(Deadline::after(deadline));
        self.threads.dismiss();
        self.stop_accepting();
        self.connections.say_goodbye(open);
        let stuck = self.wait(GRACE, aside.is_some(), false);
        // A logger may end the server as well.
        if stuck > 0 && !self.told_who_stays.swap(true, Ordering::Relaxed) {
            let whose = self.connections.whose(WHOSE, aside.is_some());
            warning!(
                "{}: shut down, but handlers of {stuck} clients have not returned; they are reported \
                 as running: {}",
                self.address,
                whose.join(", ")
            );
        }
        self.connections.report()
    }

    /// Waits for the end of a server that shuts down, for longer than the shutdown itself: a handler
    /// that asked for it goes on then, and its connection has still to be closed.
    pub(crate) fn end(&self) {
        self.wait(2 * GRACE, false, true);
    }

    /// Sees everybody off, but for the caller's own entry if that is `aside`; tells how many did
    /// not go.
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

    /// Tells the thread that accepts to stop, or waits until another call has. Waits as well for who is
    /// just making it, unless that is the caller: then there is none.
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
            // What a handler owns may be dropped there, and may take its time.
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
        let Some(listener) = self.listener.upgrade() else { return Ok(()) };
        // It can fail only where it takes a connection, for which there may be room in a moment.
        let mut woken = listener.wake();
        for _ in 0..WAKES {
            if woken.is_ok() || deadline.has_passed() {
                break;
            }
            thread::sleep(WAKE_AGAIN);
            woken = listener.wake();
        }
        woken
    }

    fn lock(&self) -> MutexGuard<'_, Accepting> {
        lock(&self.accepting)
    }
}

/// The thread that accepts is being made, until this is dropped.
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

    /// Far more than anything here takes.
    const SOON: Duration = Duration::from_secs(10);

    /// Ends its server when it is dropped, as what a handler owns may do.
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
            // It is left behind where it does not end.
            thread::spawn(move || {
                let listener = Arc::new(Listener::tcp("127.0.0.1:0").unwrap());
                let lifecycle = Arc::new(Lifecycle::new(&listener));
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
