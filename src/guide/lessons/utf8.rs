//! Lesson 5: texts are UTF-8.
//!
//! A message is a text or binary. The bytes of a text must be UTF-8 (§5.6). If they are not, the receiver must
//! fail the connection, with the close code 1007 (§8.1, §7.4.1).
//!
//! # Why it is like that
//!
//! A script in a browser gets a text as a string, and a string cannot hold broken UTF-8. If each receiver mended
//! the text in its own way, two programs could read different texts out of the same bytes, and one of them may be
//! the program that checks what the other does. So there is one answer to a broken text: the end.
//!
//! The rule holds for the whole message, not for each frame (§5.6). A sender that cuts a text into fragments cuts
//! bytes, and may cut a character in two. The receiver can see that, because the first byte of a character tells
//! how many bytes it has. `x` stands for bits of the character:
//!
//! | First byte in bits | In hex | Bytes of the character | Such as |
//! |---|---|---|---|
//! | `0xxxxxxx` | 00 to 7F | 1 | `r` is `72` |
//! | `110xxxxx` | C2 to DF | 2 | `ü` is `C3 BC` |
//! | `1110xxxx` | E0 to EF | 3 | `€` is `E2 82 AC` |
//! | `11110xxx` | F0 to F4 | 4 | `😀` is `F0 9F 98 80` |
//!
//! All further bytes are `10xxxxxx`, 80 to BF. Other bytes are not UTF-8.
//!
//! # The program
//!
//! `cargo run --example lesson_5_utf8` is the program `examples/lessons/utf8.rs`. `ü` is the two bytes `c3 bc`.
//! The program sends the first in a frame, and the second in the next:
//!
//! ```
//! # use blocking_ws::testing::Peer;
//! # let server = blocking_ws::Server::bind("127.0.0.1:0")?.spawn(|ws| {
//! #     while let Some(message) = ws.recv()? {
//! #         ws.send(message)?;
//! #     }
//! #     Ok(())
//! # })?;
//! # let mut peer = Peer::connect(server.url())?;
//! peer.fragments([&b"Gr\xc3"[..], b"\xbc\xc3\x9fe"]);
//! peer.expect_text("Grüße");
//! # Ok::<(), blocking_ws::Error>(())
//! ```
//!
//! It prints:
//!
//! ```text
//! "Grüße" in UTF-8: 47 72 c3 bc c3 9f 65
//!
//! A text that is cut within a character:
//!   -> TEXT   len=3 mask=37fa213d "Gr\xc3"
//!   -> CONT   fin len=4 mask=37fa213d "\xbcße"
//!   <- TEXT   fin len=7 "Grüße"
//!
//! The same first bytes as a binary message:
//!   -> BINARY fin len=3 mask=37fa213d 4772c3
//!   <- BINARY fin len=3 4772c3
//!
//! A text that ends within a character:
//!   -> TEXT   fin len=3 mask=37fa213d "Gr\xc3"  (RFC 6455 §8.1: the text is not UTF-8)
//!   <- CLOSE  fin len=44 1007 "the text is not valid UTF-8 (RFC 6455 8.1)"
//!   <- FIN
//!
//! A text that is wrong before its last fragment:
//!   -> TEXT   len=3 mask=37fa213d "Gr\xc3"
//!   -> CONT   len=1 mask=37fa213d "("
//!   <- CLOSE  fin len=44 1007 "the text is not valid UTF-8 (RFC 6455 8.1)"
//!   <- FIN
//! ```
//!
//! In the last part the message is not whole, but already wrong: no character begins with `c3` and goes on with
//! `(`. The server does not wait for the rest. The RFC allows a receiver to find it later as well. Early
//! is better, because nothing is kept that will be thrown away. The log judges a text at the last fragment, which
//! never comes. So there is no remark behind `-> CONT`.
//!
//! After 1007 the server ends TCP without an answer: it has failed the connection ([lesson 2](super::frame)).
//!
//! # Try this
//!
//! 1. Send a character of four bytes in four frames. Replace the first `peer.fragments` by
//!    `peer.fragments([&b"\xf0"[..], b"\x9f", b"\x98", b"\x80"])`, and the `expect_text` behind it by
//!    `peer.expect_text("😀")`. The text comes back in one frame.
//! 2. Replace the third message by `RawFrame::text(b"\xed\xa0\x80")`. These bytes are half of a _surrogate pair_,
//!    which UTF-16 has and UTF-8 forbids. The server closes with 1007.
//! 3. Replace it by `RawFrame::close_raw(b"\x03\xe8Gr\xc3")`. The reason of a Close frame is a text, too, and must
//!    be UTF-8 (§5.5.1). The server closes with 1007.
//!
//! # Questions
//!
//! **What happens if a text is cut inside a character?** Between two fragments, nothing: the receiver keeps the
//! first bytes until the others come. At the end of a message, the text is broken, and the connection ends
//! with 1007.
//!
//! **May a text contain the character with the number 0, or line ends?** Yes. Each Unicode character may stand
//! there. A receiver that writes texts into a log or a terminal must make them harmless itself.
//!
//! **Should I send JSON as text or as binary?** As text, because it is text. What is not text, such as a picture
//! or Protocol Buffers, is binary. Nothing checks the bytes of a binary message.
//!
//! Back: [fragments](super::fragments). Next: [how a connection ends](super::closing).
