//! Asks a SOCKS5 proxy for a connection (RFC 1928), with a user name and password if the proxy
//! wants them (RFC 1929).
//!
//! ```text
//! greeting -> Method --> request -> Reply --> open
//!                   \--> login -> Login --> request -> Reply --> open
//! ```

// Only addresses, which are values: `core::net` has no sockets.
use core::net::IpAddr;

use super::proxy_error::{EARLY, ProxyError};
use crate::proto::url::{Credentials, UrlError};

const VERSION: u8 = 5;
/// Methods (§3).
const NO_AUTHENTICATION: u8 = 0;
const USER_AND_PASSWORD: u8 = 2;
/// The version of the user name and password negotiation (RFC 1929 §2).
const LOGIN_VERSION: u8 = 1;
/// The command (§4).
const CONNECT: u8 = 1;
/// Types of address (§5).
const V4: u8 = 1;
const NAME: u8 = 3;
const V6: u8 = 4;

/// The address that the proxy connects to (§5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SocksAddress<'a> {
    Ip(IpAddr),
    /// A name that the proxy resolves.
    Name(&'a str),
}

/// The state of a negotiation.
#[derive(Debug)]
pub(crate) struct Socks {
    expects: Expects,
    login: Option<Vec<u8>>,
    request: Vec<u8>,
    read: Vec<u8>,
}

/// The next message from the proxy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Expects {
    Method,
    Login,
    Reply,
}

/// What to do next.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum SocksStep {
    /// Read more.
    Read,
    /// Send this, then read more.
    Send(Vec<u8>),
    /// The connection is open. All further bytes are the server's.
    Open,
}

impl<'a> SocksAddress<'a> {
    pub(crate) fn parse(host: &'a str) -> Self {
        host.parse().map_or(Self::Name(host), Self::Ip)
    }
}

impl Socks {
    /// Begins a negotiation. The returned bytes must be sent first (§3).
    pub(crate) fn begin(
        address: SocksAddress<'_>,
        port: u16,
        credentials: Option<&Credentials>,
    ) -> Result<(Self, Vec<u8>), UrlError> {
        let request = request(address, port).ok_or(UrlError::HostLength)?;
        let login = match credentials {
            Some(credentials) => Some(login(credentials).ok_or(UrlError::Proxy)?),
            None => None,
        };
        let greeting = match login {
            Some(_) => vec![VERSION, 2, NO_AUTHENTICATION, USER_AND_PASSWORD],
            None => vec![VERSION, 1, NO_AUTHENTICATION],
        };
        Ok((Self { expects: Expects::Method, login, request, read: Vec::new() }, greeting))
    }

    /// Takes the bytes that were read. No bytes may follow a message of the proxy, because this
    /// side sends next.
    pub(crate) fn push(&mut self, read: &[u8]) -> Result<SocksStep, ProxyError> {
        self.read.extend_from_slice(read);
        let step = match self.expects {
            Expects::Method => self.method()?,
            Expects::Login => self.logged_in()?,
            Expects::Reply => return self.reply(),
        };
        if step != SocksStep::Read {
            if self.read.len() > 2 {
                return Err(EARLY);
            }
            self.read.clear();
        }
        Ok(step)
    }

    /// Reads the method that the proxy chose (§3).
    fn method(&mut self) -> Result<SocksStep, ProxyError> {
        let login = match self.read[..] {
            [] | [VERSION] => return Ok(SocksStep::Read),
            [VERSION, NO_AUTHENTICATION, ..] => None,
            [VERSION, USER_AND_PASSWORD, ..] if self.login.is_some() => self.login.take(),
            [VERSION, ..] => return Err(ProxyError::Authentication),
            _ => return Err(ProxyError::Malformed("it does not speak SOCKS5 (RFC 1928 3)")),
        };
        self.expects = if login.is_some() { Expects::Login } else { Expects::Reply };
        Ok(SocksStep::Send(login.unwrap_or_else(|| self.request.clone())))
    }

    /// Reads whether the proxy accepts the user name and password (RFC 1929 §2).
    fn logged_in(&mut self) -> Result<SocksStep, ProxyError> {
        match self.read[..] {
            [] | [LOGIN_VERSION] => return Ok(SocksStep::Read),
            [LOGIN_VERSION, 0, ..] => {}
            [LOGIN_VERSION, ..] => return Err(ProxyError::Credentials),
            _ => return Err(ProxyError::Malformed("its answer is not that of RFC 1929 2")),
        }
        self.expects = Expects::Reply;
        Ok(SocksStep::Send(self.request.clone()))
    }

    /// Reads whether the proxy has connected (§6). The proxy's own address, which follows, is not
    /// needed.
    fn reply(&self) -> Result<SocksStep, ProxyError> {
        let len = match self.read[..] {
            [] | [VERSION] | [VERSION, 0] | [VERSION, 0, _] | [VERSION, 0, _, NAME] => {
                return Ok(SocksStep::Read);
            }
            [VERSION, 0, _, V4, ..] => 4 + 4 + 2,
            [VERSION, 0, _, V6, ..] => 4 + 16 + 2,
            [VERSION, 0, _, NAME, len, ..] => 4 + 1 + usize::from(len) + 2,
            [VERSION, 0, ..] => {
                return Err(ProxyError::Malformed("its address has no type of RFC 1928 6"));
            }
            // The rest of a refusal may never arrive.
            [VERSION, reply, ..] => return Err(ProxyError::Reply(reply)),
            _ => return Err(ProxyError::Malformed("its reply is not SOCKS5 (RFC 1928 6)")),
        };
        match self.read.len() {
            there if there < len => Ok(SocksStep::Read),
            there if there == len => Ok(SocksStep::Open),
            _ => Err(EARLY),
        }
    }
}

/// Makes the request (§4). Returns `None` if a name has more than 255 bytes.
fn request(address: SocksAddress<'_>, port: u16) -> Option<Vec<u8>> {
    let mut bytes = vec![VERSION, CONNECT, 0];
    match address {
        SocksAddress::Ip(IpAddr::V4(address)) => {
            bytes.push(V4);
            bytes.extend_from_slice(&address.octets());
        }
        SocksAddress::Ip(IpAddr::V6(address)) => {
            bytes.push(V6);
            bytes.extend_from_slice(&address.octets());
        }
        SocksAddress::Name(name) => {
            bytes.push(NAME);
            push_counted(&mut bytes, name.as_bytes())?;
        }
    }
    bytes.extend_from_slice(&port.to_be_bytes());
    Some(bytes)
}

/// Makes the message with user name and password (RFC 1929 §2).
fn login(Credentials { user, password }: &Credentials) -> Option<Vec<u8>> {
    let mut bytes = vec![LOGIN_VERSION];
    push_counted(&mut bytes, user)?;
    push_counted(&mut bytes, password)?;
    Some(bytes)
}

fn push_counted(bytes: &mut Vec<u8>, part: &[u8]) -> Option<()> {
    bytes.push(u8::try_from(part.len()).ok()?);
    bytes.extend_from_slice(part);
    Some(())
}

#[cfg(test)]
mod tests;
