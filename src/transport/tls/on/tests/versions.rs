//! TLS 1.2 and 1.3 at both ends, and what TLS 1.3 sends after the handshake: key updates and tickets.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;

use super::support::{Authority, By, Hooked, Hooks, Program, each_library, read_line};
use crate::io::{Duplex, TlsBackend};
use crate::transport::tls::TlsStream;

const TLS_1_2: &str = "-tls1_2";
const TLS_1_3: &str = "-tls1_3";
const KEY_UPDATE: &str = "TLS 1.3, Handshake [length 0005], KeyUpdate";

/// What our end is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Role {
    Client,
    Server,
}

/// Our end of a connection to the program, and the program.
struct Ends {
    ours: TlsStream<Hooked<TcpStream>>,
    hooks: Hooks,
    program: Program,
}

/// `None` if there is no program.
fn meet(by: By, role: Role, options: &[&str]) -> Option<Ends> {
    let (authority, hooks) = (Authority::new(), Hooks::default());
    let over = |inner| Hooked { inner, hooks: hooks.clone() };
    let (ours, program) = match role {
        Role::Client => {
            let mut program = Program::server(&authority, options)?;
            let socket = over(TcpStream::connect(&program.address).unwrap());
            let ours = authority.connector(by).connect("localhost", socket).unwrap();
            program.wait_for("CIPHER is");
            (ours, program)
        }
        Role::Server => {
            let listener = TcpListener::bind("127.0.0.1:0").unwrap();
            let address = listener.local_addr().unwrap();
            let mut program = Program::client(&authority, address, options)?;
            let socket = over(listener.accept().unwrap().0);
            let ours = authority.acceptor(by).accept(socket).unwrap();
            program.wait_for("Verify return code: 0 (ok)");
            (ours, program)
        }
    };
    Some(Ends { ours, hooks, program })
}

/// Runs a test with each library as client and as server of a version.
fn each_end(
    version: &'static str,
    more: &'static [&str],
    test: impl Fn(Role, Ends) + Send + Sync + 'static,
) {
    each_library(move |by| {
        for role in [Role::Client, Role::Server] {
            // With OpenSSL, a server of `native-tls` speaks TLS 1.2 at most.
            if (version, role, by.server) == (TLS_1_3, Role::Server, TlsBackend::Native) {
                continue;
            }
            if let Some(ends) = meet(by, role, &[&[version], more].concat()) {
                test(role, ends);
            }
        }
    });
}

#[test]
fn tls_1_2_carries_megabytes_both_ways() {
    each_end(TLS_1_2, &[], |_, ends| megabytes(ends));
}

#[test]
fn tls_1_3_carries_megabytes_both_ways() {
    each_end(TLS_1_3, &[], |_, ends| megabytes(ends));
}

fn megabytes(Ends { mut ours, mut program, .. }: Ends) {
    const TOTAL: usize = 8 << 20;
    let mut writer = ours.try_clone().unwrap();
    let writing = thread::spawn(move || writer.write_all(&vec![b'~'; TOTAL]).unwrap());
    let reading = thread::spawn(move || {
        let mut buf = vec![0; TOTAL];
        ours.read_exact(&mut buf).unwrap();
        assert!(buf.iter().all(|byte| *byte == b'#'), "bytes are lost or changed");
        ours
    });
    let mut keys = program.child.stdin.take().unwrap();
    let typing = thread::spawn(move || {
        keys.write_all(&vec![b'#'; TOTAL]).unwrap();
        keys
    });
    let tildes = |bytes: &[u8]| bytes.split(|byte| *byte == b'~').count() - 1;
    let mut arrived = tildes(&program.seen);
    while arrived < TOTAL {
        arrived += tildes(&program.screen.recv().unwrap());
    }
    assert_eq!(arrived, TOTAL);
    writing.join().unwrap();
    reading.join().unwrap();
    typing.join().unwrap();
}

#[test]
fn key_updates_of_tls_1_3_disturb_nobody() {
    each_end(TLS_1_3, &["-msg"], |role, Ends { mut ours, mut program, .. }| {
        for command in ["K", "k", "K", "K"] {
            program.type_line(command);
            program.wait_for(&format!(">>> {KEY_UPDATE}"));
            program.type_line("from the program");
            assert_eq!(read_line(&mut ours), "from the program\n", "{role:?}");
            ours.write_all(b"from us\n").unwrap();
            if command == "K" {
                // The capital letter asks for an update of this side's key too.
                program.wait_for(&format!("<<< {KEY_UPDATE}"));
            }
            program.wait_for("from us\n");
        }
    });
}

#[test]
fn key_updates_that_ask_for_an_answer_wait_for_no_writer() {
    each_end(TLS_1_3, &["-msg"], |role, Ends { mut ours, hooks, mut program }| {
        let (is_stuck, release) = hooks.stick_writes();
        let mut writer = ours.try_clone().unwrap();
        let writing = thread::spawn(move || {
            writer.write_all(b"stuck\n").unwrap();
            writer
        });
        is_stuck.recv().unwrap();
        for round in 0..3 {
            program.type_line("K");
            program.wait_for(&format!(">>> {KEY_UPDATE}"));
            program.type_line(&format!("round {round}"));
            assert_eq!(read_line(&mut ours), format!("round {round}\n"), "{role:?}");
        }
        drop(release);
        program.wait_for("stuck\n");
        // RFC 8446 §4.6.3: the answer comes before the next data.
        writing.join().unwrap().write_all(b"by the new key\n").unwrap();
        program.wait_for(&format!("<<< {KEY_UPDATE}"));
        program.wait_for("by the new key\n");
    });
}
