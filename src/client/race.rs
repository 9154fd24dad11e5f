//! Connecting to the first of several addresses that answers (RFC 8305 §4 and §5, "happy eyeballs").
//!
//! ```text
//! [2001:db8::1]  |-- connecting ------------------x dropped
//! 192.0.2.1              |-- connecting --> answers
//!                0 ms    250 ms
//! ```
//!
//! An address that never answers costs a quarter of a second, not its share of the whole time. The
//! attempts are sockets that do not wait, and one `poll` in the caller's thread waits for all of
//! them. So there is no thread, and one address costs the same calls as `TcpStream::connect_timeout`.
//! The addresses of both families come from one question to the system's resolver, so §3 does not
//! apply.

use std::collections::VecDeque;
use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::time::Duration;
use std::vec;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::{Errno, ioctl_fionbio};
use socket2::{Domain, Protocol, Type};

use super::fates::{Fate, named};
use super::terms::Terms;
use crate::io::{Deadline, SHORTEST};
use crate::process::debug;
use crate::transport::Socket;

/// How long an attempt is alone before the next one begins (§5, §8).
const DELAY: Duration = Duration::from_millis(250);

/// The most attempts at a time. For another, the oldest is dropped.
const MOST: usize = 16;

/// How long one `poll` waits at most. Older Windows does not report that a connection failed, so
/// there each socket is asked afterwards.
const SLICE: Duration =
    if cfg!(windows) { Duration::from_millis(100) } else { Duration::from_secs(1 << 20) };

/// Connects to the first address that answers. The families alternate, and all attempts have one
/// deadline.
///
/// The error has each address in the order in which they were tried. It has none if there were none.
pub(super) fn first(addresses: Vec<SocketAddr>, terms: &Terms<'_>) -> Result<Socket, Vec<Fate>> {
    let mut race = Race::new(addresses, terms);
    let won = race.run();
    won.ok_or_else(|| race.tried.into_iter().chain(race.waiting.map(|at| (at, None))).collect())
}

/// Sorts addresses so that the families alternate (§4). The first one stays the first, and so does
/// the order within a family.
fn alternate(addresses: Vec<SocketAddr>) -> Vec<SocketAddr> {
    let is_first_v6 = addresses.first().is_some_and(SocketAddr::is_ipv6);
    let (one, other): (VecDeque<_>, VecDeque<_>) =
        addresses.into_iter().partition(|address| address.is_ipv6() == is_first_v6);
    let mut queues = [one, other];
    let mut sorted = Vec::new();
    while queues.iter().any(|queue| !queue.is_empty()) {
        sorted.extend(queues.iter_mut().filter_map(VecDeque::pop_front));
    }
    sorted
}

/// The attempts to connect to one host.
struct Race {
    id: u64,
    local: Option<SocketAddr>,
    /// What became of the addresses whose attempts have begun. `None`: they are connecting.
    tried: Vec<Fate>,
    waiting: vec::IntoIter<SocketAddr>,
    /// The attempts that have not ended, the oldest first.
    connecting: VecDeque<Attempt>,
    delay: Duration,
    /// When the next attempt begins.
    next: Deadline,
    deadline: Deadline,
}

struct Attempt {
    /// Its place in `tried`.
    place: usize,
    socket: socket2::Socket,
}

impl Race {
    fn new(addresses: Vec<SocketAddr>, &Terms { id, local, deadline, .. }: &Terms<'_>) -> Self {
        // Where time is short, all addresses are tried nevertheless.
        let share = deadline.share(addresses.len()).remaining().ok().flatten();
        Self {
            id,
            local,
            tried: Vec::with_capacity(addresses.len()),
            waiting: alternate(addresses).into_iter(),
            connecting: VecDeque::new(),
            delay: share.map_or(DELAY, |share| share.min(DELAY)),
            next: Deadline::NEVER,
            deadline,
        }
    }

    /// Returns the first socket that is connected, or `None` if there will be none.
    fn run(&mut self) -> Option<Socket> {
        loop {
            if self.deadline.has_passed() {
                self.drop_all();
                return None;
            }
            if let Some(won) = self.wait() {
                return Some(won);
            }
            if self.connecting.is_empty() || self.next.has_passed() {
                match self.waiting.next() {
                    Some(address) => {
                        if let Some(won) = self.begin(address) {
                            return Some(won);
                        }
                    }
                    None if self.connecting.is_empty() => return None,
                    None => self.next = Deadline::NEVER,
                }
            }
        }
    }

    /// Begins the next attempt. Returns its socket if it is connected at once.
    fn begin(&mut self, address: SocketAddr) -> Option<Socket> {
        if self.connecting.len() == MOST {
            self.connecting.pop_front().and_then(|oldest| self.end(oldest.place, Err(silent())));
        }
        let place = self.tried.len();
        self.tried.push((address, None));
        self.next = Deadline::after(Some(self.delay));
        match open(self.local, address) {
            Ok((socket, true)) => self.end(place, Ok(socket)),
            Ok((socket, false)) => {
                self.connecting.push_back(Attempt { place, socket });
                None
            }
            Err(e) => self.end(place, Err(e)),
        }
    }

    /// Waits until an attempt ends, the next one is due, or the time is up. Looks once in any case: an
    /// attempt may have succeeded while the machine was busy.
    fn wait(&mut self) -> Option<Socket> {
        if self.connecting.is_empty() {
            return None;
        }
        let slice = match self.next.earlier(self.deadline).remaining() {
            Ok(left) => left.map_or(SLICE, |left| left.clamp(SHORTEST, SLICE)),
            Err(_) => Duration::ZERO,
        };
        match self.poll(slice) {
            Ok(events) => {
                let mut events = events.into_iter();
                self.settle(|socket| progress(socket, events.next().unwrap_or(PollFlags::empty())))
            }
            Err(e) => self.settle(|_| Err(e.into())),
        }
    }

    /// Waits until something has happened to an attempt. Returns what, for each of them.
    fn poll(&self, most: Duration) -> Result<Vec<PollFlags>, Errno> {
        let sockets = self.connecting.iter().map(|attempt| &attempt.socket);
        let mut polled: Vec<_> =
            sockets.map(|socket| PollFd::new(socket, PollFlags::OUT)).collect();
        match poll(&mut polled, Timespec::try_from(most).ok().as_ref()) {
            Ok(_) | Err(Errno::INTR) => Ok(polled.iter().map(PollFd::revents).collect()),
            Err(e) => Err(e),
        }
    }

    /// Removes the attempts that have ended. Returns the socket of the first that is connected.
    fn settle(
        &mut self,
        mut progress: impl FnMut(&socket2::Socket) -> io::Result<bool>,
    ) -> Option<Socket> {
        for _ in 0..self.connecting.len() {
            let attempt = self.connecting.pop_front()?;
            match progress(&attempt.socket) {
                Ok(false) => self.connecting.push_back(attempt),
                ended => {
                    let won = self.end(attempt.place, ended.map(|_| attempt.socket));
                    if won.is_some() {
                        return won;
                    }
                }
            }
        }
        None
    }

    /// Notes how an attempt has ended.
    fn end(&mut self, place: usize, ended: io::Result<socket2::Socket>) -> Option<Socket> {
        let Self { id, .. } = *self;
        let address = self.tried[place].0;
        match ended.and_then(ready) {
            Ok(socket) => {
                for loser in &self.connecting {
                    let (slow, _) = self.tried[loser.place];
                    debug!("#{id} {slow}: still connecting when {address} answered");
                }
                Some(socket)
            }
            Err(e) => {
                debug!("#{id} {address}: {e}");
                self.tried[place].1 = Some(e);
                if place + 1 == self.tried.len() {
                    self.next = Deadline::after(Some(Duration::ZERO));
                }
                None
            }
        }
    }

    /// Drops all attempts, because the time is up.
    fn drop_all(&mut self) {
        for attempt in self.connecting.drain(..) {
            self.tried[attempt.place].1 = Some(silent());
        }
    }
}

/// Begins to connect. Returns the socket, which does not wait, and `true` if it is connected
/// already.
fn open(local: Option<SocketAddr>, address: SocketAddr) -> io::Result<(socket2::Socket, bool)> {
    let domain = Domain::for_address(address);
    let socket = socket2::Socket::new(domain, Type::STREAM, Some(Protocol::TCP))?;
    if let Some(local) = local {
        bind(&socket, local, address)?;
    }
    ioctl_fionbio(&socket, true)?;
    match socket.connect(&address.into()) {
        Ok(()) => Ok((socket, true)),
        // A signal does not end the attempt either.
        Err(e) => match Errno::from_io_error(&e) {
            Some(Errno::INPROGRESS | Errno::WOULDBLOCK | Errno::INTR) => Ok((socket, false)),
            _ => Err(e),
        },
    }
}

/// Gives a socket the address of this side.
fn bind(socket: &socket2::Socket, local: SocketAddr, address: SocketAddr) -> io::Result<()> {
    if local.is_ipv6() != address.is_ipv6() {
        let version = |address: SocketAddr| if address.is_ipv6() { "IPv6" } else { "IPv4" };
        let (here, there) = (version(local), version(address));
        let text = format!("not tried, it is {there}, and the local address is {here}: {local}");
        return Err(io::Error::new(ErrorKind::AddrNotAvailable, text));
    }
    // Several attempts have one port, and so has the connection before, which the system still
    // remembers. On Windows the option would take the port from another program.
    if local.port() != 0 && !cfg!(windows) {
        socket.set_reuse_address(true)?;
    }
    let bound = socket.bind(&local.into());
    bound.map_err(|e| named(&format_args!("the local address {local}"), &e))
}

/// Returns `true` if a socket is connected, and `false` if it is still connecting.
fn progress(socket: &socket2::Socket, events: PollFlags) -> io::Result<bool> {
    let may_have_failed = events.intersects(PollFlags::ERR | PollFlags::HUP | PollFlags::NVAL);
    if may_have_failed || cfg!(windows) {
        if let Some(e) = socket.take_error()? {
            return Err(e);
        }
        if may_have_failed {
            return Err(io::Error::other("the connection failed, and the system does not say why"));
        }
    }
    Ok(events.contains(PollFlags::OUT))
}

fn ready(socket: socket2::Socket) -> io::Result<Socket> {
    socket.set_tcp_nodelay(true)?;
    Socket::new(socket)
}

/// The words are those of `TcpStream::connect_timeout`.
fn silent() -> io::Error {
    io::Error::new(ErrorKind::TimedOut, "connection timed out")
}

#[cfg(test)]
mod tests;
