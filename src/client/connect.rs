//! Opening connections: from place to place until a server answers, and over streams that are
//! there.

use http::header::SEC_WEBSOCKET_PROTOCOL;
use log::Level;

use super::advice::{with_hint, with_port};
use super::client::Client;
use super::terms::Terms;
use crate::connection::{Settings, WebSocket};
use crate::error::{Error, Phase, Result};
use crate::handshake::{self, PreparedRequest, Reads};
use crate::io::{Deadline, Duplex, Timed};
use crate::process::{Numbered, debug, next_number};
use crate::proto::http::note_not_followed;
use crate::proto::rules::Role;
use crate::proto::url::{Hop, Url};
use crate::transport::Stream;

/// Opens a connection to a `ws://` or `wss://` URL with the defaults of [`Client`].
///
/// Blocks until the connection is open, for 10 seconds at most.
///
/// ```no_run
/// let mut ws = blocking_ws::connect("wss://localhost:9001/echo")?;
/// ws.send("hello")?;
/// println!("{:?}", ws.recv()?);
/// ws.close(blocking_ws::CloseCode::Normal, "done")?;
/// # Ok::<(), blocking_ws::Error>(())
/// ```
///
/// # Errors
/// The same as [`Client::connect`].
pub fn connect(url: &str) -> Result<WebSocket> {
    Client::new().connect(url)
}

impl Client {
    /// Opens a connection. A client can open any number of them. See [`Client`] for an example.
    ///
    /// Blocks for [`connect_timeout`](Self::connect_timeout) at most. Tries the addresses of the host
    /// until one answers. If an address is silent, the next is tried 250 ms later, beside it (RFC 8305).
    /// [`connecting`](crate::guide::http::connecting) shows how to change the way to the server.
    ///
    /// The URL begins with `ws://` or `wss://`; `http://` and `https://` mean the same. A user name
    /// and password in it are sent as `Authorization: Basic` (RFC 7617). The zone of an address
    /// such as `[fe80::1%25eth0]` (RFC 6874) is only used to connect. [`WebSocket::request`] shows
    /// no user name, password or zone. Characters that a URL cannot hold, such as `é`, are sent
    /// percent-encoded. Do not call `connect` for one host from several threads at the same time
    /// (§4.1); many open connections are fine.
    ///
    /// # Errors
    /// Correct the URL or the setting after [`Error::Url`] or [`Error::Invalid`]. After any other
    /// error no connection is open, and the caller may try again: [`Error::Connect`] (no address
    /// answered, or what answered does not speak HTTP), [`Error::Proxy`], [`Error::Tls`],
    /// [`Error::Refused`] (it has the server's response), [`Error::Handshake`], [`Error::Lost`],
    /// [`Error::Deadline`]. If the server refuses this client's certificate, that is [`Error::Tls`], or
    /// [`Error::Lost`] with TLS 1.3.
    /// [`reconnecting`](Self::reconnecting) tries again where that can help.
    pub fn connect(&self, url: &str) -> Result<WebSocket> {
        self.attempt(url, &mut Numbered::default())
    }

    /// Opens a connection over a stream that leads to the server already, such as a tunnel.
    ///
    /// Blocks for [`connect_timeout`](Self::connect_timeout) at most. The URL gives the `Host`
    /// header, the path and the query, as in [`connect`](Self::connect). With `wss://`, TLS begins
    /// first, unless the stream is encrypted already. Of the settings of TLS, only pins count for such
    /// a stream. Redirects are not followed, and [`proxy`](Self::proxy) and
    /// [other ways](Self::dial) to the server have no effect. See [`Settings`] for an example.
    ///
    /// # Errors
    /// As [`connect`](Self::connect). The stream is dropped in each case.
    pub fn connect_over(
        &self,
        url: &str,
        stream: impl Duplex + Send + 'static,
    ) -> Result<WebSocket> {
        self.check()?;
        let deadline = self.deadline();
        let hop = Hop::first(Url::parse(url)?, self.headers.clone());
        let prepared = self.prepare(&hop)?;
        let stream = Stream::new(stream)?;
        let opened = self.open(next_number(), &hop, prepared, stream, false, deadline);
        opened.map_err(|e| deadline.explain(e, Phase::Connect))
    }

    /// Does what [`connect`](Self::connect) does, and notes the number that the log has for it,
    /// even if it fails. Each redirect is another connection, with another number.
    pub(super) fn attempt(&self, url: &str, tried: &mut Numbered) -> Result<WebSocket> {
        let deadline = self.deadline();
        self.connect_by(url, deadline, tried).map_err(|e| deadline.explain(e, Phase::Connect))
    }

    fn deadline(&self) -> Deadline {
        Deadline::after(self.settings.timeouts.opening)
    }

    fn check(&self) -> Result<()> {
        match &self.invalid {
            Some(invalid) => Err(Error::Invalid(invalid.clone())),
            None => self.settings.check(Role::Client),
        }
    }

    fn connect_by(&self, url: &str, deadline: Deadline, tried: &mut Numbered) -> Result<WebSocket> {
        self.check()?;
        let first = Url::parse(url)?;
        let mut hop = Hop::first(first.clone(), self.headers.clone());
        let mut left = self.redirects;
        loop {
            // What is wrong with the request is told before a connection is made.
            let prepared = self.prepare(&hop)?;
            let id = next_number();
            *tried = id.into();
            let Self { route, tls, settings: Settings { limits, .. }, .. } = self;
            let terms = Terms { id, local: route.local, limits, tls, deadline };
            let is_home = hop.url.is_same_origin(&first);
            let reached = route.reach(&hop.url, is_home, &terms);
            let stream = reached.map_err(|e| with_port(e, &hop.url))?;
            let opened = self.open(id, &hop, prepared, stream, left > 0, deadline);
            let mut refused = match opened {
                Err(Error::Refused(response)) => response,
                done => return done,
            };
            hop = match hop.next(&refused).and_then(|next| self.follow(next, left)) {
                Ok(next) => next,
                Err(why) => {
                    note_not_followed(&mut refused, why);
                    return Err(Error::Refused(refused));
                }
            };
            left -= 1;
        }
    }

    fn prepare(&self, hop: &Hop) -> Result<PreparedRequest> {
        let mut headers = hop.headers.clone();
        // Those that are settings come first, that is they are preferred.
        let listed = hop.headers.get_all(SEC_WEBSOCKET_PROTOCOL).iter().cloned().map(Ok);
        let named = self.settings.rules.subprotocols.iter().map(|name| name.parse());
        headers.remove(SEC_WEBSOCKET_PROTOCOL);
        for name in named.chain(listed) {
            headers.append(SEC_WEBSOCKET_PROTOCOL, name.map_err(Error::other)?);
        }
        PreparedRequest::new(hop.url.clone(), headers, self.spelling.clone())
    }

    /// Returns the hop if it may be followed while `left` redirects are left, or why not.
    fn follow(&self, next: Hop, left: usize) -> Result<Hop, &'static str> {
        match left {
            _ if !self.route.leads_to(&next) => {
                Err("it leads to another origin, and a Unix socket to one server")
            }
            _ if next.crossed_origin && !self.tls.can_hide_identity() => Err(
                "it leads to another origin, and the connector of native_tls may have an identity \
                 for this origin only",
            ),
            0 if self.redirects == 0 => {
                Err("Client::redirects is 0, the default; set it, or use that URL")
            }
            0 => Err("there were more redirects than Client::redirects allows"),
            _ => Ok(next),
        }
    }

    /// Opens the connection with this number over a stream to the server of one URL. `goes_on`: if
    /// the server answers with a redirect, that is followed.
    fn open(
        &self,
        id: u64,
        hop: &Hop,
        prepared: PreparedRequest,
        stream: Stream,
        goes_on: bool,
        deadline: Deadline,
    ) -> Result<WebSocket> {
        let mut stream = stream;
        let host = &hop.url.host;
        if hop.url.secure && !stream.is_tls() {
            // Another origin must not see the identity.
            let tls = &self.tls;
            let tls = if hop.crossed_origin { tls.without_identity() } else { tls };
            stream = stream.connect_tls(id, tls, host, deadline)?;
            if let Some(tls) = stream.tls() {
                debug!("#{id} {host}: {tls}");
            }
        } else if self.tls.is_pinned() {
            // The stream was encrypted before, or it is not, and then there is no certificate.
            self.tls.hold(stream.tls().as_deref(), host).map_err(Error::Tls)?;
        }
        stream = stream.seen_by(&self.settings.taps, id, Role::Client, &[]);
        let mut timed = Timed { stream: &mut stream, deadline };
        let Settings { rules, limits, .. } = &self.settings;
        let hurry = |timed: &mut Timed<'_, _>, reads: Reads| {
            reads.hurry(timed, goes_on);
            true
        };
        let upgraded = handshake::connect(&mut timed, prepared, (rules, limits), hurry);
        let upgraded = upgraded.map_err(|e| if hop.url.secure { e } else { with_hint(e) })?;
        timed.lift().map_err(Error::Lost)?;
        let mut websocket = *self.settings.open(id, stream, Role::Client, upgraded)?;
        if Level::Debug <= log::max_level() {
            // The query may hold a token.
            let path = hop.url.target.split('?').next().unwrap_or_default();
            let name = format!("#{id} {host}");
            debug!("{name}: open, {path}");
            websocket.driver.on_end.push(Box::new(move |status| match status {
                Some(status) => debug!("{name}: {status}"),
                None => debug!("{name}: this side dropped the connection"),
            }));
        }
        Ok(websocket)
    }
}
