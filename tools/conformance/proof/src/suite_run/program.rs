//! [`program`]: the new suite against a program of [`peers`](crate::peers).

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use blocking_ws::{Identity, Role, TlsAcceptor, TlsConnector};
use test_support::autobahn::{Certificates, Process};
use ws_conformance::{Report, Suite};

use crate::original::oracle::Way;
use crate::peers::PeerProgram;

/// The name of a client in the report.
const AGENT: &str = "program";
/// How long a program may take to start, and to end.
const LIMIT: Duration = Duration::from_secs(60);

/// Runs the new suite against a program. Logs of the program are in `folder`.
///
/// # Errors
/// The program does not start, or cannot be reached.
pub fn program(
    peer: &PeerProgram,
    way: Way,
    certificates: &Certificates,
    folder: &Path,
    suite: &Suite,
) -> Result<Report, String> {
    let tls = way.tls.then_some(certificates);
    let log = folder.join(format!("{}-{way}.log", peer.name));
    match way.role {
        Role::Server => {
            let suite = match tls {
                None => suite.clone(),
                Some(files) => suite.clone().tls(connector(files)?),
            };
            let mut server = Process::start(&peer.name, &mut peer.server(tls), log)?;
            let url = server.await_line("listening on ", Instant::now() + LIMIT)?;
            suite.server(&url).map_err(|e| e.to_string())
        }
        Role::Client => {
            let suite = match tls {
                None => suite.clone(),
                Some(files) => suite.clone().tls_acceptor(acceptor(files)?),
            };
            let listening = suite.listen("127.0.0.1:0").map_err(|e| e.to_string())?;
            let mut command = peer.client(&listening.url(), AGENT, tls);
            let mut client = Process::start(&peer.name, &mut command, log)?;
            let reports = listening.wait().map_err(|e| e.to_string())?;
            client.finish(Instant::now() + LIMIT)?;
            let mut reports = reports.into_iter().filter(|report| report.tested.agent == AGENT);
            reports.next().ok_or_else(|| "the client has not said its name".to_owned())
        }
    }
}

fn connector(files: &Certificates) -> Result<TlsConnector, String> {
    Ok(TlsConnector::new().root_certificate_pem(&read(&files.authority)?))
}

fn acceptor(files: &Certificates) -> Result<TlsAcceptor, String> {
    let identity = Identity::from_pem(&read(&files.certificate)?, &read(&files.key)?);
    identity.and_then(|identity| TlsAcceptor::new(&identity)).map_err(|e| e.to_string())
}

fn read(file: &Path) -> Result<Vec<u8>, String> {
    fs::read(file).map_err(|e| format!("cannot read {}: {e}", file.display()))
}
