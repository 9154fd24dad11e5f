//! The lines of the log: which there are, and that each has the number of its connection.

use std::io::{self, Read, Write};
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::thread;
use std::time::Duration;

use super::support::{Authority, By, Hooked, Hooks, each_library, unix};
use crate::io::{Deadline, Duplex};
use crate::process::{journal, next_number};
use crate::transport::Stream;
use crate::transport::tls::TlsStream;

/// Brings a pair into a state in which its client, which is then dropped, has a line to write.
type Happens = fn(&mut TlsStream<Hooked>, &mut TlsStream<UnixStream>);

const EVENTS: [(&str, &str, Happens); 3] = [
    ("a drop", "no TLS close_notify", |_, _| {}),
    ("an end of both directions", "no TLS close_notify", |client, _| {
        client.shutdown(Shutdown::Both).unwrap();
    }),
    ("an alert", "a TLS answer was not sent", |client, server| {
        let mut forger = server.socket().try_clone().unwrap();
        forger.write_all(b"\x17\x03\x03\x00\x20forged forged forged forged 1234").unwrap();
        assert!(client.read(&mut [0]).is_err());
    }),
];

/// A pair with its number, if it has one. Each write of the client fails with `why` after the
/// handshake.
fn pair(by: By, id: Option<u64>, why: String) -> (TlsStream<Hooked>, TlsStream<UnixStream>) {
    let authority = Authority::new();
    let (acceptor, connector) = (authority.acceptor(by), authority.connector(by));
    let ((inner, server), hooks) = (unix(), Hooks::default());
    let accepting = thread::spawn(move || acceptor.accept(server).unwrap());
    let socket = Hooked { inner, hooks: hooks.clone() };
    let client = match id {
        Some(id) => {
            let deadline = Deadline::after(Some(Duration::from_secs(20)));
            connector.connect_by(id, "localhost", socket, deadline).unwrap()
        }
        None => connector.connect("localhost", socket).unwrap(),
    };
    let server = accepting.join().unwrap();
    hooks.let_it_try();
    let fails = move || io::Error::other(why.clone());
    let tries = fails.clone();
    hooks.on_write(move || Err(fails()));
    hooks.on_call(move |name| if name == "try_write" { Err(tries()) } else { Ok(()) });
    (client, server)
}

#[test]
fn each_line_has_the_number_of_its_connection_if_there_is_one() {
    each_library(|by| {
        journal::begin();
        for (rule, text, happens) in EVENTS {
            for id in [Some(next_number()), None] {
                let why = format!("as told of {rule} on {id:?} by {by}");
                let (mut client, mut server) = pair(by, id, why.clone());
                happens(&mut client, &mut server);
                drop(client);
                let number = id.map(|id| format!("#{id} ")).unwrap_or_default();
                assert_eq!(journal::said(&why), [format!("{number}{text}: {why}")]);
            }
        }
    });
}

#[test]
fn streams_of_servers_and_clients_have_their_number() {
    each_library(|by| {
        journal::begin();
        let authority = Authority::new();
        let (acceptor, connector) = (authority.acceptor(by), authority.connector(by));
        let deadline = Deadline::after(Some(Duration::from_secs(20)));
        // A socket, and a stream of the program.
        let kinds: [fn(UnixStream) -> Stream; 2] =
            [|socket| Stream::new(socket).unwrap(), Stream::boxed];
        for stream in kinds {
            for is_client in [false, true] {
                let (near, far) = unix();
                let (id, acceptor) = (next_number(), acceptor.clone());
                let (ours, theirs) = if is_client {
                    let theirs = thread::spawn(move || acceptor.accept(far).unwrap());
                    (stream(near).connect_tls(id, &connector, "localhost", deadline), theirs)
                } else {
                    let connector = connector.clone();
                    let connect = move || connector.connect("localhost", far).unwrap();
                    let theirs = thread::spawn(connect);
                    (stream(near).accept_tls(id, &acceptor, deadline), theirs)
                };
                let ours = ours.unwrap();
                // Then nothing can be written. A close alone is too little: a process that another test
                // begins has the descriptor too, for a moment.
                theirs.join().unwrap().socket().shutdown(Shutdown::Both).unwrap();
                drop(ours);
                let lines = journal::said(&format!("#{id} no TLS close_notify: "));
                assert_eq!(lines.len(), 1, "is_client: {is_client}");
            }
        }
    });
}
