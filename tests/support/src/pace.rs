//! Large messages to peers that read slowly but steadily, for any transport.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use blocking_ws::http::Request;
use blocking_ws::{Client, Duplex, Role, Server, ServerHandle, WebSocket};
use socket2::{Domain, Socket, Type};

/// Three times and more as long as the peer pauses, which a busy machine may prolong.
const BOUND: Duration = Duration::from_millis(500);
const PAUSE: Duration = Duration::from_millis(150);
/// Far more than a busy machine needs for the rest of a message.
const LONG: Duration = Duration::from_secs(60);
/// What the peer reads between two pauses: more than it must within the whole timeout.
const PIECE: usize = 128 << 10;

/// More than the buffers of a socket take at once.
const SIZE: usize = 5 << 20;
/// Still more.
const LARGE: usize = 8 << 20;

fn message(size: usize) -> Vec<u8> {
    (0_u32..).flat_map(u32::to_le_bytes).take(size).collect()
}

/// Takes its time over each piece until it is told that there is no need any more.
struct Slow<S> {
    stream: S,
    /// What is left of this piece.
    left: usize,
    pause: Duration,
    enough: Receiver<()>,
}

impl<S: Read> Read for Slow<S> {
    fn read(&mut self, buf: &mut [u8]) -> std::io::Result<usize> {
        if self.left == 0 {
            self.left = match self.enough.recv_timeout(self.pause) {
                Err(RecvTimeoutError::Timeout) => PIECE,
                _ => usize::MAX,
            };
        }
        let most = buf.len().min(self.left);
        let n = self.stream.read(&mut buf[..most])?;
        self.left -= n;
        Ok(n)
    }
}

impl<S: Write> Write for Slow<S> {
    fn write(&mut self, buf: &[u8]) -> std::io::Result<usize> {
        self.stream.write(buf)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.stream.flush()
    }
}

fn slow<S>(stream: S, pause: Duration) -> (Slow<S>, mpsc::Sender<()>) {
    let (done, enough) = mpsc::channel();
    (Slow { stream, left: 0, pause, enough }, done)
}

/// The peer gets a message, then a Close frame with `code`, which it answers.
#[track_caller]
fn gets<S: Read + Write>(mut peer: WebSocket<S>, size: usize, code: u16) {
    let got = peer.recv().expect("no loss").expect("a message").into_bytes();
    assert!(got == message(size), "it arrives whole, {} bytes of {size}", got.len());
    assert_eq!(peer.recv().expect("no loss"), None);
    let status = peer.close_status().unwrap();
    assert_eq!((u16::from(status.code()), status.is_clean()), (code, true), "{status:?}");
}

/// Between two streams whose buffers are small.
pub fn steady<S: Duplex + Send + 'static>((near, far): (S, S), role: Role) {
    const SMALL: usize = 1 << 20;
    let mut ws = WebSocket::from_parts(near, role, Vec::new());
    ws.set_write_timeout(BOUND).unwrap();
    ws.set_close_timeout(Duration::from_secs(5));
    let (far, done) = slow(far, PAUSE);
    let other = if role == Role::Client { Role::Server } else { Role::Client };
    let peer = WebSocket::from_parts(far, other, Vec::new());
    let reader = thread::spawn(move || gets(peer, SMALL, 1000));
    let began = Instant::now();
    ws.send(message(SMALL)).unwrap();
    let took = began.elapsed();
    assert!(took > BOUND + PAUSE, "it takes longer than the timeout, not {took:?}");
    drop(done);
    ws.close(1000, "").unwrap();
    reader.join().unwrap();
}

/// A socket that takes little by itself.
fn narrow() -> Socket {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    socket.set_recv_buffer_size(512 << 10).unwrap();
    socket
}

/// A client that takes `pause` over each piece, once it is connected.
fn client<S>(
    server: &ServerHandle,
    secure: impl FnOnce(TcpStream) -> S,
    pause: Duration,
) -> (WebSocket<Slow<S>>, mpsc::Sender<()>)
where
    S: Read + Write,
{
    let socket = narrow();
    socket.connect(&server.local_addr().unwrap().into()).unwrap();
    let (stream, done) = slow(secure(socket.into()), pause);
    let request = Request::get(server.url()).body(()).unwrap();
    (WebSocket::connect(request, stream).unwrap(), done)
}

/// From a server with a write timeout, to a client that `secure` makes of a socket.
pub fn from_server<S: Read + Write>(server: Server, secure: impl FnOnce(TcpStream) -> S) {
    let (result, sent) = mpsc::channel();
    let server = server.write_timeout(BOUND).spawn(move |ws| {
        let began = Instant::now();
        let sent = ws.send(message(SIZE));
        let told = sent.as_ref().err().map(ToString::to_string);
        // Nobody listens any more where the client has failed.
        let _ = result.send((told, began.elapsed()));
        sent
    });
    let server = server.unwrap();
    let (peer, done) = client(&server, secure, PAUSE);
    thread::scope(|scope| {
        scope.spawn(move || {
            let (sent, took) = sent.recv().unwrap();
            drop(done);
            assert_eq!(sent, None, "after {took:?}");
        });
        gets(peer, SIZE, 1000);
    });
}

/// From a client with a write timeout, to a server that `secure` makes of a socket.
pub fn from_client<S>(
    client: Client,
    scheme: &str,
    secure: impl FnOnce(TcpStream) -> S + Send + 'static,
) where
    S: Read + Write + Send + 'static,
{
    let listener = narrow();
    listener.bind(&SocketAddr::from(([127, 0, 0, 1], 0)).into()).unwrap();
    listener.listen(1).unwrap();
    let listener = TcpListener::from(listener);
    let url = format!("{scheme}://{}/", listener.local_addr().unwrap());
    let (ready, done) = mpsc::channel();
    let reader = thread::spawn(move || {
        let (stream, done) = slow(secure(listener.accept().unwrap().0), PAUSE);
        let peer = WebSocket::accept(stream).unwrap();
        ready.send(done).unwrap();
        gets(peer, SIZE, 1000);
    });
    let mut ws = client.write_timeout(BOUND).close_timeout(LONG).connect(&url).unwrap();
    let done = done.recv().unwrap();
    let sent = ws.send(message(SIZE));
    drop(done);
    sent.unwrap();
    ws.close(1000, "").unwrap();
    reader.join().unwrap();
}

/// A server shuts down while a message is on its way to a client that `secure` makes of a socket.
pub fn in_flight<S: Read + Write>(server: Server, secure: impl FnOnce(TcpStream) -> S) {
    let (result, sent) = mpsc::channel();
    let server = server.write_timeout(Duration::from_secs(2)).spawn(move |ws| {
        ws.feed("it begins")?;
        let sent = ws.send(message(LARGE));
        let _ = result.send(sent.is_ok());
        ws.recv().map(drop)
    });
    let server = &server.unwrap();
    // About as long as the goodbye may take where there is no room for it.
    let (mut peer, done) = client(server, secure, Duration::from_millis(100));
    assert_eq!(peer.recv().unwrap(), Some("it begins".into()));
    thread::scope(|scope| {
        scope.spawn(move || {
            // It is long enough that some of it is written after the goodbye, which is said
            // before nobody is let in any more.
            while TcpStream::connect(server.local_addr().unwrap()).is_ok() {}
            let told = sent.recv_timeout(Duration::from_millis(2500));
            drop(done);
            assert_ne!(told, Ok(false), "the message is lost");
        });
        let shutdown = scope.spawn(|| server.shutdown(LONG));
        gets(peer, LARGE, 1001);
        assert_eq!(shutdown.join().unwrap().cut, 0);
    });
}
