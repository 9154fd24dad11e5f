//! Runs several cases at a time.

use std::collections::VecDeque;
use std::sync::Mutex;
use std::thread;

use crate::case::Case;
use crate::report::CaseReport;

/// Runs cases by this many threads. Those of group 9 come last, alone, so that their times mean
/// something. If `run` says why the run ends, no further case begins. Returns the reports in order of
/// their ids, and why not all cases were run.
pub(super) fn run_all(
    cases: &[&Case],
    jobs: usize,
    run: impl Fn(&Case) -> (CaseReport, Option<String>) + Sync,
) -> (Vec<CaseReport>, Option<String>) {
    let (alone, together): (Vec<&Case>, Vec<&Case>) =
        cases.iter().partition(|case| case.id.group() == "9");
    let (mut reports, mut end) = in_parallel(together, jobs, &run);
    if end.is_none() {
        let (more, why) = in_parallel(alone, 1, &run);
        reports.extend(more);
        end = why;
    }
    reports.sort_by(|one, other| one.id.cmp(&other.id));
    (reports, end)
}

fn in_parallel(
    cases: Vec<&Case>,
    jobs: usize,
    run: &(impl Fn(&Case) -> (CaseReport, Option<String>) + Sync),
) -> (Vec<CaseReport>, Option<String>) {
    let cases_count = cases.len();
    let queue = Mutex::new(VecDeque::from(cases));
    let results = Mutex::new((Vec::new(), None));
    let lock = "no case panics while it holds a lock";
    thread::scope(|scope| {
        for _ in 0..jobs.clamp(1, cases_count.max(1)) {
            scope.spawn(|| {
                loop {
                    let Some(case) = queue.lock().expect(lock).pop_front() else { break };
                    let (report, end) = run(case);
                    let mut results = results.lock().expect(lock);
                    results.0.push(report);
                    if let Some(why) = end {
                        queue.lock().expect(lock).clear();
                        results.1.get_or_insert(why);
                    }
                }
            });
        }
    });
    results.into_inner().expect(lock)
}
