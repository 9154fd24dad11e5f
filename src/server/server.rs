//! [`Server`]: how it runs. `bind` says where it listens, `setters` changes its settings. The loop
//! that accepts is in `accept_loop`; what happens to an accepted socket is in `worker`.

use std::fmt;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use super::accept_loop::AcceptLoop;
use super::clients::{STACK, most_connections};
use super::lifecycle::Lifecycle;
use super::listening::Doors;
use super::server_handle::ServerHandle;
use super::service::Service;
use super::settings::ServerSettings;
use super::worker::{Handler, Worker};
use crate::connection::WebSocket;
use crate::error::{Error, Result};
use crate::process::{caught, error};

/// A server that runs a handler for each client, each in a thread of its own.
///
/// ```no_run
/// fn main() -> blocking_ws::Result<()> {
///     blocking_ws::Server::bind("127.0.0.1:9001")?.serve(|ws| {
///         while let Some(message) = ws.recv()? {
///             ws.send(message)?;
///         }
///         Ok(())
///     })
/// }
/// ```
///
/// Settings are methods:
///
/// ```
/// use std::time::Duration;
///
/// let server = blocking_ws::Server::bind("127.0.0.1:0")?
///     .subprotocol("chat.v1")
///     .origin("https://example.com")
///     .max_connections(500)
///     .stack_size(2 << 20)
///     .handshake_timeout(Duration::from_secs(5))
///     .ping_interval(Duration::from_secs(30));
/// println!("listening on {}", server.url());
/// let handle = server.spawn(|ws| ws.send("hello"))?;
/// handle.shutdown(Duration::from_secs(1));
/// # Ok::<(), blocking_ws::Error>(())
/// ```
///
/// To have what all clients do in one thread, without a lock, use [`Events`](crate::Events).
///
/// A handler must keep receiving, even if it only sends: the calls that receive answer pings and
/// Close frames. To push messages, use a [`sender`](WebSocket::sender) in another thread, or call
/// [`recv_timeout`](WebSocket::recv_timeout) between sends.
///
/// If the connection is still open when the handler returns, it is closed: after `Ok` with 1000,
/// after an error of the application or a panic with 1011, and after
/// [`Error::Json`](crate::Error::Json) with 1007. The log (crate `log`) has a line for an
/// error (`warn`, or `info` if it is about the connection) and for a panic (`error`). A panic ends
/// its connection only, except with `panic = "abort"`. The whole process ends if the handler's
/// stack overflows, see [`stack_size`](Self::stack_size), or if the drop of a thread-local panics.
#[must_use]
pub struct Server {
    pub(super) doors: Arc<Doors>,
    pub(super) handle: ServerHandle,
    pub(super) settings: ServerSettings,
    pub(super) max_connections: usize,
    pub(super) stack_size: usize,
}

impl Server {
    /// Makes a server that listens at `doors`.
    pub(super) fn over(doors: Doors) -> Self {
        let doors = Arc::new(doors);
        Self {
            handle: ServerHandle::new(Lifecycle::new(&doors)),
            doors,
            settings: ServerSettings::default(),
            max_connections: most_connections(),
            stack_size: STACK,
        }
    }

    /// Returns a handle with which any thread can end [`serve`](Self::serve).
    pub fn handle(&self) -> ServerHandle {
        self.handle.clone()
    }

    /// Accepts clients and calls `handler` for each, in a thread of its own.
    ///
    /// Blocks until a [`handle`](Self::handle) has [shut down](ServerHandle::shutdown) the server
    /// and all connections and threads have ended, or until two seconds after the deadline of the
    /// shutdown. Then drops what the handler owns, which may take longer.
    ///
    /// A thread whose client has left waits five seconds for the next client, because waking it is
    /// faster than creating a thread. So a thread-local of the handler may still be there for the
    /// next client. If threads or file descriptors run out, the server logs it, waits a moment and
    /// continues.
    ///
    /// # Errors
    /// A setting can never work, or the listening socket has become unusable. In the second case
    /// all connections have been cut.
    pub fn serve<H>(self, handler: H) -> Result<()>
    where
        H: Fn(&mut WebSocket) -> Result<()> + Send + Sync + 'static,
    {
        self.check()?;
        let lifecycle = Arc::clone(self.handle.lifecycle());
        let accepted = self.acceptor(handler).run();
        if accepted.is_err() {
            lifecycle.shutdown(Some(Duration::ZERO));
        }
        lifecycle.end();
        accepted
    }

    /// Serves like [`serve`](Self::serve), in a background thread, and does not block. The server
    /// ends when a handle calls [`shutdown`](ServerHandle::shutdown) or the last handle is dropped.
    ///
    /// # Errors
    /// A setting can never work, or the system cannot start the thread that accepts.
    pub fn spawn<H>(self, handler: H) -> Result<ServerHandle>
    where
        H: Fn(&mut WebSocket) -> Result<()> + Send + Sync + 'static,
    {
        self.check()?;
        let handle = self.handle();
        let acceptor = self.acceptor(handler);
        let name = format!("{} accept", handle.lifecycle().name());
        let address = handle.lifecycle().address().clone();
        let accept = move || {
            if let Err(e) = acceptor.run() {
                error!("{address}: no longer accepts connections: {e}");
            }
        };
        handle.spawned(|| thread::Builder::new().name(name).spawn(accept))?;
        Ok(handle)
    }

    /// Fails if a setting can never work.
    fn check(&self) -> Result<()> {
        if self.max_connections == 0 {
            let text = "max_connections is 0; a server needs room for 1 at least";
            return Err(Error::Invalid(text.into()));
        }
        let stack = self.stack_size;
        if stack < LEAST_STACK {
            let text = format!(
                "stack_size is {stack} bytes; a connection needs {LEAST_STACK}, and the default is {STACK}"
            );
            return Err(Error::Invalid(text.into()));
        }
        // If there is no thread at all, stack_size is not the reason, and threads may end.
        if stack != STACK && !has_thread(stack) && has_thread(STACK) {
            let text = format!(
                "the system has no thread with a stack_size of {stack} bytes; the default is {STACK}"
            );
            return Err(Error::Invalid(text.into()));
        }
        self.settings.check()
    }

    /// Makes the loop that accepts, without a handle: a spawned server ends with its last handle.
    fn acceptor<H: Handler>(self, handler: H) -> AcceptLoop<H> {
        let service = Arc::new(Service {
            lifecycle: Arc::clone(self.handle.lifecycle()),
            worker: Arc::new(Worker { settings: self.settings, handler }),
            max_connections: self.max_connections,
            stack_size: self.stack_size,
        });
        service.announce();
        AcceptLoop { doors: self.doors, service }
    }
}

/// What a connection needs of its thread's stack beside its handler, with TLS and compression.
const LEAST_STACK: usize = 128 << 10;

/// Returns `true` if the system can create a thread with a stack of this size.
fn has_thread(stack: usize) -> bool {
    // No allocation is larger, and std would panic.
    if isize::try_from(stack).is_err() {
        return false;
    }
    let thread = thread::Builder::new().name("ws stack".to_owned()).stack_size(stack);
    // The thread does nothing, so its join takes no time.
    caught(|| thread.spawn(|| {}).is_ok_and(|made| made.join().is_ok())).unwrap_or(false)
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server")
            .field("doors", &self.doors)
            .field("settings", &self.settings)
            .field("max_connections", &self.max_connections)
            .finish_non_exhaustive()
    }
}

#[cfg(all(test, target_os = "linux", target_pointer_width = "64"))]
mod tests {
    use std::io::Read;
    use std::net::TcpStream;
    use std::time::Instant;

    use super::*;

    #[test]
    fn a_server_without_threads_drops_its_clients_and_goes_on() {
        // No system has a stack of this size to give; `check` would have said so.
        let server = Server::bind("127.0.0.1:0").unwrap().max_connections(1).stack_size(1 << 48);
        let handle = server.handle();
        let acceptor = server.acceptor(|_: &mut WebSocket| Ok(()));
        let accepting = thread::spawn(|| acceptor.run());
        // More than there is room for: a place that is not given back would be missed.
        for client in 0..40 {
            let mut stream = TcpStream::connect(handle.local_addr().unwrap()).unwrap();
            stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
            // A reset does as well.
            match stream.read(&mut [0]) {
                Err(e) if crate::io::is_timeout(&e) => panic!("client {client} is left waiting"),
                read => assert_eq!(read.unwrap_or(0), 0, "client {client} is dropped"),
            }
        }
        let began = Instant::now();
        let report = handle.shutdown(Duration::from_secs(10));
        // The last one may just have been on its way out.
        assert_eq!((report.closed, report.cut, report.running), (0, 0, 0));
        assert!(began.elapsed() < Duration::from_millis(900), "threads that never were");
        accepting.join().unwrap().unwrap();
    }
}
