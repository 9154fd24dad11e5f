//! TLS, with each library that is compiled in.

mod authorities;
mod identities;
#[cfg(feature = "tls")]
mod native;
#[cfg(feature = "rustls")]
mod rustls;
mod servers;

use std::thread;

use blocking_ws::testing::Pipe;
use blocking_ws::{Client, Identity, TlsAcceptor, TlsBackend};
use test_support::certificates::Certificates;

use super::Scenario;
use crate::produced::Produced;

pub(super) const SCENARIOS: &[Scenario] = &[
    ("certificates and keys in files", identities::files),
    ("certificates and keys in PEM", identities::pem),
    ("certificates and keys that do not belong together", identities::mismatches),
    ("settings of TLS", identities::settings),
    ("identities of a server", identities::of_a_server),
    ("pins", servers::pins),
    ("certificates of a server", servers::certificates),
    ("versions of TLS", servers::versions),
    ("servers that speak no TLS", servers::no_tls),
    ("clients that speak no TLS", servers::no_tls_from_a_client),
    ("ends that leave in the handshake", servers::left),
    ("hosts that TLS cannot ask for", servers::hosts),
    ("proxies by TLS", servers::proxies),
    ("redirects that leave TLS", servers::redirects),
    #[cfg(feature = "tls")]
    ("configurations of native-tls", native::own),
    #[cfg(feature = "rustls")]
    ("certificates that rustls judges", rustls::certificates),
    #[cfg(feature = "rustls")]
    ("certificates of clients", rustls::of_clients),
    #[cfg(feature = "rustls")]
    ("protocols and cipher suites", rustls::protocols),
    #[cfg(feature = "rustls")]
    ("configurations of the program", rustls::own),
    #[cfg(feature = "rustls")]
    ("identities by name", rustls::by_name),
];

fn backends() -> Vec<TlsBackend> {
    let native = cfg!(feature = "tls").then_some(TlsBackend::Native);
    native.into_iter().chain(cfg!(feature = "rustls").then_some(TlsBackend::Rustls)).collect()
}

fn identity(made: &Certificates) -> Identity {
    Identity::from_pem(made.chain.as_bytes(), made.key.as_bytes()).unwrap()
}

fn acceptor(backend: TlsBackend, made: &Certificates) -> TlsAcceptor {
    TlsAcceptor::with_backend(backend, &identity(made)).unwrap()
}

/// A client that knows no other root than this. To read the system's roots takes longer than all else.
fn client(backend: TlsBackend, root: &str) -> Client {
    let client = Client::new().tls_backend(backend).system_roots(false);
    client.root_certificate_pem(root.as_bytes())
}

/// Why two ends come to no connection, as the client and the server say it. The server leaves after TLS.
fn meet(client: &Client, acceptor: TlsAcceptor) -> Vec<Produced> {
    let (near, far) = Pipe::new(64 << 10);
    let accepting = thread::spawn(move || acceptor.accept(far).err());
    let connected = client.connect_over("wss://localhost/", near).err();
    let accepted = accepting.join().unwrap();
    assert!(connected.is_some(), "this must fail");
    connected.into_iter().chain(accepted).map(Produced::from).collect()
}
