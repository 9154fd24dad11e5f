//! Lesson 7: pings and pongs.
//!
//! A _ping_ is a control frame that asks: are you there? The other end must answer with a _pong_ that has the same
//! payload, as soon as it can (§5.5.2, §5.5.3). Libraries do that by themselves, and a program does not see it. A
//! library that works with threads, as this one does, answers while a thread is in a call that receives, such as
//! `recv`. A script in a browser cannot even send a ping.
//!
//! # Why it is like that
//!
//! If a cable is pulled, a phone leaves the network or a machine loses its power, no FIN is sent. The end that
//! remains notices nothing: the connection is _half-open_. If that end only receives, it may stay so for hours. If
//! it sends, the send succeeds, because it only hands bytes to the system; TCP repeats the bytes, and reports an
//! error after some minutes. Only an answer shows that the other end is there.
//!
//! There is a second use. Proxies, and the routers that join home networks to the Internet, forget a connection on
//! which nothing passes: after 60 seconds in nginx by default, and after some minutes in many routers. A ping now
//! and then keeps the connection alive. It must be sent more often than the shortest of these times.
//!
//! # The program
//!
//! `cargo run --example lesson_7_pings` is the program `examples/lessons/pings.rs`. The third part has a server
//! that receives and never answers, which is what a half-open connection looks like:
//!
//! ```
//! # use std::time::Duration;
//! # use blocking_ws::testing::MockServer;
//! # let mock = MockServer::new()?.on_connection(|peer| peer.stay_silent());
//! # let mut ws = blocking_ws::connect(&mock.url())?;
//! ws.set_ping_interval(Duration::from_millis(200));
//! ws.set_pong_timeout(Duration::from_millis(100));
//! let error = ws.recv().expect_err("the server does not answer");
//! # assert!(error.to_string().contains("pong_timeout"), "{error}");
//! # Ok::<(), blocking_ws::Error>(())
//! ```
//!
//! It prints:
//!
//! ```text
//! A ping, and the pong that the other end sends by itself:
//!   -> PING   fin len=14 mask=24ff9f44 "are you there?"
//!   <- PONG   fin len=14 "are you there?"
//!   recv_event: a pong
//!
//! A pong without a ping, and a pong that answers two pings:
//!   -> TEXT   fin len=5 mask=06aabc98 "go on"
//!   <- PONG   fin len=15 "I am still here"
//!   -> PING   fin len=3 mask=6f00139f "one"
//!   -> PING   fin len=3 mask=f75f31a5 "two"
//!   <- PONG   fin len=3 "two"
//!
//! A peer that has vanished answers nothing:
//!   -> PING   fin len=8 mask=05e2459e "\0\0\0\0\0\0\0\u{1}"
//!   -> FIN  (RFC 6455 §7.1.5: the end without a Close frame)
//!   recv: nothing came from the peer within pong_timeout after a ping; it has vanished, or no thread is in `recv` there
//! ```
//!
//! The client has learned within 300 milliseconds that the peer has vanished. Without the two settings it would
//! wait without end. Servers of this library send a ping after 20 seconds of silence by default, and drop a client
//! that stays silent for 20 seconds after it. Clients send none by default.
//!
//! # Try this
//!
//! 1. Write `ws.ping("x".repeat(126))?` for the first ping. `ping` returns the error `a ping or pong carries at most
//!    125 bytes`, and the program ends with it.
//! 2. Let the silent server answer three pings before it is silent:
//!    `for _ in 0..3 { let payload = peer.expect_ping(); peer.pong(payload); }`. The log has four pings and three
//!    pongs, and then the same error.
//! 3. Set the ping interval to 20 milliseconds. There are several pings before the error: the time of
//!    `set_pong_timeout` is not over when the next ping is due. Any byte from the peer would end the silence.
//!
//! # Questions
//!
//! **May a pong come without a ping?** Yes (§5.5.3). It says that its sender is there, and needs no answer. A
//! receiver must not take it for an error. Internet Explorer sent such pongs.
//!
//! **Must each ping have a pong of its own?** No. If several pings have come, an end may answer the last one only
//! (§5.5.3). That is why a payload is useful: it says which ping a pong answers.
//!
//! **My program sends text messages as a heartbeat. Is that wrong?** No, and in a browser it is the only way,
//! since scripts have no pings. For two programs that are no browsers, pings are simpler: the library answers them.
//! But it sends pongs only while a thread is in a call that receives. If your program works for a long time
//! between two calls of `recv`, let another thread do that work.
//!
//! **How do I recognize a proxy that ends idle connections?** A connection on which nothing passes ends without a
//! Close frame, always after the same number of seconds, and both ends report 1006. A ping interval that is shorter
//! prevents it.
//!
//! Back: [how a connection ends](super::closing). Next: [compression](super::compression).
