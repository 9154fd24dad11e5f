//! Accepts clients, and answers the upgrade (RFC 6455 §4.2).

use std::io::{self, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::{str, thread};

use tungstenite::handshake::derive_accept_key;

use super::super::BROADCAST;
use super::client::Client;
use crate::Outcome;

const LARGEST_REQUEST: usize = 8 << 10;

static MEMBERS: Mutex<Vec<Arc<TcpStream>>> = Mutex::new(Vec::new());

/// Serves until the process is ended.
pub(in super::super) fn serve(address: SocketAddr) -> Outcome<()> {
    for stream in TcpListener::bind(address)?.incoming() {
        let stream = stream?;
        // The end of a client is no error.
        thread::Builder::new().spawn(move || client(stream))?;
    }
    Ok(())
}

fn client(mut stream: TcpStream) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let path = upgrade(&mut stream)?;
    let stream = Arc::new(stream);
    if path != BROADCAST {
        return Client::new(&stream).run(|answers| (&*stream).write_all(answers));
    }
    members().push(Arc::clone(&stream));
    let done = Client::new(&stream).run(|answers| {
        for member in &*members() {
            // Its own thread notices that it has gone.
            let _ = (&**member).write_all(answers);
        }
        Ok(())
    });
    members().retain(|it| !Arc::ptr_eq(it, &stream));
    done
}

/// A panic leaves the list as it is.
fn members() -> MutexGuard<'static, Vec<Arc<TcpStream>>> {
    MEMBERS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Returns the path.
fn upgrade(stream: &mut TcpStream) -> io::Result<String> {
    let mut request = Vec::new();
    let mut piece = [0; 1024];
    while !request.ends_with(b"\r\n\r\n") {
        match stream.read(&mut piece)? {
            0 => return Err(ErrorKind::UnexpectedEof.into()),
            n => request.extend(&piece[..n]),
        }
        if request.len() > LARGEST_REQUEST {
            return Err(ErrorKind::InvalidData.into());
        }
    }
    let (path, key) = path_and_key(&request).ok_or(ErrorKind::InvalidData)?;
    write!(
        stream,
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Accept: {}\r\n\r\n",
        derive_accept_key(key.as_bytes())
    )?;
    Ok(path.to_owned())
}

fn path_and_key(request: &[u8]) -> Option<(&str, &str)> {
    let mut lines = str::from_utf8(request).ok()?.lines();
    let path = lines.next()?.split(' ').nth(1)?;
    let mut fields = lines.filter_map(|line| line.split_once(':'));
    let (_, key) = fields.find(|(name, _)| name.eq_ignore_ascii_case("sec-websocket-key"))?;
    Some((path, key.trim()))
}
