//! [`all`]: the cases of all groups.

use std::sync::LazyLock;

use super::{beyond, closing, deflate, fragments, framing, limits, opcodes, pings, reserved, utf8};
use crate::case::Case;

/// Returns all cases, in the order of their ids.
#[must_use]
pub fn all() -> &'static [Case] {
    static ALL: LazyLock<Vec<Case>> = LazyLock::new(|| {
        let groups = [
            framing::cases(),
            pings::cases(),
            reserved::cases(),
            opcodes::cases(),
            fragments::cases(),
            utf8::cases(),
            closing::cases(),
            limits::cases(),
            deflate::cases(),
            beyond::cases(),
        ];
        let mut cases = groups.concat();
        cases.sort_by(|a, b| a.id.cmp(&b.id));
        cases
    });
    &ALL
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, HashSet};
    use std::str;

    use blocking_ws::MessageKind;

    use super::*;
    use crate::case::{Act, By, Expected, Frame, Payload, Test, Writes};

    /// Those of the original suite.
    fn numbered() -> impl Iterator<Item = &'static Case> {
        all().iter().filter(|case| !case.id.is_beyond())
    }

    #[test]
    fn each_group_has_its_cases_in_order() {
        let mut counts: BTreeMap<u16, usize> = BTreeMap::new();
        for case in numbered() {
            *counts.entry(case.id.numbers()[0]).or_default() += 1;
        }
        let counts: Vec<(u16, usize)> = counts.into_iter().collect();
        let groups = [
            (1, 16),
            (2, 11),
            (3, 7),
            (4, 10),
            (5, 20),
            (6, 145),
            (7, 37),
            (9, 54),
            (10, 1),
            (12, 90),
            (13, 126),
        ];
        assert_eq!(counts, groups);
        assert_eq!(numbered().count(), 517);
        // Ids that ascend are unique.
        for pair in all().windows(2) {
            assert!(pair[0].id < pair[1].id, "{} before {}", pair[0].id, pair[1].id);
        }
    }

    #[test]
    fn the_last_number_of_ids_counts_from_one() {
        let mut last: BTreeMap<(String, &[u16]), u16> = BTreeMap::new();
        for case in all().iter().filter(|case| case.id.numbers().len() > 1) {
            let (number, part) = case.id.numbers().split_last().unwrap();
            let last = last.entry((case.id.group(), part)).or_default();
            *last += 1;
            assert_eq!(number, last, "{}", case.id);
        }
    }

    #[test]
    fn titles_are_unique_in_a_group_and_say_how_frames_leave() {
        let mut titles = HashSet::new();
        for case in all() {
            let (id, title) = (&case.id, &case.title);
            assert!(titles.insert((id.group(), title)), "{id} {title}");
            assert!(case.rule.starts_with("RFC ") && case.rule.contains('§'), "{id} {title}");
            let fragment = match &case.test {
                Test::Rounds(rounds) => rounds.fragment,
                Test::Asks(_) | Test::Responds(_) => None,
                Test::Acts { acts, .. } => {
                    assert_eq!(title.contains("byte by byte"), has(acts, Writes::Chopped(1)));
                    assert_eq!(title.contains("a write for each"), has(acts, Writes::Alone));
                    acts.iter().find_map(|act| match act {
                        Act::Message { fragment, .. } => *fragment,
                        _ => None,
                    })
                }
            };
            if case.id.is_beyond() {
                continue;
            }
            assert_eq!(title.contains("in fragments of"), fragment.is_some(), "{id} {title}");
        }
    }

    fn has(acts: &[Act], writes: Writes) -> bool {
        acts.iter().any(|act| matches!(act, Act::Frame(frame) if frame.writes == writes))
    }

    #[test]
    fn an_echo_that_obeys_the_rfc_does_what_is_wanted() {
        for case in numbered() {
            let Test::Acts { acts, want, .. } = &case.test else { continue };
            let echo = Echo::of(acts, true);
            assert!(same(&echo.sent, &want.ok), "{}: {:?}", case.id, echo.sent);
            let is_ours = want.end.by == By::Us;
            match echo.end {
                // Whether it may answer or must fail is open.
                _ if want.informational => {}
                None => {
                    let is_plain = want.end.codes == [1000] && want.end.clean;
                    assert!(is_ours && is_plain, "{}", case.id);
                }
                Some(End::Closed(code)) => {
                    assert!(is_ours && want.end.clean, "{}", case.id);
                    assert!(want.end.codes.contains(&code.unwrap_or(1000)), "{}", case.id);
                }
                Some(End::Failed(code)) => {
                    let has_closed = acts.iter().any(|act| matches!(act, Act::Close(_)));
                    assert_eq!(is_ours, has_closed, "{}", case.id);
                    assert!(!want.end.clean && want.end.codes.contains(&code), "{}", case.id);
                }
            }
            if want.closes_when_done {
                assert!(is_ours && want.non_strict.is_none(), "{}", case.id);
            }
            if let Some(lax) = &want.non_strict {
                let late = Echo::of(acts, false);
                assert!(lax.is_empty() || same(&late.sent, lax), "{}: {lax:?}", case.id);
            }
        }
    }

    fn same(left: &[Expected], right: &[Expected]) -> bool {
        left.len() == right.len() && left.iter().zip(right).all(|pair| is_same(pair.0, pair.1))
    }

    fn is_same(left: &Expected, right: &Expected) -> bool {
        let is_equal = |a: &Payload, b: &Payload| a == b || a.bytes() == b.bytes();
        match (left, right) {
            (Expected::Message(a, left), Expected::Message(b, right)) => {
                a == b && is_equal(left, right)
            }
            (Expected::Pong(left), Expected::Pong(right)) => is_equal(left, right),
            (left, right) => left == right,
        }
    }

    /// What a program does that sends messages back and answers pings, by the rules of RFC 6455.
    #[derive(Default)]
    struct Echo {
        sent: Vec<Expected>,
        end: Option<End>,
        /// The message whose fragments are coming.
        message: Option<(MessageKind, Vec<u8>)>,
        /// Whether it checks texts before they are whole.
        is_early: bool,
    }

    enum End {
        /// It has answered a Close frame with this code.
        Closed(Option<u16>),
        /// It has failed the connection with this code.
        Failed(u16),
    }

    impl Echo {
        fn of(acts: &[Act], is_early: bool) -> Self {
            let mut echo = Self { is_early, ..Self::default() };
            for act in acts {
                if echo.end.is_none() {
                    echo.end = echo.take(act).err();
                }
            }
            echo
        }

        fn take(&mut self, act: &Act) -> Result<(), End> {
            match act {
                Act::Frame(frame) => self.frame(frame),
                Act::Close(payload) => self.frame(&Frame::of(8, payload.clone())),
                Act::Message { kind, payload, .. } => self.whole(*kind, payload),
                Act::Begin { fin, opcode, len, payload } => {
                    assert!((*fin, *opcode) == (false, 1) && payload.len() < *len);
                    self.message = Some((MessageKind::Text, payload.bytes()));
                    self.check(false)
                }
                Act::More(payload) => {
                    self.message.as_mut().unwrap().1.extend(payload.bytes());
                    self.check(false)
                }
                Act::Pause { tag, .. } => {
                    self.sent.extend(tag.map(Expected::Timeout));
                    Ok(())
                }
                Act::Repeated { .. } | Act::Bytes(_) | Act::Idle(_) | Act::Fin => {
                    panic!("only cases with letters have it")
                }
            }
        }

        fn frame(&mut self, frame: &Frame) -> Result<(), End> {
            let Frame { fin, rsv, opcode, payload, .. } = frame;
            let is_control = *opcode >= 8;
            if *rsv != 0 || is_control && (!fin || payload.len() > 125) {
                return Err(End::Failed(1002));
            }
            match (opcode, &mut self.message) {
                (1 | 2, None) if *fin => self.whole(kind(*opcode), payload),
                (1 | 2, message @ None) => {
                    *message = Some((kind(*opcode), payload.bytes()));
                    self.check(false)
                }
                (0, Some((_, bytes))) => {
                    bytes.extend(payload.bytes());
                    self.check(*fin)
                }
                (8, _) => Err(closed(&payload.bytes())),
                (9, _) => {
                    self.sent.push(Expected::Pong(payload.clone()));
                    Ok(())
                }
                (10, _) => Ok(()),
                _ => Err(End::Failed(1002)),
            }
        }

        /// Checks what has come of a message, and sends it back if it is whole.
        fn check(&mut self, is_whole: bool) -> Result<(), End> {
            if is_whole {
                let (kind, bytes) = self.message.take().unwrap();
                return self.whole(kind, &bytes.into());
            }
            match &self.message {
                Some((MessageKind::Text, bytes)) if self.is_early => match str::from_utf8(bytes) {
                    Err(e) if e.error_len().is_some() => Err(End::Failed(1007)),
                    _ => Ok(()),
                },
                _ => Ok(()),
            }
        }

        fn whole(&mut self, kind: MessageKind, payload: &Payload) -> Result<(), End> {
            if kind == MessageKind::Text && str::from_utf8(&payload.bytes()).is_err() {
                return Err(End::Failed(1007));
            }
            self.sent.push(Expected::Message(kind, payload.clone()));
            Ok(())
        }
    }

    fn kind(opcode: u8) -> MessageKind {
        if opcode == 1 { MessageKind::Text } else { MessageKind::Binary }
    }

    fn closed(payload: &[u8]) -> End {
        let Some((code, reason)) = payload.split_first_chunk() else {
            return if payload.is_empty() { End::Closed(None) } else { End::Failed(1002) };
        };
        let code = u16::from_be_bytes(*code);
        match code {
            _ if str::from_utf8(reason).is_err() => End::Failed(1007),
            1000..=1003 | 1007..=1011 | 3000..=4999 => End::Closed(Some(code)),
            _ => End::Failed(1002),
        }
    }
}
