//! Runs what a file of the Autobahn test suite says.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use serde::Deserialize;
use ws_conformance::Suite;
use ws_conformance::case::Selection;

use super::args::{RunArgs, SpecArgs};
use super::exit::{Exit, Failure};
use super::explain::would_run;
use super::run::acceptor;

/// A file for a fuzzing client or a fuzzing server. What else it says, such as options of the original's
/// own engine, has no meaning here.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Spec {
    /// Where the reports go.
    outdir: Option<PathBuf>,
    #[serde(default)]
    cases: Vec<String>,
    #[serde(default)]
    exclude_cases: Vec<String>,
    #[serde(default)]
    exclude_agent_cases: BTreeMap<String, Vec<String>>,
    /// Of a fuzzing client.
    servers: Option<Vec<Server>>,
    /// Of a fuzzing server.
    url: Option<String>,
    #[serde(default)]
    protocols: Vec<String>,
    cert: Option<PathBuf>,
    key: Option<PathBuf>,
}

/// A server that a fuzzing client tests.
#[derive(Debug, Deserialize)]
struct Server {
    agent: Option<String>,
    url: String,
    origin: Option<String>,
    #[serde(default)]
    protocols: Vec<String>,
}

/// Runs what the file says, and prints and writes what has come.
pub(crate) fn spec(args: &SpecArgs) -> Result<Exit, Failure> {
    let path = &args.file;
    let text = fs::read_to_string(path).map_err(|e| Failure::file(path, e))?;
    let mut spec: Spec = serde_json::from_str(&text).map_err(|e| Failure::file(path, e))?;
    let mut run = args.run.clone();
    if run.outputs.autobahn.is_none() {
        // Relative to where the command is called, as in the original.
        run.outputs.autobahn = spec.outdir.take();
    }
    match (&spec.servers, &spec.url) {
        (Some(servers), _) => clients(&spec, servers, &run),
        (None, Some(url)) => server(&spec, url, &run),
        (None, None) => {
            Err(Failure::file(path, "there are neither \"servers\" nor a \"url\" to listen at"))
        }
    }
}

/// Tests each of the servers.
fn clients(spec: &Spec, servers: &[Server], run: &RunArgs) -> Result<Exit, Failure> {
    let log = run.outputs.log();
    let mut reports = Vec::new();
    let mut worst: Option<Failure> = None;
    for server in servers {
        let mut suite = run
            .suite(log.as_ref())?
            .beyond(run.letters.beyond)
            .select(run.selection(spec.selection(server.agent.as_deref())?)?);
        // As the original does: a server on the own machine seldom has a certificate that is trusted.
        let tls = blocking_ws::TlsConnector::new().danger_accept_invalid_certs(true);
        suite = suite.tls(tls);
        if let Some(agent) = &server.agent {
            suite = suite.agent(agent);
        }
        if let Some(origin) = &server.origin {
            suite = suite.origin(origin);
        }
        for name in &server.protocols {
            suite = suite.subprotocol(name);
        }
        if run.dry_run {
            would_run(&suite.selected(blocking_ws::Role::Server)?, &server.url)?;
            continue;
        }
        let (suite, progress) = run.watched(suite, blocking_ws::Role::Server)?;
        let report = suite.server(&server.url);
        progress.clear();
        match report {
            Ok(report) => reports.push(report),
            // The others are tested all the same, and this one is not forgotten.
            Err(e) => {
                let failure = Failure::from(e);
                anstream::eprintln!("ws-conformance: {}", failure.message);
                worst = Some(failure);
            }
        }
    }
    if run.dry_run {
        return Ok(Exit::Well);
    }
    let exit = run.outputs.write(&reports, log.as_ref())?;
    Ok(match worst {
        None => exit,
        Some(failure) if reports.is_empty() => failure.exit,
        // Some were judged, and not all.
        Some(_) => exit.max(Exit::Unfinished),
    })
}

/// Waits for clients.
fn server(spec: &Spec, url: &str, run: &RunArgs) -> Result<Exit, Failure> {
    let log = run.outputs.log();
    let selection = run.selection(spec.selection(None)?)?;
    let mut suite: Suite = run.suite(log.as_ref())?.select(selection);
    if url.starts_with("wss:") && (spec.cert.is_none() || spec.key.is_none()) {
        return Err(Failure::usage(format!("{url} needs a \"cert\" and a \"key\" in the file")));
    }
    if let (Some(cert), Some(key)) = (&spec.cert, &spec.key) {
        suite = suite.tls_acceptor(acceptor(cert, key)?);
    }
    for name in &spec.protocols {
        suite = suite.subprotocol(name);
    }
    if !spec.exclude_agent_cases.is_empty() {
        anstream::eprintln!(
            "ws-conformance: \"exclude-agent-cases\" is ignored: a client decides which cases it runs"
        );
    }
    let address = url.split_once("://").map_or(url, |(_, rest)| rest).trim_end_matches('/');
    if run.dry_run {
        return would_run(&suite.selected(blocking_ws::Role::Client)?, "each client");
    }
    let (suite, progress) = run.watched(suite, blocking_ws::Role::Client)?;
    let outputs = run.outputs.clone();
    let listening = suite.listen(address)?.keep(true).on_update(move |reports| {
        // At the end they are written again, and an error is shown.
        let _ = outputs.autobahn(reports);
    });
    if !run.outputs.quiet {
        anstream::eprintln!("waiting for clients at {}", listening.url());
    }
    let reports = listening.wait();
    progress.clear();
    run.outputs.write(&reports?, log.as_ref())
}

impl Spec {
    /// The cases for a program of this name. In these files a `*` stands for any text at the end of a
    /// pattern too: `7.1*` also takes 7.13.1.
    fn selection(&self, agent: Option<&str>) -> Result<Selection, Failure> {
        let list = |patterns: &[String]| -> Result<Option<Selection>, Failure> {
            if patterns.is_empty() {
                return Ok(None);
            }
            patterns.join(",").parse().map(Some).map_err(Failure::usage)
        };
        let mut selection = list(&self.cases)?.unwrap_or_else(Selection::all);
        let excluded = self.exclude_agent_cases.iter().filter(|(pattern, _)| {
            agent.is_some_and(|name| match pattern.split_once('*') {
                Some((begin, _)) => name.starts_with(begin),
                None => name == *pattern,
            })
        });
        let excluded = excluded.map(|(_, cases)| cases);
        for patterns in std::iter::once(&self.exclude_cases).chain(excluded) {
            if let Some(left) = list(patterns)? {
                selection = selection.without(&left);
            }
        }
        Ok(selection)
    }
}
