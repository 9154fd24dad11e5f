//! A mutant on a port, and a mutant that drives the other.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::time::Duration;

use blocking_ws::testing::Peer;
use blocking_ws::{Identity, TlsAcceptor, TlsConnector};

use crate::mutant::{Flag, Mutant, Running};

fn serve(mutant: Mutant, tls: Option<TlsAcceptor>) -> Running {
    mutant.serve(TcpListener::bind("127.0.0.1:0").unwrap(), tls).unwrap()
}

#[test]
fn connections_beside_each_other() {
    let running = serve(Mutant::default(), None);
    let url = format!("ws://{}/", running.addr());
    let mut peers: Vec<Peer> = (0..4).map(|_| Peer::connect(&url).unwrap()).collect();
    for peer in &mut peers {
        peer.send("hello");
    }
    for peer in peers.iter_mut().rev() {
        peer.expect_text("hello");
        peer.close(1000, "");
        peer.expect_close(1000);
        peer.expect_end();
    }
}

#[test]
fn dropping_it_ends_the_connections() {
    let running = serve(Mutant::default(), None);
    let mut idle = TcpStream::connect(running.addr()).unwrap();
    let mut open = Peer::connect(&format!("ws://{}/", running.addr())).unwrap();
    open.send("hello");
    open.expect_text("hello");
    let addr = running.addr();
    drop(running);
    open.expect_end();
    idle.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    // Ended or reset: the thread may not have seen the connection yet.
    assert_eq!(idle.read(&mut [0]).unwrap_or(0), 0);
    drop(idle.write_all(b"x"));
    assert!(TcpStream::connect(addr).is_err());
}

#[test]
fn over_tls() {
    let certified = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let certificate = certified.cert.pem();
    let key = certified.signing_key.serialize_pem();
    let identity = Identity::from_pem(certificate.as_bytes(), key.as_bytes()).unwrap();
    let running = serve(Mutant::default(), Some(TlsAcceptor::new(&identity).unwrap()));
    let connector = TlsConnector::new().root_certificate_pem(certificate.as_bytes());
    let url = format!("wss://localhost:{}/", running.addr().port());
    let mut peer = Peer::connect_tls(&url, &connector).unwrap();
    peer.send("hello");
    peer.expect_text("hello");
    peer.close(1000, "");
    peer.expect_close(1000);
    peer.expect_end();
}

#[test]
fn rfc_6455_section_7_1_1_a_reset_at_the_end() {
    let running = serve(Mutant::new([Flag::CloseReset]), None);
    let mut peer = Peer::connect(&format!("ws://{}/", running.addr())).unwrap();
    peer.frame(blocking_ws::testing::RawFrame::close(1000, ""));
    peer.expect_close(1000);
    peer.expect_reset();
}

#[test]
fn what_cannot_be_driven() {
    let drive = |url: &str| Mutant::default().drive(url, "agent", None).unwrap_err();
    for url in ["wss://127.0.0.1/", "http://127.0.0.1/", "ws:", "x y"] {
        assert_eq!(drive(url).kind(), std::io::ErrorKind::InvalidInput, "{url}");
    }
}
