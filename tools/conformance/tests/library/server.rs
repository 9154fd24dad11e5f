//! The library's server.

use std::thread;

use blocking_ws::testing::Pipe;
use blocking_ws::{Identity, Server, Settings, TlsAcceptor, TlsConnector};

use super::{ALL, MOST, deflate, echo, identity, passes, suite};

fn server() -> Server {
    Server::bind("127.0.0.1:0").unwrap().max_message_size(MOST).deflate(deflate())
}

#[test]
fn ws() {
    let server = server().spawn(echo).unwrap();
    passes(&suite(ALL).server(server.url()).unwrap());
}

#[test]
fn wss() {
    let (cert, key) = identity();
    let acceptor = TlsAcceptor::new(&Identity::from_pem(cert, key).unwrap()).unwrap();
    let server = server().tls_acceptor(acceptor).spawn(echo).unwrap();
    let connector = TlsConnector::new().root_certificate_pem(cert);
    passes(&suite(ALL).tls(connector).server(server.url()).unwrap());
}

#[test]
fn in_memory() {
    let settings = Settings::new().max_message_size(MOST).deflate(deflate());
    let dial = move || {
        let (near, far) = Pipe::new(64 << 10);
        let settings = settings.clone();
        thread::spawn(move || {
            // What a case breaks is an error here, and judged by the suite.
            let _ = settings.accept(far).and_then(|mut ws| echo(&mut ws));
        });
        Ok(near)
    };
    passes(&suite(ALL).server_over(dial).unwrap());
}

#[cfg(unix)]
#[test]
fn unix_socket() {
    let folder = test_support::folder::Folder::new();
    let path = folder.file("echo");
    let server = Server::bind_unix(&path).unwrap().max_message_size(MOST).spawn(echo).unwrap();
    passes(&suite("1.*,2.*,5.*,7.*").unix(&path).server("ws://localhost/").unwrap());
    drop(server);
}
