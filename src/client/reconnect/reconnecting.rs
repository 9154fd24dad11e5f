//! [`Reconnecting`]: one connection after the other (RFC 6455 §7.2.3).
//!
//! How long to wait and which refusals are final is decided by `backoff`; here are the clock, the
//! chance and the waits.

use std::fmt;
use std::iter::FusedIterator;
use std::time::{Duration, Instant, SystemTime};

use http::Response;

use super::backoff;
use super::backoff::Backoff;
use super::stop_handle::StopHandle;
use crate::client::Client;
use crate::connection::WebSocket;
use crate::error::{Error, Result};
use crate::handshake::retry_after;
use crate::io::Deadline;
use crate::process;
use crate::process::{caught, debug, error, info, warning};
use crate::proto::proxy::{NOT_ALLOWED, ProxyError};
use crate::proto::url::Url;

impl Client {
    /// Returns connections to a URL one after the other, for ever.
    ///
    /// Asking for the next one blocks until it is open. It does not matter how the last one ended;
    /// what else there is to know is told by [`Reconnecting`].
    ///
    /// ```no_run
    /// use blocking_ws::Client;
    ///
    /// for ws in Client::new().reconnecting("ws://127.0.0.1:9001/") {
    ///     // An error here is final: trying again is pointless.
    ///     let mut ws = ws?;
    ///     while let Ok(Some(message)) = ws.recv() {
    ///         println!("{message:?}");
    ///     }
    /// }
    /// # Ok::<(), blocking_ws::Error>(())
    /// ```
    pub fn reconnecting(&self, url: &str) -> Reconnecting {
        Reconnecting::new(self.clone(), url)
    }
}

/// Connections one after the other; from [`Client::reconnecting`].
///
/// [`next`](Iterator::next) blocks until one is open. The first attempt is made at once, and
/// between any two there is a wait (§7.2.3):
///
/// - The first wait is random, up to [`first_delay`](Self::first_delay). The longest that one can be
///   doubles each time, up to [`max_delay`](Self::max_delay), and each that follows the first is at
///   random between half of that and all of it.
/// - Waits start anew after a connection that has lived as long as the next one could be, from when
///   it was returned until the next is asked for. A server that drops whom it has accepted is
///   therefore not hammered.
/// - A refusal's `Retry-After` is honoured, up to an hour: the next attempt comes no earlier, and
///   later by a random part of `first_delay` at most, unless its own wait is longer anyway.
///
/// Each failed attempt is a line of the log (`warn`), as is each connection that is over and each
/// that is open again (`info`). They name the server by host and port, never by the whole URL, which
/// may hold a secret.
///
/// A program that only receives should have a [`ping_interval`](Client::ping_interval), or it does
/// not hear of a server that vanished.
///
/// # Errors
/// An error is the last item. It is one that would come again. The URL or a setting cannot be used; or
/// the server, or a proxy, refused with a 3xx, or with a 4xx other than 408, 425 and 429; or a SOCKS
/// proxy does not know who asks. Any other error is tried again for ever, or as often as
/// [`max_attempts`](Self::max_attempts) says: so is a certificate that is not trusted.
///
/// ```no_run
/// use std::time::Duration;
///
/// use blocking_ws::Client;
///
/// let connections = Client::new()
///     .ping_interval(Duration::from_secs(20))
///     .reconnecting("ws://127.0.0.1:9001/")
///     .max_delay(Duration::from_secs(10))
///     .on_retry(|retry| println!("attempt {} in {:.1?}", retry.attempt, retry.delay));
/// for ws in connections {
///     let mut ws = ws?;
///     ws.send("I am back")?;
/// }
/// # Ok::<(), blocking_ws::Error>(())
/// ```
#[must_use = "nothing is connected to until the next item is asked for"]
pub struct Reconnecting {
    client: Client,
    url: String,
    /// What the log calls the server.
    host: String,
    backoff: Backoff,
    max_attempts: Option<u32>,
    on_retry: Option<RetryHook>,
    stop: StopHandle,
    /// The last one that was waited for; 0 where nothing went wrong.
    attempt: u32,
    /// How many failed since a connection was open.
    failed: u32,
    /// When the last connection was returned.
    opened: Option<Instant>,
}

type RetryHook = Box<dyn FnMut(&Retry) + Send>;

/// An attempt to connect again, and why: what [`Reconnecting::on_retry`] is told.
#[derive(Debug)]
#[non_exhaustive]
pub struct Retry {
    /// Why the attempt before failed; `None` where there was a connection, which is over.
    pub error: Option<Error>,
    /// The number of the attempt that comes next. After the very first attempt, and after each
    /// connection that lived, it is 1.
    pub attempt: u32,
    /// How long it is waited for.
    pub delay: Duration,
}

impl Reconnecting {
    fn new(client: Client, url: &str) -> Self {
        Self {
            client,
            url: url.to_owned(),
            // One that leads nowhere is never logged.
            host: Url::parse(url).map(|url| url.authority).unwrap_or_default(),
            backoff: Backoff::default(),
            max_attempts: None,
            on_retry: None,
            stop: StopHandle::default(),
            attempt: 0,
            failed: 0,
            opened: None,
        }
    }

    /// Bounds the first wait; 1 second by default. Waits of many clients spread over it.
    ///
    /// Zero makes the first item [`Error::Invalid`].
    pub fn first_delay(mut self, delay: Duration) -> Self {
        self.backoff.first = delay;
        self
    }

    /// Bounds every wait that no server asked for; 30 seconds by default.
    ///
    /// Zero makes the first item [`Error::Invalid`].
    pub fn max_delay(mut self, delay: Duration) -> Self {
        self.backoff.largest = delay;
        self
    }

    /// Bounds how many attempts may fail in a row; the error of the last is then the last item. By
    /// default they may fail for ever.
    ///
    /// Zero makes the first item [`Error::Invalid`].
    pub fn max_attempts(mut self, attempts: impl Into<Option<u32>>) -> Self {
        self.max_attempts = attempts.into();
        self
    }

    /// Has a function told of each wait before it begins. Its time is part of the wait. It replaces
    /// the one before.
    ///
    /// To give up from there, let it use a [`stop_handle`](Self::stop_handle).
    /// A panic of it is written to the log; the next wait is told again.
    pub fn on_retry(mut self, tell: impl FnMut(&Retry) + Send + 'static) -> Self {
        self.on_retry = Some(Box::new(tell));
        self
    }

    /// Returns what ends the connections from another thread, also while this one waits.
    ///
    /// ```
    /// use blocking_ws::Client;
    ///
    /// let mut connections = Client::new().reconnecting("ws://127.0.0.1:9001/");
    /// let stop = connections.stop_handle();
    /// std::thread::spawn(move || stop.stop()).join().unwrap();
    /// assert!(connections.next().is_none());
    /// ```
    #[must_use]
    pub fn stop_handle(&self) -> StopHandle {
        self.stop.clone()
    }

    fn open(&mut self) -> Result<WebSocket> {
        if self.backoff.first.is_zero() || self.backoff.largest.is_zero() {
            return Err(Error::Invalid("a delay between attempts cannot be zero"));
        }
        if self.max_attempts == Some(0) {
            return Err(Error::Invalid("max_attempts cannot be zero; None is for ever"));
        }
        let tried = self.client.connect(&self.url);
        if tried.is_err() {
            self.failed = self.failed.saturating_add(1);
        } else {
            self.failed = 0;
            self.opened = Some(Instant::now());
        }
        tried
    }

    /// Waits for the next attempt, unless it is stopped.
    fn wait(&mut self, error: Option<Error>) {
        if self.stop.is_stopped() {
            return;
        }
        self.attempt = self.attempt.saturating_add(1);
        let asked = error.as_ref().and_then(refusal);
        let asked = asked.and_then(|refusal| retry_after(refusal.headers(), SystemTime::now()));
        // Without chance there is no key for a handshake either.
        let chance = process::random().map_or(u32::MAX, u32::from_ne_bytes);
        let delay = self.backoff.wait(self.attempt, chance, asked);
        let deadline = Deadline::after(Some(delay));
        let Self { host, attempt, .. } = self;
        match &error {
            Some(e) => warning!("{host}: {e}; attempt {attempt} in {delay:.1?}"),
            None => {
                info!("{host}: the connection is over; attempt {attempt} in {delay:.1?}");
            }
        }
        if let Some(tell) = &mut self.on_retry {
            let retry = Retry { error, attempt: self.attempt, delay };
            if caught(|| tell(&retry)).is_none() {
                error!("the on_retry callback panicked");
            }
        }
        self.stop.wait(deadline);
    }

    fn gives_up(&self, error: &Error) -> bool {
        is_final(error) || self.max_attempts.is_some_and(|most| self.failed >= most)
    }
}

impl Iterator for Reconnecting {
    type Item = Result<WebSocket>;

    fn next(&mut self) -> Option<Self::Item> {
        if let Some(opened) = self.opened.take() {
            if self.backoff.starts_anew(self.attempt.saturating_add(1), opened.elapsed()) {
                self.attempt = 0;
            }
            self.wait(None);
        }
        while !self.stop.is_stopped() {
            match self.open() {
                // Whoever stopped it meanwhile wants none.
                _ if self.stop.is_stopped() => {}
                Ok(ws) => {
                    match self.attempt {
                        0 => debug!("{}: connected", self.host),
                        _ => info!("{}: connected again", self.host),
                    }
                    return Some(Ok(ws));
                }
                Err(e) if self.gives_up(&e) => {
                    self.stop.stop();
                    return Some(Err(e));
                }
                Err(e) => self.wait(Some(e)),
            }
        }
        None
    }
}

impl FusedIterator for Reconnecting {}

/// The response by which a connection was refused, by the server or by who stands before it.
fn refusal(error: &Error) -> Option<&Response<Vec<u8>>> {
    match error {
        Error::Refused(response) | Error::Proxy(ProxyError::Refused(response)) => Some(response),
        _ => None,
    }
}

/// Returns `true` if the same attempt would fail again in the same way.
fn is_final(error: &Error) -> bool {
    use std::io::ErrorKind::{InvalidInput, Unsupported};

    match error {
        Error::Url(_) | Error::Invalid(_) | Error::Proxy(ProxyError::Reply(NOT_ALLOWED)) => true,
        // A certificate that cannot be read, or no TLS in this program; the peer's faults are others.
        Error::Tls(e) => matches!(e.kind(), InvalidInput | Unsupported),
        Error::Proxy(e) if e.is_authentication() => true,
        e => refusal(e).is_some_and(|refusal| backoff::is_final(refusal.status())),
    }
}

/// Neither the URL nor the client's headers: both may hold a secret.
impl fmt::Debug for Reconnecting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reconnecting")
            .field("host", &self.host)
            .field("backoff", &self.backoff)
            .field("max_attempts", &self.max_attempts)
            .field("attempt", &self.attempt)
            .field("stop", &self.stop)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_proxy_says_is_final_where_it_would_say_it_again() {
        let refused = |status: u16| {
            let response = Response::builder().status(status).body(Vec::new());
            ProxyError::Refused(Box::new(response.unwrap()))
        };
        for (error, want) in [
            (refused(407), true),
            (refused(403), true),
            (refused(429), false),
            (refused(502), false),
            (ProxyError::Authentication, true),
            (ProxyError::Credentials, true),
            (ProxyError::Reply(1), false),
            (ProxyError::Reply(2), true),
            (ProxyError::Reply(5), false),
            (ProxyError::Malformed(""), false),
        ] {
            let error = Error::Proxy(error);
            assert_eq!(is_final(&error), want, "{error}");
        }
    }
}
