//! A server as its handles see it: where it is, and how it ends.
//!
//! ```text
//! shutdown     nobody is let in; everybody is asked to leave (1001)
//! deadline     who is still here is cut off, which wakes its thread
//! + GRACE      handlers that still run are left alone
//! ```
//!
//! Any number of threads may go through this at one time, each on its own; the deadline is the
//! earliest of theirs. What has happened is counted in the registry, so all of them report the same.
//!
//! Locks: `accepting` is held while its thread is joined; nothing of what that thread does needs it.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use super::address::Address;
use super::crew::Crew;
use super::deadline::Deadline;
use super::listen::Listener;
use super::registry::{Registry, ShutdownReport};
use crate::logging;

/// How long threads are waited for whose connection has been cut.
const GRACE: Duration = Duration::from_secs(1);

/// How often waking the thread that accepts is tried again, and after which pause.
const WAKES: usize = 20;
const WAKE_AGAIN: Duration = Duration::from_millis(50);

/// What a server, its threads and its handles share.
#[derive(Debug)]
pub(crate) struct Running {
    pub(crate) registry: Arc<Registry>,
    pub(crate) crew: Crew,
    /// Of those who accept: port or path are free when they are gone, whoever keeps a handle.
    listener: Weak<Listener>,
    address: Address,
    /// Without TLS, and with it.
    urls: [String; 2],
    tls: AtomicBool,
    accepting: Mutex<Accepting>,
}

#[derive(Debug, Default)]
struct Accepting {
    /// It has been told to stop.
    woken: bool,
    /// In the background, until somebody has waited for it.
    thread: Option<JoinHandle<()>>,
}

impl Running {
    pub(crate) fn new(listener: &Arc<Listener>) -> Self {
        let address = listener.address().clone();
        let authority = address.authority();
        Self {
            registry: Arc::default(),
            crew: Crew::default(),
            listener: Arc::downgrade(listener),
            address,
            urls: [format!("ws://{authority}/"), format!("wss://{authority}/")],
            tls: AtomicBool::new(false),
            accepting: Mutex::default(),
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
        let mut accepting = self.accepting.lock().unwrap_or_else(PoisonError::into_inner);
        accepting.thread = Some(spawn()?);
        Ok(())
    }

    /// Ends the server: all of it but the thread this is called on, if that is one of its own.
    pub(crate) fn shutdown(&self, deadline: Option<Duration>) -> ShutdownReport {
        let aside = self.registry.step_aside();
        let open = self.registry.close(Deadline::after(deadline));
        self.crew.dismiss();
        self.stop_accepting();
        self.registry.say_goodbye(open);
        let stuck = self.wait(GRACE, aside.is_some());
        if stuck > 0 {
            logging::warning!("{stuck} handlers still run although their connections were cut");
        }
        self.registry.report()
    }

    /// Waits for the end of a server that shuts down, for longer than the shutdown itself: a handler
    /// that asked for it goes on then, and its connection has still to be closed.
    pub(crate) fn end(&self) {
        self.wait(2 * GRACE, false);
    }

    /// Sees everybody off; tells how many did not go.
    fn wait(&self, grace: Duration, aside: bool) -> usize {
        let mut stuck = self.registry.wait(Duration::ZERO, aside);
        if stuck > 0 {
            self.registry.cut();
            stuck = self.registry.wait(grace, aside);
        }
        // A thread whose connection is over is done with everything that can take long.
        self.crew.join(self.registry.count(), Deadline::after(Some(GRACE)));
        stuck
    }

    fn stop_accepting(&self) {
        let mut accepting = self.accepting.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(listener) = self.listener.upgrade().filter(|_| !accepting.woken) {
            // It can fail only where it takes a connection, for which there may be room in a moment.
            let mut woken = listener.wake();
            for _ in 0..WAKES {
                if woken.is_ok() {
                    break;
                }
                thread::sleep(WAKE_AGAIN);
                woken = listener.wake();
            }
            if let Err(e) = woken {
                logging::warning!("cannot wake the thread that accepts: {e}");
                return;
            }
        }
        accepting.woken = true;
        if let Some(thread) = accepting.thread.take() {
            // What a handler owns, such as the last handle, may be dropped there.
            if thread.thread().id() != thread::current().id() {
                // It does not panic, and has logged what else may have ended it.
                let _ = thread.join();
            }
        }
    }
}
