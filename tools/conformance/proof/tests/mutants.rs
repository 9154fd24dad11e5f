//! The new suite finds each broken rule by the case that is named for it, and judges mutants as the
//! Autobahn test suite does, as far as that was measured.
//!
//! The command `proof mutants` runs all cases.

use std::collections::BTreeSet;
use std::sync::Mutex;
use std::thread;

use blocking_ws::Role;
use ws_conformance::{Suite, SuiteError};
use ws_conformance_proof::matrix::{self, BEYOND, Matrix, Row};
use ws_conformance_proof::mutant::{Flag, Mutant, SAMPLE, oracle};
use ws_conformance_proof::original::Verdicts;
use ws_conformance_proof::suite_run;

/// Most mutants wait most of the time.
const THREADS: usize = 24;

/// Times are longer than the cases say where a good answer must not come too late, on a busy machine
/// as well.
const PATIENT: f64 = 2.5;
/// A mutant that must be found may be found early.
const HASTY: f64 = 1.0;

/// A mutant, its role, and the cases that it is run against.
type Subject = (Option<Flag>, Role, String);

/// Runs the suite against each mutant. Times are stretched by this factor, or more if there is no flag.
fn run(subjects: Vec<Subject>, patience: f64) -> Matrix {
    let queue = Mutex::new(subjects);
    let rows = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                loop {
                    let Some((flag, role, cases)) = queue.lock().unwrap().pop() else { break };
                    let patience = if flag.is_none() { PATIENT } else { patience };
                    let suite =
                        Suite::new().beyond(false).cases(&cases).unwrap().patience(patience);
                    let report = suite_run::mutant(Mutant::new(flag), role, &suite).unwrap();
                    let verdicts = Verdicts::from_report(&report);
                    let unfinished = report.unfinished;
                    rows.lock().unwrap().push(Row { flag, role, verdicts, unfinished });
                }
            });
        }
    });
    Matrix(rows.into_inner().unwrap())
}

#[test]
fn each_broken_rule_is_found_by_its_case_and_only_broken_rules_are() {
    let mut subjects: Vec<Subject> = Vec::new();
    for role in [Role::Server, Role::Client] {
        let mut all = BTreeSet::new();
        for &flag in Flag::ALL {
            let is_beyond =
                BEYOND.iter().any(|beyond| beyond.flag == flag && beyond.roles.contains(&role));
            let is_run = flag.shows_as(role) && !is_beyond && !depends_on_the_moment(flag);
            let case = matrix::named(flag).filter(|_| is_run && !refuses(flag, role));
            if let Some(case) = case {
                all.insert(case);
                subjects.push((Some(flag), role, case.to_owned()));
            }
        }
        subjects.push((None, role, all.into_iter().collect::<Vec<_>>().join(",")));
    }
    let matrix = run(subjects, HASTY);
    let complaints = matrix::complaints(&matrix);
    assert!(complaints.is_empty(), "{}\n{}", complaints.join("\n"), matrix.in_full());
}

/// A busy machine hides that an answer or the end of TCP is late, and puts bytes into other reads.
fn depends_on_the_moment(flag: Flag) -> bool {
    matches!(
        flag,
        Flag::Slow1s
            | Flag::BareDrop
            | Flag::LosesGlued
            | Flag::NeedsWholeFrames
            | Flag::ReadsAhead
    )
}

/// No connection can be opened to these.
fn refuses(flag: Flag, role: Role) -> bool {
    let always = matches!(
        flag,
        Flag::Refuse
            | Flag::CloseAtOnce
            | Flag::AnswersTwice
            | Flag::CaseSensitiveHeaders
            | Flag::AnySubprotocol
    );
    role == Role::Server && always
}

#[test]
fn a_server_that_refuses_all_handshakes_cannot_be_reached() {
    for flag in Flag::ALL.iter().copied().filter(|&flag| refuses(flag, Role::Server)) {
        let suite = Suite::new().cases("1.1.1").unwrap();
        let refused = suite_run::mutant(Mutant::new([flag]), Role::Server, &suite);
        assert!(matches!(refused, Err(SuiteError::Unreachable { .. })), "{flag}");
    }
}

#[test]
fn verdicts_are_those_that_were_measured() {
    let mut flags: Vec<Option<Flag>> = oracle().into_iter().map(|row| row.flag).collect();
    flags.dedup();
    flags.retain(|flag| flag.is_none_or(|flag| !refuses(flag, Role::Server)));
    let cases = SAMPLE.join(",");
    let subjects = flags.into_iter().map(|flag| (flag, Role::Server, cases.clone()));
    let matrix = run(subjects.collect(), PATIENT);
    // A named case that is not of the sample is not asked for.
    let complaints = matrix::complaints(&matrix);
    assert!(complaints.is_empty(), "{}\n{}", complaints.join("\n"), matrix.in_full());
}
