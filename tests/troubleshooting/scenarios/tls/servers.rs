//! Servers that a client does not take, and ends that speak no TLS.

use std::io::{Read as _, Write as _};
use std::net::Shutdown;
use std::time::Duration;

use blocking_ws::testing::{MockServer, Pipe};
use blocking_ws::{Client, Duplex as _, Server, TlsBackend, TlsConnector, TlsStream, TlsVersion};
use rcgen::ExtendedKeyUsagePurpose::ClientAuth;
use test_support::certificates::Certificates;
use test_support::scripted::serve_one;

use super::authorities::{authority, expired, good, namesake, not_yet, with_purpose};
use super::{acceptor, backends, client, meet};
use crate::produced::{Produced, failed};

pub(super) fn pins() -> Vec<Produced> {
    let made = good();
    let mut all = Vec::new();
    for backend in backends() {
        let pinned = client(backend, &made.root).pin_certificate(&"0".repeat(64));
        all.extend(meet(&pinned, acceptor(backend, &made)));
    }
    let pinned = Client::new().pin_public_key("no hash");
    all.push(failed(pinned.connect_over("wss://localhost/", Pipe::new(1).0)));
    let server = Server::bind("127.0.0.1:0").unwrap().spawn(|ws| ws.recv().map(drop)).unwrap();
    all.push(failed(Client::new().pin_certificate(&"0".repeat(64)).connect(server.url())));
    all
}

pub(super) fn certificates() -> Vec<Produced> {
    let other_name = Certificates::new("other.example", |_| {});
    let (signed, other_root) = namesake();
    let mut all = Vec::new();
    for backend in backends() {
        let judge =
            |root: &str, made: &Certificates| meet(&client(backend, root), acceptor(backend, made));
        all.extend(judge(&good().root, &good()));
        for made in [&other_name, &expired(), &not_yet(), &with_purpose(ClientAuth)] {
            all.extend(judge(&made.root, made));
        }
        all.extend(judge(&other_root, &signed));
        if backend == TlsBackend::Rustls {
            let own = authority();
            all.extend(judge(&own.root, &own));
        }
    }
    all
}

pub(super) fn versions() -> Vec<Produced> {
    if !cfg!(feature = "tls") {
        return Vec::new();
    }
    let made = good();
    let newest = client(TlsBackend::Native, &made.root).min_tls_version(TlsVersion::Tls13);
    meet(&newest, acceptor(TlsBackend::Native, &made))
}

pub(super) fn no_tls() -> Vec<Produced> {
    let answers: [&[u8]; 2] = [b"HTTP/1.1 400 Bad Request\r\n\r\n", b"220 mail.example ESMTP\r\n"];
    let mut all = Vec::new();
    for (backend, answer) in
        backends().into_iter().flat_map(|it| answers.map(|answer| (it, answer)))
    {
        let (address, _) = serve_one(move |mut stream| {
            stream.write_all(answer).unwrap();
            let _ = stream.read_to_end(&mut Vec::new());
        });
        let client = client(backend, &good().root);
        all.push(failed(client.connect(&format!("wss://{address}/"))));
    }
    all
}

pub(super) fn no_tls_from_a_client() -> Vec<Produced> {
    let made = good();
    let mut all = Vec::new();
    for (backend, said) in backends()
        .into_iter()
        .flat_map(|it| ["GET / HTTP/1.1\r\n\r\n", "EHLO h\r\n"].map(|said| (it, said)))
    {
        let (mut near, far) = Pipe::new(64 << 10);
        near.write_all(said.as_bytes()).unwrap();
        all.push(failed(acceptor(backend, &made).accept(far)));
    }
    // And a client that speaks TLS to a server that does not.
    let server = Server::bind("127.0.0.1:0").unwrap().spawn(|ws| ws.recv().map(drop)).unwrap();
    let url = server.url().replace("ws://", "wss://");
    all.extend(
        backends().into_iter().map(|backend| failed(client(backend, &made.root).connect(&url))),
    );
    all
}

pub(super) fn left() -> Vec<Produced> {
    let made = good();
    let mut all = Vec::new();
    for backend in backends() {
        let (near, far) = Pipe::new(64 << 10);
        drop(near);
        all.push(failed(acceptor(backend, &made).accept(far)));
        let (_near, far) = Pipe::new(64 << 10);
        let server = acceptor(backend, &made);
        far.set_read_timeout(Some(Duration::from_millis(20))).unwrap();
        all.push(failed(server.accept(far)));
        // A peer that ends TCP without a word, once the connection is open.
        let mock = MockServer::new().unwrap().within(Duration::from_secs(100)).tls(&server);
        let mock = mock.on_connection(|peer| {
            peer.send("hello");
            peer.cut();
        });
        let mut ws = client(backend, &made.root).connect(&mock.url()).unwrap();
        ws.recv().unwrap();
        all.push(failed(ws.recv()));
        mock.leave();
        all.extend(without_close_notify(backend, &made));
    }
    all
}

/// Both ends of TLS in memory.
fn open(backend: TlsBackend, made: &Certificates) -> (TlsStream<Pipe>, TlsStream<Pipe>) {
    let (near, far) = Pipe::new(64 << 10);
    let server = acceptor(backend, made);
    let accepting = std::thread::spawn(move || server.accept(far).unwrap());
    let connector = TlsConnector::new().backend(backend).system_roots(false);
    let connector = connector.root_certificate_pem(made.root.as_bytes());
    let near = connector.connect("localhost", near).unwrap();
    (near, accepting.join().unwrap())
}

fn without_close_notify(backend: TlsBackend, made: &Certificates) -> Vec<Produced> {
    let (mut near, far) = open(backend, made);
    far.socket().shutdown(Shutdown::Write).unwrap();
    let cut = failed(near.read(&mut [0]));
    near.shutdown(Shutdown::Write).unwrap();
    let shut = failed(near.write(b"late"));
    let (mut near, far) = open(backend, made);
    far.socket().reset();
    near.write(b"first").unwrap_err();
    vec![cut, shut, failed(near.write(b"second"))]
}

/// A redirect from an encrypted connection to one that is not.
pub(super) fn redirects() -> Vec<Produced> {
    let made = good();
    let redirect = |backend| {
        let mock = MockServer::new().unwrap().within(Duration::from_secs(100));
        let mock = mock.tls(&acceptor(backend, &made));
        let mock =
            mock.answer("HTTP/1.1 302 Found\r\nLocation: ws://h/\r\nContent-Length: 0\r\n\r\n");
        let outcome = failed(client(backend, &made.root).redirects(1).connect(&mock.url()));
        mock.leave();
        outcome
    };
    backends().into_iter().map(redirect).collect()
}

pub(super) fn hosts() -> Vec<Produced> {
    let connector = TlsConnector::new().system_roots(false);
    let connector = connector.root_certificate_pem(good().root.as_bytes());
    let connect = |host: &str| failed(connector.connect(host, Pipe::new(1).0));
    vec![connect("a b"), connect("b\u{fc}cher.example")]
}

pub(super) fn proxies() -> Vec<Produced> {
    let (address, _) = serve_one(|mut stream| {
        stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").unwrap();
        let _ = stream.read_to_end(&mut Vec::new());
    });
    let client = Client::new().proxy(&format!("https://{address}"));
    vec![failed(client.connect("ws://h/"))]
}
