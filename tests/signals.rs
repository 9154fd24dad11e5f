//! Deadlines are reached while signals come, and nothing is lost: a signal ends a system call early, so
//! a wait that begins anew never ends.
//!
//! Alone in its process, whose every thread gets the signals.

#![cfg(target_os = "linux")]

use std::io::{ErrorKind, Read};
use std::net::{TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, LazyLock, Once, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use blocking_ws::{Client, Duplex, Error, Hub, Role, Server, WebSocket};
use rustix::process::{Pid, Signal, kill_process};
use test_support::socket::tcp;
use test_support::waits::{Call, ENDLESS, waits};
use test_support::within;

const TICK: Duration = Duration::from_millis(10);
const MILLIS: u64 = 1000;
const BOUND: Duration = Duration::from_millis(MILLIS);
/// What a busy machine may add to it.
const SLACK: Duration = Duration::from_secs(5);

/// Sends a signal to each thread of this process at each tick, from now on.
///
/// The system gives a signal for a process to the thread whose number it was sent to, if that takes it.
fn tick() {
    static TICKS: Once = Once::new();
    TICKS.call_once(|| {
        let noted = Arc::new(AtomicBool::new(false));
        signal_hook::flag::register(signal_hook::consts::SIGUSR1, noted).unwrap();
        thread::spawn(|| {
            loop {
                for thread in std::fs::read_dir("/proc/self/task").unwrap() {
                    let number = thread.unwrap().file_name().to_str().unwrap().parse().unwrap();
                    // It may have ended meanwhile.
                    let _ = kill_process(Pid::from_raw(number).unwrap(), Signal::USR1);
                }
                thread::sleep(TICK);
            }
        });
    });
}

fn ticking(test: impl FnOnce() + Send + 'static) {
    tick();
    within(test);
}

/// Else the tests below would show nothing.
#[test]
fn a_read_of_std_is_interrupted() {
    ticking(|| {
        let (mut near, _far) = tcp();
        near.set_read_timeout(Some(20 * BOUND)).unwrap();
        assert_eq!(near.read(&mut [0]).unwrap_err().kind(), ErrorKind::Interrupted);
    });
}

/// What waits for a peer that is silent and does not read.
fn calls<S: Duplex + Send + 'static>() -> impl Iterator<Item = (&'static str, Call<S>)> {
    waits::<S, MILLIS>().into_iter().chain(hubs_and_senders())
}

fn hubs_and_senders<S: Duplex + Send + 'static>() -> [(&'static str, Call<S>); 3] {
    [
        ("a sender's send", |ws| {
            ws.set_write_timeout(BOUND).unwrap();
            ws.sender().unwrap().send(vec![0; ENDLESS]).unwrap_err()
        }),
        ("a hub's mail", |ws| {
            ws.set_write_timeout(BOUND).unwrap();
            let hub = Hub::new();
            let _seat = hub.join(ws).unwrap();
            hub.broadcast(vec![0; ENDLESS]).unwrap();
            assert!(hub.flush(20 * BOUND));
            ws.recv().unwrap_err()
        }),
        ("a hub's flush", |ws| {
            let hub = Hub::new();
            let _seat = hub.join(ws).unwrap();
            hub.broadcast(vec![0; ENDLESS]).unwrap();
            assert!(!hub.flush(BOUND));
            Error::Timeout
        }),
    ]
}

#[track_caller]
fn in_time(case: &str, took: Duration, error: &Error) {
    let is_late = error.is_timeout()
        || matches!(error, Error::Deadline(_))
        || error.to_string().contains("within write_timeout");
    assert!(is_late, "{case}: {error:?}, after {took:?}");
    assert!(took >= BOUND, "{case}: too early, {took:?}");
    assert!(took < BOUND + SLACK, "{case}: too late, {took:?}");
}

/// Over streams of a program's own.
fn own<S: Duplex + Send + 'static>(open: fn() -> (S, S)) {
    ticking(move || {
        thread::scope(|scope| {
            for (rule, call) in calls() {
                scope.spawn(move || {
                    let (near, _far) = open();
                    let mut ws = WebSocket::from_parts(near, Role::Server, Vec::new());
                    let began = Instant::now();
                    let error = call(&mut ws);
                    in_time(rule, began.elapsed(), &error);
                });
            }
        });
    });
}

#[test]
fn signals_renew_no_deadline_over_tcp() {
    own(tcp);
}

#[test]
fn signals_renew_no_deadline_over_a_unix_socket() {
    own(|| UnixStream::pair().unwrap());
}

#[cfg(any(feature = "tls", feature = "rustls"))]
#[test]
fn signals_renew_no_deadline_under_tls() {
    own(|| {
        let (near, far) = tcp();
        let far =
            thread::spawn(move || test_support::pem::CONNECTOR.connect("localhost", far).unwrap());
        let acceptor = blocking_ws::TlsAcceptor::new(&test_support::pem::identity()).unwrap();
        (acceptor.accept(near).unwrap(), far.join().unwrap())
    });
}

fn bind() -> Server {
    Server::bind("127.0.0.1:0").unwrap().ping_interval(None)
}

#[cfg(any(feature = "tls", feature = "rustls"))]
fn bind_tls() -> Server {
    bind().tls(&test_support::pem::identity()).unwrap()
}

/// One for all: the system's roots are slow to load.
static CLIENT: LazyLock<Client> = LazyLock::new(|| {
    let client = Client::new();
    #[cfg(any(feature = "tls", feature = "rustls"))]
    let client = client.root_certificate_pem(test_support::pem::PEM.0.as_bytes());
    client
});

/// Servers with and without TLS.
fn servers() -> Vec<fn() -> Server> {
    vec![
        bind,
        #[cfg(any(feature = "tls", feature = "rustls"))]
        bind_tls,
    ]
}

#[test]
fn signals_renew_no_deadline_of_servers_and_clients() {
    ticking(|| {
        thread::scope(|scope| {
            for bind in servers() {
                for at_server in [true, false] {
                    for (rule, call) in calls() {
                        scope.spawn(move || {
                            let (done, ended) = mpsc::channel();
                            let (goes, gone) = mpsc::channel::<()>();
                            let gone = std::sync::Mutex::new(gone);
                            let server = bind().spawn(move |ws| {
                                if at_server {
                                    let began = Instant::now();
                                    let error = call(ws);
                                    done.send((began.elapsed(), error)).unwrap();
                                } else {
                                    let _ = gone.lock().unwrap().recv();
                                }
                                Ok(())
                            });
                            let server = server.unwrap();
                            let mut ws = CLIENT.connect(server.url()).unwrap();
                            let (took, error) = if at_server {
                                ended.recv().unwrap()
                            } else {
                                let began = Instant::now();
                                let error = call(&mut ws);
                                (began.elapsed(), error)
                            };
                            drop(goes);
                            let case = format!("{rule}, {}, server: {at_server}", server.url());
                            in_time(&case, took, &error);
                        });
                    }
                }
            }
        });
    });
}

#[test]
fn signals_do_not_renew_the_deadlines_of_an_opening_handshake() {
    ticking(|| {
        thread::scope(|scope| {
            for bind in servers() {
                scope.spawn(move || {
                    // It accepts in the system, and says nothing.
                    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
                    let server = bind();
                    let scheme = server.url().split(':').next().unwrap();
                    let url = format!("{scheme}://{}/", silent.local_addr().unwrap());
                    let began = Instant::now();
                    let error = CLIENT.clone().connect_timeout(BOUND).connect(&url).unwrap_err();
                    in_time(scheme, began.elapsed(), &error);
                });
            }
            for bind in servers() {
                scope.spawn(move || {
                    let server = bind().handshake_timeout(BOUND).spawn(|_| Ok(())).unwrap();
                    let mut silent = TcpStream::connect(server.local_addr().unwrap()).unwrap();
                    let began = Instant::now();
                    while !silent.read(&mut [0]).is_ok_and(|n| n == 0) {}
                    in_time(server.url(), began.elapsed(), &Error::Timeout);
                });
            }
        });
    });
}

#[test]
fn signals_do_not_renew_the_deadline_of_a_shutdown() {
    type Handler = fn(&mut WebSocket) -> Result<(), Error>;
    let rows: [(&str, Handler); 2] = [
        ("the client does not answer", |ws| ws.recv().map(drop)),
        ("the client does not read", |ws| ws.send(vec![0; ENDLESS])),
    ];
    ticking(move || {
        thread::scope(|scope| {
            for bind in servers() {
                for (rule, handler) in rows {
                    scope.spawn(move || {
                        let (here, entered) = mpsc::channel();
                        let server = bind().write_timeout(None).close_timeout(None);
                        let server = server.spawn(move |ws| {
                            here.send(()).unwrap();
                            handler(ws)
                        });
                        let server = server.unwrap();
                        let _ws = CLIENT.connect(server.url()).unwrap();
                        entered.recv().unwrap();
                        let began = Instant::now();
                        server.shutdown(BOUND);
                        in_time(rule, began.elapsed(), &Error::Timeout);
                    });
                }
            }
        });
    });
}

#[test]
fn nothing_is_lost_while_signals_come() {
    const EACH: u32 = 200;
    ticking(|| {
        for bind in servers() {
            let server = bind().spawn(|ws| {
                while let Some(message) = ws.recv()? {
                    ws.send(message)?;
                }
                Ok(())
            });
            let server = server.unwrap();
            let began = Instant::now();
            while began.elapsed() < BOUND {
                // Clients are let in all the while.
                let mut ws = CLIENT.connect(server.url()).unwrap();
                let sender = ws.sender().unwrap();
                let sends = thread::spawn(move || {
                    (0..EACH).for_each(|n| sender.send(vec![n.to_be_bytes()[3]; 5000]).unwrap());
                });
                for n in 0..EACH {
                    let got = ws.recv().unwrap().expect("a message");
                    assert_eq!(got.as_bytes(), [n.to_be_bytes()[3]; 5000], "{n}");
                }
                sends.join().unwrap();
                ws.close(1000, "").unwrap();
            }
        }
    });
}
