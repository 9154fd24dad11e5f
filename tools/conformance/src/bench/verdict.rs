//! The verdict on a case: what has come, beside what was wanted.

use blocking_ws::Role;

use super::bench::Bench;
use super::matcher::Matcher;
use super::rounds::Played;
use crate::case::{By, Case, End, Fatal, Test, Want};
use crate::report::{
    Behavior, BehaviorClose, CaseReport, Closing, ExpectedClose, Outcome, Traffic,
};

/// A verdict, and why.
#[derive(Debug)]
pub(super) struct Verdict {
    behavior: Behavior,
    behavior_close: BehaviorClose,
    outcome: Outcome,
    reasons: Vec<String>,
}

impl Bench<'_> {
    /// Judges a case of acts.
    pub(super) fn judge(&self, want: &Want) -> Verdict {
        let matcher = self.matcher.as_ref();
        let behavior = if want.informational {
            Behavior::Informational
        } else if matcher.is_some_and(Matcher::is_ok) {
            Behavior::Ok
        } else if matcher.is_some_and(Matcher::is_non_strict) {
            Behavior::NonStrict
        } else {
            Behavior::Failed
        };
        let mut verdict = self.verdict(behavior, &want.end, &self.what_came());
        if want.informational {
            verdict.behavior_close = BehaviorClose::Informational;
            verdict.outcome = Outcome::Info;
            verdict.reasons = vec![self.how_it_ended()];
        }
        verdict
    }

    /// Judges messages that went back and forth.
    pub(super) fn judge_rounds(&self, played: &Played) -> Verdict {
        let Played { count, of, .. } = played;
        let why = played.reason.as_deref().unwrap_or("the connection has ended");
        let came = format!("after {count} of {of} messages: {why}");
        let mut verdict = self.verdict(played.behavior, &End::us(), &came);
        if played.behavior == Behavior::Unimplemented {
            verdict.outcome = Outcome::Unimplemented;
            verdict.reasons = vec!["permessage-deflate was not agreed on".to_owned()];
        }
        verdict
    }

    fn verdict(&self, mut behavior: Behavior, end: &End, came: &str) -> Verdict {
        let behavior_close = behavior_close(end, &self.closing, self.role);
        let is_wrong_end = end.by != closed_by(&self.closing);
        if end.fatal == Fatal::WrongEnd && is_wrong_end
            || end.fatal == Fatal::WrongCode && behavior_close == BehaviorClose::WrongCode
        {
            behavior = Behavior::Failed;
        }
        let mut reasons = Vec::new();
        let rule = self.case.rule;
        match behavior {
            Behavior::Failed => reasons.push(format!("{rule}: {came}")),
            Behavior::NonStrict => {
                reasons.push(format!("{rule}: legal, and not as it should be: {came}"));
            }
            _ => {}
        }
        reasons.extend(self.breaches.iter().map(|breach| breach.rule.clone()));
        reasons.extend(why_close(behavior_close, end, &self.closing));
        let outcome = match (behavior, behavior_close) {
            (Behavior::Ok, BehaviorClose::Ok) => Outcome::Pass,
            (Behavior::NonStrict, BehaviorClose::Ok) => Outcome::NonStrict,
            _ if self.is_limit() => Outcome::Limit,
            _ => Outcome::Fail,
        };
        if outcome == Outcome::Limit {
            let code = self.closing.remote_code.unwrap_or_default();
            reasons.insert(0, format!("refused by a limit: closed with {code}"));
        }
        Verdict { behavior, behavior_close, outcome, reasons }
    }

    /// The peer has refused what is large or much, as it may (RFC 6455 §7.4.1, §10.4).
    fn is_limit(&self) -> bool {
        let is_large = matches!(self.case.id.group().as_str(), "9" | "10" | "12" | "13");
        is_large
            && self.breaches.is_empty()
            && matches!(self.closing.remote_code, Some(1008 | 1009))
    }

    fn what_came(&self) -> String {
        let received = self.matcher.iter().flat_map(|it| &it.received);
        let list: Vec<String> = received.map(ToString::to_string).collect();
        let came = if list.is_empty() { "nothing".to_owned() } else { list.join(", then ") };
        format!("{came} came")
    }

    /// What there is to say of an end without a right answer.
    fn how_it_ended(&self) -> String {
        let closing = &self.closing;
        match (closed_by(closing), closing.remote_code) {
            (By::Us, Some(code)) => format!("the Close frame was answered with {code}"),
            (By::Us, None) if closing.was_clean() => "the Close frame was answered".to_owned(),
            (By::Us, None) => "the Close frame was not answered".to_owned(),
            (By::Peer, Some(code)) => format!("the peer closed with {code}"),
            (By::Peer, None) => "the peer closed without a code".to_owned(),
        }
    }

    /// Makes the report of a case that has ended.
    pub(super) fn report(self, verdict: Verdict, started: std::time::SystemTime) -> CaseReport {
        let duration = self.link.log.elapsed();
        let traffic = matches!(&self.case.test, Test::Rounds(it) if it.compression.is_some())
            .then_some(Traffic { sent: self.sent, received: self.inspector.traffic });
        let received = self.matcher.map(|it| it.received).unwrap_or_default();
        let (wire, stats) = self.link.log.entries();
        CaseReport {
            behavior: verdict.behavior,
            behavior_close: verdict.behavior_close,
            outcome: verdict.outcome,
            reasons: verdict.reasons,
            started,
            duration,
            received,
            closing: self.closing,
            request: self.opening.request,
            response: self.opening.response,
            stats,
            traffic,
            wire,
            ..blank(self.case, self.role)
        }
    }
}

/// A report of a case on which nothing has happened. It has failed; the words for a case without a
/// right answer say nothing else even then.
pub(super) fn blank(case: &Case, role: Role) -> CaseReport {
    let (end, informational) = match &case.test {
        Test::Acts { want, .. } => (want.end.clone(), want.informational),
        Test::Rounds(_) => (End::us(), false),
    };
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

fn closed_by(closing: &Closing) -> By {
    if closing.closed_by_me { By::Us } else { By::Peer }
}

/// The verdict on an end: the first of these that applies.
fn behavior_close(end: &End, closing: &Closing, role: Role) -> BehaviorClose {
    if end.by != closed_by(closing) {
        BehaviorClose::Failed
    } else if end.clean && !closing.was_clean() {
        BehaviorClose::Unclean
    } else if closing.remote_code.is_some_and(|code| !end.codes.contains(&code)) {
        BehaviorClose::WrongCode
    } else if role == Role::Client && closing.dropped_by_me {
        BehaviorClose::FailedByClient
    } else {
        BehaviorClose::Ok
    }
}

/// Why an end is not as it should be, in a sentence.
fn why_close(verdict: BehaviorClose, end: &End, closing: &Closing) -> Option<String> {
    let code =
        |code: Option<u16>| code.map_or("without a code".to_owned(), |it| format!("with {it}"));
    Some(match verdict {
        BehaviorClose::Ok | BehaviorClose::Informational => return None,
        BehaviorClose::Failed if end.by == By::Peer => {
            "RFC 6455 §7.1.7: the peer had to fail the connection, and did not".to_owned()
        }
        BehaviorClose::Failed if closing.was_clean() => format!(
            "RFC 6455 §7.1.7: the peer closed {}, although no rule was broken",
            code(closing.remote_code)
        ),
        BehaviorClose::Failed => {
            let why = closing.unclean.as_deref().unwrap_or("the peer has gone");
            format!("RFC 6455 §7.1.1: the connection has ended too early: {why}")
        }
        BehaviorClose::Unclean => {
            let why = closing.unclean.as_deref().unwrap_or("it was cut off");
            format!("RFC 6455 §7.1.4: the closing handshake is not complete: {why}")
        }
        BehaviorClose::WrongCode => {
            let wanted: Vec<String> = end.codes.iter().map(ToString::to_string).collect();
            format!(
                "RFC 6455 §7.4.1: the peer closed {}, and not with {}",
                code(closing.remote_code),
                wanted.join(" or ")
            )
        }
        BehaviorClose::FailedByClient => {
            "RFC 6455 §7.1.1: the server has to end TCP first, and did not in time".to_owned()
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_verdict_on_an_end_that_applies() {
        let closing = |by_me, clean: bool, code, dropped| Closing {
            closed_by_me: by_me,
            unclean: (!clean).then(|| "cut off".to_owned()),
            remote_code: code,
            dropped_by_me: dropped,
            ..Closing::default()
        };
        let (us, peer) = (End::us(), End::peer());
        for (end, closing, as_client, as_server) in [
            (&us, closing(true, true, Some(1000), false), BehaviorClose::Ok, BehaviorClose::Ok),
            (&us, closing(true, true, None, false), BehaviorClose::Ok, BehaviorClose::Ok),
            (
                &us,
                closing(true, true, Some(1000), true),
                BehaviorClose::FailedByClient,
                BehaviorClose::Ok,
            ),
            (
                &us,
                closing(true, true, Some(1001), true),
                BehaviorClose::WrongCode,
                BehaviorClose::WrongCode,
            ),
            (
                &us,
                closing(true, false, Some(1001), true),
                BehaviorClose::Unclean,
                BehaviorClose::Unclean,
            ),
            (
                &us,
                closing(false, true, Some(1000), false),
                BehaviorClose::Failed,
                BehaviorClose::Failed,
            ),
            // No Close frame at all is well where clean is not required.
            (&peer, closing(false, false, None, false), BehaviorClose::Ok, BehaviorClose::Ok),
            (
                &peer,
                closing(true, false, None, false),
                BehaviorClose::Failed,
                BehaviorClose::Failed,
            ),
        ] {
            assert_eq!(behavior_close(end, &closing, Role::Client), as_client, "{closing:?}");
            assert_eq!(behavior_close(end, &closing, Role::Server), as_server, "{closing:?}");
        }
    }
}
