//! Certificates, connected pairs, a socket with hooks, and a watchdog.

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, PoisonError, RwLock, mpsc};
use std::thread;
use std::time::Duration;

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};

use crate::io::Duplex;
use crate::transport::tls::{Identity, TlsAcceptor, TlsConnector, TlsStream};

/// Fails a test that hangs.
pub(super) fn within_30s(test: impl FnOnce() + Send + 'static) {
    let (done, finished) = mpsc::channel();
    let worker = thread::spawn(move || {
        test();
        let _ = done.send(());
    });
    let end = finished.recv_timeout(Duration::from_secs(30));
    assert_ne!(end, Err(mpsc::RecvTimeoutError::Timeout), "the test hangs");
    if let Err(panic) = worker.join() {
        std::panic::resume_unwind(panic);
    }
}

/// For the names of authorities, because OpenSSL takes two of one name for the same.
static AUTHORITIES: AtomicUsize = AtomicUsize::new(0);

/// A certificate authority that lives as long as its test.
pub(super) struct Authority {
    pub(super) pem: String,
    issuer: Issuer<'static, KeyPair>,
}

impl Authority {
    pub(super) fn new() -> Self {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let name = format!("authority {}", AUTHORITIES.fetch_add(1, Ordering::Relaxed));
        params.distinguished_name.push(rcgen::DnType::CommonName, name);
        let pem = params.self_signed(&key).unwrap().pem();
        Self { pem, issuer: Issuer::new(params, key) }
    }

    /// A certificate for `name` and its key, both PEM.
    pub(super) fn issue(&self, name: &str) -> (String, String) {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        params.distinguished_name.push(rcgen::DnType::CommonName, name);
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        (certificate.pem(), key.serialize_pem())
    }

    pub(super) fn identity(&self, name: &str) -> Identity {
        let (certificate, key) = self.issue(name);
        Identity::from_pem(certificate.as_bytes(), key.as_bytes()).unwrap()
    }

    pub(super) fn acceptor(&self) -> TlsAcceptor {
        TlsAcceptor::new(&self.identity("localhost")).unwrap()
    }

    pub(super) fn connector(&self) -> TlsConnector {
        TlsConnector::new().root_certificate_pem(self.pem.as_bytes())
    }
}

pub(super) fn tcp() -> (TcpStream, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    (client, listener.accept().unwrap().0)
}

pub(super) fn unix() -> (UnixStream, UnixStream) {
    UnixStream::pair().unwrap()
}

/// A client and a server after their handshake.
pub(super) fn tls<T: Duplex + Send + 'static>(
    (client, server): (T, T),
) -> (TlsStream<T>, TlsStream<T>) {
    let authority = Authority::new();
    let acceptor = authority.acceptor();
    let accepting = thread::spawn(move || acceptor.accept(server).unwrap());
    let client = authority.connector().connect("localhost", client).unwrap();
    (client, accepting.join().unwrap())
}

/// A pair whose client end calls the hooks before it reads and writes its socket.
pub(super) fn hooked() -> (TlsStream<Hooked>, TlsStream<UnixStream>, Hooks) {
    let authority = Authority::new();
    let acceptor = authority.acceptor();
    let (client, server) = unix();
    let accepting = thread::spawn(move || acceptor.accept(server).unwrap());
    let hooks = Hooks::default();
    let socket = Hooked { inner: client, hooks: hooks.clone() };
    let client = authority.connector().connect("localhost", socket).unwrap();
    (client, accepting.join().unwrap(), hooks)
}

type Hook = Arc<dyn Fn() -> io::Result<usize> + Send + Sync>;
type CallHook = Arc<dyn Fn(&'static str) -> io::Result<()> + Send + Sync>;

/// What happens before a read or a write: it fails, or may move this many bytes. And a hook for all
/// other calls, by name.
#[derive(Clone, Default)]
pub(super) struct Hooks {
    read: Arc<RwLock<Option<Hook>>>,
    write: Arc<RwLock<Option<Hook>>>,
    call: Arc<RwLock<Option<CallHook>>>,
    /// The socket can write without waiting.
    tries: Arc<AtomicBool>,
}

impl Hooks {
    pub(super) fn on_read(&self, hook: impl Fn() -> io::Result<usize> + Send + Sync + 'static) {
        *self.read.write().unwrap() = Some(Arc::new(hook));
    }

    pub(super) fn on_write(&self, hook: impl Fn() -> io::Result<usize> + Send + Sync + 'static) {
        *self.write.write().unwrap() = Some(Arc::new(hook));
    }

    pub(super) fn on_call(
        &self,
        hook: impl Fn(&'static str) -> io::Result<()> + Send + Sync + 'static,
    ) {
        *self.call.write().unwrap() = Some(Arc::new(hook));
    }

    /// Makes the socket write without waiting from now on.
    pub(super) fn let_it_try(&self) {
        self.tries.store(true, Ordering::SeqCst);
    }

    fn call(&self, name: &'static str) -> io::Result<()> {
        let hook = self.call.read().unwrap_or_else(PoisonError::into_inner).clone();
        hook.map_or(Ok(()), |hook| hook(name))
    }

    pub(super) fn on_read_once(&self, failure: io::ErrorKind) {
        self.on_read(once(failure));
    }

    pub(super) fn on_write_once(&self, failure: io::ErrorKind) {
        self.on_write(once(failure));
    }
}

fn once(failure: io::ErrorKind) -> impl Fn() -> io::Result<usize> {
    let failed = AtomicBool::new(false);
    move || {
        if failed.swap(true, Ordering::Relaxed) { Ok(usize::MAX) } else { Err(failure.into()) }
    }
}

pub(super) struct Hooked {
    pub(super) inner: UnixStream,
    pub(super) hooks: Hooks,
}

impl Read for Hooked {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let hook = self.hooks.read.read().unwrap().clone();
        let most = hook.map_or(Ok(usize::MAX), |hook| hook())?.min(buf.len());
        self.inner.read(&mut buf[..most])
    }
}

impl Write for Hooked {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        let hook = self.hooks.write.read().unwrap().clone();
        let most = hook.map_or(Ok(usize::MAX), |hook| hook())?.min(buf.len());
        self.inner.write(&buf[..most])
    }

    fn flush(&mut self) -> io::Result<()> {
        self.hooks.call("flush")
    }
}

impl Duplex for Hooked {
    fn try_clone(&self) -> io::Result<Self> {
        self.hooks.call("try_clone")?;
        Ok(Self { inner: self.inner.try_clone()?, hooks: self.hooks.clone() })
    }

    fn set_read_timeout(&self, timeout: Option<Duration>) -> io::Result<()> {
        self.hooks.call("set_read_timeout")?;
        self.inner.set_read_timeout(timeout)
    }

    fn set_write_timeout(&self, timeout: Option<Duration>) -> io::Result<()> {
        self.hooks.call("set_write_timeout")?;
        self.inner.set_write_timeout(timeout)
    }

    fn shutdown(&self, how: Shutdown) -> io::Result<()> {
        self.hooks.call("shutdown")?;
        self.inner.shutdown(how)
    }

    fn try_write(&mut self, buf: &[u8]) -> io::Result<usize> {
        if !self.hooks.tries.load(Ordering::SeqCst) {
            return Err(io::ErrorKind::Unsupported.into());
        }
        if buf.is_empty() {
            return Ok(0);
        }
        self.hooks.call("try_write")?;
        self.inner.try_write(buf)
    }

    fn try_flush(&mut self) -> io::Result<()> {
        self.hooks.call("try_flush")
    }
}

/// Bytes that show if any of them is lost, repeated or moved.
pub(super) fn pattern(len: usize) -> Vec<u8> {
    let mut state = 0x2545_F491_u32;
    let mut bytes = Vec::with_capacity(len + 4);
    while bytes.len() < len {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        bytes.extend_from_slice(&state.to_be_bytes());
    }
    bytes.truncate(len);
    bytes
}
