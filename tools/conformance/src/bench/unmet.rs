//! Reports of cases that came to no connection.

use blocking_ws::Role;

use crate::case::{Case, Fatal, Test};
use crate::connection::{Link, Refused};
use crate::report::{Behavior, BehaviorClose, CaseReport, Closing, ExpectedClose, Late, Outcome};

/// Makes the report of a case whose opening handshake came to nothing.
pub(crate) fn refused(case: &Case, role: Role, link: Link, refused: Refused) -> CaseReport {
    let closing = Closing {
        late: refused.has_timed_out.then_some(Late::Opening),
        unclean: Some("the opening handshake was not completed".to_owned()),
        ..Closing::default()
    };
    let duration = link.log.elapsed();
    let (wire, stats) = link.log.entries();
    CaseReport {
        reasons: vec![refused.why],
        duration,
        closing,
        request: refused.request,
        response: refused.response,
        stats,
        wire,
        ..blank(case, role)
    }
}

/// Makes the report of a case for which there was no connection.
pub(crate) fn unreachable(case: &Case, role: Role, why: String) -> CaseReport {
    CaseReport { reasons: vec![why], ..blank(case, role) }
}

/// A report of a case on which nothing has happened. It has failed; the words for a case without a
/// right answer say nothing else even then.
pub(in crate::bench) fn blank(case: &Case, role: Role) -> CaseReport {
    let end = case.wished_end();
    let informational = matches!(&case.test, Test::Acts { want, .. } if want.informational);
    let (behavior, behavior_close) = if informational {
        (Behavior::Informational, BehaviorClose::Informational)
    } else {
        (Behavior::Failed, BehaviorClose::Failed)
    };
    CaseReport {
        id: case.id.clone(),
        title: case.title.clone(),
        rule: case.rule.to_owned(),
        level: case.level,
        behavior,
        behavior_close,
        outcome: Outcome::Fail,
        reasons: Vec::new(),
        failed_before: Vec::new(),
        started: std::time::SystemTime::now(),
        duration: std::time::Duration::ZERO,
        sent: case.sends(),
        wished: case.wishes(),
        non_strict: case.may_be_instead(),
        received: Vec::new(),
        closing: Closing::default(),
        expected_close: ExpectedClose {
            by: end.by,
            codes: end.codes,
            clean: end.clean,
            wrong_end_is_fatal: end.fatal == Fatal::WrongEnd,
        },
        is_server: role == Role::Server,
        request: String::new(),
        response: String::new(),
        stats: crate::report::Stats::default(),
        traffic: None,
        wire: Vec::new(),
    }
}
