//! The way to a server.

use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::process::Command;
use std::time::Duration;

use blocking_ws::testing::MockServer;
use blocking_ws::{Client, connect};
use test_support::folder::Folder;
use test_support::installed::{program, skipped};
use test_support::nobody::nobody;

use super::Scenario;
use super::elsewhere::{elsewhere, print};
use crate::produced::{Produced, failed};

pub(super) const SCENARIOS: &[Scenario] = &[
    ("nobody listens", nobody_listens),
    ("a name that is none", unknown_name),
    ("a port in the brackets of an address", port_in_brackets),
    ("local addresses", local_addresses),
    ("functions that connect", dialled),
    ("a server that is silent", silent),
    ("a name with many addresses", many_addresses),
    ("Unix sockets", unix),
    #[cfg(not(any(feature = "tls", feature = "rustls")))]
    ("no TLS is compiled in", no_tls),
];

fn nobody_listens() -> Vec<Produced> {
    let (_kept, address) = nobody();
    vec![failed(connect(&format!("ws://{address}/")))]
}

/// No part of a name has more than 63 bytes, so no DNS server is asked.
fn unknown_name() -> Vec<Produced> {
    vec![failed(connect(&format!("ws://{}.invalid/", "x".repeat(64))))]
}

/// Nobody connects to an address of a group (224.0.18.52).
fn port_in_brackets() -> Vec<Produced> {
    vec![failed(connect("ws://[::ffff:e000:1234]/"))]
}

/// A machine with a file of hosts of its own.
fn many_addresses() -> Vec<Produced> {
    let (Some(unshare), folder) = (program("unshare"), Folder::new()) else {
        skipped("unshare");
        return Vec::new();
    };
    let hosts = (1..10).map(|at| format!("127.0.0.{at} many.test\n"));
    let hosts = hosts.collect::<Vec<_>>().concat();
    std::fs::write(folder.file("hosts"), hosts).unwrap();
    let script = "mount --bind \"$1\" /etc/hosts && shift && exec \"$@\"";
    let mut command = Command::new(unshare);
    command
        .args(["--map-root-user", "--mount", "sh", "-c", script, "sh"])
        .arg(folder.file("hosts"));
    elsewhere(&mut command, "connecting::with_many_addresses")
}

#[test]
#[ignore = "another test runs it, with other hosts"]
fn with_many_addresses() {
    // Nobody listens at the port of a socket that only binds.
    let (_kept, address) = nobody();
    print(&failed(connect(&format!("ws://many.test:{}/", address.port()))));
    // A proxy that never answers.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let client = Client::new().proxy(&format!("socks5://{}", silent.local_addr().unwrap()));
    print(&failed(client.connect_timeout(Duration::from_millis(900)).connect("ws://many.test/")));
}

fn local_addresses() -> Vec<Produced> {
    let from = |local: SocketAddr| Client::new().local_addr(local);
    let (here, nowhere) = (Ipv4Addr::LOCALHOST, Ipv4Addr::new(192, 0, 2, 1));
    vec![
        failed(from((nowhere, 0).into()).connect("ws://127.0.0.1:9/")),
        failed(from((here, 0).into()).connect("ws://[::1]:9/")),
    ]
}

fn dialled() -> Vec<Produced> {
    let fails = Client::new().dial(|_| Err::<TcpStream, _>(io::Error::other("the tunnel is shut")));
    let panics =
        Client::new().dial(|_| -> io::Result<TcpStream> { panic!("as the test wants it") });
    [fails, panics].map(|client| failed(client.connect("ws://h/"))).into()
}

fn silent() -> Vec<Produced> {
    let mock = MockServer::new().unwrap().within(Duration::from_secs(100)).silent();
    let client = Client::new().connect_timeout(Duration::from_millis(50));
    let late = failed(client.connect(&mock.url()));
    mock.leave();
    vec![late]
}

fn unix() -> Vec<Produced> {
    let folder = Folder::new();
    let to = |path: &str| failed(Client::new().unix_socket(folder.file(path)).connect("ws://h/"));
    vec![
        to("missing.sock"),
        to(&"x".repeat(200)),
        failed(Client::new().unix_socket("").connect("ws://h/")),
    ]
}

#[cfg(not(any(feature = "tls", feature = "rustls")))]
fn no_tls() -> Vec<Produced> {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    vec![failed(connect(&format!("wss://{}/", listener.local_addr().unwrap())))]
}
