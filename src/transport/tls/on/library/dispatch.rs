//! The way from a [`TlsBackend`] to its library.

use super::super::engine::{Client, ClientSettings, Server};
use super::backend::TlsBackend;
use super::identity::Identity;
use super::{native, rustls};

impl TlsBackend {
    pub(in super::super) fn server(self, identity: &Identity) -> Server {
        match self {
            Self::Native => native::server(identity.native.as_ref().map_err(Clone::clone)?),
            Self::Rustls => rustls::server(identity.rustls.as_ref().map_err(Clone::clone)?),
        }
    }

    pub(in super::super) fn client(self, settings: &ClientSettings<'_, Identity>) -> Client {
        match self {
            Self::Native => {
                let identity = settings.identity.map(|identity| identity.native.as_ref());
                native::client(&settings.with(identity.transpose().map_err(Clone::clone)?))
            }
            Self::Rustls => {
                let identity = settings.identity.map(|identity| identity.rustls.as_ref());
                rustls::client(&settings.with(identity.transpose().map_err(Clone::clone)?))
            }
        }
    }
}
