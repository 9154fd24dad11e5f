//! Lesson 8: compression.
//!
//! Both ends can agree to compress messages. That is the extension _permessage-deflate_, which is
//! [RFC 7692](https://www.rfc-editor.org/rfc/rfc7692). The client offers it in the header
//! `Sec-WebSocket-Extensions` of its request, and the server accepts it in the same header of its answer: the output
//! below begins with these two headers. The algorithm is DEFLATE, which gzip and zip use, too.
//!
//! # Why it is like that
//!
//! - **For each message.** The sender decides for each message whether it is compressed. The bit RSV1 of the
//!   first frame says so (RFC 7692 §6). Short or random messages do not get smaller, and stay as they are.
//! - **By agreement.** An end that does not know the extension does not answer the offer, and nothing is
//!   compressed. Without an agreement RSV1 is a broken rule ([lesson 2](super::frame)).
//! - **Context takeover.** DEFLATE replaces what has been there before by a reference to it. A message can refer to
//!   earlier messages of the connection as well. Then similar messages get very small. For that both ends keep
//!   the last 32 KiB in memory, for each connection. Either end can refuse this
//!   (`server_no_context_takeover`, `client_no_context_takeover`, RFC 7692 §7.1.1).
//!
//! # The program
//!
//! `cargo run --example lesson_8_compression` is the program `examples/lessons/compression.rs`. Both ends ask for
//! compression by these settings:
//!
//! ```
//! # use blocking_ws::Deflate;
//! let alone = Deflate::new().min_size(1);
//! let takeover = alone.clone().send_takeover(true).recv_takeover(true);
//! # let _ = takeover;
//! ```
//!
//! It prints:
//!
//! ```text
//! The offer of the client, and the answer of the server:
//!   Sec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover; client_no_context_takeover; client_max_window_bits
//!   Sec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover; client_no_context_takeover
//!
//! Each message is compressed by itself:
//!   <- TEXT   fin rsv1 len=55 inflated=59 "Each message of this chat resembles the messages before it."
//!   <- TEXT   fin rsv1 len=55 inflated=59 "Each message of this chat resembles the messages before it."
//!   <- TEXT   fin len=5 "short"
//!   <- TEXT   fin rsv1 len=101 inflated=10000 "abababababababababababababababababababababababababababababababab"...
//!
//! The same with context takeover:
//!   Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits
//!   Sec-WebSocket-Extensions: permessage-deflate
//!
//! Now a message refers to the messages before it:
//!   <- TEXT   fin rsv1 len=55 inflated=59 "Each message of this chat resembles the messages before it."
//!   <- TEXT   fin rsv1 len=4 inflated=59 "Each message of this chat resembles the messages before it."
//!   <- TEXT   fin rsv1 len=4 inflated=59 "Each message of this chat resembles the messages before it."
//!
//! A secret and a guess in one message, and how long its payload is on the wire:
//!   token=70: 37 bytes
//!   token=71: 37 bytes
//!   token=72: 37 bytes
//!   token=73: 36 bytes
//!   token=74: 37 bytes
//!   token=75: 37 bytes
//!   token=76: 37 bytes
//!   token=77: 37 bytes
//!   token=78: 37 bytes
//!   token=79: 37 bytes
//! ```
//!
//! The first offer says that neither end is to use takeover, and the server accepts that. The parameter
//! `client_max_window_bits` says that the server may ask for a smaller window than 32 KiB (RFC 7692 §7.1.2). This
//! server does not. The second offer and its answer do not exclude takeover.
//!
//! `len` is the length of the payload on the wire, without the header. `inflated` is what it becomes. `short` is not
//! compressed: it would not get smaller. With takeover the second message has 4 bytes, because it is a single
//! reference to the first.
//!
//! The last part is an attack. A server puts a secret, `token=7315`, and a text that a client has asked for into
//! the same message. Only the right guess, `token=73`, is a byte shorter: DEFLATE finds one character more that
//! has been there before. An attacker who sees the lengths, even through TLS, and can make a client ask for texts,
//! guesses the secret digit by digit: 10 attempts a digit, instead of 10,000 for all four.
//!
//! # Try this
//!
//! 1. Replace `token=7{digit}` by `token=73{digit}`. Now `token=731` is the shortest: the next digit is known.
//! 2. Send the messages as `Uncompressed`: `|message| ws.send(blocking_ws::Uncompressed(message))`. All guesses
//!    have 41 bytes. The length says nothing any more.
//! 3. Write `.min_size(1).level(9)`. The long message has 29 bytes instead of 101, and the sender needs more
//!    time. The second message with takeover has 5 bytes instead of 4: a higher level is not better for each
//!    message. By default `min_size` is 64 bytes: without `.min_size(1)` no message here is compressed but the long
//!    one.
//!
//! # Questions
//!
//! **When is compression dangerous?** When a message, or with takeover a connection, has both a secret and text
//! that an attacker chooses, and the attacker sees how long messages are. For HTTPS these attacks are called CRIME
//! and BREACH. Do not compress such messages. TLS does not help: it hides the content, and not the length.
//!
//! **With takeover, is it enough to send only the secret as `Uncompressed`?** Yes, if each message with the secret is
//! sent so. Such a message does not get into the memory of the compressor, so no later message can refer to it.
//! The attacker's text may still be compressed. But it must not be in the same message as the secret, unless that
//! message is `Uncompressed` as a whole.
//!
//! **What is context takeover?** A message may refer to the messages before it on the same connection. It makes
//! small, similar messages much smaller, and costs memory for each connection: see
//! [compression](crate::guide::compression).
//!
//! **What is a compression bomb?** A small message that inflates to a very large one: zeros shrink to about a
//! thousandth. So a receiver must count what comes out, while it comes out. In this library that counts for
//! `max_message_size`, and the peer gets Close 1009.
//!
//! **Is each fragment compressed by itself?** No, the message is. It is compressed first, and then cut into
//! fragments. Only the first has RSV1 (RFC 7692 §6.1).
//!
//! Back: [pings and pongs](super::pings). Next: [TLS](super::tls).
