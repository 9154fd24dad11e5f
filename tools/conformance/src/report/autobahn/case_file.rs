//! The file of one case.

use std::time::SystemTime;

use blocking_ws::MessageKind;
use serde_json::{Map, Value, json};

use super::super::record::{
    Behavior, BehaviorClose, CaseReport, ExpectedClose, Late, OneWay, Outcome, Traffic,
};
use super::super::run::Report;
use super::files::millis;
use super::rows::{payload, row};
use crate::case::{By, Case, Excerpt, Expected, Received, Test};

/// The file of the case, which has the number `number` in the run. `known` is the case of this suite
/// with this id.
pub(super) fn case_file(
    report: &Report,
    case: &CaseReport,
    number: usize,
    known: Option<&Case>,
) -> Value {
    let end = &case.closing;
    json!({
        "case": number,
        "id": case.id.to_string(),
        "description": description(case),
        "expectation": expectation(case),
        "agent": report.tested.agent,
        "started": started(case.started),
        "duration": millis(case.duration),
        "reportTime": matches!(case.id.group().as_str(), "9" | "12" | "13"),
        "reportCompressionRatio": matches!(case.id.group().as_str(), "12" | "13"),
        "behavior": case.behavior,
        "behaviorClose": case.behavior_close,
        "expected": expected(known),
        "expectedClose": expected_close(&case.expected_close),
        "received": case.received.iter().map(received).collect::<Vec<_>>(),
        "result": result(case),
        "resultClose": result_close(case),
        "wirelog": case.wire.iter().filter_map(row).collect::<Vec<_>>(),
        "createWirelog": true,
        "createStats": true,
        "closedByMe": end.closed_by_me,
        "failedByMe": end.failed_by_me,
        "droppedByMe": end.dropped_by_me,
        "wasClean": end.was_clean(),
        "wasNotCleanReason": end.unclean,
        "wasServerConnectionDropTimeout": end.late == Some(Late::Drop),
        "wasOpenHandshakeTimeout": end.late == Some(Late::Opening),
        "wasCloseHandshakeTimeout": end.late == Some(Late::Close),
        "localCloseCode": end.local_code,
        "localCloseReason": end.local_reason,
        "remoteCloseCode": end.remote_code,
        "remoteCloseReason": end.remote_reason,
        "isServer": case.is_server,
        "rxOctetStats": case.stats.octets_received,
        "txOctetStats": case.stats.octets_sent,
        "rxFrameStats": case.stats.frames_received,
        "txFrameStats": case.stats.frames_sent,
        "httpRequest": case.request,
        "httpResponse": case.response,
        "trafficStats": case.traffic.as_ref().map(|traffic| traffic_stats(case, traffic)),
    })
}

/// What must come, and what may. Nothing for cases that look at lengths only.
fn expected(known: Option<&Case>) -> Value {
    let list = |expected: &[Expected]| -> Value {
        let entry = |expected: &Expected| match expected {
            Expected::Message(kind, bytes) => {
                let is_binary = *kind == MessageKind::Binary;
                json!(["message", payload(&Excerpt::of_payload(bytes)), is_binary])
            }
            Expected::Pong(bytes) => json!(["pong", payload(&Excerpt::of_payload(bytes))]),
            Expected::Timeout(tag) => json!(["timeout", tag]),
        };
        expected.iter().map(entry).collect()
    };
    let mut lists = Map::new();
    if let Some(Case { test: Test::Acts { want, .. }, .. }) = known
        && !want.by_length
    {
        lists.insert("OK".to_owned(), list(&want.ok));
        if let Some(other) = &want.non_strict {
            lists.insert("NON-STRICT".to_owned(), list(other));
        }
    }
    lists.into()
}

/// The last key is there only if it is true.
fn expected_close(end: &ExpectedClose) -> Value {
    let mut wished = json!({
        "closedByMe": end.by == By::Us,
        "closeCode": end.codes,
        "requireClean": end.clean,
    });
    if end.wrong_end_is_fatal {
        wished["closedByWrongEndpointIsFatal"] = true.into();
    }
    wished
}

fn description(case: &CaseReport) -> String {
    format!("{} ({}): {}", case.title, case.rule, case.sent.join(" "))
}

fn expectation(case: &CaseReport) -> String {
    let other = case.non_strict.iter().map(|other| format!(" Or, not strict: {other}"));
    format!("{}{} {}", case.wished, other.collect::<String>(), case.expected_end())
}

/// With milliseconds, in UTC.
fn started(time: SystemTime) -> String {
    humantime::format_rfc3339_millis(time.max(SystemTime::UNIX_EPOCH)).to_string()
}

fn received(received: &Received) -> Value {
    match received {
        Received::Message { binary, payload: bytes } => json!(["message", payload(bytes), binary]),
        Received::Pong { payload: bytes } => json!(["pong", payload(bytes)]),
        Received::Timeout { tag } => json!(["timeout", tag]),
    }
}

/// What is to be said about what was received.
fn result(case: &CaseReport) -> String {
    match (case.outcome, case.behavior) {
        (Outcome::Limit, _) => "The peer refused the case because of a limit.".to_owned(),
        (_, Behavior::Ok) => "All that came was expected.".to_owned(),
        (_, Behavior::NonStrict) => "What came is legal, but not strict.".to_owned(),
        (_, Behavior::Informational) => "There is no right answer; see what came.".to_owned(),
        (_, Behavior::Unimplemented) => "The peer does not have what is tested.".to_owned(),
        (_, Behavior::Failed) if case.reasons.is_empty() => {
            "What came was not expected.".to_owned()
        }
        (_, Behavior::Failed) => case.reasons.join(" "),
    }
}

fn result_close(case: &CaseReport) -> String {
    match case.behavior_close {
        BehaviorClose::Ok => "The connection was closed as it should.".to_owned(),
        BehaviorClose::Informational => "There is no right end; see how it was closed.".to_owned(),
        BehaviorClose::Unclean => "The closing handshake was not completed.".to_owned(),
        BehaviorClose::WrongCode => {
            let codes: Vec<String> =
                case.expected_close.codes.iter().map(ToString::to_string).collect();
            format!("The Close frame must have the code {}, or none.", codes.join(" or "))
        }
        BehaviorClose::FailedByClient => "The server should have ended TCP.".to_owned(),
        BehaviorClose::Failed if case.response.is_empty() => {
            "The opening handshake was not completed.".to_owned()
        }
        BehaviorClose::Failed => "The wrong end closed the connection.".to_owned(),
    }
}

/// The counters and ratios of a case with compression.
fn traffic_stats(case: &CaseReport, traffic: &Traffic) -> Value {
    let (incoming, outgoing) = (&traffic.received, &traffic.sent);
    let (in_head, out_head) = if case.is_server {
        (case.request.len(), case.response.len())
    } else {
        (case.response.len(), case.request.len())
    };
    json!({
        "incomingCompressionRatio": compression(incoming),
        "incomingOctetsAppLevel": incoming.app_bytes,
        "incomingOctetsWebSocketLevel": incoming.payload_bytes,
        "incomingOctetsWireLevel": incoming.wire_bytes,
        "incomingWebSocketFrames": incoming.frames,
        "incomingWebSocketMessages": incoming.messages,
        "incomingWebSocketOverhead": overhead(incoming),
        "outgoingCompressionRatio": compression(outgoing),
        "outgoingOctetsAppLevel": outgoing.app_bytes,
        "outgoingOctetsWebSocketLevel": outgoing.payload_bytes,
        "outgoingOctetsWireLevel": outgoing.wire_bytes,
        "outgoingWebSocketFrames": outgoing.frames,
        "outgoingWebSocketMessages": outgoing.messages,
        "outgoingWebSocketOverhead": overhead(outgoing),
        "preopenIncomingOctetsWireLevel": in_head,
        "preopenOutgoingOctetsWireLevel": out_head,
    })
}

/// The size of payloads, as a part of the size of messages. Nothing if there were none.
fn compression(way: &OneWay) -> Option<f64> {
    ratio(way.payload_bytes, way.app_bytes)
}

/// The size of headers, as a part of the size of payloads. Nothing if there were none.
fn overhead(way: &OneWay) -> Option<f64> {
    ratio(way.wire_bytes.saturating_sub(way.payload_bytes), way.payload_bytes)
}

fn ratio(part: u64, whole: u64) -> Option<f64> {
    // Exact: both are below 2^32, as 4 GiB are more than a case sends; larger counts are cut.
    let exact = |count: u64| f64::from(u32::try_from(count).unwrap_or(u32::MAX));
    (whole > 0).then(|| exact(part) / exact(whole))
}
