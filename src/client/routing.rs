//! The settings of a [`Client`] about the way to a server: where it connects, from where, and how.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

use super::client::Client;
use super::destination::{Destination, Dialler};
use super::route::Way;
use crate::io::Duplex;
use crate::proto::proxy::Proxy;
use crate::proto::url::Authority;
use crate::transport::Stream;

impl Client {
    /// Connects to another host or port than the URL names, as `curl --connect-to` does.
    ///
    /// `place` is a host, perhaps with a port: `192.0.2.7`, `staging.example:8443`, `[::1]:9001`.
    /// Without a port, the port is the URL's. The URL still gives all else: the `Host` header, the name
    /// in TLS (SNI), and the name that the certificate must be for.
    ///
    /// A redirect to another origin (scheme, host or port) is followed to that origin's own address, and
    /// not to `place`. See [`redirects`](Self::redirects).
    ///
    /// Of this method and the others that [`dial`](Self::dial) lists, the last call counts.
    ///
    /// A malformed `place` makes [`connect`](Self::connect) fail with
    /// [`Error::Invalid`](crate::Error::Invalid).
    ///
    /// ```no_run
    /// use blocking_ws::Client;
    ///
    /// // Tries a new server before its name leads to it.
    /// let client = Client::new().connect_to("192.0.2.7");
    /// let mut ws = client.connect("wss://chat.example/")?;
    /// # Ok::<(), blocking_ws::Error>(())
    /// ```
    pub fn connect_to(mut self, place: &str) -> Self {
        match Authority::of(place) {
            Ok(place) if place.credentials.is_none() => {
                self.route.way = Way::To(place.resolvable(), place.port);
            }
            // It may hold a password.
            Ok(_) => self.refuse("Client::connect_to takes a host and a port, and no user name"),
            Err(e) => self.refuse(format!(
                "Client::connect_to takes a host and perhaps a port, such as 192.0.2.7, [::1]:9001 or \
                 staging.example:8443: {e}"
            )),
        }
        self
    }

    /// Connects from this local address: to choose the network, or the port that a firewall lets
    /// through. Port 0 lets the system choose the port.
    ///
    /// Only addresses of the same family, IPv4 or IPv6, can be reached from it. The others are not
    /// tried, and the error says so. It counts for sockets of TCP that this library makes, also for
    /// those to a proxy, and not for [`unix_socket`](Self::unix_socket) and [`dial`](Self::dial).
    ///
    /// [`connect`](Self::connect) fails with [`Error::Connect`](crate::Error::Connect) if the machine
    /// does not have the address, if the port is in use, or if the host has no address of this family.
    ///
    /// With a port other than 0, only one connection to each server can be open. After it, a system
    /// other than Linux may refuse the port for some minutes.
    ///
    /// ```
    /// use blocking_ws::{Client, Server};
    /// use std::net::Ipv4Addr;
    ///
    /// let server = Server::bind("127.0.0.1:0")?.spawn(|ws| {
    ///     ws.send(ws.peer_addr()?.ip().to_string())
    /// })?;
    /// let client = Client::new().local_addr((Ipv4Addr::LOCALHOST, 0));
    /// let mut ws = client.connect(server.url())?;
    /// assert_eq!(ws.recv()?.unwrap().as_text(), Some("127.0.0.1"));
    /// # Ok::<(), blocking_ws::Error>(())
    /// ```
    pub fn local_addr(mut self, address: impl Into<SocketAddr>) -> Self {
        self.route.local = Some(address.into());
        self
    }

    /// Connects by a function of the program: through a tunnel, with a resolver of its own, or over a
    /// stream in memory.
    ///
    /// The function is called for each [`connect`](Self::connect), for each redirect that is followed,
    /// and for each attempt of [`reconnecting`](Self::reconnecting). It gets the host and port of the URL,
    /// and returns any [`Duplex`] stream that leads there. Then all is as usual: TLS with a `wss://` URL,
    /// the opening handshake and the deadline. TLS begins also if the stream is encrypted already; for TLS
    /// of the program's own, give a `ws://` URL.
    ///
    /// The library cannot interrupt the function. So the function must wait no longer than
    /// [`Destination::remaining`]. Its error is [`Error::Connect`](crate::Error::Connect), and so is a
    /// panic. A timeout ([`TimedOut`](io::ErrorKind::TimedOut)) is
    /// [`Error::Deadline`](crate::Error::Deadline) if the time is up.
    ///
    /// Of `dial`, [`connect_to`](Self::connect_to), [`unix_socket`](Self::unix_socket),
    /// [`proxy`](Self::proxy) and [`proxy_from_env`](Self::proxy_from_env) the last call counts: each is
    /// another way to the server.
    ///
    /// ```
    /// use blocking_ws::{Client, Server};
    /// use std::net::TcpStream;
    ///
    /// let server = Server::bind("127.0.0.1:0")?.spawn(|ws| ws.send("hello"))?;
    /// let tunnel = server.local_addr()?;
    /// let client = Client::new().dial(move |to| {
    ///     println!("to {}:{}", to.host(), to.port());
    ///     match to.remaining()? {
    ///         Some(left) => TcpStream::connect_timeout(&tunnel, left),
    ///         None => TcpStream::connect(tunnel),
    ///     }
    /// });
    /// let mut ws = client.connect("ws://chat.example/")?;
    /// assert_eq!(ws.recv()?.unwrap().as_text(), Some("hello"));
    /// # Ok::<(), blocking_ws::Error>(())
    /// ```
    pub fn dial<S: Duplex + Send + 'static>(
        mut self,
        dial: impl Fn(&Destination) -> io::Result<S> + Send + Sync + 'static,
    ) -> Self {
        let dial = move |to: &Destination| dial(to).and_then(Stream::new);
        self.route.way = Way::Dial(Dialler::new(dial));
        self
    }

    /// Connects to the Unix socket at `path` instead of the URL's host and port.
    ///
    /// The URL, for example `ws://localhost/`, still gives the `Host` header, the path and the
    /// query. With `wss` the server's certificate must be for the URL's host. No name is resolved.
    /// On a system without Unix sockets, such as Windows, [`connect`](Self::connect) fails. See
    /// [`Server::bind_unix`](crate::Server::bind_unix) for an example.
    ///
    /// Of this method and the others that [`dial`](Self::dial) lists, the last call counts.
    pub fn unix_socket(mut self, path: impl Into<PathBuf>) -> Self {
        self.route.way = Way::Unix(path.into());
        self
    }

    /// Reaches every server through a proxy. `url` has one of these forms:
    ///
    /// * `http://[user:password@]host[:port]`: HTTP CONNECT (RFC 9110 §9.3.6), also for `ws://`;
    /// * `https://[user:password@]host[:port]`: the same over TLS with the proxy;
    /// * `socks5h://[user:password@]host[:port]`: SOCKS5 (RFC 1928, RFC 1929);
    /// * `socks5://[user:password@]host[:port]`: SOCKS5, but this machine and not the proxy
    ///   resolves the server's name.
    ///
    /// The default scheme is `http`. The default port is 80, 443 for `https`, and 1080 for SOCKS. Another
    /// URL makes [`connect`](Self::connect) fail, also `socks://`, which means SOCKS4 as for curl. For
    /// `wss://`, TLS with the server runs through the proxy. Only the proxy receives its user name and
    /// password, unencrypted unless it is an `https://` proxy.
    ///
    /// The certificate of an `https://` proxy must be for the proxy's name, and lead to a root that is
    /// trusted: the system's, or a [`root_certificate_pem`](Self::root_certificate_pem). The
    /// [`identity`](Self::identity), the pins and
    /// [`danger_accept_invalid_certs`](Self::danger_accept_invalid_certs) concern the server and not the
    /// proxy. Through such a proxy, a `ws://` connection is encrypted as far as the proxy only, so
    /// [`WebSocket::tls`](crate::WebSocket::tls) returns `None`.
    ///
    /// Of this method and the others that [`dial`](Self::dial) lists, the last call counts.
    ///
    /// ```no_run
    /// use blocking_ws::{Client, Error};
    ///
    /// let client = Client::new().proxy("http://ali:sesame@proxy.example:3128");
    /// match client.connect("wss://example.com/chat") {
    ///     Err(Error::Proxy(e)) if e.is_authentication() => println!("who are you? {e}"),
    ///     outcome => drop(outcome?),
    /// }
    /// # Ok::<(), Error>(())
    /// ```
    pub fn proxy(mut self, url: &str) -> Self {
        self.route.way = Way::Proxy(Proxy::parse(url));
        self
    }

    /// Takes the proxy from the environment, which is read again at every
    /// [`connect`](Self::connect) and redirect. By default it is not read. The values are as for
    /// [`proxy`](Self::proxy).
    ///
    /// * `https_proxy` or `HTTPS_PROXY`: the proxy for `wss://`.
    /// * `http_proxy`: the proxy for `ws://`. `HTTP_PROXY` is ignored, because a request's header
    ///   can set it in a CGI program.
    /// * `all_proxy` or `ALL_PROXY`: the proxy for both, if the variable above is missing.
    /// * `no_proxy` or `NO_PROXY`: a list of the servers that are reached without a proxy: `*` for
    ///   all, `example.com` for this name and all names below it, `127.0.0.1`, `10.0.0.0/8`. Each
    ///   but `*` may have a port.
    ///
    /// Of this method and the others that [`dial`](Self::dial) lists, the last call counts.
    pub fn proxy_from_env(mut self) -> Self {
        self.route.way = Way::Environment;
        self
    }
}
