//! A socket with hooks.

use std::io::{self, IoSlice, Read, Write};
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock, mpsc};
use std::thread;
use std::time::Duration;

use crate::io::Duplex;

type Hook = Arc<dyn Fn() -> io::Result<usize> + Send + Sync>;
type CallHook = Arc<dyn Fn(&'static str) -> io::Result<()> + Send + Sync>;

/// What happens before a read or a write: it fails, or may move this many bytes. And a hook for all
/// other calls, by name.
#[derive(Clone, Default)]
pub(crate) struct Hooks {
    read: Arc<RwLock<Option<Hook>>>,
    write: Arc<RwLock<Option<Hook>>>,
    call: Arc<RwLock<Option<CallHook>>>,
    /// The socket can write without waiting.
    tries: Arc<AtomicBool>,
    /// The timeouts that the socket was told last.
    told: Arc<Mutex<(Option<Duration>, Option<Duration>)>>,
}

impl Hooks {
    pub(crate) fn on_read(&self, hook: impl Fn() -> io::Result<usize> + Send + Sync + 'static) {
        *self.read.write().unwrap() = Some(Arc::new(hook));
    }

    pub(crate) fn on_write(&self, hook: impl Fn() -> io::Result<usize> + Send + Sync + 'static) {
        *self.write.write().unwrap() = Some(Arc::new(hook));
    }

    pub(crate) fn on_call(
        &self,
        hook: impl Fn(&'static str) -> io::Result<()> + Send + Sync + 'static,
    ) {
        *self.call.write().unwrap() = Some(Arc::new(hook));
    }

    /// Makes the socket write without waiting from now on.
    pub(crate) fn let_it_try(&self) {
        self.tries.store(true, Ordering::SeqCst);
    }

    /// How long a read of the socket may wait, as the socket was told last.
    pub(crate) fn read_timeout(&self) -> Option<Duration> {
        self.told.lock().unwrap().0
    }

    /// How long a write of the socket may wait, as the socket was told last.
    pub(crate) fn write_timeout(&self) -> Option<Duration> {
        self.told.lock().unwrap().1
    }

    fn call(&self, name: &'static str) -> io::Result<()> {
        let hook = self.call.read().unwrap_or_else(PoisonError::into_inner).clone();
        hook.map_or(Ok(()), |hook| hook(name))
    }

    pub(crate) fn on_read_once(&self, failure: io::ErrorKind) {
        self.on_read(once(failure));
    }

    pub(crate) fn on_write_once(&self, failure: io::ErrorKind) {
        self.on_write(once(failure));
    }
}

/// More than the system adds to a timeout, which it rounds up.
const TICK: Duration = Duration::from_millis(10);

/// Bytes that drip, and how long the call waits meanwhile.
#[derive(Clone)]
pub(crate) struct Drip(Arc<Mutex<Waits>>);

struct Waits {
    /// The call has waited for so long before, or longer.
    gone: Duration,
    /// The longest that the call could have taken, as its waits were told.
    most: Duration,
    bytes: u32,
    renews: bool,
}

impl Drip {
    /// With `renews`, each byte lets the time begin anew.
    pub(crate) fn of(bytes: u32, renews: bool) -> Self {
        let (gone, most) = (Duration::ZERO, Duration::ZERO);
        Self(Arc::new(Mutex::new(Waits { gone, most, bytes, renews })))
    }

    /// Makes a wait of the call, for which the socket was told this timeout: a byte comes when a half
    /// of it is over. So bytes come at many moments, the last of them just before the end.
    pub(crate) fn pass(&self, told: Option<Duration>) -> io::Result<usize> {
        let told = told.expect("each wait has a timeout");
        let mut waits = self.0.lock().unwrap();
        waits.most = waits.most.max(waits.gone + told);
        let comes = waits.bytes > 0 && told > TICK;
        let pause = if comes { told / 2 } else { told };
        thread::sleep(pause);
        waits.gone += pause;
        if !comes {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        waits.bytes -= 1;
        if waits.renews {
            waits.gone = Duration::ZERO;
        }
        Ok(1)
    }

    /// Lets the time begin anew: what is waited for is another thing.
    pub(crate) fn begin_anew(&self) {
        self.0.lock().unwrap().gone = Duration::ZERO;
    }

    /// Fails if the call could have waited for longer than its `whole` time.
    pub(crate) fn check(&self, whole: Duration, call: &str) {
        let most = self.0.lock().unwrap().most;
        assert!(most > Duration::ZERO, "{call}: it did not wait");
        assert!(most <= whole + TICK, "{call}: it has {whole:?}, and could wait for {most:?}");
    }
}

impl Hooks {
    /// Makes each write wait until the sender that is returned is dropped. The receiver tells that a
    /// write waits.
    pub(crate) fn stick_writes(&self) -> (mpsc::Receiver<()>, mpsc::Sender<()>) {
        let (stuck, is_stuck) = mpsc::channel();
        let (release, released) = mpsc::channel();
        let released = Mutex::new(released);
        self.on_write(move || {
            let _ = stuck.send(());
            let _: Result<(), _> = released.lock().unwrap().recv();
            Ok(usize::MAX)
        });
        (is_stuck, release)
    }

    /// Lets this many bytes drip in, each in the middle of a wait, and then nothing.
    pub(crate) fn drip_in(&self, bytes: u32, renews: bool) -> Drip {
        let (hooks, drip) = (self.clone(), Drip::of(bytes, renews));
        let waits = drip.clone();
        self.on_read(move || waits.pass(hooks.read_timeout()));
        drip
    }

    /// The same for bytes that the socket takes.
    pub(crate) fn drip_out(&self, bytes: u32) -> Drip {
        let (hooks, drip) = (self.clone(), Drip::of(bytes, false));
        let waits = drip.clone();
        self.on_write(move || waits.pass(hooks.write_timeout()));
        drip
    }
}

fn once(failure: io::ErrorKind) -> impl Fn() -> io::Result<usize> {
    let failed = AtomicBool::new(false);
    move || {
        if failed.swap(true, Ordering::Relaxed) { Ok(usize::MAX) } else { Err(failure.into()) }
    }
}

pub(crate) struct Hooked<T = UnixStream> {
    pub(crate) inner: T,
    pub(crate) hooks: Hooks,
}

impl<T: Duplex> Read for Hooked<T> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let hook = self.hooks.read.read().unwrap().clone();
        let most = hook.map_or(Ok(usize::MAX), |hook| hook())?.min(buf.len());
        self.inner.read(&mut buf[..most])
    }
}

impl<T: Duplex> Write for Hooked<T> {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        let hook = self.hooks.write.read().unwrap().clone();
        let most = hook.map_or(Ok(usize::MAX), |hook| hook())?.min(buf.len());
        self.inner.write_slices(&[IoSlice::new(&buf[..most])])
    }

    fn flush(&mut self) -> io::Result<()> {
        self.hooks.call("flush")
    }
}

impl<T: Duplex> Duplex for Hooked<T> {
    fn try_clone(&self) -> io::Result<Self> {
        self.hooks.call("try_clone")?;
        Ok(Self { inner: self.inner.try_clone()?, hooks: self.hooks.clone() })
    }

    fn set_read_timeout(&self, timeout: Option<Duration>) -> io::Result<()> {
        self.hooks.call("set_read_timeout")?;
        self.hooks.told.lock().unwrap().0 = timeout;
        self.inner.set_read_timeout(timeout)
    }

    fn set_write_timeout(&self, timeout: Option<Duration>) -> io::Result<()> {
        self.hooks.call("set_write_timeout")?;
        self.hooks.told.lock().unwrap().1 = timeout;
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
