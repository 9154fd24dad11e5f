//! [`Matcher`]: compares what comes with what is wanted.

use blocking_ws::MessageKind;

use crate::case::{By, End, Excerpt, Expected, Instead, Pongs, Received, Want};

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
    ok: Track<'a>,
    non_strict: Option<Track<'a>>,
    instead: Vec<Track<'a>>,
    /// What came, as far as it is listed.
    pub(super) received: Vec<Received>,
}

/// A list of what may come, and how far what has come follows it.
#[derive(Debug)]
struct Track<'a> {
    list: &'a [Expected],
    /// How many of them have come.
    at: usize,
    /// Nothing else has come.
    is_followed: bool,
}

impl<'a> Track<'a> {
    fn new(list: &'a [Expected]) -> Self {
        Self { list, at: 0, is_followed: true }
    }

    fn take(&mut self, came: &Came<'_>, want: &Want) {
        let rest = self.list.get(self.at..).unwrap_or_default();
        // RFC 6455 §5.5.3: a pong may be missing if another follows.
        let may_skip = |at: usize| {
            want.pongs == Pongs::Last
                && matches!(rest.get(at..at + 2), Some([Expected::Pong(_), Expected::Pong(_)]))
        };
        let last = (0..rest.len()).take_while(|at| may_skip(*at)).count();
        let found =
            rest.iter().take(last + 1).position(|expected| equal(expected, came, want.by_length));
        match found {
            Some(skipped) => self.at += skipped + 1,
            None => self.is_followed = false,
        }
    }

    fn is_whole(&self) -> bool {
        self.is_followed && self.at == self.list.len()
    }
}

impl<'a> Matcher<'a> {
    pub(super) fn new(want: &'a Want) -> Self {
        Self {
            want,
            ok: Track::new(&want.ok),
            non_strict: want.non_strict.as_deref().map(Track::new),
            instead: want.instead.iter().map(|it| Track::new(&it.received)).collect(),
            received: Vec::new(),
        }
    }

    pub(super) fn take(&mut self, came: &Came<'_>) {
        let tracks = [&mut self.ok].into_iter().chain(&mut self.non_strict);
        tracks.chain(&mut self.instead).for_each(|track| track.take(came, self.want));
        if self.received.len() < LISTED {
            self.received.push(received(came));
        }
    }

    pub(super) fn want(&self) -> &'a Want {
        self.want
    }

    /// All that is wished has come, and nothing else.
    pub(super) fn is_ok(&self) -> bool {
        self.ok.is_whole()
    }

    /// What may come in its place has come, and nothing else.
    pub(super) fn is_non_strict(&self) -> bool {
        self.non_strict.as_ref().is_some_and(Track::is_whole)
    }

    /// What has come in place of all that is wished. How the connection ends is not looked at.
    pub(super) fn instead(&self) -> impl Iterator<Item = &'a Instead> {
        let tracks = self.want.instead.iter().zip(&self.instead);
        tracks.filter(|(_, track)| track.is_whole()).map(|(instead, _)| instead)
    }

    /// How the connection ends, if it is closed now because nothing more can come that is better.
    pub(super) fn closes(&self) -> Option<&'a End> {
        if self.is_done() && self.want.closes_when_done {
            return Some(&self.want.end);
        }
        let is_ours = |it: &&Instead| it.end.by == By::Us && !it.received.is_empty();
        self.instead().find(is_ours).map(|instead| &instead.end)
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
