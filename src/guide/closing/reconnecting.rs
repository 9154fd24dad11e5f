//! Staying connected: a client that comes back.
//!
//! [`Client::reconnecting`](crate::Client::reconnecting) is an iterator over connections. When a connection
//! has ended, ask for the next. The iterator waits and tries until a connection is open.
//!
//! ```no_run
//! use std::time::Duration;
//!
//! for ws in blocking_ws::Client::new()
//!     .ping_interval(Duration::from_secs(20)) // else a server that vanished is not noticed
//!     .reconnecting("ws://127.0.0.1:9001/")
//!     .on_retry(|retry| println!("again in {:.1?}: {:?}", retry.delay, retry.error))
//! {
//!     let mut ws = ws?; // an error here is final
//!     if ws.send("subscribe").is_err() {
//!         continue; // the connection is over already
//!     }
//!     while let Ok(Some(message)) = ws.recv() {
//!         println!("{message:?}");
//!     }
//! }
//! # Ok::<(), blocking_ws::Error>(())
//! ```
//!
//! [`Retry::error`](crate::Retry::error) says why there is no connection: the last attempt failed, or the last
//! connection was lost or closed with an error. It is `None` after a normal end.
//!
//! Each connection is new: the server does not know that this client was there before. Subscribe again after
//! each connection. Messages that the server sent in between are lost, unless your protocol asks for them.
//!
//! # So that no message is lost
//!
//! A `send` that succeeds says that the system has taken the message. If the connection breaks then, nothing
//! says whether the message arrived. An [`Outgoing`](crate::Outgoing) queue keeps each message until the
//! server has acknowledged it, and sends it again on the next connection:
//!
//! ```
//! use std::thread;
//! use std::time::Duration;
//!
//! use blocking_ws::{Client, Outgoing, Result, Server};
//!
//! # fn main() -> Result<()> {
//! # let server = Server::bind("127.0.0.1:0")?.spawn(|ws| {
//! #     while let Some(message) = ws.recv()? {
//! #         let text = message.as_text().unwrap();
//! #         ws.send(text.split_once(' ').unwrap().0)?;
//! #     }
//! #     Ok(())
//! # })?;
//! # let url = server.url();
//! let queue = Outgoing::new(1000); // keeps 1000 messages at most until they are acknowledged
//! let connections = Client::new()
//!     .ping_interval(Duration::from_secs(20))
//!     .reconnecting(&format!("{url}?sender=7f3a")); // another name for each process
//! let stop = connections.stop_handle();
//!
//! let exchanged = queue.clone();
//! let exchange = thread::spawn(move || -> Result<()> {
//!     for ws in connections {
//!         let mut ws = ws?;
//!         exchanged.send_over(&mut ws, |number, text: &String| format!("{number} {text}"))?;
//!         while let Ok(Some(message)) = ws.recv() {
//!             if let Some(Ok(number)) = message.as_text().map(str::parse) {
//!                 exchanged.acknowledge(number)?;
//!             }
//!         }
//!     }
//!     Ok(())
//! });
//!
//! queue.push("from any thread".to_owned())?; // waits while the queue is full; `try_push` refuses
//!
//! // At the end, for example on Ctrl-C:
//! for (number, text) in queue.finish(Duration::from_secs(5)) {
//!     println!("message {number} was not acknowledged: {text}");
//! }
//! stop.stop();
//! # assert_eq!((queue.acknowledged(), queue.len()), (1, 0));
//! # exchange.join().expect("no panic")
//! # }
//! ```
//!
//! The acknowledgement belongs to your protocol, because only the server's program knows what it has handled.
//! Here each message carries its number, and the server answers with the highest number that it has handled.
//! Pongs do not replace that: the server's library sends them, whatever its program does.
//!
//! - Each message arrives at least once, and the first arrivals are in order. After a reconnection messages may
//!   arrive again. The server skips numbers that it has handled, and acknowledges them again.
//! - The server remembers the highest number of each sender. The handler of a broken connection may still work
//!   when the next one begins. So the server looks the number up for each message, under a lock. It stores the number together with the result of
//!   the message. If it stores them one after the other, a crash in between loses or repeats a message.
//! - The queue is in memory. A new process begins with number 1 again, so it needs another name.
//! - `finish` bounds the wait at the end, and returns what is left: report it, or store it for the next start.
//!   Only the first call returns it.
//! - If the exchanging thread ends with an error, such as a refusal that is final, nobody empties the queue, and
//!   `push` waits for ever. Let this thread call `finish(Duration::ZERO)` at its end: then `push` fails.
//!
//! The examples `reliable_client` and `reliable_server` are such programs, with Ctrl-C. A test kills that server
//! 25 times at random moments.
//!
//! # How long it waits
//!
//! - The first attempt is made at once.
//! - The first wait is random, up to 1 second ([`first_delay`](crate::Reconnecting::first_delay)).
//! - The upper bound doubles with each failure, up to 30 seconds
//!   ([`max_delay`](crate::Reconnecting::max_delay)). Each further wait is between half of its bound and the
//!   bound. Random waits keep a thousand clients from coming back at the same moment.
//! - A refusal's `Retry-After` is honoured, up to an hour.
//! - If a connection lived at least as long as the longest possible next wait, the waits start again with
//!   `first_delay`. Example: the next wait would be 16 s at most, so a connection of 20 s resets the waits and
//!   one of 3 s does not. So the waits before a server that accepts clients and drops them grow too.
//!
//! # When it ends
//!
//! An error is the last item. These errors are final, because the same request would fail again:
//!
//! - a URL or a setting that cannot be used
//! - a refusal with status 3xx or 4xx, by the server or a proxy. Exceptions are 408, 425 and 429: a later
//!   attempt may succeed
//! - a SOCKS proxy that does not know the user, or whose rules forbid the connection
//! - [`max_attempts`](crate::Reconnecting::max_attempts) failures in a row, if that is set
//!
//! All other errors are tried again. A certificate that is not trusted is among them, so watch the log, or
//! `on_retry`.
//!
//! ```
//! use blocking_ws::{Client, Error, Server};
//!
//! let server = Server::bind("127.0.0.1:0")?.spawn(|ws| ws.send("hello"))?;
//! let client = Client::new();
//! let mut connections = client.reconnecting(server.url()).max_attempts(3);
//! let mut ws = connections.next().expect("it has not been stopped")?;
//! assert_eq!(ws.recv()?, Some("hello".into()));
//!
//! let mut nowhere = client.reconnecting("ftp://example.com/");
//! assert!(matches!(nowhere.next(), Some(Err(Error::Url(_)))));
//! assert!(nowhere.next().is_none());
//! # Ok::<(), blocking_ws::Error>(())
//! ```
//!
//! # Stopping it
//!
//! [`stop_handle`](crate::Reconnecting::stop_handle) ends the iterator from another thread, also during a
//! wait. An open connection stays open: close it by a `Sender`.
//!
//! ```
//! let mut connections = blocking_ws::Client::new().reconnecting("ws://127.0.0.1:9001/");
//! let stop = connections.stop_handle();
//! std::thread::spawn(move || stop.stop()).join().unwrap();
//! assert!(connections.next().is_none());
//! ```
//!
//! The log has a line for each failed attempt (warn) and for each connection that is over or open again
//! (info). It names host and port, never the whole URL, which may hold a secret.
