//! The pages, the source and what was produced say the same.

use std::collections::BTreeSet;
use std::fmt::Display;
use std::ptr;
use std::time::Duration;

use blocking_ws::testing;

use crate::pages::{self, Row};
use crate::produced::Produced;
use crate::scenarios::ALL;
use crate::source::{self, Literal};
use crate::unseen;

/// The enums that a user may see in an error: how `Debug` begins, the file, and the name.
const ENUMS: [(&str, &str, &str); 8] = [
    ("Error::", "error/error.rs", "Error"),
    ("Error::Deadline(", "error/phase.rs", "Phase"),
    ("Error::Handshake(", "proto/rules/handshake_error.rs", "HandshakeError"),
    ("Error::Protocol(", "proto/rules/protocol_error.rs", "ProtocolError"),
    ("Error::Url(", "proto/url/url_error.rs", "UrlError"),
    ("Error::Proxy(", "proto/proxy/proxy_error.rs", "ProxyError"),
    ("PushError::", "client/reconnect/push_error.rs", "PushError"),
    ("CloseCode::", "proto/rules/close_code.rs", "CloseCode"),
];

/// All scenarios together, on a machine that has much else to do.
const PATIENCE: Duration = Duration::from_secs(300);

fn within(test: impl FnOnce() + Send + 'static) {
    testing::within(PATIENCE, test);
}

/// Fails with a list of all that is wrong, so that one run shows it all.
fn none<T: Display>(what: &str, all: impl IntoIterator<Item = T>) {
    let all: Vec<_> = all.into_iter().map(|one| format!("  {one}\n")).collect();
    assert!(all.is_empty(), "{} {what}:\n{}", all.len(), all.concat());
}

#[test]
fn each_text_has_one_row() {
    within(|| {
        let rows = pages::rows();
        let has_no_row =
            |(_, one): &&(&str, Produced)| pages::meant(&rows, one.table, &one.text).is_none();
        let told: BTreeSet<_> = ALL
            .iter()
            .filter(has_no_row)
            .map(|(scenario, one)| format!("{:?} {} ({scenario})", one.table, one.text))
            .collect();
        none("texts have no row, or several", told);
    });
}

#[test]
fn each_message_of_a_row_is_produced() {
    within(|| {
        let rows = pages::rows();
        let meant: Vec<_> = ALL
            .iter()
            .filter_map(|(_, one)| Some((pages::meant(&rows, one.table, &one.text)?, &one.text)))
            .collect();
        let is_produced = |row: &Row, pattern: &str| {
            meant.iter().any(|(of, text)| ptr::eq(*of, row) && pages::fits(pattern, text))
        };
        let mut missing = Vec::new();
        for row in rows.iter().filter(|row| row.is_built) {
            for pattern in &row.patterns {
                if !is_produced(row, pattern) && !unseen::has_pattern(pattern) {
                    missing.push(format!("{}: {pattern}", row.page));
                }
            }
        }
        none("messages are on a page, and nothing produces them", missing);
        none("messages of `unseen` are on no page", unseen::stale_patterns(&rows));
    });
}

#[test]
fn each_variant_is_produced() {
    within(|| {
        let seen: BTreeSet<&str> = ALL.iter().map(|(_, one)| &one.variant[..]).collect();
        let is_seen = |name: &str| {
            let mut rests = seen.iter().filter_map(|seen| seen.strip_prefix(name));
            rests.any(|rest| !rest.starts_with(char::is_alphanumeric))
        };
        let mut missing = Vec::new();
        for (front, file, name) in ENUMS {
            for variant in source::variants(file, name) {
                let shown = format!("{front}{variant}");
                if !is_seen(&shown) && !unseen::has_variant(&shown) {
                    missing.push(format!("{name}::{variant}"));
                }
            }
        }
        none("variants are not produced", missing);
    });
}

#[test]
fn each_text_of_the_source_is_produced() {
    within(|| {
        let literals = source::literals();
        assert!(literals.len() > 300, "the source was not read");
        let is_produced = |part: &String| {
            let part = part.replace('\n', "");
            ALL.iter().any(|(_, one)| one.text.contains(part.trim()))
        };
        let is_missing = |literal: &&Literal| {
            let parts = source::fixed_parts(&literal.text);
            !parts.iter().all(is_produced) && !unseen::has_literal(literal)
        };
        let place = |it: &Literal| format!("{}:{}: {}", it.file, it.line, it.text);
        none("texts of the source are not produced", literals.iter().filter(is_missing).map(place));
        none("entries of `unseen` fit no text of the source", unseen::stale(&literals));
    });
}

/// Shows all texts: `cargo test --test troubleshooting -- --ignored --nocapture every_text`.
#[test]
#[ignore = "it tests nothing"]
fn every_text() {
    for (scenario, one) in ALL.iter() {
        println!("{:?} [{}] {} <{scenario}>", one.table, one.variant, one.text);
    }
}
