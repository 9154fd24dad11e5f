//! TLS: serve `wss://`, and have clients trust the server.
//!
//! TLS comes from the system's library, by the feature `tls`, which is on by default, or from the crate `rustls`,
//! by the feature `rustls`: see [below](#which-library). `wss://` can do all that `ws://` can, including full
//! duplex.
//!
//! # Make a certificate to try it
//!
//! ```sh
//! openssl req -x509 -newkey rsa:2048 -nodes -days 365 -subj /CN=localhost \
//!     -addext "subjectAltName=DNS:localhost,IP:127.0.0.1" -addext basicConstraints=CA:FALSE \
//!     -keyout key.pem -out cert.pem
//! ```
//!
//! `cert.pem` is the certificate, which is public. `key.pem` is its private key, which stays on the server.
//! Clients check the name or address in the URL against `subjectAltName`.
//!
//! # A server
//!
//! ```no_run
//! use blocking_ws::{Identity, Server};
//!
//! let identity = Identity::from_pem_files("cert.pem", "key.pem")?;
//! let server = Server::bind("127.0.0.1:9443")?.tls(&identity)?;
//! println!("listening on {}", server.url()); // wss://127.0.0.1:9443/
//! server.serve(|ws| {
//!     while let Some(message) = ws.recv()? {
//!         ws.send(message)?;
//!     }
//!     Ok(())
//! })?;
//! # Ok::<(), blocking_ws::Error>(())
//! ```
//!
//! `echo_server` does the same:
//!
//! ```sh
//! cargo run --example echo_server -- --addr 127.0.0.1:9443 --tls-cert cert.pem --tls-key key.pem
//! # in a second terminal
//! cargo run --example line_client -- --ca-file cert.pem wss://localhost:9443/
//! ```
//!
//! The certificate is read once. Start the server again after you have renewed it.
//!
//! # A client
//!
//! A client trusts the certificates that the system trusts. It can trust yours as well:
//!
//! ```no_run
//! let client = blocking_ws::Client::new().root_certificate_pem(&std::fs::read("cert.pem")?);
//! let mut ws = client.connect("wss://localhost:9443/")?;
//! ws.send("in secret")?;
//! # Ok::<(), blocking_ws::Error>(())
//! ```
//!
//! Keep one `Client` for many connections: loading the system's certificates is slow, and a client does
//! it once.
//!
//! [`danger_accept_invalid_certs`](crate::Client::danger_accept_invalid_certs) accepts every certificate.
//! Anyone on the way can then read and change everything. Use it in tests only.
//!
//! # Which library
//!
//! | | feature `tls` (default) | feature `rustls` |
//! |---|---|---|
//! | Library | OpenSSL, Secure Transport or Schannel, by `native-tls` | `rustls` with the cryptography of `ring` |
//! | TLS 1.3 | for clients; with OpenSSL a server speaks TLS 1.2 at most | yes |
//! | To build | on Linux the OpenSSL headers | a C compiler, on musl too |
//! | Identities | PEM with a PKCS#8 key, PKCS#12 | PEM with a PKCS#8, PKCS#1 or SEC1 key |
//! | Roots | those of the system | those of the system |
//! | ALPN of a server | takes any client | a client that offers protocols must offer `http/1.1` |
//!
//! ```toml
//! # no OpenSSL
//! blocking-ws = { version = "0.1", default-features = false, features = ["rustls", "deflate"] }
//! ```
//!
//! If both are compiled in, `native-tls` does the work. [`Server::tls_backend`](crate::Server::tls_backend) and
//! [`Client::tls_backend`](crate::Client::tls_backend) choose otherwise.
//!
//! # A certificate for the public
//!
//! A certificate authority gives you a chain: your certificate first, then the certificates that signed it.
//! Pass the whole chain to [`Identity::from_pem_files`](crate::Identity::from_pem_files). `certbot` calls the
//! files `fullchain.pem` and `privkey.pem`. Clients need no setting for such a certificate.
//!
//! [`Identity::from_pem`](crate::Identity::from_pem) takes the content of such files, and
//! [`Identity::from_pkcs12`](crate::Identity::from_pkcs12) that of a `.p12` or `.pfx` file, which holds
//! certificates and key together.
//!
//! # The form of the key
//!
//! The key must be in PKCS#8, unencrypted. Its file then has the line `-----BEGIN PRIVATE KEY-----`.
//! Convert any other form:
//!
//! ```sh
//! openssl pkcs8 -topk8 -nocrypt -in key.pem -out pkcs8.pem
//! ```
//!
//! | First line of the key | Form | What to do |
//! |---|---|---|
//! | `BEGIN PRIVATE KEY` | PKCS#8 | nothing |
//! | `BEGIN RSA PRIVATE KEY` | PKCS#1 | convert |
//! | `BEGIN EC PRIVATE KEY` | SEC1 | convert |
//! | `BEGIN ENCRYPTED PRIVATE KEY` | PKCS#8 with a password | convert; openssl asks for the password |
//!
//! # When it fails
//!
//! | Message | Cause and remedy |
//! |---|---|
//! | `cannot read the file …: …` | there is no such file in the folder where the program runs, or the program may not read it |
//! | ``no `BEGIN PRIVATE KEY` in the PEM of the key, the second argument`` | the file with the key has no key; perhaps certificate and key are swapped |
//! | ``no `BEGIN CERTIFICATE` in the PEM of the certificates, the first argument`` | the file with the certificate has no certificate |
//! | ``the key is an `RSA PRIVATE KEY`; convert it with …`` | convert the key as above |
//! | `certificate and key mismatch: their public keys differ; …` | the two files do not belong together |
//! | `certificate and key mismatch: the key is that of certificate 2 in the PEM; …` | the chain is in the wrong order: put your certificate first |
//! | `the certificate of … is not trusted: …` | give the root that signed it, or the certificate itself if it is self-signed, to `root_certificate_pem` |
//! | `the certificate is not for …: …` | the host in the URL is not in the certificate |
//! | `the certificate of … has expired: …` | make or get a new one, and start the server again; or the client's clock is wrong |
//! | `no TLS at this port: the server speaks plain HTTP; …` | the URL is `wss://`, the server speaks `ws://`; or the port is wrong |
//! | `no TLS at this port: the server sent "…"; check host and port` | another kind of server is there, for example one for mail |
//! | `no TLS from the client: …` (a server's log) | the client's URL begins with `ws://`, or the client is none of WebSocket |
//! | `the connection was lost: the peer hung up …; if this port speaks TLS, the URL begins with wss://` | the URL is `ws://`, the server speaks `wss://` |
//! | `the head of the HTTP message is malformed: it is TLS, …` | one side speaks `wss://`, the other `ws://` |
//! | `the client does not take this server's certificate` (a server's log) | see the client's error |
//! | `handshake: the peer closed the connection` | the other side refused; its log says why |
//! | `blocking-ws was built without TLS: …` | enable the feature `tls`, `rustls` or `tls-vendored` |
//!
//! With OpenSSL, a server speaks TLS 1.2 and a client speaks TLS 1.2 and 1.3. A client that accepts only TLS
//! 1.3 cannot connect to such a server: use [`rustls`](#which-library).
//!
//! # Client certificates
//!
//! [`Client::identity`](crate::Client::identity) shows a certificate to servers that ask for one. A
//! [`Server`](crate::Server) cannot ask for one: put nginx or `haproxy` in front of it
//! ([`http`](super::http)).
//!
//! # TLS over streams of your own
//!
//! [`TlsAcceptor`](crate::TlsAcceptor) and [`TlsConnector`](crate::TlsConnector) make a
//! [`TlsStream`](crate::TlsStream) of any [`Duplex`](crate::Duplex) stream, and
//! [`Settings::accept`](crate::Settings::accept) takes it.
