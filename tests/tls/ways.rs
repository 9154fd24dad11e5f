//! TLS on the way to a server that is not where its URL says: the name, the certificate and the socket.

use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::Duration;

use blocking_ws::{
    Client, ClientCertificates, Duplex, Error, Identity, Phase, Server, ServerHandle, TlsAcceptor,
    TlsBackend, TlsConnector,
};
use socket2::{SockRef, TcpKeepalive};
use test_support::certificates::Certificates;
use test_support::within;

use super::backends::{backends, pairs};
use super::own_configuration::connector;
use super::trust::sha256;

const URL: &str = "wss://chat.example/a";

fn made() -> (Certificates, Identity) {
    let made = Certificates::new("chat.example", |_| {});
    let identity = Identity::from_pem(made.chain.as_bytes(), made.key.as_bytes()).unwrap();
    (made, identity)
}

/// A server that says how it was asked: the name in TLS, and the Host header.
fn says_how(backend: TlsBackend, identity: &Identity) -> ServerHandle {
    let acceptor = TlsAcceptor::with_backend(backend, identity).unwrap();
    let server = Server::bind("127.0.0.1:0").unwrap().tls_acceptor(acceptor);
    let server = server.spawn(|ws| {
        let host = ws.request().headers()["host"].to_str().unwrap().to_owned();
        // Only some libraries tell a server the name.
        let tls = ws.tls().unwrap();
        ws.send(format!("{host} {}", tls.server_name().unwrap_or("chat.example")))
    });
    server.unwrap()
}

/// A tunnel on this machine, as `ssh -L` makes one.
fn tunnel(to: &ServerHandle) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let (here, there) = (listener.local_addr().unwrap(), to.local_addr().unwrap());
    thread::spawn(move || {
        for near in listener.incoming() {
            join(near.unwrap(), there);
        }
    });
    here
}

#[test]
fn the_url_says_whom_to_trust_and_not_the_way() {
    within(|| {
        let (made, identity) = made();
        for (ours, theirs) in pairs() {
            let server = says_how(theirs, &identity);
            let at = tunnel(&server);
            let client = Client::new().root_certificate_pem(made.root.as_bytes()).tls_backend(ours);
            let dialled = client.clone().dial(move |to| {
                assert!(to.is_secure());
                assert!(to.host().ends_with(".example") && to.port() == 443);
                TcpStream::connect(at)
            });
            for (rule, way) in
                [("a place", client.clone().connect_to(&at.to_string())), ("a function", dialled)]
            {
                let rule = format!("{rule}, {ours} with {theirs}");
                let mut ws = way.connect(URL).unwrap_or_else(|e| panic!("{rule}: {e}"));
                let said = ws.recv().unwrap();
                assert_eq!(said, Some("chat.example chat.example".into()), "{rule}");
                let socket = ws.get_ref().socket().expect("TLS runs over a socket");
                let socket = SockRef::from(&socket);
                let keepalive = TcpKeepalive::new().with_time(Duration::from_secs(7));
                socket.set_tcp_keepalive(&keepalive).unwrap();
                assert!(socket.keepalive().unwrap(), "{rule}");
                match way.connect("wss://other.example/a") {
                    Err(Error::Tls(_)) => {}
                    outcome => panic!("{rule}: {outcome:?}"),
                }
            }
        }
    });
}

/// Copies all that comes, both ways.
fn join(near: impl Duplex + Send + 'static, there: SocketAddr) {
    let far = TcpStream::connect(there).unwrap();
    let (mut near2, mut far2) = (near.try_clone().unwrap(), far.try_clone().unwrap());
    let (mut near, mut far) = (near, far);
    thread::spawn(move || {
        let _ = io::copy(&mut near, &mut far);
        let _ = far.shutdown(Shutdown::Write);
    });
    thread::spawn(move || {
        let _ = io::copy(&mut far2, &mut near2);
        let _ = near2.shutdown(Shutdown::Write);
    });
}

/// What DNS, HTTP, TLS and the certificate have is the name in ASCII.
#[cfg(feature = "idn")]
#[test]
fn uts_46_section_4_a_name_that_is_not_ascii_is_the_same_everywhere() {
    within(|| {
        let ascii = "xn--bcher-kva.example";
        let made = Certificates::new(ascii, |_| {});
        let identity = Identity::from_pem(made.chain.as_bytes(), made.key.as_bytes()).unwrap();
        for (ours, theirs) in pairs() {
            let server = says_how(theirs, &identity);
            let at = server.local_addr().unwrap();
            let client = Client::new().tls_backend(ours).root_certificate_pem(made.root.as_bytes());
            let placed = client.clone().connect_to(&at.to_string());
            let dialled = client.dial(move |to| {
                assert_eq!(to.host(), ascii);
                TcpStream::connect(at)
            });
            for client in [placed, dialled] {
                let mut ws = client.connect("wss://B\u{fc}cher.example/").unwrap();
                let said = ws.recv().unwrap().unwrap();
                assert!(said.as_text().unwrap().starts_with(ascii), "{ours}, {theirs}: {said:?}");
                assert_eq!(ws.tls().unwrap().server_name(), Some(ascii), "{ours}, {theirs}");
            }
        }
    });
}

/// A stream that is encrypted already leads only to who encrypts it.
#[test]
fn tls_to_a_tunnel_is_not_tls_to_the_server() {
    within(|| {
        let (made, identity) = made();
        let gate = Certificates::new("gate.example", |_| {});
        let gate_identity = Identity::from_pem(gate.chain.as_bytes(), gate.key.as_bytes()).unwrap();
        for backend in backends() {
            let server = says_how(backend, &identity);
            let there = server.local_addr().unwrap();
            let acceptor = TlsAcceptor::with_backend(backend, &gate_identity).unwrap();
            let listener = TcpListener::bind("127.0.0.1:0").unwrap();
            let here = listener.local_addr().unwrap();
            thread::spawn(move || {
                for near in listener.incoming() {
                    let Ok(near) = acceptor.accept(near.unwrap()) else { continue };
                    join(near, there);
                }
            });
            let to_gate = TlsConnector::new().root_certificate_pem(gate.root.as_bytes());
            let to_gate = to_gate.backend(backend);
            let client = Client::new().tls_backend(backend).dial(move |_| {
                let stream = to_gate.connect("gate.example", TcpStream::connect(here)?);
                stream.map_err(io::Error::other)
            });
            let untrusting = client.connect(URL);
            assert!(matches!(untrusting, Err(Error::Tls(_))), "{backend}: {untrusting:?}");
            let client = client.root_certificate_pem(made.root.as_bytes());
            let mut ws = client.connect(URL).unwrap_or_else(|e| panic!("{backend}: {e}"));
            assert_eq!(ws.recv().unwrap(), Some("chat.example chat.example".into()), "{backend}");
            assert_eq!(ws.tls().unwrap().server_name(), Some("chat.example"), "{backend}");
            assert!(ws.get_ref().socket().is_none(), "{backend}: it lies in the program's stream");
        }
    });
}

/// A proxy with TLS that leads everywhere to one server, and what it was asked.
struct Gate {
    address: SocketAddr,
    asked: Receiver<(String, usize)>,
}

impl Gate {
    fn new(acceptor: TlsAcceptor, there: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (tell, asked) = mpsc::channel();
        thread::spawn(move || {
            for near in listener.incoming() {
                let Ok(mut near) = acceptor.accept(near.unwrap()) else { continue };
                let mut head = Vec::new();
                let mut byte = [0];
                while !head.ends_with(b"\r\n\r\n") && near.read(&mut byte).unwrap_or(0) > 0 {
                    head.extend_from_slice(&byte);
                }
                let shown = near.info().peer_certificates().len();
                let _ = tell.send((String::from_utf8_lossy(&head).into_owned(), shown));
                if near.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n").is_ok() {
                    join(near, there);
                }
            }
        });
        Self { address, asked }
    }
}

#[test]
fn a_proxy_with_tls_has_a_name_of_its_own_and_sees_no_secret() {
    within(|| {
        let (made, identity) = made();
        let proxy = Certificates::new("127.0.0.1", |_| {});
        let proxy_identity =
            Identity::from_pem(proxy.chain.as_bytes(), proxy.key.as_bytes()).unwrap();
        for (ours, theirs) in pairs() {
            let rule = format!("{ours} with {theirs}");
            let acceptor = TlsAcceptor::with_backend(theirs, &proxy_identity).unwrap();
            // Only one of the libraries can ask.
            let acceptor = match theirs {
                TlsBackend::Rustls => acceptor
                    .client_certificates(ClientCertificates::optional(made.root.as_bytes()))
                    .unwrap(),
                _ => acceptor,
            };
            let server = says_how(theirs, &identity);
            let gate = Gate::new(acceptor, server.local_addr().unwrap());
            let url = format!("https://ali:sesame@{}", gate.address);
            let client = Client::new().tls_backend(ours).proxy(&url);
            let client = client.root_certificate_pem(made.root.as_bytes());
            let trusting = client.clone().root_certificate_pem(proxy.root.as_bytes());

            let mut ws = trusting.connect(URL).unwrap_or_else(|e| panic!("{rule}: {e}"));
            assert_eq!(ws.recv().unwrap(), Some("chat.example chat.example".into()), "{rule}");
            let info = ws.tls().unwrap();
            assert_eq!(info.server_name(), Some("chat.example"), "{rule}");
            let socket = ws.get_ref().socket().expect("the library made it");
            assert!(SockRef::from(&socket).tcp_nodelay().unwrap(), "{rule}");
            let (head, shown) = gate.asked.recv().unwrap();
            let basic = "Proxy-Authorization: Basic YWxpOnNlc2FtZQ==\r\n";
            assert!(head.starts_with("CONNECT chat.example:443 HTTP/1.1\r\n"), "{rule}: {head}");
            assert!(head.contains(basic) && shown == 0, "{rule}: {head}");

            // The identity and the pins are for the server.
            let pin = sha256(info.peer_certificate().unwrap());
            let known = trusting.clone().identity(identity.clone()).pin_certificate(&pin);
            let mut ws = known.connect(URL).unwrap_or_else(|e| panic!("{rule}: {e}"));
            assert!(ws.recv().unwrap().is_some(), "{rule}");
            assert_eq!(gate.asked.recv().unwrap().1, 0, "{rule}: the identity");
            let other = trusting.clone().pin_certificate(&"0".repeat(64));
            assert!(matches!(other.connect(URL), Err(Error::Tls(_))), "{rule}: a wrong pin");
            gate.asked.recv().unwrap();
            // Without TLS to the server there is no certificate of it, whatever the proxy has.
            let outcome = known.connect("ws://chat.example/");
            assert!(matches!(outcome, Err(Error::Tls(_))), "{rule}: {outcome:?}");
            gate.asked.recv().unwrap();

            let elsewhere = url.replace("127.0.0.1", "localhost");
            for (what, client) in [
                ("a root that is not trusted", client.clone()),
                ("the server alone may have any", client.danger_accept_invalid_certs(true)),
                ("another name", trusting.clone().proxy(&elsewhere)),
            ] {
                let error = client.connect(URL).unwrap_err();
                assert!(matches!(error, Error::Tls(_)), "{rule}, {what}: {error:?}");
                let text = error.to_string();
                assert!(text.starts_with("TLS failed: the proxy "), "{rule}, {what}: {text}");
                assert!(!format!("{text}{error:?}{client:?}").contains("sesame"), "{rule}: {text}");
            }
            assert!(gate.asked.try_recv().is_err(), "{rule}: it was asked nothing");
        }
    });
}

/// A configuration of the program's own serves for the proxy without its identity, if that can be left out.
#[test]
fn a_proxy_with_tls_does_not_see_the_identity_of_a_configuration() {
    within(|| {
        let made = Certificates::new("127.0.0.1", |_| {});
        let identity = Identity::from_pem(made.chain.as_bytes(), made.key.as_bytes()).unwrap();
        let server = Server::bind("127.0.0.1:0").unwrap().spawn(|ws| ws.send("hello")).unwrap();
        for (ours, theirs) in pairs() {
            let acceptor = TlsAcceptor::with_backend(theirs, &identity).unwrap();
            let acceptor = match theirs {
                TlsBackend::Rustls => acceptor
                    .client_certificates(ClientCertificates::optional(made.root.as_bytes()))
                    .unwrap(),
                _ => acceptor,
            };
            let gate = Gate::new(acceptor, server.local_addr().unwrap());
            let client = Client::new().tls_connector(connector(ours, &made.root, &made));
            match client.proxy(&format!("https://{}", gate.address)).connect("ws://h/") {
                Ok(mut ws) => {
                    assert_eq!(ours, TlsBackend::Rustls);
                    assert_eq!(ws.recv().unwrap(), Some("hello".into()));
                    assert_eq!(gate.asked.recv().unwrap().1, 0, "no certificate was shown");
                }
                Err(e) => {
                    assert_eq!(ours, TlsBackend::Native, "{e}");
                    assert!(e.to_string().contains("the server's to see"), "{e}");
                }
            }
        }
    });
}

#[test]
fn what_a_proxy_with_tls_leads_to_need_not_be_encrypted() {
    within(|| {
        let proxy = Certificates::new("127.0.0.1", |_| {});
        let identity = Identity::from_pem(proxy.chain.as_bytes(), proxy.key.as_bytes()).unwrap();
        let server = Server::bind("127.0.0.1:0").unwrap().spawn(|ws| {
            while let Some(message) = ws.recv()? {
                ws.send(message)?;
            }
            Ok(())
        });
        let server = server.unwrap();
        for backend in backends() {
            let acceptor = TlsAcceptor::with_backend(backend, &identity).unwrap();
            let gate = Gate::new(acceptor, server.local_addr().unwrap());
            let client =
                Client::new().tls_backend(backend).proxy(&format!("https://{}", gate.address));
            let client = client.root_certificate_pem(proxy.root.as_bytes());
            let mut ws = client.connect("ws://chat.example/").unwrap();
            let sender = ws.sender().unwrap();
            let sends = thread::spawn(move || sender.send("x".repeat(300_000)));
            assert_eq!(ws.recv().unwrap(), Some("x".repeat(300_000).into()), "{backend}");
            sends.join().unwrap().unwrap();
            assert!(ws.tls().is_none() && !ws.get_ref().is_tls(), "{backend}: not to the server");
            assert!(ws.get_ref().socket().is_some(), "{backend}");
            ws.close(1000, "").unwrap();
        }
        // One that never answers, and one that speaks no TLS.
        let silent = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("https://{}", silent.local_addr().unwrap());
        let client = Client::new().connect_timeout(Duration::from_millis(100)).proxy(&url);
        let outcome = client.connect("ws://h/");
        assert!(matches!(outcome, Err(Error::Deadline(Phase::Connect))), "{outcome:?}");
        let client = Client::new().proxy(&server.url().replace("ws:", "https:"));
        let text = client.connect("ws://h/").unwrap_err().to_string();
        assert!(text.starts_with("TLS failed: the proxy "), "{text}");
    });
}
