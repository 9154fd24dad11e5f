//! Runs several cases at a time.

use std::collections::VecDeque;
use std::sync::Mutex;
use std::thread;

use crate::case::Case;
use crate::report::CaseReport;

/// Runs cases by this many threads, and calls `done` after each. Those of group 9 come last, alone,
/// so that their times mean something. Stops early if `run` returns an error beside the report, and
/// returns it beside the reports that there are, in order of their ids.
pub(super) fn run_all<E: Send>(
    cases: &[&Case],
    jobs: usize,
    run: impl Fn(&Case) -> (CaseReport, Option<E>) + Sync,
) -> (Vec<CaseReport>, Option<E>) {
    let (alone, together): (Vec<&Case>, Vec<&Case>) =
        cases.iter().partition(|case| case.id.group() == "9");
    let (mut reports, mut error) = in_parallel(together, jobs.max(1), &run);
    if error.is_none() {
        let (more, why) = in_parallel(alone, 1, &run);
        reports.extend(more);
        error = why;
    }
    reports.sort_by(|one, other| one.id.cmp(&other.id));
    (reports, error)
}

fn in_parallel<E: Send>(
    cases: Vec<&Case>,
    jobs: usize,
    run: &(impl Fn(&Case) -> (CaseReport, Option<E>) + Sync),
) -> (Vec<CaseReport>, Option<E>) {
    let queue = Mutex::new(VecDeque::from(cases));
    let results = Mutex::new((Vec::new(), None));
    let lock = "no case panics while it holds a lock";
    thread::scope(|scope| {
        for _ in 0..jobs {
            scope.spawn(|| {
                loop {
                    let Some(case) = queue.lock().expect(lock).pop_front() else { break };
                    let (report, error) = run(case);
                    let mut results = results.lock().expect(lock);
                    results.0.push(report);
                    if let Some(e) = error {
                        queue.lock().expect(lock).clear();
                        results.1.get_or_insert(e);
                    }
                }
            });
        }
    });
    results.into_inner().expect(lock)
}
