//! How a server ends all its connections at once (RFC 6455 §7.1.1, §7.4.1), whatever its threads
//! are blocked in, and that it is gone afterwards.

use std::cell::RefCell;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use blocking_ws::testing::{Peer, RawFrame};
use blocking_ws::{
    ClosedBy, Duplex, Error, Refusal, Result, Role, Server, ServerHandle, ShutdownReport,
    WebSocket, connect,
};
use log::Level;
use socket2::{Domain, Socket, Type};
use test_support::echo::echo;
use test_support::peer::{close_code, upgraded};
use test_support::pem::{CONNECTOR, identity};
use test_support::within;
use test_support::{journal, pace};

const GOING_AWAY: u16 = 1001;
/// Asks the server for much.
const X_MUCH: &[(&str, &str)] = &[("X-Much", "1")];
/// More than any of this takes where nobody is waited for.
const LONG: Duration = Duration::from_secs(20);
/// What a busy machine may add to a bound.
const SLACK: Duration = Duration::from_secs(5);
/// More than the buffers of a socket take.
static MUCH: [u8; 16 << 20] = [0; 16 << 20];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Over {
    Tcp,
    Tls,
}

fn transports() -> &'static [Over] {
    if cfg!(any(feature = "tls", feature = "rustls")) {
        &[Over::Tcp, Over::Tls]
    } else {
        &[Over::Tcp]
    }
}

fn bind(over: Over) -> Server {
    let server = Server::bind("127.0.0.1:0").unwrap().close_timeout(LONG).write_timeout(LONG);
    if over == Over::Tls { server.tls(&identity()).unwrap() } else { server }
}

fn serve(handler: impl Fn(&mut WebSocket) -> Result<()> + Send + Sync + 'static) -> ServerHandle {
    bind(Over::Tcp).spawn(handler).unwrap()
}

/// A socket that takes little by itself.
fn socket(server: &ServerHandle) -> TcpStream {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    socket.set_recv_buffer_size(16 << 10).unwrap();
    socket.connect(&server.local_addr().unwrap().into()).unwrap();
    socket.into()
}

/// A client that is not this library's.
fn client(server: &ServerHandle, over: Over, headers: &[(&str, &str)]) -> Peer {
    let stream = socket(server);
    match over {
        Over::Tcp => upgraded(stream, headers),
        Over::Tls => upgraded(CONNECTOR.connect("localhost", stream).unwrap(), headers),
    }
}

/// Hears that the server goes away.
#[track_caller]
fn hears(peer: &mut Peer) {
    assert_eq!(close_code(peer), GOING_AWAY);
}

/// Hears it, answers, and sees the server hang up in order.
#[track_caller]
fn answers(mut peer: Peer) {
    hears(&mut peer);
    peer.close(GOING_AWAY, "");
    peer.expect_end();
}

#[track_caller]
fn assert_report(report: ShutdownReport, want: [usize; 4], rule: &str) {
    let ShutdownReport { closed, cut, refused, running, .. } = report;
    assert_eq!([closed, cut, refused, running], want, "{rule}: closed, cut, refused, running");
}

#[test]
fn shutdown_says_1001_to_everyone_and_lets_nobody_in() {
    within(|| {
        let server = serve(echo);
        let clients: Vec<_> = (0..20)
            .map(|_| {
                let mut client = connect(server.url()).unwrap();
                client.send("hello").unwrap();
                assert_eq!(client.recv().unwrap(), Some("hello".into()));
                thread::spawn(move || {
                    assert_eq!(client.recv().unwrap(), None);
                    client.close_status().cloned().unwrap()
                })
            })
            .collect();
        let report = server.shutdown(LONG);
        assert_report(report, [20, 0, 0, 0], "all answer");
        for client in clients {
            let status = client.join().unwrap();
            assert_eq!((status.by(), status.code().into()), (ClosedBy::Remote, 1001_u16));
            assert!(status.is_clean());
        }
        assert!(matches!(connect(server.url()), Err(Error::Connect(_))));
        let began = Instant::now();
        assert_eq!(server.shutdown(LONG), report, "again");
        assert_eq!(server.clone().shutdown(None), report, "by another handle, with no deadline");
        assert!(began.elapsed() < SLACK, "at once");
    });
}

#[test]
fn without_any_time_they_hear_why_they_are_cut() {
    for &over in transports() {
        let (begun, begins) = mpsc::channel();
        let hears_out = move |ws: &mut WebSocket| {
            begun.send(()).unwrap();
            ws.recv().map(drop)
        };
        let server = bind(over).spawn(hears_out).unwrap();
        let mut peer = client(&server, over, &[]);
        begins.recv().unwrap();
        let report = server.shutdown(Duration::ZERO);
        assert_eq!(report.closed + report.cut, 1, "{over:?}: {report:?}");
        hears(&mut peer);
    }
}

#[test]
fn shutdown_ends_an_accept_that_is_blocked() {
    for &over in transports() {
        within(move || {
            let server = bind(over).spawn(echo).unwrap();
            // The thread that accepts is at it, not before it.
            drop(client(&server, over, &[]));
            let began = Instant::now();
            let report = server.shutdown(LONG);
            assert!(began.elapsed() < SLACK);
            // The one that left may just have been on its way.
            assert!(report.closed + report.cut + report.refused <= 1, "{report:?}");
            assert_eq!(report.running, 0);
        });
    }
}

#[test]
fn shutdown_cuts_those_who_do_not_answer() {
    const DEADLINE: Duration = Duration::from_millis(300);
    type Script = fn(&mut Peer);
    let rows: [(&str, Script); 3] = [
        ("waits in recv", |_| {}),
        ("is stuck in a send to a peer that does not read", |peer| {
            peer.send("much");
            peer.expect_start();
        }),
        ("is left with half a message", |peer| {
            peer.bytes(&RawFrame::text("torn").to_bytes(Role::Client)[..7]);
        }),
    ];
    for (rule, script) in rows {
        for &over in transports() {
            within(move || {
                let (ready, called) = mpsc::channel();
                let server = bind(over).spawn(move |ws| {
                    ready.send(()).unwrap();
                    while let Some(message) = ws.recv()? {
                        if message.as_text() == Some("much") {
                            ws.send(&MUCH[..])?;
                        }
                    }
                    Ok(())
                });
                let server = server.unwrap();
                let mut peer = client(&server, over, &[]);
                called.recv().unwrap();
                script(&mut peer);
                let began = Instant::now();
                let report = server.shutdown(DEADLINE);
                let took = began.elapsed();
                assert_report(report, [0, 1, 0, 0], rule);
                assert!(took >= DEADLINE, "{rule}, {over:?}: too early, {took:?}");
                assert!(took < DEADLINE + SLACK, "{rule}, {over:?}: too late, {took:?}");
                if !rule.starts_with("is stuck") {
                    hears(&mut peer);
                    // TLS says that it was cut.
                    let end = peer.get_ref().try_clone().unwrap().read(&mut [0]);
                    assert_eq!(end.unwrap_or(0), 0, "{rule}, {over:?}");
                }
            });
        }
    }
}

#[test]
fn shutdown_turns_away_at_once_who_is_not_in_yet() {
    for &over in transports() {
        within(move || {
            let server = bind(over).handshake_timeout(LONG).spawn(echo).unwrap();
            let half: &[u8] = match over {
                Over::Tcp => b"GET / HTTP/1.1\r\nHost: a\r\n",
                // The header of a record, and the start of a ClientHello.
                Over::Tls => b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
            };
            let begun = [&b""[..], half].map(|bytes| {
                let mut stream = TcpStream::connect(server.local_addr().unwrap()).unwrap();
                stream.write_all(bytes).unwrap();
                stream
            });
            // Who comes after them is in, so they have been accepted.
            let open = client(&server, over, &[]);
            let answers = thread::spawn(|| answers(open));
            let clock = Instant::now();
            let report = server.shutdown(LONG);
            assert!(clock.elapsed() < SLACK, "{over:?}: {:?}", clock.elapsed());
            assert_report(report, [1, 0, 2, 0], "two in the doorway");
            for mut stream in begun {
                // A reset would do as well: nothing was promised yet.
                assert_eq!(stream.read(&mut [0]).unwrap_or(0), 0);
            }
            answers.join().unwrap();
        });
    }
}

#[test]
fn who_is_promised_a_connection_may_close_it_in_order() {
    within(|| {
        let (asked, asks) = mpsc::channel();
        let (let_go, goes_on) = mpsc::channel::<()>();
        let goes_on = Mutex::new(goes_on);
        let server = bind(Over::Tcp).on_upgrade(move |opening| {
            if opening.request().headers().contains_key("x-slow") {
                asked.send(()).unwrap();
                let _ = goes_on.lock().unwrap().recv();
            }
            Ok(())
        });
        let server = server.spawn(echo).unwrap();
        let open = client(&server, Over::Tcp, &[]);
        let theirs = server.clone();
        let promised =
            thread::spawn(move || answers(client(&theirs, Over::Tcp, &[("X-Slow", "1")])));
        asks.recv().unwrap();
        let theirs = server.clone();
        let shutdown = thread::spawn(move || theirs.shutdown(LONG));
        // So it is at it.
        answers(open);
        drop(let_go);
        promised.join().unwrap();
        assert_report(shutdown.join().unwrap(), [2, 0, 0, 0], "one was late");
    });
}

/// How many sockets this process may have, to be safe.
fn sockets() -> usize {
    if cfg!(windows) {
        // Wine, where these tests run as well, takes 50 ms for each connection.
        return 200;
    }
    let limits = std::fs::read_to_string("/proc/self/limits").unwrap_or_default();
    let line = limits.lines().find_map(|line| line.strip_prefix("Max open files"));
    let most = line.and_then(|line| line.split_whitespace().next()?.parse().ok());
    most.unwrap_or(500_usize).saturating_sub(200)
}

#[test]
fn a_thousand_connections_end_together() {
    const DEADLINE: Duration = Duration::from_secs(2);
    // Both ends of each are here.
    let each = sockets().min(2000) / 2 / 10;
    within(move || {
        let server = serve(|ws| {
            if ws.request().headers().contains_key("x-much") {
                ws.send(&MUCH[..])?;
            }
            echo(ws)
        });
        let open =
            |n: usize, headers| (0..n).map(|_| client(&server, Over::Tcp, headers)).collect();
        let mut answering: Vec<_> = open(4 * each, &[]);
        let silent: Vec<_> = open(3 * each, &[]);
        let mut unread: Vec<_> = open(3 * each, X_MUCH);
        for peer in &mut unread {
            // Their handlers are at it.
            peer.expect_start();
        }
        let half = answering.split_off(2 * each);
        let answer = |peers: Vec<Peer>| {
            thread::spawn(move || {
                for peer in peers {
                    answers(peer);
                }
            })
        };
        let answering = [answer(answering), answer(half)];
        let began = Instant::now();
        let report = server.shutdown(DEADLINE);
        let took = began.elapsed();
        assert_report(report, [4 * each, 6 * each, 0, 0], "of a thousand");
        assert!(took >= DEADLINE, "too early, {took:?}");
        assert!(took < DEADLINE + SLACK, "too late, {took:?}");
        for peer in answering {
            peer.join().unwrap();
        }
        for mut peer in silent {
            hears(&mut peer);
        }
    });
}

#[test]
fn two_at_once_report_the_same_and_the_earlier_deadline_counts() {
    within(|| {
        let server = serve(echo);
        let mut silent = client(&server, Over::Tcp, &[]);
        let other = client(&server, Over::Tcp, &[]);
        let patient = server.clone();
        let patient = thread::spawn(move || patient.shutdown(None));
        answers(other);
        // So the patient one is at it.
        hears(&mut silent);
        let began = Instant::now();
        let report = server.shutdown(Duration::from_millis(100));
        assert_report(report, [1, 1, 0, 0], "one answers, one does not");
        assert_eq!(patient.join().unwrap(), report);
        assert!(began.elapsed() < SLACK, "{:?}", began.elapsed());
        let crowd: Vec<_> = (0..4).map(|_| server.clone()).collect();
        let crowd: Vec<_> =
            crowd.into_iter().map(|handle| thread::spawn(move || handle.shutdown(LONG))).collect();
        for one in crowd {
            assert_eq!(one.join().unwrap(), report);
        }
    });
}

#[test]
fn serve_ends_when_a_handle_says_so_and_all_is_done() {
    within(|| {
        let server = bind(Over::Tcp);
        let handle = server.handle();
        let (ended, ends) = mpsc::channel();
        thread::spawn(move || ended.send(server.serve(echo).is_ok()));
        // A handle that is dropped means nothing to it.
        drop(handle.clone());
        let mut late = client(&handle, Over::Tcp, &[]);
        let by = handle.clone();
        let shutdown = thread::spawn(move || by.shutdown(LONG));
        hears(&mut late);
        let early = ends.recv_timeout(Duration::from_millis(200));
        assert_eq!(early, Err(mpsc::RecvTimeoutError::Timeout), "a connection is still closing");
        late.close(GOING_AWAY, "");
        late.expect_end();
        drop(late);
        assert_eq!(ends.recv_timeout(SLACK), Ok(true));
        assert_report(shutdown.join().unwrap(), [1, 0, 0, 0], "the late one");
    });
}

#[test]
fn a_server_that_does_not_run_yet_never_will() {
    type Run = fn(Server) -> Result<()>;
    let rows: [(&str, Run); 2] =
        [("serve", |server| server.serve(echo)), ("spawn", |server| server.spawn(echo).map(drop))];
    for (rule, run) in rows {
        within(move || {
            let server = bind(Over::Tcp);
            let handle = server.handle();
            assert_report(handle.shutdown(LONG), [0; 4], rule);
            run(server).unwrap();
            assert!(TcpStream::connect(handle.local_addr().unwrap()).is_err(), "{rule}");
        });
    }
    within(|| {
        let server = bind(Over::Tcp);
        let handle = server.handle();
        assert_eq!(handle.url(), server.url());
        drop(server);
        assert!(
            TcpStream::connect(handle.local_addr().unwrap()).is_err(),
            "a handle keeps no port"
        );
        assert_report(handle.shutdown(LONG), [0; 4], "of a server that is gone");
    });
}

#[cfg(any(feature = "tls", feature = "rustls"))]
#[test]
fn a_handle_knows_of_tls_whenever_it_was_made() {
    let server = Server::bind("127.0.0.1:0").unwrap();
    let handle = server.handle();
    let server = server.tls(&identity()).unwrap();
    assert_eq!(handle.url(), server.url());
    assert!(handle.url().starts_with("wss://"));
}

/// Serves in a thread; each client that says "stop" has the server shut down by its own handler.
fn stoppable(
    deadline: Duration,
) -> (ServerHandle, mpsc::Receiver<ShutdownReport>, thread::JoinHandle<Result<()>>) {
    let server = bind(Over::Tcp);
    let handle = server.handle();
    let (reported, reports) = mpsc::channel();
    let own = handle.clone();
    let handler = move |ws: &mut WebSocket| {
        while let Some(message) = ws.recv()? {
            if message.as_text() == Some("stop") {
                reported.send(own.shutdown(deadline)).unwrap();
            }
        }
        Ok(())
    };
    let serving = thread::spawn(move || server.serve(handler));
    (handle, reports, serving)
}

#[test]
fn a_handler_may_shut_its_own_server_down() {
    for callers in [1, 2] {
        within(move || {
            let (handle, reports, serving) = stoppable(LONG);
            let [first, last] = [(); 2].map(|()| client(&handle, Over::Tcp, &[]));
            let mut calling: Vec<_> =
                (0..callers).map(|_| client(&handle, Over::Tcp, &[])).collect();
            for peer in &mut calling {
                peer.send("stop");
            }
            let began = Instant::now();
            let calling: Vec<_> =
                calling.into_iter().map(|peer| thread::spawn(|| answers(peer))).collect();
            answers(first);
            // Until then they wait.
            answers(last);
            for _ in 0..callers {
                let report = reports.recv_timeout(SLACK).unwrap();
                assert_eq!((report.cut, report.refused), (0, 0), "{report:?}");
                assert!((1..=callers).contains(&report.running), "{report:?}");
                assert_eq!(report.closed + report.running, 2 + callers, "{report:?}");
            }
            assert!(began.elapsed() < SLACK, "none waits for itself, nor two for each other");
            for peer in calling {
                peer.join().expect("closed in order although its handler was at it");
            }
            serving.join().unwrap().unwrap();
            assert_report(handle.shutdown(LONG), [2 + callers, 0, 0, 0], "all are gone");
        });
    }
}

#[test]
fn a_handler_that_shuts_down_is_not_cut_with_the_others() {
    within(|| {
        let (handle, reports, serving) = stoppable(Duration::from_millis(100));
        let silent = client(&handle, Over::Tcp, &[]);
        let mut peer = client(&handle, Over::Tcp, &[]);
        peer.send("stop");
        hears(&mut peer);
        assert_report(reports.recv_timeout(SLACK).unwrap(), [0, 1, 0, 1], "of the handler");
        peer.close(GOING_AWAY, "");
        peer.expect_end();
        drop((peer, silent));
        serving.join().unwrap().unwrap();
        assert_report(handle.shutdown(LONG), [1, 1, 0, 0], "it closes in order afterwards");
    });
}

#[test]
fn a_handler_that_never_returns_is_left_behind() {
    const DEADLINE: Duration = Duration::from_millis(100);
    within(|| {
        let (let_go, goes_on) = mpsc::channel::<()>();
        let (left, leaves) = mpsc::channel();
        let goes_on = Mutex::new(goes_on);
        let server = serve(move |ws| {
            if ws.recv()?.is_some_and(|message| message.as_text() == Some("stick")) {
                let _ = goes_on.lock().unwrap().recv();
                left.send(()).unwrap();
            }
            Ok(())
        });
        let mut stuck = connect(server.url()).unwrap();
        stuck.send("stick").unwrap();
        let other = client(&server, Over::Tcp, &[]);
        let other = thread::spawn(|| answers(other));
        let began = Instant::now();
        let report = server.shutdown(DEADLINE);
        let took = began.elapsed();
        assert_report(report, [1, 0, 0, 1], "one is stuck");
        assert!(took >= DEADLINE + Duration::from_secs(1), "it gets a second, not {took:?}");
        assert!(took < DEADLINE + Duration::from_secs(1) + SLACK, "{took:?}");
        other.join().unwrap();
        let began = Instant::now();
        assert_eq!(server.shutdown(LONG), report);
        assert!(began.elapsed() < Duration::from_millis(900), "no second grace");
        drop(let_go);
        leaves.recv_timeout(SLACK).unwrap();
        let deadline = Instant::now() + SLACK;
        while server.shutdown(LONG).running > 0 {
            assert!(Instant::now() < deadline, "it has returned");
        }
        assert_report(server.shutdown(LONG), [1, 1, 0, 0], "each is counted once");
    });
}

#[test]
fn the_last_handle_that_is_dropped_shuts_a_spawned_server_down() {
    within(|| {
        let server = serve(echo);
        let address = server.local_addr().unwrap();
        let mut open = connect(server.url()).unwrap();
        let silent = client(&server, Over::Tcp, &[]);
        let mut doorway = TcpStream::connect(address).unwrap();
        drop(server.clone());
        open.send("still there").unwrap();
        assert_eq!(open.recv().unwrap(), Some("still there".into()));
        let waits = thread::spawn(move || (open.recv().unwrap(), open));
        let began = Instant::now();
        drop(server);
        let took = began.elapsed();
        assert!(took >= Duration::from_secs(1), "the silent one has a second, not {took:?}");
        assert!(took < Duration::from_secs(1) + SLACK, "{took:?}");
        let (received, open) = waits.join().unwrap();
        assert_eq!(received, None);
        assert_eq!(open.close_status().unwrap().code(), 1001);
        assert_eq!(doorway.read(&mut [0]).unwrap_or(0), 0);
        assert!(TcpStream::connect(address).is_err());
        drop(silent);
    });
}

#[test]
fn the_last_handle_may_be_dropped_by_a_handler_or_with_it() {
    within(|| {
        let own = Arc::new(Mutex::new(None::<ServerHandle>));
        let theirs = Arc::clone(&own);
        let server = serve(move |ws| {
            ws.recv()?;
            let last = theirs.lock().unwrap().take();
            drop(last);
            Ok(())
        });
        let address = server.local_addr().unwrap();
        let mut asks = client(&server, Over::Tcp, &[]);
        let other = client(&server, Over::Tcp, &[]);
        *own.lock().unwrap() = Some(server);
        asks.send("drop it");
        let other = thread::spawn(|| answers(other));
        answers(asks);
        other.join().unwrap();
        assert!(TcpStream::connect(address).is_err());
    });
    within(|| {
        /// Tells when the handler is gone, and what it owned.
        struct Owned(Option<ServerHandle>, mpsc::Sender<Duration>);
        impl Drop for Owned {
            fn drop(&mut self) {
                let began = Instant::now();
                drop(self.0.take());
                self.1.send(began.elapsed()).unwrap();
            }
        }
        let (gone, goes) = mpsc::channel();
        let server = bind(Over::Tcp);
        let owned = Owned(Some(server.handle()), gone);
        let server = server.spawn(move |ws| {
            ws.recv()?;
            if let Some(handle) = &owned.0 {
                handle.shutdown(LONG);
            }
            Ok(())
        });
        // From here on there is only the handler's own.
        let server = server.unwrap();
        let mut asks = client(&server, Over::Tcp, &[]);
        drop(server);
        asks.send("shut down");
        answers(asks);
        let took = goes.recv_timeout(SLACK).unwrap();
        assert!(
            took < Duration::from_millis(900),
            "on its own thread it waits for nobody: {took:?}"
        );
    });
}

/// Threads of this process whose names begin like this.
#[cfg(target_os = "linux")]
fn threads(name: &str) -> usize {
    let tasks = std::fs::read_dir("/proc/self/task").unwrap();
    let names = tasks.map(|task| std::fs::read_to_string(task.unwrap().path().join("comm")));
    names.filter(|comm| comm.as_ref().is_ok_and(|comm| comm.starts_with(name))).count()
}

#[test]
fn no_thread_is_left() {
    const CLIENTS: usize = 10;
    static ENDED: AtomicUsize = AtomicUsize::new(0);
    /// The last that a thread does takes so long that who does not wait for it is too early.
    struct Slow;
    impl Drop for Slow {
        fn drop(&mut self) {
            thread::sleep(Duration::from_millis(20));
            ENDED.fetch_add(1, Ordering::SeqCst);
        }
    }
    thread_local!(static SLOW: RefCell<Option<Slow>> = const { RefCell::new(None) });

    within(|| {
        // An address, and with it a name, of this test's own.
        let host = if cfg!(target_os = "linux") { "127.0.0.77:0" } else { "127.0.0.1:0" };
        let server = Server::bind(host).unwrap().close_timeout(LONG);
        let server = server.spawn(|ws| {
            SLOW.set(Some(Slow));
            echo(ws)
        });
        let server = server.unwrap();
        let leaves: Vec<_> = (0..CLIENTS).map(|_| connect(server.url()).unwrap()).collect();
        let stays: Vec<_> = (0..CLIENTS).map(|_| client(&server, Over::Tcp, &[])).collect();
        // Their threads wait for others.
        for mut client in leaves {
            client.close(1000, "").unwrap();
        }
        #[cfg(target_os = "linux")]
        assert_eq!(threads("ws 127.0.0.77:"), 2 * CLIENTS + 1, "one for each, and one accepts");
        let report = server.shutdown(Duration::ZERO);
        assert_eq!(report.running, 0, "{report:?}");
        assert_eq!(ENDED.load(Ordering::SeqCst), 2 * CLIENTS, "all are joined");
        drop(stays);
        #[cfg(target_os = "linux")]
        {
            // The system takes a moment to forget a thread that has been joined.
            let deadline = Instant::now() + Duration::from_secs(2);
            while threads("ws 127.0.0.77:") > 0 {
                assert!(Instant::now() < deadline, "{}", threads("ws 127.0.0.77:"));
            }
        }
    });
}

/// Does something when it is dropped, as a program's state may.
struct OnDrop(Box<dyn Fn() + Send + Sync>);

impl Drop for OnDrop {
    fn drop(&mut self) {
        (self.0)();
    }
}

thread_local!(static KEPT: RefCell<Option<OnDrop>> = const { RefCell::new(None) });

/// A drop that takes until it is let go, and how to do that.
fn slow() -> (OnDrop, mpsc::Sender<()>) {
    let (let_go, goes_on) = mpsc::channel::<()>();
    let goes_on = Mutex::new(goes_on);
    (OnDrop(Box::new(move || _ = goes_on.lock().unwrap().recv())), let_go)
}

#[test]
fn what_handlers_own_keeps_no_shutdown_beyond_its_grace() {
    const DEADLINE: Duration = Duration::from_millis(100);
    type Owns = fn(Server) -> (ServerHandle, Option<mpsc::Sender<()>>);
    fn owns(server: Server, owned: OnDrop) -> ServerHandle {
        let handler = move |ws: &mut WebSocket| {
            let _ = &owned;
            echo(ws)
        };
        server.spawn(handler).unwrap()
    }
    /// Keeps it in the thread of the first client, which leaves.
    fn keeps(server: Server, kept: OnDrop) -> ServerHandle {
        let kept = Mutex::new(Some(kept));
        let handler = move |ws: &mut WebSocket| {
            KEPT.set(kept.lock().unwrap().take());
            echo(ws)
        };
        let server = server.spawn(handler).unwrap();
        connect(server.url()).unwrap().close(1000, "").unwrap();
        server
    }
    /// A drop that shuts the server down.
    fn ends(server: &Server) -> OnDrop {
        let handle = server.handle();
        OnDrop(Box::new(move || _ = handle.shutdown(DEADLINE)))
    }
    let rows: [(&str, Owns); 4] = [
        ("the handler's state is slow", |server| {
            let (owned, let_go) = slow();
            (owns(server, owned), Some(let_go))
        }),
        ("a thread-local is slow", |server| {
            let (kept, let_go) = slow();
            (keeps(server, kept), Some(let_go))
        }),
        ("the handler's state ends its server", |server| {
            let owned = ends(&server);
            (owns(server, owned), None)
        }),
        ("a thread-local ends its server", |server| {
            let kept = ends(&server);
            (keeps(server, kept), None)
        }),
    ];
    for (rule, owns) in rows {
        within(move || {
            let (server, let_go) = owns(bind(Over::Tcp));
            let began = Instant::now();
            let report = server.shutdown(DEADLINE);
            let took = began.elapsed();
            assert_eq!(report.running, 0, "{rule}: {report:?}");
            assert!(took < DEADLINE + Duration::from_secs(1) + SLACK, "{rule}: {took:?}");
            assert!(TcpStream::connect(server.local_addr().unwrap()).is_err(), "{rule}");
            drop(let_go);
        });
    }
}

#[test]
fn the_last_handle_may_be_dropped_with_a_thread() {
    within(|| {
        let (gone, goes) = mpsc::channel();
        let server = bind(Over::Tcp);
        let last = Mutex::new(Some(server.handle()));
        let server = server.spawn(move |ws| {
            let (last, gone) = (Mutex::new(last.lock().unwrap().take()), gone.clone());
            KEPT.set(Some(OnDrop(Box::new(move || {
                drop(last.lock().unwrap().take());
                gone.send(()).unwrap();
            }))));
            echo(ws)
        });
        let server = server.unwrap();
        let address = server.local_addr().unwrap();
        connect(server.url()).unwrap().close(1000, "").unwrap();
        drop(server);
        // The thread leaves when nobody has come for a while.
        goes.recv().unwrap();
        assert!(TcpStream::connect(address).is_err());
    });
}

#[test]
fn a_handler_that_shuts_down_may_receive_and_not_send() {
    within(|| {
        let (told, tells) = mpsc::channel();
        let server = bind(Over::Tcp);
        let own = server.handle();
        let server = server.spawn(move |ws| {
            ws.recv()?;
            let report = own.shutdown(LONG);
            let sent = ws.send("too late");
            told.send((report, sent.is_err(), ws.recv()?, ws.recv()?)).unwrap();
            Ok(())
        });
        let server = server.unwrap();
        let mut peer = client(&server, Over::Tcp, &[]);
        peer.send("shut down");
        hears(&mut peer);
        peer.send("was on its way");
        peer.close(GOING_AWAY, "");
        let (report, refused, first, end) = tells.recv_timeout(SLACK).unwrap();
        assert_report(report, [0, 0, 0, 1], "itself");
        assert!(refused, "the Close frame is out");
        assert_eq!((first, end), (Some("was on its way".into()), None));
        assert_report(server.shutdown(LONG), [1, 0, 0, 0], "it closed in order");
    });
}

#[test]
fn who_never_reads_keeps_nobody_from_the_goodbye() {
    const DEADLINE: Duration = Duration::from_secs(1);
    const UNREAD: usize = 3;
    for &over in transports() {
        within(move || {
            let server = bind(over).spawn(|ws| {
                if ws.request().headers().contains_key("x-much") {
                    ws.send(&MUCH[..])?;
                }
                echo(ws)
            });
            let server = server.unwrap();
            let mut unread: Vec<_> = (0..UNREAD).map(|_| client(&server, over, X_MUCH)).collect();
            for peer in &mut unread {
                // Their handlers are at it.
                peer.expect_start();
            }
            let other = client(&server, over, &[]);
            let other = thread::spawn(|| answers(other));
            let began = Instant::now();
            let report = server.shutdown(DEADLINE);
            let took = began.elapsed();
            assert_report(report, [1, UNREAD, 0, 0], "one reads");
            assert!(took < DEADLINE + Duration::from_secs(1) + SLACK, "{over:?}: {took:?}");
            other.join().unwrap();
        });
    }
}

#[test]
fn shutdown_lets_a_message_in_flight_arrive_whole() {
    within(|| pace::in_flight(Server::bind("127.0.0.1:0").unwrap(), |socket| socket));
}

#[test]
fn section_7_1_4_a_shutdown_while_a_client_is_let_in_is_heard() {
    const ROUNDS: u32 = 50;
    within(|| {
        let (mut said, mut refused) = (0, 0);
        for round in 0..ROUNDS {
            let (asked, asks) = mpsc::channel();
            let server = Server::bind("127.0.0.1:0").unwrap().on_upgrade(move |_| {
                asked.send(()).unwrap();
                Ok::<(), Refusal>(())
            });
            let server = server.spawn(|ws| ws.recv().map(drop)).unwrap();
            let url = server.url().to_owned();
            let client = thread::spawn(move || {
                let mut ws = connect(&url)?;
                // From the 101 on it is a WebSocket, which is closed and not cut.
                let received = ws.recv();
                assert!(matches!(received, Ok(None)), "{round}: {received:?}");
                let status = ws.close_status().unwrap();
                assert_eq!((status.by(), status.code()), (ClosedBy::Remote, 1001.into()));
                Ok::<(), Error>(())
            });
            // The 101 is being written, at some moment of this.
            asks.recv().unwrap();
            let until = Instant::now() + Duration::from_micros(10) * (round % 25);
            while Instant::now() < until {}
            server.shutdown(Duration::from_secs(5));
            match client.join().unwrap() {
                Ok(()) => said += 1,
                Err(Error::Lost(_) | Error::Connect(_) | Error::Refused(_)) => refused += 1,
                Err(other) => panic!("{round}: {other:?}"),
            }
        }
        assert_eq!(said + refused, ROUNDS);
    });
}

#[test]
fn a_shutdown_names_the_clients_whose_handlers_still_run() {
    within(|| {
        journal::begin();
        let (enters, entered) = mpsc::channel();
        let (release, released) = mpsc::channel::<()>();
        let released = Mutex::new(released);
        let server = Server::bind("127.0.0.1:0").unwrap().spawn(move |ws| {
            if ws.request().uri().path() == "/stuck" {
                enters.send(()).unwrap();
                let _ = released.lock().unwrap().recv();
                return Ok(());
            }
            ws.recv().map(drop)
        });
        let server = server.unwrap();
        let stuck = connect(&format!("{}stuck", server.url())).unwrap();
        let mut leaves = connect(server.url()).unwrap();
        entered.recv().unwrap();
        let goes = thread::spawn(move || {
            assert_eq!(leaves.recv().unwrap(), None);
            leaves
        });
        let report = server.shutdown(Duration::from_secs(1));
        assert_eq!(report.running, 1, "{report:?}");
        let leaves = goes.join().unwrap();
        let name = server.local_addr().unwrap().to_string();
        let lines = journal::said(&format!("{name}: shut down, but"));
        let [(Level::Warn, line)] = &lines[..] else { panic!("{lines:?}") };
        let [stays, left] = [&stuck, &leaves].map(|ws| ws.get_ref().local_addr().unwrap());
        let stays = format!("{stays} /stuck");
        assert!(line.contains("handlers of 1 clients"), "{line}");
        let id = line.rsplit_once("reported as running: #").unwrap().1.split(' ').next().unwrap();
        assert!(id.parse::<u64>().is_ok(), "{line}");
        assert!(line.ends_with(&format!("reported as running: #{id} {stays}")), "{line}");
        assert!(!line.contains(&left.to_string()), "{line}");
        // Once is enough.
        server.shutdown(Duration::ZERO);
        assert_eq!(journal::said(&format!("{name}: shut down, but")).len(), 1);
        drop(release);
    });
}
