//! Runs cases against a server.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant, SystemTime};

use blocking_ws::Role;

use super::error::SuiteError;
use super::jobs;
use super::probe::{Answer, probe};
use super::suite::Suite;
use super::target::Target;
use crate::bench::{self, Bench, Opened, Patience};
use crate::case::{Case, Test};
use crate::compression::{Agreed, Terms};
use crate::connection::{self, Link, Refused, Wishes};
use crate::data;
use crate::report::{CaseReport, Lenient, Options, Report, Tested};

/// How long the opening handshake may take.
const OPENING: Duration = Duration::from_secs(5);

/// After this many cases it is asked whether the server is still there, and after each with letters.
const ASKED_EVERY: usize = 50;

/// Runs all cases that are selected, and makes the report.
pub(super) fn run(suite: &Suite, target: &Target) -> Result<Report, SuiteError> {
    let cases = suite.selected(Role::Server)?;
    let (began, started) = (Instant::now(), SystemTime::now());
    let first = probe(target, &wishes(suite, target), suite.patience.unwrap_or(1.0))
        .map_err(|why| SuiteError::Unreachable { url: target.url.clone(), why })?;
    let patience = suite.patience_of(|| first.patience);
    let runner = Runner { suite, target, patience, done: AtomicUsize::new(0) };
    let (mut reports, unfinished) = jobs::run_all(&cases, suite.jobs, |case| runner.run(case));
    bench::sum_up(&mut reports);
    Ok(Report {
        tested: Tested {
            agent: agent(suite, target, first),
            role: "server".to_owned(),
            url: target.url.clone(),
        },
        started,
        duration: began.elapsed(),
        options: Options {
            patience: patience.scale,
            round_trip: patience.round_trip,
            jobs: suite.jobs,
            full: suite.full,
            no_echo: suite.no_echo,
            seed: data::SEED,
        },
        cases: reports,
        unfinished,
    })
}

fn agent(suite: &Suite, target: &Target, first: Answer) -> String {
    suite.agent.clone().or(first.server).unwrap_or_else(|| target.host.clone())
}

fn wishes(suite: &Suite, target: &Target) -> Wishes {
    Wishes {
        target: target.path.clone(),
        host: target.host.clone(),
        origin: suite.origin.clone(),
        subprotocols: suite.subprotocols.clone(),
        offer: None,
        headers: suite.headers.clone(),
    }
}

struct Runner<'a> {
    suite: &'a Suite,
    target: &'a Target,
    patience: Patience,
    done: AtomicUsize,
}

impl Runner<'_> {
    /// Runs a case. The error ends the run, and is a sentence.
    fn run(&self, case: &Case) -> Result<CaseReport, String> {
        let report = self.meet(case);
        if let Some(call) = &self.suite.on_case {
            call(&report);
        }
        let is_good = Lenient::all().allows(report.outcome);
        if self.suite.fail_fast && !is_good {
            return Err(format!("{} has failed", case.id));
        }
        let done = self.done.fetch_add(1, Ordering::Relaxed) + 1;
        let has_connected = !report.response.is_empty();
        if (!has_connected || done.is_multiple_of(ASKED_EVERY) || case.id.is_beyond())
            && let Err(why) =
                probe(self.target, &wishes(self.suite, self.target), self.patience.scale)
        {
            return Err(format!("after {}, the server is not there any more: {why}", case.id));
        }
        Ok(report)
    }

    /// Opens a connection, and runs the case on it.
    fn meet(&self, case: &Case) -> CaseReport {
        let role = Role::Client;
        let stream = match self.target.dial() {
            Ok(stream) => stream,
            Err(e) => return bench::unreachable(case, role, format!("no connection: {e}")),
        };
        let stream = match &self.suite.wire_log {
            Some(log) => stream.tap(role, log.clone()),
            None => stream,
        };
        let mut link = match Link::new(stream) {
            Ok(link) => link,
            Err(e) => return bench::unreachable(case, role, format!("no connection: {e}")),
        };
        let terms = match &case.test {
            Test::Rounds(rounds) => rounds.compression,
            Test::Acts { .. } | Test::Asks(_) => None,
        };
        let mut wishes = wishes(self.suite, self.target);
        wishes.offer = terms.map(Terms::offer);
        if let Test::Asks(ask) = &case.test {
            return bench::ask(case, ask, link, &wishes, self.patience);
        }
        let deadline = Instant::now() + self.patience.of(OPENING);
        let opening = match connection::ask(&mut link, &wishes, deadline) {
            Ok(opening) => opening,
            Err(refused) => {
                link.drop_now();
                return bench::refused(case, role, link, refused);
            }
        };
        let values: Vec<&str> = opening.extensions.iter().map(String::as_str).collect();
        let agreed =
            match terms.map(|terms| Agreed::from_answer(&terms.offers(), &values)).transpose() {
                Ok(agreed) => agreed.flatten(),
                Err(why) => {
                    link.drop_now();
                    let refused = Refused {
                        request: opening.request,
                        response: opening.response,
                        why: why.to_string(),
                        has_timed_out: false,
                    };
                    return bench::refused(case, role, link, refused);
                }
            };
        let opened = Opened { link, role, opening, agreed };
        Bench::new(case, opened, self.patience, self.suite.full).run()
    }
}
