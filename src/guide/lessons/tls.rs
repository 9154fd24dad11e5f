//! Lesson 9: TLS, and who may connect.
//!
//! `ws://` is a WebSocket on TCP. `wss://` is the same WebSocket inside of TLS (§3, §10.6): first TCP, then the
//! handshake of TLS, then that of lesson 1, then frames. Nothing in the frames differs. The default ports are 80
//! and 443, those of HTTP and HTTPS.
//!
//! # Why it is like that
//!
//! TLS does three things that masks and keys do not do:
//!
//! - It _encrypts_: the machines on the way can neither read the bytes nor change them unnoticed.
//! - It shows _who the server is_, by a certificate. An authority that the client trusts has signed that this
//!   name belongs to the owner of this key.
//! - Proxies that do not know WebSocket cannot spoil what they cannot read. So `wss://` also gets through networks
//!   in which `ws://` fails.
//!
//! A page that was loaded by HTTPS may only open `wss://`: browsers refuse `ws://` there as mixed content. Most make
//! an exception for servers on the same machine, such as `ws://localhost`.
//!
//! # The program
//!
//! `cargo run --example lesson_9_tls` is the program `examples/lessons/tls.rs`. A [`FaultyProxy`] stands between
//! the client and the server and logs what passes. The certificate is signed by its own key, so the client has to
//! be told to trust it:
//!
//! ```
//! # use blocking_ws::{Client, Identity, Result, Server};
//! # fn main() -> Result<()> {
//! # let own = rcgen::generate_simple_self_signed(["localhost".to_owned()]).map_err(blocking_ws::Error::other)?;
//! # let certificate = own.cert.pem();
//! # if cfg!(not(any(feature = "tls", feature = "rustls"))) { return Ok(()) }
//! let identity =
//!     Identity::from_pem(certificate.as_bytes(), own.signing_key.serialize_pem().as_bytes())?;
//! # let echo = |ws: &mut blocking_ws::WebSocket| ws.recv().map(drop);
//! let secure = Server::bind("127.0.0.1:0")?.tls(&identity)?.spawn(echo)?;
//! let trusting = Client::new().root_certificate_pem(certificate.as_bytes());
//! # trusting.connect(&format!("wss://localhost:{}/", secure.local_addr()?.port()))?.close(1000, "")
//! # }
//! ```
//!
//! This log is the proxy's, so its arrows are the opposite of those in the other lessons: `<-` is what the proxy
//! receives from the client, and `->` is what it sends to the client.
//!
//! It prints:
//!
//! ```text
//! ws: the client receives Some(Text("my password is 1234"))
//! Between the two, the network sees:
//!   <- GET / HTTP/1.1 | Host: localhost:44845 | Upgrade: websocket | Connection: Upgrade | Sec-WebSocket-Key: STn02U8SLS63LKsvVV3v5g== | Sec-WebSocket-Version: 13
//!   -> HTTP/1.1 101 Switching Protocols | Upgrade: websocket | Connection: Upgrade | Sec-WebSocket-Accept: GkEf2Im5fleo4aiH6OqjozdVSrs=
//!   <- TEXT   fin len=19 mask=160aace6 "my password is 1234"
//!   -> TEXT   fin len=19 "my password is 1234"
//!   <- CLOSE  fin len=2 mask=d1f45b33 1000
//!   -> CLOSE  fin len=2 1000
//!
//! wss: the client receives Some(Text("my password is 1234"))
//! Between the two, the network sees:
//!   -> BYTES  len=1027
//!   <- BYTES  len=875
//!
//! Whom a client does not trust:
//!   a certificate that it does not know:
//!     TLS failed: the certificate of localhost is not trusted: it was signed by no root certificate that this side knows; give the one that signed it, or the certificate itself if it has signed itself, to root_certificate_pem
//!   a certificate for another name:
//!     TLS failed: the certificate is not for 127.0.0.1: use a name that it is for, or have one made for 127.0.0.1
//! ```
//!
//! In the first part the network sees the request, the password, and that the mask hides nothing. In the second
//! it sees bytes, how many there are, and when.
//!
//! # Try this
//!
//! 1. Make the certificate for `127.0.0.1` instead of `localhost`. The client refuses the connection to
//!    `localhost`: `the certificate is not for localhost`.
//! 2. Connect to the secure server by `ws://`: in the array of the first `for`, write `("ws", secure.url())`. The
//!    server expects TLS and receives HTTP, so it hangs up. The program ends with the error of the client, which
//!    says what to look at: `if this port speaks TLS, the URL begins with wss://`. (The compiler warns that `plain`
//!    is not used.)
//! 3. Give the first of the two last clients `.danger_accept_invalid_certs(true)`. It connects, and `expect_err`
//!    panics. Now an attacker between the two can show its own certificate, decrypt all and pass it on.
//!
//! # Questions
//!
//! **How does `wss` differ from `ws`?** By TLS below it, by the default port, and by the certificate that the
//! client checks. The frames are the same, masks included.
//!
//! **What does `Origin` protect against?** Against pages of other sites. A browser lets any page open a WebSocket
//! to any server, and sends the user's cookies along. So a page of a stranger could act as the user who looks at
//! it. The browser says in `Origin` which site the page is from, and a script cannot change that (§10.2). The
//! server refuses what it does not know. A server of this library refuses pages of other hosts by default:
//! [`Server::origin`](crate::Server::origin) allows one.
//!
//! **What does a request without `Origin` mean?** That the client is no browser, because browsers always send it
//! here. A server of this library accepts such requests by default.
//!
//! **Does `Origin` protect against programs?** No. A program that is no browser sends any `Origin` that it wants, or
//! none. Log-ins protect against programs.
//!
//! **Does the server learn by TLS who the client is?** Not by default. It can ask for a certificate of the client:
//! [TLS](crate::guide::tls).
//!
//! [`FaultyProxy`]: ../../../testing/struct.FaultyProxy.html
//!
//! Back: [compression](super::compression). Next: [faults](super::faults).
