//! Groups 12 and 13: permessage-deflate (RFC 7692), with different data and different parameters.

use std::time::Duration;

use blocking_ws::MessageKind;

use super::draft::BOTH;
use super::notation::id;
use crate::case::{Case, Content, Level, Rounds, Test};
use crate::compression::Terms;
use crate::data::Corpus;

/// Of each case: how long the messages are, of how many bytes a fragment is after compression, and
/// for how many seconds it may go on.
const SIZES: [(usize, Option<usize>, u64); 18] = [
    (16, None, 60),
    (64, None, 60),
    (256, None, 120),
    (1024, None, 240),
    (4096, None, 480),
    (8192, None, 480),
    (16_384, None, 480),
    (32_768, None, 480),
    (65_536, None, 480),
    (131_072, None, 480),
    (8192, Some(256), 480),
    (16_384, Some(256), 480),
    (32_768, Some(256), 480),
    (65_536, Some(256), 480),
    (131_072, Some(256), 480),
    (131_072, Some(1024), 480),
    (131_072, Some(4096), 480),
    (131_072, Some(32_768), 480),
];

/// The parts of group 12.
const DATA: [(Corpus, MessageKind, &str); 5] = [
    (Corpus::Json, MessageKind::Text, "JSON"),
    (Corpus::Bitmap, MessageKind::Binary, "bitmap"),
    (Corpus::Prose, MessageKind::Binary, "prose"),
    (Corpus::Html, MessageKind::Text, "HTML"),
    (Corpus::Document, MessageKind::Binary, "document"),
];

/// The parts of group 13.
const TERMS: [(Terms, &str, &str); 7] = [
    (Terms::Plain, "plain offer", "RFC 7692 §7.1"),
    (Terms::ServerNoTakeover, "no context of the server", "RFC 7692 §7.1.1.1"),
    (Terms::ServerWindow(9), "window of 9 bits", "RFC 7692 §7.1.2.1"),
    (Terms::ServerWindow(15), "window of 15 bits", "RFC 7692 §7.1.2.1"),
    (Terms::ServerNoTakeoverAndWindow(9), "no context, window of 9 bits", "RFC 7692 §7.1"),
    (Terms::ServerNoTakeoverAndWindow(15), "no context, window of 15 bits", "RFC 7692 §7.1"),
    (Terms::Three, "three offers", "RFC 7692 §5.1"),
];

pub(super) fn cases() -> Vec<Case> {
    let data = (1..).zip(DATA).flat_map(|(part, (corpus, kind, name))| {
        of_part(12, part, (corpus, kind), Terms::Plain, name, "RFC 7692 §7.2")
    });
    let [(json, text, _), ..] = DATA;
    let terms = (1..)
        .zip(TERMS)
        .flat_map(|(part, (terms, name, rule))| of_part(13, part, (json, text), terms, name, rule));
    data.chain(terms).collect()
}

fn of_part(
    group: u8,
    part: u8,
    (corpus, kind): (Corpus, MessageKind),
    terms: Terms,
    name: &str,
    rule: &'static str,
) -> Vec<Case> {
    let unit = if kind == MessageKind::Text { "characters" } else { "bytes" };
    let case = |(at, (size, fragment, seconds)): (u8, (usize, Option<usize>, u64))| {
        let cut = fragment.map(|bytes| format!(", in fragments of {bytes} bytes"));
        let rounds = Rounds {
            kind,
            content: Content::Windows(corpus),
            size,
            fragment,
            count: 1000,
            compression: Some(terms),
            timer: Duration::from_secs(seconds),
        };
        Case {
            id: id(&format!("{group}.{part}.{at}")),
            title: format!("{name}: messages of {size} {unit}{}", cut.unwrap_or_default()),
            rule,
            level: Level::Must,
            roles: BOTH,
            needs_echo: true,
            test: Test::Rounds(rounds),
        }
    };
    (1..).zip(SIZES).map(case).collect()
}
