//! Lesson 10: what a bad network and a bad peer do.
//!
//! So far both ends kept the rules, and the network carried each byte. This lesson shows what a program gets when
//! that fails.
//!
//! # Why it matters
//!
//! TCP promises that bytes arrive in order, each once, and unchanged as far as a weak checksum can tell. It does
//! not promise that they arrive. A connection can end at each byte: within a header, a payload, a character. RFC
//! 6455 says what to do with what is broken: _fail the connection_ (§7.1.7). Send a Close frame that says why, if
//! that is possible, drop what comes, and end TCP. A receiver does not guess and does not repair.
//!
//! # The program
//!
//! `cargo run --example lesson_10_faults` is the program `examples/lessons/faults.rs`. A [`FaultyProxy`] stands
//! between a client and a server, and does something to the second frame of the server:
//!
//! ```
//! # use blocking_ws::testing::{At, Fault, Faults, FaultyProxy};
//! # let server = blocking_ws::Server::bind("127.0.0.1:0")?
//! #     .spawn(|ws| ["one", "two", "three"].iter().try_for_each(|text| ws.send(text)))?;
//! # let fault = Fault::Cut;
//! let faults = Faults::new().after(At::head().frame(2), fault);
//! let proxy = FaultyProxy::to(server.url())?.downstream(faults);
//! # let mut ws = blocking_ws::connect(&proxy.url("/"))?;
//! # assert!(ws.recv().is_ok() && ws.recv().is_err());
//! # Ok::<(), blocking_ws::Error>(())
//! ```
//!
//! It prints:
//!
//! ```text
//! The server sends "one", "two", "three" and closes. On a bad network a client gets:
//!   the second frame is cut:
//!     ["one"], then the connection was lost: the peer ended it without a Close frame (RFC 6455 7.1.5)
//!   the connection is reset:
//!     ["one"], then the connection was lost: Connection reset by peer (os error 104)
//!   nothing passes any more:
//!     ["one"], then nothing arrived within the timeout; nothing was lost, call again
//!   a bit of the header is flipped:
//!     ["one"], then the connection was failed: a reserved bit is set without an extension that defines it (RFC 6455 5.2)
//!   a byte vanishes:
//!     ["one"], then the connection was failed: opcode 0x3 is reserved (RFC 6455 5.2)
//! From a server that breaks a rule, a client gets:
//!   a reserved bit:
//!     [], then the connection was failed: a reserved bit is set without an extension that defines it (RFC 6455 5.2)
//!   an opcode that is not defined:
//!     [], then the connection was failed: opcode 0x3 is reserved (RFC 6455 5.2)
//!   a mask:
//!     [], then the connection was failed: a frame from a server is masked (RFC 6455 5.1)
//!   a length in a longer form than needed:
//!     [], then the connection was failed: the length is not in its shortest form (RFC 6455 5.2)
//!   a frame of 4 EiB:
//!     [], then the connection was failed: the message is larger than max_message_size, 16777216 bytes (RFC 6455 10.4); raise max_message_size, or use recv_stream
//!   a close code that is never sent:
//!     [], then the connection was failed: close code 1006 may not be sent (RFC 6455 7.4)
//! ```
//!
//! A stall is the worst of them: there is no error, only silence. `nothing arrived within the timeout` is what the
//! program has asked for by `recv_timeout`. `nothing was lost` means that this call has thrown nothing away: usually
//! the message comes in a later call. Here `two` and `three` never come, and the client cannot see the difference. A
//! program that calls `recv` on a client waits without end, unless it [sends pings](super::pings).
//!
//! When a byte vanishes, the error names the opcode 3, because the lost byte is the first of the second frame. Its
//! bytes are `81 03 74 77 6f`. Without the `81`, the client takes the length `03` for the first byte of the header.
//! Its low four bits are the opcode.
//!
//! # Try this
//!
//! 1. Change `frame(2)` to `frame(2).byte(3)`, so that the fault hits the payload. `byte` counts from 0: the bytes 0
//!    and 1 are the header, and byte 3 is the `w`. A bit that is flipped there
//!    gives `t7o` instead of `two`, and no error: a WebSocket has no checksum. Inside of TLS the same bit ends the
//!    connection. The byte that vanishes moves all that follows: the text now ends with the first byte of the next
//!    header, which is not UTF-8.
//! 2. Change `frame(2)` to `frame(4)`. All three texts come, and the fault hits the Close frame. None of the five
//!    connections ends in order: three end with an error, and in two the client waits until its timeout. But no
//!    message is lost. Only the program can know that.
//! 3. Read on: [a client that comes back](crate::guide::closing::reconnecting), and
//!    [tests with faults](crate::guide::testing).
//!
//! # Questions
//!
//! **Does a WebSocket keep the order? Is it reliable?** The messages of one connection arrive in the order in
//! which they were sent, each at most once, because TCP does that. If the connection is lost, what was sent last may
//! be lost as well, and the sender does not know which part. A new connection begins with nothing: no number, no
//! acknowledgement. What must not be lost has to be numbered and acknowledged by the programs.
//!
//! **What happens on a half-open connection?** One end believes that the connection is open, and the other is
//! gone. If the end that remains only receives, it waits without end. If it sends, that succeeds until the buffers
//! of the system are full, or until TCP reports an error after some minutes. A ping finds it in seconds: [lesson 7](super::pings).
//!
//! **What does a proxy do with an idle connection?** It ends both connections, to the client and to the server, when nothing
//! has passed for its timeout. Some only forget the connection, and answer later bytes with a reset, or not at all.
//! Then it is half-open. Send pings more often than that.
//!
//! **What should a server do with a client that breaks rules?** Nothing special: the library closes with 1002, 1007
//! or 1009, and the handler gets an error. Limits protect against the rest, such as clients that send slowly,
//! read nothing, or come in large numbers: [limits](crate::guide::reference::limits).
//!
//! [`FaultyProxy`]: ../../../testing/struct.FaultyProxy.html
//!
//! Back: [TLS](super::tls). This is the last lesson: [the contents](super).
