//! A [`Server`] as the options describe it.

use std::fs;

use blocking_ws::{ClientCertificates, Identity, Server, TlsAcceptor, TlsBackend};

use crate::connect::{Observed, deflate};
use crate::exit::Failure;
use crate::options::{Args, Bind};

/// Binds the address, and returns a server with all settings, and its name.
pub(super) fn server(
    args: &Args,
    address: &Bind,
    observed: &Observed,
) -> Result<(Server, String), Failure> {
    let bound = match address {
        Bind::Tcp(address) => Server::bind(address),
        Bind::Unix(path) => Server::bind_unix(path),
    };
    let server = settings(bound.map_err(Failure::usage)?, args);
    let server = observed.server(tls(server, args)?);
    let name = match address {
        Bind::Tcp(_) => server.url().to_owned(),
        Bind::Unix(path) => format!("unix:{}", path.display()),
    };
    Ok((server, name))
}

fn settings(server: Server, args: &Args) -> Server {
    let mut server = server
        .handshake_timeout(args.client.timeout)
        .close_timeout(args.client.timeout)
        .max_message_size(args.client.max_size);
    for name in &args.client.subprotocol {
        server = server.subprotocol(name);
    }
    server = match args.client.origin.as_deref() {
        None => server,
        Some("*") => server.any_origin(),
        Some(origin) => server.origin(origin),
    };
    if let Some(login) = args.client.auth.clone() {
        server = server.on_upgrade(move |opening| {
            let given = opening.basic()?;
            let (user, password) = login.split_once(':').unwrap_or((&login, ""));
            if given.is(user, password) { Ok(()) } else { Err(given.refusal()) }
        });
    }
    if let Some(how) = args.client.compress {
        server = server.deflate(deflate(how));
    }
    if let Some(interval) = args.client.ping_interval {
        server = server.ping_interval(interval).pong_timeout(interval);
    }
    server
}

/// With a certificate it is `wss://`, and with `--ca` clients must show one as well.
fn tls(server: Server, args: &Args) -> Result<Server, Failure> {
    let (Some(cert), Some(key)) = (&args.tls.cert, &args.tls.key) else {
        return match &args.tls.ca {
            None => Ok(server),
            Some(_) => Err(Failure::usage("--ca with --listen needs --cert and --key as well")),
        };
    };
    let identity = Identity::from_pem_files(cert, key).map_err(Failure::usage)?;
    let mut acceptor =
        TlsAcceptor::with_backend(TlsBackend::Rustls, &identity).map_err(Failure::usage)?;
    if let Some(path) = &args.tls.ca {
        let roots = fs::read(path).map_err(|e| Failure::file(path, e))?;
        let clients = ClientCertificates::required(&roots);
        acceptor = acceptor.client_certificates(clients).map_err(Failure::usage)?;
    }
    Ok(server.tls_acceptor(acceptor))
}
