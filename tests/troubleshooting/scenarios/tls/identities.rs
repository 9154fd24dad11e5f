//! Certificates, keys and settings that cannot be used.

use std::fs;

use blocking_ws::{
    Client, ClientCertificates, Identity, Server, TlsAcceptor, TlsBackend, TlsConnector,
};
use test_support::folder::Folder;

use super::authorities::good;
use super::{acceptor, backends, client, identity};
use crate::produced::{Produced, failed};

/// An identity by every library that is compiled in. With two libraries, one that reads it is enough.
fn used(certificates: &str, key: &str) -> Vec<Produced> {
    match Identity::from_pem(certificates.as_bytes(), key.as_bytes()) {
        Err(error) => vec![error.into()],
        Ok(identity) => {
            let all = backends().into_iter();
            all.filter_map(|backend| TlsAcceptor::with_backend(backend, &identity).err())
                .map(Produced::from)
                .collect()
        }
    }
}

pub(super) fn files() -> Vec<Produced> {
    let folder = Folder::new();
    let made = good();
    fs::write(folder.file("good.pem"), made.chain).unwrap();
    let (good, missing) = (folder.file("good.pem"), folder.file("missing.pem"));
    vec![
        failed(Identity::from_pem_files(&missing, &good)),
        failed(Identity::from_pem_files(&good, &missing)),
    ]
}

fn framed(what: &str, inner: &str) -> String {
    format!("-----BEGIN {what}-----\n{inner}\n-----END {what}-----\n")
}

pub(super) fn pem() -> Vec<Produced> {
    let made = good();
    let cut = |pem: &str| pem.split("-----END").next().unwrap().to_owned();
    let swapped = made.chain.replace("-----BEGIN CERTIFICATE-----\n", "-----BEGIN CERTIFICATE");
    [
        (&made.chain, &String::new()),
        (&made.key, &made.key),
        (&made.chain, &framed("RSA PRIVATE KEY", "AAAA")),
        (&made.chain, &framed("EC PRIVATE KEY", "AAAA")),
        (&made.chain, &framed("ENCRYPTED PRIVATE KEY", "AAAA")),
        (&made.chain, &framed("PRIVATE KEY", "AAAA")),
        (&made.chain, &cut(&made.key)),
        (&made.chain, &framed("PRIVATE KEY", "?!")),
        (&swapped, &made.key),
        (&framed("CERTIFICATE", "?!"), &made.key),
        (&framed("CERTIFICATE", "MAAA"), &made.key),
        (&format!("{}{}", made.chain, framed("CERTIFICATE", "MAAA")), &made.key),
    ]
    .into_iter()
    .flat_map(|(certificates, key)| used(certificates, key))
    .collect()
}

pub(super) fn mismatches() -> Vec<Produced> {
    let (one, other) = (good(), good());
    let both = format!("{}{}", one.chain, other.chain);
    let mut all = [used(&one.chain, &other.key), used(&both, &other.key)].concat();
    all.push(failed(Identity::from_pkcs12(b"no archive", "sesame")));
    all
}

pub(super) fn settings() -> Vec<Produced> {
    let broken = framed("CERTIFICATE", "AAAA");
    let mut all = Vec::new();
    for backend in backends() {
        let connector = TlsConnector::new().backend(backend).system_roots(false);
        for roots in ["", "no PEM", &broken] {
            let connector = connector.clone().root_certificate_pem(roots.as_bytes());
            all.push(failed(connector.connect("localhost", blocking_ws::testing::Pipe::new(1).0)));
        }
        all.push(failed(connector.connect("localhost", blocking_ws::testing::Pipe::new(1).0)));
    }
    let other = if cfg!(feature = "tls") { TlsBackend::Rustls } else { TlsBackend::Native };
    if !backends().contains(&other) {
        let over = blocking_ws::testing::Pipe::new(1).0;
        all.push(failed(Client::new().tls_backend(other).connect_over("wss://localhost/", over)));
    }
    all
}

pub(super) fn of_a_server() -> Vec<Produced> {
    let made = good();
    let plain = Server::bind("127.0.0.1:0").unwrap().spawn(|ws| ws.recv().map(drop)).unwrap();
    let mut all = vec![failed(plain.set_identity(&identity(&made)))];
    if cfg!(feature = "tls") {
        let native = || acceptor(TlsBackend::Native, &made);
        let clients = ClientCertificates::required(made.root.as_bytes());
        all.push(failed(native().client_certificates(clients)));
        all.push(failed(native().identity_for("localhost", &identity(&made))));
    }
    for backend in backends() {
        let name = acceptor(backend, &made).identity_for("127.0.0.1", &identity(&made));
        all.push(failed(name));
        drop(client(backend, &made.root));
    }
    all
}
