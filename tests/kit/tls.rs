//! Peers over TLS, which they neither see nor need to.

use std::net::{TcpListener, TcpStream};

use blocking_ws::testing::{Peer, Pipe};
use blocking_ws::{Client, Duplex, Error, Role, Server, TlsAcceptor, TlsStream};
use test_support::pem::{self, CONNECTOR};
use test_support::{echo::echo, within};

/// Makes TLS of two ends of a stream.
pub(crate) fn secured<S: Duplex + Send + 'static>(
    (near, far): (S, S),
) -> (TlsStream<S>, TlsStream<S>) {
    let acceptor = TlsAcceptor::new(&pem::identity()).unwrap();
    let server = std::thread::spawn(move || acceptor.accept(far).unwrap());
    (CONNECTOR.connect("localhost", near).unwrap(), server.join().unwrap())
}

#[test]
fn a_client_of_a_secure_server() {
    within(|| {
        let acceptor = TlsAcceptor::new(&pem::identity()).unwrap();
        let server = Server::bind("127.0.0.1:0").unwrap().tls_acceptor(acceptor);
        let server = server.spawn(echo).unwrap();
        let address = server.local_addr().unwrap();
        let url = format!("wss://localhost:{}/chat", address.port());
        let stream =
            || CONNECTOR.connect("localhost", TcpStream::connect(address).unwrap()).unwrap();
        for mut peer in [
            Peer::connect_tls(&url, &CONNECTOR).unwrap(),
            Peer::connect_over(&url, stream(), &[]).unwrap(),
        ] {
            peer.send("hello");
            peer.expect_text("hello");
            peer.close(1000, "");
            peer.expect_close(1000);
            peer.expect_end();
        }
        assert_eq!(Peer::handshake_over(&url, stream(), &[]).unwrap().status(), 101);
        // The system does not trust this server.
        assert!(matches!(Peer::connect(&url), Err(Error::Tls(_))));
        assert!(matches!(Peer::handshake(&url, &[]), Err(Error::Tls(_))));
        let plain = url.replace("wss", "ws");
        assert!(matches!(Peer::connect_tls(&plain, &CONNECTOR), Err(Error::Invalid(_))));
    });
}

#[test]
fn a_server_of_a_secure_client() {
    within(|| {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("wss://localhost:{}/", listener.local_addr().unwrap().port());
        let client = std::thread::spawn(move || pem::client().connect(&url)?.recv());
        let acceptor = TlsAcceptor::new(&pem::identity()).unwrap();
        let mut peer =
            Peer::accept(acceptor.accept(listener.accept().unwrap().0).unwrap()).unwrap();
        peer.send("welcome");
        assert_eq!(client.join().unwrap().unwrap(), Some("welcome".into()));
    });
}

fn both_ways<S: Duplex + Send + 'static>(ends: (S, S)) {
    let (near, far) = secured(ends);
    let mut near = Peer::over(near, Role::Client).unwrap();
    let mut far = Peer::over(far, Role::Server).unwrap();
    near.send("there");
    far.expect_text("there");
    far.send("back");
    near.expect_text("back");
    near.cut();
    far.expect_end();
}

#[test]
fn whatever_is_below() {
    within(|| {
        both_ways(Pipe::new(1 << 16));
        #[cfg(unix)]
        both_ways(std::os::unix::net::UnixStream::pair().unwrap());
    });
}

#[test]
fn a_client_in_memory() {
    within(|| {
        let (near, far) = Pipe::new(1 << 16);
        let client = std::thread::spawn(move || {
            let client: Client = pem::client();
            client.connect_over("wss://localhost/", near)?.recv()
        });
        let acceptor = TlsAcceptor::new(&pem::identity()).unwrap();
        let mut peer = Peer::accept(acceptor.accept(far).unwrap()).unwrap();
        peer.send("welcome");
        assert_eq!(client.join().unwrap().unwrap(), Some("welcome".into()));
    });
}
