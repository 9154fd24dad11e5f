//! The programs under test do what both suites expect: echo, and drive the cases of a fuzzing server.

use std::env;
use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use blocking_ws::testing::Peer;
use blocking_ws::{Client, Identity, Message, TlsAcceptor};
use test_support::autobahn::{Certificates, Layout, Process};
use test_support::within;
use ws_conformance_proof::peers::PeerProgram;

const LIMIT: Duration = Duration::from_secs(60);

/// A folder for the files of one test; removed with it.
struct Place(PathBuf);

impl Place {
    fn new() -> Self {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("conformance-proof-{}-{number}", std::process::id());
        let folder = env::temp_dir().join(name);
        fs::create_dir(&folder).unwrap();
        Self(folder)
    }

    fn start(&self, command: &mut Command) -> Process {
        Process::start("program", command, self.0.join("program.log")).unwrap()
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn echoes(program: &PeerProgram, tls: bool) {
    let place = Place::new();
    let certificates = tls.then(|| Certificates::create(&place.0).unwrap());
    let mut server = place.start(&mut program.server(certificates.as_ref()));
    let url = server.await_line("listening on ", Instant::now() + LIMIT).unwrap();
    assert_eq!(url.starts_with("wss:"), tls, "{url}");

    let mut client = Client::new();
    if let Some(certificates) = &certificates {
        client = client.root_certificate_pem(&fs::read(&certificates.authority).unwrap());
    }
    let mut ws = client.connect(&url).unwrap();
    for message in [Message::from("text"), Message::from(vec![0, 255]), Message::from("")] {
        ws.send(&message).unwrap();
        assert_eq!(ws.recv().unwrap(), Some(message), "{}", program.name);
    }
    ws.close(1000, "").unwrap();
}

/// A fuzzing server with three cases. The program must go on after those that fail.
fn drives(program: &PeerProgram, tls: bool) {
    let place = Place::new();
    let certificates = tls.then(|| Certificates::create(&place.0).unwrap());
    let acceptor = certificates.as_ref().map(|files| {
        let [certificate, key] =
            [&files.certificate, &files.key].map(|file| fs::read(file).unwrap());
        TlsAcceptor::new(&Identity::from_pem(&certificate, &key).unwrap()).unwrap()
    });
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let scheme = if tls { "wss" } else { "ws" };
    let url = format!("{scheme}://{}", listener.local_addr().unwrap());
    let mut client = place.start(&mut program.client(&url, "some-agent", certificates.as_ref()));

    let accept = |path: &str| {
        let (stream, _) = listener.accept().unwrap();
        let peer = match &acceptor {
            None => Peer::accept(stream),
            Some(acceptor) => Peer::accept(acceptor.accept(stream).unwrap()),
        };
        let mut peer = peer.unwrap();
        assert_eq!(peer.request().uri(), path, "{}", program.name);
        peer.within(LIMIT);
        peer
    };
    let close = |mut peer: Peer| {
        peer.close(1000, "");
        peer.expect_close(1000);
    };

    let mut count = accept("/getCaseCount");
    count.send("3");
    close(count);

    let mut broken = accept("/runCase?case=1&agent=some-agent");
    // Opcode 3 means nothing.
    broken.bytes([0x83, 0x00]);
    broken.stay_silent();

    // Case 2 ends before the opening handshake.
    drop(listener.accept().unwrap());

    let mut good = accept("/runCase?case=3&agent=some-agent");
    good.send("hello");
    good.expect_text("hello");
    close(good);

    close(accept("/updateReports?agent=some-agent"));
    client.finish(Instant::now() + LIMIT).unwrap();
}

fn works(program: &PeerProgram) {
    for tls in [false, true] {
        echoes(program, tls);
        drives(program, tls);
    }
}

#[test]
fn tungstenite_works() {
    let program = PeerProgram::tungstenite_at(Path::new(env!("CARGO_BIN_EXE_tungstenite_echo")));
    within(move || works(&program));
}

#[test]
#[ignore = "installs packages of npm and pip, and builds the examples"]
fn all_programs_work() {
    for program in PeerProgram::all(&Layout::of_this_program().unwrap()).unwrap() {
        within(move || works(&program));
    }
}
