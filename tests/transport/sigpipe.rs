//! A peer that leaves is an error and no signal, in a program that has SIGPIPE at its default.
//!
//! Rust programs ignore that signal, but a program in another language that uses this library does
//! not, nor do command line tools that end quietly with the reader of their output.

#![cfg(unix)]

#[cfg(any(feature = "tls", feature = "rustls"))]
use std::io::Read;
use std::io::{IoSlice, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::net::{UnixListener, UnixStream};
use std::os::unix::process::ExitStatusExt;
use std::path::PathBuf;
use std::process::{Command, Output};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use blocking_ws::{Client, Duplex, Hub, Role, Server, WebSocket};
use test_support::folder::Folder;

/// Tells the program what to do.
const CASE: &str = "BLOCKING_WS_SIGPIPE";
/// Far more than a system takes to notice that the peer is gone.
const PATIENCE: Duration = Duration::from_secs(20);
/// In one write with the header, from where they lie, and in many pieces.
const SIZES: [usize; 5] = [1_000, 16 << 10, (16 << 10) + 1, 100_000, 1_000_000];
const SIGPIPE: i32 = 13;

type Case = (&'static str, fn(usize));

const CASES: &[Case] = &[
    ("server ws", |size| serve(tcp(), &Client::new(), "ws", size)),
    ("client ws", |size| call(&Client::new(), "ws", Ok, size)),
    #[cfg(any(feature = "tls", feature = "rustls"))]
    ("server wss", |size| {
        serve(tcp().tls(&test_support::pem::identity()).unwrap(), &trusting(), "wss", size);
    }),
    #[cfg(any(feature = "tls", feature = "rustls"))]
    ("client wss", |size| call(&trusting(), "wss", by_server, size)),
    ("server unix", serve_unix),
    ("client unix", call_unix),
    ("hub", hub),
    ("own TcpStream", |size| send(&mut own(tcp_pair()), size)),
    ("own UnixStream", |size| send(&mut own(UnixStream::pair().unwrap()), size)),
    ("own TcpStream with a timeout", |size| send(&mut own_bounded(tcp_pair()), size)),
    ("own UnixStream with a timeout", |size| {
        send(&mut own_bounded(UnixStream::pair().unwrap()), size);
    }),
    #[cfg(any(feature = "tls", feature = "rustls"))]
    ("own stream below TLS", |size| send(&mut own_secured(), size)),
    #[cfg(any(feature = "tls", feature = "rustls"))]
    ("own stream below TLS, in the handshake", |_| greet()),
    ("TcpStream, vectored", |_| vectored(tcp_pair(), TcpStream::write_slices)),
    ("UnixStream, vectored", |_| vectored(UnixStream::pair().unwrap(), UnixStream::write_slices)),
];

/// What std does, which shows that the signal is at its default.
const CONTROL: Case = ("std", |_| vectored(tcp_pair(), TcpStream::write_vectored));

fn tcp() -> Server {
    Server::bind("127.0.0.1:0").unwrap()
}

#[cfg(any(feature = "tls", feature = "rustls"))]
fn trusting() -> Client {
    test_support::pem::client()
}

#[cfg(any(feature = "tls", feature = "rustls"))]
fn by_server(stream: TcpStream) -> std::io::Result<blocking_ws::TlsStream<TcpStream>> {
    Ok(blocking_ws::TlsAcceptor::new(&test_support::pem::identity())?.accept(stream)?)
}

fn tcp_pair() -> (TcpStream, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let near = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    (near, listener.accept().unwrap().0)
}

fn own<S: Duplex>((near, far): (S, S)) -> WebSocket<S> {
    drop(far);
    WebSocket::from_parts(near, Role::Server, Vec::new())
}

fn own_bounded<S: Duplex>(ends: (S, S)) -> WebSocket<S> {
    let mut ws = own(ends);
    ws.set_write_timeout(PATIENCE).unwrap();
    ws
}

/// A program's own stream: only the write that promises it raises no signal.
#[cfg(any(feature = "tls", feature = "rustls"))]
struct Loud(UnixStream);

#[cfg(any(feature = "tls", feature = "rustls"))]
impl Read for Loud {
    fn read(&mut self, buf: &mut [u8]) -> std::io::Result<usize> {
        self.0.read(buf)
    }
}

#[cfg(any(feature = "tls", feature = "rustls"))]
impl Write for Loud {
    fn write(&mut self, buf: &[u8]) -> std::io::Result<usize> {
        self.0.write_vectored(&[IoSlice::new(buf), IoSlice::new(b"")])
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.0.flush()
    }
}

#[cfg(any(feature = "tls", feature = "rustls"))]
impl Duplex for Loud {
    fn try_clone(&self) -> std::io::Result<Self> {
        self.0.try_clone().map(Self)
    }

    test_support::timeouts_and_shutdown_of!(0);

    fn write_slices(&mut self, slices: &[IoSlice<'_>]) -> std::io::Result<usize> {
        self.0.write_slices(slices)
    }
}

#[cfg(any(feature = "tls", feature = "rustls"))]
fn loud_pair() -> (Loud, UnixStream) {
    let (near, far) = UnixStream::pair().unwrap();
    (Loud(near), far)
}

/// A connection whose peer has left once TLS was set up.
#[cfg(any(feature = "tls", feature = "rustls"))]
fn own_secured() -> WebSocket<blocking_ws::TlsStream<Loud>> {
    let (near, far) = loud_pair();
    let accepting = thread::spawn(|| {
        blocking_ws::TlsAcceptor::new(&test_support::pem::identity())
            .unwrap()
            .accept(far)
            .map(drop)
            .unwrap();
    });
    let near = test_support::pem::CONNECTOR.connect("localhost", near).unwrap();
    accepting.join().unwrap();
    WebSocket::from_parts(near, Role::Server, Vec::new())
}

/// Begins TLS with a peer that has left.
#[cfg(any(feature = "tls", feature = "rustls"))]
fn greet() {
    let (near, far) = loud_pair();
    drop(far);
    assert!(blocking_ws::TlsConnector::new().connect("localhost", near).is_err());
}

/// Sends until that fails, as it must.
fn send<S: Duplex>(ws: &mut WebSocket<S>, size: usize) {
    until_it_fails(|| ws.send(vec![7; size]).is_err());
}

fn until_it_fails(mut fails: impl FnMut() -> bool) {
    let began = Instant::now();
    while !fails() {
        assert!(began.elapsed() < PATIENCE, "nobody noticed that the peer is gone");
    }
}

fn vectored<S>(
    (mut near, far): (S, S),
    write: fn(&mut S, &[IoSlice<'_>]) -> std::io::Result<usize>,
) {
    drop(far);
    until_it_fails(|| write(&mut near, &[b"x", b"y"].map(|bytes| IoSlice::new(bytes))).is_err());
}

/// A server whose client leaves.
fn serve(server: Server, client: &Client, scheme: &str, size: usize) {
    let (gone, left) = mpsc::channel();
    let left = std::sync::Mutex::new(left);
    let (done, finished) = mpsc::channel();
    let server = server.spawn(move |ws| {
        left.lock().unwrap().recv().unwrap();
        send(ws, size);
        done.send(()).unwrap();
        Ok(())
    });
    let server = server.unwrap();
    let port = server.local_addr().map_or(80, |address| address.port());
    drop(client.connect(&format!("{scheme}://localhost:{port}/")).unwrap());
    gone.send(()).unwrap();
    finished.recv().unwrap();
}

fn serve_unix(size: usize) {
    let folder = Folder::new();
    let path: PathBuf = folder.file("s");
    let server = Server::bind_unix(&path).unwrap();
    serve(server, &Client::new().unix_socket(&path), "ws", size);
}

/// A client whose server leaves.
fn call<S: Duplex>(
    client: &Client,
    scheme: &str,
    open: fn(TcpStream) -> std::io::Result<S>,
    size: usize,
) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("{scheme}://localhost:{}/", listener.local_addr().unwrap().port());
    thread::scope(|scope| {
        let serving = scope.spawn(|| {
            drop(WebSocket::accept(open(listener.accept().unwrap().0).unwrap()).unwrap());
        });
        let mut ws = client.connect(&url).unwrap();
        serving.join().unwrap();
        send(&mut ws, size);
    });
}

fn call_unix(size: usize) {
    let folder = Folder::new();
    let path = folder.file("s");
    let listener = UnixListener::bind(&path).unwrap();
    thread::scope(|scope| {
        let serving =
            scope.spawn(|| drop(WebSocket::accept(listener.accept().unwrap().0).unwrap()));
        let mut ws = Client::new().unix_socket(&path).connect("ws://localhost/").unwrap();
        serving.join().unwrap();
        send(&mut ws, size);
    });
}

fn hub(size: usize) {
    let hub = Hub::new();
    let ws = own(tcp_pair());
    let _seat = hub.join(&ws).unwrap();
    until_it_fails(|| hub.broadcast(vec![7; size]).unwrap().reached == 0);
}

/// The program: this one, started by the test below.
#[test]
fn program() {
    let Some(case) = std::env::var(CASE).ok() else { return };
    let (_, run) = CASES.iter().chain([&CONTROL]).find(|(name, _)| *name == case).unwrap();
    sigpipe::reset();
    for size in SIZES {
        println!("messages of {size} bytes");
        run(size);
    }
}

fn run((name, _): &Case) -> Output {
    let mut program = Command::new(std::env::current_exe().unwrap());
    program.args(["--exact", "sigpipe::program", "--nocapture"]).env(CASE, name);
    program.output().unwrap()
}

#[test]
fn a_peer_that_leaves_is_an_error() {
    thread::scope(|scope| {
        for case in CASES {
            scope.spawn(move || {
                let Output { status, stdout, stderr } = run(case);
                let [stdout, stderr] = [stdout, stderr].map(|text| text.escape_ascii().to_string());
                assert!(status.success(), "{}: {status}\n{stdout}\n{stderr}", case.0);
            });
        }
    });
}

/// Else the test above would show nothing.
#[test]
fn a_write_of_std_is_a_signal() {
    assert_eq!(run(&CONTROL).status.signal(), Some(SIGPIPE));
}

#[test]
fn a_single_write_of_std_is_none_and_stays_so() {
    let (mut near, far) = tcp_pair();
    drop(far);
    until_it_fails(|| near.write(b"x").is_err());
}
