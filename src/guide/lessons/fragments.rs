//! Lesson 4: a message in several frames.
//!
//! A _message_ is what a program sends and receives. A _frame_ is what passes on the wire. A message is one frame,
//! or several, which are then called _fragments_ (§5.4):
//!
//! | Frame | Opcode | FIN |
//! |---|---|---|
//! | the first | 1 (text) or 2 (binary) | 0 |
//! | those between | 0 (continuation) | 0 |
//! | the last | 0 (continuation) | 1 |
//!
//! # Why it is like that
//!
//! - A sender can begin before it knows how long the message becomes. It needs no memory for the whole.
//! - A frame cannot be interrupted. So a large message in one frame blocks all else that its sender has to send.
//!   Between two fragments there is room for _control frames_: a ping, a pong, a Close.
//! - A proxy may cut a message into other fragments, or join them, if no extension forbids that.
//!
//! Each fragment is a frame with a header of its own, so more fragments need more bytes.
//!
//! Fragments have no numbers. So the frames of two messages must not be mixed: between the first and the last
//! fragment only control frames may stand, and no other message.
//!
//! The two directions do not depend on each other. While one end sends fragments, the other end may send
//! whatever it likes: it only has to keep the order of its own frames.
//!
//! # The program
//!
//! `cargo run --example lesson_4_fragments` is the program `examples/lessons/fragments.rs`. The first part is:
//!
//! ```
//! # use blocking_ws::testing::{Peer, RawFrame};
//! # let server = blocking_ws::Server::bind("127.0.0.1:0")?.spawn(|ws| {
//! #     while let Some(message) = ws.recv()? {
//! #         ws.send(message)?;
//! #     }
//! #     Ok(())
//! # })?;
//! # let mut peer = Peer::connect(server.url())?;
//! peer.frame(RawFrame::text("Hel").fin(false));
//! peer.frame(RawFrame::continuation("lo, ").fin(false));
//! peer.ping("still there?");
//! peer.expect_pong(); // before the message is whole
//! peer.frame(RawFrame::continuation("world"));
//! peer.expect_text("Hello, world");
//! # Ok::<(), blocking_ws::Error>(())
//! ```
//!
//! It prints:
//!
//! ```text
//! A message in three fragments, with a ping between two of them:
//!   -> TEXT   len=3 mask=37fa213d "Hel"
//!   -> CONT   len=4 mask=37fa213d "lo, "
//!   -> PING   fin len=12 mask=37fa213d "still there?"
//!   <- PONG   fin len=12 "still there?"
//!   -> CONT   fin len=5 mask=37fa213d "world"
//!   <- TEXT   fin len=12 "Hello, world"
//!
//! A second message that begins within the first one:
//!   -> TEXT   len=3 mask=37fa213d "one"
//!   -> TEXT   fin len=3 mask=37fa213d "two"  (RFC 6455 §5.4: the message before it is not finished)
//!   <- CLOSE  fin len=62 1002 "a new message begins inside an unfinished one (RFC 6455 5.4)"
//!   <- FIN
//!
//! A server with set_fragment_size(4):
//!   -> TEXT   fin len=26 mask=33e8a6a3 "how many digits are there?"
//!   <- TEXT   len=4 "0123"
//!   <- CONT   len=4 "4567"
//!   <- CONT   fin len=2 "89"
//!   recv: Some(Text("0123456789"))
//! ```
//!
//! The server answers the ping at once, although the client's message is not whole. The pong passes in the other
//! direction, so it does not stand between the fragments of the client. It must only not stand inside of a frame
//! that the server sends, nor behind the server's Close frame.
//!
//! The server has sent the echo in one frame: how a message is cut is no part of it, and a program does not see it.
//!
//! In the second part the server fails the connection: it sends a Close frame and ends TCP without an answer
//! ([lesson 2](super::frame)).
//!
//! # Try this
//!
//! 1. Change `RawFrame::text("Hel")` to `RawFrame::continuation("Hel")`. There is no message to continue, so the
//!    server closes with 1002, `a continuation frame continues no message`. In this change and the next the program
//!    ends with a report, because it expects a pong. It does not print the log.
//! 2. Change `peer.ping("still there?")` to `peer.frame(RawFrame::ping("still there?").fin(false))`. A control
//!    frame must not be fragmented (§5.5): Close with 1002, `a control frame is fragmented`.
//! 3. Change `RawFrame::text("two")` to `RawFrame::continuation("two").fin(false)`. No rule is broken, and the
//!    server waits for the rest. After 5 seconds the program reports `expected close 1002, received nothing in
//!    time`.
//!
//! # Questions
//!
//! **What may stand between fragments?** Control frames: pings, pongs, and a Close. After a Close nothing follows,
//! so the message stays incomplete. Frames of another message may not stand there.
//!
//! **What is the difference between a frame and a message?** A program sends and receives messages. Frames are
//! how they travel. Do not give frames a meaning: a proxy or a library may cut a message in another way.
//!
//! **How do I send a message of unknown length with this library?** By
//! [`send_stream`](crate::WebSocket::send_stream), which makes fragments while the program writes. For a message
//! that does not fit into memory, [`recv_stream`](crate::WebSocket::recv_stream) reads it in pieces:
//! [large messages](crate::guide::large_messages).
//!
//! Back: [masking](super::masking). Next: [texts are UTF-8](super::utf8).
