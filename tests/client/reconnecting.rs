//! Connections one after the other: waits, refusals, and the end of it (RFC 6455 §7.2.3).

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use blocking_ws::ClosedBy::{self, Local, Loss, Remote};
use blocking_ws::testing::Peer;
use blocking_ws::{Client, Error, Event, Reconnecting, Server, StopHandle, WebSocket};

use log::Level;
use test_support::http::{Head, line};
use test_support::journal;
use test_support::nobody::nobody;
use test_support::socket::{PATIENCE, patient};
use test_support::within;

const MS: fn(u64) -> Duration = Duration::from_millis;
/// As long as no test waits.
const HOUR: Duration = Duration::from_secs(60 * 60);

/// Runs a script with one client after the other, which it is given the number of, from 1.
fn serve(script: impl Fn(u32, TcpStream) + Send + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("ws://{}/", listener.local_addr().unwrap());
    thread::spawn(move || {
        for number in 1.. {
            script(number, patient(listener.accept().unwrap().0));
        }
    });
    url
}

/// Host and port of what `serve` returns.
fn host(url: &str) -> &str {
    url.strip_prefix("ws://").unwrap().trim_end_matches('/')
}

/// Answers the request with `status` and `headers`, and hangs up.
fn refuse(stream: TcpStream, status: u16, headers: &str) {
    let mut peer = Peer::accept(stream).unwrap();
    assert_eq!(line(peer.request()), "GET / HTTP/1.1");
    assert_eq!(peer.request().get("x-mine"), Some("1"), "each attempt is made with all settings");
    peer.bytes(format!("HTTP/1.1 {status} No\r\n{headers}Content-Length: 0\r\n\r\n"));
}

/// Opens the connection and drops it at once.
fn accept(stream: TcpStream) {
    drop(tungstenite::accept(stream).expect("a handshake"));
}

fn to(url: &str) -> Reconnecting {
    Client::new().header("X-Mine", "1").reconnecting(url).first_delay(MS(1)).max_delay(MS(20))
}

/// What a retry was told to be: the number of the attempt, its delay, and why it is made.
type Told = (u32, Duration, String);

/// Has everything written down that is told about retries, and stops after `most` of them.
fn noting(connections: Reconnecting, most: u32) -> (Reconnecting, Receiver<Told>) {
    let (tell, told) = mpsc::channel();
    let stop = connections.stop_handle();
    let mut count = 0;
    let connections = connections.on_retry(move |retry| {
        let why = retry.error.as_ref().map(ToString::to_string).unwrap_or_default();
        tell.send((retry.attempt, retry.delay, why)).unwrap();
        count += 1;
        if count == most {
            stop.stop();
        }
    });
    (connections, told)
}

fn is_last(mut connections: Reconnecting) {
    assert!(connections.next().is_none());
    assert!(connections.next().is_none(), "and stays so");
}

fn attempts(told: &Receiver<Told>) -> Vec<u32> {
    told.try_iter().map(|(attempt, ..)| attempt).collect()
}

#[test]
fn section_7_2_3_it_comes_back_when_the_server_is_there_again() {
    within(|| {
        let bind = |address: &str| {
            let echo = |ws: &mut WebSocket| {
                while let Some(message) = ws.recv()? {
                    ws.send(message)?;
                }
                Ok(())
            };
            Server::bind(address).unwrap().spawn(echo).unwrap()
        };
        let echoes = |ws: &mut WebSocket| {
            ws.send("there?").unwrap();
            assert_eq!(ws.recv().unwrap(), Some("there?".into()));
        };
        let server = bind("127.0.0.1:0");
        let address = host(server.url()).to_owned();
        let (begin, restart) = mpsc::channel();
        let (tell, restarted) = mpsc::channel();
        let restarting = thread::spawn(move || {
            restart.recv().unwrap();
            tell.send(bind(&address)).unwrap();
        });
        // The server stays away until it has been missed twice.
        let mut missed = 0;
        let mut connections = to(server.url()).on_retry(move |retry| {
            missed += u32::from(matches!(retry.error, Some(Error::Connect(_))));
            if missed == 2 {
                // Told more than once it is at work already.
                let _ = begin.send(());
            }
        });

        let mut ws = connections.next().unwrap().unwrap();
        echoes(&mut ws);
        let goodbye = thread::spawn(move || server.shutdown(PATIENCE));
        assert_eq!(ws.recv().unwrap(), None);
        drop(ws);
        assert_eq!(goodbye.join().unwrap().closed, 1);

        echoes(&mut connections.next().unwrap().unwrap());
        restarting.join().unwrap();
        drop(restarted.recv().unwrap());
    });
}

#[test]
fn attempts_are_counted_until_there_was_a_connection_that_lived() {
    within(|| {
        let url = serve(|number, stream| match number {
            1 | 2 | 5 => refuse(stream, 503, ""),
            6 => drop(stream),
            _ => accept(stream),
        });
        let (connections, told) = noting(to(&url), 7);
        let mut connections = connections.max_delay(MS(500)).first_delay(MS(100));
        connections.next().unwrap().unwrap();
        assert_eq!(attempts(&told), [1, 2]);

        // It was dropped at once, so it counts as another failure.
        let mut ws = connections.next().unwrap().unwrap();
        let (attempt, _, why) = told.recv().unwrap();
        assert_eq!((attempt, &why[..]), (3, ""), "there was no error");

        // As long as the largest delay, while the server has ended it already.
        let lived = Instant::now();
        while lived.elapsed() < MS(500) {
            _ = ws.recv();
            thread::yield_now();
        }
        drop(ws);
        connections.next().unwrap().unwrap();
        let told: Vec<_> = told.try_iter().collect();
        let whys: Vec<_> = told.iter().map(|(attempt, _, why)| (*attempt, &why[..])).collect();
        let refused = "the server refused the connection: 503 Service Unavailable";
        let lost = "the connection was lost (code 1006): ";
        assert!(whys[0].0 == 1 && whys[0].1.starts_with(lost), "{whys:?}");
        assert_eq!(whys[1], (2, refused));
        assert_eq!(whys[2].0, 3, "a handshake that is broken off is a failure too");
        assert!(whys[2].1.contains("lost") || whys[2].1.contains("handshake"), "{whys:?}");
        assert_eq!(whys.len(), 3);
    });
}

#[test]
fn a_server_that_accepts_and_drops_is_not_hammered() {
    within(|| {
        let url = serve(|_, stream| accept(stream));
        let (connections, told) = noting(to(&url), 3);
        let connections = connections.first_delay(MS(300)).max_delay(HOUR);
        let begun = Instant::now();
        assert_eq!(connections.map(Result::unwrap).count(), 3);
        let took = begun.elapsed();
        let told: Vec<_> = told.try_iter().collect();
        for ((attempt, delay, _), (want, range)) in
            told.iter().zip([(1, 0..=300), (2, 300..=600), (3, 600..=1200)])
        {
            assert_eq!(*attempt, want);
            assert!(range.contains(&delay.as_millis()), "{attempt}: {delay:?}");
        }
        assert!(took >= told[0].1 + told[1].1, "{took:?}: {told:?}");
    });
}

#[test]
fn refusals_that_are_final_and_those_that_are_not() {
    within(|| {
        for (status, last) in [
            (200, false),
            (301, true),
            (307, true),
            (400, true),
            (401, true),
            (403, true),
            (404, true),
            (408, false),
            (410, true),
            (425, false),
            (426, true),
            (429, false),
            (500, false),
            (502, false),
            (503, false),
        ] {
            // Folded, as some proxies do it (RFC 9112 §5.2).
            let location = "X: a;\r\n b\r\nLocation: ws://a/\r\nRetry-After:\r\n\t0\r\n";
            let url = serve(move |_, stream| refuse(stream, status, location));
            let (mut connections, told) = noting(to(&url), 1);
            if last {
                let error = connections.next().unwrap().unwrap_err();
                let right = matches!(&error, Error::Refused(r) if r.status() == status);
                assert!(right, "{status}: {error}");
            }
            is_last(connections);
            assert_eq!(told.try_iter().count(), usize::from(!last), "{status}");
        }
    });
}

#[test]
fn what_can_never_work_is_told_at_once() {
    within(|| {
        let (_nobody, address) = nobody();
        let url = format!("ws://{address}/");
        let header = Client::new().header("a b", "c").reconnecting(&url);
        let timeout = Client::new().connect_timeout(Duration::ZERO).reconnecting(&url);
        for (rule, connections) in [
            ("a scheme", to("ftp://127.0.0.1/")),
            ("a fragment", to("ws://127.0.0.1/#x")),
            ("nonsense", to("")),
            ("a header", header),
            ("a timeout", timeout),
            ("no first delay", to(&url).first_delay(Duration::ZERO)),
            ("no largest delay", to(&url).max_delay(Duration::ZERO)),
            ("no attempt", to(&url).max_attempts(0)),
        ] {
            let mut connections = connections.on_retry(move |retry| panic!("{rule}: {retry:?}"));
            let error = connections.next().unwrap().unwrap_err();
            assert!(matches!(error, Error::Url(_) | Error::Invalid(_)), "{rule}: {error:?}");
            is_last(connections);
        }
    });
}

#[test]
fn tls_that_can_never_work_is_told_at_once() {
    within(|| {
        let url = serve(|_, stream| drop(stream)).replace("ws://", "wss://");
        let client = Client::new().root_certificate_pem(b"no PEM");
        let connections = client.reconnecting(&url).on_retry(|retry| panic!("{retry:?}"));
        let results: Vec<_> = connections.map(|result| result.unwrap_err()).collect();
        assert!(matches!(results[..], [Error::Tls(_)]), "{results:?}");
    });
}

#[test]
fn rfc_9110_section_10_2_3_retry_after() {
    within(|| {
        let date = "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n";
        let later = |time: &str| format!("{date}Retry-After: Sun, 06 Nov 1994 {time} GMT\r\n");
        let after = |value: &str| format!("Retry-After: {value}\r\n");
        for (rule, headers, seconds) in [
            ("seconds", after("7"), 7),
            ("a date", later("08:49:47"), 10),
            ("a folded date", later("08:49:47").replace(" 1994 08", " 1994\r\n  08"), 10),
            ("a date that is gone", later("08:49:30"), 0),
            ("a date far from now", after("Sun, 06 Nov 1994 08:49:37 GMT"), 0),
            ("nonsense", after("soon"), 0),
            ("a sign", after("-7"), 0),
            ("nothing", after(""), 0),
            ("none", String::new(), 0),
            ("an hour", after("3600"), 3600),
            ("a day", after("86400"), 3600),
            ("the far future", after("Fri, 31 Dec 9999 23:59:59 GMT"), 3600),
            ("more than a number holds", after("99999999999999999999"), 3600),
        ] {
            for status in [503, 429, 500] {
                let headers = headers.clone();
                let url = serve(move |_, stream| refuse(stream, status, &headers));
                let (connections, told) = noting(to(&url), 1);
                is_last(connections);
                let (_, delay, _) = told.recv().unwrap();
                let least = Duration::from_secs(seconds);
                assert!(delay >= least && delay <= least + MS(1), "{rule}: {status}, {delay:?}");
            }
        }
    });
}

#[test]
fn no_attempt_comes_before_retry_after() {
    within(|| {
        let (tell, told) = mpsc::channel();
        let url = serve(move |number, stream| {
            tell.send(Instant::now()).unwrap();
            match number {
                1 => refuse(stream, 503, "Retry-After: 1\r\n"),
                _ => accept(stream),
            }
        });
        to(&url).next().unwrap().unwrap();
        let [first, second] = [(); 2].map(|()| told.recv().unwrap());
        assert!(second - first >= Duration::from_secs(1), "{:?}", second - first);
    });
}

#[test]
fn so_many_attempts_may_fail_in_a_row() {
    within(|| {
        let url = serve(|number, stream| match number {
            3 => accept(stream),
            _ => refuse(stream, 503, ""),
        });
        let (connections, told) = noting(to(&url), u32::MAX);
        let mut connections = connections.max_attempts(3);
        connections.next().unwrap().unwrap();
        assert_eq!(told.try_iter().count(), 2);
        let error = connections.next().unwrap().unwrap_err();
        assert!(matches!(&error, Error::Refused(r) if r.status() == 503), "{error}");
        assert_eq!(told.try_iter().count(), 3, "one after the connection, two after failures");
        is_last(connections);
    });
}

/// Asks for a connection in another thread, and tells when and whether there is none any more.
fn ask(mut connections: Reconnecting) -> Receiver<bool> {
    let (tell, told) = mpsc::channel();
    thread::spawn(move || tell.send(connections.next().is_none()));
    told
}

#[test]
fn stop_ends_a_wait_of_an_hour() {
    within(|| {
        // Before the wait has begun, most likely, and then most likely after that.
        for early in [true, false] {
            let url = serve(|_, stream| refuse(stream, 503, "Retry-After: 3600\r\n"));
            let (connections, told) = noting(to(&url), u32::MAX);
            let stop = connections.stop_handle();
            let asked = ask(connections);
            assert!(told.recv().unwrap().1 >= HOUR);
            if !early {
                assert_eq!(asked.recv_timeout(MS(50)).unwrap_err(), RecvTimeoutError::Timeout);
            }
            stop.clone().stop();
            assert!(asked.recv().unwrap());
            stop.stop();
        }
    });
}

#[test]
fn stop_ends_an_attempt_that_is_being_made() {
    within(|| {
        for fails in [true, false] {
            let (hand_over, handed) = mpsc::channel::<StopHandle>();
            let (done, stopped) = mpsc::channel();
            let url = serve(move |_, stream| {
                handed.recv().unwrap().stop();
                if fails {
                    refuse(stream, 404, "");
                } else {
                    accept(stream);
                }
                done.send(()).unwrap();
            });
            let (connections, told) = noting(to(&url), u32::MAX);
            hand_over.send(connections.stop_handle()).unwrap();
            is_last(connections);
            stopped.recv().unwrap();
            assert_eq!(told.try_iter().count(), 0, "nothing is to be retried");
        }
    });
}

#[test]
fn stop_leaves_the_open_connection_alone() {
    within(|| {
        let url = serve(|_, mut stream| {
            let mut ws = tungstenite::accept(&mut stream).unwrap();
            ws.send("still here".into()).unwrap();
            drop(ws);
            // The client leaves first.
            let _ = stream.read_to_end(&mut Vec::new());
        });
        let (mut connections, told) = noting(to(&url), u32::MAX);
        let mut ws = connections.next().unwrap().unwrap();
        connections.stop_handle().stop();
        is_last(connections);
        assert_eq!(told.try_iter().count(), 0, "nothing is to be retried");
        assert_eq!(ws.recv().unwrap(), Some("still here".into()));
    });
}

#[test]
fn the_next_attempt_knows_how_the_last_connection_ended() {
    type Server = fn(&mut TcpStream);
    type Client = fn(WebSocket);
    type Row = (&'static str, Server, Client, Option<(ClosedBy, u16)>);
    let receive: Client = |mut ws| while let Ok(Some(_)) = ws.recv() {};
    let rows: [Row; 8] = [
        ("it failed", |s| _ = s.write_all(b"\x88\x06\x03\xf3full"), receive, Some((Remote, 1011))),
        ("it is done", |s| _ = s.write_all(b"\x88\x02\x03\xe8"), receive, None),
        ("it says nothing", |s| _ = s.write_all(b"\x88\x00"), receive, None),
        ("it vanished", |s| s.shutdown(Shutdown::Write).unwrap(), receive, Some((Loss, 1006))),
        ("it broke a rule", |s| _ = s.write_all(b"\xc1\x00"), receive, Some((Local, 1002))),
        ("it is dropped", |_| {}, drop, None),
        (
            "it is dropped between its end and the answer",
            |s| _ = s.write_all(b"\x88\x02\x03\xf5"),
            |mut ws| assert!(matches!(ws.recv_event(), Ok(Some(Event::Close(_))))),
            Some((Remote, 1013)),
        ),
        (
            "only the sender noticed",
            |s| {
                // Unread bytes make it a reset.
                s.shutdown(Shutdown::Both).unwrap();
            },
            |mut ws| while ws.send(vec![0; 1 << 16]).is_ok() {},
            Some((Loss, 1006)),
        ),
    ];
    for (rule, says, client, want) in rows {
        within(move || {
            let url = serve(move |_, stream| {
                let mut ws = tungstenite::accept(stream).expect("a handshake");
                says(ws.get_mut());
                let _ = ws.get_mut().read_to_end(&mut Vec::new());
            });
            let (tell, told) = mpsc::channel();
            let mut connections = to(&url);
            let stop = connections.stop_handle();
            connections = connections.on_retry(move |retry| {
                stop.stop();
                tell.send(match &retry.error {
                    None => None,
                    Some(Error::Ended(status)) => Some((status.by(), status.code().into())),
                    Some(other) => panic!("{rule}: {other:?}"),
                })
                .unwrap();
            });
            client(connections.next().unwrap().unwrap());
            is_last(connections);
            assert_eq!(told.recv().unwrap(), want, "{rule}");
        });
    }
}

#[test]
fn a_server_that_is_not_there_is_tried_again() {
    within(|| {
        let (socket, address) = nobody();
        let (connections, told) = noting(to(&format!("ws://{address}/")), 4);
        is_last(connections);
        let told: Vec<_> = told.try_iter().collect();
        assert_eq!(told.len(), 4);
        for (attempt, _, why) in &told {
            assert!(why.starts_with("cannot connect"), "{attempt}: {why}");
        }
        drop(socket);
    });
}

#[test]
fn what_may_be_secret_is_not_shown() {
    let client = Client::new().header("Authorization", "Bearer hush");
    let connections = client.reconnecting("ws://example.com/hush?token=hush");
    let shown = format!("{connections:?}");
    assert!(shown.contains("example.com") && !shown.contains("hush"), "{shown}");
    for url in ["ws://user:hush@127.0.0.1:1/", "ws://user:hush@127.0.0.1:x/"] {
        let connections = client.reconnecting(url);
        assert!(!format!("{connections:?}").contains("hush"), "{url}");
    }
}

#[test]
fn the_log_tells_what_happens_and_no_secret() {
    within(|| {
        journal::begin();
        let url = serve(|number, stream| {
            if number == 2 {
                Peer::accept(stream).unwrap().refuse(503, "");
            } else {
                accept(stream);
            }
        });
        let connections = to(&format!("{url}hush?token=hush"));
        let ids: Vec<_> = connections.take(2).map(|ws| ws.unwrap().id()).collect();
        let [first, second] = ids[..] else { panic!("{ids:?}") };
        let host = host(&url);
        let mut lines = journal::said(host);
        // The frames have lines of their own.
        lines.retain(|(level, _)| *level < Level::Trace);
        let lines: Vec<_> = lines.iter().map(|(level, text)| format!("{level} {text}")).collect();
        let refused = "the server refused the connection: 503 Service Unavailable";
        // Others may open connections meanwhile.
        let tried = lines[2].split(['#', ' ']).nth(2).unwrap().parse::<u64>().unwrap();
        assert!(first < tried && tried < second, "{first}, {second}: {lines:?}");
        for (line, want) in lines.iter().zip([
            format!("DEBUG #{first} {host}: connected"),
            format!("INFO #{first} {host}: the connection is over; attempt 1 in "),
            format!("WARN #{tried} {host}: {refused}; attempt 2 in "),
            format!("INFO #{second} {host}: connected again"),
        ]) {
            assert!(line.starts_with(&want) && !line.contains("hush"), "{line}: {want}");
        }
        assert_eq!(lines.len(), 4, "{lines:?}");
    });
}

#[test]
fn a_callback_that_panics_is_logged_and_told_again() {
    within(|| {
        journal::begin();
        let (_nobody, address) = nobody();
        let (tell, told) = mpsc::channel();
        let connections = Client::new()
            .reconnecting(&format!("ws://{address}/"))
            .first_delay(Duration::from_millis(1))
            .max_delay(Duration::from_millis(2))
            .max_attempts(4)
            .on_retry(move |retry| {
                tell.send(retry.attempt).unwrap();
                panic!("as told");
            });
        let results: Vec<_> = connections.map(|result| result.unwrap_err()).collect();
        assert!(matches!(results[..], [Error::Connect(_)]), "{results:?}");
        assert_eq!(told.iter().collect::<Vec<_>>(), [1, 2, 3]);
        let line = (Level::Error, "the on_retry callback panicked".to_owned());
        assert_eq!(journal::said("on_retry"), [line.clone(), line.clone(), line]);
    });
}
