//! Configurations of native-tls that the program has made.

use blocking_ws::testing::{MockServer, Pipe};
use blocking_ws::{Client, TlsConnector, unversioned};

use super::authorities::good;
use super::identity;
use crate::produced::{Produced, failed};

fn connector() -> TlsConnector {
    unversioned::native_tls::connector(native_tls::TlsConnector::new().unwrap())
}

pub(super) fn own() -> Vec<Produced> {
    let made = good();
    let native = native_tls::Identity::from_pkcs8(made.chain.as_bytes(), made.key.as_bytes());
    let native = native_tls::TlsAcceptor::new(native.unwrap()).unwrap();
    let acceptor = unversioned::native_tls::acceptor(native);
    let clients = blocking_ws::ClientCertificates::required(made.root.as_bytes());

    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let proxy = format!("https://{}", listener.local_addr().unwrap());
    let by_proxy = Client::new().tls_connector(connector()).proxy(&proxy);

    let mock = MockServer::new().unwrap().within(std::time::Duration::from_secs(100));
    let mock = mock
        .answer("HTTP/1.1 302 Found\r\nLocation: ws://other.example/\r\nContent-Length: 0\r\n\r\n");
    let redirected = Client::new().tls_connector(connector()).redirects(1);
    let all = vec![
        failed(acceptor.set_identity(&identity(&made))),
        failed(acceptor.client_certificates(clients)),
        failed(connector().system_roots(false).connect("localhost", Pipe::new(1).0)),
        failed(by_proxy.connect("ws://h/")),
        failed(redirected.connect(&mock.url())),
    ];
    mock.leave();
    all
}
