//! A [`Client`] as the options describe it.

use std::env;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use blocking_ws::{Client, Deflate, Identity, TlsBackend};

use super::dial::dial;
use super::observed::Observed;
use crate::exit::Failure;
use crate::options::{Args, ClientArgs, Compress};

/// How many redirects `-L` follows.
const REDIRECTS: usize = 10;

/// Returns a client with all settings.
pub(crate) fn client(args: &Args, observed: &Observed) -> Result<Client, Failure> {
    let ClientArgs { headers, subprotocol, origin, auth, ping_interval, .. } = &args.client;
    let mut client = Client::new()
        // Also in a build into which another crate has brought native-tls.
        .tls_backend(TlsBackend::Rustls)
        .connect_timeout(args.client.timeout)
        .close_timeout(args.client.timeout)
        // The reader of the output may pause. Then this side reads no more, and so does the server.
        .write_timeout(None)
        .stall_timeout(None)
        .max_message_size(args.client.max_size)
        .redirects(if args.client.follow { REDIRECTS } else { 0 })
        .danger_accept_invalid_certs(args.tls.insecure);
    for (name, value) in headers {
        client = client.header(name, value);
    }
    if let Some(origin) = origin {
        client = client.header("Origin", origin);
    }
    if let Some(login) = auth {
        client = client.header("Authorization", &format!("Basic {}", STANDARD.encode(login)));
    }
    for name in subprotocol {
        client = client.subprotocol(name);
    }
    if let Some(how) = args.client.compress {
        client = client.deflate(deflate(how));
    }
    if let Some(interval) = *ping_interval {
        client = client.ping_interval(interval).pong_timeout(interval);
    }
    if let Some(path) = &args.tls.ca {
        client = client.root_certificate_pem(&read(path)?);
    }
    if let (Some(cert), Some(key)) = (&args.tls.cert, &args.tls.key) {
        client = client.identity(Identity::from_pem_files(cert, key).map_err(Failure::usage)?);
    }
    Ok(observed.client(way(client, &args.client, observed)))
}

/// Compression as both sides of the command offer it.
pub(crate) fn deflate(how: Compress) -> Deflate {
    let takeover = how == Compress::Takeover;
    Deflate::new().send_takeover(takeover).recv_takeover(takeover)
}

/// The way to the server.
fn way(client: Client, args: &ClientArgs, observed: &Observed) -> Client {
    let whole = |name| {
        if let Some(times) = &observed.times {
            times.whole_way(name);
        }
    };
    if let Some(path) = &args.unix {
        whole("Unix socket and TLS");
        client.unix_socket(path)
    } else if let Some(place) = &args.connect_to {
        whole("DNS, TCP and TLS");
        client.connect_to(place)
    } else if let Some(url) = &args.proxy {
        whole("DNS, TCP, proxy and TLS");
        client.proxy(url)
    } else if !args.no_proxy && environment_has_a_proxy() {
        whole("DNS, TCP, proxy if any, and TLS");
        client.proxy_from_env()
    } else if let Some(times) = &observed.times {
        let times = Arc::clone(times);
        client.dial(move |to| dial(to, &times))
    } else {
        client
    }
}

/// Returns `true` if a variable names a proxy. Whether it is used also depends on the URL and on
/// `no_proxy`.
fn environment_has_a_proxy() -> bool {
    ["https_proxy", "HTTPS_PROXY", "http_proxy", "all_proxy", "ALL_PROXY"]
        .iter()
        .any(|name| env::var_os(name).is_some_and(|value| !value.is_empty()))
}

fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    fs::read(path).map_err(|e| Failure::file(path, e))
}
