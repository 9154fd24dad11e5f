//! How many connections an address may have. On Linux, which has all of 127.0.0.0/8.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::thread;
use std::time::Duration;

use blocking_ws::http::Response;
use blocking_ws::{Error, Server, Settings, WebSocket, connect};
use socket2::{Domain, Socket, Type};
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

fn ask(stream: &mut TcpStream, more: &str) -> std::io::Result<String> {
    stream.write_all(format!("GET / HTTP/1.1\r\nHost: here\r\n{more}\r\n").as_bytes())?;
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte)?;
        head.push(byte[0]);
    }
    Ok(String::from_utf8(head).unwrap())
}

const UPGRADE: &str = "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n\
                       Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";

/// Opens a connection, which another that is just leaving may still prevent.
fn open(n: u8, server: SocketAddr) -> TcpStream {
    loop {
        let mut stream = from(n, server);
        if ask(&mut stream, UPGRADE).is_ok_and(|head| head.starts_with("HTTP/1.1 101 ")) {
            return stream;
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
            let mut refused = from(2, address);
            let head = ask(&mut refused, UPGRADE).unwrap();
            assert!(head.starts_with("HTTP/1.1 429 Too Many Requests\r\n"), "{head}");
            assert!(head.contains("\r\nRetry-After: 5\r\n"), "{head}");
            let mut body = String::new();
            refused.read_to_string(&mut body).unwrap();
            assert!(body.contains("too many connections from this address"), "{body}");
        }
        let page = ask(&mut from(2, address), "").unwrap();
        assert!(page.starts_with("HTTP/1.1 200 "), "pages are still answered: {page}");
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
            let _ = stream
                .write_all(format!("GET / HTTP/1.1\r\nHost: here\r\n{UPGRADE}\r\n").as_bytes());
        }
        // Whatever became of the flood by now, each of the others has a place at once.
        let others: Vec<_> = (3..23)
            .map(|n| {
                let mut stream = from(n, address);
                let head = ask(&mut stream, UPGRADE).unwrap();
                assert!(head.starts_with("HTTP/1.1 101 "), "{n}: {head}");
                stream
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
            let mut stream = from(9, address);
            let head = ask(&mut stream, &format!("{more}{UPGRADE}")).unwrap();
            assert!(head.starts_with(&format!("HTTP/1.1 {status} ")), "{head}");
            refused.push(stream); // kept open
        }
        let mut stream = from(9, address);
        let more = format!("Authorization: Basic YWxpOnNlc2FtZQ==\r\n{UPGRADE}");
        let head = ask(&mut stream, &more).unwrap();
        assert!(head.starts_with("HTTP/1.1 101 "), "{head}");
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
        let mut streams: Vec<_> =
            (0..CLIENTS).map(|_| TcpStream::connect(address).unwrap()).collect();
        for (n, stream) in streams.iter_mut().enumerate() {
            let head = ask(stream, &format!("X-Forwarded-For: 192.0.2.{n}\r\n{UPGRADE}")).unwrap();
            assert!(head.starts_with("HTTP/1.1 101 "), "{n}: {head}");
        }
        for n in 0..CLIENTS {
            let mut again = TcpStream::connect(address).unwrap();
            let more = format!("X-Forwarded-For: 192.0.2.{n}\r\n{UPGRADE}");
            let head = ask(&mut again, &more).unwrap();
            assert!(head.starts_with("HTTP/1.1 429 "), "{n}: {head}");
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
