//! Messages that are read as streams: what `check` does not see.

use super::*;

/// Takes the next part. Returns its bytes, and whether it is the last.
fn part(inbound: &mut Inbound) -> (Vec<u8>, bool) {
    assert_eq!(inbound.advance(), Ok(Some(Incoming::Part)));
    let Part { bytes, is_last, .. } = inbound.part().unwrap();
    let part = (bytes.to_vec(), is_last);
    inbound.take_part(part.0.len());
    part
}

fn feed(inbound: &mut Inbound, text: &str) {
    let bytes = frames(Role::Client, text);
    inbound.space()[..bytes.len()].copy_from_slice(&bytes);
    inbound.filled(bytes.len());
}

fn inbound(limits: Limits) -> Inbound {
    Inbound::new(Role::Client, limits, Vec::new())
}

fn message(inbound: &mut Inbound) -> Message {
    assert_eq!(inbound.advance(), Ok(Some(Incoming::Message)));
    inbound.take().unwrap()
}

#[test]
fn section_5_4_parts_come_as_frames_do_and_control_frames_between_them() {
    let mut inbound = inbound(Limits::default());
    inbound.want_stream();
    assert_eq!(inbound.part(), None);
    feed(&mut inbound, "01:ab 89:x 00: 80:c 81:next");
    assert_eq!(part(&mut inbound), (b"ab".to_vec(), false));
    assert!(matches!(inbound.advance(), Ok(Some(Incoming::Ping(_)))));
    assert_eq!(part(&mut inbound), (b"c".to_vec(), true));
    assert_eq!(inbound.part().map(|part| (part.bytes.len(), part.is_last)), Some((0, true)));
    assert_eq!(message(&mut inbound), "next".into(), "it was about one message");
}

#[test]
fn a_part_may_be_taken_in_pieces() {
    let mut inbound = inbound(Limits::default());
    inbound.want_stream();
    feed(&mut inbound, "82:abc");
    assert_eq!(inbound.advance(), Ok(Some(Incoming::Part)));
    for left in ["abc", "bc", "c", ""] {
        assert_eq!(inbound.part().unwrap().bytes, left.as_bytes());
        inbound.take_part(usize::from(!left.is_empty()));
    }
}

#[test]
fn the_rest_of_a_stream_that_is_left_is_judged_and_thrown_away() {
    for (rule, first, rest, want) in [
        ("its end is there", "01:ab 80:c", "81:next", Ok("next")),
        ("its end comes", "01:ab 00:c", "00:d 80:e 81:next", Ok("next")),
        ("it was left at its end", "81:ab", "81:next", Ok("next")),
        ("bad text", "01:ab", "80:\\ff", Err(ProtocolError::BadUtf8)),
        ("too large", "01:ab", "80/11:", Err(ProtocolError::StreamTooBig(12))),
    ] {
        let mut inbound = inbound(Limits { stream: 12, ..Limits::default() });
        inbound.want_stream();
        feed(&mut inbound, first);
        assert_eq!(part(&mut inbound).0, b"ab", "{rule}");
        inbound.leave_stream();
        assert_eq!(inbound.part(), None, "{rule}");
        feed(&mut inbound, rest);
        let next = inbound.advance().map(|_| inbound.take().unwrap());
        assert_eq!(next, want.map(Message::from), "{rule}");
    }
}

#[test]
fn what_has_come_of_a_message_is_not_lost_where_one_changes_ones_mind() {
    let mut inbound = inbound(Limits::default());
    feed(&mut inbound, "01:ab 00:c");
    assert_eq!(inbound.advance(), Ok(None));
    inbound.want_stream();
    assert_eq!(inbound.part().unwrap().bytes, b"abc", "a part of it was received before");
    inbound.withdraw_stream();
    assert_eq!(inbound.part(), None);
    feed(&mut inbound, "80:d");
    assert_eq!(message(&mut inbound), "abcd".into());

    inbound.want_stream();
    assert_eq!(inbound.advance(), Ok(None));
    inbound.withdraw_stream();
    feed(&mut inbound, "82:x");
    assert_eq!(message(&mut inbound), vec![b'x'].into(), "nothing had come");
}

#[test]
fn section_10_4_the_limits_of_a_stream_are_its_own() {
    let frame_of = 60_000;
    let frame = "a".repeat(frame_of);
    for (rule, limits, frames, want) in [
        ("its size", Limits { stream: 119_999, ..limits(10, 9) }, 2, Some(119_999)),
        ("larger than a message", Limits { stream: u64::MAX, ..limits(10, 9) }, 50, None),
        (
            "more frames, if they are not empty",
            Limits { stream: u64::MAX, ..limits(10, 2) },
            50,
            None,
        ),
    ] {
        let mut inbound = inbound(limits);
        inbound.want_stream();
        let mut refused = None;
        for first in std::iter::once("02").chain(["00"].into_iter().cycle()).take(frames) {
            let mut bytes = &super::frames(Role::Client, &format!("{first}:{frame}"))[..];
            while !bytes.is_empty() && refused.is_none() {
                let space = inbound.space();
                let n = space.len().min(bytes.len());
                space[..n].copy_from_slice(&bytes[..n]);
                inbound.filled(n);
                bytes = &bytes[n..];
                while let Some(come) = inbound.advance().unwrap_or_else(|broken| {
                    refused = Some(broken);
                    None
                }) {
                    assert_eq!(come, Incoming::Part);
                    inbound.take_part(inbound.part().unwrap().bytes.len());
                }
            }
        }
        assert_eq!(refused, want.map(ProtocolError::StreamTooBig), "{rule}");
        let held = inbound.message.as_ref().map_or(0, |it| it.assembly.as_bytes().len());
        assert!(held <= frame_of, "{rule}: {held} bytes are held");
    }
    let mut inbound = inbound(limits(10, 3));
    inbound.want_stream();
    feed(&mut inbound, "02:a 00: 00: 00:");
    assert_eq!(part(&mut inbound).0, b"a");
    assert_eq!(inbound.advance(), Err(ProtocolError::TooManyFragments(3)), "empty ones");
}
