//! What a client's log says of its connections: each line begins with the number of one.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use blocking_ws::http::{StatusCode, header};
use blocking_ws::testing::{MockServer, Peer, RawFrame};
use blocking_ws::{Client, CloseCode, Opening, Refusal, Server, TapEvent, WebSocket};
use log::Level;
use test_support::nobody::nobody;
use test_support::socket::patient;
use test_support::{journal, within};

/// What a peer does with its client, once the connection is open.
type Does = fn(&mut Peer);

/// What a client does with its connection.
type Uses = fn(&mut WebSocket);

fn receives(ws: &mut WebSocket) {
    while let Ok(Some(_)) = ws.recv() {}
}

#[test]
fn each_connection_that_opens_has_a_line_and_one_for_its_end() {
    let rows: [(&str, Does, Uses, &str); 5] = [
        (
            "this side closes",
            |peer| {
                peer.expect_close(1000);
                peer.close(1000, "bye");
            },
            |ws| ws.close(CloseCode::Normal, "bye").unwrap(),
            "this side closed the connection: 1000 (normal closure): bye",
        ),
        (
            "the peer closes",
            |peer| {
                peer.close(1011, "disk\nful");
                peer.expect_close(1011);
            },
            receives,
            "the peer closed the connection: 1011 (internal error): disk\\nful",
        ),
        (
            "a loss",
            |peer| peer.cut(),
            receives,
            "the connection was lost (code 1006): the peer ended it without a Close frame (RFC 6455 \
             7.1.5)",
        ),
        (
            "a broken rule",
            |peer| {
                peer.frame(RawFrame::of(3, ""));
                peer.expect_close(1002);
            },
            receives,
            "this side closed the connection: 1002 (protocol error): opcode 0x3 is reserved (RFC 6455 \
             5.2); no Close frame of the peer came",
        ),
        (
            "a drop",
            |peer| drop(peer.expect_close(1001)),
            |_| {},
            "this side dropped the connection",
        ),
    ];
    within(move || {
        journal::begin();
        for (rule, does, uses, want) in rows {
            let mock = MockServer::new().unwrap().on_connection(move |peer| {
                peer.open(&[]);
                does(peer);
            });
            let client = Client::new().close_timeout(Duration::from_secs(5));
            let mut ws = client.connect(&format!("{}room?token=hush", mock.url())).unwrap();
            let name = format!("#{} 127.0.0.1: ", ws.id());
            uses(&mut ws);
            drop(ws);
            mock.verify();
            let want = ["open, /room", want].map(|text| (Level::Debug, format!("{name}{text}")));
            assert_eq!(journal::said(&name), want, "{rule}");
        }
    });
}

#[test]
fn each_redirect_is_a_connection_with_a_number_of_its_own() {
    within(|| {
        let server = Server::bind("127.0.0.1:0").unwrap().on_upgrade(|opening: &mut Opening| {
            if opening.request().uri().path() == "/there" {
                return Ok(());
            }
            let refusal = Refusal::new(StatusCode::FOUND, "");
            let there = header::HeaderValue::from_static("/there");
            Err(refusal.header(header::LOCATION, there))
        });
        let server = server.spawn(|ws| ws.recv().map(drop)).unwrap();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let begun = Arc::clone(&seen);
        let client = Client::new().redirects(1).tap(move |id: u64, event: TapEvent<'_>| {
            if let TapEvent::Opened { .. } = event {
                begun.lock().unwrap().push(id);
            }
        });
        let ws = client.connect(server.url()).unwrap();
        let seen = seen.lock().unwrap();
        assert!(
            matches!(seen[..], [first, second] if first < second && second == ws.id()),
            "{seen:?}"
        );
    });
}

/// A SOCKS5 proxy (RFC 1928) that refuses the first client. For the second it is the server.
fn proxy() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("socks5://{}", listener.local_addr().unwrap());
    thread::spawn(move || {
        for reply in [5, 0] {
            let mut stream = patient(listener.accept().unwrap().0);
            stream.read_exact(&mut [0; 3]).unwrap();
            stream.write_all(b"\x05\0").unwrap();
            stream.read_exact(&mut [0; 10]).unwrap();
            stream.write_all(&[5, reply, 0, 1, 0, 0, 0, 0, 0, 0]).unwrap();
            if reply == 0 {
                Peer::accept(stream).unwrap().stay_silent();
            }
        }
    });
    url
}

#[test]
fn an_attempt_that_fails_has_one_number_in_all_its_lines() {
    within(|| {
        journal::begin();
        let (_kept, address) = nobody();
        let client = Client::new().proxy(&proxy());
        let connections = client.reconnecting(&format!("ws://{address}/"));
        let mut connections = connections.first_delay(Duration::from_millis(1));
        let ws = connections.next().unwrap().unwrap();
        let refused = "it refused: the server refused the connection (SOCKS5 reply 5, RFC 1928 6)";
        let mut lines = journal::said(&format!(" {address}"));
        lines.retain(|(level, _)| *level < Level::Trace);
        let split = lines.iter().map(|(level, line)| {
            let (number, line) = line.strip_prefix('#').expect(line).split_once(' ').unwrap();
            (number.parse::<u64>().unwrap(), *level, line)
        });
        let [(first, debug, tried), (second, warn, failed), (third, info, opened)] =
            split.collect::<Vec<_>>()[..]
        else {
            panic!("{lines:?}");
        };
        assert_eq!([debug, warn, info], [Level::Debug, Level::Warn, Level::Info]);
        assert!(first == second && second < third && third == ws.id(), "{lines:?}");
        assert_eq!(opened, format!("{address}: connected again"));
        assert!(tried.starts_with(&format!("{address} through a proxy: ")), "{tried}");
        assert!(failed.starts_with(&format!("{address}: the proxy ")), "{failed}");
        assert!(tried.contains(refused) && failed.contains(refused), "{lines:?}");
    });
}
