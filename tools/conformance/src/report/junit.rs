//! The report as `JUnit`'s XML, which continuous integration services show.

use std::time::SystemTime;

use quick_junit::{NonSuccessKind, Property, TestCase, TestCaseStatus, TestRerun, TestSuite};

use super::record::{CaseReport, Outcome};
use super::run::{Lenient, Report};
use super::words::{group_title, groups, level, printable};

/// The most lines of a wire log. The first and the last half of them are kept.
const MOST_LINES: usize = 200;

/// The report could not be written as XML.
#[derive(Debug, thiserror::Error)]
#[error("the report cannot be written as XML: {0}")]
pub struct BadXml(String);

impl Report {
    /// Writes the report as `JUnit`'s XML: a suite for each group, and in it a test for each case.
    ///
    /// An outcome that `lenient` does not allow is a failure with the type `failed`, `non-strict` or
    /// `limit`. Its message is the first reason; its text has all reasons and the wire log. What is
    /// not implemented is skipped, whether it is allowed or not. Other outcomes are successes; if the
    /// case is flaky, with a `flakyFailure` for each run that failed.
    ///
    /// Characters that XML does not allow are escaped.
    ///
    /// # Errors
    /// The XML library has one.
    pub fn to_junit(&self, lenient: Lenient) -> Result<String, BadXml> {
        let name = format!("ws-conformance {}", printable(&self.tested.agent));
        let mut report = quick_junit::Report::new(name);
        report.set_time(self.duration);
        for (group, cases) in groups(&self.cases) {
            report.add_test_suite(self.suite(&group, cases, lenient));
        }
        if let Some(why) = &self.unfinished {
            report.add_test_suite(unfinished(why));
        }
        let skipped = format!(" skipped=\"{}\"", report.skipped);
        let xml = report.to_string().map_err(|e| BadXml(e.to_string()))?;
        // The schema of Jenkins' xunit plugin has this attribute for suites only. The first is that
        // of the root: no text can have quotes that are not escaped.
        Ok(xml.replacen(&skipped, "", 1))
    }

    fn suite(&self, group: &str, cases: &[CaseReport], lenient: Lenient) -> TestSuite {
        let mut suite = TestSuite::new(format!("{group} {}", group_title(group)));
        suite.set_time(cases.iter().map(|case| case.duration).sum());
        if let Some(started) = cases.iter().map(|case| case.started).min() {
            suite.extra.insert("timestamp".into(), date(started).into());
        }
        let tested = &self.tested;
        for (name, value) in
            [("agent", &tested.agent), ("role", &tested.role), ("url", &tested.url)]
        {
            suite.add_property(Property::new(name, printable(value)));
        }
        suite.add_test_cases(cases.iter().map(|case| test(case, &tested.role, lenient)));
        suite
    }
}

/// A suite that fails, because cases are missing.
fn unfinished(why: &str) -> TestSuite {
    let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
    status.set_type("unfinished").set_message(printable(why));
    let mut test = TestCase::new("the run was finished", status);
    test.set_classname("ws-conformance");
    let mut suite = TestSuite::new("run");
    suite.add_test_case(test);
    suite
}

fn test(case: &CaseReport, role: &str, lenient: Lenient) -> TestCase {
    let first = case.reasons.first().map_or_else(
        || format!("{} / {}", case.behavior, case.behavior_close),
        |reason| printable(reason),
    );
    let kind = match case.outcome {
        Outcome::Fail => "failed",
        other => other.name(),
    };
    let status = match case.outcome {
        Outcome::Unimplemented => {
            let mut status = TestCaseStatus::skipped();
            status.set_message(first);
            status
        }
        outcome if lenient.allows(outcome) => {
            let mut status = TestCaseStatus::success();
            if case.is_flaky() {
                status.add_reruns(case.failed_before.iter().map(|why| failed(why)));
            }
            status
        }
        _ => {
            let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
            status.set_type(kind).set_message(first).set_description(description(case));
            status
        }
    };
    let mut test = TestCase::new(format!("{} {}", case.id, printable(&case.title)), status);
    test.set_classname(format!("ws-conformance.{role}.{}", case.id.group()));
    test.set_time(case.duration);
    test
}

/// An earlier run of a case that has passed at last.
fn failed(why: &str) -> TestRerun {
    let mut rerun = TestRerun::new(NonSuccessKind::Failure);
    rerun.set_type("flaky").set_message(printable(why));
    rerun
}

/// What a reader needs to understand a failure, in lines.
fn description(case: &CaseReport) -> String {
    let mut lines = vec![
        format!("{} ({})", case.rule, level(case.level)),
        format!("verdict: {} / {}", case.behavior, case.behavior_close),
    ];
    lines.extend(case.reasons.iter().map(|reason| format!("why: {reason}")));
    lines.extend(case.sent.iter().map(|sent| format!("sent: {sent}")));
    lines.push(format!("expected: {}", case.wished));
    lines.push(format!("expected: {}", case.expected_end()));
    lines.extend(case.received_in_words().iter().map(|came| format!("received: {came}")));
    lines.push(format!("received: {}", case.end_in_words()));
    lines.push("wire:".to_owned());
    let left_out = case.wire.len().saturating_sub(MOST_LINES);
    for (at, entry) in case.wire.iter().enumerate() {
        let half = MOST_LINES / 2;
        if left_out > 0 && at == half {
            lines.push(format!("… {left_out} more …"));
        }
        if left_out == 0 || at < half || at >= half + left_out {
            lines.push(entry.to_string());
        }
    }
    let lines: Vec<String> = lines.iter().map(|line| printable(line)).collect();
    format!("\n{}\n", lines.join("\n"))
}

/// By RFC 3339, in UTC. 1970 if it is before that.
fn date(time: SystemTime) -> String {
    let time = time.max(SystemTime::UNIX_EPOCH);
    humantime::format_rfc3339_millis(time).to_string()
}
