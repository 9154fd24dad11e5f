//! Both roles of this crate against `tungstenite`, a peer that shares no code with it.
//!
//! Whoever is the server, "ours" is this crate's end of the connection and "theirs" the other.

use std::net::TcpStream;
use std::sync::mpsc;

use blocking_ws::{ClosedBy, Event, Message, Role, Server, ServerHandle, WebSocket, connect};
use tungstenite::protocol::CloseFrame;
use tungstenite::protocol::frame::Frame;
use tungstenite::protocol::frame::coding::{Data, OpCode};
use tungstenite::{ClientRequestBuilder, Error, Message as TheirMessage};

use test_support::scripted::serve_one;
use test_support::socket::{PATIENCE, patient};

type Theirs = tungstenite::WebSocket<TcpStream>;

/// A socket for their client.
fn dial(server: &ServerHandle) -> TcpStream {
    patient(TcpStream::connect(server.local_addr().unwrap()).unwrap())
}

const ROLES: [Role; 2] = [Role::Client, Role::Server];

/// Opens a connection in which ours has `role`, runs both ends and returns what ours saw.
fn talk<T: Send + 'static>(
    role: Role,
    ours: impl Fn(&mut WebSocket) -> T + Send + Sync + 'static,
    theirs: impl FnOnce(Theirs) + Send + 'static,
) -> T {
    let ours = move |ws: &mut WebSocket| {
        ws.set_read_timeout(PATIENCE);
        ours(ws)
    };
    if role == Role::Client {
        let (address, serving) =
            serve_one(|stream| theirs(tungstenite::accept(stream).expect("their handshake")));
        let mut ws = connect(&format!("ws://{address}/")).unwrap();
        let seen = ours(&mut ws);
        drop(ws);
        serving.join().unwrap();
        return seen;
    }
    let (tell, told) = mpsc::channel();
    let server = Server::bind("127.0.0.1:0").unwrap().spawn(move |ws| {
        tell.send(ours(ws)).unwrap();
        Ok(())
    });
    let server = server.unwrap();
    let (ws, _) = tungstenite::client(server.url(), dial(&server)).unwrap();
    theirs(ws);
    told.recv_timeout(PATIENCE).expect("what ours saw")
}

/// What theirs sees until the connection has ended in order, without our messages and pongs.
fn read_to_end(ws: &mut Theirs) -> Vec<TheirMessage> {
    let mut seen = Vec::new();
    loop {
        match ws.read() {
            Ok(message) => seen.push(message),
            Err(Error::ConnectionClosed) => return seen,
            Err(e) => panic!("their end failed after {} messages: {e}", seen.len()),
        }
    }
}

fn echo(mut ws: Theirs) {
    loop {
        match ws.read() {
            Ok(message @ (TheirMessage::Text(_) | TheirMessage::Binary(_))) => {
                ws.send(message).unwrap();
            }
            Ok(_) => {}
            Err(Error::ConnectionClosed) => return,
            Err(e) => panic!("their echo failed: {e}"),
        }
    }
}

#[test]
fn section_5_6_messages_of_every_size_both_ways() {
    for role in ROLES {
        let wrong = talk(
            role,
            |ws| {
                let wrong = payloads().into_iter().find(|message| {
                    ws.send(message).unwrap();
                    ws.recv().unwrap().as_ref() != Some(message)
                });
                ws.close(1000, "").unwrap();
                wrong.map(|message| message.as_bytes().len())
            },
            echo,
        );
        assert_eq!(wrong, None, "{role:?}: came back changed, of this length");
    }
}

fn payloads() -> Vec<Message> {
    let mut messages: Vec<Message> = [
        "hello",
        "Grüße, 世界, 🦀",
        "\0\u{7f}\u{80}\u{7ff}\u{800}\u{d7ff}\u{e000}\u{ffff}\u{10000}\u{10ffff}",
    ]
    .map(Message::from)
    .into();
    // The lengths where the header changes its form (§5.2), and one of many reads.
    for len in (0..=140).chain(65_534..=65_537).chain([1 << 20]) {
        messages.push("x".repeat(len).into());
        messages.push((0..=u8::MAX).cycle().take(len).collect::<Vec<_>>().into());
    }
    messages
}

#[test]
fn section_5_4_fragments_with_pings_between_them() {
    let big = vec![7; 70_000];
    for (rule, opcode, parts) in [
        ("text", Data::Text, vec![&b"one "[..], b"two ", b"three"]),
        ("a character over two", Data::Text, vec![b"\xc3", b"\xa9"]),
        ("empty frames", Data::Text, vec![b"", b"x", b"", b""]),
        ("nothing else", Data::Binary, vec![b"", b""]),
        ("one byte each", Data::Binary, b"01234".chunks(1).collect()),
        ("large ones", Data::Binary, vec![&big, &big]),
    ] {
        let whole = parts.concat();
        let want = match opcode {
            Data::Text => Message::from(String::from_utf8(whole).unwrap()),
            _ => whole.into(),
        };
        for role in ROLES {
            let frames = fragments(opcode, &parts);
            let pings = frames.iter().filter(|frame| frame.is_ping()).count();
            let seen = talk(
                role,
                |ws| {
                    let message = ws.recv().unwrap();
                    // By now the pings are answered; theirs may end the connection.
                    ws.send("seen").unwrap();
                    assert_eq!(ws.recv().unwrap(), None);
                    message
                },
                move |mut ws| {
                    for frame in frames {
                        ws.send(frame).unwrap();
                    }
                    let mut last_pong = None;
                    loop {
                        match ws.read().unwrap() {
                            TheirMessage::Pong(payload) => last_pong = payload.first().copied(),
                            message => break assert_eq!(message, TheirMessage::text("seen")),
                        }
                    }
                    // §5.5.3: only the latest ping has to be answered.
                    assert_eq!(last_pong.map(usize::from), Some(pings), "{rule}");
                    ws.close(None).unwrap();
                    read_to_end(&mut ws);
                },
            );
            assert_eq!(seen, Some(want.clone()), "{rule}, {role:?}");
        }
    }
}

/// One message in the given frames; ping 1 follows the first, ping 2 the second, and so on.
fn fragments(opcode: Data, parts: &[&[u8]]) -> Vec<TheirMessage> {
    let mut frames = Vec::new();
    for (n, part) in (1..).zip(parts) {
        let opcode = if n == 1 { opcode } else { Data::Continue };
        let is_last = usize::from(n) == parts.len();
        let frame = Frame::message(part.to_vec(), OpCode::Data(opcode), is_last);
        frames.push(TheirMessage::Frame(frame));
        if !is_last {
            frames.push(TheirMessage::Ping(vec![n].into()));
        }
    }
    frames
}

#[test]
fn section_5_5_2_their_pings_are_answered() {
    for role in ROLES {
        let seen = talk(
            role,
            |ws| ws.recv().unwrap(),
            |mut ws| {
                for len in [0, 1, 124, 125] {
                    ws.send(TheirMessage::Ping(vec![b'p'; len].into())).unwrap();
                    let want = TheirMessage::Pong(vec![b'p'; len].into());
                    assert_eq!(ws.read().unwrap(), want, "{len} bytes");
                }
                ws.close(None).unwrap();
                read_to_end(&mut ws);
            },
        );
        assert_eq!(seen, None, "{role:?}: pings are no messages");
    }
}

#[test]
fn section_5_5_2_our_pings_are_answered() {
    let lengths = [0, 1, 124, 125];
    for role in ROLES {
        let pongs = talk(
            role,
            move |ws| {
                let pongs = lengths.map(|len| {
                    ws.ping(vec![b'p'; len]).unwrap();
                    ws.recv_event().unwrap()
                });
                ws.close(1000, "").unwrap();
                pongs
            },
            echo,
        );
        let want = lengths.map(|len| Some(Event::Pong(vec![b'p'; len])));
        assert_eq!(pongs, want, "{role:?}");
    }
}

/// Codes with reasons; tungstenite's own table of codes ends before 1014.
fn closes() -> Vec<(u16, String)> {
    let mut rows = vec![(1000, String::new()), (1000, "é".repeat(61) + "!")];
    let codes = [1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013];
    for code in codes.into_iter().chain([3000, 3999, 4000, 4999]) {
        rows.push((code, format!("because of {code}")));
    }
    rows
}

fn frame(code: u16, reason: &str) -> CloseFrame {
    CloseFrame { code: code.into(), reason: reason.into() }
}

#[test]
fn section_7_1_5_they_close_with_a_code_or_without() {
    for row in closes().into_iter().map(Some).chain([None]) {
        for role in ROLES {
            let sent = row.as_ref().map(|(code, reason)| frame(*code, reason));
            let status = talk(
                role,
                |ws| {
                    assert_eq!(ws.recv().unwrap(), None);
                    ws.close_status().cloned().unwrap()
                },
                move |mut ws| {
                    ws.close(sent.clone()).unwrap();
                    // §5.5.1: the answer echoes the code; the reason may stay away.
                    let answer = read_to_end(&mut ws);
                    let [TheirMessage::Close(answer)] = &answer[..] else {
                        panic!("not one Close frame: {answer:?}");
                    };
                    assert_eq!(answer.as_ref().map(|a| a.code), sent.as_ref().map(|s| s.code));
                },
            );
            // 1005 stands for a frame without a code (§7.1.5).
            let (code, reason) = row.clone().unwrap_or((1005, String::new()));
            assert_eq!(u16::from(status.code()), code, "{role:?}");
            assert_eq!(status.reason(), reason, "{role:?}, {code}");
            assert_eq!(status.by(), ClosedBy::Remote, "{role:?}, {code}");
            assert!(status.is_clean(), "{role:?}, {code}");
        }
    }
}

#[test]
fn section_7_1_5_we_close_with_a_code_and_reason() {
    for (code, reason) in closes() {
        for role in ROLES {
            let (said, heard) = (reason.clone(), frame(code, &reason));
            let status = talk(
                role,
                move |ws| {
                    ws.close(code, &said).unwrap();
                    ws.close_status().cloned().unwrap()
                },
                move |mut ws| {
                    let want = TheirMessage::Close(Some(heard));
                    assert_eq!(read_to_end(&mut ws), [want], "{role:?}");
                },
            );
            assert_eq!(u16::from(status.code()), code, "{role:?}");
            assert_eq!(status.reason(), reason, "{role:?}, {code}");
            assert_eq!(status.by(), ClosedBy::Local, "{role:?}, {code}");
            assert!(status.is_clean(), "{role:?}, {code}");
        }
    }
}

#[test]
fn section_1_9_their_client_gets_a_subprotocol_and_headers() {
    for (rule, offered, want) in [
        ("none offered", &[][..], None),
        ("the only one", &["chat.v1"], Some("chat.v1")),
        ("the server's order", &["chat.v1", "echo"], Some("echo")),
        ("an unknown one", &["mqtt", "chat.v1"], Some("chat.v1")),
    ] {
        let (tell, told) = mpsc::channel();
        let server = Server::bind("127.0.0.1:0")
            .unwrap()
            .subprotocol("echo")
            .subprotocol("chat.v1")
            .on_upgrade(|opening| {
                opening.headers_mut().insert("x-served-by", "room 1".parse().unwrap());
                Ok(())
            })
            .spawn(move |ws| {
                let chosen = ws.subprotocol().map(str::to_owned);
                let header = ws.request().headers().get("x-asked-by").cloned();
                tell.send((ws.request().uri().to_string(), chosen, header)).unwrap();
                Ok(())
            })
            .unwrap();
        let url = format!("{}a/b?c=d", server.url());
        let mut request = ClientRequestBuilder::new(url.parse().unwrap());
        for name in offered {
            request = request.with_sub_protocol(*name);
        }
        let request = request.with_header("X-Asked-By", "them");
        let (mut ws, response) = tungstenite::client(request, dial(&server)).unwrap();
        read_to_end(&mut ws);
        let header = |name| response.headers().get(name).map(|v| v.to_str().unwrap());
        assert_eq!(header("sec-websocket-protocol"), want, "{rule}");
        assert_eq!(header("x-served-by"), Some("room 1"), "{rule}");
        let (target, chosen, asked_by) = told.recv_timeout(PATIENCE).unwrap();
        assert_eq!(target, "/a/b?c=d", "{rule}");
        assert_eq!(chosen.as_deref(), want, "{rule}");
        assert_eq!(asked_by.unwrap(), "them", "{rule}");
    }
}

#[test]
fn section_1_9_our_client_gets_a_subprotocol_and_their_server_our_headers() {
    for (rule, offered, chosen) in [
        ("none offered", &[][..], None),
        ("the only one", &["chat.v1"], Some("chat.v1")),
        ("their choice", &["chat.v1", "echo"], Some("echo")),
        ("they may choose none", &["chat.v1"], None),
    ] {
        let (address, serving) = serve_one(move |stream| {
            let mut seen = None;
            // tungstenite's callback fixes the type of its error.
            #[expect(clippy::result_large_err)]
            let callback =
                |request: &tungstenite::handshake::server::Request,
                 mut response: tungstenite::handshake::server::Response| {
                    seen = Some((request.uri().to_string(), request.headers().clone()));
                    if let Some(name) = chosen {
                        let headers = response.headers_mut();
                        headers.insert("sec-websocket-protocol", name.parse().unwrap());
                    }
                    Ok(response)
                };
            let mut ws = tungstenite::accept_hdr(stream, callback).expect("their handshake");
            read_to_end(&mut ws);
            seen.unwrap()
        });
        let mut client = blocking_ws::Client::new().header("X-Asked-By", "us");
        for name in offered {
            client = client.subprotocol(name);
        }
        let mut ws = client.connect(&format!("ws://{address}/a/b?c=d")).unwrap();
        assert_eq!(ws.subprotocol(), chosen, "{rule}");
        ws.close(1000, "").unwrap();
        let (target, headers) = serving.join().unwrap();
        assert_eq!(target, "/a/b?c=d", "{rule}");
        assert_eq!(headers["x-asked-by"], "us", "{rule}");
        let lines = headers.get_all("sec-websocket-protocol").iter();
        let names: Vec<_> = lines.flat_map(|line| line.to_str().unwrap().split(", ")).collect();
        assert_eq!(names, offered, "{rule}");
    }
}
