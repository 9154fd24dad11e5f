//! The way from a [`TlsBackend`] to its library.

use super::super::engine::{Client, Server};
use super::super::terms::{Pins, Shown, Wants};
use super::identity::Identity;
use super::{native, rustls};
use crate::io::{ClientCertificates, TlsBackend};

impl TlsBackend {
    pub(in super::super) fn server(
        self,
        shown: &Shown<'_, Identity>,
        clients: Option<&ClientCertificates>,
    ) -> Server {
        match self {
            Self::Native => native::server(&shown.by(|identity| &identity.native)?, clients),
            Self::Rustls => rustls::server(&shown.by(|identity| &identity.rustls)?, clients),
        }
    }

    /// `pins` are compared after the handshake in any case. A library that can compares them before
    /// this side shows its identity.
    pub(in super::super) fn client(
        self,
        wants: &Wants<'_>,
        pins: &Pins,
        identity: Option<&Identity>,
    ) -> Client {
        match self {
            Self::Native => {
                let identity = identity.map(|identity| identity.native.as_ref()).transpose();
                native::client(wants, pins, identity.map_err(Clone::clone)?)
            }
            Self::Rustls => {
                let identity = identity.map(|identity| identity.rustls.as_ref()).transpose();
                rustls::client(wants, pins, identity.map_err(Clone::clone)?)
            }
        }
    }
}
