use std::sync::Arc;

use ::rustls::AlertDescription as Alert;
use ::rustls::ServerConfig;
use ::rustls::server::UnbufferedServerConnection;

use super::super::super::super::engine::{Client, Server};
use super::super::super::super::terms::{Pins, Shown, Wants};
use super::super::client::client;
use super::super::identity::Identity;
use super::super::provider::provider;
use super::super::server::server;
use super::super::side::ServerSide;
use super::*;

#[test]
fn rfc_8446_section_6_alerts_in_words() {
    for (alert, want) in [
        (Alert::UnknownCA, "unknown ca"),
        (Alert::BadRecordMac, "bad record mac"),
        (Alert::CertificateRequired, "certificate required"),
        (Alert::NoApplicationProtocol, "no application protocol"),
    ] {
        let words = words(&Error::AlertReceived(alert));
        assert_eq!(words, format!("the peer sent the alert {want}"));
    }
}

/// One side of a connection in memory.
struct Side {
    wire: Wire,
    step: Option<Step>,
}

fn connects() -> Client {
    let wants = Wants {
        roots: &[],
        system_roots: false,
        accepts_invalid_certs: true,
        sends_name: true,
        min_version: TlsVersion::Tls12,
    };
    client(&wants, &Pins::default(), None)
}

fn accepts() -> Server {
    server(&Shown { identity: &identity(), named: Vec::new() }, None)
}

fn identity() -> Identity {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let key = made.signing_key.serialize_pem();
    Identity::from_pem(made.cert.pem().as_bytes(), key.as_bytes()).unwrap()
}

impl Side {
    fn begins(begin: impl FnOnce(Wire) -> Step) -> Self {
        let wire = Wire::new();
        Self { step: Some(begin(wire.clone())), wire }
    }

    fn client() -> Self {
        Self::begins(|wire| connects().unwrap().begin("localhost", wire))
    }

    /// Its records have at most this many bytes of plaintext.
    fn server(fragment: Option<usize>) -> Self {
        let pair = ::rustls::sign::SingleCertAndKey::from(identity().pair().unwrap().clone());
        let mut config = ServerConfig::builder_with_provider(provider())
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_cert_resolver(Arc::new(pair));
        config.max_fragment_size = fragment;
        let side = ServerSide::new(UnbufferedServerConnection::new(Arc::new(config)).unwrap());
        Self::begins(|wire| RustlsSession::begin(side, wire))
    }

    fn session(&mut self) -> Option<&mut Box<dyn Session>> {
        match &mut self.step {
            Some(Step::Done(session)) => Some(session),
            _ => None,
        }
    }

    fn hears(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            self.wire.fill_from(&mut bytes).unwrap();
            self.step = match self.step.take().unwrap() {
                Step::Unfinished(unfinished) => Some(unfinished.go_on()),
                Step::Failed(why) => panic!("{why}"),
                step @ Step::Done(_) => Some(step),
            };
        }
    }

    fn reads(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.session().unwrap().read(buf)
    }
}

/// Takes the handshake to its end. Returns what the server has said to the client after it.
fn shake(client: &mut Side, server: &mut Side) -> Vec<u8> {
    while server.session().is_none() {
        server.hears(&client.wire.take_output());
        if server.session().is_none() {
            client.hears(&server.wire.take_output());
        }
    }
    server.wire.take_output().to_vec()
}

#[test]
fn rfc_8446_section_5_1_a_handshake_message_in_parts_disturbs_no_write() {
    let (mut client, mut server) = (Side::client(), Side::server(Some(40)));
    let tickets = shake(&mut client, &mut server);
    assert!(tickets.len() > 200, "each in several records: {}", tickets.len());
    let mut said = 0;
    for byte in tickets {
        client.hears(&[byte]);
        let e = client.reads(&mut [0; 9]).unwrap_err();
        assert_eq!(e.kind(), ErrorKind::WouldBlock);
        client.session().unwrap().write_all(b"so far").unwrap();
        server.hears(&client.wire.take_output());
        said += server.reads(&mut [0; 9]).unwrap();
    }
    assert_eq!(said % 6, 0);
    server.session().unwrap().write_all(b"and then").unwrap();
    client.hears(&server.wire.take_output());
    let mut heard = [0; 9];
    assert_eq!(client.reads(&mut heard).unwrap(), 8);
    assert_eq!(heard[..8], *b"and then");
}

#[test]
fn rfc_8446_section_2_2_a_client_that_comes_back_resumes() {
    let (connects, accepts) = (connects().unwrap(), accepts().unwrap());
    let mut sizes = Vec::new();
    for _ in 0..3 {
        let mut client = Side::begins(|wire| connects.begin("localhost", wire));
        let mut server = Side::begins(|wire| accepts.begin(wire));
        server.hears(&client.wire.take_output());
        let flight = server.wire.take_output();
        sizes.push(flight.len());
        client.hears(&flight);
        let tickets = shake(&mut client, &mut server);
        client.hears(&tickets);
        client.reads(&mut [0]).unwrap_err();
    }
    let certificate = 300;
    assert!(sizes[1] + certificate < sizes[0] && sizes[2] == sizes[1], "{sizes:?}");
}

#[test]
fn a_message_comes_whole_whatever_the_sizes_are() {
    let (mut client, mut server) = (Side::client(), Side::server(None));
    let tickets = shake(&mut client, &mut server);
    client.hears(&tickets);
    let message: Vec<u8> =
        (0..50_000_u32).map(|n| n.to_le_bytes()[0] ^ n.to_le_bytes()[1]).collect();
    for arrives in [1000, 16 * 1024, 70_000] {
        for buf in [100, 7777, 16 * 1024, 60_000] {
            server.session().unwrap().write_all(&message).unwrap();
            let (mut heard, mut buf) = (Vec::new(), vec![0; buf]);
            for piece in server.wire.take_output().chunks(arrives) {
                client.hears(piece);
                while let Ok(n) = client.reads(&mut buf) {
                    heard.extend_from_slice(&buf[..n]);
                }
                assert!(!client.wire.has_unseen(), "all that can be read is read");
                assert!(client.session().unwrap().is_drained(), "and the session says so");
            }
            assert!(heard == message, "{arrives} {}", buf.len());
        }
    }
}

#[test]
fn after_the_end_nothing_is_read() {
    let (mut client, mut server) = (Side::client(), Side::server(None));
    let tickets = shake(&mut client, &mut server);
    server.session().unwrap().write_all(b"last").unwrap();
    server.session().unwrap().close().unwrap();
    server.session().unwrap().close().unwrap();
    let last = server.wire.take_output().to_vec();
    client.hears(&[&tickets[..], &last, b"noise"].concat());
    let mut buf = [0; 9];
    assert_eq!(client.reads(&mut buf).unwrap(), 4);
    for _ in 0..2 {
        assert_eq!(client.reads(&mut buf).unwrap(), 0);
    }
    client.session().unwrap().write_all(b"ours").unwrap();
    server.hears(&client.wire.take_output());
    assert_eq!(server.reads(&mut buf).unwrap(), 4, "only one direction has ended");
}

#[test]
fn what_came_before_a_bad_record_is_read_and_then_why() {
    let (mut client, mut server) = (Side::client(), Side::server(None));
    let tickets = shake(&mut client, &mut server);
    client.hears(&tickets);
    server.session().unwrap().write_all(&vec![7; 20_000]).unwrap();
    let mut records = server.wire.take_output().to_vec();
    *records.last_mut().unwrap() ^= 1;
    client.hears(&records);
    let mut buf = [0; 10_000];
    assert_eq!(client.reads(&mut buf).unwrap(), 10_000);
    assert!(!client.session().unwrap().is_drained(), "there is a rest");
    assert_eq!(client.reads(&mut buf).unwrap(), 6384);
    assert!(!client.session().unwrap().is_drained(), "there is a reason");
    for _ in 0..2 {
        let e = client.reads(&mut buf).unwrap_err();
        assert_eq!(
            (e.kind(), &*e.to_string()),
            (ErrorKind::InvalidData, "cannot decrypt peer's message")
        );
    }
    client.session().unwrap().write(b"?").unwrap_err();
    server.hears(&client.wire.take_output());
    let e = server.reads(&mut buf).unwrap_err();
    assert_eq!(e.to_string(), "the peer sent the alert bad record mac");
}

#[test]
fn a_handshake_message_has_a_limit_however_it_is_cut() {
    let mut server = Side::server(None);
    // A ClientHello of 65535 bytes, one byte in each record.
    let mut heard = 0;
    let why = loop {
        let byte = *[1, 0, 0xff, 0xff].get(heard / 6).unwrap_or(&0);
        let record = [22, 3, 1, 0, 1, byte];
        server.wire.fill_from(&mut &record[..]).unwrap();
        heard += record.len();
        match server.step.take().unwrap() {
            Step::Unfinished(unfinished) => match unfinished.go_on() {
                Step::Failed(why) => break why,
                step => server.step = Some(step),
            },
            _ => panic!("no end"),
        }
        assert!(heard < 70_000);
    };
    assert!(why.contains("too large"), "{why}");
}
