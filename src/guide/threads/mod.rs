//! Threads: who may do what, pushing messages, and stopping a server.
//!
//! # One thread for each connection
//!
//! A [`Server`](crate::Server) calls the handler in a thread of its own for each client. The handler may
//! block: other clients do not notice. Move state that all handlers share into the closure.
//!
//! ```
//! use std::sync::atomic::{AtomicUsize, Ordering};
//!
//! let count = AtomicUsize::new(0);
//! let server = blocking_ws::Server::bind("127.0.0.1:0")?.spawn(move |ws| {
//!     let number = count.fetch_add(1, Ordering::Relaxed) + 1;
//!     ws.send(format!("you are client {number}"))
//! })?;
//!
//! let mut ws = blocking_ws::connect(server.url())?;
//! assert_eq!(ws.recv()?, Some("you are client 1".into()));
//! # Ok::<(), blocking_ws::Error>(())
//! ```
//!
//! - A panic in a handler closes that connection with 1011. The server goes on, unless the program is
//!   built with `panic = "abort"`.
//! - A handler has 1 MiB of stack. A stack that overflows ends the whole process: raise
//!   [`stack_size`](crate::Server::stack_size) for deep recursion and large local arrays.
//! - A thread that has served a client waits 5 seconds for the next client, then it exits. Values in
//!   thread-locals are therefore seen by a later client.
//!
//! # Sending from other threads
//!
//! One thread at a time receives from a [`WebSocket`](crate::WebSocket).
//! [`sender`](crate::WebSocket::sender) makes a [`Sender`](crate::Sender), which any number of threads can
//! clone and use.
//!
//! ```
//! use std::thread;
//!
//! let (mut ws, mut peer) = blocking_ws::testing::pair();
//! for name in ["ada", "bob"] {
//!     let sender = ws.sender()?;
//!     thread::spawn(move || sender.send(format!("hello from {name}")));
//! }
//! let receiving = thread::spawn(move || ws.recv()); // meanwhile
//! for _ in 0..2 {
//!     println!("{:?}", peer.recv()?);
//! }
//! peer.close(1000, "")?;
//! assert_eq!(receiving.join().unwrap()?, None);
//! # Ok::<(), blocking_ws::Error>(())
//! ```
//!
//! - Messages of several threads never mix: each message is sent whole.
//! - `send` returns when the operating system has the whole message. If another thread is sending, it waits
//!   for that thread first.
//! - A thread that receives never waits for a thread that sends. This holds for `wss://` too.
//! - `feed` queues a message. A receiving call that waits already does not see it, so call `flush` after
//!   the last message of a burst.
//! - When the `WebSocket` is dropped, the connection is over and its senders fail.
//!
//! # A program that only sends
//!
//! It must receive as well: the receiving calls answer pings and Close frames, send pings, and notice
//! that the peer is gone. There are two ways.
//!
//! - Send from a `Sender` in another thread, and let this thread wait in `recv`. If the other thread waits for a
//!   terminal, let `main` receive: the process ends when `main` returns, and the other thread with it.
//! - Call [`recv_timeout`](crate::WebSocket::recv_timeout) between two sends:
//!
//! ```
//! use std::time::Duration;
//!
//! # let (mut ws, mut peer) = blocking_ws::testing::pair();
//! # let peer = std::thread::spawn(move || { peer.recv()?; peer.recv()?; peer.close(1000, "enough") });
//! for tick in 1.. {
//!     ws.send(format!("tick {tick}"))?;
//!     match ws.recv_timeout(Duration::from_millis(20)) {
//!         Ok(Some(message)) => println!("{message:?}"),
//!         Ok(None) => break, // the peer has closed
//!         Err(e) if e.is_timeout() => {} // nothing came; nothing is lost
//!         Err(e) => return Err(e),
//!     }
//! }
//! # peer.join().unwrap()?;
//! # Ok::<(), blocking_ws::Error>(())
//! ```
//!
//! # Many connections in one thread
//!
//! [`Events`](crate::Events) bring all clients of a server to one thread: see [`events`]. A program that opens
//! its connections itself needs no thread for them at all, if it polls:
//!
//! [`try_recv`](crate::WebSocket::try_recv) does not wait. So a loop that runs many times a second, such as
//! that of a game, can look at all its connections each time. Here other threads accept the connections, and
//! a channel brings them to the loop:
//!
//! ```
//! use std::net::TcpListener;
//! use std::sync::mpsc::{self, Sender};
//! use std::thread;
//! use std::time::Duration;
//!
//! use blocking_ws::{Hub, Overflow, Settings, WebSocket};
//!
//! fn accept(listener: &TcpListener, sender: &Sender<WebSocket>) {
//!     loop {
//!         let Ok((stream, _)) = listener.accept() else {
//!             thread::sleep(Duration::from_millis(50)); // for example, too many files are open
//!             continue;
//!         };
//!         let sender = sender.clone();
//!         // A thread for each handshake: a slow client takes up to `handshake_timeout`.
//!         thread::spawn(move || match Settings::new().accept(stream) {
//!             Ok(ws) => drop(sender.send(ws)),
//!             Err(e) => eprintln!("{e}"),
//!         });
//!     }
//! }
//!
//! let listener = TcpListener::bind("127.0.0.1:0")?;
//! # let url = format!("ws://{}/", listener.local_addr()?);
//! let (sender, newcomers) = mpsc::channel();
//! thread::spawn(move || accept(&listener, &sender));
//! # let (flooded, client) = (url.clone(), move || -> blocking_ws::Result<()> {
//! #     let mut ws = blocking_ws::connect(&url)?;
//! #     ws.send("up")?;
//! #     while ws.recv()?.expect("the game goes on") == "0".into() {}
//! #     Ok(())
//! # });
//! # let flood = move || -> blocking_ws::Result<()> {
//! #     let mut ws = blocking_ws::connect(&flooded)?;
//! #     loop { ws.feed("down")? }
//! # };
//! # thread::spawn(flood);
//! # let client = thread::spawn(client);
//!
//! let hub = Hub::new().overflow(Overflow::DropOldest).max_queued_messages(2);
//! let (mut players, mut score) = (Vec::new(), 0);
//! loop {
//!     for ws in newcomers.try_iter() {
//!         let seat = hub.join(&ws)?;
//!         players.push((ws, seat));
//!     }
//!     players.retain_mut(|(ws, _seat)| {
//!         for _ in 0..100 {
//!             match ws.try_recv() {
//!                 Ok(Some(message)) => score += i64::from(message.as_text() == Some("up")),
//!                 Err(e) if e.is_timeout() => return true, // nothing more has come
//!                 Ok(None) | Err(_) => {
//!                     println!("{} has left: {:?}", ws.id(), ws.close_status());
//!                     return false;
//!                 }
//!             }
//!         }
//!         true // what else has come waits for the next tick
//!     });
//!     let _ = hub.broadcast(score.to_string()); // no memory: the next tick comes
//!     # if client.is_finished() { break }
//!     thread::sleep(Duration::from_millis(33));
//! }
//! # client.join().unwrap()?;
//! # Ok::<(), blocking_ws::Error>(())
//! ```
//!
//! - `try_recv` also answers pings, sends pings, and checks timeouts.
//! - Take a limited number of messages from a client at each tick. A client that never pauses always has
//!   one more, so a loop until "nothing more has come" would not end, and all others would wait.
//! - Send through a [`Hub`](crate::Hub), which waits for no client. `ws.send` waits for a client that does not
//!   read, up to `write_timeout` (30 s), and all others wait too. `DropOldest` with a short queue gives a slow
//!   client the latest states.
//! - If a send fails, keep the connection in the loop. `try_recv` returns what had come before, then says that
//!   the connection is over, and [`close_status`](crate::WebSocket::close_status) says why.
//! - These connections have no routes, no `max_connections` and no shutdown. A [`Server`](crate::Server) has
//!   them, and [`Events`](crate::Events) bring its clients to the loop: see [`events`].
//!
//! # Who is there
//!
//! A [`ServerHandle`](crate::ServerHandle) shows a server's open connections to any thread, and can close
//! them. [`totals`](crate::ServerHandle::totals) counts what all connections have received and sent.
//!
//! ```
//! use std::time::Duration;
//!
//! use blocking_ws::CloseCode;
//!
//! # let server = blocking_ws::Server::bind("127.0.0.1:0")?.spawn(|ws| ws.recv().map(drop))?;
//! println!("{} are here", server.connection_count());
//! for connection in server.connections() {
//!     let stats = connection.stats();
//!     println!(
//!         "{connection} {}: {} messages in, {} out, {:?}",
//!         connection.request().uri().path(),
//!         stats.received.messages,
//!         stats.sent.messages,
//!         connection.latency(),
//!     );
//!     if connection.since().elapsed() > Duration::from_secs(3600) {
//!         connection.close(CloseCode::Policy, "an hour is enough")?; // does not wait
//!     }
//! }
//! # Ok::<(), blocking_ws::Error>(())
//! ```
//!
//! In a handler, [`ws.id()`](crate::WebSocket::id) is the number by which
//! [`connection`](crate::ServerHandle::connection) finds the same connection, and which the log has.
//!
//! # Stopping a server
//!
//! [`ServerHandle::shutdown`](crate::ServerHandle::shutdown) ends a server from any thread. It stops
//! accepting, sends Close 1001 to every client, waits for their answers until the deadline, and cuts the
//! connections that are left. It returns at most a second after the deadline. `serve` returns at most two
//! seconds after the deadline.
//!
//! ```
//! use std::time::Duration;
//!
//! let server = blocking_ws::Server::bind("127.0.0.1:0")?;
//! let handle = server.handle(); // before `serve`, which takes the server
//! let serving = std::thread::spawn(|| server.serve(|ws| ws.recv().map(drop)));
//!
//! let report = handle.shutdown(Duration::from_secs(5));
//! println!("{} closed, {} cut, {} running", report.closed, report.cut, report.running);
//! serving.join().unwrap()?;
//! # Ok::<(), blocking_ws::Error>(())
//! ```
//!
//! The [report](crate::ShutdownReport) counts the connections that `closed` in order, those that were
//! `cut`, the clients that were `refused` during their handshake, and the handlers that are still
//! `running`. `shutdown` wakes handlers that wait for their connection. A handler that waits for something
//! else, such as a lock, counts as running, and the log names its client and the path of its request.
//! [`shutdown_with`](crate::ServerHandle::shutdown_with) sends another code than 1001, such as 1012 (the service
//! restarts).
//!
//! A handler may call `shutdown` itself.
//!
//! Dropping the last handle of a server that was spawned is a shutdown with a deadline of one second.
//! Bind the handle to a name: `let _ = server.spawn(…)` stops the server at once.
//!
//! # Ctrl-C
//!
//! The library does not touch signals. [`recipes`](crate::guide::recipes#stop-on-ctrl-c-and-sigterm) shows how to stop
//! on Ctrl-C and SIGTERM.
//!
//! Without a crate, use standard input. A thread waits for a line, and then calls `shutdown`:
//!
//! ```no_run
//! # let server = blocking_ws::Server::bind("127.0.0.1:0")?;
//! let handle = server.handle();
//! std::thread::spawn(move || {
//!     let _ = std::io::stdin().read_line(&mut String::new()); // Enter, or the end of the input: at once where there is none
//!     handle.shutdown(std::time::Duration::from_secs(5))
//! });
//! server.serve(|ws| ws.recv().map(drop))?;
//! # Ok::<(), blocking_ws::Error>(())
//! ```

pub mod events;
