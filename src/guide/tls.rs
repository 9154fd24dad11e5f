//! TLS: serve `wss://`, have clients trust the server, and know who they are.
//!
//! TLS comes from the system's library, by the feature `tls`, which is on by default, or from the crate `rustls`,
//! by the feature `rustls`: see [below](#which-library). `wss://` can do all that `ws://` can, including full
//! duplex.
//!
//! # Make a certificate to try it
//!
//! ```sh
//! openssl req -x509 -newkey rsa:2048 -nodes -days 365 -subj "/CN=my chat" \
//!     -addext "subjectAltName=DNS:localhost,IP:127.0.0.1" -addext basicConstraints=CA:FALSE \
//!     -keyout key.pem -out cert.pem
//! ```
//!
//! `cert.pem` is the certificate, which is public. `key.pem` is its private key, which stays on the server.
//! Clients check the name or address in the URL against `subjectAltName`. They do not look at `CN`, so it may be any
//! text. Avoid `localhost`: on Debian, the package `ssl-cert` brings a root with that name, and clients with `rustls`
//! then compare your certificate with that root.
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
//! it once. [`system_roots(false)`](crate::Client::system_roots) trusts yours alone, and loads none.
//!
//! [`danger_accept_invalid_certs`](crate::Client::danger_accept_invalid_certs) accepts every certificate.
//! Anyone on the way can then read and change everything. Use it in tests only, or with a [pin](#pins).
//!
//! # In a browser
//!
//! A browser does not know the certificate that you have made. For an `https://` page it shows a warning, in Chromium
//! with `ERR_CERT_AUTHORITY_INVALID`, and the person decides. For `wss://` it does not ask: the console has that name,
//! the script sees a close with the code 1006, and the server's log says `the client does not take this server's
//! certificate`.
//!
//! A person opens the `https://` page and clicks "Advanced", then "Proceed". This counts for one host and port, so
//! the page and its WebSocket must have the same ([recipe](super::recipes#a-page-and-its-websocket)). If the server has
//! no page, the person opens `https://localhost:9443/`, and sees the server's answer 426 after the click.
//!
//! Chromium on Linux does not ask for certificates in its store, which is in your home folder. `certutil` is in the
//! package `libnss3-tools`. It adds the certificate itself, or [an authority of your
//! own](#an-authority-of-your-own):
//!
//! ```sh
//! mkdir -p $HOME/.pki/nssdb
//! certutil -A -d sql:$HOME/.pki/nssdb -t "P,," -n chat -i cert.pem
//! certutil -A -d sql:$HOME/.pki/nssdb -t "C,," -n authority -i ca.pem
//! ```
//!
//! `certutil -D -d sql:$HOME/.pki/nssdb -n chat` removes it. Firefox has a store of its own.
//!
//! A test starts Chromium with `--ignore-certificate-errors-spki-list=` and the public key's SHA-256, which the command
//! for `pin_public_key` [prints](#pins). Chromium then takes any certificate that has this key. Give it
//! `--user-data-dir=` with an empty folder as well: Chromium ignores the option in your own profile.
//!
//! Write `https://` in the address. For `http://` at the same port the browser shows `ERR_CONNECTION_RESET`, curl says
//! `(52) Empty reply from server`, and the server's log says why.
//!
//! # An authority of your own
//!
//! With several servers, or clients that have certificates, one authority signs all certificates, and all
//! programs trust its certificate `ca.pem`. These six commands of OpenSSL 3 make that certificate. Then they make
//! a key and a certificate for a server, and both for a client, and check them:
//!
//! ```sh
//! EC="-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes"
//! openssl req -x509 $EC -days 3650 -subj "/CN=my authority" \
//!     -addext keyUsage=critical,keyCertSign,cRLSign -keyout ca-key.pem -out ca.pem
//! openssl req $EC -subj "/CN=my server" -addext "subjectAltName=DNS:localhost,IP:127.0.0.1" \
//!     -keyout server-key.pem -out server.csr
//! openssl x509 -req -in server.csr -copy_extensions copy -CA ca.pem -CAkey ca-key.pem -days 365 -out server.pem
//! openssl req $EC -subj /CN=ali -addext "extendedKeyUsage=clientAuth" -keyout client-key.pem -out client.csr
//! openssl x509 -req -in client.csr -copy_extensions copy -CA ca.pem -CAkey ca-key.pem -days 365 -out client.pem
//! openssl verify -CAfile ca.pem server.pem client.pem
//! ```
//!
//! In zsh, write `${=EC}` for `$EC`. Keep `ca-key.pem` on a machine without a server: it can sign any
//! certificate.
//!
//! # Client certificates
//!
//! A server by [`rustls`](#which-library) can demand that each client shows a certificate of your authority
//! (mutual TLS). A client without one gets a TLS alert before the server reads a byte of HTTP, and the server's
//! log (level `info`) says why. With TLS 1.3 a client learns it only when it reads: its error is
//! [`Error::Lost`](crate::Error::Lost).
//!
//! ```no_run
//! use blocking_ws::{Client, ClientCertificates, Identity, Server, TlsAcceptor, TlsBackend};
//!
//! let identity = Identity::from_pem_files("server.pem", "server-key.pem")?;
//! let ca = std::fs::read("ca.pem")?;
//! let acceptor = TlsAcceptor::with_backend(TlsBackend::Rustls, &identity)?
//!     .client_certificates(ClientCertificates::required(&ca))?;
//! let server = Server::bind("127.0.0.1:9443")?.tls_acceptor(acceptor).spawn(|ws| {
//!     let tls = ws.tls().expect("this server has TLS only");
//!     let certificate = tls.peer_certificate().unwrap_or_default(); // DER, for a crate such as `x509-parser`
//!     ws.send(format!("a certificate of {} bytes", certificate.len()))
//! })?;
//!
//! let client = Client::new()
//!     .root_certificate_pem(&ca)
//!     .identity(Identity::from_pem_files("client.pem", "client-key.pem")?);
//! println!("{:?}", client.connect("wss://localhost:9443/")?.recv()?);
//! # Ok::<(), blocking_ws::Error>(())
//! ```
//!
//! [`ClientCertificates::optional`](crate::ClientCertificates::optional) lets clients without a certificate in as
//! well. Then the hook decides:
//!
//! ```
//! use blocking_ws::http::StatusCode;
//! use blocking_ws::{Opening, Refusal};
//!
//! fn members_only(opening: &mut Opening) -> Result<(), Refusal> {
//!     let is_public = opening.request().uri().path() == "/public";
//!     let is_member = opening.tls().is_some_and(|tls| tls.peer_certificate().is_some());
//!     if is_public || is_member {
//!         return Ok(());
//!     }
//!     Err(Refusal::new(StatusCode::FORBIDDEN, "without a certificate only /public is open\n"))
//! }
//! let server = blocking_ws::Server::bind("127.0.0.1:0")?.on_upgrade(members_only);
//! # Ok::<(), blocking_ws::Error>(())
//! ```
//!
//! The examples do the same, and so does curl. The examples show no log.
//!
//! ```sh
//! cargo run --example echo_server --features rustls -- --addr 127.0.0.1:9443 --tls-backend rustls \
//!     --tls-cert server.pem --tls-key server-key.pem --tls-client-ca ca.pem --tls-info
//! # in a second terminal
//! cargo run --example line_client -- --ca-file ca.pem \
//!     --tls-cert client.pem --tls-key client-key.pem wss://localhost:9443/
//! curl --http1.1 --cacert ca.pem --cert client.pem --key client-key.pem https://localhost:9443/ # 426
//! ```
//!
//! `native-tls` cannot ask for certificates; put nginx or `HAProxy` in front of such a server
//! ([`proxies`](super::deployment::proxies)). Certificates that were withdrawn (CRL, OCSP) are not looked up: give clients
//! certificates that end soon, or use a [configuration of your own](#a-configuration-of-your-own).
//!
//! # Who is at the other end
//!
//! [`WebSocket::tls`](crate::WebSocket::tls), [`Opening::tls`](crate::Opening::tls) in the hook and
//! [`Connection::tls`](crate::Connection::tls) in the handle's list return a [`TlsInfo`](crate::TlsInfo): the
//! version of TLS, the cipher suite, the server's name that the client asked for, and the peer's certificates.
//! At level `debug` the log has a line of it for each connection.
//!
//! # Pins
//!
//! A pin says which certificate a server must have, or which public key. It is checked besides the
//! roots, before a byte of HTTP is sent. A key stays the same if the certificate is renewed with it.
//!
//! ```sh
//! openssl x509 -in server.pem -noout -fingerprint -sha256 # for pin_certificate
//! openssl x509 -in server.pem -noout -pubkey | openssl pkey -pubin -outform der |
//!     openssl dgst -sha256 -binary | openssl base64       # for pin_public_key
//! ```
//!
//! ```no_run
//! let client = blocking_ws::Client::new()
//!     .root_certificate_pem(&std::fs::read("ca.pem")?)
//!     .pin_public_key("z6gv4FVvVZ9DsJ4NtMt23WsRbNgeUcAhx3674hQP+vg=")
//!     .pin_public_key("1QAyy2bSEXnXpIEiHbVMhZZVqo9nuJ7TuRTGrjnIr14="); // the next one
//! let mut ws = client.connect("wss://localhost:9443/")?;
//! # Ok::<(), blocking_ws::Error>(())
//! ```
//!
//! Pins have the forms that these commands print, and curl's `sha256//...`. With a pin and
//! `danger_accept_invalid_certs(true)` together, the pin alone decides. So a client reaches a device whose
//! certificate no authority has signed. The server's log has no line for a pin that does not fit, except at level
//! `debug`.
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
//! # Renewal
//!
//! A certificate is read once. [`ServerHandle::set_identity`](crate::ServerHandle::set_identity) shows a renewed
//! certificate from the next handshake on. [`deployment::certificates`](super::deployment::certificates) has the
//! rest: watching the files, and `certbot`.
//!
//! # Several names
//!
//! A server by `rustls` can show another certificate for each name that clients ask for:
//! [`TlsAcceptor::identity_for`](crate::TlsAcceptor::identity_for).
//!
//! # Which library
//!
//! | | feature `tls` (default) | feature `rustls` |
//! |---|---|---|
//! | Library | OpenSSL, Secure Transport or Schannel, by `native-tls` | `rustls` with the cryptography of `ring` |
//! | TLS 1.3 | for clients; with OpenSSL a server speaks TLS 1.2 at most | yes |
//! | To build | on Linux the OpenSSL headers | a C compiler, on musl too |
//! | Identities | PEM with a PKCS#8 key, PKCS#12 | PEM with a PKCS#8, PKCS#1 or SEC1 key |
//! | Kinds of keys | those of the system's library | RSA of 2048 to 4096 bits, ECDSA on P-256 and P-384, Ed25519 |
//! | Cipher suites | those of the system's library, with OpenSSL also old ones | AEAD with forward secrecy only |
//! | Roots | those of the system | those of the system |
//! | Client certificates, an identity for each name | a client shows its own | yes |
//! | `TlsInfo` | ALPN, the peer's own certificate; a client's SNI | all |
//! | ALPN of a server | takes any client | a client that offers protocols must offer `http/1.1` |
//!
//! Choose `rustls` for a server that is reached from outside, for client certificates, and where there is no
//! OpenSSL. Choose `tls` where a rule demands the system's library, for keys that `rustls` does not take, and for
//! clients of servers with old suites.
//!
//! ```toml
//! # no OpenSSL
//! blocking-ws = { version = "0.1", default-features = false, features = ["rustls", "deflate"] }
//! ```
//!
//! If both are compiled in, `native-tls` does the work. [`Server::tls_backend`](crate::Server::tls_backend) and
//! [`Client::tls_backend`](crate::Client::tls_backend) choose otherwise; so does `--tls-backend rustls` of the
//! examples.
//!
//! # A configuration of your own
//!
//! [`unversioned`](crate::unversioned) takes a `rustls::ServerConfig` or `ClientConfig`, or an acceptor or
//! connector of `native-tls`, as it is. A certificate that changes then needs a `ResolvesServerCert` of `rustls`.
//!
//! # The form of the key
//!
//! The key must not be encrypted. For `native-tls` it must be in PKCS#8. Its file then has the line
//! `-----BEGIN PRIVATE KEY-----`. Convert any other form:
//!
//! ```sh
//! openssl pkcs8 -topk8 -nocrypt -in key.pem -out pkcs8.pem
//! ```
//!
//! | First line of the key | Form | What to do |
//! |---|---|---|
//! | `BEGIN PRIVATE KEY` | PKCS#8 | nothing |
//! | `BEGIN RSA PRIVATE KEY` | PKCS#1 | convert for `native-tls` |
//! | `BEGIN EC PRIVATE KEY` | SEC1 | convert for `native-tls` |
//! | `BEGIN ENCRYPTED PRIVATE KEY` | PKCS#8 with a password | convert; openssl asks for the password |
//!
//! # When it fails
//!
//! [`troubleshooting::tls`](super::reference::troubleshooting::tls) has a table of all messages, with the
//! cause and what to do.
//!
//! # TLS over streams of your own
//!
//! [`TlsAcceptor`](crate::TlsAcceptor) and [`TlsConnector`](crate::TlsConnector) make a
//! [`TlsStream`](crate::TlsStream) of any [`Duplex`](crate::Duplex) stream, and
//! [`Settings::accept`](crate::Settings::accept) takes it.
