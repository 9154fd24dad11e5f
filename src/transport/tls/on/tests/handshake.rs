//! Which certificates are trusted, and whether an error says what failed.

use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::Command;
use std::time::Duration;
use std::{env, thread};

use super::support::{Authority, By, Hooked, Hooks, Scratch, each_library, each_pair, tcp, unix};
use crate::error::Error;
use crate::io::Deadline;
use crate::transport::tls::{Identity, TlsConnector};

/// Connects a client to a server for `localhost`, and returns the results of both.
fn meet(
    by: By,
    authority: &Authority,
    connector: &TlsConnector,
    host: &str,
) -> (io::Result<()>, io::Result<()>) {
    let acceptor = authority.acceptor(by);
    let (client, server) = tcp();
    let accepting = thread::spawn(move || Ok(acceptor.accept(server).map(drop)?));
    let connected = connector.connect(host, client).map(drop).map_err(io::Error::from);
    (connected, accepting.join().unwrap())
}

#[test]
fn trust_is_what_the_settings_say() {
    each_pair(|by| {
        let (ours, other) = (Authority::new(), Authority::new());
        let bundle = format!("{}\n{}", other.pem, ours.pem);
        let with = |pem: &str| by.connector().root_certificate_pem(pem.as_bytes());
        let any = by.connector().danger_accept_invalid_certs(true);
        for (rule, connector, host, refusal) in [
            ("an extra root is trusted", with(&ours.pem), "localhost", None),
            (
                "roots add up",
                with(&other.pem).root_certificate_pem(ours.pem.as_bytes()),
                "localhost",
                None,
            ),
            ("a bundle is many roots", with(&bundle), "localhost", None),
            ("names are sent or not", with(&ours.pem).sni(false), "localhost", None),
            ("an unknown root is refused", by.connector(), "localhost", Some("is not trusted")),
            ("another root is refused", with(&other.pem), "localhost", Some("is not trusted")),
            (
                "another host is refused",
                with(&ours.pem),
                "example.com",
                Some("not for example.com"),
            ),
            ("an address is no name", with(&ours.pem), "127.0.0.1", Some("not for 127.0.0.1")),
            ("danger takes any root", any.clone(), "localhost", None),
            ("danger takes any name", any.clone(), "example.com", None),
            (
                "danger can be undone",
                any.danger_accept_invalid_certs(false),
                "localhost",
                Some("is not trusted"),
            ),
        ] {
            let (connected, accepted) = meet(by, &ours, &connector, host);
            match refusal {
                None => {
                    connected.unwrap_or_else(|e| panic!("{rule}: {e}"));
                    accepted.unwrap_or_else(|e| panic!("{rule}: {e}"));
                }
                Some(reason) => {
                    let (e, alert) = (connected.unwrap_err(), accepted.unwrap_err());
                    assert_eq!(e.kind(), io::ErrorKind::InvalidData, "{rule}");
                    let text = e.to_string();
                    assert!(
                        text.starts_with("TLS failed: ") && text.contains(reason),
                        "{rule}: {text}"
                    );
                    assert!(alert.to_string().contains("alert"), "{rule}: {alert}");
                    if reason == "is not trusted" {
                        let told = "the client does not take this server's certificate";
                        assert!(alert.to_string().contains(told), "{rule}: {alert}");
                    }
                }
            }
        }
    });
}

#[test]
fn addresses_are_hosts_with_or_without_brackets() {
    each_pair(|by| {
        let authority = Authority::new();
        for (address, host) in [("127.0.0.1", "127.0.0.1"), ("::1", "::1"), ("::1", "[::1]")] {
            let acceptor = by.acceptor(&authority.identity(address)).unwrap();
            let (client, server) = tcp();
            let accepting = thread::spawn(move || acceptor.accept(server).map(drop));
            authority.connector(by).connect(host, client).unwrap();
            accepting.join().unwrap().unwrap();
        }
    });
}

#[test]
fn a_root_that_is_no_pem_fails_the_connection() {
    each_library(|by| {
        for pem in ["", "rubbish", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"]
        {
            let connector = by.connector().root_certificate_pem(pem.as_bytes());
            for _ in 0..2 {
                let e = io::Error::from(connector.connect("localhost", tcp().0).unwrap_err());
                assert_eq!(e.kind(), io::ErrorKind::InvalidInput, "{pem}: {e}");
            }
        }
    });
}

#[test]
fn rfc_8446_section_5_1_what_begins_like_no_record_is_named() {
    const TO_A_SERVER: &str = "TLS failed: no TLS from the client: it speaks ";
    const TO_A_CLIENT: &str = "TLS failed: no TLS at this port: the server ";
    const PLAIN: &str = "plain HTTP; its URL has to begin with wss:// or https:// (handshake: ";
    const PLAIN_SERVER: &str = "speaks plain HTTP; its URL begins with ws:// (http:// for a proxy), or it has another port (";
    const OTHER: &str = "another protocol (handshake: ";
    each_library(|by| {
        let authority = Authority::new();
        for (said, heard) in [
            (&b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"[..], PLAIN),
            (b"POST /a HTTP/1.0\r\n\r\n", PLAIN),
            (b"EHLO mail.example\r\n", OTHER),
            (b"login sesame\r\n", OTHER),
            (b"\x04\x01\0\x50\x7f\0\0\x01\0", OTHER),
        ] {
            let (mut client, server) = tcp();
            client.write_all(said).unwrap();
            let text = authority.acceptor(by).accept(server).unwrap_err().to_string();
            assert!(text.starts_with(&format!("{TO_A_SERVER}{heard}")), "{text}");
            assert!(!text.contains("sesame"), "{text}");
        }
        for (said, heard) in [
            (&b"HTTP/1.1 400 Bad Request\r\n\r\n"[..], PLAIN_SERVER),
            (b"<html>400</html>", PLAIN_SERVER),
            (b"220 smtp ready\r\n", r#"sent "220 smtp ready"; check host and port (handshake: "#),
            (b"SSH-2.0-OpenSSH_9.6\r\n", r#"sent "SSH-2.0-OpenSSH_9.6"; check host and port ("#),
            (b"\0\0\x06\x04\0\0\0\0\0", r#"sent "\x00\x00\x06\x04\x00\x00"#),
        ] {
            let (client, mut server) = tcp();
            server.write_all(said).unwrap();
            let text =
                authority.connector(by).connect("localhost", client).unwrap_err().to_string();
            assert!(text.starts_with(&format!("{TO_A_CLIENT}{heard}")), "{text}");
        }
        // A record that is none of a handshake, and an alert: TLS says itself what is wrong.
        for said in [&b"\x17\x03\x03\0\x01\0"[..], b"\x15\x03\x03\0\x02\x02\x28"] {
            let (client, mut server) = tcp();
            server.write_all(said).unwrap();
            let text =
                authority.connector(by).connect("localhost", client).unwrap_err().to_string();
            assert!(
                !text.contains(TO_A_CLIENT) && text.contains("(handshake: ") == (said.len() == 7),
                "{text}"
            );
        }
    });
}

#[test]
fn a_peer_that_leaves_is_not_a_timeout() {
    each_library(|by| {
        let (client, server) = tcp();
        drop(client);
        let e = io::Error::from(Authority::new().acceptor(by).accept(server).unwrap_err());
        assert_eq!(e.kind(), io::ErrorKind::UnexpectedEof, "{e}");
    });
}

#[test]
fn what_comes_right_behind_the_handshake_is_kept() {
    each_pair(|by| {
        let authority = Authority::new();
        let acceptor = authority.acceptor(by);
        let (client, server) = tcp();
        let accepting = thread::spawn(move || {
            let mut server = acceptor.accept(server).unwrap();
            server.write_all(b"at once").unwrap();
            server
        });
        let mut client = authority.connector(by).connect("localhost", client).unwrap();
        let _server = accepting.join().unwrap();
        let mut buf = [0; 7];
        client.read_exact(&mut buf).unwrap();
        assert_eq!(&buf, b"at once");
    });
}

#[test]
fn a_key_of_another_certificate_is_refused() {
    each_library(|by| {
        let authority = Authority::new();
        let (certificate, _) = authority.issue("localhost");
        let (_, key) = authority.issue("localhost");
        let identity = Identity::from_pem(certificate.as_bytes(), key.as_bytes()).unwrap();
        let e = by.acceptor(&identity).unwrap_err();
        assert!(e.to_string().contains("mismatch"), "{e}");
        let e =
            authority.connector(by).identity(identity).connect("localhost", tcp().0).unwrap_err();
        assert!(e.to_string().contains("mismatch"), "{e}");
    });
}

#[test]
fn debug_output_keeps_secrets() {
    each_library(|by| {
        let authority = Authority::new();
        let identity = authority.identity("localhost");
        assert_eq!(format!("{identity:?}"), "Identity { .. }");
        let connector = authority.connector(by).identity(identity);
        assert_eq!(
            format!("{connector:?}"),
            format!(
                "TlsConnector {{ backend: {:?}, root_certificates: 1, system_roots: true, \
                 identity: Some(Identity {{ .. }}), danger_accept_invalid_certs: false, sni: true, \
                 min_version: Tls12, pins: 0, .. }}",
                by.client
            )
        );
    });
}

#[test]
fn an_alert_is_heard_where_the_handshake_cannot_be_written() {
    const ALERT: &[u8] = b"\x15\x03\x03\x00\x02\x02\x28";
    const HTTP: &[u8] = b"HTTP/1.1 403 Forbidden\r\n\r\n";
    for (said, heard) in [(ALERT, "handshake failure"), (HTTP, "plain HTTP"), (b"", "broken pipe")]
    {
        for bound in [None, Some(Duration::from_secs(20))] {
            each_library(move |by| {
                let (inner, mut server) = unix();
                server.write_all(said).unwrap();
                let hooks = Hooks::default();
                hooks.on_write(|| Err(io::ErrorKind::BrokenPipe.into()));
                let (socket, connector) = (Hooked { inner, hooks }, by.connector());
                let connected = match bound {
                    None => connector.connect("localhost", socket),
                    bound => connector
                        .connect_by(1, "localhost", socket, Deadline::after(bound))
                        .map_err(Error::Tls),
                };
                let e = connected.unwrap_err();
                assert!(e.to_string().contains(heard), "{bound:?}: {e}");
            });
        }
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_connection_that_the_system_gave_up_is_no_timeout_of_the_handshake() {
    each_library(|by| {
        let (inner, _server) = unix();
        let hooks = Hooks::default();
        hooks.on_read(|| Err(io::Error::from_raw_os_error(libc::ETIMEDOUT)));
        let e = io::Error::from(
            by.connector().connect("localhost", Hooked { inner, hooks }).unwrap_err(),
        );
        assert_eq!(e.kind(), io::ErrorKind::ConnectionAborted, "{e}");
    });
}

/// Plays both the server and, in a process of its own, the client.
#[test]
fn ssl_cert_file_names_the_systems_roots() {
    const ADDRESS: &str = "BLOCKING_WS_TEST_ADDRESS";
    const LIBRARY: &str = "BLOCKING_WS_TEST_LIBRARY";
    each_library(|by| {
        let library = format!("{:?}", by.client);
        if let Ok(address) = env::var(ADDRESS) {
            if env::var(LIBRARY).unwrap() == library {
                by.connector().connect("localhost", TcpStream::connect(address).unwrap()).unwrap();
            }
            return;
        }
        let (authority, files) = (Authority::new(), Scratch::new());
        let acceptor = authority.acceptor(by);
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let accepting =
            thread::spawn(move || acceptor.accept(listener.accept().unwrap().0).map(drop));
        let (_, module) = module_path!().split_once("::").unwrap();
        let client = Command::new(env::current_exe().unwrap())
            .args(["--exact", &format!("{module}::ssl_cert_file_names_the_systems_roots")])
            .env(ADDRESS, address.to_string())
            .env(LIBRARY, library)
            .env("SSL_CERT_FILE", files.write("ca.pem", &authority.pem))
            .output()
            .unwrap();
        assert!(client.status.success(), "{}", String::from_utf8_lossy(&client.stdout));
        accepting.join().unwrap().unwrap();
    });
}
