//! One case.

use std::collections::BTreeMap;
use std::time::SystemTime;

use serde::{Deserialize, Serialize};

use super::super::record::{
    Behavior, BehaviorClose, CaseReport, Closing, ExpectedClose, Late, Outcome, Stats, Traffic,
};
use super::moment::{date, from_millis, millis};
use super::wire::{BytesView, EntryView};
use crate::case::{By, CaseId, Level, Received};

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct CaseView {
    id: CaseId,
    title: String,
    rule: String,
    level: Level,
    behavior: Behavior,
    behavior_close: BehaviorClose,
    outcome: Outcome,
    reasons: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    failed_before: Vec<String>,
    #[serde(with = "date")]
    started: SystemTime,
    ms: f64,
    sent: Vec<String>,
    wished: String,
    non_strict: Option<String>,
    received: Vec<ReceivedView>,
    closing: ClosingView,
    expected_close: ExpectedCloseView,
    is_server: bool,
    request: String,
    response: String,
    stats: StatsView,
    traffic: Option<Traffic>,
    wire: Vec<EntryView>,
}

#[derive(Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "lowercase")]
enum ReceivedView {
    Message {
        kind: Kind,
        #[serde(flatten)]
        payload: BytesView,
    },
    Pong {
        #[serde(flatten)]
        payload: BytesView,
    },
    Timeout {
        tag: String,
    },
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Kind {
    Text,
    Binary,
}

/// One object in JSON.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ClosingView {
    #[serde(flatten)]
    done: DoneView,
    was_clean: bool,
    was_not_clean_reason: Option<String>,
    #[serde(flatten)]
    timeouts: TimeoutsView,
    local_close_code: Option<u16>,
    local_close_reason: Option<String>,
    remote_close_code: Option<u16>,
    remote_close_reason: Option<String>,
    answered_after_ms: Option<f64>,
    drop_after_ms: Option<f64>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct DoneView {
    closed_by_me: bool,
    failed_by_me: bool,
    dropped_by_me: bool,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct TimeoutsView {
    was_server_connection_drop_timeout: bool,
    was_open_handshake_timeout: bool,
    was_close_handshake_timeout: bool,
}

impl TimeoutsView {
    fn late(&self) -> Option<Late> {
        [
            (self.was_open_handshake_timeout, Late::Opening),
            (self.was_close_handshake_timeout, Late::Close),
            (self.was_server_connection_drop_timeout, Late::Drop),
        ]
        .into_iter()
        .find_map(|(is_late, what)| is_late.then_some(what))
    }
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ExpectedCloseView {
    closed_by_me: bool,
    close_code: Vec<u16>,
    require_clean: bool,
    closed_by_wrong_endpoint_is_fatal: bool,
}

#[derive(Serialize, Deserialize)]
struct StatsView {
    #[serde(rename = "rxOctetStats")]
    octets_received: BTreeMap<usize, u64>,
    #[serde(rename = "txOctetStats")]
    octets_sent: BTreeMap<usize, u64>,
    #[serde(rename = "rxFrameStats")]
    frames_received: BTreeMap<u8, u64>,
    #[serde(rename = "txFrameStats")]
    frames_sent: BTreeMap<u8, u64>,
}

impl From<&CaseReport> for CaseView {
    fn from(case: &CaseReport) -> Self {
        let case = case.clone();
        Self {
            id: case.id,
            title: case.title,
            rule: case.rule,
            level: case.level,
            behavior: case.behavior,
            behavior_close: case.behavior_close,
            outcome: case.outcome,
            reasons: case.reasons,
            failed_before: case.failed_before,
            started: case.started,
            ms: millis(case.duration),
            sent: case.sent,
            wished: case.wished,
            non_strict: case.non_strict,
            received: case.received.into_iter().map(Into::into).collect(),
            closing: case.closing.into(),
            expected_close: case.expected_close.into(),
            is_server: case.is_server,
            request: case.request,
            response: case.response,
            stats: case.stats.into(),
            traffic: case.traffic,
            wire: case.wire.into_iter().map(Into::into).collect(),
        }
    }
}

impl From<CaseView> for CaseReport {
    fn from(view: CaseView) -> Self {
        Self {
            id: view.id,
            title: view.title,
            rule: view.rule,
            level: view.level,
            behavior: view.behavior,
            behavior_close: view.behavior_close,
            outcome: view.outcome,
            reasons: view.reasons,
            failed_before: view.failed_before,
            started: view.started,
            duration: from_millis(view.ms),
            sent: view.sent,
            wished: view.wished,
            non_strict: view.non_strict,
            received: view.received.into_iter().map(Into::into).collect(),
            closing: view.closing.into(),
            expected_close: view.expected_close.into(),
            is_server: view.is_server,
            request: view.request,
            response: view.response,
            stats: view.stats.into(),
            traffic: view.traffic,
            wire: view.wire.into_iter().map(Into::into).collect(),
        }
    }
}

impl From<Received> for ReceivedView {
    fn from(received: Received) -> Self {
        match received {
            Received::Message { binary, payload } => {
                let kind = if binary { Kind::Binary } else { Kind::Text };
                Self::Message { kind, payload: payload.into() }
            }
            Received::Pong { payload } => Self::Pong { payload: payload.into() },
            Received::Timeout { tag } => Self::Timeout { tag },
        }
    }
}

impl From<ReceivedView> for Received {
    fn from(view: ReceivedView) -> Self {
        match view {
            ReceivedView::Message { kind, payload } => {
                let binary = matches!(kind, Kind::Binary);
                Self::Message { binary, payload: payload.into() }
            }
            ReceivedView::Pong { payload } => Self::Pong { payload: payload.into() },
            ReceivedView::Timeout { tag } => Self::Timeout { tag },
        }
    }
}

impl From<Closing> for ClosingView {
    fn from(closing: Closing) -> Self {
        Self {
            done: DoneView {
                closed_by_me: closing.closed_by_me,
                failed_by_me: closing.failed_by_me,
                dropped_by_me: closing.dropped_by_me,
            },
            was_clean: closing.was_clean(),
            was_not_clean_reason: closing.unclean,
            timeouts: TimeoutsView {
                was_server_connection_drop_timeout: closing.late == Some(Late::Drop),
                was_open_handshake_timeout: closing.late == Some(Late::Opening),
                was_close_handshake_timeout: closing.late == Some(Late::Close),
            },
            local_close_code: closing.local_code,
            local_close_reason: closing.local_reason,
            remote_close_code: closing.remote_code,
            remote_close_reason: closing.remote_reason,
            answered_after_ms: closing.answered_after.map(millis),
            drop_after_ms: closing.drop_after.map(millis),
        }
    }
}

impl From<ClosingView> for Closing {
    fn from(view: ClosingView) -> Self {
        let (done, timeouts) = (view.done, view.timeouts);
        Self {
            closed_by_me: done.closed_by_me,
            failed_by_me: done.failed_by_me,
            dropped_by_me: done.dropped_by_me,
            unclean: view.was_not_clean_reason.or_else(|| (!view.was_clean).then(String::new)),
            late: timeouts.late(),
            local_code: view.local_close_code,
            local_reason: view.local_close_reason,
            remote_code: view.remote_close_code,
            remote_reason: view.remote_close_reason,
            answered_after: view.answered_after_ms.map(from_millis),
            drop_after: view.drop_after_ms.map(from_millis),
        }
    }
}

impl From<ExpectedClose> for ExpectedCloseView {
    fn from(end: ExpectedClose) -> Self {
        Self {
            closed_by_me: end.by == By::Us,
            close_code: end.codes,
            require_clean: end.clean,
            closed_by_wrong_endpoint_is_fatal: end.wrong_end_is_fatal,
        }
    }
}

impl From<ExpectedCloseView> for ExpectedClose {
    fn from(view: ExpectedCloseView) -> Self {
        Self {
            by: if view.closed_by_me { By::Us } else { By::Peer },
            codes: view.close_code,
            clean: view.require_clean,
            wrong_end_is_fatal: view.closed_by_wrong_endpoint_is_fatal,
        }
    }
}

impl From<Stats> for StatsView {
    fn from(stats: Stats) -> Self {
        let Stats { octets_received, octets_sent, frames_received, frames_sent } = stats;
        Self { octets_received, octets_sent, frames_received, frames_sent }
    }
}

impl From<StatsView> for Stats {
    fn from(view: StatsView) -> Self {
        let StatsView { octets_received, octets_sent, frames_received, frames_sent } = view;
        Self { octets_received, octets_sent, frames_received, frames_sent }
    }
}
