//! proto/url

mod authority;
mod credentials;
mod redirect;
mod target;
mod url;
mod url_error;

pub(crate) use authority::{Authority, parse_port, resolvable};
pub(crate) use credentials::{Credentials, SECRET_HEADERS, secrets};
pub(crate) use redirect::Hop;
pub(crate) use url::Url;
pub use url_error::UrlError;
