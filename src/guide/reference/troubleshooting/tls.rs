//! TLS that fails: certificates, keys, and what the other side speaks.
//!
//! [`Error::Tls`](crate::Error::Tls), with the words of the TLS library in parentheses at the end of many
//! texts. For the certificate of an `https://` proxy, the text begins with `TLS failed: the proxy …: `. The
//! page [`tls`](crate::guide::tls) shows how to make certificates.
//!
//! # Certificates and keys
//!
//! `identity:` is from [`Identity`](crate::Identity), `acceptor:` from a server's settings, and `connector:`
//! from a client's.
//!
//! | Message, with TLS | Cause | What to do |
//! |---|---|---|
//! | `cannot read the file …: …` | there is no such file in the folder where the program runs, or the program may not read it | correct the path or the rights |
//! | ``TLS failed: identity: no `BEGIN PRIVATE KEY` in the PEM of the key, the second argument`` | the file with the key has no key; perhaps certificate and key are swapped | swap the arguments |
//! | ``TLS failed: identity: no `BEGIN CERTIFICATE` in the PEM of the certificates, the first argument`` | the file with the certificate has no certificate | swap the arguments, or correct the path |
//! | ``TLS failed: identity: the key is an `ENCRYPTED PRIVATE KEY`; convert it with …`` | the key has a password | convert it: [the form of the key](crate::guide::tls#the-form-of-the-key) |
//! | `TLS failed: acceptor: certificate and key mismatch: their public keys differ; …` | the two files do not belong together | give the key that the certificate was made for |
//! | `TLS failed: acceptor: certificate and key mismatch: the key is that of certificate 2 in the PEM; …` | the chain is in the wrong order | put your certificate first |
//! | `TLS failed: acceptor: no client asks for the address … by its name (SNI)` | [`identity_for`](crate::TlsAcceptor::identity_for) was given an address | use it for names only |
//! | ``TLS failed: connector: no `BEGIN CERTIFICATE` in the PEM of root_certificate_pem`` | the file with the root has no certificate | correct the path |
//! | `TLS failed: connector: without system_roots no root is trusted; …` | [`system_roots(false)`](crate::TlsConnector::system_roots) without another root | give a root |
//! | `TLS failed: connector: … takes a SHA-256, …` | a pin is malformed | see the commands under [pins](crate::guide::tls#pins) |
//! | `TLS failed: … has shown no certificate to compare with the pins; …` | a client with pins connected without TLS | a `wss://` URL |
//! | `the server does not speak TLS; call Server::tls before it runs` | [`set_identity`](crate::ServerHandle::set_identity) of a server without TLS | [`Server::tls`](crate::Server::tls) |
//! | `no WebSocket there: …; the redirect was not followed: it leads from wss:// to ws://, which is not encrypted` | the server redirects to a URL without TLS | use the `wss://` URL of that server |
//! | `TLS failed: TLS cannot ask for the host …: …` | the host is neither a name nor an address | the text says what to write |
//!
//! | Message, with `tls` | Cause | What to do |
//! |---|---|---|
//! | ``TLS failed: identity: the key is an `RSA PRIVATE KEY`; convert it with …``, ``TLS failed: identity: the key is an `EC PRIVATE KEY`; convert it with …`` | the key is not in PKCS#8 | convert it: [the form of the key](crate::guide::tls#the-form-of-the-key) |
//! | `TLS failed: identity: certificates or key are malformed (…)` | the file is damaged, cut off, or another program is still writing it | make it anew |
//! | `TLS failed: identity: the PKCS#12 archive cannot be used; …` | the password is wrong, or the archive lacks key or certificate | correct the password; make the archive anew |
//! | `TLS failed: connector: the PEM of root_certificate_pem is malformed (…)` | the file is damaged | make it anew |
//! | `TLS failed: acceptor: native-tls cannot ask clients for certificates; …`, `TLS failed: acceptor: native-tls shows one identity to all clients, and none for …; …` | this library cannot do that | choose `TlsBackend::Rustls` before |
//! | `TLS failed: the proxy …: a connector of native_tls itself may have an identity, …` | the proxy could see an identity that is for the server | make the connector by [`TlsConnector::new`](crate::TlsConnector::new) |
//! | `no WebSocket there: …; the redirect was not followed: it leads to another origin, and the connector of native_tls may have an identity for this origin only` | the same for a redirect | make the connector by [`TlsConnector::new`](crate::TlsConnector::new) |
//!
//! | Message, without `tls` | Cause | What to do |
//! |---|---|---|
//! | `TLS failed: identity: the PEM of … is malformed: …` | the file is damaged, cut off, or another program is still writing it | make it anew |
//! | `TLS failed: identity: certificate … of the chain is malformed (…)` | the same | make it anew |
//! | `TLS failed: identity: rustls takes a key of RSA with 2048 to 4096 bits, …` | another kind of key, or no key at all | see [the kinds of keys](crate::guide::tls#which-library) |
//! | `TLS failed: identity: rustls takes PEM and no PKCS#12 archive; convert it with …` | [`Identity::from_pkcs12`](crate::Identity::from_pkcs12) | convert it |
//! | `TLS failed: identity: the first certificate cannot be used (…)` | it has an extension that must be known, and is not | have another made |
//! | `TLS failed: connector: native-tls is not compiled in; …` | [`TlsBackend::Native`](crate::TlsBackend::Native) was chosen | the feature `tls`, or do not choose that library |
//!
//! | Message, without `rustls` | Cause | What to do |
//! |---|---|---|
//! | `TLS failed: connector: rustls is not compiled in; …` | [`TlsBackend::Rustls`](crate::TlsBackend::Rustls) was chosen | the feature `rustls`, or do not choose that library |
//!
//! | Message, with `rustls` | Cause | What to do |
//! |---|---|---|
//! | `TLS failed: connector: a certificate of … cannot be a root (…)`, `TLS failed: acceptor: a certificate of … cannot be a root (…)` | the file is damaged, or has other certificates | correct the path |
//! | ``TLS failed: acceptor: no `BEGIN CERTIFICATE` in the PEM of client_certificates`` | the file with the clients' authority has no certificate | correct the path |
//! | `TLS failed: acceptor: the certificate is not for …, but for: …` | [`identity_for`](crate::TlsAcceptor::identity_for) was given the certificate of another name | the certificate of that name |
//!
//! | Message, with both | Cause | What to do |
//! |---|---|---|
//! | `TLS failed: acceptor: the first certificate cannot be used (…)` | it has an extension that must be known, and is not | have another made, or use `native-tls` |
//!
//! | Message, with TLS | Cause | What to do |
//! |---|---|---|
//! | `TLS failed: acceptor: … and a configuration of the program's own exclude each other; …`, `TLS failed: connector: … and a configuration of the program's own exclude each other; …` | the acceptor or connector is from [`unversioned`](crate::unversioned) | set it in that configuration |
//! | `TLS failed: acceptor: … cannot change a configuration of the program's own; …` | the same, for a server that runs | use a resolver of rustls |
//!
//! # A client that does not take the server
//!
//! | Message, with TLS | Cause | What to do |
//! |---|---|---|
//! | `TLS failed: the certificate of … is not trusted: it was signed by no root certificate …` | no root is known that has signed it | give the root that signed it, or the certificate itself if it is self-signed, to `root_certificate_pem` |
//! | `TLS failed: the certificate is not for …: …` | the host in the URL is not in the certificate | the name of the certificate, or another certificate |
//! | `TLS failed: the certificate of … has expired: …` | it is too old, or the client's clock is wrong | make or get a new one, and show it |
//! | `TLS failed: the certificate of … is not valid yet: …` | the client's clock is wrong, or the certificate is for later | set the clock |
//! | `TLS failed: the certificate of … is not for servers (extendedKeyUsage): …` | it was made for a client | have one made with `serverAuth` |
//! | `TLS failed: … and this client have no version of TLS in common; …` | the other side has TLS 1.2 at most, or the client asks for 1.3 with `min_tls_version` | update the server, or lower [`min_tls_version`](crate::Client::min_tls_version) |
//! | `TLS failed: no TLS at this port: the server speaks plain HTTP; …` | the URL is `wss://`, the server speaks `ws://`; or the port is wrong | a `ws://` URL, or another port |
//! | `TLS failed: no TLS at this port: the server sent "…"; check host and port …` | another kind of server is there, for example one for mail | another port |
//! | `TLS failed: the proxy …: no TLS at this port: …` | the `https://` proxy speaks no TLS | an `http://` URL for the proxy |
//! | `TLS failed: handshake: the peer closed the connection` | the other side refused; its log says why | look at that log |
//! | `TLS failed: handshake: timed out` | the other side is silent, within the timeouts of a stream | raise the timeout of the stream |
//!
//! | Message, with `tls` | Cause | What to do |
//! |---|---|---|
//! | `TLS failed: the certificate of … is not pinned: …` | it was renewed, or it is another server | pin the SHA-256 that the message names, once you know that it is the server's |
//!
//! | Message, with `rustls` | Cause | What to do |
//! |---|---|---|
//! | `TLS failed: handshake: the certificate of … is not pinned: …` | it was renewed, or it is another server | pin the SHA-256 that the message names, once you know that it is the server's |
//! | `TLS failed: the certificate of … is not trusted: a signature does not fit. …` | another root of the same name signed it. Often the certificate is self-signed, and the system has another root with its name: `CN=localhost` is that of `ssl-cert-snakeoil.pem` on Debian | give that root to `root_certificate_pem`: for a self-signed certificate, the certificate itself |
//! | `TLS failed: the certificate of … is that of an authority (CA:TRUE): …` | `openssl req -x509` makes one | add `-addext basicConstraints=CA:FALSE`, or have the authority sign another |
//! | `TLS failed: the certificate of … is of X.509 version 1, …` | the certificate was made without extensions | make it anew, with a `subjectAltName` |
//! | `TLS failed: the certificate of … was signed in a way, or has a kind of key, that rustls does not take: …` | an old kind of signature, such as SHA-1 | make it anew |
//! | `TLS failed: … speaks other protocols at this port than http/1.1, …` | the server offers HTTP/2 only, for example | have the server offer `http/1.1` |
//! | `TLS failed: … and this client have nothing in common: …` | the kind of the server's key, a cipher suite or a curve; with TLS 1.2 also a missing client certificate | the other library, or another key |
//!
//! # A server that does not take the client
//!
//! The server's log and [`TlsAcceptor::accept`](crate::TlsAcceptor::accept) have these texts. With TLS 1.3, the
//! client learns of a refusal when it reads, so it gets an error that begins with `the connection was lost: `.
//!
//! A client with a `ws://` URL for a `wss://` server gets `the connection was lost: the peer hung up …`, which is on
//! the page [`connecting`](super::connecting#the-opening-handshake).
//!
//! | Message, with TLS | Cause | What to do |
//! |---|---|---|
//! | `TLS failed: the client does not take this server's certificate …` | see the client's error; a browser shows `ERR_CERT_AUTHORITY_INVALID`, for a WebSocket in the console alone | for a client of this library, the table above; for a browser, [in a browser](crate::guide::tls#in-a-browser) |
//! | `TLS failed: no TLS from the client: …` | the client's URL begins with `ws://` or `http://`, or the client is none of WebSocket | a `wss://` or `https://` URL |
//! | `TLS failed: the client and this server have no version of TLS in common …` | the client wants another version | update it |
//!
//! | Message, with `rustls` | Cause | What to do |
//! |---|---|---|
//! | ``the connection was lost: the server requires a certificate of its clients: give the client an `identity` …`` | the client shows none | [client certificates](crate::guide::tls#client-certificates) |
//! | `the connection was lost: the server does not trust the authority that signed this client's certificate, …` | the client's `identity` is of another authority | have one signed by an authority that the server trusts |
//! | ``the connection was lost: this client's certificate, its `identity`, has expired: …`` | it is too old | renew the client's certificate |
//! | ``the connection was lost: the server does not take this client's certificate, its `identity` …`` | the server's log says why | see that log |
//! | `TLS failed: the client has shown no certificate, …` | the client has no `identity` | give it one, or [`ClientCertificates::optional`](crate::ClientCertificates::optional) |
//! | `TLS failed: the client's certificate was signed by no root certificate that client_certificates names …`, `TLS failed: a signature of the client's certificate does not fit: …` | the client's authority is not in `client_certificates`, or has another key | add the authority |
//! | `TLS failed: the client's certificate has expired, …`, `TLS failed: the client's certificate is not valid yet; …`, `TLS failed: the client's certificate is that of an authority (CA:TRUE); …`, `TLS failed: the client's certificate is not for clients (extendedKeyUsage); …` | the text says what is wrong with it | have another made |
//! | `TLS failed: the client does not offer http/1.1, …` | the client offers other protocols | have it offer `http/1.1` |
//! | `TLS failed: the client and this server have no cipher suite in common; …` | the client is old | `native-tls` on the server |
//!
//! # While a connection is open
//!
//! The errors of a [`TlsStream`](crate::TlsStream). A WebSocket has them in an
//! [`Error::Lost`](crate::Error::Lost).
//!
//! | Message, with TLS | Cause | What to do |
//! |---|---|---|
//! | `the peer ended TCP without a TLS close_notify` | the peer's process died, or the line broke | see that nothing is missing |
//! | `the TLS stream is shut down for writing` | the program has called `shutdown` before | stop writing |
//! | `an earlier write to the TLS stream failed` | an error before this one | look at the first error |
//!
//! # Without TLS
//!
//! | Message, without TLS | Cause | What to do |
//! |---|---|---|
//! | `TLS failed: blocking-ws was built without TLS: …` | a `wss://` URL or an identity, and neither feature is on | the feature `tls`, `rustls` or `tls-vendored` |
