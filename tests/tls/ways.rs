//! TLS on the way to a server that is not where its URL says: the name, the certificate and the socket.

use std::io;
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

use blocking_ws::{
    Client, Duplex, Error, Identity, Server, ServerHandle, TlsAcceptor, TlsBackend, TlsConnector,
};
use socket2::{SockRef, TcpKeepalive};
use test_support::certificates::Certificates;
use test_support::within;

use super::backends::{backends, pairs};

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
