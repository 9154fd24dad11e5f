//! What another origin sees of a client, after a redirect (RFC 9110 §15.4).

use blocking_ws::http::StatusCode;
use blocking_ws::{
    Client, ClientCertificates, Error, Identity, Refusal, Server, ServerHandle, TlsAcceptor,
    TlsBackend,
};
use test_support::certificates::Certificates;
use test_support::within;

use super::backends::backends;
use super::own_configuration::connector;

/// Sends everybody elsewhere.
fn leads_to(own: TlsAcceptor, location: &str) -> ServerHandle {
    let location = location.to_owned();
    let server = Server::bind("127.0.0.1:0").unwrap().tls_acceptor(own).on_upgrade(move |_| {
        let refusal = Refusal::new(StatusCode::TEMPORARY_REDIRECT, "");
        Err(refusal.header("location".parse().unwrap(), location.parse().unwrap()))
    });
    server.spawn(|_| Ok(())).unwrap()
}

/// A server by `rustls` sees whether it is shown the identity.
#[test]
fn another_origin_does_not_see_the_identity_of_a_configuration() {
    within(|| {
        let made = Certificates::new("127.0.0.1", |_| {});
        let identity = Identity::from_pem(made.chain.as_bytes(), made.key.as_bytes()).unwrap();
        for backend in backends() {
            let asks = TlsAcceptor::with_backend(TlsBackend::Rustls, &identity).unwrap();
            let asks = asks.client_certificates(ClientCertificates::optional(made.root.as_bytes()));
            let asks = asks.unwrap();
            let server = Server::bind("127.0.0.1:0").unwrap().tls_acceptor(asks.clone());
            let server = server.on_upgrade(|opening| {
                match opening.tls().unwrap().peer_certificates().len() {
                    0 => Ok(()),
                    _ => Err(Refusal::new(StatusCode::IM_A_TEAPOT, "an identity\n")),
                }
            });
            let last = server.spawn(|ws| ws.send("anonymous")).unwrap();
            let first = leads_to(asks, last.url());
            let client = Client::new().redirects(1);
            let client = client.tls_connector(connector(backend, &made.root, &made));
            let status = |outcome| match outcome {
                Err(Error::Refused(response)) => response.status().as_u16(),
                outcome => panic!("{backend}: {outcome:?}"),
            };
            assert_eq!(status(client.connect(last.url())), 418, "{backend}: shown to its own");
            // A connector of `native-tls` does not tell whether it has an identity.
            if backend == TlsBackend::Native {
                let e = client.connect(first.url()).unwrap_err();
                assert!(e.to_string().contains("may have an identity"), "{e}");
                assert_eq!(status(Err(e)), 307);
            } else {
                let mut ws = client.connect(first.url()).unwrap();
                assert_eq!(ws.recv().unwrap(), Some("anonymous".into()));
            }
        }
    });
}
