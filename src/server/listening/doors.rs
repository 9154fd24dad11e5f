//! [`Doors`]: all listening sockets of a server, and the wait for a client at any of them.

use std::fmt;
use std::io::{self, ErrorKind};
use std::net::{SocketAddr, ToSocketAddrs};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use rustix::event::poll;
use rustix::io::Errno;

use super::address::Address;
use super::bind::bind;
use super::door::Door;
use super::listener::Listener;
use crate::transport::Socket;
use crate::transport::unix::Waker;

/// The sockets on which a server accepts clients.
#[derive(Debug, Default)]
pub(crate) struct Doors {
    all: Vec<Arc<Door>>,
    /// `None` if there is only one door, which waits in `accept` and can be shut.
    waker: Option<Waker>,
    /// The door whose turn it is. Each gets its turn, so a busy door does not keep the others
    /// waiting.
    next: AtomicUsize,
}

impl Doors {
    /// Listens nowhere.
    pub(crate) fn none() -> io::Result<Self> {
        Self::default().and(Vec::new())
    }

    /// Listens on all addresses as well.
    pub(crate) fn and_tcp(&self, asked: impl ToSocketAddrs + fmt::Debug) -> io::Result<Self> {
        self.and(bind(asked, &self.ips())?)
    }

    /// Listens at a path as well.
    pub(crate) fn and_unix(&self, path: &Path) -> io::Result<Self> {
        self.and(vec![Door::unix(path)?])
    }

    /// Accepts clients of the program's socket as well.
    pub(crate) fn and_given(&self, listener: Listener) -> io::Result<Self> {
        self.and(vec![Door::given(listener)?])
    }

    fn and(&self, more: Vec<Door>) -> io::Result<Self> {
        let all: Vec<_> = self.all.iter().cloned().chain(more.into_iter().map(Arc::new)).collect();
        let waits_in_accept = matches!(&all[..], [only] if only.can_be_shut());
        let waker = if waits_in_accept { None } else { Some(Waker::new()?) };
        if waker.is_some() {
            all.iter().try_for_each(|door| door.set_nonblocking())?;
        }
        Ok(Self { all, waker, next: AtomicUsize::new(0) })
    }

    /// Returns the address of the first door.
    pub(crate) fn first(&self) -> &Address {
        self.all.first().map_or(&Address::Unnamed, |door| door.address())
    }

    /// Returns the addresses of the TCP sockets.
    pub(crate) fn ips(&self) -> Vec<SocketAddr> {
        self.all.iter().filter_map(|door| door.address().ip().ok()).collect()
    }

    /// Waits for a client and returns its socket and its address. Returns `InvalidInput` once it
    /// has been woken, or if a socket never accepts again.
    pub(crate) fn accept(&self) -> io::Result<(Socket, Address)> {
        let Some(waker) = &self.waker else {
            return self.all[0].accept();
        };
        let count = self.all.len();
        loop {
            let doors = self.all.iter().map(|door| door.poll_fd());
            let mut ready: Vec<_> = doors.chain([waker.poll_fd()]).collect();
            match poll(&mut ready, None) {
                Err(Errno::INTR) => continue,
                polled => polled?,
            };
            if !ready[count].revents().is_empty() {
                let text = "the server no longer accepts connections";
                return Err(io::Error::new(ErrorKind::InvalidInput, text));
            }
            let first = self.next.load(Ordering::Relaxed);
            for at in (first..first + count).map(|at| at % count) {
                if ready[at].revents().is_empty() {
                    continue;
                }
                match self.all[at].accept() {
                    // The client has hung up, or another process has accepted it.
                    Err(e) if e.kind() == ErrorKind::WouldBlock => {}
                    accepted => {
                        self.next.store(at + 1, Ordering::Relaxed);
                        return accepted;
                    }
                }
            }
        }
    }

    /// Makes a blocked `accept` return, and all later calls.
    pub(crate) fn wake(&self) -> io::Result<()> {
        // Even if no thread ever accepts: clients are refused from now on.
        self.all.iter().filter(|door| door.can_be_shut()).try_for_each(|door| door.shut())?;
        self.waker.as_ref().map_or(Ok(()), Waker::wake)
    }
}

#[cfg(test)]
mod tests {
    use std::net::{TcpListener, TcpStream};
    use std::thread;

    use socket2::SockRef;

    use super::*;
    use crate::transport::Stream;

    fn tcp(address: &str) -> Doors {
        Doors::default().and_tcp(address).unwrap()
    }

    fn given() -> Doors {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        Doors::default().and_given(listener.into()).unwrap()
    }

    /// Calls `test` with doors of each kind.
    fn each(test: impl Fn(&str, &Doors)) {
        test("one", &tcp("127.0.0.1:0"));
        test("one for all addresses", &tcp("0.0.0.0:0"));
        test("two", &tcp("127.0.0.1:0").and_tcp("127.0.0.1:0").unwrap());
        test("given", &given());
        #[cfg(unix)]
        {
            // Tests run at the same time.
            static NEXT: AtomicUsize = AtomicUsize::new(0);
            let number = NEXT.fetch_add(1, Ordering::Relaxed);
            let name = format!("ws-doors-{}-{number}", std::process::id());
            let path = std::env::temp_dir().join(name);
            test("a path", &tcp("127.0.0.1:0").and_unix(&path).unwrap());
            assert!(!path.exists());
        }
    }

    fn connect(to: SocketAddr) -> TcpStream {
        TcpStream::connect(("127.0.0.1", to.port())).unwrap()
    }

    #[test]
    fn who_accepts_is_woken_now_and_ever_after() {
        each(|name, doors| {
            thread::scope(|scope| {
                let accepts = scope.spawn(|| doors.accept().map(drop));
                doors.wake().unwrap();
                doors.wake().unwrap();
                let woken = accepts.join().unwrap().unwrap_err();
                assert_eq!(woken.kind(), ErrorKind::InvalidInput, "{name}");
            });
            for _ in 0..3 {
                assert_eq!(doors.accept().unwrap_err().kind(), ErrorKind::InvalidInput, "{name}");
            }
        });
    }

    #[test]
    fn clients_come_in_one_after_the_other() {
        each(|name, doors| {
            thread::scope(|scope| {
                let accepts =
                    scope.spawn(|| [(); 3].map(|()| doors.accept().unwrap().1.ip().unwrap()));
                let clients = [(); 3].map(|()| connect(doors.ips()[0]));
                let addresses = clients.map(|client| client.local_addr().unwrap());
                assert_eq!(accepts.join().unwrap(), addresses, "{name}");
            });
        });
    }

    /// The rules of Linux on which `Door::accept` and `Socket::accepted` rely, and what other systems
    /// are told for each client.
    #[test]
    fn accepted_sockets_send_at_once_and_wait_without_limit() {
        each(|name, doors| {
            let _client = connect(doors.ips()[0]);
            let (socket, _) = doors.accept().unwrap();
            let stream = Stream::plain(socket);
            let socket = stream.socket().unwrap();
            let socket = SockRef::from(&socket);
            assert!(socket.tcp_nodelay().unwrap(), "{name}");
            #[cfg(any(target_os = "linux", target_os = "android"))]
            {
                assert!(!socket.nonblocking().unwrap(), "{name}");
                assert_eq!(socket.read_timeout().unwrap(), None, "{name}");
            }
        });
    }

    #[test]
    fn a_busy_door_does_not_keep_another_waiting() {
        let doors = tcp("127.0.0.1:0").and_tcp("127.0.0.1:0").unwrap();
        let [busy, other] = doors.ips()[..] else { panic!("{doors:?}") };
        let _busy = [(); 10].map(|()| connect(busy));
        let waits = connect(other).local_addr().unwrap();
        let accepted = [(); 2].map(|()| doors.accept().unwrap().1.ip().unwrap());
        assert!(accepted.contains(&waits), "{accepted:?}");
    }

    #[test]
    fn another_handle_of_a_given_socket_still_accepts_at_the_end() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let other = listener.try_clone().unwrap();
        let doors = Doors::default().and_given(listener.into()).unwrap();
        doors.wake().unwrap();
        let client = connect(doors.ips()[0]).local_addr().unwrap();
        assert_eq!(doors.accept().unwrap_err().kind(), ErrorKind::InvalidInput);
        drop(doors);
        other.set_nonblocking(false).unwrap();
        assert_eq!(other.accept().unwrap().1, client);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_given_socket_must_listen() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let connected = socket2::Socket::from(connect(listener.local_addr().unwrap()));
        let error = Doors::default().and_given(TcpListener::from(connected).into()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        assert!(error.to_string().contains("does not listen"), "{error}");
    }
}
