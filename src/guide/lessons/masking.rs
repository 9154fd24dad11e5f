//! Lesson 3: masking.
//!
//! A client masks each frame that it sends (§5.1). It takes four random bytes, the _masking key_, writes them
//! into the header, and XORs each byte of the payload with a byte of the key (§5.3). The server reads the key
//! from the header and does the same again, which restores the payload.
//!
//! # Why it is like that
//!
//! A mask hides nothing: the key stands beside it. It protects _other_ programs from the client (§10.3).
//!
//! A script in a browser comes from any site, and chooses what it sends. Imagine that it sends, in a WebSocket
//! message, bytes that look like an HTTP request: `GET /script.js HTTP/1.1`. A proxy between the two that does not
//! know WebSocket takes this for a request, and what the script's own server sends back for the answer. If it
//! keeps the answer in its cache, all its users get the script of the attacker instead of the true one. When
//! WebSocket was designed, researchers tried this, and it worked with some proxies.
//!
//! So the browser, not the script, chooses a key that the script cannot predict. Then the script cannot choose
//! the bytes that pass the proxy. For that the key must be random, and new for each frame. (In this program, and in
//! all pictures of a `Peer`, the key is always `37fa213d`. That is right for a picture only.)
//!
//! A server must not mask (§5.1), and a client that receives a masked frame fails the connection. The RFC says why
//! a server need not mask (§10.3): its bytes can look like an answer of HTTP, but the attack needs a forged request
//! as well, and the mask of the client prevents that. It gives no reason for the ban itself. With it there is
//! one form of frame in each direction, and no cost without a use.
//!
//! # The program
//!
//! `cargo run --example lesson_3_masking` is the program `examples/lessons/masking.rs`. All of masking is this:
//!
//! ```
//! const KEY: [u8; 4] = [0x37, 0xfa, 0x21, 0x3d];
//! # let mut text = *b"Hello!";
//! # mask(&mut text);
//! # assert_eq!(text, [0x7f, 0x9f, 0x4d, 0x51, 0x58, 0xdb]);
//!
//! fn mask(payload: &mut [u8]) {
//!     for (at, byte) in payload.iter_mut().enumerate() {
//!         *byte ^= KEY[at % 4];
//!     }
//! }
//! ```
//!
//! It prints:
//!
//! ```text
//! Each byte of the payload is XORed with a byte of the key, whose four bytes repeat:
//!   48 65 6c 6c 6f 21 ("Hello!")
//!   37 fa 21 3d 37 fa
//!   7f 9f 4d 51 58 db
//! The same once more takes the mask off: "Hello!"
//!
//! A client that masks, and then does not:
//!   -> TEXT   fin len=6 mask=37fa213d "Hello!"
//!   <- TEXT   fin len=6 "Hello!"
//!   -> TEXT   fin len=6 "Hello!"  (RFC 6455 §5.1: a client must mask each frame)
//!   <- CLOSE  fin len=52 1002 "a frame from a client is not masked (RFC 6455 5.1)"
//!   <- FIN
//!
//! A client whose server masks gets this error:
//!   the connection was failed: a frame from a server is masked (RFC 6455 5.1)
//! ```
//!
//! # Try this
//!
//! 1. Set `KEY` to `[0; 4]`. The bytes on the wire are those of the text, and everything else is as before: a
//!    server cannot see whether a key is random. That is why only the client's library can keep this rule.
//! 2. Write `KEY[0]` instead of `KEY[at % 4]`. The text of the first part still comes back, since the same
//!    function takes the mask off. But another program would read something else than `Hello!`. (The compiler
//!    warns that `at` is not used.)
//! 3. Give the first frame the key `Key::Fixed([0xff; 4])`. The log shows `mask=ffffffff` and the same text: the
//!    key is the sender's choice, frame by frame.
//!
//! # Questions
//!
//! **Why must a client mask, and why must a server not do it?** The client's bytes can be those of a script from any
//! site, and a proxy could take them for a request. The server's bytes can only look like an answer, which does no
//! harm without a forged request. Each end closes the connection if the other does it wrong (§5.1).
//!
//! **Does masking keep a message secret?** No. The key is sent in the same frame. Only TLS keeps a message secret:
//! [lesson 9](super::tls).
//!
//! **Do clients that are no browsers have to mask?** Yes. The server cannot know what the client is, and one rule
//! for all is simpler. This library takes the keys from the system's source of random numbers.
//!
//! Back: [a frame, byte by byte](super::frame). Next: [fragments](super::fragments).
