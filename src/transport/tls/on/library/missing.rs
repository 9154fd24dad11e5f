//! A library that is not compiled in.

use std::convert::Infallible;

use super::super::engine::{Client, Server};
use super::super::terms::{Pins, Shown, Wants};
use crate::io::ClientCertificates;

/// There is none.
#[derive(Clone)]
pub(crate) struct Identity(Infallible);

/// One of the two is there, otherwise there would be no TLS.
const MISSING: &str = if cfg!(feature = "tls") {
    "rustls is not compiled in; enable the feature `rustls`"
} else {
    "native-tls is not compiled in; enable the feature `tls`"
};

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

pub(crate) fn client(_: &Wants<'_>, _: &Pins, _: Option<&Identity>) -> Client {
    Err(MISSING.to_owned())
}
