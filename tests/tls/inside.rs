//! TLS inside a WebSocket: from one end to the other, whatever is between.

use std::io::{Read, Write};
use std::net::Shutdown;
use std::thread;

use blocking_ws::testing::pair;
use blocking_ws::{
    Client, Duplex, Identity, Server, Settings, TlsAcceptor, TlsBackend, TlsConnector,
};
use test_support::certificates::Certificates;
use test_support::within;

use super::backends::{backends, pairs};

/// How many times 64 KiB go in each direction: 32 MiB.
const PARTS: u16 = 512;

fn connector(backend: TlsBackend, made: &Certificates) -> TlsConnector {
    let connector = TlsConnector::new().backend(backend);
    connector.root_certificate_pem(made.root.as_bytes())
}

/// What the bytes of a part are.
fn pattern(n: u16) -> u8 {
    n.to_be_bytes()[1] ^ n.to_be_bytes()[0]
}

/// Writes much, and reads as much at the same time.
fn exchange<S: Duplex + Send + 'static>(stream: &S) -> [thread::JoinHandle<()>; 2] {
    let (mut writer, mut reader) = (stream.try_clone().unwrap(), stream.try_clone().unwrap());
    let writing = thread::spawn(move || {
        for n in 0..PARTS {
            writer.write_all(&vec![pattern(n); 1 << 16]).unwrap();
        }
        writer.flush().unwrap();
    });
    let reading = thread::spawn(move || {
        let mut buf = vec![0; 1 << 16];
        for n in 0..PARTS {
            reader.read_exact(&mut buf).unwrap();
            assert!(buf.iter().all(|byte| *byte == pattern(n)), "{n}");
        }
    });
    [writing, reading]
}

#[test]
fn much_in_both_directions_at_once() {
    within(|| {
        let made = Certificates::new("localhost", |_| {});
        let identity = Identity::from_pem(made.chain.as_bytes(), made.key.as_bytes()).unwrap();
        for (client, server) in pairs() {
            let rule = format!("{client} to {server}");
            let acceptor = TlsAcceptor::with_backend(server, &identity).unwrap();
            let connector = connector(client, &made);
            let (near, far) = pair();
            let (near, far) = (near.into_byte_stream().unwrap(), far.into_byte_stream().unwrap());
            let accepting = thread::spawn(move || acceptor.accept(far).unwrap());
            let mut near = connector.connect("localhost", near).expect(&rule);
            let mut far = accepting.join().unwrap();
            let threads = exchange(&near).into_iter().chain(exchange(&far));
            for thread in threads {
                thread.join().unwrap();
            }

            // An end of TLS comes before that of the WebSocket.
            near.write_all(b"the last words").unwrap();
            near.shutdown(Shutdown::Write).unwrap();
            let mut text = String::new();
            far.read_to_string(&mut text).unwrap();
            assert_eq!(text, "the last words", "{rule}");
            far.write_all(b"and the answer").unwrap();
            drop(far);
            let mut text = String::new();
            near.read_to_string(&mut text).unwrap();
            assert_eq!(text, "and the answer", "{rule}");
        }
    });
}

#[test]
fn a_secure_websocket_inside_a_secure_websocket_has_tls_of_its_own() {
    within(|| {
        let made = Certificates::new("localhost", |_| {});
        let identity = Identity::from_pem(made.chain.as_bytes(), made.key.as_bytes()).unwrap();
        for backend in backends() {
            let inner = TlsAcceptor::with_backend(backend, &identity).unwrap();
            let server = Server::bind("localhost:0").unwrap().tls_backend(backend).unwrap();
            let server = server.tls(&identity).unwrap().spawn(move |ws| {
                let mut own = ws.byte_stream()?;
                // The relay of a tunnel: it sees only what TLS makes of it.
                let (near, far) = pair();
                let (near, far) = (near.into_byte_stream()?, far.into_byte_stream()?);
                let inner = inner.clone();
                let target = thread::spawn(move || {
                    let mut ws = Settings::new().accept(inner.accept(far)?)?;
                    let message = ws.recv()?.expect("a message");
                    ws.send(message)?;
                    ws.recv()
                });
                thread::scope(|scope| {
                    let (mut to, mut from) = (near.try_clone()?, near);
                    let mut back = own.try_clone()?;
                    scope.spawn(move || std::io::copy(&mut from, &mut back));
                    let mut first = [0];
                    own.read_exact(&mut first)?;
                    assert_eq!(first, [22], "a handshake record of TLS");
                    to.write_all(&first)?;
                    let copied = std::io::copy(&mut own, &mut to);
                    to.shutdown(Shutdown::Write)?;
                    drop(to);
                    let _ = target.join().unwrap();
                    Ok(copied.map(drop)?)
                })
            });
            let server = server.unwrap();
            let url = format!("wss://localhost:{}/", server.local_addr().unwrap().port());
            let client = Client::new().tls_backend(backend);
            let client = client.root_certificate_pem(made.root.as_bytes());
            let outer = client.connect(&url).unwrap();
            assert!(outer.tls().is_some(), "{backend}");
            let stream = outer.into_byte_stream().unwrap();
            assert!(!stream.is_tls(), "{backend}: not up to the target");
            // For `wss://` over a stream of one's own, TLS would trust the roots of the system.
            let stream = connector(backend, &made).connect("localhost", stream).unwrap();
            let mut ws = Client::new().connect_over("wss://localhost/", stream).unwrap();
            ws.send("a secret").unwrap();
            assert_eq!(ws.recv().unwrap(), Some("a secret".into()), "{backend}");
            ws.close(1000, "").unwrap();
        }
    });
}

#[test]
fn connect_over_begins_tls_inside() {
    within(|| {
        for backend in backends() {
            let (near, far) = pair();
            let mut far = far.into_byte_stream().unwrap();
            let near = near.into_byte_stream().unwrap();
            let client = Client::new().tls_backend(backend);
            let connecting = thread::spawn(move || client.connect_over("wss://localhost/", near));
            let mut first = [0];
            far.read_exact(&mut first).unwrap();
            assert_eq!(first, [22], "{backend}: a handshake record of TLS");
            drop(far);
            assert!(connecting.join().unwrap().is_err(), "{backend}");
        }
    });
}
