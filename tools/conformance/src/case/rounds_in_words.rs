//! Messages that go back and forth, in sentences.

use blocking_ws::MessageKind;

use super::definition::{Content, Rounds};
use super::words::{bare, kind_name, size, time};
use crate::compression::Terms;
use crate::data::Corpus;

impl Rounds {
    pub(super) fn sends(&self) -> Vec<String> {
        let kind = kind_name(self.kind);
        let size = match (&self.content, self.kind) {
            (Content::Windows(_), MessageKind::Text) => format!("{} characters", self.size),
            _ => size(self.size),
        };
        let mut lines = vec![format!(
            "Sends {} {kind} messages of {size}, each after the one before has come back.",
            self.count
        )];
        match &self.content {
            Content::Same(payload) if payload.is_empty() => {}
            Content::Same(payload) => lines.push(format!("Each is {}.", bare(payload))),
            Content::Windows(corpus) => lines.push(format!(
                "Each is the next part of {}, which begins again at its end.",
                corpus_name(*corpus)
            )),
        }
        if let Some(most) = self.fragment {
            let bytes = if self.compression.is_some() { "compressed bytes" } else { "bytes" };
            lines.push(format!("Each is sent in fragments of {most} {bytes}."));
        }
        if let Some(terms) = self.compression {
            lines.push(format!(
                "Messages are compressed by permessage-deflate, {}.",
                terms_in_words(terms)
            ));
        }
        lines.push(format!("Closes the connection after {} at the latest.", time(self.timer)));
        lines
    }
}

fn corpus_name(corpus: Corpus) -> &'static str {
    match corpus {
        Corpus::Json => "a JSON text in ASCII",
        Corpus::Bitmap => "an 8-bit bitmap",
        Corpus::Prose => "a prose text",
        Corpus::Html => "an HTML text with characters of 2, 3 and 4 bytes",
        Corpus::Document => "a document with compressed parts",
    }
}

/// What is agreed on, as the end of a sentence. The end that sends less than the suite is the peer.
fn terms_in_words(terms: Terms) -> String {
    let window = |bits: u8| format!("the peer's window has {bits} bits");
    match terms {
        Terms::Plain => "without parameters for the peer".to_owned(),
        Terms::ServerNoTakeover => "and the peer compresses each message alone".to_owned(),
        Terms::ServerWindow(bits) => format!("and {}", window(bits)),
        Terms::ServerNoTakeoverAndWindow(bits) => {
            format!("the peer compresses each message alone, and {}", window(bits))
        }
        Terms::Three => "with three offers, the narrowest first".to_owned(),
    }
}
