//! proto/proxy

mod environment;
mod http_connect;
mod proxy;
mod proxy_error;
mod socks5;

pub(crate) use environment::proxy_from_environment;
pub(crate) use http_connect::{ConnectAnswer, judge_connect, write_connect};
pub(crate) use proxy::{Proxy, Scheme};
pub use proxy_error::ProxyError;
pub(crate) use proxy_error::{EARLY, NOT_ALLOWED};
pub(crate) use socks5::{Socks, SocksAddress, SocksStep};
