//! The server of tungstenite as its users write it: a thread for each client, which reads a message and
//! sends it.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

use tungstenite::handshake::server::{Callback, ErrorResponse, Request, Response};
use tungstenite::protocol::{Role, WebSocketConfig};
use tungstenite::{Result, WebSocket, accept_hdr_with_config};

use super::{BROADCAST, LARGEST};
use crate::Outcome;

/// A member of the broadcast. The library has no half for sending, so it is a second WebSocket on the
/// same socket.
type Member = Arc<Mutex<WebSocket<Shared>>>;

static MEMBERS: Mutex<Vec<Member>> = Mutex::new(Vec::new());

/// A socket of which a thread reads, and to which others write. A clone of a `TcpStream` would be one more
/// open file for each client.
struct Shared(Arc<TcpStream>);

impl Read for Shared {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        (&*self.0).read(buf)
    }
}

impl Write for Shared {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        (&*self.0).write(buf)
    }

    fn flush(&mut self) -> io::Result<()> {
        (&*self.0).flush()
    }
}

/// Remembers the path of a request.
struct Path<'a>(&'a mut String);

impl Callback for Path<'_> {
    fn on_request(self, request: &Request, response: Response) -> Result<Response, ErrorResponse> {
        request.uri().path().clone_into(self.0);
        Ok(response)
    }
}

/// Serves until the process is ended.
pub(super) fn serve(address: SocketAddr) -> Outcome<()> {
    for stream in TcpListener::bind(address)?.incoming() {
        let stream = stream?;
        // The end of a client is no error.
        thread::Builder::new().spawn(move || client(stream))?;
    }
    Ok(())
}

fn client(stream: TcpStream) -> Result<()> {
    stream.set_nodelay(true)?;
    let mut path = String::new();
    let shared = Shared(Arc::new(stream));
    let Ok(mut ws) = accept_hdr_with_config(shared, Path(&mut path), Some(config())) else {
        return Ok(());
    };
    if path == BROADCAST { to_all(&mut ws) } else { back(&mut ws) }
}

fn config() -> WebSocketConfig {
    WebSocketConfig::default().max_message_size(Some(LARGEST)).max_frame_size(Some(LARGEST))
}

fn back(ws: &mut WebSocket<Shared>) -> Result<()> {
    loop {
        let message = ws.read()?;
        if message.is_text() || message.is_binary() {
            ws.send(message)?;
        }
    }
}

fn to_all(ws: &mut WebSocket<Shared>) -> Result<()> {
    let shared = Shared(Arc::clone(&ws.get_ref().0));
    // It never reads.
    let config = config().read_buffer_size(0);
    let sending = WebSocket::from_raw_socket(shared, Role::Server, Some(config));
    let member = Arc::new(Mutex::new(sending));
    lock(&MEMBERS).push(Arc::clone(&member));
    let done = relay(ws);
    lock(&MEMBERS).retain(|it| !Arc::ptr_eq(it, &member));
    done
}

fn relay(ws: &mut WebSocket<Shared>) -> Result<()> {
    loop {
        let message = ws.read()?;
        if message.is_text() || message.is_binary() {
            for member in &*lock(&MEMBERS) {
                // Its own thread notices that it has gone.
                let _ = lock(member).send(message.clone());
            }
        }
    }
}

/// A panic leaves the list and the connections as they are.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
