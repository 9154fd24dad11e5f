//! Servers on other transports, and those that fail only once.

use std::fs;
use std::sync::atomic::{AtomicUsize, Ordering};

use blocking_ws::{ClientCertificates, Identity, Server, TlsAcceptor, TlsBackend, WebSocket};

use super::support::{Folder, echo, run, settled};

#[test]
fn a_server_with_tls() {
    let folder = Folder::new();
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let (cert, key) = (made.cert.pem(), made.signing_key.serialize_pem());
    let path = folder.path("cert.pem");
    fs::write(&path, &cert).unwrap();
    let identity = Identity::from_pem(cert.as_bytes(), key.as_bytes()).unwrap();
    let server = Server::bind("127.0.0.1:0").unwrap();
    let acceptor = TlsAcceptor::new(&identity).unwrap();
    let server = settled(server).tls_acceptor(acceptor).spawn(echo).unwrap();
    let url = format!("wss://localhost:{}/", server.local_addr().unwrap().port());
    let cases = ["server", &url, "--cases", "1.1.1,7.1.1"];
    run(&[&cases[..], &["--ca", &path]].concat()).expect(0);
    run(&[&cases[..], &["--insecure"]].concat()).expect(0);
    let ran = run(&cases).expect(3);
    assert!(ran.err.contains("cannot be reached"), "{}", ran.err);
}

#[test]
fn a_server_that_demands_a_certificate() {
    let folder = Folder::new();
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let (cert, key) = (made.cert.pem(), made.signing_key.serialize_pem());
    let paths = ["cert.pem", "key.pem"].map(|name| folder.path(name));
    fs::write(&paths[0], &cert).unwrap();
    fs::write(&paths[1], &key).unwrap();
    let identity = Identity::from_pem(cert.as_bytes(), key.as_bytes()).unwrap();
    let clients = ClientCertificates::required(cert.as_bytes());
    // The system's library cannot ask for certificates.
    let acceptor = TlsAcceptor::with_backend(TlsBackend::Rustls, &identity).unwrap();
    let acceptor = acceptor.client_certificates(clients).unwrap();
    let server = Server::bind("127.0.0.1:0").unwrap().tls_acceptor(acceptor).spawn(echo).unwrap();
    let url = format!("wss://localhost:{}/", server.local_addr().unwrap().port());
    let cases = ["server", &url, "--cases", "1.1.1", "--ca", &paths[0]];
    run(&[&cases[..], &["--cert", &paths[0], "--key", &paths[1]]].concat()).expect(0);
    run(&cases).expect(3);
}

#[cfg(unix)]
#[test]
fn a_server_at_a_unix_socket() {
    let folder = Folder::new();
    let path = folder.path("socket");
    let server = settled(Server::bind_unix(&path).unwrap()).spawn(echo).unwrap();
    run(&["server", "ws://localhost/", "--unix", &path, "--cases", "1.1.1,5.3"]).expect(0);
    drop(server);
}

/// The first connection only asks whether the server is there. On the second one it does not echo.
#[test]
fn a_case_that_fails_once_is_flaky() {
    let met = AtomicUsize::new(0);
    let once = move |ws: &mut WebSocket| match met.fetch_add(1, Ordering::Relaxed) {
        1 => ws.recv().map(drop),
        _ => echo(ws),
    };
    let server = Server::bind("127.0.0.1:0").unwrap().spawn(once).unwrap();
    let ran = run(&["server", server.url(), "--cases", "1.1.2", "--rerun", "2"]).expect(0);
    for part in ["Flaky: ", "run 1: RFC 6455", "1 case: 1 ok", "; 1 flaky"] {
        assert!(ran.out.contains(part), "{part}: {}", ran.out);
    }
}
