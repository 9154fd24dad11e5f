//! How many connections an address may have. On Linux, which has all of 127.0.0.0/8.

use std::io::Write;
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::thread;
use std::time::Duration;

use blocking_ws::http::Response;
use blocking_ws::testing::Peer;
use blocking_ws::{Error, Role, Server, Settings, WebSocket, connect};
use socket2::{Domain, Socket, Type};
use test_support::http::Head;
use test_support::opening::good;
use test_support::peer::peer_of;
use test_support::within;

fn receives(ws: &mut WebSocket) -> blocking_ws::Result<()> {
    while ws.recv()?.is_some() {}
    Ok(())
}

/// A connection from 127.0.0.n.
fn from(n: u8, server: SocketAddr) -> TcpStream {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    socket.bind(&SocketAddr::from((Ipv4Addr::new(127, 0, 0, n), 0)).into()).unwrap();
    socket.connect(&server.into()).unwrap();
    socket.into()
}

/// A connection that stays open, and what it was answered.
fn ask(stream: TcpStream, request: impl AsRef<[u8]>) -> (Peer, Response<Vec<u8>>) {
    let mut peer = peer_of(Role::Server, stream);
    peer.bytes(request);
    let response = peer.expect_response();
    (peer, response)
}

/// Opens a connection, which another that is just leaving may still prevent.
fn open(n: u8, server: SocketAddr) -> Peer {
    loop {
        if let Ok(peer) = Peer::connect_over("ws://here/", from(n, server), &[]) {
            return peer;
        }
        thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn an_address_has_its_limit_and_others_have_theirs() {
    within(|| {
        let server = Server::bind("127.0.0.1:0").unwrap().max_connections_per_client(3);
        let server = server.http(|_| Response::new("a page\n")).spawn(receives).unwrap();
        let address = server.local_addr().unwrap();
        let mut clients: Vec<_> = (0..3).map(|_| open(2, address)).collect();
        for _ in 0..10 {
            let response = loop {
                // Four of an address are told at a time. The thread of one that was told may still run.
                match Peer::handshake_over("ws://here/", from(2, address), &[]) {
                    Ok(response) => break response,
                    Err(Error::Lost(_) | Error::Other(_)) => {
                        thread::sleep(Duration::from_millis(1));
                    }
                    Err(e) => panic!("{e}"),
                }
            };
            assert_eq!((response.status().as_u16(), response.get("retry-after")), (429, Some("5")));
            let body = String::from_utf8(response.into_body()).unwrap();
            assert!(body.contains("too many connections from this address"), "{body}");
        }
        let (_, page) = ask(from(2, address), "GET / HTTP/1.1\r\nHost: here\r\n\r\n");
        assert_eq!(page.status(), 200, "pages are still answered");
        let others: Vec<_> = (3..6).map(|n| open(n, address)).collect();
        drop(clients.pop());
        clients.push(open(2, address));
        // A client has its 101 a moment before it is counted.
        while server.connection_count() != clients.len() + others.len() {
            thread::sleep(Duration::from_millis(1));
        }
    });
}

#[test]
fn a_flood_from_one_address_leaves_room_for_others() {
    const ROOM: usize = 40;
    within(|| {
        let server = Server::bind("127.0.0.1:0").unwrap().max_connections(ROOM);
        let server = server.max_connections_per_client(5).spawn(receives).unwrap();
        let address = server.local_addr().unwrap();
        // They say nothing, or ask and never read.
        let mut flood: Vec<_> = (0..100).map(|_| from(2, address)).collect();
        for stream in flood.iter_mut().skip(50) {
            let _ = stream.write_all(good("").as_bytes());
        }
        // Whatever became of the flood by now, each of the others has a place at once.
        let others: Vec<_> = (3..23)
            .map(|n| {
                let (peer, response) = ask(from(n, address), good(""));
                assert_eq!(response.status(), 101, "{n}");
                peer
            })
            .collect();
        drop((flood, others));
    });
}

#[test]
fn a_client_that_is_refused_has_no_share_while_its_answer_lingers() {
    within(|| {
        let server = Server::bind("127.0.0.1:0").unwrap().max_connections_per_client(1);
        let server = server.on_upgrade(|opening| {
            opening.basic().map(drop) // without a password: 401
        });
        let server = server.spawn(receives).unwrap();
        let address = server.local_addr().unwrap();
        let mut refused = Vec::new();
        for (more, status) in [("", 401), ("Origin: https://elsewhere.example\r\n", 403)] {
            let (peer, response) = ask(from(9, address), good(more));
            assert_eq!(response.status(), status);
            refused.push(peer); // kept open
        }
        let more = "Authorization: Basic YWxpOnNlc2FtZQ==\r\n";
        assert_eq!(ask(from(9, address), good(more)).1.status(), 101);
    });
}

#[test]
fn behind_a_proxy_that_is_trusted_the_forwarded_address_counts() {
    const CLIENTS: u8 = 40;
    within(|| {
        let server = Server::bind("127.0.0.1:0").unwrap().trusted_proxy("127.0.0.1");
        let server = server.max_connections_per_client(1).spawn(receives).unwrap();
        let address = server.local_addr().unwrap();
        // All are in their handshake at the same time, and come from the proxy.
        let connect = |_| TcpStream::connect(address).unwrap();
        let streams: Vec<_> = (0..CLIENTS).map(connect).collect();
        let forwarded = |n| good(&format!("X-Forwarded-For: 192.0.2.{n}\r\n"));
        let mut peers = Vec::new();
        for (n, stream) in (0..).zip(streams) {
            let (peer, response) = ask(stream, forwarded(n));
            assert_eq!(response.status(), 101, "{n}");
            peers.push(peer);
        }
        for n in 0..CLIENTS {
            let (_, response) = ask(connect(n), forwarded(n));
            assert_eq!(response.status(), 429, "{n}");
        }
    });
}

#[test]
fn clients_of_a_unix_socket_have_no_address() {
    use blocking_ws::Client;
    use test_support::folder::Folder;

    within(|| {
        let folder = Folder::new();
        let path = folder.file("s");
        let server = Server::bind_unix(&path).unwrap().max_connections_per_client(1);
        let server = server.spawn(|ws: &mut WebSocket| {
            ws.send("hello")?;
            receives(ws)
        });
        let server = server.unwrap();
        let connect = || Client::new().unix_socket(&path).connect("ws://localhost/").unwrap();
        let mut clients: Vec<_> = (0..5).map(|_| connect()).collect();
        for client in &mut clients {
            client.recv().unwrap();
        }
        let connections = server.connections();
        assert_eq!(connections.len(), 5);
        assert!(connections.iter().all(|one| one.peer_addr().is_none()));
        assert_eq!(connections[0].to_string(), format!("#{}", connections[0].id()));
    });
}

#[test]
fn the_limit_can_be_taken_back_and_is_not_zero() {
    within(|| {
        let bind = || Server::bind("127.0.0.1:0").unwrap();
        let zero = bind().max_connections_per_client(0).spawn(receives);
        assert!(matches!(zero, Err(Error::Invalid(_))), "{zero:?}");
        let server = bind().max_connections_per_client(1).max_connections_per_client(None);
        // Of a connection, not of the server: it stays as it is.
        let server = server.settings(Settings::new()).spawn(receives).unwrap();
        let clients: Vec<_> = (0..5).map(|_| connect(server.url()).unwrap()).collect();
        drop(clients);
    });
}
