//! Makes a run of a command line.

use std::fs;
use std::path::Path;
use std::time::Duration;

use blocking_ws::testing::WireLog;
use blocking_ws::{Identity, Role, TlsAcceptor, TlsConnector};
use ws_conformance::case::Selection;
use ws_conformance::{Listening, Suite, cases};

use super::args::{ClientArgs, RunArgs, ServerArgs, TlsArgs};
use super::exit::{Exit, Failure};
use super::explain::would_run;
use super::progress::Progress;

/// Where the suite waits for clients by default: where drivers look for it.
const LISTEN: &str = "127.0.0.1:9001";

/// Tests a server.
pub(crate) fn server(args: &ServerArgs) -> Result<Exit, Failure> {
    let log = args.run.outputs.log();
    let mut suite = args.run.suite(log.as_ref())?.tls(args.tls.connector()?);
    for (name, value) in &args.headers {
        suite = suite.header(name, value);
    }
    if let Some(origin) = &args.origin {
        suite = suite.origin(origin);
    }
    if let Some(path) = &args.unix {
        suite = suite.unix(path);
    }
    if args.run.dry_run {
        return would_run(&suite.selected(Role::Server)?, &args.url);
    }
    let (suite, progress) = args.run.watched(suite, Role::Server)?;
    let report = suite.server(&args.url);
    progress.clear();
    args.run.outputs.write(&[report?], log.as_ref())
}

/// Tests clients.
pub(crate) fn client(args: &ClientArgs) -> Result<Exit, Failure> {
    let log = args.run.outputs.log();
    let mut suite = args.run.suite(log.as_ref())?;
    if let (Some(cert), Some(key)) = (&args.tls_cert, &args.tls_key) {
        suite = suite.tls_acceptor(acceptor(cert, key)?);
    }
    if args.run.rerun > 0 && args.exec.is_none() {
        return Err(Failure::usage("--rerun needs --exec: a driver decides itself what it runs"));
    }
    if args.run.dry_run {
        let program = args.exec.as_deref().unwrap_or("each client");
        return would_run(&suite.selected(Role::Client)?, program);
    }
    let (suite, progress) = args.run.watched(suite, Role::Client)?;
    let mut listening = listen(&suite, args)?.silence(Duration::from_secs(args.silence));
    if let Some(command) = &args.exec {
        listening = listening.exec(command)?;
    } else {
        listening = listening.keep(args.keep);
        if !args.run.outputs.quiet {
            anstream::eprintln!("waiting for clients at {}", listening.url());
        }
    }
    let outputs = args.run.outputs.clone();
    let listening = listening.on_update(move |reports| {
        // At the end they are written again, and an error is shown.
        let _ = outputs.autobahn(reports);
    });
    let reports = listening.wait();
    progress.clear();
    args.run.outputs.write(&reports?, log.as_ref())
}

fn listen(suite: &Suite, args: &ClientArgs) -> Result<Listening, Failure> {
    if let Some(path) = &args.unix {
        return Ok(suite.listen_unix(path)?);
    }
    let default = if args.exec.is_some() { "127.0.0.1:0" } else { LISTEN };
    Ok(suite.listen(args.listen.as_deref().unwrap_or(default))?)
}

impl RunArgs {
    /// The suite that the command line describes.
    pub(super) fn suite(&self, log: Option<&WireLog>) -> Result<Suite, Failure> {
        self.outputs.check()?;
        let mut suite = Suite::new()
            .select(self.selection(Selection::all())?)
            .jobs(self.jobs)
            .full(self.full)
            .no_echo(self.no_echo)
            .rerun(self.rerun)
            .fail_fast(self.outputs.fail_fast);
        if self.letters.beyond || self.letters.no_beyond {
            suite = suite.beyond(self.letters.beyond);
        }
        if let Some(factor) = self.patience {
            suite = suite.patience(factor);
        }
        if let Some(agent) = &self.agent {
            suite = suite.agent(agent);
        }
        for name in &self.subprotocol {
            suite = suite.subprotocol(name);
        }
        if let Some(log) = log {
            suite = suite.wire_log(log);
        }
        Ok(suite)
    }

    /// The cases that the command line names, or else these.
    pub(super) fn selection(&self, otherwise: Selection) -> Result<Selection, Failure> {
        let list = |text: &String| -> Result<Selection, Failure> {
            let selection: Selection = text.parse().map_err(Failure::usage)?;
            let ids = cases::all().iter().map(|case| &case.id);
            selection.check(ids).map_err(Failure::usage)?;
            Ok(selection)
        };
        let taken = self.cases.as_ref().map(list).transpose()?.unwrap_or(otherwise);
        let left = self.exclude.as_ref().map(list).transpose()?;
        Ok(match left {
            Some(left) => taken.without(&left),
            None => taken,
        })
    }

    /// A suite that shows how far it is.
    pub(super) fn watched(&self, suite: Suite, role: Role) -> Result<(Suite, Progress), Failure> {
        let progress = Progress::new(suite.selected(role)?.len(), !self.outputs.quiet);
        let (seen, lenient) = (progress.clone(), self.outputs.lenient());
        Ok((suite.on_case(move |report| seen.count(report, lenient)), progress))
    }
}

impl TlsArgs {
    pub(super) fn connector(&self) -> Result<TlsConnector, Failure> {
        let mut connector = TlsConnector::new().danger_accept_invalid_certs(self.insecure);
        if let Some(path) = &self.ca {
            connector = connector.root_certificate_pem(&read(path)?);
        }
        if let (Some(cert), Some(key)) = (&self.cert, &self.key) {
            let identity = Identity::from_pem_files(cert, key).map_err(Failure::usage)?;
            connector = connector.identity(identity);
        }
        Ok(connector)
    }
}

/// What serves `wss://` with the certificate and key in these files.
pub(super) fn acceptor(cert: &Path, key: &Path) -> Result<TlsAcceptor, Failure> {
    let identity = Identity::from_pem_files(cert, key).map_err(Failure::usage)?;
    TlsAcceptor::new(&identity).map_err(Failure::usage)
}

fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    fs::read(path).map_err(|e| Failure::file(path, e))
}
