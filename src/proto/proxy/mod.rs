//! Which proxy leads to a server, and how it is asked.
//!
//! `proxy` reads a proxy's URL, `environment` chooses one by the environment's variables.
//! `http_connect` (RFC 9110 §9.3.6) and `socks5` (RFC 1928, RFC 1929) are the two ways to ask, and
//! `proxy_error` is what can go wrong. Nothing may come behind a proxy's answer, because the next
//! word is this side's.

mod environment;
pub(crate) use environment::proxy_from_environment;

mod http_connect;
pub(crate) use http_connect::{ConnectAnswer, judge_connect, write_connect};

mod proxy;
pub(crate) use proxy::{Proxy, Scheme};

mod proxy_error;
pub use proxy_error::ProxyError;
pub(crate) use proxy_error::{EARLY, NOT_ALLOWED};

mod socks5;
pub(crate) use socks5::{Socks, SocksAddress, SocksStep};
