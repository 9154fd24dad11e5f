//! Tables of a case: how it was closed, and what passed in numbers.

use std::collections::BTreeMap;

use maud::{Markup, html};

use super::super::record::{CaseReport, Late, OneWay};
use super::super::words::{millis, opcode, printable};

/// The most sizes of reads or writes that are listed.
const MOST_SIZES: usize = 24;

/// How the connection was closed, by the names of the Autobahn test suite.
pub(super) fn closing(case: &CaseReport) -> Markup {
    let end = &case.closing;
    let code = |code: Option<u16>| code.map_or_else(|| "none".to_owned(), |code| code.to_string());
    let text = |text: &Option<String>| {
        text.as_deref().map_or_else(|| "none".to_owned(), |text| format!("\"{}\"", printable(text)))
    };
    let yes = |flag: bool| if flag { "yes" } else { "no" }.to_owned();
    let mut rows = vec![
        ("isServer", yes(case.is_server), "this suite was the server"),
        ("closedByMe", yes(end.closed_by_me), "this suite sent the first Close frame"),
        ("failedByMe", yes(end.failed_by_me), "a timer or a broken rule made this suite close"),
        ("droppedByMe", yes(end.dropped_by_me), "this suite ended TCP first"),
        ("wasClean", yes(end.was_clean()), "both Close frames were sent, and TCP ended in time"),
        ("wasNotCleanReason", text(&end.unclean), "why it was not clean"),
        (
            "wasServerConnectionDropTimeout",
            yes(end.late == Some(Late::Drop)),
            "the server did not end TCP in time",
        ),
        (
            "wasOpenHandshakeTimeout",
            yes(end.late == Some(Late::Opening)),
            "the opening handshake did not come in time",
        ),
        (
            "wasCloseHandshakeTimeout",
            yes(end.late == Some(Late::Close)),
            "the answer to the Close frame did not come in time",
        ),
        ("localCloseCode", code(end.local_code), "the code that this suite sent"),
        ("localCloseReason", text(&end.local_reason), "the reason that this suite sent"),
        ("remoteCloseCode", code(end.remote_code), "the code that the program sent"),
        ("remoteCloseReason", text(&end.remote_reason), "the reason that the program sent"),
    ];
    if let Some(after) = end.drop_after {
        rows.push((
            "dropAfter",
            millis(after),
            "the time from both Close frames to the end of TCP",
        ));
    }
    html! {
        table.plain {
            @for (name, value, words) in rows {
                tr { th scope="row" { code { (name) } } td { b { (value) } } td.faint { (words) } }
            }
        }
    }
}

/// Reads, writes, frames, and what was compressed.
pub(super) fn statistics(case: &CaseReport) -> Markup {
    let stats = &case.stats;
    html! {
        div.columns {
            (octets("Octets received", "reads", &stats.octets_received))
            (octets("Octets sent", "writes", &stats.octets_sent))
            (frames("Frames received", &stats.frames_received))
            (frames("Frames sent", &stats.frames_sent))
        }
        @if let Some(traffic) = &case.traffic {
            table.plain {
                thead {
                    tr {
                        th { "Messages" }
                        @for name in ["count", "frames", "bytes", "payload bytes", "wire bytes", "ratio"] {
                            th { (name) }
                        }
                    }
                }
                (way("received", &traffic.received))
                (way("sent", &traffic.sent))
            }
        }
    }
}

/// How many reads or writes had which size, with sums.
fn octets(title: &str, unit: &str, sizes: &BTreeMap<usize, u64>) -> Markup {
    let times: u64 = sizes.values().sum();
    let octets = sizes.iter().map(|(size, count)| u128::from(*count) * *size as u128);
    let octets: u128 = octets.sum();
    html! {
        table.plain {
            caption { (title) }
            thead { tr { th { "size" } th { (unit) } th { "octets" } } }
            @for (size, count) in sizes.iter().take(MOST_SIZES) {
                tr { td { (size) } td { (count) } td { (u128::from(*count) * *size as u128) } }
            }
            @if sizes.len() > MOST_SIZES {
                tr { td.faint colspan="3" { "… and " (sizes.len() - MOST_SIZES) " more sizes" } }
            }
            tfoot { tr { th { "all" } td { (times) } td { (octets) } } }
        }
    }
}

fn frames(title: &str, opcodes: &BTreeMap<u8, u64>) -> Markup {
    html! {
        table.plain {
            caption { (title) }
            thead { tr { th { "opcode" } th { "frames" } } }
            @for (code, count) in opcodes { tr { td { (code) " " (opcode(*code)) } td { (count) } } }
            tfoot { tr { th { "all" } td { (opcodes.values().sum::<u64>()) } } }
        }
    }
}

fn way(name: &str, way: &OneWay) -> Markup {
    let ratio = match way.app_bytes {
        0 => "none".to_owned(),
        bytes => format!("{} %", way.payload_bytes.saturating_mul(100) / bytes),
    };
    html! {
        tr {
            th scope="row" { (name) }
            @for count in [way.messages, way.frames, way.app_bytes, way.payload_bytes, way.wire_bytes] {
                td { (count) }
            }
            td { (ratio) }
        }
    }
}
