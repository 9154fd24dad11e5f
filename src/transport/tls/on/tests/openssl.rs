//! What only the `openssl` program asks for: renegotiation, a certificate, another protocol.

use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use super::support::{Authority, Hooked, Hooks, Program, each_library, read_line};
use crate::io::{Duplex, TlsBackend, is_timeout};

const FINISHED: &str = "<<< TLS 1.2, Handshake [length 0010], Finished";

#[test]
fn renegotiation_of_tls_1_2_disturbs_nobody() {
    each_library(|by| {
        if by.client == TlsBackend::Rustls {
            // It refuses to, and OpenSSL then ends the session.
            return;
        }
        let authority = Authority::new();
        let Some(mut server) = Program::server(&authority, &["-tls1_2", "-msg"]) else {
            return;
        };
        let mut client = server.connect(&authority.connector(by)).unwrap();
        server.wait_for(FINISHED);
        let mut writer = client.try_clone().unwrap();
        let (stop, stopped) = mpsc::channel();
        let writing = thread::spawn(move || {
            while stopped.try_recv().is_err() {
                writer.write_all(b"meanwhile\n").unwrap();
            }
        });
        let (say, lines) = mpsc::channel();
        let reading = thread::spawn(move || {
            (0..5).for_each(|_| say.send(read_line(&mut client)).unwrap());
            client
        });
        for round in 0..5 {
            server.type_line("r");
            server.wait_for(FINISHED);
            server.wait_for("meanwhile\n");
            server.type_line(&format!("{round}"));
            assert_eq!(lines.recv().unwrap(), format!("{round}\n"));
        }
        stop.send(()).unwrap();
        writing.join().unwrap();
        reading.join().unwrap();
    });
}

#[test]
fn a_reader_goes_on_with_a_renegotiation_once_there_is_room() {
    each_library(|by| {
        if by.client == TlsBackend::Rustls {
            return;
        }
        let authority = Authority::new();
        let Some(mut server) = Program::server(&authority, &["-tls1_2", "-msg"]) else {
            return;
        };
        let (inner, hooks) = (TcpStream::connect(&server.address).unwrap(), Hooks::default());
        let socket = Hooked { inner, hooks: hooks.clone() };
        let mut client = authority.connector(by).connect("localhost", socket).unwrap();
        server.wait_for(FINISHED);
        hooks.let_it_try();
        hooks.on_call(|name| match name {
            "try_write" => Err(io::ErrorKind::WouldBlock.into()),
            _ => Ok(()),
        });
        server.type_line("r");
        server.wait_for(">>> TLS 1.2, Handshake [length 0004], HelloRequest");
        client.set_read_timeout(Some(Duration::from_millis(50))).unwrap();
        for _ in 0..3 {
            let e = client.read(&mut [0]).unwrap_err();
            assert!(is_timeout(&e), "no reader waits for room: {e}");
        }
        client.set_read_timeout(None).unwrap();
        let reading = thread::spawn(move || read_line(&mut client));
        hooks.on_call(|_| Ok(()));
        server.wait_for(FINISHED);
        server.type_line("later");
        assert_eq!(reading.join().unwrap(), "later\n");
    });
}

#[test]
fn a_server_may_demand_a_certificate() {
    each_library(|by| {
        let authority = Authority::new();
        let demand = ["-Verify", "1", "-verify_return_error"];
        let Some(mut server) = Program::server(&authority, &demand) else {
            return;
        };
        // In TLS 1.3 the client is done before the server has judged it.
        let known = authority.connector(by).identity(authority.identity("known client"));
        for stranger in [authority.connector(by), known.without_identity().clone()] {
            let stranger = server.connect(&stranger);
            let e = stranger.and_then(|mut stranger| stranger.read(&mut [0])).unwrap_err();
            assert!(e.to_string().contains("certificate required"), "{e}");
        }

        let mut known = server.connect(&known).unwrap();
        known.write_all(b"who I am\n").unwrap();
        server.wait_for("who I am\n");
    });
}

#[test]
fn why_a_server_of_tls_1_3_left_is_heard_whatever_fails_first() {
    each_library(|by| {
        let authority = Authority::new();
        let demand = ["-tls1_3", "-Verify", "1", "-verify_return_error"];
        let Some(server) = Program::server(&authority, &demand) else {
            return;
        };
        // One connector for all, because the system's roots are slow to load.
        let connector = authority.connector(by);
        // Half a second each, because the server waits that long before it ends.
        for round in 0..5 {
            let mut stranger = server.connect(&connector).unwrap();
            // Writes until the server has left, and then some more.
            let failed = loop {
                if let Err(e) = stranger.write_all(b"GET / HTTP/1.1\r\n\r\n") {
                    break e;
                }
            };
            let read = stranger.read(&mut [0]).unwrap_err();
            for e in [failed, read] {
                assert!(e.to_string().contains("certificate required"), "{round}: {e}");
            }
        }
    });
}

#[test]
fn rfc_7301_http_1_1_is_offered() {
    each_library(|by| {
        let authority = Authority::new();
        let Some(mut server) = Program::server(&authority, &["-alpn", "h2,http/1.1"]) else {
            return;
        };
        let _client = server.connect(&authority.connector(by)).unwrap();
        server.wait_for("advertised by the client: http/1.1\n");
        server.wait_for("selected: http/1.1\n");
        // This server says that it speaks nothing else.
        let server = Program::server(&authority, &["-alpn", "h2"]).unwrap();
        let e = server.connect(&authority.connector(by)).unwrap_err();
        assert!(e.to_string().contains("no application protocol"), "{e}");
        // Most servers do not know ALPN.
        let server = Program::server(&authority, &[]).unwrap();
        server.connect(&authority.connector(by)).unwrap();
    });
}

#[test]
fn rfc_7301_section_3_2_http_1_1_is_chosen_or_nothing() {
    each_library(|by| {
        let authority = Authority::new();
        let acceptor = authority.acceptor(by);
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        for (offers, chosen) in [
            (&["-alpn", "h2,http/1.1"][..], Some("ALPN protocol: http/1.1")),
            (&["-alpn", "h2"], None),
            (&[], Some("No ALPN negotiated")),
        ] {
            let Some(mut client) = Program::client(&authority, address, offers) else { return };
            let accepted = acceptor.accept(listener.accept().unwrap().0);
            // A server of `native-tls` cannot choose.
            let chosen = match by.server {
                TlsBackend::Native => Some("No ALPN negotiated"),
                _ => chosen,
            };
            assert_eq!(accepted.is_ok(), chosen.is_some(), "{offers:?}: {accepted:?}");
            if let Some(chosen) = chosen {
                client.wait_for(chosen);
            }
        }
    });
}
