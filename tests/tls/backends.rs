//! The libraries that are compiled in.

use blocking_ws::TlsBackend;

pub(crate) fn backends() -> impl Iterator<Item = TlsBackend> {
    let native = cfg!(feature = "tls").then_some(TlsBackend::Native);
    native.into_iter().chain(cfg!(feature = "rustls").then_some(TlsBackend::Rustls))
}

/// Each library as a client with each as a server.
pub(crate) fn pairs() -> impl Iterator<Item = (TlsBackend, TlsBackend)> {
    backends().flat_map(|client| backends().map(move |server| (client, server)))
}
