//! The way through a proxy: a socket to it that leads on to the server.

use std::io::{self, ErrorKind, Read};

use http::header::HeaderMap;

use super::deadline::{Deadline, Timed};
use super::dial;
use super::head::{CHUNK, last_words, read_head, write};
use super::socket::Socket;
use super::upgrade::{BODY, start_of_body};
use crate::error::{Error, Result};
use crate::logging;
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
            let addresses = dial::resolve(&url.host, url.port, deadline)?;
            let mut last = Error::Connect(dial::no_address(&url.host));
            let left = (1..=addresses.len()).rev();
            for (address, left) in addresses.into_iter().zip(left) {
                match ask_socks(proxy, Address::Ip(address.ip()), url.port, deadline, left) {
                    // Another address may answer.
                    Err(e @ (Error::Proxy(ProxyError::Reply(_)) | Error::Lost(_))) => {
                        logging::debug!("{address} through a proxy: {e}");
                        last = e;
                    }
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
    dial::tcp(host, *port, deadline).map_err(|e| match e {
        Error::Connect(e) => Error::Connect(named(e)),
        e => e,
    })
}

/// RFC 9110 §9.3.6.
fn http(stream: &mut Timed<'_, Socket>, proxy: &Proxy, url: &Url, limits: &Limits) -> Result<()> {
    let asked = say(stream, &connect::write(url, proxy.credentials.as_ref()));
    match (http_answer(stream, proxy, limits), asked) {
        (Err(refused @ Error::Proxy(ProxyError::Refused(_))), Err(_)) => Err(refused),
        // It cannot have opened a way that it was not asked for.
        (_, Err(e)) => Err(e),
        (answer, Ok(())) => answer,
    }
}

fn http_answer(stream: &mut Timed<'_, Socket>, proxy: &Proxy, limits: &Limits) -> Result<()> {
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
fn socks(stream: &mut Timed<'_, Socket>, (mut socks, greeting): (Socks, Vec<u8>)) -> Result<()> {
    let mut said = say(stream, &greeting);
    let mut chunk = [0; CHUNK];
    loop {
        let n = match (stream.read(&mut chunk), said) {
            (Ok(0) | Err(_), Err(e)) => return Err(e),
            (Err(e), Ok(())) => return Err(Error::Lost(e)),
            (Ok(0), Ok(())) => {
                let ended = "it hung up before its answer was there";
                return Err(Error::Lost(io::Error::new(ErrorKind::UnexpectedEof, ended)));
            }
            (Ok(n), before) => {
                said = before;
                n
            }
        };
        match socks.push(&chunk[..n])? {
            Step::Read => {}
            Step::Send(bytes) => said = said.and_then(|()| say(stream, &bytes)),
            Step::Open => return said,
        }
    }
}

/// Writes to a proxy; where it does not take that, its last words are read.
fn say(stream: &mut Timed<'_, Socket>, bytes: &[u8]) -> Result<()> {
    let said = write(stream, bytes);
    if said.is_err() {
        last_words(stream);
    }
    said
}

/// Tells a failure at the proxy from the same at the server.
fn at_the_proxy(error: Error) -> Error {
    match error {
        Error::Handshake(broken) => ProxyError::Head(broken).into(),
        Error::Lost(e) => Error::Lost(io::Error::new(e.kind(), format!("at the proxy: {e}"))),
        e => e,
    }
}
