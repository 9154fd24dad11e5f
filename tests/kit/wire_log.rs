//! The wire log: its lines, its forms for programs, and what it leaves out.

use std::fmt::Write as _;
use std::io::{self, Write};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use blocking_ws::testing::{
    At, Fault, Faults, FaultyProxy, Key, Len, Peer, Pipe, RawFrame, WireEntry, WireLog, connect,
    pair_with, spawn_on,
};
use blocking_ws::{Client, Deflate, Role, Server, Settings, Stream, TapEvent, Way, WebSocket};
use serde_json::Value;
use test_support::{journal, within};

/// Lines without what differs from run to run: dates, times, ports, keys, and the numbers of
/// connections, which begin with 1 here.
fn blotted(text: &str) -> String {
    let mut numbers: Vec<String> = Vec::new();
    let mut lines = String::new();
    for line in text.lines() {
        let mut words = line.split(' ').skip(2);
        let number = words.next().unwrap().to_owned();
        let at = numbers.iter().position(|other| *other == number).unwrap_or(numbers.len());
        if at == numbers.len() {
            numbers.push(number);
        }
        let words = words.map(|word| match word.split_once("127.0.0.1:") {
            Some((before, _)) => format!("{before}127.0.0.1:PORT"),
            None if word.starts_with("mask=") => "mask=KEY".to_owned(),
            None => word.to_owned(),
        });
        let words = words.collect::<Vec<_>>().join(" ");
        writeln!(lines, "#{} {words}", at + 1).unwrap();
    }
    lines
}

/// A connection in which a client breaks a rule, until both ends have dropped it.
fn broken(log: &WireLog) {
    let server = Server::bind("127.0.0.1:0").unwrap().tap(log.clone());
    let server = server.spawn(|ws| ws.recv().map(drop)).unwrap();
    let mut peer = Peer::connect(server.url()).unwrap();
    peer.frame(RawFrame::text("Hello").rsv(2));
    peer.expect_close(1002);
    peer.expect_end();
    drop(peer);
    server.shutdown(Duration::from_secs(60));
}

const REASON: &str = "a reserved bit is set without an extension that defines it (RFC 6455 5.2)";

#[test]
fn entries_can_be_taken_out_and_heads_be_read() {
    within(|| {
        let log = WireLog::new();
        broken(&log);
        let taken = log.take();
        assert!(log.entries().is_empty() && log.take().is_empty());
        let heads: Vec<_> = taken.iter().filter_map(WireEntry::head).collect();
        let [(request, asked), (response, answered)] = heads[..] else { panic!("{heads:?}") };
        assert_eq!((request, response), ("GET / HTTP/1.1", "HTTP/1.1 101 Switching Protocols"));
        let has = |headers: &[(String, String)], name: &str, value: &str| {
            headers.contains(&(name.to_owned(), value.to_owned()))
        };
        assert!(has(asked, "Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="), "{asked:?}");
        assert!(has(answered, "Sec-WebSocket-Accept", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="));
        assert_eq!(taken.iter().filter(|entry| entry.frame().is_some()).count(), 2);
        log.note(1, "after it");
        assert!(log.to_text().ends_with("after it\n") && log.entries().len() == 1, "{log}");
    });
}

#[test]
fn the_lines_of_a_connection() {
    within(|| {
        let log = WireLog::new();
        broken(&log);
        let want = format!(
            "\
#1 -- OPEN server, peer 127.0.0.1:PORT
#1 <- GET / HTTP/1.1 | Host: 127.0.0.1:PORT | Upgrade: websocket | Connection: Upgrade | \
Sec-WebSocket-Version: 13 | Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==
#1 -> HTTP/1.1 101 Switching Protocols | Upgrade: websocket | Connection: Upgrade | \
Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=
#1 <- TEXT   fin rsv2 len=5 mask=KEY \"Hello\"  \
(RFC 6455 §5.2: a reserved bit that no extension uses)
#1 -> CLOSE  fin len=75 1002 \"{REASON}\"
#1 -> FIN
#1 <- FIN  (RFC 6455 §7.1.5: the end without a Close frame)
#1 -- DROP
"
        );
        assert_eq!(blotted(&log.to_text()), want);
        let line = log.to_text();
        let mut words = line.split(' ');
        // A time of day with milliseconds, and the seconds since the log began.
        let time: Vec<_> = words.next().unwrap().split([':', '.']).map(str::len).collect();
        assert_eq!(time, [2, 2, 2, 3], "{line}");
        let since = words.next().unwrap().strip_prefix('+').unwrap();
        assert!(since.parse::<f64>().unwrap() < 60.0, "{line}");
    });
}

#[test]
fn the_same_as_lines_of_json() {
    within(|| {
        let log = WireLog::new();
        broken(&log);
        let mut lines = log.to_jsonl().lines().map(str::to_owned).collect::<Vec<_>>();
        for line in &mut lines {
            let value: Value = serde_json::from_str(line).unwrap();
            for field in ["t", "time", "conn"] {
                let own = format!("\"{field}\":{},", value[field]);
                assert!(line.contains(&own), "{field} of {line}");
                *line = line.replace(&own, "");
            }
            for place in [&value["peer"], &value["headers"][0][1]] {
                if let Some(address) = place.as_str().filter(|it| it.starts_with("127.0.0.1:")) {
                    *line = line.replace(address, "127.0.0.1:PORT");
                }
            }
        }
        let want = [
            r#"{"v":1,"type":"open","role":"server","peer":"127.0.0.1:PORT","tls":false}"#,
            r#"{"v":1,"dir":"received","type":"request","line":"GET / HTTP/1.1","headers":[["Host","127.0.0.1:PORT"],["Upgrade","websocket"],["Connection","Upgrade"],["Sec-WebSocket-Version","13"],["Sec-WebSocket-Key","dGhlIHNhbXBsZSBub25jZQ=="]]}"#,
            r#"{"v":1,"dir":"sent","type":"response","line":"HTTP/1.1 101 Switching Protocols","headers":[["Upgrade","websocket"],["Connection","Upgrade"],["Sec-WebSocket-Accept","s3pPLMBiTxaQ9kYGzzhZRbK+xOo="]]}"#,
            r#"{"v":1,"dir":"received","type":"frame","opcode":1,"fin":true,"rsv":2,"len":5,"mask":"37fa213d","text":"Hello","broken":["RFC 6455 §5.2: a reserved bit that no extension uses"]}"#,
            &format!(
                r#"{{"v":1,"dir":"sent","type":"frame","opcode":8,"fin":true,"rsv":0,"len":75,"code":1002,"reason":"{REASON}"}}"#
            ),
            r#"{"v":1,"dir":"sent","type":"fin"}"#,
            r#"{"v":1,"dir":"received","type":"fin","broken":["RFC 6455 §7.1.5: the end without a Close frame"]}"#,
            r#"{"v":1,"type":"note","text":"DROP"}"#,
        ];
        assert_eq!(lines, want);
    });
}

/// Says whatever a log can show.
fn say_all(log: &WireLog) {
    broken(log);
    // With compression.
    let (mut client, mut server) = chat(log);
    client.send("Hello ".repeat(100)).unwrap();
    server.recv().unwrap();
    server.send(vec![0, 255]).unwrap();
    client.recv().unwrap();
    drop((client, server));

    let (near, far) = Pipe::new(1 << 20);
    let stream = log.stream(near, Role::Client).unwrap();
    let mut ours = Peer::over(stream, Role::Client).unwrap();
    let mut theirs = Peer::over(far, Role::Server).unwrap();
    let frames = [
        RawFrame::text("Gr\u{fc}\u{df}e").fin(false),
        RawFrame::ping([0, 159]),
        // The first byte of a character, and then the second.
        RawFrame::continuation([0xC3]).fin(false),
        RawFrame::continuation([0xA9]),
        RawFrame::binary(vec![7; 200]).len(Len::In64(200)),
        RawFrame::pong("pong").len(Len::In16(4)),
        RawFrame::of(11, "?").rsv(3).key(Key::None),
        RawFrame::close_raw([3, 232, 255, 254]),
        RawFrame::close_raw([3]),
    ];
    for frame in frames {
        ours.frame(&frame);
        assert!(theirs.recv_frame().is_some());
    }
    theirs.frame(RawFrame::text("cut off").fin(false));
    assert!(ours.recv_frame().is_some());
    theirs.reset();
    ours.expect_reset();
    log.note(7, "a note \u{1b}[1m");
}

#[test]
fn lines_of_json_can_be_read_again() {
    within(|| {
        for payloads in [usize::MAX, 3, 0] {
            let paper = Paper::default();
            let log = WireLog::new().payloads(payloads).follow_jsonl(paper.clone());
            say_all(&log);
            let written = log.to_jsonl();
            let read = WireLog::from_jsonl(written.as_bytes()).unwrap();
            assert_eq!(read.to_jsonl(), written);
            let followed = paper.0.lock().unwrap().0.clone();
            let followed = WireLog::from_jsonl(followed.as_bytes()).unwrap();
            assert_eq!(followed.entries().len(), log.entries().len());
            if payloads == usize::MAX {
                let fields =
                    ["bits", "mask", "inflated", "raw", "utf8", "code", "base64", "broken"];
                for field in fields {
                    assert!(written.contains(&format!("\"{field}\":")), "{field} in {written}");
                }
                for read in [&read, &followed] {
                    assert_eq!(shown(read), shown(&log));
                }
            } else {
                assert!(written.contains("\"truncated\""), "{written}");
            }
        }
    });
}

/// What is shown of each entry, but for its time. The threads of a log that is followed may write in
/// another order.
fn shown(log: &WireLog) -> Vec<String> {
    let shown = |entry: &WireEntry| {
        let line = entry.to_string();
        format!("{} {:?}", line.splitn(3, ' ').nth(2).unwrap(), entry.frame())
    };
    let mut lines: Vec<_> = log.entries().iter().map(shown).collect();
    lines.sort();
    lines
}

#[test]
fn a_long_file_is_read_as_a_whole() {
    let log = WireLog::new().most(usize::MAX);
    for n in 0..10_001 {
        log.note(1, &n.to_string());
    }
    let read = WireLog::from_jsonl(log.to_jsonl().as_bytes()).unwrap();
    assert_eq!(read.to_jsonl(), log.to_jsonl());
    // From here on it keeps as many.
    read.note(1, "one more");
    assert_eq!(read.entries().len(), 10_001);
}

/// Two ends with compression, and what they say to each other.
fn chat(log: &WireLog) -> (WebSocket, WebSocket) {
    let settings = Settings::new().deflate(Deflate::new()).tap(log.clone());
    let server = Server::unbound().unwrap().settings(settings);
    let server = server.spawn(|ws| ws.recv().map(drop)).unwrap();
    drop(connect(&server, &Client::new().deflate(Deflate::new()), "/a?token=abc&x=1").unwrap());
    server.shutdown(Duration::from_secs(60));
    pair_with(&Settings::new().deflate(Deflate::new()).tap(log.clone())).unwrap()
}

#[test]
fn the_same_as_an_archive() {
    within(|| {
        let log = WireLog::new();
        let (mut client, mut server) = chat(&log);
        client.send("Hello ".repeat(100)).unwrap();
        server.recv().unwrap();
        server.send(vec![0, 255]).unwrap();
        client.recv().unwrap();
        let archive: Value = serde_json::from_str(&log.to_har()).unwrap();
        assert_eq!(archive["log"]["version"], "1.2");
        let entries = archive["log"]["entries"].as_array().unwrap();
        assert_eq!(entries.len(), 3);
        let opened = &entries[0];
        assert_eq!(opened["_resourceType"], "websocket");
        assert_eq!(opened["request"]["method"], "GET");
        assert_eq!(opened["request"]["url"], "ws://localhost/a?token=(hidden)&x=(hidden)");
        assert_eq!(opened["request"]["queryString"][1]["name"], "x");
        assert_eq!(opened["request"]["headers"][0]["name"], "Host");
        assert_eq!(opened["response"]["status"], 101);
        assert_eq!(opened["response"]["statusText"], "Switching Protocols");
        for (entry, first, second) in
            [(&entries[1], "send", "receive"), (&entries[2], "receive", "send")]
        {
            let messages = entry["_webSocketMessages"].as_array().unwrap();
            assert_eq!(messages.len(), 2, "{messages:?}");
            let [hello, binary] = [&messages[0], &messages[1]];
            assert_eq!((&hello["type"], &hello["opcode"]), (&first.into(), &1.into()));
            assert_eq!(hello["data"], "Hello ".repeat(100));
            assert_eq!((&binary["type"], &binary["opcode"]), (&second.into(), &2.into()));
            assert_eq!(binary["data"], "AP8=");
            assert!(binary["time"].as_f64() >= hello["time"].as_f64());
        }
    });
}

#[test]
fn a_request_comes_before_its_answer_whichever_thread_is_faster() {
    within(|| {
        let log = WireLog::new();
        let (mut client, mut server) = pair_with(&Settings::new().tap(log.clone())).unwrap();
        let echo = std::thread::spawn(move || {
            while let Some(message) = server.recv().unwrap() {
                server.send(message).unwrap();
            }
        });
        let sender = client.sender().unwrap();
        let numbers = 0..500;
        let asking =
            std::thread::spawn(move || numbers.for_each(|n| sender.send(n.to_string()).unwrap()));
        for _ in 0..500 {
            client.recv().unwrap();
        }
        asking.join().unwrap();
        let id = client.id();
        client.close(1000, "").unwrap();
        echo.join().unwrap();
        let (mut asked, mut answered) = (0, 0);
        for entry in log.entries().iter().filter(|entry| entry.connection() == id) {
            match (entry.way(), entry.frame().filter(|frame| frame.opcode == 1)) {
                (Some(Way::Sent), Some(_)) => asked += 1,
                (Some(Way::Received), Some(_)) => answered += 1,
                _ => {}
            }
            assert!(answered <= asked, "an answer before its question:\n{log}");
        }
        assert_eq!((asked, answered), (500, 500));
    });
}

#[test]
fn the_last_entries_are_kept_and_a_part_of_each_payload() {
    within(|| {
        let log = WireLog::new().most(3).payloads(4);
        let (mut client, _server) = pair_with(&Settings::new().tap(log.clone())).unwrap();
        for text in ["one", "two", "three", "seventeen"] {
            client.send(text).unwrap();
        }
        let text = log.to_text();
        assert!(text.starts_with("3 entries before these were not kept\n"), "{text}");
        let contents: Vec<_> =
            log.entries().iter().map(|it| it.content().unwrap().to_vec()).collect();
        assert_eq!(contents, [&b"two"[..], b"thre", b"seve"]);
        assert!(text.contains("len=9") && text.contains("\"seve\"..."), "{text}");
        assert!(log.to_jsonl().contains(r#""len":9"#) && log.to_jsonl().contains("truncated"));
        assert!(log.to_har().contains("\"_leftOut\": 5"), "{}", log.to_har());
    });
}

#[test]
fn a_compressed_message_is_shown_as_it_was_meant() {
    within(|| {
        let log = WireLog::new();
        let settings = Settings::new().deflate(Deflate::new()).tap(log.clone());
        let (mut client, mut server) = pair_with(&settings).unwrap();
        client.send("Hello ".repeat(1000)).unwrap();
        server.recv().unwrap();
        let line = log.to_text();
        assert!(line.contains("rsv1 ") && line.contains(" inflated=6000 \"Hello Hello "), "{line}");
        let frame = log.entries().iter().find_map(WireEntry::frame).unwrap();
        assert!(frame.rsv == 4 && frame.payload.len() < 100, "{frame:?}");
    });
}

#[test]
fn secrets_are_shown_only_if_asked_for() {
    within(|| {
        for (shown, want) in [(false, 0), (true, 3)] {
            let log = WireLog::new().secrets(shown);
            let server = Server::unbound().unwrap().tap(log.clone()).spawn(|_| Ok(())).unwrap();
            let client = Client::new().header("Cookie", "id=s3cret");
            drop(
                connect(
                    &server,
                    &client.header("Authorization", "Bearer s3cret"),
                    "/?token=s3cret",
                )
                .unwrap(),
            );
            server.shutdown(Duration::from_secs(60));
            let text = log.to_text();
            assert_eq!(text.matches("s3cret").count(), want, "{text}");
            assert_eq!(text.matches("(hidden)").count(), 3 - want, "{text}");
        }
    });
}

/// Who closed, and with what; and nothing that looks like a failure.
#[test]
fn an_orderly_end_is_shown_as_one() {
    within(|| {
        for _ in 0..20 {
            let log = WireLog::new();
            let settings = Settings::new().tap(log.clone());
            let (mut client, server) = pair_with(&settings).unwrap();
            let handler = spawn_on(server, |ws| ws.recv().map(drop));
            client.close(4000, "enough").unwrap();
            handler.join().unwrap();
            let id = client.id();
            drop(client);
            let closes: Vec<_> = log
                .entries()
                .iter()
                .filter(|entry| entry.connection() == id)
                .filter_map(|entry| Some((entry.way()?, entry.close()?)))
                .collect();
            let close = (4000, "enough".to_owned());
            assert_eq!(closes, [(Way::Sent, close.clone()), (Way::Received, close)]);
            assert!(!log.to_text().contains("FAILED"), "{log}");
        }
    });
}

/// Both sides of a connection through a proxy, and what went wrong between them.
#[test]
fn a_proxy_logs_what_each_end_sent_and_got() {
    within(|| {
        let server = Server::bind("127.0.0.1:0").unwrap().spawn(|ws| ws.send("hello")).unwrap();
        let log = WireLog::new();
        let cut = Faults::new().after(At::head().frame(2), Fault::Cut);
        let proxy = FaultyProxy::to(server.url()).unwrap().downstream(cut.seed(7)).log(&log);
        let mut ws = Client::new().connect(&proxy.url("/")).unwrap();
        assert_eq!(ws.recv().unwrap(), Some("hello".into()));
        assert!(ws.recv().is_err());
        // The server may say its farewell after that, and a proxy that is dropped does not hear it.
        while !log.entries().iter().any(|entry| entry.close().is_some()) {
            thread::sleep(Duration::from_millis(1));
        }
        drop((ws, proxy));
        server.shutdown(Duration::from_secs(60));
        let text = blotted(&log.to_text());
        let of = |number: usize, part: &str| {
            let start = format!("#{number} ");
            let mut lines = text.lines().filter(|line| line.starts_with(&start));
            assert!(lines.any(|line| line.contains(part)), "{part} of #{number} in\n{text}");
        };
        of(1, "-- OPEN server, peer 127.0.0.1:PORT");
        of(1, "<- GET / HTTP/1.1");
        of(1, "-> TEXT   fin len=5 \"hello\"");
        of(1, "-- downstream: cut at byte");
        of(2, "-- OPEN client, peer 127.0.0.1:PORT");
        of(2, "<- TEXT   fin len=5 \"hello\"");
        of(2, "<- CLOSE  fin len=2 1000");
        assert!(!text.contains("#1 -> CLOSE"), "{text}");
    });
}

/// Remembers what is written, and fails when it is told to.
#[derive(Clone, Default)]
struct Paper(Arc<Mutex<(String, bool)>>);

impl Write for Paper {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        let mut paper = self.0.lock().unwrap();
        if paper.1 {
            return Err(io::Error::other("no paper"));
        }
        paper.0 += std::str::from_utf8(buf).unwrap();
        Ok(buf.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_follower_gets_each_entry_at_once_until_it_fails() {
    within(|| {
        let paper = Paper::default();
        let log = WireLog::new().follow_jsonl(paper.clone());
        let (mut client, mut server) = pair_with(&Settings::new().tap(log.clone())).unwrap();
        client.send("one").unwrap();
        assert_eq!(paper.0.lock().unwrap().0, log.to_jsonl());
        paper.0.lock().unwrap().1 = true;
        client.send("two").unwrap();
        paper.0.lock().unwrap().1 = false;
        client.send("three").unwrap();
        let (written, all) = (paper.0.lock().unwrap().0.clone(), log.to_jsonl());
        assert!(all.starts_with(&written) && written.lines().count() + 2 == all.lines().count());
        // The connection has lost nothing.
        for want in ["one", "two", "three"] {
            assert_eq!(server.recv().unwrap(), Some(want.into()));
        }
    });
}

/// A follower may use the connections that it follows.
#[test]
fn a_follower_may_send_and_note_and_so_may_a_reader() {
    struct Chat(WireLog, WebSocket);

    impl Write for Chat {
        fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
            self.0.note(1, "written");
            // At the end of the test its peer has gone.
            let _ = self.1.send("followed");
            Ok(buf.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    within(|| {
        let log = WireLog::new();
        let settings = Settings::new().tap(log.clone());
        let (near, mut far) = pair_with(&settings).unwrap();
        let paper = Paper::default();
        let log = log.clone().follow_text(Chat(log, near)).follow_text(paper.clone());
        log.note(7, "a note");
        assert_eq!(far.recv().unwrap(), Some("followed".into()));
        assert!(paper.0.lock().unwrap().0.contains("#7 -- a note\n"));
        let (mut client, mut server) = pair_with(&settings).unwrap();
        let mut stream = client.send_stream(blocking_ws::MessageKind::Text);
        write!(stream, "{log}").unwrap();
        stream.finish().unwrap();
        assert!(server.recv().unwrap().is_some());
    });
}

#[test]
fn a_note_stands_among_the_lines_of_its_connection() {
    let log = WireLog::new();
    log.note(7, "the test begins");
    assert_eq!(blotted(&log.to_text()), "#1 -- the test begins\n");
}

#[test]
fn any_duplex_stream_can_be_logged() {
    within(|| {
        let log = WireLog::new();
        let (near, far) = Pipe::new(1024);
        let stream: Stream = log.stream(near, Role::Client).unwrap();
        let mut client = WebSocket::from_parts(stream, Role::Client, Vec::new());
        let mut peer = Peer::over(far, Role::Server).unwrap();
        client.send("hi").unwrap();
        peer.expect_text("hi");
        assert!(log.to_text().contains("-> TEXT   fin len=2"), "{log}");
    });
}

/// A tap that panics, or that sends on another connection which it sees as well.
#[test]
fn a_tap_disturbs_no_connection() {
    within(|| {
        let other: Arc<Mutex<Option<WebSocket>>> = Arc::default();
        let (calls, sends) = (Arc::new(Mutex::new(0)), Arc::clone(&other));
        let counted = Arc::clone(&calls);
        let tap = move |_: u64, event: TapEvent<'_>| {
            *counted.lock().unwrap() += 1;
            let TapEvent::Bytes { .. } = event else { return };
            if let Some(other) = &mut *sends.lock().unwrap() {
                other.send("seen").unwrap();
            }
            panic!("as a tap may");
        };
        let settings = Settings::new().tap(tap);
        let (mut client, mut server) = pair_with(&settings).unwrap();
        let (mut third, fourth) = pair_with(&settings).unwrap();
        *other.lock().unwrap() = Some(fourth);
        client.send("hi").unwrap();
        assert_eq!(server.recv().unwrap(), Some("hi".into()));
        assert_eq!(third.recv().unwrap(), Some("seen".into()));
        // Its end is seen as well, while nothing is locked.
        let fourth = other.lock().unwrap().take();
        drop(fourth);
        assert!(*calls.lock().unwrap() > 4);
    });
}

#[test]
fn the_log_of_the_program_has_the_same_lines() {
    within(|| {
        journal::begin();
        let log = WireLog::new();
        let (mut client, mut server) = pair_with(&Settings::new().tap(log.clone())).unwrap();
        client.send("only in this test").unwrap();
        server.recv().unwrap();
        for id in [client.id(), server.id()] {
            let entries = log.entries();
            let of_it = entries.iter().filter(|entry| entry.connection() == id);
            let want: Vec<_> = of_it
                .map(|entry| entry.to_string().splitn(3, ' ').nth(2).unwrap().to_owned())
                .collect();
            let said = journal::said(&format!("#{id} "));
            let lines: Vec<_> = said.iter().map(|(level, text)| (*level, text.clone())).collect();
            let want: Vec<_> = want.into_iter().map(|text| (log::Level::Trace, text)).collect();
            assert_eq!(lines, want);
            assert_eq!(lines.len(), 2, "{lines:?}");
        }
    });
}
