//! What a client is told when something does not work: what happened, with which thing, and what to do.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use blocking_ws::testing::MockServer;
use blocking_ws::{Client, CloseCode, Server, WebSocket, connect};
use test_support::socket::patient;
use test_support::within;

/// Answers each client with `said`, whatever the client sends, and hangs up once it has read that.
fn says(said: &'static [u8]) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let place = listener.local_addr().unwrap().to_string();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = patient(stream.unwrap());
            stream.write_all(said).unwrap();
            // The client leaves first, so that no reset destroys what was said.
            let _ = stream.read_to_end(&mut Vec::new());
        }
    });
    place
}

/// Checks that a text has all of `parts`, in this order.
fn check(rule: &str, text: &str, parts: &[&str]) {
    let mut rest = text;
    for part in parts {
        let Some((_, behind)) = rest.split_once(part) else {
            panic!("{rule}: `{part}` is not where it should be in: {text}");
        };
        rest = behind;
    }
}

#[test]
fn what_is_no_websocket_server() {
    within(|| {
        let rows: [(&str, &[u8], &[&str]); 10] = [
            (
                "an alert of TLS",
                b"\x15\x03\x01\x00\x02\x02\x28",
                &["it is TLS", "the URL begins with wss://"],
            ),
            (
                "SSH",
                b"SSH-2.0-OpenSSH_9.6\r\n",
                &[r#"does not speak HTTP/1: it sent "SSH-2.0-OpenSSH_9.6"; check host and port"#],
            ),
            (
                "mail",
                b"220 mail.example ESMTP\r\n",
                &[
                    r#"cannot connect: this server does not speak HTTP/1: it sent "220 mail.example ESMTP"; "#,
                ],
            ),
            (
                "a database",
                b"J\0\0\0\x0a5.5.5",
                &[r#"does not speak HTTP/1: it sent "J\x00\x00\x00";"#],
            ),
            (
                "HTTP/2",
                b"\0\0\x06\x04\0\0\0\0\0",
                &[r#"does not speak HTTP/1: it sent "\x00\x00\x06\x04"#],
            ),
            (
                "an old radio",
                b"ICY 200 OK\r\n\r\n",
                &[r#"does not speak HTTP/1: it sent "ICY 200 OK"; "#],
            ),
            (
                "a page",
                b"HTTP/1.1 200 OK\r\nContent-Length: 25\r\n\r\n<title>Welcome</title>    ",
                &["no WebSocket there: the server answered 200 OK: Welcome, ", "101"],
            ),
            (
                "a redirect",
                b"HTTP/1.1 302 Found\r\nLocation: /x\r\nContent-Length: 0\r\n\r\n",
                &[
                    "no WebSocket there: the server answered 302 Found to /x; ",
                    "not followed: Client::redirects is 0, the default; set it, or use that URL",
                ],
            ),
            (
                "a redirect without a place",
                b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n",
                &["302 Found; the redirect was not followed: it has no Location"],
            ),
            (
                "a missing page",
                b"HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\n\r\nnone",
                &["the server refused the connection: 404 Not Found: none"],
            ),
        ];
        for (rule, said, parts) in rows {
            let error = connect(&format!("ws://{}/", says(said))).unwrap_err();
            check(rule, &error.to_string(), parts);
        }
        let around = says(b"HTTP/1.1 302 Found\r\nLocation: /x\r\nContent-Length: 0\r\n\r\n");
        let error = Client::new().redirects(2).connect(&format!("ws://{around}/")).unwrap_err();
        check("round", &error.to_string(), &["more redirects than Client::redirects allows"]);
    });
}

#[test]
fn a_head_that_is_too_large_for_the_client_but_not_for_the_server() {
    within(|| {
        let server = Server::bind("127.0.0.1:0").unwrap().max_headers(5).spawn(|_| Ok(())).unwrap();
        for (rule, client, parts) in [
            (
                "a long head",
                Client::new().max_head_size(20),
                &["is larger than 20 bytes", "; raise max_head_size"],
            ),
            (
                "many headers",
                Client::new().max_headers(1),
                &["has more than 1 headers", "; raise max_headers"],
            ),
        ] {
            let error = client.connect(server.url()).unwrap_err();
            check(
                rule,
                &error.to_string(),
                &[&["the opening handshake failed: "], &parts[..]].concat(),
            );
        }
        // The server's own limit is not one that the client can raise.
        let error = Client::new().header("X-Room", "1").connect(server.url()).unwrap_err();
        let text = error.to_string();
        check("a server's limit", &text, &["431", "the HTTP message has more than 5 headers"]);
        assert!(!text.contains("raise"), "{text}");
    });
}

#[test]
fn a_server_that_leaves_without_a_word_may_speak_tls() {
    within(|| {
        for (said, may_speak_tls) in [("", true), ("HTTP/1.1 101 Switch", false)] {
            let mock = MockServer::new().unwrap().on_connection(move |peer| {
                peer.bytes(said);
                peer.cut();
            });
            let text = connect(&mock.url()).unwrap_err().to_string();
            check("it leaves", &text, &["the peer hung up"]);
            assert_eq!(text.contains("wss://"), may_speak_tls, "{text}");
            mock.leave();
        }
    });
}

#[test]
fn urls_and_settings_say_which_part_is_wrong() {
    for (url, parts) in [
        (
            "localhost:9001",
            "the URL cannot be used: \"localhost:9001\" has no scheme: write ws://localhost:9001, ",
        ),
        ("ws:/127.0.0.1:9001/", "there is no :// behind ws: write ws://127.0.0.1:9001/"),
        ("ftp://h/", "its scheme is ftp://: write ws:// or wss:// (http:// and https:// mean"),
        (" ws://h/", "it begins with a space: trim it"),
        ("ws://h/\n", "it ends in a line break: trim it"),
        ("ws://", "it names no host: a host and perhaps a port follow ://"),
        ("ws://h:70000/", "its port is not a number from 1 to 65535"),
        ("ws://h/a b", "its path or query has a space; write it as %20"),
        ("ws://a b/", "its host or port has a space"),
        ("ws://h/#f", "it has a fragment"),
        #[cfg(not(feature = "idn"))]
        ("ws://b\u{fc}cher.example/", "its host is not ASCII; write the name as DNS has it"),
        ("ws://::1:9001/", "an IPv6 address stands in brackets, as in ws://[::1]:9001/"),
    ] {
        check(url, &connect(url).unwrap_err().to_string(), &[parts]);
    }
    let header = |name, value| Client::new().header(name, value).connect("ws://h/");
    for (rule, tried, parts) in [
        ("a value", header("X-Room", "a\nb: sesame"), &["value of the header `X-Room`", "break"]),
        ("a line as a name", header("X-Room: sesame", ""), &["begins with `X-Room`", "':'"]),
        ("no name", header("", "x"), &["a header's name is empty", "RFC 9110 5.1"]),
        (
            "the first of two",
            Client::new().header("X-A", "\0").header("X-B", "\0").connect("ws://h/"),
            &["`X-A`", "RFC 9110 5.5"],
        ),
        (
            "a subprotocol",
            Client::new().subprotocol("chat v1").connect("ws://h/"),
            &["the subprotocol `chat v1` is no token", "chat.v1"],
        ),
    ] {
        let text = tried.unwrap_err().to_string();
        check(rule, &text, parts);
        assert!(!text.contains("sesame"), "{text}");
    }
}

/// Runs a server with `server` and a client with `client` on one connection. Returns what each of the
/// two is told.
fn tell(
    settings: impl FnOnce(Server) -> Server,
    server: fn(&mut WebSocket) -> blocking_ws::Result<()>,
    client: fn(&mut WebSocket) -> blocking_ws::Result<()>,
) -> [String; 2] {
    let (tell, told) = mpsc::channel();
    let bound = settings(Server::bind("127.0.0.1:0").unwrap());
    let handle = bound
        .spawn(move |ws| {
            let end = server(ws).and_then(|()| ws.close_result());
            tell.send(end.as_ref().map_or_else(ToString::to_string, |()| String::new())).unwrap();
            end
        })
        .unwrap();
    let mut ws = connect(handle.url()).unwrap();
    let end = client(&mut ws).and_then(|()| ws.close_result());
    [told.recv().unwrap(), end.map_or_else(|e| e.to_string(), |()| String::new())]
}

fn receives(ws: &mut WebSocket) -> blocking_ws::Result<()> {
    ws.messages().try_for_each(|message| message.map(drop))
}

#[test]
fn both_ends_are_told_why_the_connection_ends() {
    within(|| {
        let [server, client] = tell(
            |server| server.max_message_size(1000),
            receives,
            |ws| ws.send([7; 1001]).and_then(|()| receives(ws)),
        );
        let text = "the message is larger than max_message_size, 1000 bytes (RFC 6455 10.4)";
        check("too large", &server, &[text, "raise max_message_size, or use recv_stream"]);
        check("too large", &client, &["the peer closed the connection: 1009", text]);

        let [server, client] = tell(
            |server| server.max_stream_size(1000),
            |ws| ws.recv_stream().map(drop),
            |ws| ws.send([7; 1001]).and_then(|()| receives(ws)),
        );
        let text = "the streamed message is larger than max_stream_size, 1000 bytes";
        check("a stream", &server, &[text, "raise max_stream_size"]);
        check("a stream", &client, &["the peer closed the connection: 1009", text]);

        let [server, client] = tell(
            |server| server.write_timeout(Duration::from_millis(100)),
            |ws| ws.send(vec![7; 64 << 20]),
            |ws| ws.send(vec![7; 64 << 20]),
        );
        check(
            "both send",
            &server,
            &[
                "the peer did not read",
                "within write_timeout; perhaps it waits to send too",
                "`recv`",
            ],
        );
        check("both send", &client, &["the connection was lost: "]);
    });
}

#[test]
fn a_client_that_answered_no_ping_is_told_what_that_may_have_been() {
    within(|| {
        let (tell, told) = mpsc::channel();
        let server = Server::bind("127.0.0.1:0")
            .unwrap()
            .ping_interval(Duration::from_millis(50))
            .pong_timeout(Duration::from_millis(100))
            .spawn(move |ws| {
                let end = receives(ws);
                tell.send(end.as_ref().unwrap_err().to_string()).unwrap();
                end
            })
            .unwrap();
        let mut ws = connect(server.url()).unwrap();
        // No thread of the client receives meanwhile.
        let cut = told.recv().unwrap();
        check("the server", &cut, &["nothing came from the peer within pong_timeout", "`recv`"]);
        let text = receives(&mut ws).unwrap_err().to_string();
        check(
            "the client",
            &text,
            &["without a Close frame", "its ping was not answered: keep a thread in `recv`"],
        );
        assert_eq!(ws.close_status().unwrap().code(), CloseCode::Abnormal);
    });
}

#[test]
fn a_code_that_may_not_be_sent() {
    let (client, _server) = blocking_ws::testing::pair();
    let text = client.sender().unwrap().close(1006, "").unwrap_err().to_string();
    check("1006", &text, &["close code 1006 (connection lost) may not be sent", "4000 to 4999"]);
}

#[cfg(feature = "deflate")]
#[test]
fn a_message_that_inflates_too_large() {
    use blocking_ws::{Deflate, Error, MessageKind};

    within(|| {
        let (mut near, mut far) =
            blocking_ws::testing::pair_with(&blocking_ws::Settings::new().deflate(Deflate::new()))
                .unwrap();
        for (is_stream, name) in [(false, "max_message_size"), (true, "max_stream_size")] {
            far.set_max_message_size(10_000);
            far.set_max_stream_size(10_000);
            let sender = near.sender().unwrap();
            let sending = thread::spawn(move || {
                let mut stream = sender.send_stream(MessageKind::Text);
                stream
                    .write_all(&[b'a'; 10_001])
                    .map_err(Error::from)
                    .and_then(|()| stream.finish())
            });
            let refused = if is_stream {
                let read = far.recv_stream().and_then(|stream| {
                    Ok(stream.unwrap().read_to_end(&mut Vec::new()).map(drop)?)
                });
                read.unwrap_err()
            } else {
                far.recv().unwrap_err()
            };
            check(name, &refused.to_string(), &["larger than ", name, ", 10000 bytes"]);
            let _ = sending.join().unwrap();
            (near, far) = blocking_ws::testing::pair_with(
                &blocking_ws::Settings::new().deflate(Deflate::new()),
            )
            .unwrap();
        }
    });
}

#[cfg(any(feature = "tls", feature = "rustls"))]
mod tls {
    use blocking_ws::Identity;
    use test_support::certificates::Certificates;

    use super::*;

    /// Starts a server that shows a certificate for `name`, which was changed by `adjust`. Returns the
    /// server's root, and the port.
    fn serve(
        name: &str,
        adjust: impl FnOnce(&mut rcgen::CertificateParams),
    ) -> (String, blocking_ws::ServerHandle) {
        let Certificates { root, chain, key } = Certificates::new(name, adjust);
        let identity = Identity::from_pem(chain.as_bytes(), key.as_bytes()).unwrap();
        let server = Server::bind("127.0.0.1:0").unwrap().tls(&identity).unwrap();
        (root, server.spawn(|_| Ok(())).unwrap())
    }

    // The words in brackets are OpenSSL's.
    #[cfg(not(any(windows, target_vendor = "apple")))]
    #[test]
    fn certificates_that_are_not_taken() {
        within(|| {
            let years = |from, to| {
                move |params: &mut rcgen::CertificateParams| {
                    params.not_before = rcgen::date_time_ymd(from, 1, 1);
                    params.not_after = rcgen::date_time_ymd(to, 1, 1);
                }
            };
            let (root, good) = serve("localhost", |_| {});
            let (_, other) = serve("localhost", |_| {});
            let (other_root, elsewhere) = serve("other.example", |_| {});
            let (old_root, expired) = serve("localhost", years(2000, 2001));
            let (new_root, early) = serve("localhost", years(4000, 4001));
            for (rule, server, root, parts) in [
                ("taken", &good, Some(&root), None),
                (
                    "no root",
                    &good,
                    None,
                    Some(&[
                        "the certificate of localhost is not trusted",
                        "root_certificate_pem",
                        "(",
                    ]),
                ),
                (
                    "a root of the same name",
                    &other,
                    Some(&root),
                    Some(&["localhost is not trusted", "root_certificate_pem", "("]),
                ),
                (
                    "another host",
                    &elsewhere,
                    Some(&other_root),
                    Some(&["the certificate is not for localhost", "use a name that", "("]),
                ),
                (
                    "expired",
                    &expired,
                    Some(&old_root),
                    Some(&["certificate of localhost has expired", "renewed", "expired"]),
                ),
                (
                    "not valid yet",
                    &early,
                    Some(&new_root),
                    Some(&["certificate of localhost is not valid yet", "clock", "valid"]),
                ),
            ] {
                let mut client = Client::new();
                if let Some(root) = root {
                    client = client.root_certificate_pem(root.as_bytes());
                }
                let port = server.local_addr().unwrap().port();
                let connected = client.connect(&format!("wss://localhost:{port}/"));
                match parts {
                    None => drop(connected.expect(rule)),
                    Some(parts) => {
                        let text = connected.unwrap_err().to_string();
                        check(rule, &text, &[&["TLS failed: "], &parts[..]].concat());
                    }
                }
            }
        });
    }

    #[test]
    fn the_wrong_scheme() {
        within(|| {
            let (_, secure) = serve("localhost", |_| {});
            let place = secure.local_addr().unwrap();
            let text = connect(&format!("ws://{place}/")).unwrap_err().to_string();
            // Some libraries hang up, others say in TLS what is wrong.
            let parts = if cfg!(feature = "tls") {
                &["the peer hung up", "speaks TLS", "wss://"][..]
            } else {
                &["it is TLS", "the URL begins with wss://"]
            };
            check("ws to wss", &text, parts);

            let plain = Server::bind("127.0.0.1:0").unwrap().spawn(|_| Ok(())).unwrap();
            let place = plain.local_addr().unwrap();
            let text = connect(&format!("wss://{place}/")).unwrap_err().to_string();
            check(
                "wss to ws",
                &text,
                &["TLS failed: no TLS at this port: the server speaks plain HTTP", "ws://"],
            );

            let place = says(b"220 mail.example ESMTP\r\n");
            let text = connect(&format!("wss://{place}/")).unwrap_err().to_string();
            let sent = r#"the server sent "220 mail.example ESMTP"; check host and port"#;
            check("wss to mail", &text, &["TLS failed: no TLS at this port: ", sent]);
        });
    }
}
