//! [`Matcher`]: compares what comes with what is wanted.

use blocking_ws::MessageKind;

use crate::case::{Excerpt, Expected, Received, Want};

/// The most things that a report lists.
const LISTED: usize = 64;

/// One thing that came.
pub(super) enum Came<'a> {
    Message(MessageKind, &'a [u8]),
    Pong(&'a [u8]),
    Timeout(&'static str),
}

/// Compares what comes with what is wanted, one by one, so that nothing large is kept.
#[derive(Debug)]
pub(super) struct Matcher<'a> {
    want: &'a Want,
    count: usize,
    is_ok: bool,
    is_non_strict: bool,
    /// What came, as far as it is listed.
    pub(super) received: Vec<Received>,
}

impl<'a> Matcher<'a> {
    pub(super) fn new(want: &'a Want) -> Self {
        let is_non_strict = want.non_strict.is_some();
        Self { want, count: 0, is_ok: true, is_non_strict, received: Vec::new() }
    }

    pub(super) fn take(&mut self, came: &Came<'_>) {
        let (want, count) = (self.want, self.count);
        let is =
            |list: &[Expected]| list.get(count).is_some_and(|it| equal(it, came, want.by_length));
        self.is_ok = self.is_ok && is(&want.ok);
        self.is_non_strict =
            self.is_non_strict && want.non_strict.as_ref().is_some_and(|list| is(list));
        self.count += 1;
        if self.received.len() < LISTED {
            self.received.push(received(came));
        }
    }

    pub(super) fn want(&self) -> &'a Want {
        self.want
    }

    /// All that is wished has come, and nothing else.
    pub(super) fn is_ok(&self) -> bool {
        self.is_ok && self.count == self.want.ok.len()
    }

    /// What may come in its place has come, and nothing else.
    pub(super) fn is_non_strict(&self) -> bool {
        self.is_non_strict && self.want.non_strict.as_ref().is_some_and(|it| it.len() == self.count)
    }

    /// Nothing more can come that would be better.
    pub(super) fn is_done(&self) -> bool {
        self.is_ok() && self.want.non_strict.is_none()
    }
}

fn equal(expected: &Expected, came: &Came<'_>, by_length: bool) -> bool {
    match (expected, came) {
        (Expected::Message(kind, payload), Came::Message(of, bytes)) => {
            kind == of && payload.len() == bytes.len() && (by_length || payload.bytes() == *bytes)
        }
        (Expected::Pong(payload), Came::Pong(bytes)) => payload.bytes() == *bytes,
        (Expected::Timeout(tag), Came::Timeout(of)) => tag == of,
        _ => false,
    }
}

fn received(came: &Came<'_>) -> Received {
    match came {
        Came::Message(kind, bytes) => {
            Received::Message { binary: *kind == MessageKind::Binary, payload: Excerpt::of(bytes) }
        }
        Came::Pong(bytes) => Received::Pong { payload: Excerpt::of(bytes) },
        Came::Timeout(tag) => Received::Timeout { tag: (*tag).to_owned() },
    }
}
