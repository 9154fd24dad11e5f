//! Servers that cannot begin, and servers that do not run.

use std::net::{SocketAddr, TcpListener};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;
use std::{fs, thread};

use blocking_ws::testing::Pipe;
use blocking_ws::{Server, http::Request};
use socket2::{Domain, SockRef, Socket, Type};
use test_support::folder::Folder;
use test_support::installed::{program, skipped};

use super::Scenario;
use super::elsewhere::{elsewhere, print};
use crate::produced::{Produced, failed};

pub(super) const SCENARIOS: &[Scenario] = &[
    ("addresses that are none", no_address),
    ("addresses that are in use", in_use),
    ("paths of Unix sockets", paths),
    ("sockets that do not listen", not_listening),
    ("servers without an address", unnamed),
    ("servers that do not run", not_running),
    ("a program without rights", as_nobody),
    ("a program without files", without_files),
];

fn bind(address: &str) -> Produced {
    failed(Server::bind(address))
}

fn no_address() -> Vec<Produced> {
    let unresolved = format!("{}.invalid:9001", "x".repeat(64));
    let addresses = [
        ":9001",
        "9001",
        "localhost",
        "::1",
        "ws://h:81/",
        "h:70000",
        "192.0.2.1:9001",
        &unresolved,
    ];
    let mut all: Vec<_> = addresses.into_iter().map(bind).collect();
    all.push(failed(Server::bind(&[][..] as &[SocketAddr])));
    all.push(bind("[2001:db8::1]:9001"));
    all
}

fn in_use() -> Vec<Produced> {
    let other = TcpListener::bind("127.0.0.1:0").unwrap();
    let server = Server::bind("127.0.0.1:0").unwrap();
    let port = server.local_addr().unwrap().port();
    vec![bind(&other.local_addr().unwrap().to_string()), failed(server.and_bind(("0.0.0.0", port)))]
}

fn paths() -> Vec<Produced> {
    let folder = Folder::new();
    let at = |path: &Path| failed(Server::bind_unix(path));
    fs::write(folder.file("a-file"), "").unwrap();
    let socket = folder.file("s");
    let _server = Server::bind_unix(&socket).unwrap();
    // What servers that begin at the same time lock.
    let lock = fs::File::create(folder.file(".locked.blocking-ws")).unwrap();
    rustix::fs::flock(&lock, rustix::fs::FlockOperation::LockExclusive).unwrap();
    vec![
        at(&folder.file("locked")),
        at(Path::new("")),
        at(&folder.file("missing/s")),
        at(&folder.file("a-file/s")),
        at(&folder.file("a-file")),
        at(&socket),
        at(&folder.file("x".repeat(200))),
    ]
}

fn not_listening() -> Vec<Produced> {
    let idle = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    let here = SocketAddr::from(([127, 0, 0, 1], 0));
    idle.bind(&here.into()).unwrap();
    let idle = failed(Server::from_listener(TcpListener::from(idle)));

    // The program shuts down the socket that it has given to a server.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let server = Server::from_listener(listener.try_clone().unwrap()).unwrap();
    let serving = thread::spawn(move || server.serve(|ws| ws.recv().map(drop)));
    SockRef::from(&listener).shutdown(std::net::Shutdown::Both).unwrap();
    vec![idle, failed(serving.join().unwrap())]
}

fn unnamed() -> Vec<Produced> {
    let folder = Folder::new();
    let at_path = Server::bind_unix(folder.file("s")).unwrap();
    vec![failed(at_path.local_addr()), failed(Server::unbound().unwrap().local_addr())]
}

fn not_running() -> Vec<Produced> {
    let server = Server::unbound().unwrap();
    let handle = server.handle();
    let adopted = failed(handle.adopt(Pipe::new(1).0));
    let request = Request::get("/")
        .header("host", "h")
        .header("connection", "Upgrade")
        .header("upgrade", "websocket")
        .header("sec-websocket-version", "13")
        .header("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ==");
    let refusal = handle.upgrade(request.body(()).unwrap(), None).unwrap_err();
    let response = refusal.response();
    vec![adopted, Produced::refusal(response.status(), response.body(), None)]
}

/// A program that is not root, nor may do what root may.
fn as_nobody() -> Vec<Produced> {
    let Some(setpriv) = program("setpriv") else {
        skipped("setpriv");
        return Vec::new();
    };
    let nobody = ["--reuid=65534", "--regid=65534", "--clear-groups", "--bounding-set=-all"];
    elsewhere(Command::new(setpriv).args(nobody), "starting::without_rights")
}

#[test]
#[ignore = "another test runs it, as another user"]
fn without_rights() {
    let port = (1..1024).map(|port| ("127.0.0.1", port)).find_map(|at| Server::bind(at).err());
    if let Some(error) = port {
        print(&error.into());
    }
    let folder = Folder::new();
    let socket = folder.file("s");
    let _server = Server::bind_unix(&socket).unwrap();
    fs::set_permissions(&socket, fs::Permissions::from_mode(0o000)).unwrap();
    print(&failed(Server::bind_unix(&socket)));
    let shut = folder.file("shut");
    fs::create_dir(&shut).unwrap();
    fs::set_permissions(&shut, fs::Permissions::from_mode(0o500)).unwrap();
    print(&failed(Server::bind_unix(shut.join("s"))));
}

/// A program that may open no further file.
fn without_files() -> Vec<Produced> {
    let Some(prlimit) = program("prlimit") else {
        skipped("prlimit");
        return Vec::new();
    };
    elsewhere(Command::new(prlimit).arg("--nofile=20"), "starting::with_few_files")
}

#[test]
#[ignore = "another test runs it, with a limit"]
fn with_few_files() {
    let mut kept = Vec::new();
    while let Ok(file) = fs::File::open("/dev/null") {
        kept.push(file);
    }
    print(&failed(Server::bind("127.0.0.1:0")));
}
