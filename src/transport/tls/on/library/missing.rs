//! A library that is not compiled in.

use std::convert::Infallible;

use super::super::engine::{Client, ClientSettings, Server};

/// There is none.
#[derive(Clone)]
pub(crate) struct Identity(Infallible);

const MISSING: &str = "this TLS library is not compiled in; enable the feature `tls` for native-tls, \
                       or `rustls`";

impl Identity {
    pub(crate) fn from_pem(_: &[u8], _: &[u8]) -> Result<Self, String> {
        Err(MISSING.to_owned())
    }

    pub(crate) fn from_pkcs12(_: &[u8], _: &str) -> Result<Self, String> {
        Err(MISSING.to_owned())
    }
}

pub(crate) fn server(identity: &Identity) -> Server {
    match identity.0 {}
}

pub(crate) fn client(_: &ClientSettings<'_, Identity>) -> Client {
    Err(MISSING.to_owned())
}
