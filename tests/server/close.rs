//! How a server ends its connections (RFC 6455 §7.1.1, §7.4.1) one by one, and that the last word
//! arrives over TCP whatever was still under way; `shutdown.rs` ends them all at once.

use std::net::TcpStream;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use blocking_ws::testing::{Key, Peer, RawFrame};
use blocking_ws::{ClosedBy, Error, Result, Role, Server, ServerHandle, WebSocket, connect};
use test_support::peer::{CLOSE, upgraded};
use test_support::within;

fn serve(handler: impl Fn(&mut WebSocket) -> Result<()> + Send + Sync + 'static) -> ServerHandle {
    let server = Server::bind("127.0.0.1:0").unwrap();
    server.close_timeout(Duration::from_secs(20)).spawn(handler).unwrap()
}

fn raw_client(server: &ServerHandle) -> Peer {
    upgraded(TcpStream::connect(server.local_addr().unwrap()).unwrap(), &[])
}

/// Reads to the end, through all messages; tells the code of the Close frame.
fn code_and_end(peer: &mut Peer, rule: &str) -> u16 {
    peer.called(rule);
    let close = loop {
        let frame = peer.recv_frame().expect("a Close frame before the end");
        if frame.opcode == CLOSE {
            break frame.payload;
        }
    };
    peer.frame(RawFrame::close_raw(&close[..2]));
    // The server hangs up, and does not reset.
    peer.expect_end();
    u16::from_be_bytes([close[0], close[1]])
}

/// Does what the first message says.
fn obedient(ws: &mut WebSocket) -> Result<()> {
    while let Some(message) = ws.recv()? {
        match message.as_text() {
            Some("ok") => return Ok(()),
            Some("err") => return Err(Error::other("as told")),
            Some("no JSON") => return Err(Error::Json("as told".into())),
            Some("panic") => panic!("as told"),
            Some("closed") => ws.close(4000, "")?,
            Some("closed, err") => {
                ws.close(4001, "")?;
                return Err(Error::other("too late to matter"));
            }
            Some("protocol") => {
                ws.recv()?;
            }
            _ => ws.send(message)?,
        }
    }
    Ok(())
}

#[test]
fn the_handlers_result_decides_the_close_code_of_its_connection_only() {
    within(|| {
        let server = serve(obedient);
        let mut witness = connect(server.url()).unwrap();
        for (told, code) in [
            ("ok", 1000),
            ("err", 1011),
            ("no JSON", 1007),
            ("panic", 1011),
            ("closed", 4000),
            ("closed, err", 4001),
            ("protocol", 1002),
        ] {
            let mut peer = raw_client(&server);
            peer.send(told);
            if told == "protocol" {
                peer.frame(RawFrame::text("not masked").key(Key::None));
            }
            assert_eq!(code_and_end(&mut peer, told), code, "{told}");
            witness.send("alive?").unwrap();
            assert_eq!(witness.recv().unwrap(), Some("alive?".into()), "after {told}");
        }
        witness.close(1000, "").unwrap();
    });
}

#[test]
fn a_handler_learns_how_its_connection_ended() {
    within(|| {
        type Act = fn(Peer);
        let (statuses, told) = mpsc::channel();
        let server = serve(move |ws| {
            let received = ws.recv().map(drop);
            assert_eq!(ws.recv()?, None);
            let status = ws.close_status().unwrap();
            statuses.send((status.by(), status.code().into())).unwrap();
            received
        });
        let rows: [(&str, Act, (ClosedBy, u16)); 3] = [
            ("in order", |mut peer| peer.close(1001, ""), (ClosedBy::Remote, 1001)),
            ("without a word", drop, (ClosedBy::Loss, 1006)),
            ("broken rule", |mut peer| peer.frame(RawFrame::of(3, "")), (ClosedBy::Local, 1002)),
        ];
        for (rule, act, want) in rows {
            act(raw_client(&server));
            assert_eq!(told.recv(), Ok(want), "{rule}");
        }
    });
}

#[test]
fn section_7_1_1_the_last_word_is_never_lost_to_a_reset() {
    type Handler = fn(&mut WebSocket) -> Result<()>;
    const LAST: usize = 1 << 20;
    const LATE: &[u8] = b"\x81\x81\0\0\0\0a\x81\x81\0\0\0\0\xff";
    let rows: [(&str, Handler, &[u8], u16, usize); 3] = [
        ("a broken rule", |ws| ws.recv().map(drop), b"\x81\x00", 1002, 0),
        ("a rule broken late", |ws| ws.recv().and_then(|_| ws.recv()).map(drop), LATE, 1007, 0),
        (
            "a last message, nothing was read",
            |ws| ws.send(vec![0; LAST]),
            b"\x81\x80\0\0\0\0",
            1000,
            LAST,
        ),
    ];
    for (rule, handler, begins_with, code, last) in rows {
        within(move || {
            let server = serve(handler);
            let mut peer = raw_client(&server);
            // All of this is written before anything is read.
            let much = RawFrame::binary(vec![0; 1 << 20]).to_bytes(Role::Client);
            let all = [begins_with, &much.repeat(8)].concat();
            peer.bytes(all);
            if last > 0 {
                peer.called(rule).expect_frame(RawFrame::binary(vec![0; last]));
            }
            assert_eq!(code_and_end(&mut peer, rule), code, "{rule}");
        });
    }
}

#[test]
fn section_7_1_1_nor_on_a_stream_of_ones_own() {
    within(|| {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let stream = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let server = thread::spawn(move || {
            let mut ws = WebSocket::accept(listener.accept().unwrap().0).unwrap();
            ws.set_close_timeout(Duration::from_secs(5));
            assert!(matches!(ws.recv(), Err(Error::Protocol(_))));
        });
        let mut peer = upgraded(stream, &[]);
        peer.frame(RawFrame::binary(vec![0; 8 << 20]).key(Key::None));
        assert_eq!(code_and_end(&mut peer, "a stream of one's own"), 1002);
        drop(peer);
        server.join().unwrap();
    });
}
