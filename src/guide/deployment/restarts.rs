//! Health checks, and new versions without an outage.
//!
//! # Health checks
//!
//! | Question | Answered by |
//! |---|---|
//! | Does the process live? Otherwise start it again | a [`page`](crate::Server::page) that says 200 |
//! | Should it get new clients? | a page that says 503 while the program starts or is about to stop |
//! | Does a client get through, with TLS and proxy? | a program that opens a connection and closes it, such as `container_server --check` |
//!
//! A server that is full still answers its pages, except while 16 other clients are being refused. A check that
//! restarts the process must not fail then: let it look at a page of a second server, as in
//! [`metrics`](super::metrics), or fail only after several attempts.
//!
//! Do not let the health of a database decide about the process: all processes would stop at once, and none would be
//! better after a restart.
//!
//! # Leave in order
//!
//! This server says at `/ready` that it wants no more clients, and waits until the load balancer has seen that. Then it
//! closes the connections a few at a time, so that clients do not all come back in the same moment:
//!
//! ```
//! use std::sync::Arc;
//! use std::sync::atomic::{AtomicBool, Ordering};
//! use std::thread;
//! use std::time::Duration;
//!
//! use blocking_ws::http::{Response, StatusCode};
//! use blocking_ws::{CloseCode, Result, Server, ServerHandle};
//!
//! fn leave(server: &ServerHandle, ready: &AtomicBool, seen: Duration, pause: Duration) -> Result<()> {
//!     ready.store(false, Ordering::Relaxed);
//!     thread::sleep(seen); // longer than the load balancer needs to notice
//!     for some in server.connections().chunks(100) {
//!         for connection in some {
//!             // Does not wait, and fails if this connection is lost already.
//!             let _ = connection.close(CloseCode::ServiceRestart, "come back");
//!         }
//!         thread::sleep(pause);
//!     }
//!     server.shutdown_with(CloseCode::ServiceRestart, "come back", Duration::from_secs(5))?;
//!     Ok(())
//! }
//!
//! let ready = Arc::new(AtomicBool::new(true));
//! let shown = Arc::clone(&ready);
//! let server = Server::bind("127.0.0.1:0")?
//!     .page("/ready", move |_| {
//!         let mut page = Response::new("");
//!         if !shown.load(Ordering::Relaxed) {
//!             *page.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
//!         }
//!         page
//!     })
//!     .spawn(|ws| ws.recv().map(drop))?;
//! let mut client = blocking_ws::connect(server.url())?;
//! # while server.connection_count() == 0 { thread::yield_now() }
//! # let hears = thread::spawn(move || client.recv().map(|_| client));
//! leave(&server, &ready, Duration::from_millis(1), Duration::from_millis(1))?;
//! # let client = hears.join().unwrap()?;
//! # assert_eq!(client.close_status().unwrap().code(), CloseCode::ServiceRestart);
//! # Ok::<(), blocking_ws::Error>(())
//! ```
//!
//! In a program, call it when SIGTERM comes ([`recipes`](crate::guide::recipes#stop-on-ctrl-c-and-sigterm)). The
//! service manager must wait for all of it: `TimeoutStopSec`, `--stop-timeout`, `terminationGracePeriodSeconds`.
//!
//! - Code 1012 says that the service restarts, and 1001 that it goes away. [`Reconnecting`](crate::Reconnecting)
//!   comes back after both, after a random time.
//! - Clients that are connecting while the server shuts down get 503 with `Retry-After`, or are disconnected. They
//!   try again.
//!
//! # One machine
//!
//! | Way | What clients notice |
//! |---|---|
//! | the socket belongs to [`systemd`](super::systemd#restarting), and the service restarts | open connections close; new clients wait |
//! | two servers behind a [proxy](super::proxies), restarted one after the other | open connections close; new clients go to the other server |
//! | two processes on one port, see below | open connections close; some new clients are reset |
//! | stop and start | new clients are refused in between |
//!
//! # Several processes on one port
//!
//! With `SO_REUSEPORT` several processes of one user listen at the same address, and Linux spreads clients over them.
//! [`Server::bind`](crate::Server::bind) does not set it, so that a second server is an error. A socket of your own can:
//!
//! ```
//! # #[cfg(target_os = "linux")]
//! # fn main() -> blocking_ws::Result<()> {
//! use std::net::{SocketAddr, TcpListener};
//!
//! use blocking_ws::Server;
//! use socket2::{Domain, Socket, Type};
//!
//! fn listen(address: SocketAddr) -> std::io::Result<TcpListener> {
//!     let socket = Socket::new(Domain::for_address(address), Type::STREAM, None)?;
//!     socket.set_reuse_address(true)?;
//!     socket.set_reuse_port(true)?;
//!     socket.bind(&address.into())?;
//!     socket.listen(4096)?;
//!     Ok(socket.into())
//! }
//!
//! let first = listen("127.0.0.1:0".parse().expect("an address"))?;
//! let address = first.local_addr()?;
//! let old = Server::from_listener(first)?.spawn(|ws| ws.send("old"))?;
//! let new = Server::from_listener(listen(address)?)?.spawn(|ws| ws.send("new"))?;
//! old.shutdown(std::time::Duration::from_secs(5));
//! let mut ws = blocking_ws::connect(new.url())?;
//! assert_eq!(ws.recv()?, Some("new".into()));
//! # Ok(())
//! # }
//! # #[cfg(not(target_os = "linux"))]
//! # fn main() {}
//! ```
//!
//! - Clients in the queue of a socket that is closed are reset. The setting `net.ipv4.tcp_migrate_req=1` of Linux 5.14
//!   gives them to another process. A socket that systemd keeps has no such gap.
//! - One process with threads uses all cores. More processes on a machine bring nothing but smaller
//!   losses: [`machines`](crate::guide::broadcast::machines#when-it-pays) has figures.
//!
//! # Backups
//!
//! The library writes no files: there is nothing to back up but your program, its configuration and the key of its
//! certificate. What waits in the memory of a process is lost with it. [`Outgoing`](crate::Outgoing) sends such
//! messages again from the client's side.
