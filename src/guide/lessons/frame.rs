//! Lesson 2: a frame, byte by byte.
//!
//! After the handshake each end sends _frames_. A frame has a header of 2 to 14 bytes and a payload (§5.2). The
//! header says what the payload is, how long it is, and whether it is masked.
//!
//! ```text
//!  byte 1                      byte 2                  0, 2 or 8 bytes   0 or 4 bytes
//! +-----+------+--------+     +------+----------+     +---------------+ +-------------+ +---------+
//! | FIN | RSV  | opcode |     | MASK | length   |     | longer length | | masking key | | payload |
//! | 1   | 3    | 4 bits |     | 1    | 7 bits   |     |               | |             | |         |
//! +-----+------+--------+     +------+----------+     +---------------+ +-------------+ +---------+
//! ```
//!
//! # Why it is like that
//!
//! - **FIN** is a bit. It is 1 in the last frame of a message ([lesson 4](super::fragments)). The end of a TCP stream
//!   is called FIN as well, and has nothing to do with it: in the pictures it is a line of its own.
//! - **RSV** are three reserved bits, for extensions. The first is used by compression
//!   ([lesson 8](super::compression)). If no extension uses a bit, it must be 0.
//! - **The opcode** is 1 for text, 2 for binary, 0 for the continuation of a message, 8 for Close, 9 for a ping
//!   and 10 for a pong. The others are reserved. Opcodes from 8 on are _control frames_.
//! - **The length** has three forms, so that short frames have a short header. 0 to 125 stands in the 7 bits.
//!   If these say 126, the length follows in 16 bits, which reach to 65,535. If they say 127, it follows in 64 bits.
//!   The sender must take the shortest form, so each length has one form only.
//! - **MASK** and the key are [lesson 3](super::masking).
//!
//! TCP is a stream of bytes and knows no messages. The length is what makes messages of it. A receiver also knows
//! how much will come before it comes, and can refuse what is too large.
//!
//! # The program
//!
//! `cargo run --example lesson_2_frame` is the program `examples/lessons/frame.rs`. A [`Peer`] of the test kit
//! sends these bytes as they are to an echo server of this library:
//!
//! ```
//! # use blocking_ws::Role;
//! # use blocking_ws::testing::RawFrame;
//! let hello = [
//!     0x81, // FIN, and the opcode 1: text
//!     0x85, // MASK, and the length 5
//!     0x37, 0xfa, 0x21, 0x3d, // the masking key
//!     0x7f, 0x9f, 0x4d, 0x51, 0x58, // "Hello", masked
//! ];
//! # assert_eq!(RawFrame::text("Hello").to_bytes(Role::Client), hello);
//! ```
//!
//! The program sends them by `Peer::bytes`, which writes bytes as they are. The `Peer` has done the handshake
//! before, so these bytes are the first behind it.
//!
//! It prints:
//!
//! ```text
//! A text from a client:
//!   81 = 10000001: FIN 1, RSV 000, opcode 1
//!   85 = 10000101: MASK 1, length 5
//!   37 fa 21 3d: the masking key
//!   7f 9f 4d 51 58: the payload, as it is sent
//! The same text from the server:
//!   81 = 10000001: FIN 1, RSV 000, opcode 1
//!   05 = 00000101: MASK 0, length 5
//!   48 65 6c 6c 6f: the payload, as it is sent
//! Headers of longer payloads, from a server:
//!     125 bytes: 82 7d
//!     126 bytes: 82 7e 00 7e
//!   65535 bytes: 82 7e ff ff
//!   65536 bytes: 82 7f 00 00 00 00 00 01 00 00
//!
//! The wire log of the client:
//!   -> TEXT   fin len=5 mask=37fa213d "Hello"
//!   <- TEXT   fin len=5 "Hello"
//!   -> PING   fin len=3 mask=37fa213d "up?"
//!   <- PONG   fin len=3 "up?"
//!   -> PING   fin len=126 mask=37fa213d "pppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppp"...  (RFC 6455 §5.5: a control frame has at most 125 bytes)
//!   <- CLOSE  fin len=57 1002 "a control frame is longer than 125 bytes (RFC 6455 5.5)"
//!   <- FIN
//! ```
//!
//! The last part is a [`WireLog`], the picture that all lessons have. `->` was sent by the end whose log this is,
//! and `<-` was received. Each line has the kind of a frame, the bits that are set, its length, its mask and its
//! payload. `FIN` as a line of its own is the end of the TCP stream in this direction.
//!
//! If a frame breaks a rule, the rule stands behind it in brackets. The log looks at each direction by itself. It
//! judges a text at its last fragment, so a wrong text whose last fragment never comes has no remark
//! ([lesson 5](super::utf8)). A `FIN` has the remark if no Close frame was sent before it _in this direction_,
//! even if the other end is the cause ([lesson 6](super::closing)).
//!
//! After the broken rule the server _fails_ the connection (§7.1.7): it sends a Close frame that says why, does not
//! wait for an answer, drops what still comes, and ends TCP. A client does the same. How a connection ends without
//! a broken rule is [lesson 6](super::closing).
//!
//! # Try this
//!
//! 1. Change `0x81` to `0x82`. The frame is binary now, and so is the answer. The log shows its payload in
//!    hex digits.
//! 2. Change `0x85` to `0x84`. The server answers with `Hell`, and takes the last byte, `58`, for the beginning of
//!    the next header. So it finds nonsense and closes with 1002. The program then ends with a report:
//!    `expected pong, received close 1002 "a control frame is fragmented"`, before it prints the log. A wrong
//!    length is never found where it is, but later.
//! 3. Change `[b'p'; 126]` to `[b'p'; 125]`. Now the ping is legal. The server answers it, and the program
//!    ends with a report that no Close frame has come. It does not print the log.
//!
//! # Questions
//!
//! **How large can a frame be?** The longest length has 63 bits: 9,223,372,036,854,775,807 bytes. The highest bit
//! must be 0. In practice a receiver sets a limit, and closes with 1009 if a message is larger (§10.4). In this
//! library that is [`set_max_message_size`](crate::WebSocket::set_max_message_size), 16 MiB by default.
//!
//! **How large can a control frame be?** Its payload has 125 bytes at most, and it must not be fragmented (§5.5).
//! So a receiver can answer it at once, and needs no memory that grows.
//!
//! **Why does one broken rule end the whole connection?** The receiver cannot rely on anything that this peer sends
//! from then on. A wrong header may mean that the receiver has lost the place where the next frame begins. But even
//! if it can read on, as after a ping of 126 bytes or a text that is not UTF-8, the peer has a bug or is an
//! attacker, and a guess at what it meant could be wrong. So the receiver _fails_ the connection.
//!
//! [`Peer`]: ../../../testing/struct.Peer.html
//! [`WireLog`]: ../../../testing/struct.WireLog.html
//!
//! Back: [the opening handshake](super::handshake). Next: [masking](super::masking).
