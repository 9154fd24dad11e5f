//! Where a WebSocket URL leads (RFC 6455 §3), and what may be shown there.
//!
//! Credentials are split off when a URL is parsed, so nothing that prints a URL can show them. So
//! is the zone of an address, which only this machine's resolver is told (`authority`). `idn`
//! has names that are not ASCII. `target` percent-encodes what may not be sent. `fault` says what is wrong with a URL. `redirect` goes
//! from one place to the next, and keeps secrets from any other origin.

mod authority;
pub(crate) use authority::{Authority, in_ascii, parse_port};

mod credentials;
pub(crate) use credentials::{Credentials, SECRET_HEADERS, secrets};

mod fault;

mod idn;

mod redirect;
pub(crate) use redirect::Hop;

mod target;

mod url;
pub(crate) use url::Url;

mod url_error;
pub use url_error::UrlError;
