//! [`Door`]: the listening socket of a proxy, and the thread that takes clients in.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, TcpStream, ToSocketAddrs};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use super::super::faults::Ending;
use super::direction::{Direction, discard};
use super::link::{Link, Order};
use super::shared::Shared;
use super::verdict::Flow;
use crate::proto::rules::Role;

/// How long the server has to take a connection. A drop of the proxy may have to wait for it.
const PATIENCE: Duration = Duration::from_secs(5);
/// How soon to go on after the system has refused to take a client in.
const PAUSE: Duration = Duration::from_millis(10);

/// A listening socket, which a thread serves until the door is dropped.
pub(super) struct Door {
    pub(super) address: SocketAddr,
    is_closed: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Door {
    pub(super) fn open(address: impl ToSocketAddrs, shared: &Arc<Shared>) -> io::Result<Self> {
        let listener = TcpListener::bind(address)?;
        let address = listener.local_addr()?;
        let is_closed = Arc::new(AtomicBool::new(false));
        let (closed, shared) = (Arc::clone(&is_closed), Arc::clone(shared));
        let name = format!("FaultyProxy {address}");
        let serve = move || serve(&listener, &closed, &shared);
        let thread = thread::Builder::new().name(name).spawn(serve)?;
        Ok(Self { address, is_closed, thread: Some(thread) })
    }
}

impl Drop for Door {
    fn drop(&mut self) {
        self.is_closed.store(true, Ordering::SeqCst);
        // A client wakes the thread.
        let woken = TcpStream::connect_timeout(&reachable(self.address), PATIENCE);
        if let (Some(thread), Ok(_)) = (self.thread.take(), woken) {
            // It does not panic.
            let _ = thread.join();
        }
    }
}

/// Where a client on this machine reaches a socket that listens at this address.
pub(super) fn reachable(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, address.port())
}

fn serve(listener: &TcpListener, is_closed: &AtomicBool, shared: &Arc<Shared>) {
    loop {
        let accepted = listener.accept();
        if is_closed.load(Ordering::SeqCst) {
            return;
        }
        let Ok((client, from)) = accepted else {
            thread::sleep(PAUSE);
            continue;
        };
        let Some(link) = shared.next() else { return };
        shared.note(&link, &format_args!("from {from}"));
        let of = Arc::clone(shared);
        if let Err(e) = begin(shared, &link, Flow::Upstream, {
            let link = Arc::clone(&link);
            move || connect(&of, &link, client)
        }) {
            shared.note(&link, &format_args!("no thread: {e}"));
            link.abandon();
        }
    }
}

/// Begins a thread of a connection.
fn begin(
    shared: &Shared,
    link: &Link,
    flow: Flow,
    run: impl FnOnce() + Send + 'static,
) -> io::Result<()> {
    let name = format!("FaultyProxy {flow} {}", link.number);
    let thread = thread::Builder::new().name(name).spawn(run)?;
    shared.lock().threads.push(thread);
    Ok(())
}

/// Connects a client to the server, and passes on what the client sends.
fn connect(shared: &Arc<Shared>, link: &Arc<Link>, client: TcpStream) {
    let log = shared.lock().log.clone();
    let Ok((from_client, to_client)) = link.take(client, Role::Server, log.clone()) else {
        return link.abandon();
    };
    while link.order() == Order::Wait {
        link.wait(Order::Wait, None);
    }
    match link.order() {
        Order::Discard => {
            discard(from_client);
            return link.abandon();
        }
        Order::Leave => return link.abandon(),
        Order::Pass | Order::Wait => {}
    }
    let connected = reach(&shared.server).and_then(|server| link.take(server, Role::Client, log));
    let (from_server, to_server) = match connected {
        Ok(server) => server,
        Err(e) => {
            // As if there were no server here.
            if link.end(Ending::Reset) {
                shared.note(link, &format_args!("cannot connect to {}: {e}", shared.server));
            }
            return link.abandon();
        }
    };
    let of = (shared, link);
    let downstream = Direction::new(Flow::Downstream, of, (from_server, to_client));
    let upstream = Direction::new(Flow::Upstream, of, (from_client, to_server));
    match begin(shared, link, Flow::Downstream, move || downstream.run()) {
        Ok(()) => upstream.run(),
        Err(e) => {
            shared.note(link, &format_args!("no thread: {e}"));
            link.end(Ending::Reset);
            link.abandon();
        }
    }
}

/// Connects to the first address that answers.
fn reach(server: &str) -> io::Result<TcpStream> {
    let mut last = io::Error::new(io::ErrorKind::NotFound, "the name has no address");
    for address in server.to_socket_addrs()? {
        match TcpStream::connect_timeout(&address, PATIENCE) {
            Ok(stream) => return Ok(stream),
            Err(e) => last = e,
        }
    }
    Err(last)
}
