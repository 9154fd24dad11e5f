//! Looks for control frames in the buffer, without taking anything.

use super::inbound::{Inbound, Incoming};
use crate::proto::bytes::mask;
use crate::proto::close::CloseFrame;
use crate::proto::frame::{ControlPayload, FrameHeader, Opcode, Parsed};

impl Inbound {
    /// Returns the peer's Close frame if the buffer contains one, behind any other frames.
    pub(crate) fn close_ahead(&self) -> Option<Incoming> {
        let mut place = self.next_frame();
        loop {
            if let close @ Incoming::Close(_) = self.control_ahead(&mut place)? {
                return Some(close);
            }
        }
    }

    /// Returns where the next frame begins: how many bytes are in front of it, also of those that
    /// are still to come.
    pub(crate) fn next_frame(&self) -> u64 {
        self.frame.as_ref().map_or(0, |frame| frame.left)
    }

    /// Returns the first pong or Close frame from `place` on, behind any other frames. Then `place`
    /// is where the frame behind it begins, so that no frame is looked at again and again while
    /// nothing is taken.
    ///
    /// Stops at a frame that breaks a rule or is not whole.
    pub(crate) fn control_ahead(&self, place: &mut u64) -> Option<Incoming> {
        let unread = self.buffer.unread();
        loop {
            let rest = unread.get(usize::try_from(*place).ok()?..)?;
            let Ok(Parsed::Done(header, header_len)) = FrameHeader::parse(rest) else {
                return None;
            };
            let rest = &rest[header_len..];
            let come = match header.opcode {
                Opcode::Close => Some(close_of(&header, rest)?),
                Opcode::Pong => Some(Incoming::Pong(Box::new(payload_of(&header, rest)?))),
                _ => None,
            };
            *place = place.checked_add(header_len as u64)?.checked_add(header.len)?;
            if come.is_some() {
                return come;
            }
        }
    }

    /// Returns `true` if the next frame is a whole control frame, and no message is in front of it.
    pub(crate) fn begins_with_control(&self) -> bool {
        let unread = self.buffer.unread();
        let Ok(Parsed::Done(header, header_len)) = FrameHeader::parse(unread) else { return false };
        let there = (unread.len() - header_len) as u64;
        self.frame.is_none() && header.opcode.is_control() && header.len <= there
    }

    /// Returns how many bytes are in the buffer.
    pub(crate) fn buffered(&self) -> usize {
        self.buffer.unread().len()
    }
}

/// Returns the content of a Close frame; `None` if the frame is not whole or breaks a rule.
fn close_of(header: &FrameHeader, rest: &[u8]) -> Option<Incoming> {
    let payload = payload_of(header, rest)?;
    CloseFrame::parse(payload.as_slice()).ok().map(Incoming::Close)
}

/// The payload of a control frame; `None` if it is not whole.
fn payload_of(header: &FrameHeader, rest: &[u8]) -> Option<ControlPayload> {
    let mut payload = ControlPayload::new(rest.get(..usize::try_from(header.len).ok()?)?)?;
    if let Some(key) = header.mask {
        mask(payload.as_mut_slice(), key, 0);
    }
    Some(payload)
}

#[cfg(test)]
mod tests {
    use std::iter;

    use super::*;
    use crate::proto::rules::{Limits, Role};

    #[test]
    fn a_close_frame_is_seen_wherever_it_lies_and_nothing_is_taken() {
        const GONE: &[u8] = b"\x88\x06\x0f\xa1gone";
        const HALF: &[u8] = b"\x88\x06\x0f\xa1g";
        type Row = (&'static str, &'static [&'static [u8]], Option<Option<u16>>);
        let rows: [Row; 8] = [
            ("nothing", &[], None),
            ("it alone", &[GONE], Some(Some(4001))),
            ("an empty one", &[b"\x88\x00"], Some(None)),
            ("behind messages and a ping", &[b"\x81\x02hi", b"\x89\x00", GONE], Some(Some(4001))),
            ("behind a part of a message", &[b"\x01\x02hi", GONE], Some(Some(4001))),
            ("a message that is not whole", &[b"\x81\x05hi"], None),
            ("half of it", &[HALF], None),
            ("behind what breaks a rule", &[b"\x83\x00", GONE], None),
        ];
        for (rule, frames, want) in rows {
            let mut inbound = Inbound::new(Role::Client, Limits::default(), frames.concat());
            let seen = inbound.close_ahead();
            let codes = seen.map(|seen| match seen {
                Incoming::Close(frame) => frame.map(|frame| u16::from(frame.code())),
                other => panic!("{rule}: {other:?}"),
            });
            assert_eq!(codes, want, "{rule}");
            assert_eq!(inbound.buffered(), frames.concat().len(), "{rule}");
            let _ = inbound.advance();
        }
    }

    #[test]
    fn a_frame_that_was_begun_is_skipped() {
        let mut inbound = Inbound::new(Role::Client, Limits::default(), b"\x82\x04ab".to_vec());
        assert_eq!(inbound.advance(), Ok(None));
        let more = b"cd\x88\x02\x03\xe8";
        inbound.space()[..more.len()].copy_from_slice(more);
        inbound.filled(more.len());
        assert_eq!(inbound.close_ahead(), Some(Incoming::Close(CloseFrame::new(1000, ""))));
    }

    #[test]
    fn a_masked_one_is_unmasked() {
        let masked = b"\x88\x82\x01\x02\x03\x04\x02\xea".to_vec();
        let inbound = Inbound::new(Role::Server, Limits::default(), masked);
        assert_eq!(inbound.close_ahead(), Some(Incoming::Close(CloseFrame::new(1000, ""))));
    }

    /// The pongs from a place on, up to a Close frame.
    fn pongs(inbound: &Inbound, place: &mut u64) -> Vec<Vec<u8>> {
        let come = iter::from_fn(|| inbound.control_ahead(place));
        let pongs = come.map_while(|come| match come {
            Incoming::Pong(payload) => Some(payload.as_slice().to_vec()),
            _ => None,
        });
        pongs.collect()
    }

    #[test]
    fn pongs_are_seen_wherever_they_lie_up_to_a_close_frame() {
        type Row = (&'static str, Role, &'static [u8], bool, &'static [&'static [u8]]);
        let rows: [Row; 10] = [
            ("nothing", Role::Client, b"", false, &[]),
            ("one alone", Role::Client, b"\x8a\x01a", true, &[b"a"]),
            ("two", Role::Client, b"\x8a\x01a\x8a\x00", true, &[b"a", b""]),
            ("behind a message", Role::Client, b"\x81\x02hi\x8a\x01a", false, &[b"a"]),
            ("within a message", Role::Client, b"\x01\x02hi\x8a\x01a\x80\x00", false, &[b"a"]),
            ("behind a ping", Role::Client, b"\x89\x00\x8a\x01a", true, &[b"a"]),
            ("half of it", Role::Client, b"\x8a\x02a", false, &[]),
            ("behind a Close frame", Role::Client, b"\x88\x00\x8a\x01a", true, &[]),
            ("behind what breaks a rule", Role::Client, b"\x83\x00\x8a\x01a", false, &[]),
            ("masked", Role::Server, b"\x8a\x81\x01\x02\x03\x04\x60", true, &[b"a"]),
        ];
        for (rule, role, bytes, begins, want) in rows {
            let mut inbound = Inbound::new(role, Limits::default(), bytes.to_vec());
            assert_eq!(pongs(&inbound, &mut inbound.next_frame()), want, "{rule}");
            assert_eq!(inbound.begins_with_control(), begins, "{rule}");
            assert_eq!(inbound.buffered(), bytes.len(), "{rule}");
            let _ = inbound.advance();
        }
    }

    #[test]
    fn a_look_goes_on_where_the_last_one_ended() {
        let mut inbound = Inbound::new(Role::Client, Limits::default(), b"\x82\x04ab".to_vec());
        assert_eq!(inbound.advance(), Ok(None));
        let mut place = inbound.next_frame();
        // The first pong lies within the payload of the message.
        for (more, want, at) in [
            (&b"\x8a"[..], &[][..], 2),
            (b"\x00\x8a\x01", &[], 2),
            (b"a\x81", &[&b"a"[..]], 5),
            (b"\x7e\x01\x00", &[], 265),
            (&[0; 255], &[], 265),
            (b"\x00\x8a\x00", &[b""], 267),
            (b"\x8a\x01b\x88\x00", &[b"b"], 272),
        ] {
            inbound.space()[..more.len()].copy_from_slice(more);
            inbound.filled(more.len());
            assert!(!inbound.begins_with_control(), "a message is in front");
            assert_eq!(pongs(&inbound, &mut place), want, "{more:?}");
            assert_eq!(place, at, "{more:?}");
        }
        assert_eq!(inbound.close_ahead(), Some(Incoming::Close(None)));
    }
}
