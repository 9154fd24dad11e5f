//! The proxy between two programs: its faults, its threads, and what it leaves as it is.

use std::env;
use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::Command;
use std::sync::mpsc;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use blocking_ws::testing::{At, Fault, Faults, FaultyProxy, Flow, Peer, RawFrame, Verdict};
use blocking_ws::{Client, Error, Server, ServerHandle, WebSocket};
use test_support::nobody::nobody;
use test_support::socket::patient;
use test_support::within;

use super::faults::{LONG, read_all};

const SHORT: Duration = Duration::from_millis(30);

/// A proxy to a socket that a test listens on.
fn proxy() -> (FaultyProxy, TcpListener) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let proxy = FaultyProxy::to(&listener.local_addr().unwrap().to_string()).unwrap();
    (proxy, listener)
}

/// Both ends of a connection through a proxy.
fn through(proxy: &FaultyProxy, listener: &TcpListener) -> (TcpStream, TcpStream) {
    let client = patient(TcpStream::connect(proxy.local_addr()).unwrap());
    (client, patient(listener.accept().unwrap().0))
}

fn echo() -> ServerHandle {
    Server::bind("127.0.0.1:0").unwrap().spawn(test_support::echo::echo).unwrap()
}

fn client() -> Client {
    Client::new().connect_timeout(Duration::from_secs(10))
}

fn bytes(len: usize) -> Vec<u8> {
    (0..=250_u8).cycle().take(len).collect()
}

fn is_reset(end: &io::Result<()>) -> bool {
    end.as_ref().is_err_and(|e| e.kind() == ErrorKind::ConnectionReset)
}

#[test]
fn every_fault_in_both_directions() {
    within(|| {
        let insert = Fault::Insert(b"xyz".to_vec());
        let all = bytes(100);
        let changed = |at: usize| {
            let mut all = bytes(100);
            all[at] ^= 0x80;
            all
        };
        // (fault, what arrives of 100 bytes if it is after 40, whether the end is a reset)
        let rows = [
            (None, all.clone(), Some(false)),
            (Some(Fault::Cut), all[..40].to_vec(), Some(false)),
            (Some(Fault::Reset), all[..40].to_vec(), Some(true)),
            (Some(Fault::Error(ErrorKind::Other)), all[..40].to_vec(), Some(true)),
            (Some(Fault::Stall), all[..40].to_vec(), None),
            (Some(Fault::Corrupt(0x80)), changed(40), Some(false)),
            (Some(insert), [&all[..40], b"xyz", &all[40..]].concat(), Some(false)),
            (Some(Fault::Drop(10)), [&all[..40], &all[50..]].concat(), Some(false)),
        ];
        for (fault, arrives, reset) in rows {
            for (chunk, is_upstream) in
                [(None, false), (None, true), (Some(1), false), (Some(7), true)]
            {
                let name = format!("{fault:?}, {chunk:?} at once, upstream: {is_upstream}");
                let faults = chunk.map_or(Faults::new(), |most| Faults::new().chunk(1..=most));
                let faults = fault.iter().fold(faults, |all, fault| all.after(40, fault.clone()));
                let (proxy, listener) = proxy();
                let proxy =
                    if is_upstream { proxy.upstream(faults) } else { proxy.downstream(faults) };
                let (client, server) = through(&proxy, &listener);
                let (mut from, mut to) =
                    if is_upstream { (client, server) } else { (server, client) };
                from.write_all(&bytes(100)).unwrap();
                if reset.is_none() || fault.is_none() {
                    from.shutdown(Shutdown::Write).unwrap();
                }
                let mut came = vec![0; arrives.len()];
                match to.read_exact(&mut came) {
                    Ok(()) => assert_eq!(came, arrives, "{name}"),
                    // A reset may destroy what came before it.
                    end => {
                        assert!(reset == Some(true) && is_reset(&end), "{name}: {end:?}");
                        continue;
                    }
                }
                match reset {
                    None => {
                        to.set_read_timeout(Some(SHORT)).unwrap();
                        let e = to.read(&mut [0]).unwrap_err();
                        assert!(matches!(e.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut));
                    }
                    Some(true) => {
                        let ends = [read_all(&mut to).1, read_all(&mut from).1];
                        assert!(ends.iter().all(is_reset), "{name}: {ends:?}");
                    }
                    Some(false) => {
                        // What ends the connection ends it at both ends.
                        if arrives.len() > 40 {
                            from.shutdown(Shutdown::Write).unwrap();
                        } else {
                            assert_eq!(from.read(&mut [0]).unwrap(), 0, "{name}");
                        }
                        let (rest, end) = read_all(&mut to);
                        assert!(rest.is_empty() && end.is_ok(), "{name}: {end:?}");
                    }
                }
            }
        }
    });
}

#[test]
fn a_place_is_reached_without_a_further_byte() {
    within(|| {
        let (proxy, listener) = proxy();
        let proxy = proxy
            .downstream(Faults::new().after(At::start(), Fault::Insert(b"hi".to_vec())))
            .upstream(Faults::new().after(3, Fault::Cut));
        let (mut client, mut server) = through(&proxy, &listener);
        client.read_exact(&mut [0; 2]).unwrap();
        client.write_all(b"abc").unwrap();
        assert_eq!(read_all(&mut server).0, b"abc");
        assert_eq!(read_all(&mut client).0, b"");
    });
}

#[test]
fn a_cut_resets_no_peer_that_still_sends() {
    within(|| {
        let (proxy, listener) = proxy();
        let proxy = proxy.downstream(Faults::new().after(3, Fault::Cut));
        let (mut client, mut server) = through(&proxy, &listener);
        server.write_all(b"abcdef").unwrap();
        client.read_exact(&mut [0; 3]).unwrap();
        assert_eq!(client.read(&mut [0]).unwrap(), 0);
        for stream in [&mut client, &mut server] {
            for _ in 0..1000 {
                stream.write_all(&[0; 4096]).unwrap();
            }
        }
        assert_eq!(server.read(&mut [0]).unwrap(), 0);
    });
}

#[test]
fn half_closes_go_through_and_ends_are_late() {
    within(|| {
        let (proxy, listener) = proxy();
        let proxy = proxy.upstream(Faults::new().slow_close(SHORT * 3));
        let (mut client, mut server) = through(&proxy, &listener);
        client.write_all(b"question").unwrap();
        let began = Instant::now();
        client.shutdown(Shutdown::Write).unwrap();
        server.read_exact(&mut [0; 8]).unwrap();
        assert_eq!(server.read(&mut [0]).unwrap(), 0);
        assert!(began.elapsed() >= SHORT * 3);
        server.write_all(b"answer").unwrap();
        drop(server);
        let (came, end) = read_all(&mut client);
        assert_eq!((&came[..], end.is_ok()), (&b"answer"[..], true));
    });
}

#[test]
fn a_reset_of_one_end_is_one_of_the_other() {
    within(|| {
        let (proxy, listener) = proxy();
        let client = TcpStream::connect(proxy.local_addr()).unwrap();
        let mut client = Peer::over(client, blocking_ws::Role::Client).unwrap();
        let mut server = patient(listener.accept().unwrap().0);
        client.reset();
        assert!(is_reset(&read_all(&mut server).1));
    });
}

#[test]
fn nobody_listens() {
    within(|| {
        let (_nobody, address) = nobody();
        let proxy = FaultyProxy::to(&address.to_string()).unwrap();
        let mut client = patient(TcpStream::connect(proxy.local_addr()).unwrap());
        assert!(is_reset(&read_all(&mut client).1));
        let error = Client::new().connect(&proxy.url("/")).unwrap_err();
        // The reset may come while the client still looks whether it is connected.
        assert!(matches!(error, Error::Lost(_) | Error::Connect(_)), "{error:?}");
        assert_eq!(proxy.connections(), 2);
    });
}

#[test]
fn addresses() {
    let proxy = |server: &str| FaultyProxy::to(server).unwrap();
    let urls = |proxy: FaultyProxy| {
        let address = proxy.local_addr().to_string();
        ["/", "a?b", "/c"].map(|path| proxy.url(path).replace(&address, "HERE"))
    };
    assert_eq!(urls(proxy("localhost:1")), ["ws://HERE/", "ws://HERE/a?b", "ws://HERE/c"]);
    assert_eq!(urls(proxy("wss://a.example/x")), ["wss://HERE/", "wss://HERE/a?b", "wss://HERE/c"]);
    assert!(format!("{:?}", proxy("ws://[::1]/")).contains("\"[::1]:80\""));
    for wrong in
        ["", "localhost", "a:b", ":::", "127.0.0.1:99999", ":9001", "localhost:0", "a b:9", "a/b:9"]
    {
        let error = FaultyProxy::to(wrong).unwrap_err().to_string();
        assert!(error.contains("is neither host:port nor a ws:// URL"), "{error}");
    }
    assert!(FaultyProxy::to("ftp://a.example/").unwrap_err().to_string().contains("ws://"));
    let first = proxy("localhost:1");
    let taken = first.local_addr();
    assert!(matches!(proxy("localhost:1").listen(taken), Err(Error::Io(_))));
    let moved = proxy("localhost:1").listen("127.0.0.1:0").unwrap();
    TcpStream::connect(moved.local_addr()).unwrap();
    let everywhere = proxy("localhost:1").listen("0.0.0.0:0").unwrap();
    assert!(everywhere.local_addr().ip().is_unspecified());
    let port = everywhere.local_addr().port();
    assert_eq!(everywhere.url("//a"), format!("ws://127.0.0.1:{port}//a"));
}

#[test]
fn plans_are_for_their_connections() {
    within(|| {
        let server = echo();
        let cut = Faults::new().after(At::head().frame(1), Fault::Cut).on_connections(2..=2);
        let proxy = FaultyProxy::to(server.url()).unwrap().downstream(cut);
        for number in 1..=3 {
            let mut ws = client().connect(&proxy.url("/")).unwrap();
            ws.send("hello").unwrap();
            let came = ws.recv();
            assert_eq!(came.is_ok(), number != 2, "{number}: {came:?}");
            assert_eq!(proxy.connections(), number);
        }
    });
}

#[test]
fn a_stall_is_told_while_it_lasts() {
    within(|| {
        let server = echo();
        let stall = Faults::new().after(At::head().frame(2), Fault::Stall);
        let (tell, told) = mpsc::channel();
        let proxy = FaultyProxy::to(server.url()).unwrap().downstream(stall);
        let proxy = proxy.on_note(move |note| {
            // The test may be over.
            let _ = tell.send(note.to_owned());
        });
        let mut ws = client().connect(&proxy.url("/")).unwrap();
        ws.send("one").unwrap();
        assert_eq!(ws.recv().unwrap(), Some("one".into()));
        assert!(told.iter().any(|note| note.contains("downstream: stalled at byte")));
        assert!(proxy.happened()[0].contains("stalled"), "{:?}", proxy.happened());
    });
}

#[test]
fn a_partition_holds_all_back_until_it_is_repaired() {
    within(|| {
        let server = echo();
        let proxy = FaultyProxy::to(server.url()).unwrap();
        let mut ws = client().connect(&proxy.url("/")).unwrap();
        ws.send("before").unwrap();
        assert_eq!(ws.recv().unwrap(), Some("before".into()));
        proxy.partition();
        assert_eq!(proxy.happened(), ["connection 1: partitioned by the program"]);
        ws.send("within").unwrap();
        assert!(ws.recv_timeout(SHORT).unwrap_err().is_timeout());
        let url = proxy.url("/");
        let brief = Client::new().connect_timeout(SHORT).connect(&url).unwrap_err();
        assert!(matches!(brief, Error::Deadline(_)), "{brief:?}");
        let (tell, told) = mpsc::channel();
        let patient = thread::spawn(move || {
            tell.send(()).unwrap();
            let mut ws = client().connect(&url).unwrap();
            ws.send("late").unwrap();
            ws.recv().unwrap()
        });
        told.recv().unwrap();
        assert_eq!(server.connection_count(), 1);
        proxy.repair();
        assert_eq!(ws.recv().unwrap(), Some("within".into()));
        assert_eq!(patient.join().unwrap(), Some("late".into()));
        proxy.partition();
        proxy.partition();
        proxy.repair();
        ws.send("after").unwrap();
        assert_eq!(ws.recv().unwrap(), Some("after".into()));
    });
}

#[test]
fn all_connections_end_at_once() {
    within(|| {
        let server = echo();
        let proxy = FaultyProxy::to(server.url()).unwrap();
        for (name, end) in
            [("cut", FaultyProxy::cut as fn(&FaultyProxy)), ("reset", FaultyProxy::reset)]
        {
            let open = || client().connect(&proxy.url("/")).unwrap();
            let mut all = [open(), open()];
            end(&proxy);
            for ws in &mut all {
                let error = ws.recv().unwrap_err();
                let is_reset = error.to_string().contains("reset");
                assert_eq!(is_reset, name == "reset", "{name}: {error}");
            }
            let mut ws = open();
            ws.send("again").unwrap();
            assert_eq!(ws.recv().unwrap(), Some("again".into()));
        }
        // While it is partitioned, too.
        let mut ws = client().connect(&proxy.url("/")).unwrap();
        proxy.partition();
        proxy.reset();
        assert!(matches!(ws.recv(), Err(Error::Lost(_))));
    });
}

/// A proxy with these plans, and what it tells.
fn told(
    downstream: &Faults,
    upstream: &Faults,
) -> (FaultyProxy, TcpListener, mpsc::Receiver<String>) {
    let (proxy, listener) = proxy();
    let (tell, told) = mpsc::channel();
    let proxy = proxy.downstream(downstream.clone()).upstream(upstream.clone());
    let proxy = proxy.on_note(move |note| drop(tell.send(note.to_owned())));
    (proxy, listener, told)
}

#[test]
fn what_ends_within_a_partition_never_comes_to_the_server() {
    within(|| {
        type End = fn(FaultyProxy) -> Option<FaultyProxy>;
        let rows: [(&str, End, Option<bool>); 3] = [
            ("cut", |proxy| Some(proxy).inspect(FaultyProxy::cut), Some(false)),
            ("reset", |proxy| Some(proxy).inspect(FaultyProxy::reset), Some(true)),
            ("dropped", |_| None, None),
        ];
        for (name, end, reset) in rows {
            let (proxy, listener, told) = told(&Faults::new(), &Faults::new());
            proxy.partition();
            let mut client = patient(TcpStream::connect(proxy.local_addr()).unwrap());
            client.write_all(b"hello").unwrap();
            assert!(told.recv().unwrap().starts_with("connection 1: from "));
            let proxy = end(proxy);
            let (_, how) = read_all(&mut client);
            assert!(reset.is_none_or(|reset| is_reset(&how) == reset), "{name}: {how:?}");
            // Its threads have ended then.
            drop((client, proxy));
            listener.set_nonblocking(true).unwrap();
            assert_eq!(listener.accept().unwrap_err().kind(), ErrorKind::WouldBlock, "{name}");
        }
    });
}

/// Writes until there is no room.
fn fill(stream: &mut TcpStream) {
    stream.set_write_timeout(Some(SHORT)).unwrap();
    while stream.write(&vec![0; 1 << 16]).is_ok() {}
}

#[test]
fn a_stall_ends_when_both_ends_have_left() {
    within(|| {
        let stall = Faults::new().after(0, Fault::Stall);
        for (name, downstream, upstream, is_full) in [
            ("downstream", &stall, &Faults::new(), false),
            ("downstream, full", &stall, &Faults::new(), true),
            ("both", &stall, &stall, false),
        ] {
            let (proxy, listener, told) = told(downstream, upstream);
            let (client, mut server) = through(&proxy, &listener);
            if is_full {
                fill(&mut server);
            }
            drop(client);
            drop(server);
            let over = told.iter().find(|note| note.starts_with("connection 1: over"));
            assert!(over.is_some(), "{name}");
        }
    });
}

#[test]
fn a_reset_is_one_also_if_a_write_has_noticed_it() {
    within(|| {
        for round in 0..10 {
            let (proxy, listener) = proxy();
            let (client, mut server) = through(&proxy, &listener);
            // The proxy waits for room to write, and for something to read.
            fill(&mut server);
            Peer::over(client, blocking_ws::Role::Client).unwrap().reset();
            let end = read_all(&mut server).1;
            assert!(is_reset(&end), "{round}: {end:?}");
        }
    });
}

/// Sends to and receives from an echo at the same time, and checks what comes back.
fn exchange(proxy: &FaultyProxy, len: usize) -> Duration {
    let sent = bytes(len);
    let mut ws = client().connect(&proxy.url("/")).unwrap();
    let sender = ws.sender().unwrap();
    let began = Instant::now();
    thread::scope(|scope| {
        let sent = &sent;
        scope.spawn(move || {
            for piece in sent.chunks(len.div_ceil(8)) {
                sender.send(piece).unwrap();
            }
        });
        let mut at = 0;
        while at < len {
            let message = ws.recv().unwrap().unwrap();
            assert!(message.as_bytes() == &sent[at..at + message.as_bytes().len()], "{at}");
            at += message.as_bytes().len();
        }
    });
    let took = began.elapsed();
    ws.close(1000, "").unwrap();
    took
}

#[test]
fn eight_mebibytes_both_ways() {
    within(|| {
        let server = echo();
        let late = Duration::from_millis(5);
        for faults in [
            Faults::new(),
            Faults::new().chunk(1..=20_000),
            Faults::new().latency(late).jitter(late),
            Faults::new().rate(64 << 20),
            Faults::new().chunk(1000..).latency(late).rate(64 << 20),
        ] {
            let proxy = FaultyProxy::to(server.url()).unwrap();
            let proxy = proxy.upstream(faults.clone()).downstream(faults);
            exchange(&proxy, 8 << 20);
        }
    });
}

#[test]
fn latency_is_latency_and_a_rate_is_a_rate() {
    within(|| {
        let (proxy, listener) = proxy();
        let late = Duration::from_millis(100);
        let proxy = proxy.upstream(Faults::new().latency(late).chunk(1..=1));
        let (mut client, mut server) = through(&proxy, &listener);
        let began = Instant::now();
        // Many pieces are under way at the same time.
        for _ in 0..40 {
            client.write_all(b"x").unwrap();
            thread::sleep(Duration::from_millis(1));
        }
        server.read_exact(&mut [0; 1]).unwrap();
        assert!(began.elapsed() >= late);
        server.read_exact(&mut [0; 39]).unwrap();
        let took = began.elapsed();
        assert!(took < late * 20, "{took:?}");

        let (proxy, listener) = self::proxy();
        let proxy = proxy.downstream(Faults::new().rate(20_000));
        let (mut client, mut server) = through(&proxy, &listener);
        let began = Instant::now();
        server.write_all(&[0; 4000]).unwrap();
        client.read_exact(&mut [0; 4000]).unwrap();
        let took = began.elapsed();
        assert!(took >= Duration::from_millis(170), "{took:?}");
    });
}

#[test]
fn a_peer_that_does_not_read_slows_the_other_one_down() {
    within(|| {
        for faults in
            [Faults::new(), Faults::new().latency(LONG), Faults::new().after(0, Fault::Stall)]
        {
            let (proxy, listener) = proxy();
            let proxy = proxy.upstream(faults);
            let (mut client, _server) = through(&proxy, &listener);
            client.set_write_timeout(Some(SHORT * 5)).unwrap();
            let mut written = 0;
            while let Ok(n) = client.write(&vec![0; 1 << 16]) {
                written += n;
                assert!(written < 64 << 20, "the proxy holds all of it");
            }
        }
    });
}

#[test]
fn the_drop_ends_everything() {
    within(|| {
        let stall = Faults::new().after(0, Fault::Stall);
        for (name, faults, is_partitioned) in [
            ("nothing", Faults::new(), false),
            ("stalled", stall, false),
            ("late", Faults::new().latency(LONG), false),
            ("slow", Faults::new().rate(1), false),
            ("partitioned", Faults::new(), true),
        ] {
            let (proxy, listener) = proxy();
            let proxy = proxy.upstream(faults.clone()).downstream(faults);
            let (mut client, mut server) = through(&proxy, &listener);
            if is_partitioned {
                proxy.partition();
            }
            // The proxy waits for room in both directions.
            fill(&mut client);
            fill(&mut server);
            let began = Instant::now();
            drop(proxy);
            assert!(began.elapsed() < Duration::from_secs(20), "{name}");
            for end in [read_all(&mut client).1, read_all(&mut server).1] {
                let is_open = end.is_err_and(|e| {
                    matches!(e.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut)
                });
                assert!(!is_open, "{name}");
            }
        }
    });
}

#[test]
fn a_plan_does_the_same_each_time() {
    within(|| {
        let run = || {
            let faults = Faults::new().seed(7).chunk(1..=9).after(60, Fault::Cut);
            let notes = Arc::new(Mutex::new(Vec::new()));
            let (proxy, listener) = proxy();
            let tell = Arc::clone(&notes);
            let proxy = proxy.downstream(faults).on_note(move |note| {
                if note.contains("downstream") {
                    tell.lock().unwrap().push(note.to_owned());
                }
            });
            let (mut client, mut server) = through(&proxy, &listener);
            server.write_all(&bytes(100)).unwrap();
            let came = read_all(&mut client).0;
            drop((client, server));
            drop(proxy);
            let notes = notes.lock().unwrap().clone();
            (came, notes)
        };
        let cut = vec!["connection 1: downstream: cut at byte 60".to_owned()];
        for _ in 0..3 {
            assert_eq!(run(), (bytes(60), cut.clone()));
        }
    });
}

#[test]
fn frames_can_be_seen_and_changed() {
    within(|| {
        let server = echo();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let see = Arc::clone(&seen);
        let proxy = FaultyProxy::to(server.url()).unwrap().on_frame(move |frame, way| {
            see.lock().unwrap().push((way, frame.opcode, frame.payload.clone()));
            match (way, &frame.payload[..]) {
                (Flow::Upstream, b"drop") => Verdict::Drop,
                (Flow::Upstream, b"replace") => {
                    let first = RawFrame::text("re").fin(false);
                    Verdict::Replace(vec![first, RawFrame::ping(""), RawFrame::continuation("al")])
                }
                (Flow::Downstream, b"answer") => Verdict::Replace(vec![RawFrame::text("other")]),
                (_, b"cut") => Verdict::Cut,
                (_, b"reset") => Verdict::Reset,
                (_, b"late") => Verdict::Delay(SHORT),
                _ => Verdict::Forward,
            }
        });
        let mut ws = client().connect(&proxy.url("/")).unwrap();
        let ask = |ws: &mut WebSocket, text: &str| {
            ws.send(text)?;
            ws.recv().map(|message| message.map(|message| message.to_string()))
        };
        assert_eq!(ask(&mut ws, "hello").unwrap().as_deref(), Some("hello"));
        assert_eq!(ask(&mut ws, "replace").unwrap().as_deref(), Some("real"));
        assert_eq!(ask(&mut ws, "answer").unwrap().as_deref(), Some("other"));
        ws.send("drop").unwrap();
        let began = Instant::now();
        assert_eq!(ask(&mut ws, "late").unwrap().as_deref(), Some("late"));
        assert!(began.elapsed() >= SHORT * 2, "in both directions");
        let big = "x".repeat(1 << 20);
        assert_eq!(ask(&mut ws, &big).unwrap().as_deref(), Some(&big[..]));
        let error = ask(&mut ws, "cut").unwrap_err();
        assert!(!error.to_string().contains("reset"), "{error}");
        let mut ws = client().connect(&proxy.url("/")).unwrap();
        assert!(ask(&mut ws, "reset").unwrap_err().to_string().contains("reset"));
        let seen = seen.lock().unwrap();
        assert_eq!(seen[0], (Flow::Upstream, 1, b"hello".to_vec()));
        assert_eq!(seen[1], (Flow::Downstream, 1, b"hello".to_vec()));
        assert_eq!(seen[3], (Flow::Downstream, 10, b"".to_vec()), "the pong");
    });
}

#[test]
fn a_function_that_panics_fails_the_test() {
    within(|| {
        let server = echo();
        for is_note in [false, true] {
            let proxy = FaultyProxy::to(server.url()).unwrap();
            let proxy = if is_note {
                proxy.on_note(|_| panic!("as told"))
            } else {
                proxy.on_frame(|_, _| panic!("as told"))
            };
            let mut ws = client().connect(&proxy.url("/")).unwrap();
            ws.send("hello").unwrap();
            assert_eq!(matches!(ws.recv(), Err(Error::Lost(_))), !is_note);
            let panic = catch_unwind(AssertUnwindSafe(|| drop(proxy))).unwrap_err();
            assert_eq!(panic.downcast_ref(), Some(&"as told"));
        }
    });
}

/// Tells the program that it is the one that fails.
const FAILS: &str = "BLOCKING_WS_KIT_FAILS";

#[test]
fn a_test_that_fails_says_by_which_faults() {
    if env::var_os(FAILS).is_some() {
        let server = echo();
        let proxy = FaultyProxy::to(server.url()).unwrap();
        let cut = Faults::new().seed(7).after(At::head(), Fault::Cut).on_connections(2..);
        let proxy = proxy.upstream(Faults::new().seed(8).chunk(100..)).downstream(cut);
        let mut all = [(); 2].map(|()| client().connect(&proxy.url("/")).unwrap());
        all[1].recv().unwrap();
    }
    let test = "proxy::a_test_that_fails_says_by_which_faults";
    let mut command = Command::new(env::current_exe().unwrap());
    let ran = command.args(["--exact", test, "--nocapture"]).env(FAILS, "1").output().unwrap();
    let told = String::from_utf8(ran.stderr).unwrap();
    assert!(!ran.status.success(), "{told}");
    let lines = told.lines().filter_map(|line| line.strip_prefix("FaultyProxy 127.0.0.1:"));
    let lines: Vec<_> = lines.map(|line| line.trim_start_matches(char::is_numeric)).collect();
    assert_eq!(lines.len(), 2, "{told}");
    assert_eq!(lines[0], ": connection 1: upstream with seed 8: no fault yet");
    let second = lines[1].rsplit_once(" at byte ").unwrap().0;
    let want = ": connection 2: upstream with seed 8: no fault yet; downstream with seed 7: cut";
    assert_eq!(second, want, "{told}");
}

#[test]
#[cfg(any(feature = "tls", feature = "rustls"))]
fn tls_goes_through_as_bytes() {
    within(|| {
        let server = Server::bind("127.0.0.1:0").unwrap().tls(&test_support::pem::identity());
        let server = server.unwrap().spawn(|ws| ws.send("secret")).unwrap();
        let proxy = FaultyProxy::to(server.url()).unwrap();
        let tiny = Faults::new().chunk(1..=3);
        // Within the handshake.
        let cut = tiny.clone().after(300, Fault::Cut).on_connections(2..);
        let proxy = proxy.upstream(tiny).downstream(cut);
        let connect = || {
            let stream = TcpStream::connect(proxy.local_addr()).unwrap();
            test_support::pem::client().connect_over("wss://localhost/", stream)
        };
        assert_eq!(connect().unwrap().recv().unwrap(), Some("secret".into()));
        let cut = connect().unwrap_err();
        assert!(matches!(cut, Error::Tls(_) | Error::Lost(_)), "{cut:?}");
    });
}
