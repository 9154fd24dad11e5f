//! Lesson 1: the opening handshake, by hand.
//!
//! A WebSocket begins as HTTP. The client sends a request that asks the server to change the protocol on this
//! TCP connection (§4.1). If the server agrees, it answers with the status 101 (§4.2.2). From then on there is
//! no HTTP: both ends send _frames_, which are the next lesson. § stands for a section of
//! [RFC 6455](https://www.rfc-editor.org/rfc/rfc6455).
//!
//! # Why it is like that
//!
//! - **A request of HTTP**, because a server can then have both pages and WebSocket connections on
//!   one port. Proxies and log-ins that are made for HTTP work as well.
//! - **`Upgrade: websocket` and `Connection: Upgrade`** say to which protocol the client wants to change.
//! - **`Sec-WebSocket-Version: 13`** is the version that RFC 6455 defines. Earlier drafts had other numbers.
//! - **`Sec-WebSocket-Key`** is 16 random bytes in base64. The server appends a fixed text to the key, makes the
//!   SHA-1 hash, and returns it in base64 as **`Sec-WebSocket-Accept`** (§1.3). So the client knows that the
//!   answer comes from a server that speaks WebSocket and has read this request. A server that knows nothing of
//!   WebSocket cannot give that answer by chance, and a cache cannot have it from an earlier request: there are so
//!   many values of 16 bytes that a random key does not occur twice. If the `Sec-WebSocket-Accept` is missing or
//!   wrong, the client must give up the connection (§4.1).
//!
//! # The program
//!
//! `cargo run --example lesson_1_handshake` is the program `examples/lessons/handshake.rs`. The client is a plain
//! `TcpStream`, and the server is one of this library. This computes the answer:
//!
//! ```
//! # use base64::Engine;
//! # use base64::engine::general_purpose::STANDARD;
//! # use sha1::{Digest, Sha1};
//! /// 16 bytes in base64. A real client takes random bytes each time; these are those of RFC 6455 §1.3.
//! const KEY: &str = "dGhlIHNhbXBsZSBub25jZQ==";
//! /// RFC 6455 §1.3 defines it, and no other protocol uses it.
//! const GUID: &str = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
//! # let accept =
//! STANDARD.encode(Sha1::digest(format!("{KEY}{GUID}")))
//! # ;
//! # assert_eq!(accept, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
//! ```
//!
//! It prints:
//!
//! ```text
//! The client sends:
//!   GET /chat HTTP/1.1
//!   Host: 127.0.0.1:40011
//!   Upgrade: websocket
//!   Connection: Upgrade
//!   Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==
//!   Sec-WebSocket-Version: 13
//! The server answers:
//!   HTTP/1.1 101 Switching Protocols
//!   Upgrade: websocket
//!   Connection: Upgrade
//!   Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=
//! The client computes what the answer must be:
//!   s3pPLMBiTxaQ9kYGzzhZRbK+xOo=
//! From here on there are frames. The first is:
//!   81 05 68 65 6c 6c 6f
//! Requests that are refused:
//!   without a key: HTTP/1.1 400 Bad Request
//!   another version: HTTP/1.1 426 Upgrade Required
//!   the page of another site: HTTP/1.1 403 Forbidden
//! ```
//!
//! `81 05 68 65 6c 6c 6f` is the text `hello` in a frame. The server refuses a request without a key with
//! 400 (§4.2.1), and another version with 426 and the version that it knows (§4.4). It refuses pages of other
//! sites with 403 by default (§10.2); [lesson 9](super::tls) says why.
//!
//! # Try this
//!
//! 1. Set `KEY` to `"c2hvcnQ="`, which is `short` in base64. The server answers `400 Bad Request`: a key must have
//!    16 bytes. The status is not 101, so no frames follow, and the program ends.
//! 2. Add the line `Sec-WebSocket-Protocol: chat\r\n\` to the request. The answer does not change, because the
//!    server knows no such _subprotocol_. Then write `Server::bind("127.0.0.1:0")?.subprotocol("chat")`. Now the
//!    answer has `Sec-WebSocket-Protocol: chat`: the two have agreed on what their messages mean (§1.9).
//! 3. Replace `Connection: Upgrade` by `Connection: keep-alive`. The server answers `400 Bad Request`, and the
//!    program ends. This happens behind a proxy that does not know WebSocket, because it removes the header
//!    `Upgrade`. The requests of the last part would get 400, too, even with a foreign `Origin`: this server checks
//!    `Origin` last.
//!
//! # Questions
//!
//! **Is the key a password?** No. Anyone who sees the request can compute the answer. It shows that the server
//! understands WebSocket, and protects nothing else. A server learns from cookies, tokens or passwords who a
//! client is: [HTTP](crate::guide::http).
//!
//! **Can a script in a browser set headers of the request?** No. `new WebSocket(url, protocols)` takes a URL and
//! subprotocols. The browser adds `Cookie`, `Origin` and the headers that begin with `Sec-`, and no script can
//! set those. So a script sends a token in a cookie, in the query of the URL, as a subprotocol, or in its
//! first message. A client that is no browser sets any header: [`Client::header`](crate::Client::header).
//!
//! **What happens if the server answers with a redirect or asks for a password?** Then there is no WebSocket.
//! The client may ask again, with another URL or with a password (§4.1). Browsers do not follow redirects here;
//! [`Client::redirects`](crate::Client::redirects) makes this library follow them.
//!
//! Next: [a frame, byte by byte](super::frame).
