//! One thread for many connections: a loop over [`Events`](crate::Events).
//!
//! A handler runs in a thread for each client, so what clients share needs a lock. [`Events`](crate::Events)
//! bring what all clients do to one thread, which owns everything. Each connection still has a thread of the
//! library, which receives, answers pings, and waits for a slow loop.
//!
//! ```
//! use std::collections::HashMap;
//!
//! use blocking_ws::{Events, PeerEvent, Server};
//!
//! let events = Events::new();
//! let server = Server::bind("127.0.0.1:0")?.spawn(events.handler())?;
//! # let url = server.url().to_owned();
//! # let client = std::thread::spawn(move || -> blocking_ws::Result<()> {
//! #     let mut ws = blocking_ws::connect(&url)?;
//! #     for text in ["one", "two"] {
//! #         ws.send(text)?;
//! #         assert_eq!(ws.recv()?, Some(text.into()));
//! #     }
//! #     Ok(())
//! # });
//! let mut clients = HashMap::new();
//! for event in &events {
//!     match event {
//!         PeerEvent::Opened(peer) => {
//!             println!("a client connected: {peer}");
//!             clients.insert(peer, 0);
//!         }
//!         PeerEvent::Message(peer, message) => {
//!             println!("{peer} says {message}");
//!             *clients.entry(peer.clone()).or_default() += 1;
//!             peer.send(message); // never waits
//!         }
//!         PeerEvent::Closed(peer, status) => {
//!             println!("{peer} said {:?} messages; {status}", clients.remove(&peer));
//!             # break;
//!         }
//!     }
//! }
//! # client.join().unwrap()?;
//! # Ok::<(), blocking_ws::Error>(())
//! ```
//!
//! This is the first program of the crate `simple-websockets`. Its names are here:
//!
//! | `simple-websockets` | Here |
//! |---|---|
//! | `launch(port)` | `Server::bind(address)?.spawn(events.handler())` |
//! | `EventHub::poll_event`, `next_event`, `drain` | [`recv`](crate::Events::recv), [`try_recv`](crate::Events::try_recv), [`try_iter`](crate::Events::try_iter) |
//! | `Event::Connect`, `Message`, `Disconnect` | [`PeerEvent::Opened`](crate::PeerEvent::Opened), [`Message`](crate::PeerEvent::Message), [`Closed`](crate::PeerEvent::Closed) with its reason |
//! | the client's number and its `Responder` | [`Peer`](crate::Peer), which is the key of a map and sends |
//!
//! # When to use what
//!
//! | Your program | Use |
//! |---|---|
//! | answers each client for itself: echo, files, requests | a handler, in [a thread for each client](super) |
//! | has a state that all clients change: a game, a chat, a board | events |
//! | does something at a fixed rate | events with [`try_iter`](crate::Events::try_iter) |
//! | listens to many servers as a client | events with [`add`](crate::Events::add) |
//! | is a client that receives while it sends | a [`Sender`](crate::Sender) in a second thread: [sending from other threads](super#sending-from-other-threads) |
//! | works for long on a message | a handler; or events, and a thread for the work |
//! | needs messages larger than memory | a handler with [streams](crate::guide::large_messages) |
//!
//! A handler is the faster way: an event costs some locks and often a switch of threads. One server may
//! have both, each at its [`route`](crate::Server::route).
//!
//! # A chat
//!
//! The names need no lock, and no message can come between two steps of the loop. The example `chat_server`
//! is the same with a thread for each client.
//!
//! ```
//! use std::collections::HashMap;
//!
//! use blocking_ws::{CloseCode, Events, Peer, PeerEvent, Result, Server};
//!
//! fn chat(events: &Events) -> Result<()> {
//!     let mut names: HashMap<Peer, String> = HashMap::new();
//!     for event in events {
//!         let news = match event {
//!             PeerEvent::Opened(peer) => {
//!                 peer.send("what is your name?");
//!                 continue;
//!             }
//!             PeerEvent::Message(peer, message) => match (names.get(&peer), message.as_text()) {
//!                 (_, None) => {
//!                     peer.close(CloseCode::Unsupported, "a chat is made of text")?;
//!                     continue;
//!                 }
//!                 (Some(name), Some(text)) => format!("{name}: {text}"),
//!                 (None, Some(name)) => {
//!                     let news = format!("{name} is here");
//!                     names.insert(peer, name.to_owned());
//!                     news
//!                 }
//!             },
//!             PeerEvent::Closed(peer, _) => match names.remove(&peer) {
//!                 Some(name) => format!("{name} has left"),
//!                 None => continue,
//!             },
//!         };
//!         // To all, and waits for none. With a `?`, one client could end the loop for all.
//!         if let Err(e) = events.hub().broadcast(news) {
//!             eprintln!("not sent: {e}");
//!         }
//!     }
//!     Ok(())
//! }
//!
//! let events = Events::new();
//! let server = Server::bind("127.0.0.1:0")?.spawn(events.handler())?;
//! # let url = server.url().to_owned();
//! # let clients = std::thread::spawn(move || -> Result<()> {
//! #     let mut ada = blocking_ws::connect(&url)?;
//! #     let mut bob = blocking_ws::connect(&url)?;
//! #     for (name, ws) in [("Ada", &mut ada), ("Bob", &mut bob)] {
//! #         assert_eq!(ws.recv()?, Some("what is your name?".into()));
//! #         ws.send(name)?;
//! #         while ws.recv()? != Some(format!("{name} is here").into()) {}
//! #     }
//! #     bob.send("hello")?;
//! #     while ada.recv()? != Some("Bob: hello".into()) {}
//! #     bob.close(CloseCode::Normal, "")?;
//! #     while ada.recv()? != Some("Bob has left".into()) {}
//! #     drop(server);
//! #     Ok(())
//! # });
//! chat(&events)?; // until the server is shut down
//! # clients.join().unwrap()?;
//! # Ok::<(), blocking_ws::Error>(())
//! ```
//!
//! For rooms, make a [`Hub`](crate::Hub) for each, and let peers [`join`](crate::Peer::join) it.
//!
//! # Many connections of a client
//!
//! ```
//! use blocking_ws::{Events, PeerEvent, Server, connect};
//!
//! # let servers: Vec<_> = (0..3)
//! #     .map(|n| Server::bind("127.0.0.1:0")?.spawn(move |ws| ws.send(format!("price {n}"))))
//! #     .collect::<Result<_, _>>()?;
//! # let urls = servers.iter().map(|server| server.url());
//! let events = Events::new();
//! for url in urls {
//!     events.add(connect(url)?)?;
//! }
//! for event in &events { // ends when all connections have ended
//!     match event {
//!         PeerEvent::Opened(peer) => drop(peer.send("subscribe")),
//!         PeerEvent::Message(peer, price) => println!("{:?}: {price}", peer.peer_addr()),
//!         PeerEvent::Closed(peer, status) => println!("{peer}: {status}"),
//!     }
//! }
//! # Ok::<(), blocking_ws::Error>(())
//! ```
//!
//! Added connections are members of [`hub`](crate::Events::hub) too. To send to the clients of your server only,
//! make another [`Hub`](crate::Hub), and let each of them [`join`](crate::Peer::join) it. A `shutdown` does not
//! close added connections; [`Peer::close`](crate::Peer::close) does. Without a
//! [`ping_interval`](crate::Client::ping_interval) the loop does not learn that such a peer has vanished.
//!
//! # What bounds it
//!
//! | What waits | Bound | When it is reached |
//! |---|---|---|
//! | messages of one connection | [64](crate::Events::max_queued_messages_per_peer), or [1 MiB](crate::Events::max_queued_bytes_per_peer) | the connection is not read, so the peer has to wait |
//! | events of all | [4,096](crate::Events::max_queued_events), or [64 MiB](crate::Events::max_queued_bytes) | the same; a new connection waits to be opened |
//! | messages to a peer | those of [the hub](crate::Events::hub) | [`Overflow`](crate::Overflow): by default the peer is disconnected |
//!
//! - If clients bring the process to [`set_max_buffered`](crate::set_max_buffered), `broadcast` returns
//!   [`Error::Full`](crate::Error::Full). Leave the message out, and go on.
//! - One message of each connection may always wait. So nobody is kept from being heard.
//! - The connections take turns. However much a peer sends, it delays another by one event.
//! - A connection that is not read answers no pings, and its timeouts are not looked at. A loop that stands
//!   still for longer than the peer's patience loses the peer.
//! - Each connection has a thread, as with a handler: thousands are fine, tens of thousands are not.
//!
//! # A game loop
//!
//! [The recipe](crate::guide::recipes#a-game-loop) has the code. The example `game_server` takes what has come
//! 30 times a second, moves its players, and sends the state to all.
//! [`try_iter`](crate::Events::try_iter) takes as many events as wait when the tick begins, and leaves the rest
//! for the next tick. A hub with `DropOldest` gives slow players the latest states:
//!
//! ```
//! # use blocking_ws::{Events, Hub, Overflow};
//! let events = Events::with_hub(Hub::new().overflow(Overflow::DropOldest).max_queued_messages(2));
//! # assert!(events.is_empty());
//! ```
//!
//! On a virtual machine with two cores (Intel Xeon, Linux 6.18) that compiled other programs meanwhile, with
//! `--clients 200`, of 300 ticks:
//!
//! | After the tick was due | p50 | p99 | max |
//! |---|---|---|---|
//! | it began | 0.08 ms | 0.17 ms | 0.5 ms |
//! | it had moved 200 players and queued the state for each | 0.4 ms | 0.6 ms | 0.8 ms |
//!
//! In this run all clients got each state. The clients' side was a loop over [`Events`](crate::Events) in the
//! same program. At a load of 14, p50 was the same, p99 was 105 to 184 ms, and clients got 94 to 96 % of the
//! states.
//!
//! # The end
//!
//! - The loop ends when nothing more can come: after [`shutdown`](crate::ServerHandle::shutdown) or the drop
//!   of the last handle of the server, and when added connections have ended. Events that wait are taken first.
//! - The thread of the loop may call `shutdown` itself. Nothing waits for it: once a Close frame was sent,
//!   messages that have no room are dropped.
//! - A client that closes gets the answers to its last messages. The library answers its Close frame when the
//!   loop has taken these messages and asks for another event, or after a second. A loop that closes the other
//!   end of its own connection, as a test may, waits for this second.
//! - A server's Close frame overtakes what waits for its clients: call [`Hub::flush`](crate::Hub::flush) of
//!   [`hub`](crate::Events::hub) before `shutdown` if that must arrive.
//! - Dropping [`Events`](crate::Events) closes all connections with 1001, after what was sent to them, and
//!   does not wait. A peer that does not answer is cut after the `close_timeout`.
