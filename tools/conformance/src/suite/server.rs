//! Runs cases against a server.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant, SystemTime};

use blocking_ws::Role;

use super::error::SuiteError;
use super::jobs;
use super::probe::{Answer, probe};
use super::rerun::rerun;
use super::suite::Suite;
use super::target::Target;
use crate::bench::{self, Bench, Opened, Pace, Patience};
use crate::case::{Case, Test};
use crate::cases;
use crate::compression::{Agreed, Terms};
use crate::connection::{self, Refused, Wishes};
use crate::report::{CaseReport, Lenient, Report, Tested};

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
    let pace = Pace::default();
    pace.note(first.round_trip);
    let runner = Runner { suite, target, pace, done: AtomicUsize::new(0) };
    let patience = runner.patience();
    let (mut reports, mut unfinished) = jobs::run_all(&cases, suite.jobs, |case| runner.run(case));
    if unfinished.is_none() {
        unfinished = runner.run_again(&mut reports).err();
    }
    bench::sum_up(&mut reports);
    Ok(Report {
        tested: Tested {
            agent: agent(suite, target, first),
            role: "server".to_owned(),
            url: target.url.clone(),
        },
        started,
        duration: began.elapsed(),
        options: suite.options(patience),
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
    pace: Pace,
    done: AtomicUsize,
}

impl Runner<'_> {
    /// How long to wait for the server, as quick as it is now.
    fn patience(&self) -> Patience {
        self.suite.patience_of(self.pace.patience())
    }

    /// Runs a case. Returns why the run ends, if it does, in a sentence.
    fn run(&self, case: &Case) -> (CaseReport, Option<String>) {
        let report = self.meet(case);
        let error = self.judge(case, &report).err();
        (report, error)
    }

    /// Returns an error if the run should end after a case.
    fn judge(&self, case: &Case, report: &CaseReport) -> Result<(), String> {
        if let Some(call) = &self.suite.on_case {
            call(report);
        }
        let is_good = Lenient::all().allows(report.outcome);
        if self.suite.fail_fast && !is_good {
            return Err(format!("{} has failed", case.id));
        }
        let done = self.done.fetch_add(1, Ordering::Relaxed) + 1;
        let has_connected = !report.response.is_empty();
        if (!has_connected || done.is_multiple_of(ASKED_EVERY) || case.id.is_beyond())
            && let Err(why) =
                probe(self.target, &wishes(self.suite, self.target), self.patience().scale)
        {
            return Err(format!("after {}, the server is not there any more: {why}", case.id));
        }
        Ok(())
    }

    /// Runs what has failed again, as often as the suite says.
    fn run_again(&self, reports: &mut [CaseReport]) -> Result<(), String> {
        for report in reports {
            let case = cases::all().iter().find(|case| case.id == report.id);
            let case = case.expect("a report is of a case that was run");
            rerun(report, self.suite.rerun, || match self.run(case) {
                (report, None) => Ok(report),
                (_, Some(why)) => Err(why),
            })?;
        }
        Ok(())
    }

    /// Opens a connection, and runs the case on it.
    fn meet(&self, case: &Case) -> CaseReport {
        let role = Role::Client;
        let stream = match self.target.dial() {
            Ok(stream) => stream,
            Err(e) => return bench::unreachable(case, role, format!("no connection: {e}")),
        };
        let mut link = self.suite.link(stream, role);
        let terms = case.terms();
        let mut wishes = wishes(self.suite, self.target);
        wishes.offer = terms.map(Terms::offer);
        if let Test::Asks(ask) = &case.test {
            return bench::ask(case, ask, link, &wishes, self.patience());
        }
        let began = Instant::now();
        let deadline = began + self.patience().of(OPENING);
        let opening = match connection::ask(&mut link, &wishes, deadline) {
            Ok(opening) => opening,
            Err(refused) => {
                link.drop_now();
                return bench::refused(case, role, link, refused);
            }
        };
        self.pace.note(began.elapsed());
        let values: Vec<&str> = opening.extensions.iter().map(String::as_str).collect();
        let agreed =
            match terms.map(|terms| Agreed::from_answer(&terms.offers(), &values)).transpose() {
                Ok(agreed) => agreed.flatten(),
                // The answer can be read, and is not what was asked for. What comes will show it.
                Err(breach) if breach.agreed.is_some() => breach.agreed,
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
        Bench::new(case, opened, self.patience(), self.suite.how()).run()
    }
}
