//! The table of libraries, certificates, connected pairs, and a watchdog.

use std::fmt;
use std::net::{TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, LazyLock};
use std::thread;
use std::time::{Duration, Instant};

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};

use super::hooks::{Hooked, Hooks};
use crate::io::{Duplex, TlsBackend};
use crate::transport::tls::{Identity, TlsAcceptor, TlsConnector, TlsStream};

/// The libraries that are compiled in.
const LIBRARIES: &[TlsBackend] = &[
    #[cfg(feature = "tls")]
    TlsBackend::Native,
    #[cfg(feature = "rustls")]
    TlsBackend::Rustls,
];

/// The library of each end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct By {
    pub(crate) client: TlsBackend,
    pub(crate) server: TlsBackend,
}

impl By {
    fn each_library() -> impl Iterator<Item = Self> {
        LIBRARIES.iter().map(|library| Self { client: *library, server: *library })
    }

    fn each_pair() -> impl Iterator<Item = Self> {
        LIBRARIES.iter().flat_map(|client| {
            LIBRARIES.iter().map(|server| Self { client: *client, server: *server })
        })
    }

    pub(crate) fn is_one_library(self) -> bool {
        self.client == self.server
    }

    /// A connector of the client's library that trusts nothing but the system's roots.
    pub(crate) fn connector(self) -> TlsConnector {
        TlsConnector::new().backend(self.client)
    }

    pub(crate) fn acceptor(self, identity: &Identity) -> crate::Result<TlsAcceptor> {
        TlsAcceptor::with_backend(self.server, identity)
    }
}

impl fmt::Display for By {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "client by {:?}, server by {:?}", self.client, self.server)
    }
}

/// Runs a test with each library at both ends.
pub(crate) fn each_library(test: impl Fn(By) + Send + Sync + 'static) {
    side_by_side(By::each_library(), test);
}

/// Runs a test with each library as client and as server.
pub(crate) fn each_pair(test: impl Fn(By) + Send + Sync + 'static) {
    side_by_side(By::each_pair(), test);
}

/// Side by side, because most tests wait most of the time.
fn side_by_side(rows: impl Iterator<Item = By>, test: impl Fn(By) + Send + Sync + 'static) {
    let test = Arc::new(test);
    let begin = |by: By| {
        let test = Arc::clone(&test);
        Watched::begin(by.to_string(), move || test(by))
    };
    let running: Vec<_> = rows.map(begin).collect();
    let failed: Vec<_> = running.into_iter().filter_map(|row| row.end().err()).collect();
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

/// A test in a thread of its own, which fails if it hangs.
struct Watched {
    name: String,
    until: Instant,
    finished: mpsc::Receiver<()>,
    thread: thread::JoinHandle<()>,
}

impl Watched {
    fn begin(name: String, test: impl FnOnce() + Send + 'static) -> Self {
        let (done, finished) = mpsc::channel();
        let run = move || {
            test();
            let _ = done.send(());
        };
        // A panic tells the name of its thread.
        let thread = thread::Builder::new().name(name.clone()).spawn(run).unwrap();
        Self { name, until: Instant::now() + Duration::from_secs(120), finished, thread }
    }

    /// Says what has failed, and in which row.
    fn end(self) -> Result<(), String> {
        let Self { name, until, finished, thread } = self;
        let left = until.saturating_duration_since(Instant::now());
        if finished.recv_timeout(left) == Err(RecvTimeoutError::Timeout) {
            return Err(format!("{name}: it hangs"));
        }
        thread.join().map_err(|panic| {
            let text = panic.downcast_ref::<String>().map(String::as_str);
            let text = text.or_else(|| panic.downcast_ref().copied());
            format!("{name}: {}", text.unwrap_or("it panicked"))
        })
    }
}

/// For the names of authorities, because OpenSSL takes two of one name for the same.
static AUTHORITIES: AtomicUsize = AtomicUsize::new(0);

/// A certificate authority that lives as long as its test.
pub(crate) struct Authority {
    pub(crate) pem: String,
    issuer: Issuer<'static, KeyPair>,
}

impl Authority {
    pub(crate) fn new() -> Self {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let name = format!("authority {}", AUTHORITIES.fetch_add(1, Ordering::Relaxed));
        params.distinguished_name.push(rcgen::DnType::CommonName, name);
        let pem = params.self_signed(&key).unwrap().pem();
        Self { pem, issuer: Issuer::new(params, key) }
    }

    /// A certificate for `name` and its key, both PEM.
    pub(crate) fn issue(&self, name: &str) -> (String, String) {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        params.distinguished_name.push(rcgen::DnType::CommonName, name);
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        (certificate.pem(), key.serialize_pem())
    }

    pub(crate) fn identity(&self, name: &str) -> Identity {
        let (certificate, key) = self.issue(name);
        Identity::from_pem(certificate.as_bytes(), key.as_bytes()).unwrap()
    }

    pub(crate) fn acceptor(&self, by: By) -> TlsAcceptor {
        by.acceptor(&self.identity("localhost")).unwrap()
    }

    pub(crate) fn connector(&self, by: By) -> TlsConnector {
        by.connector().root_certificate_pem(self.pem.as_bytes())
    }
}

/// The authority of all pairs, and a connector of each library that trusts it. They are shared, since
/// each connector loads the system's roots, which is slow.
static COMMON: LazyLock<(Authority, Vec<(TlsBackend, TlsConnector)>)> = LazyLock::new(|| {
    let authority = Authority::new();
    let connectors = By::each_library().map(|by| (by.client, authority.connector(by))).collect();
    (authority, connectors)
});

pub(crate) fn tcp() -> (TcpStream, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    (client, listener.accept().unwrap().0)
}

pub(crate) fn unix() -> (UnixStream, UnixStream) {
    UnixStream::pair().unwrap()
}

/// A client and a server after their handshake.
pub(crate) fn tls<C: Duplex, S: Duplex + Send + 'static>(
    by: By,
    (client, server): (C, S),
) -> (TlsStream<C>, TlsStream<S>) {
    let (authority, connectors) = &*COMMON;
    let (_, connector) = connectors.iter().find(|(library, _)| *library == by.client).unwrap();
    let acceptor = authority.acceptor(by);
    let accepting = thread::spawn(move || acceptor.accept(server).unwrap());
    let client = connector.connect("localhost", client).unwrap();
    (client, accepting.join().unwrap())
}

/// A pair whose client end calls the hooks before it reads and writes its socket.
pub(crate) fn hooked(by: By) -> (TlsStream<Hooked>, TlsStream<UnixStream>, Hooks) {
    let ((inner, server), hooks) = (unix(), Hooks::default());
    let (client, server) = tls(by, (Hooked { inner, hooks: hooks.clone() }, server));
    (client, server, hooks)
}

/// Bytes that show if any of them is lost, repeated or moved.
pub(crate) fn pattern(len: usize) -> Vec<u8> {
    let mut state = 0x2545_F491_u32;
    let mut bytes = Vec::with_capacity(len + 4);
    while bytes.len() < len {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        bytes.extend_from_slice(&state.to_be_bytes());
    }
    bytes.truncate(len);
    bytes
}
