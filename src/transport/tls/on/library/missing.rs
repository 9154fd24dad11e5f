//! A library that is not compiled in.

use std::convert::Infallible;

use super::super::engine::{Client, Server, Shown, Wants};
use crate::io::ClientCertificates;

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

pub(crate) fn server(shown: &Shown<'_, Identity>, _: Option<&ClientCertificates>) -> Server {
    match shown.identity.0 {}
}

pub(crate) fn client(_: &Wants<'_>, _: Option<&Identity>) -> Client {
    Err(MISSING.to_owned())
}
