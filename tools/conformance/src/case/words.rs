//! What a case does and wishes, as sentences made of its data.

use std::time::Duration;

use blocking_ws::MessageKind;
use blocking_ws::testing::{Key, Len};

use super::act::{Act, Frame, Until, Writes};
use super::definition::{Case, Content, Level, Rounds, Test, Timer};
use super::payload::Payload;
use super::want::{By, End, Excerpt, Expected, Fatal, Instead};

/// The most sentences about one case. Those in the middle are left out.
const MOST_LINES: usize = 40;

impl Case {
    /// Describes what is sent: a sentence for each step, and one for the timer.
    #[must_use]
    pub fn sends(&self) -> Vec<String> {
        match &self.test {
            Test::Acts { acts, timer, .. } => {
                let mut lines = shortened(&steps(acts));
                lines.push(match timer {
                    Timer::Fail(after) => {
                        format!("Fails the connection after {}, if it is still open.", time(*after))
                    }
                    Timer::Close(after) => {
                        format!("Closes the connection after {} at the latest.", time(*after))
                    }
                });
                lines
            }
            Test::Rounds(rounds) => rounds.sends(),
            Test::Asks(ask) => ask.sends(),
            Test::Responds(response) => response.sends(),
        }
    }

    /// Describes what must come, without the end of the connection.
    #[must_use]
    pub fn wishes(&self) -> String {
        match &self.test {
            Test::Acts { want, .. } if want.informational => {
                "Anything may come; what comes is reported.".to_owned()
            }
            Test::Acts { want, .. } => all_of(&want.ok, want.by_length),
            Test::Rounds(Rounds { content: Content::Same(_), .. }) => {
                "Each message comes back, with its kind and its length.".to_owned()
            }
            Test::Rounds(_) => "Each message comes back, byte for byte.".to_owned(),
            Test::Asks(ask) => ask.wishes(),
            Test::Responds(response) => response.wishes(),
        }
    }

    /// Describes what may come instead: it is legal, but not strict.
    #[must_use]
    pub fn may_be_instead(&self) -> Option<String> {
        match &self.test {
            Test::Acts { want, .. } if !want.informational => {
                let lax = want.non_strict.iter().map(|expected| all_of(expected, want.by_length));
                let instead = want.instead.iter().map(|it| instead_in_words(it, want.by_length));
                let all: Vec<String> = lax.chain(instead).collect();
                (!all.is_empty()).then(|| all.join(" Or: "))
            }
            Test::Asks(ask) => ask.may_be_instead(),
            Test::Acts { .. } | Test::Rounds(_) | Test::Responds(_) => None,
        }
    }

    /// Describes how the connection must end.
    #[must_use]
    pub fn expected_end(&self) -> String {
        let (end, informational) = match &self.test {
            Test::Acts { want, .. } => (want.end.clone(), want.informational),
            Test::Rounds(_) => (End::us(), false),
            Test::Asks(_) | Test::Responds(_) => {
                return handshake_end(self.wished_end().by).to_owned();
            }
        };
        if informational {
            return "It may end in any way; the end is reported.".to_owned();
        }
        let mut text = close_in_words(end.by, &end.codes, end.clean);
        match end.fatal {
            Fatal::Nothing => {}
            Fatal::WrongEnd => text.push_str(" If the wrong end closes, the case fails."),
            Fatal::WrongCode => text.push_str(" With another code, the case fails."),
        }
        text
    }
}

/// Describes the end of a connection that is about the opening handshake.
pub(crate) fn handshake_end(by: By) -> &'static str {
    match by {
        By::Us => "This suite ends the connection.",
        By::Peer => "The client ends TCP.",
    }
}

/// Describes the end of a connection.
pub(crate) fn close_in_words(by: By, codes: &[u16], clean: bool) -> String {
    let codes: Vec<String> = codes.iter().map(ToString::to_string).collect();
    let codes = if codes.is_empty() { "any code".to_owned() } else { codes.join(" or ") };
    match (by, clean) {
        (By::Us, true) => {
            format!("This suite closes; the peer answers with {codes}, and TCP ends in time.")
        }
        (By::Us, false) => {
            format!("This suite closes; the peer answers with {codes}, or ends TCP.")
        }
        (By::Peer, true) => format!("The peer closes with {codes}, and TCP ends in time."),
        (By::Peer, false) => format!("The peer closes with {codes}, or ends TCP."),
    }
}

/// A number of bytes, such as `1 byte`, `65535 bytes` or `64 KiB`.
pub(crate) fn size(bytes: usize) -> String {
    const KIB: usize = 1 << 10;
    const MIB: usize = 1 << 20;
    match bytes {
        1 => "1 byte".to_owned(),
        _ if bytes >= MIB && bytes.is_multiple_of(MIB) => format!("{} MiB", bytes / MIB),
        _ if bytes >= KIB && bytes.is_multiple_of(KIB) => format!("{} KiB", bytes / KIB),
        _ => format!("{bytes} bytes"),
    }
}

/// A time in seconds, such as `1 s` or `0.5 s`.
pub(crate) fn time(time: Duration) -> String {
    format!("{} s", time.as_secs_f64())
}

/// A sentence for each step, with equal ones in a row counted.
fn steps(acts: &[Act]) -> Vec<String> {
    let mut closes = false;
    let mut runs: Vec<(String, usize)> = Vec::new();
    for act in acts {
        let begins_closing = matches!(act, Act::Close(_)) && !std::mem::replace(&mut closes, true);
        let mut text = step(act);
        if begins_closing {
            text.push_str(", which begins the closing handshake");
        }
        match runs.last_mut() {
            Some((last, count)) if *last == text => *count += 1,
            _ => runs.push((text, 1)),
        }
    }
    let sentence = |(at, (text, count)): (usize, (String, usize))| {
        let start = match (at, text.starts_with("waits")) {
            (0, true) => format!("Waits{}", &text["waits".len()..]),
            (0, false) if !text.starts_with("reads") && !text.starts_with("ends") => {
                format!("Sends {text}")
            }
            _ => format!("Then {text}"),
        };
        let times = if count > 1 { format!(", {count} times") } else { String::new() };
        format!("{start}{times}.")
    };
    runs.into_iter().enumerate().map(sentence).collect()
}

/// The first and the last of these lines, if there are too many.
fn shortened(lines: &[String]) -> Vec<String> {
    if lines.len() <= MOST_LINES {
        return lines.to_vec();
    }
    let (first, rest) = lines.split_at(MOST_LINES / 2);
    let (left_out, last) = rest.split_at(rest.len() - MOST_LINES / 2);
    let middle = format!("… and {} more steps of this kind …", left_out.len());
    first.iter().cloned().chain([middle]).chain(last.iter().cloned()).collect()
}

/// One step, as the object of "Sends" or "Then", without the full stop.
fn step(act: &Act) -> String {
    match act {
        Act::Frame(frame) => frame_in_words(frame),
        Act::Repeated { frame, count } => format!("{}, {count} times", frame_in_words(frame)),
        Act::Bytes(payload) => format!("only these bytes: {}", bare(payload)),
        Act::Idle(most) => format!("reads nothing for {}", time(*most)),
        Act::Fin => "ends TCP without a Close frame".to_owned(),
        Act::Close(payload) => frame_in_words(&Frame::of(8, payload.clone())),
        Act::Message { kind, payload, fragment } => {
            let message = format!("a {} message {}", kind_name(*kind), with(payload));
            match *fragment {
                None => format!("{message}, as a single frame"),
                Some(most) => {
                    let ends_empty = payload.len() > most && payload.len().is_multiple_of(most);
                    let empty = if ends_empty { ", and an empty frame that ends it" } else { "" };
                    format!("{message}, in fragments of {}{empty}", size(most))
                }
            }
        }
        Act::Begin { fin, opcode, len, payload } => format!(
            "the header of {}, which announces {}, and the first {} of its payload: {}",
            frame_name(*opcode, *fin),
            size(*len),
            size(payload.len()),
            bare(payload),
        ),
        Act::More(payload) => {
            format!("the next {} of its payload: {}", size(payload.len()), bare(payload))
        }
        Act::Pause { tag, most, until } => {
            let tag = tag.map_or_else(String::new, |tag| format!(" (pause {tag})"));
            let what = match until {
                Until::Pong => "for a pong",
                Until::Answered => "until the peer has had the time to answer",
                Until::Closed => "for a Close frame or the end of TCP",
            };
            format!("waits{tag} {what}, {} at most", time(*most))
        }
    }
}

/// A frame with its flags, its payload and its writes.
fn frame_in_words(frame: &Frame) -> String {
    let name = frame_name(frame.opcode, frame.fin);
    let bits: Vec<&str> = [(4, "RSV1"), (2, "RSV2"), (1, "RSV3")]
        .into_iter()
        .filter_map(|(bit, name)| (frame.rsv & bit != 0).then_some(name))
        .collect();
    let reserved = match bits.as_slice() {
        [] => String::new(),
        bits => format!(" with {} set,", bits.join(" and ")),
    };
    let payload =
        if frame.opcode == 8 { close_payload(&frame.payload) } else { with(&frame.payload) };
    let is_long = frame.opcode >= 8 && frame.payload.len() > 125;
    let most = if is_long { " (a control frame has 125 at most)" } else { "" };
    let writes = match frame.writes {
        Writes::Together => String::new(),
        Writes::Alone => ", in a write of its own".to_owned(),
        Writes::Chopped(most) => format!(", in writes of {}", size(most)),
        Writes::ChoppedHeader => ", its header byte by byte".to_owned(),
    };
    let len = match frame.len {
        Len::Minimal => String::new(),
        Len::In7(len) => format!(", with the length {len} in 7 bits"),
        Len::In16(len) => format!(", with the length {len} in 16 bits"),
        Len::In64(len) => format!(", with the length {len} in 64 bits"),
    };
    let key = match frame.key {
        Key::Role => String::new(),
        Key::None => ", not masked".to_owned(),
        Key::Fixed([a, b, c, d]) => format!(", masked with {a:02x}{b:02x}{c:02x}{d:02x}"),
    };
    format!("{name}{reserved} {payload}{most}{len}{key}{writes}")
}

/// A frame without its payload, with an article.
fn frame_name(opcode: u8, fin: bool) -> String {
    let name = match opcode {
        0 => "a continuation frame".to_owned(),
        1 => "a text frame".to_owned(),
        2 => "a binary frame".to_owned(),
        8 => "a Close frame".to_owned(),
        9 => "a ping".to_owned(),
        10 => "a pong".to_owned(),
        _ => format!("a frame with the reserved opcode {opcode}"),
    };
    if fin { name } else { format!("{name} without FIN") }
}

/// The payload, as the end of a sentence about a frame or a message.
fn with(payload: &Payload) -> String {
    let excerpt = Excerpt::of_payload(payload);
    match payload.len() {
        0 => "without payload".to_owned(),
        1..=48 => format!("with {excerpt}"),
        len => format!("of {}, {}", size(len), start_of(payload)),
    }
}

/// The payload alone.
pub(super) fn bare(payload: &Payload) -> String {
    if payload.is_empty() { "nothing".to_owned() } else { Excerpt::of_payload(payload).to_string() }
}

/// The first bytes of a long payload.
fn start_of(payload: &Payload) -> String {
    const SHOWN: usize = 16;
    let start = Excerpt::of(&payload.beginning(SHOWN));
    // The closing quote, if it is a text.
    let start = start.to_string();
    match start.strip_suffix('"') {
        Some(open) => format!("{open}…\""),
        None => format!("{start}…"),
    }
}

/// The payload of a Close frame (RFC 6455 §5.5.1): a code and a reason.
fn close_payload(payload: &Payload) -> String {
    let bytes = payload.beginning(1 << 8);
    let [high, low, reason @ ..] = bytes.as_slice() else { return with(payload) };
    let code = u16::from_be_bytes([*high, *low]);
    if reason.is_empty() {
        return format!("with the code {code}");
    }
    let len = payload.len() - 2;
    match std::str::from_utf8(reason) {
        Ok(_) if len <= 48 => {
            format!("with the code {code} and the reason {}", Excerpt::of(reason))
        }
        Ok(_) => format!("with the code {code} and a reason of {}", size(len)),
        Err(_) => {
            format!("with the code {code} and a reason that is not UTF-8, {}", Excerpt::of(reason))
        }
    }
}

/// What may happen in place of what is wished, and how good it is.
fn instead_in_words(instead: &Instead, by_length: bool) -> String {
    let Instead { level, received, end } = instead;
    let how = match level {
        Level::Must => "That is as good.",
        Level::Should => "That is not strict.",
        Level::Info => "That is only reported.",
    };
    let end = close_in_words(end.by, &end.codes, end.clean);
    format!("{} {end} {how}", all_of(received, by_length))
}

/// All that is expected, as a sentence.
fn all_of(expected: &[Expected], by_length: bool) -> String {
    let one = |expected: &Expected| match expected {
        Expected::Message(kind, payload) if by_length => {
            format!("a {} message of {}", kind_name(*kind), size(payload.len()))
        }
        Expected::Message(kind, payload) => {
            format!("a {} message {}", kind_name(*kind), with(payload))
        }
        Expected::Pong(payload) => format!("a pong {}", with(payload)),
        Expected::Timeout(tag) => format!("an open connection at the end of pause {tag}"),
    };
    match expected {
        [] => "Nothing comes.".to_owned(),
        [single] => format!("What comes is {}.", one(single)),
        all => {
            let all: Vec<String> = all.iter().map(one).collect();
            format!("What comes is, in this order: {}.", all.join("; "))
        }
    }
}

pub(super) fn kind_name(kind: MessageKind) -> &'static str {
    match kind {
        MessageKind::Text => "text",
        MessageKind::Binary => "binary",
    }
}

#[cfg(test)]
mod tests {
    use blocking_ws::Role;

    use super::super::Level;
    use super::super::want::Want;
    use super::super::want::{Manners, Pongs};
    use super::*;
    use crate::compression::Terms;
    use crate::data::Corpus;

    fn text(payload: &'static str) -> Frame {
        Frame::of(1, payload)
    }

    fn case(acts: Vec<Act>, want: Want) -> Case {
        Case {
            id: "5.1".parse().unwrap(),
            title: "a title".to_owned(),
            rule: "RFC 6455 §5.4",
            level: Level::Must,
            roles: &[Role::Client, Role::Server],
            needs_echo: false,
            test: Test::Acts { acts, timer: Timer::Fail(Duration::from_millis(500)), want },
        }
    }

    fn want(ok: Vec<Expected>, end: End) -> Want {
        Want {
            ok,
            non_strict: None,
            end,
            by_length: false,
            informational: false,
            closes_when_done: true,
            instead: Vec::new(),
            pongs: Pongs::All,
            manners: Manners::Good,
        }
    }

    #[test]
    fn a_sentence_for_each_step() {
        for (act, sentence) in [
            (Act::Frame(text("Hello")), "Sends a text frame with \"Hello\"."),
            (Act::Frame(text("a\nb")), "Sends a text frame with 0x610a62."),
            (
                Act::Frame(text("f1").not_fin().writes(Writes::Alone)),
                "Sends a text frame without FIN with \"f1\", in a write of its own.",
            ),
            (
                Act::Frame(Frame::of(9, Payload::repeat(&[0xfe], 126)).writes(Writes::Chopped(1))),
                "Sends a ping of 126 bytes, 0xfefefefefefefefefefefefefefefefe… (a control frame \
                 has 125 at most), in writes of 1 byte.",
            ),
            (
                Act::Frame(Frame::of(2, &[0, 255]).rsv(6)),
                "Sends a binary frame with RSV1 and RSV2 set, with 0x00ff.",
            ),
            (
                Act::Frame(Frame::of(3, Payload::EMPTY)),
                "Sends a frame with the reserved opcode 3 without payload.",
            ),
            (
                Act::Close(Payload::from(&[3, 232])),
                "Sends a Close frame with the code 1000, which begins the closing handshake.",
            ),
            (
                Act::Frame(Frame::of(8, b"\x03\xe8bye")),
                "Sends a Close frame with the code 1000 and the reason \"bye\".",
            ),
            (
                Act::Frame(Frame::of(8, b"\x03\xe8\xff")),
                "Sends a Close frame with the code 1000 and a reason that is not UTF-8, 0xff.",
            ),
            (Act::Frame(Frame::of(8, "a")), "Sends a Close frame with \"a\"."),
            (
                Act::Message {
                    kind: MessageKind::Text,
                    payload: Payload::repeat(b"*", 16 << 20),
                    fragment: Some(64),
                },
                "Sends a text message of 16 MiB, \"****************…\", in fragments of 64 bytes, \
                 and an empty frame that ends it.",
            ),
            (
                Act::Begin { fin: false, opcode: 1, len: 21, payload: "ab".into() },
                "Sends the header of a text frame without FIN, which announces 21 bytes, and the \
                 first 2 bytes of its payload: \"ab\".",
            ),
            (Act::More("c".into()), "Sends the next 1 byte of its payload: \"c\"."),
            (
                Act::Pause { tag: Some("A"), most: Duration::from_secs(1), until: Until::Answered },
                "Waits (pause A) until the peer has had the time to answer, 1 s at most.",
            ),
        ] {
            let sends = case(vec![act], want(vec![], End::peer())).sends();
            let timer = "Fails the connection after 0.5 s, if it is still open.";
            assert_eq!(sends, [sentence, timer]);
        }
    }

    #[test]
    fn steps_follow_each_other_and_are_counted() {
        let ping = Act::Frame(Frame::of(9, Payload::EMPTY));
        let pause = Act::Pause { tag: None, most: Duration::from_secs(1), until: Until::Pong };
        let acts = vec![ping.clone(), ping.clone(), ping, pause];
        let sends = case(acts, want(vec![], End::us())).sends();
        assert_eq!(sends[0], "Sends a ping without payload, 3 times.");
        assert_eq!(sends[1], "Then waits for a pong, 1 s at most.");
        let many = (0..1000).map(|n| Act::Frame(Frame::of(9, format!("{n}")))).collect();
        let sends = case(many, want(vec![], End::us())).sends();
        assert_eq!(sends.len(), MOST_LINES + 2);
        assert_eq!(sends[20], "… and 960 more steps of this kind …");
        assert_eq!(sends[40], "Then a ping with \"999\".");
    }

    #[test]
    fn wishes_and_ends() {
        let pong = Expected::Pong("x".into());
        let message = Expected::Message(MessageKind::Text, Payload::repeat(b"*", 4 << 20));
        let mut both = case(vec![], want(vec![pong.clone(), message], End::utf8()));
        assert_eq!(
            both.wishes(),
            "What comes is, in this order: a pong with \"x\"; \
             a text message of 4 MiB, \"****************…\"."
        );
        assert_eq!(both.may_be_instead(), None);
        assert_eq!(
            both.expected_end(),
            "The peer closes with 1007, or ends TCP. If the wrong end closes, the case fails."
        );
        if let Test::Acts { want, .. } = &mut both.test {
            want.non_strict = Some(vec![]);
            want.by_length = true;
            want.ok.remove(0);
        }
        assert_eq!(both.wishes(), "What comes is a text message of 4 MiB.");
        assert_eq!(both.may_be_instead().unwrap(), "Nothing comes.");
        let mut closed = End::us();
        closed.codes = vec![1002, 1007];
        closed.clean = false;
        let closed = case(vec![], want(vec![pong], closed));
        assert_eq!(closed.wishes(), "What comes is a pong with \"x\".");
        assert_eq!(
            closed.expected_end(),
            "This suite closes; the peer answers with 1002 or 1007, or ends TCP."
        );
    }

    #[test]
    fn rounds_are_told() {
        let mut rounds = case(vec![], want(vec![], End::us()));
        rounds.test = Test::Rounds(Rounds {
            kind: MessageKind::Text,
            content: Content::Windows(Corpus::Html),
            size: 8192,
            fragment: Some(256),
            count: 1000,
            compression: Some(Terms::ServerNoTakeoverAndWindow(9)),
            timer: Duration::from_secs(60),
        });
        assert_eq!(
            rounds.sends(),
            [
                "Sends 1000 text messages of 8192 characters, each after the one before has come \
                 back.",
                "Each is the next part of an HTML text with characters of 2, 3 and 4 bytes, which \
                 begins again at its end.",
                "Each is sent in fragments of 256 compressed bytes.",
                "Messages are compressed by permessage-deflate, the peer compresses each message \
                 alone, and the peer's window has 9 bits.",
                "Closes the connection after 60 s at the latest.",
            ]
        );
        assert_eq!(rounds.wishes(), "Each message comes back, byte for byte.");
        assert_eq!(
            rounds.expected_end(),
            "This suite closes; the peer answers with 1000, and TCP ends in time."
        );
    }
}
