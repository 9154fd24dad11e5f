//! The way through a proxy: a socket to it that leads on to the server.

use std::io::{self, ErrorKind, Read, Write};

use http::header::HeaderMap;

use super::deadline::{Deadline, Timed};
use super::dial;
use super::head::{CHUNK, read_head, write};
use super::stream::Socket;
use super::upgrade::{BODY, start_of_body};
use crate::error::{Error, Result};
use crate::proto::connect::{self, Answer};
use crate::proto::head::Split;
use crate::proto::limits::Limits;
use crate::proto::proxy::{Proxy, Scheme};
use crate::proto::socks::{Address, Socks, Step};
use crate::proto::tunnel::{EARLY, ProxyError};
use crate::proto::url::Url;
use crate::proto::{credentials, refusal, request};

/// Reaches the server of a URL; the socket is its own from the next byte on.
pub(crate) fn reach(
    proxy: &Proxy,
    url: &Url,
    limits: &Limits,
    deadline: Deadline,
) -> Result<Socket> {
    match proxy.scheme {
        Scheme::Http => {
            let mut socket = dial(proxy, deadline)?;
            let mut timed = Timed { stream: &mut socket, deadline };
            http(&mut timed, proxy, url, limits).map_err(at_the_proxy)?;
            Ok(socket)
        }
        Scheme::Socks5h => ask_socks(proxy, Address::parse(&url.host), url.port, deadline, 1),
        Scheme::Socks5 => {
            let addresses = dial::resolve(&url.host, url.port, deadline).map_err(Error::Connect)?;
            let mut last = Error::Connect(dial::no_address(&url.host));
            let left = (1..=addresses.len()).rev();
            for (address, left) in addresses.into_iter().zip(left) {
                match ask_socks(proxy, Address::Ip(address.ip()), url.port, deadline, left) {
                    // Another address may answer.
                    Err(e @ (Error::Proxy(ProxyError::Reply(_)) | Error::Lost(_))) => last = e,
                    done => return done,
                }
            }
            Err(last)
        }
    }
}

fn dial(proxy: &Proxy, deadline: Deadline) -> Result<Socket> {
    let Proxy { host, port, .. } = proxy;
    let named = |e: io::Error| io::Error::new(e.kind(), format!("the proxy {host}:{port}: {e}"));
    dial::tcp(host, *port, deadline).map_err(|e| Error::Connect(named(e)))
}

/// RFC 9110 §9.3.6.
fn http(stream: &mut Timed<'_, Socket>, proxy: &Proxy, url: &Url, limits: &Limits) -> Result<()> {
    write(stream, &connect::write(url, proxy.credentials.as_ref()))?;
    let mut already_read = Vec::new();
    loop {
        let Split { head, behind } = read_head(stream, limits, already_read)?;
        let response = request::parse_response(&head, limits)?;
        match connect::judge(&response) {
            Answer::Open if behind.is_empty() => return Ok(()),
            Answer::Open => return Err(Error::Proxy(EARLY)),
            Answer::Interim => already_read = behind,
            Answer::Refused => {
                stream.hurry(BODY);
                let body = start_of_body(stream, &response, behind);
                let secrets = credentials::secrets(&HeaderMap::new(), proxy.credentials.as_ref());
                return Err(ProxyError::Refused(refusal::keep(response, body, &secrets)).into());
            }
        }
    }
}

/// The proxy has the first of `parts` of the time for its answer; it is reached at once or not at all.
fn ask_socks(
    proxy: &Proxy,
    address: Address<'_>,
    port: u16,
    deadline: Deadline,
    parts: usize,
) -> Result<Socket> {
    let begun = Socks::begin(address, port, proxy.credentials.as_ref())?;
    let mut socket = dial(proxy, deadline)?;
    let mut timed = Timed { stream: &mut socket, deadline: deadline.share(parts) };
    socks(&mut timed, begun).map_err(at_the_proxy)?;
    Ok(socket)
}

/// RFC 1928.
fn socks(stream: &mut (impl Read + Write), (mut socks, greeting): (Socks, Vec<u8>)) -> Result<()> {
    write(stream, &greeting)?;
    let mut chunk = [0; CHUNK];
    loop {
        let n = stream.read(&mut chunk).map_err(Error::Lost)?;
        if n == 0 {
            let ended = "it hung up before its answer was there";
            return Err(Error::Lost(io::Error::new(ErrorKind::UnexpectedEof, ended)));
        }
        match socks.push(&chunk[..n])? {
            Step::Read => {}
            Step::Send(bytes) => write(stream, &bytes)?,
            Step::Open => return Ok(()),
        }
    }
}

/// Tells a failure at the proxy from the same at the server.
fn at_the_proxy(error: Error) -> Error {
    match error {
        Error::Handshake(broken) => ProxyError::Head(broken).into(),
        Error::Lost(e) => Error::Lost(io::Error::new(e.kind(), format!("at the proxy: {e}"))),
        e => e,
    }
}
