//! What TLS writes into the log has the number of the connection, on both sides.

use std::sync::{Mutex, mpsc};
use std::thread;

use blocking_ws::testing::Pipe;
use blocking_ws::{Client, Identity, Server, TlsAcceptor, TlsConnector};
use log::Level;
use test_support::certificates::Certificates;
use test_support::{journal, within};

use super::backends::backends;

/// The line of a connection whose peer has gone before it could be told the end.
#[track_caller]
fn is_told_once(id: u64) {
    let lines = journal::said(&format!("#{id} no TLS close_notify: "));
    assert!(matches!(lines[..], [(Level::Debug, _)]), "{lines:?}");
}

#[test]
fn an_end_that_could_not_be_told_is_that_of_a_numbered_connection() {
    within(|| {
        journal::begin();
        let made = Certificates::new("localhost", |_| {});
        let identity = Identity::from_pem(made.chain.as_bytes(), made.key.as_bytes()).unwrap();
        for backend in backends() {
            let acceptor = TlsAcceptor::with_backend(backend, &identity).unwrap();
            let (near, far) = Pipe::new(64 << 10);
            let peer =
                thread::spawn(move || tungstenite::accept(acceptor.accept(far).unwrap()).unwrap());
            let client = Client::new().tls_backend(backend);
            let client = client.root_certificate_pem(made.root.as_bytes());
            let mut ws = client.connect_over("wss://localhost/", near).unwrap();
            drop(peer.join().unwrap());
            assert!(ws.recv().is_err());
            is_told_once(ws.id());

            let ((tell, told), (go, goes)) = (mpsc::channel(), mpsc::channel::<()>());
            let goes = Mutex::new(goes);
            let server = Server::unbound().unwrap().tls_backend(backend).unwrap();
            let server = server.tls(&identity).unwrap().spawn(move |ws| {
                tell.send(ws.id()).unwrap();
                let _ = goes.lock().unwrap().recv();
                assert!(ws.recv().is_err());
                tell.send(ws.id()).unwrap();
                Ok(())
            });
            let server = server.unwrap();
            let (near, far) = Pipe::new(64 << 10);
            server.adopt(far).unwrap();
            let connector = TlsConnector::new().backend(backend);
            let connector = connector.root_certificate_pem(made.root.as_bytes());
            let near = connector.connect("localhost", near).unwrap();
            let (peer, _) = tungstenite::client("ws://localhost/", near).unwrap();
            let id = told.recv().unwrap();
            drop(peer);
            drop(go);
            assert_eq!(told.recv().unwrap(), id);
            is_told_once(id);
        }
    });
}
