//! [`mutants`]: both suites against mutants.

use std::collections::BTreeSet;
use std::process::ExitCode;
use std::sync::Mutex;
use std::time::Instant;

use blocking_ws::Role;
use test_support::autobahn::Layout;
use ws_conformance::case::{Case, CaseId, Selection, Test};
use ws_conformance::report::{Behavior, BehaviorClose};
use ws_conformance::{Suite, SuiteError, cases};

use super::at_once::at_once;
use crate::matrix::{Matrix, Row, Store, cases_of, complaints, idle, original_cases_of};
use crate::mutant::{Flag, Mutant};
use crate::original::{Original, Verdict, Verdicts};
use crate::peers::PeerProgram;
use crate::suite_run;
use crate::table::{Table, settled};

/// Which mutants are run, and how.
#[derive(Clone, Debug)]
pub struct Mutants {
    /// The flags. If there are none, all of them, and the mutant without a flag.
    pub flags: Vec<Flag>,
    /// The roles. If there are none, both.
    pub roles: Vec<Role>,
    /// The cases of the new suite, as a selection. By default those that the flag may concern.
    pub cases: Option<String>,
    /// Runs the original, and stores what it says.
    pub original: bool,
    /// Runs the new suite.
    pub ours: bool,
    /// How many mutants are run at a time.
    pub at_once: usize,
    /// Prints the cases that find each mutant.
    pub verbose: bool,
}

/// A mutant in a role.
#[derive(Clone, Copy, Debug)]
struct Subject {
    flag: Option<Flag>,
    role: Role,
}

/// Runs the suites against mutants, prints the matrix and the confusion table of what is stored, and
/// says whether all is well.
///
/// # Errors
/// A suite cannot be run.
pub fn mutants(options: &Mutants) -> Result<ExitCode, String> {
    let subjects = subjects(options);
    if options.original {
        record(options, &subjects)?;
    }
    if !options.ours {
        return Ok(ExitCode::SUCCESS);
    }
    let began = Instant::now();
    let rows = at_once(options.at_once, &subjects, |subject| {
        let row = subject.row(options.cases.as_deref())?;
        eprintln!("{}: found by {} cases", row.name(), row.found_by().len());
        Ok::<Row, String>(row)
    });
    let matrix = Matrix(rows.into_iter().collect::<Result<_, _>>()?);
    println!("{matrix}");
    if options.verbose {
        println!("{}", matrix.in_full());
    }
    let table = compare(&matrix)?;
    println!("{table}\n");

    let mut wrong = complaints(&matrix);
    if options.flags.is_empty() {
        wrong.extend(idle(&matrix));
    }
    for complaint in &wrong {
        println!("{complaint}");
    }
    let (mutants, cases) = (matrix.0.len(), matrix.cases().len());
    let seconds = began.elapsed().as_secs_f64();
    println!(
        "{mutants} mutants, {cases} cases, {} complaints, {} unexplained ({seconds:.0} s)",
        wrong.len(),
        table.unexplained()
    );
    let is_well = wrong.is_empty() && table.unexplained() == 0;
    Ok(if is_well { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn subjects(options: &Mutants) -> Vec<Subject> {
    let flags: Vec<Option<Flag>> = if options.flags.is_empty() {
        [None].into_iter().chain(Flag::ALL.iter().copied().map(Some)).collect()
    } else {
        options.flags.iter().copied().map(Some).collect()
    };
    let both = [Role::Server, Role::Client];
    let roles = if options.roles.is_empty() { &both[..] } else { &options.roles };
    let of_role = |role: Role| {
        let shown = flags.iter().filter(move |flag| flag.is_none_or(|flag| flag.shows_as(role)));
        shown.map(move |&flag| Subject { flag, role })
    };
    roles.iter().flat_map(|&role| of_role(role)).collect()
}

impl Subject {
    /// Runs the new suite.
    fn row(self, cases: Option<&str>) -> Result<Row, String> {
        let Self { flag, role } = self;
        let list = cases.unwrap_or(cases_of(flag));
        let suite = Suite::new().beyond(false).cases(list).map_err(|e| e.to_string())?;
        let (verdicts, unfinished) = match suite_run::mutant(Mutant::new(flag), role, &suite) {
            Ok(report) => (Verdicts::from_report(&report), report.unfinished),
            // The mutant refuses the opening handshake.
            Err(SuiteError::Unreachable { .. }) => (all_failed(list, role)?, None),
            Err(e) => return Err(e.to_string()),
        };
        Ok(Row { flag, role, verdicts, unfinished })
    }
}

/// What is said if no connection can be opened.
fn all_failed(list: &str, role: Role) -> Result<Verdicts, String> {
    let suite = Suite::new().beyond(false).cases(list).map_err(|e| e.to_string())?;
    let cases = suite.selected(role).map_err(|e| e.to_string())?;
    let cases = cases.into_iter().filter(|case| !case.id.is_beyond());
    let verdict = |case: &Case| {
        let has_answer = !matches!(&case.test, Test::Acts { want, .. } if want.informational);
        let (behavior, close) = if has_answer {
            (Behavior::Failed, BehaviorClose::Failed)
        } else {
            (Behavior::Informational, BehaviorClose::Informational)
        };
        Verdict { behavior, close, code: None }
    };
    Ok(Verdicts(cases.map(|case| (case.id.clone(), verdict(case))).collect()))
}

/// Compares with what is stored of the original, on the cases that both were run with.
fn compare(matrix: &Matrix) -> Result<Table, String> {
    let stores = [Store::read(Role::Server)?, Store::read(Role::Client)?];
    let mut table = Table::default();
    for row in &matrix.0 {
        let [server, client] = &stores;
        let store = if row.role == Role::Server { server } else { client };
        let Some(known) = store.get(row.flag) else { continue };
        let has = |verdicts: &Verdicts, id: &CaseId| verdicts.0.contains_key(id);
        let common = |one: &Verdicts, other: &Verdicts| {
            let rows = one.0.iter().filter(|(id, _)| has(other, id));
            Verdicts(rows.map(|(id, said)| (id.clone(), *said)).collect())
        };
        let (original, ours) = (common(known, &row.verdicts), common(&row.verdicts, known));
        let again = |ids: &BTreeSet<CaseId>| {
            let list = ids.iter().map(ToString::to_string).collect::<Vec<_>>().join(",");
            let subject = Subject { flag: row.flag, role: row.role };
            subject.row(Some(&list)).map(|row| row.verdicts)
        };
        let name = format!("mutant {}", row.name());
        table.0.push(settled(&name, &original, ours, again)?);
    }
    Ok(table)
}

/// Runs the original against mutants, and stores what it says. A run that fails is told, and ends none
/// of the others.
fn record(options: &Mutants, subjects: &[Subject]) -> Result<(), String> {
    let layout = Layout::of_this_program()?;
    let original = Original::ready(&layout)?;
    let program = PeerProgram::mutant(&layout, &[])?;
    let writing = Mutex::new(());
    let failed = at_once(options.at_once, subjects, |&Subject { flag, role }| {
        let list = options.cases.as_deref().unwrap_or(original_cases_of(flag));
        let began = Instant::now();
        let name = flag.map_or("strict", Flag::name);
        let said = ask(&original, &program, flag, role, list).and_then(|verdicts| {
            let writing = writing.lock().map_err(|e| e.to_string())?;
            let mut store = Store::read(role)?;
            store.put(flag, list, verdicts);
            store.write(role)?;
            drop(writing);
            Ok(())
        });
        let seconds = began.elapsed().as_secs_f64();
        match said {
            Ok(()) => eprintln!("original: {name} {role:?}: {seconds:.0} s"),
            Err(ref why) => eprintln!("original: {name} {role:?}: {why}"),
        }
        said.is_err()
    });
    match failed.into_iter().filter(|failed| *failed).count() {
        0 => Ok(()),
        count => Err(format!("{count} runs of the original came to no end")),
    }
}

fn ask(
    original: &Original,
    program: &PeerProgram,
    flag: Option<Flag>,
    role: Role,
    list: &str,
) -> Result<Verdicts, String> {
    let selection: Selection = list.parse().map_err(|e| format!("{list}: {e}"))?;
    let ids = cases::all().iter().map(|case| &case.id);
    let ids: Vec<String> =
        ids.filter(|id| selection.takes(id) && !id.is_beyond()).map(ToString::to_string).collect();
    match role {
        Role::Server => {
            let mut command = program.server(None);
            command.args(flag.map(Flag::name));
            original.server(&mut command, &ids)
        }
        Role::Client => {
            let client = |url: &str, agent: &str| {
                let mut command = program.client(url, agent, None);
                command.args(flag.map(Flag::name));
                command
            };
            original.client(None, client, &ids)
        }
    }
}
