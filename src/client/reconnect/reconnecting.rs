//! [`Reconnecting`]: one connection after the other (RFC 6455 §7.2.3).
//!
//! `backoff` decides how long to wait and which refusals are final. The clock, the randomness and
//! the waiting are here.

use std::fmt;
use std::iter::FusedIterator;
use std::sync::{Arc, OnceLock};
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
use crate::process::{Numbered, caught, debug, error, info, warning};
use crate::proto::close::CloseStatus;
use crate::proto::proxy::{NOT_ALLOWED, ProxyError};
use crate::proto::url::Url;

impl Client {
    /// Returns an iterator over connections to a URL: each item is a new connection.
    ///
    /// [`next`](Iterator::next) blocks until the next connection is open. It does not matter how
    /// the last one ended. [`Reconnecting`] describes the waits and the errors.
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

/// An iterator that connects again and again; from [`Client::reconnecting`].
///
/// [`next`](Iterator::next) blocks until a connection is open. It makes the first attempt at once,
/// and it waits before each further attempt (§7.2.3):
///
/// - The first wait is random, up to [`first_delay`](Self::first_delay).
/// - The longest possible wait doubles each time, up to [`max_delay`](Self::max_delay). A wait
///   after the first is random, between half of the longest possible wait and all of it.
/// - If a connection has lived at least as long as the longest possible next wait, the waits begin
///   again with [`first_delay`](Self::first_delay). It
///   lives from the moment it was returned until `next` is called again. So a server that drops its
///   clients at once is not flooded with attempts.
/// - If a refusal has `Retry-After`, the wait is at least as long as it says, plus a random part of
///   `first_delay`. At most an hour of `Retry-After` counts.
///
/// The log has a line for each failed attempt (`warn`), for each connection that is over, with the
/// reason, and for each that is open again (`info`). A line begins with the number of its
/// [connection](WebSocket::id); a failed attempt has a number too. It names the server by host and
/// port and never by the whole URL, which may hold a secret.
///
/// A program that only receives should set a [`ping_interval`](Client::ping_interval). Without it
/// the program does not notice that a server has vanished.
///
/// # Errors
/// An error is the last item. These errors end the iterator:
///
/// - The URL or a setting cannot be used.
/// - The server or an HTTP proxy refused with a 3xx or 4xx status, except for 408, 425 and 429.
/// - A SOCKS proxy wants another user name or password, or its rules do not allow the connection.
/// - [`max_attempts`](Self::max_attempts) attempts in a row have failed.
///
/// After any other error, such as a certificate that is not trusted, the iterator tries again.
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
    /// The server's name in the log.
    host: String,
    backoff: Backoff,
    max_attempts: Option<u32>,
    on_retry: Option<RetryHook>,
    stop: StopHandle,
    /// The last attempt that was waited for; 0 if none has failed.
    attempt: u32,
    /// How many attempts have failed since a connection was open.
    failed: u32,
    last: Option<Last>,
}

/// The last connection that was returned.
struct Last {
    id: u64,
    opened: Instant,
    /// Set once it has ended, as far as it knows.
    ended: Arc<OnceLock<CloseStatus>>,
}

type RetryHook = Box<dyn FnMut(&Retry) + Send>;

/// An attempt to connect again and its reason, as [`Reconnecting::on_retry`] receives them. See
/// [`Reconnecting`] for an example.
#[derive(Debug)]
#[non_exhaustive]
pub struct Retry {
    /// Why the last attempt failed, or how the last connection ended: [`Error::Ended`]. `None` if
    /// the connection ended [normally](CloseStatus::is_normal), or because the program dropped it.
    pub error: Option<Error>,
    /// The number of the attempt that comes next. It begins at 1 after the very first attempt, and
    /// again after each connection that lived long enough for the waits to begin anew.
    pub attempt: u32,
    /// The wait before that attempt.
    pub delay: Duration,
}

impl Reconnecting {
    fn new(client: Client, url: &str) -> Self {
        Self {
            client,
            url: url.to_owned(),
            // A URL that cannot be used is never connected to, so its host is never logged.
            host: Url::parse(url).map(|url| url.authority).unwrap_or_default(),
            backoff: Backoff::default(),
            max_attempts: None,
            on_retry: None,
            stop: StopHandle::default(),
            attempt: 0,
            failed: 0,
            last: None,
        }
    }

    /// Limits the first wait; 1 second by default. The waits of many clients spread over this time.
    ///
    /// Zero makes the first item [`Error::Invalid`].
    pub fn first_delay(mut self, delay: Duration) -> Self {
        self.backoff.first = delay;
        self
    }

    /// Limits every wait that no server asked for; 30 seconds by default.
    ///
    /// Zero makes the first item [`Error::Invalid`].
    pub fn max_delay(mut self, delay: Duration) -> Self {
        self.backoff.largest = delay;
        self
    }

    /// Limits how many attempts may fail in a row; no limit by default. The error of the last
    /// attempt is then the last item.
    ///
    /// Zero makes the first item [`Error::Invalid`].
    pub fn max_attempts(mut self, attempts: impl Into<Option<u32>>) -> Self {
        self.max_attempts = attempts.into();
        self
    }

    /// Calls a function before each wait. Another call of `on_retry` replaces the function.
    ///
    /// The time that the function takes is part of the wait. To end the attempts, the function can
    /// use a [`stop_handle`](Self::stop_handle). If it panics, the panic is logged, and the
    /// function is called again before the next wait. See [`Reconnecting`] for an example.
    pub fn on_retry(mut self, tell: impl FnMut(&Retry) + Send + 'static) -> Self {
        self.on_retry = Some(Box::new(tell));
        self
    }

    /// Returns a handle with which another thread ends this iterator, even while it waits.
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

    /// Makes one attempt, and notes the number that the log has for it.
    fn open(&mut self, tried: &mut Numbered) -> Result<WebSocket> {
        if self.backoff.first.is_zero() || self.backoff.largest.is_zero() {
            let text = "first_delay and max_delay cannot be zero; give a millisecond at least";
            return Err(Error::Invalid(text.into()));
        }
        if self.max_attempts == Some(0) {
            return Err(Error::Invalid("max_attempts cannot be zero; None means no limit".into()));
        }
        let mut outcome = self.client.attempt(&self.url, tried);
        if let Ok(ws) = &mut outcome {
            let ended = Arc::<OnceLock<_>>::default();
            self.failed = 0;
            let (id, opened) = (ws.id(), Instant::now());
            self.last = Some(Last { id, opened, ended: Arc::clone(&ended) });
            ws.driver.on_end.push(Box::new(move |status| {
                if let Some(status) = status {
                    ended.get_or_init(|| status.clone());
                }
            }));
        } else {
            self.failed = self.failed.saturating_add(1);
        }
        outcome
    }

    /// Waits before the next attempt, unless the iterator has been stopped. `before` is the
    /// connection that has ended, or could not be opened.
    fn wait(&mut self, before: Numbered, error: Option<Error>) {
        if self.stop.is_stopped() {
            return;
        }
        self.attempt = self.attempt.saturating_add(1);
        let asked = error.as_ref().and_then(refusal);
        let asked = asked.and_then(|refusal| retry_after(refusal.headers(), SystemTime::now()));
        // Without randomness the handshake has no key and fails, so any wait will do.
        let chance = process::random().map_or(u32::MAX, u32::from_ne_bytes);
        let delay = self.backoff.wait(self.attempt, chance, asked);
        let deadline = Deadline::after(Some(delay));
        let Self { host, attempt, .. } = self;
        match &error {
            Some(e @ Error::Ended(_)) => {
                info!("{before}{host}: {e}; attempt {attempt} in {delay:.1?}");
            }
            Some(e) => warning!("{before}{host}: {e}; attempt {attempt} in {delay:.1?}"),
            None => {
                info!("{before}{host}: the connection is over; attempt {attempt} in {delay:.1?}");
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
        if let Some(Last { id, opened, ended }) = self.last.take() {
            if self.backoff.starts_anew(self.attempt.saturating_add(1), opened.elapsed()) {
                self.attempt = 0;
            }
            let ended = ended.get().cloned().map_or(Ok(()), CloseStatus::into_result);
            self.wait(id.into(), ended.err());
        }
        while !self.stop.is_stopped() {
            let mut tried = Numbered::default();
            match self.open(&mut tried) {
                // After `stop` no connection is returned, even if it is open already.
                _ if self.stop.is_stopped() => {}
                Ok(ws) => {
                    match self.attempt {
                        0 => debug!("#{} {}: connected", ws.id(), self.host),
                        _ => info!("#{} {}: connected again", ws.id(), self.host),
                    }
                    return Some(Ok(ws));
                }
                Err(e) if self.gives_up(&e) => {
                    self.stop.stop();
                    return Some(Err(e));
                }
                Err(e) => self.wait(tried, Some(e)),
            }
        }
        None
    }
}

impl FusedIterator for Reconnecting {}

/// Returns the response of the server or the proxy that refused the connection.
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
        // The certificate in this program cannot be read, or it has no TLS. Faults of the peer may
        // pass.
        Error::Tls(e) => matches!(e.kind(), InvalidInput | Unsupported),
        Error::Proxy(e) if e.is_authentication() => true,
        e => refusal(e).is_some_and(|refusal| backoff::is_final(refusal.status())),
    }
}

/// Shows neither the URL nor the client's headers, because both may hold a secret.
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
