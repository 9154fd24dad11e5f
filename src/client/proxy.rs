//! Connecting through a proxy: the result is a stream that leads on to the server.

use std::io::{self, ErrorKind, Read};
use std::net::SocketAddr;

use http::header::HeaderMap;

use super::dial;
use super::fates::{all, no_address};
use super::terms::Terms;
use crate::error::{Error, Result};
use crate::handshake::{BODY, CHUNK, last_words, read_head, start_of_body, write_out};
use crate::io::{Timed, is_timeout};
use crate::process::debug;
use crate::proto::http::{Split, keep_refusal};
use crate::proto::proxy::{
    ConnectAnswer, EARLY, NOT_ALLOWED, Proxy, ProxyError, Scheme, Socks, SocksAddress, SocksStep,
    judge_connect, write_connect,
};
use crate::proto::rules::Limits;
use crate::proto::url::Url;
use crate::proto::{handshake, url};
use crate::transport::Stream;

/// Connects to a URL's server. The next byte that the stream reads or writes belongs to the server.
pub(super) fn reach(proxy: &Proxy, url: &Url, terms: &Terms<'_>) -> Result<Stream> {
    match proxy.scheme {
        Scheme::Http | Scheme::Https => {
            let mut stream = dial(proxy, terms)?;
            let mut timed = Timed { stream: &mut stream, deadline: terms.deadline };
            http(&mut timed, proxy, url, terms.limits).map_err(at_the_proxy)?;
            Ok(stream.tunnel())
        }
        Scheme::Socks5h => ask_socks(proxy, SocksAddress::parse(&url.host), url.port, terms, 1),
        Scheme::Socks5 => {
            let addresses = dial::resolve(&url.host, url.port, terms.deadline)?;
            first(proxy, &url.host, addresses, terms)
        }
    }
}

/// Asks the proxy for one address after the other until it has connected to one.
fn first(
    proxy: &Proxy,
    host: &str,
    addresses: Vec<SocketAddr>,
    terms: &Terms<'_>,
) -> Result<Stream> {
    let mut tried = Vec::new();
    let left = (1..=addresses.len()).rev();
    for (address, left) in addresses.into_iter().zip(left) {
        match ask_socks(proxy, SocksAddress::Ip(address.ip()), address.port(), terms, left) {
            // Another address may answer.
            Err(e @ (Error::Proxy(ProxyError::Reply(_)) | Error::Lost(_))) => {
                debug!("#{} {address} through a proxy: {e}", terms.id);
                tried.push((address, Some(e)));
            }
            // The proxy answered for the address before.
            Err(e @ Error::Connect(_)) if !tried.is_empty() => tried.push((address, Some(e))),
            Err(Error::Deadline(_)) if !tried.is_empty() => tried.push((address, None)),
            done => return done,
        }
    }
    Err(none(proxy, host, tried))
}

/// The error for a host of which the proxy reached no address. If the proxy forbids all of them,
/// its reply is the error, and that is final.
fn none(proxy: &Proxy, host: &str, mut tried: Vec<(SocketAddr, Option<Error>)>) -> Error {
    let is_forbidden = |outcome: &Option<Error>| {
        matches!(outcome, Some(Error::Proxy(ProxyError::Reply(NOT_ALLOWED))))
    };
    if tried.len() < 2 || tried.iter().all(|(_, outcome)| is_forbidden(outcome)) {
        let last = tried.pop().and_then(|(_, outcome)| outcome);
        return last.unwrap_or_else(|| Error::Connect(no_address(host)));
    }
    let tried: Vec<_> = tried.into_iter().map(|(at, outcome)| (at, outcome.map(plain))).collect();
    Error::Connect(named(proxy, &all(&tried)))
}

/// Strips the words that introduce an error, because they are the same for all addresses.
fn plain(error: Error) -> io::Error {
    match error {
        Error::Lost(e) if is_timeout(&e) => {
            io::Error::new(ErrorKind::TimedOut, "it did not answer in time")
        }
        Error::Lost(e) | Error::Connect(e) => e,
        Error::Proxy(refused) => io::Error::new(ErrorKind::ConnectionRefused, refused.to_string()),
        e => io::Error::other(e.to_string()),
    }
}

/// Connects to the proxy itself, with TLS if its URL says so.
fn dial(proxy: &Proxy, terms: &Terms<'_>) -> Result<Stream> {
    let dialled = dial::tcp(&proxy.host, proxy.port, terms).map(Stream::plain);
    let dialled = match proxy.scheme {
        Scheme::Https => dialled.and_then(|stream| encrypt(proxy, stream, terms)),
        Scheme::Http | Scheme::Socks5 | Scheme::Socks5h => dialled,
    };
    dialled.map_err(|e| match e {
        Error::Connect(e) => Error::Connect(named(proxy, &e)),
        Error::Tls(e) => Error::Tls(named(proxy, &e)),
        e => e,
    })
}

fn encrypt(proxy: &Proxy, stream: Stream, terms: &Terms<'_>) -> Result<Stream> {
    let tls = terms.tls.for_proxy().map_err(Error::Tls)?;
    let stream = stream.connect_tls(terms.id, tls, &proxy.host, terms.deadline)?;
    if let Some(tls) = stream.tls() {
        debug!("#{} the proxy {}: {tls}", terms.id, proxy.host);
    }
    Ok(stream)
}

fn named(Proxy { host, port, .. }: &Proxy, e: &io::Error) -> io::Error {
    io::Error::new(e.kind(), format!("the proxy {host}:{port}: {e}"))
}

/// Asks an HTTP proxy for a tunnel (RFC 9110 §9.3.6).
fn http(stream: &mut Timed<'_, Stream>, proxy: &Proxy, url: &Url, limits: &Limits) -> Result<()> {
    let asked = say(stream, &write_connect(url, proxy.credentials.as_ref()));
    match (http_answer(stream, proxy, limits), asked) {
        (Err(refused @ Error::Proxy(ProxyError::Refused(_))), Err(_)) => Err(refused),
        // The whole request did not reach the proxy, so it cannot have opened a tunnel.
        (_, Err(e)) => Err(e),
        (answer, Ok(())) => answer,
    }
}

fn http_answer(stream: &mut Timed<'_, Stream>, proxy: &Proxy, limits: &Limits) -> Result<()> {
    let mut already_read = Vec::new();
    loop {
        let Split { head, behind } = read_head(stream, limits, already_read)?;
        let response = handshake::parse_response(&head, limits)?;
        match judge_connect(&response) {
            ConnectAnswer::Open if behind.is_empty() => return Ok(()),
            ConnectAnswer::Open => return Err(Error::Proxy(EARLY)),
            ConnectAnswer::Interim => already_read = behind,
            ConnectAnswer::Refused => {
                stream.hurry(BODY);
                let body = start_of_body(stream, &response, behind);
                let secrets = url::secrets(&HeaderMap::new(), proxy.credentials.as_ref());
                return Err(ProxyError::Refused(keep_refusal(response, body, &secrets)).into());
            }
        }
    }
}

/// The proxy has one of `parts` equal shares of the time for its answer. Connecting to the proxy
/// has all of the time: if that fails, no other address helps.
fn ask_socks(
    proxy: &Proxy,
    address: SocksAddress<'_>,
    port: u16,
    terms: &Terms<'_>,
    parts: usize,
) -> Result<Stream> {
    let begun = Socks::begin(address, port, proxy.credentials.as_ref())?;
    let mut stream = dial(proxy, terms)?;
    let mut timed = Timed { stream: &mut stream, deadline: terms.deadline.share(parts) };
    socks(&mut timed, begun).map_err(at_the_proxy)?;
    Ok(stream)
}

/// Negotiates with a SOCKS5 proxy (RFC 1928).
fn socks(stream: &mut Timed<'_, Stream>, (mut socks, greeting): (Socks, Vec<u8>)) -> Result<()> {
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
            SocksStep::Read => {}
            SocksStep::Send(bytes) => said = said.and_then(|()| say(stream, &bytes)),
            SocksStep::Open => return said,
        }
    }
}

/// Writes to a proxy. If the write fails, gives the proxy a moment in which its answer is read.
fn say(stream: &mut Timed<'_, Stream>, bytes: &[u8]) -> Result<()> {
    let said = write_out(stream, bytes);
    if said.is_err() {
        last_words(stream);
    }
    said
}

/// Makes an error of the handshake say that it happened at the proxy and not at the server.
fn at_the_proxy(error: Error) -> Error {
    match error {
        Error::Handshake(broken) => ProxyError::Head(broken).into(),
        Error::Lost(e) => Error::Lost(io::Error::new(e.kind(), format!("at the proxy: {e}"))),
        e => e,
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;
    use std::net::TcpListener;
    use std::thread;
    use std::time::Duration;

    use super::*;
    use crate::io::Deadline;

    /// A SOCKS5 proxy that sends one reply to each client in turn. For `None` it hangs up instead.
    fn replies(replies: &[Option<u8>]) -> Proxy {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let proxy = Proxy::parse(&format!("socks5://{}", listener.local_addr().unwrap())).unwrap();
        let replies = replies.to_vec();
        thread::spawn(move || {
            for reply in replies {
                let (mut client, _) = listener.accept().unwrap();
                client.read_exact(&mut [0; 3]).unwrap();
                client.write_all(b"\x05\0").unwrap();
                client.read_exact(&mut [0; 10]).unwrap();
                let Some(reply) = reply else { continue };
                client.write_all(&[5, reply, 0, 1, 0, 0, 0, 0, 0, 0]).unwrap();
            }
        });
        proxy
    }

    #[test]
    fn every_address_is_named_and_what_became_of_it() {
        let deadline = Deadline::after(Some(Duration::from_secs(60)));
        let refused = "it refused: the server refused the connection (SOCKS5 reply 5, RFC 1928 6)";
        let unreachable = "it refused: the host is unreachable (SOCKS5 reply 4, RFC 1928 6)";
        let forbidden =
            "it refused: its rules do not allow the connection (SOCKS5 reply 2, RFC 1928 6)";
        let hung_up = "at the proxy: it hung up before its answer was there";
        for (rule, told, want) in [
            ("one", &[Some(5)][..], Err(vec![])),
            ("the second one answers", &[Some(5), Some(0)], Ok(())),
            ("the first one answers", &[Some(0), Some(5)], Ok(())),
            ("two", &[Some(5), Some(4)], Err(vec![refused, unreachable])),
            ("the same twice", &[Some(5), Some(5)], Err(vec![refused, refused])),
            ("a loss", &[None, Some(5)], Err(vec![hung_up, refused])),
            ("some are allowed", &[Some(2), Some(5)], Err(vec![forbidden, refused])),
            ("none is allowed", &[Some(2), Some(2)], Err(vec![])),
        ] {
            let proxy = replies(told);
            let addresses = (1..=told.len()).map(|at| format!("192.0.2.{at}:81").parse().unwrap());
            let addresses: Vec<SocketAddr> = addresses.collect();
            let Err(error) = first(&proxy, "h", addresses.clone(), &Terms::of(1, deadline)) else {
                assert!(want.is_ok(), "{rule}");
                continue;
            };
            let want = want.expect_err(rule);
            if want.is_empty() {
                let reply = told[0].unwrap();
                let right = matches!(&error, Error::Proxy(ProxyError::Reply(it)) if *it == reply);
                assert!(right, "{rule}: {error}");
                continue;
            }
            let each = addresses.iter().zip(want).map(|(at, what)| format!("{at}: {what}"));
            let text = each.collect::<Vec<_>>().join("; ");
            let text = format!("cannot connect: the proxy 127.0.0.1:{}: {text}", proxy.port);
            assert_eq!(error.to_string(), text, "{rule}");
            assert!(matches!(error, Error::Connect(_)), "{rule}: {error:?}");
        }
        let silent = TcpListener::bind("127.0.0.1:0").unwrap();
        let proxy = format!("socks5://{}", silent.local_addr().unwrap());
        let addresses = ["192.0.2.1:81", "192.0.2.2:81"].map(|at| at.parse().unwrap());
        let soon = Deadline::after(Some(Duration::from_millis(200)));
        let outcome =
            first(&Proxy::parse(&proxy).unwrap(), "h", addresses.into(), &Terms::of(1, soon));
        let error = outcome.map(drop).unwrap_err().to_string();
        assert!(
            error.contains("192.0.2.1:81: it did not answer in time; 192.0.2.2:81: "),
            "{error}"
        );
        let error =
            first(&replies(&[]), "h", Vec::new(), &Terms::of(1, deadline)).map(drop).unwrap_err();
        assert_eq!(error.to_string(), "cannot connect: h has no address");
    }
}
