//! The rules of RFC 6455 §5 for a header.

use blocking_ws::Role;

use super::breach::Breach;
use crate::mutant::flag::Flag;
use crate::mutant::flags::Flags;
use crate::mutant::wire::{BINARY, CLOSE, CONTINUATION, Header, PING, PONG, Start, TEXT};

/// What the judgement of a header depends on.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rules {
    pub(super) role: Role,
    pub(super) flags: Flags,
    /// Whether permessage-deflate is agreed.
    pub(super) compression: bool,
    /// Whether a message is unfinished.
    pub(super) in_message: bool,
    /// Whether a control frame has more fragments, which only a flag allows.
    pub(super) in_control: bool,
}

/// Returns `true` if no rule says what an opcode means.
pub(super) fn is_reserved(opcode: u8) -> bool {
    !matches!(opcode, CONTINUATION | TEXT | BINARY | CLOSE | PING | PONG)
}

impl Rules {
    /// Judges the first two bytes of a header.
    pub(super) fn start(&self, start: Start) -> Result<(), Breach> {
        let may = |flag| self.flags.has(flag);
        if self.has_bad_rsv(start) && !may(Flag::AcceptRsv) {
            return Err(Breach::protocol("reserved bits are set"));
        }
        if is_reserved(start.opcode) {
            return if may(Flag::AcceptOp) {
                self.masking(start)
            } else {
                Err(Breach::protocol("the opcode is reserved"))
            };
        }
        self.masking(start)?;
        if start.is_control() { self.control(start) } else { self.data(start) }
    }

    /// Judges a whole header.
    pub(super) fn header(&self, header: &Header) -> Result<(), Breach> {
        if header.len >> 63 != 0 && !self.flags.has(Flag::TopBitAccept) {
            return Err(Breach::protocol("the top bit of the length is set"));
        }
        if !header.is_minimal() && !self.flags.has(Flag::NonminimalAccept) {
            return Err(Breach::protocol("the length is not in its shortest form"));
        }
        Ok(())
    }

    fn has_bad_rsv(&self, start: Start) -> bool {
        let forgives = |flag| self.flags.has(flag);
        let compressed = start.rsv & 4 != 0;
        match start.opcode {
            TEXT | BINARY if self.compression => {
                start.rsv & 3 != 0
                    || !compressed && forgives(Flag::PlainRefused)
                    || compressed && !start.fin && forgives(Flag::CompressedFragmentsRefused)
            }
            CONTINUATION if self.compression && forgives(Flag::Rsv1ContAccept) => {
                start.rsv & 3 != 0
            }
            CLOSE.. if forgives(Flag::RsvControlAccept) => false,
            _ => start.rsv != 0,
        }
    }

    fn masking(&self, start: Start) -> Result<(), Breach> {
        let may = |flag| self.flags.has(flag);
        match (self.role, start.masked) {
            (Role::Server, false) if !may(Flag::UnmaskedAccept) => {
                Err(Breach::protocol("a client must mask"))
            }
            (Role::Client, true) if !may(Flag::MaskedAccept) => {
                Err(Breach::protocol("a server must not mask"))
            }
            _ => Ok(()),
        }
    }

    fn control(&self, start: Start) -> Result<(), Breach> {
        let has = |flag| self.flags.has(flag);
        if !start.fin && !has(Flag::LongControl) && !has(Flag::ControlFragments) {
            return Err(Breach::protocol("control frames have no fragments"));
        }
        let most = if has(Flag::Control124) { 124 } else { 125 };
        if start.short_len > most && !has(Flag::LongControl) {
            return Err(Breach::protocol("the control frame is too long"));
        }
        let refused = match start.opcode {
            CLOSE => Flag::CloseInMessageFails,
            _ => Flag::ControlInsideRefused,
        };
        if self.in_message && has(refused) {
            return Err(Breach::protocol("the message is not finished"));
        }
        Ok(())
    }

    fn data(&self, start: Start) -> Result<(), Breach> {
        let has = |flag| self.flags.has(flag);
        match (start.opcode == CONTINUATION, self.in_message) {
            (true, _) if self.in_control => Ok(()),
            (true, false) if !has(Flag::LoneCont) => {
                Err(Breach::protocol("no message is there to continue"))
            }
            (false, true) if !has(Flag::DataInsideOk) => {
                Err(Breach::protocol("the message before is not finished"))
            }
            _ if start.opcode == TEXT && has(Flag::BinaryOnly) => {
                Err(Breach::kind("text is not taken"))
            }
            _ if start.opcode == BINARY && has(Flag::TextOnly) => {
                Err(Breach::kind("binary messages are not taken"))
            }
            _ if !start.fin && has(Flag::FragmentsRefused) => {
                Err(Breach::kind("fragments are not taken"))
            }
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STRICT: Rules = Rules {
        role: Role::Client,
        flags: Flags::NONE,
        compression: false,
        in_message: false,
        in_control: false,
    };

    fn judged(rules: Rules, bytes: &[u8]) -> Result<(), Breach> {
        rules.start(Start::parse(bytes).unwrap())?;
        Header::parse(bytes).map_or(Ok(()), |(header, _)| rules.header(&header))
    }

    #[test]
    fn rfc_6455_section_5_each_rule_and_its_flag() {
        let inside = Rules { in_message: true, ..STRICT };
        let server = Rules { role: Role::Server, ..STRICT };
        let deflate = Rules { compression: true, ..STRICT };
        let inside_deflate = Rules { compression: true, ..inside };
        for (rules, bytes, flag) in [
            (STRICT, &b"\xC1\0"[..], Flag::AcceptRsv),
            (STRICT, b"\xF8\0", Flag::RsvControlAccept),
            (deflate, b"\xA1\0", Flag::AcceptRsv),
            (inside_deflate, b"\xC0\0", Flag::Rsv1ContAccept),
            (STRICT, b"\x83\0", Flag::AcceptOp),
            (STRICT, b"\x0B\0", Flag::AcceptOp),
            (STRICT, b"\x09\0", Flag::LongControl),
            (STRICT, b"\x09\0", Flag::ControlFragments),
            (STRICT, b"\x89\x7E", Flag::LongControl),
            (STRICT, b"\x80\0", Flag::LoneCont),
            (inside, b"\x81\0", Flag::DataInsideOk),
            (STRICT, b"\x81\x80", Flag::MaskedAccept),
            (server, b"\x81\0", Flag::UnmaskedAccept),
            (STRICT, b"\x81\x7E\0\x7D", Flag::NonminimalAccept),
            (STRICT, b"\x82\x7F\x80\0\0\0\0\0\0\0", Flag::TopBitAccept),
        ] {
            assert!(judged(rules, bytes).is_err(), "{bytes:x?}");
            let flags = Flags::from_iter([flag]);
            assert_eq!(
                judged(Rules { flags, ..rules }, bytes).is_ok(),
                flag != Flag::TopBitAccept || Header::parse(bytes).is_some(),
                "{flag}"
            );
        }
    }

    #[test]
    fn rfc_6455_section_5_what_is_legal_and_what_refuses_it() {
        let inside = Rules { in_message: true, ..STRICT };
        let deflate = Rules { compression: true, ..STRICT };
        for (rules, bytes, flag) in [
            (STRICT, &b"\x81\x7E\0\x7E"[..], Flag::BinaryOnly),
            (STRICT, b"\x82\0", Flag::TextOnly),
            (STRICT, b"\x01\0", Flag::FragmentsRefused),
            (inside, b"\x89\0", Flag::ControlInsideRefused),
            (inside, b"\x88\0", Flag::CloseInMessageFails),
            (inside, b"\0\0", Flag::FragmentsRefused),
            (STRICT, b"\x89\x7D", Flag::Control124),
            (deflate, b"\x81\0", Flag::PlainRefused),
            (deflate, b"\x41\0", Flag::CompressedFragmentsRefused),
        ] {
            assert_eq!(judged(rules, bytes), Ok(()), "{bytes:x?}");
            assert!(judged(Rules { flags: flag.into(), ..rules }, bytes).is_err(), "{flag}");
        }
    }
}
