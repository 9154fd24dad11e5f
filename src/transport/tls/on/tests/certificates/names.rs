//! The name that a server is told, and the name for which its certificate is checked.

use std::io::{self, Read};
use std::net::{TcpListener, TcpStream};
use std::thread;

use super::super::support::{Authority, each_library, each_pair, tcp};
use crate::transport::tls::TlsConnector;

/// The name in a `ClientHello` (RFC 8446 §4.1.2, RFC 6066 §3).
fn server_name(hello: &[u8]) -> Option<String> {
    let number = |at: usize| usize::from(hello[at]) << 8 | usize::from(hello[at + 1]);
    // Skips the heads of record and message; then version, random, session, suites, compression.
    let mut at = 5 + 4 + 2 + 32;
    at += 1 + usize::from(hello[at]);
    at += 2 + number(at);
    at += 1 + usize::from(hello[at]);
    let end = at + 2 + number(at);
    at += 2;
    while at < end {
        let (kind, len) = (number(at), number(at + 2));
        if kind == 0 {
            // A list, whose first entry is a host name.
            let len = number(at + 7);
            return Some(String::from_utf8(hello[at + 9..at + 9 + len].to_vec()).unwrap());
        }
        at += 4 + len;
    }
    None
}

/// The first bytes of a client that connects to `host`.
fn told(connector: &TlsConnector, host: &str) -> Option<String> {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let reading = thread::spawn(move || {
        let (mut server, _) = listener.accept().unwrap();
        let mut hello = vec![0; 5];
        server.read_exact(&mut hello).unwrap();
        let len = usize::from(hello[3]) << 8 | usize::from(hello[4]);
        hello.resize(5 + len, 0);
        server.read_exact(&mut hello[5..]).unwrap();
        server_name(&hello)
    });
    assert!(connector.connect(host, TcpStream::connect(address).unwrap()).is_err());
    reading.join().unwrap()
}

#[test]
fn rfc_6066_section_3_what_a_server_is_told() {
    each_library(|by| {
        let connector = by.connector();
        for (host, want) in [
            ("localhost", Some("localhost")),
            ("localhost.", Some("localhost")),
            ("LocalHost", Some("localhost")),
            ("Www.Example.COM.", Some("www.example.com")),
            ("xn--bcher-kva.example", Some("xn--bcher-kva.example")),
            ("127.0.0.1", None),
            ("127.0.0.1.", None),
            ("127.1", None),
            ("0x7f000001", None),
            ("::1", None),
            ("[::1]", None),
            ("[fe80::1%25eth0]", None),
        ] {
            assert_eq!(told(&connector, host).as_deref(), want, "{host}");
            assert_eq!(told(&connector.clone().sni(false), host), None, "{host}");
        }
    });
}

#[test]
fn certificates_are_checked_for_the_plain_form() {
    each_pair(|by| {
        let authority = Authority::new();
        let connector = authority.connector(by);
        for (subject, host, is_for_it) in [
            ("localhost", "localhost.", true),
            ("localhost", "LOCALHOST", true),
            ("LocalHost", "localhost.", true),
            ("*.example.com", "www.example.com.", true),
            ("*.example.com", "WWW.EXAMPLE.COM", true),
            ("*.example.com", "a.b.example.com", false),
            ("example.com", "example.org.", false),
            ("127.0.0.1", "127.0.0.1", true),
            ("127.0.0.1", "127.0.0.1.", true),
            ("127.0.0.1", "127.1", true),
            ("127.0.0.1", "127.0.0.2", false),
            ("::1", "[0:0:0:0:0:0:0:1]", true),
            ("fe80::1", "[fe80::1%25eth0]", true),
            ("fe80::1", "fe80::1%2", true),
            ("fe80::1", "[fe80::2]", false),
        ] {
            let acceptor = by.acceptor(&authority.identity(subject)).unwrap();
            let (client, server) = tcp();
            let accepting = thread::spawn(move || acceptor.accept(server).map(drop));
            let connected = connector.connect(host, client);
            assert_eq!(connected.is_ok(), is_for_it, "{subject} for {host}: {connected:?}");
            drop(connected);
            let _ = accepting.join().unwrap();
        }
    });
}

#[test]
fn a_host_that_can_have_no_certificate_is_refused_before_anything_is_sent() {
    each_library(|by| {
        for host in ["", "a\0b", "b\u{fc}cher.example", "a b", ".."] {
            let (client, mut server) = tcp();
            let e = io::Error::from(by.connector().connect(host, client).unwrap_err());
            assert_eq!(e.kind(), io::ErrorKind::InvalidInput, "{host:?}: {e}");
            assert_eq!(server.read(&mut [0]).unwrap(), 0, "{host:?}");
        }
    });
}
