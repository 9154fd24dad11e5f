//! What [`Decompressor`] takes, and what it does not.

use super::*;
use crate::compression::Compressor;
use crate::data::Corpus;

/// Writes DEFLATE data bit by bit (RFC 1951 §3.1.1).
#[derive(Clone, Default)]
struct Bits {
    bytes: Vec<u8>,
    count: u8,
}

impl Bits {
    /// Adds the lowest `count` bits, the lowest first.
    fn number(mut self, bits: u32, count: u8) -> Self {
        for at in 0..count {
            if self.count == 0 {
                self.bytes.push(0);
            }
            let bit = u8::from(bits >> at & 1 == 1);
            *self.bytes.last_mut().unwrap() |= bit << self.count;
            self.count = (self.count + 1) % 8;
        }
        self
    }

    /// Adds a Huffman code, whose highest bit comes first.
    fn code(self, code: u32, count: u8) -> Self {
        self.number(code.reverse_bits() >> (32 - count), count)
    }

    /// Begins a block with fixed codes (§3.2.6).
    fn fixed(self) -> Self {
        self.number(0b010, 3)
    }

    /// Adds bytes below 144.
    fn literals(self, bytes: &[u8]) -> Self {
        bytes.iter().fold(self, |bits, byte| bits.code(0x30 + u32::from(*byte), 8))
    }

    /// Adds a reference that is `len` bytes long, 3 to 10 or 258, and goes `distance` bytes back.
    fn reference(self, len: u32, distance: u32) -> Self {
        let bits = match len {
            258 => self.code(0b1100_0101, 8),
            len => self.code(len - 2, 7),
        };
        // §3.2.5: codes go in pairs, and each pair has a bit more of the distance.
        let (mut code, mut first, mut extra) = (0, 1, 0);
        while distance >= first + (1 << extra) {
            first += 1 << extra;
            code += 1;
            extra = u8::try_from(code / 2).unwrap().saturating_sub(1);
        }
        bits.code(code, 5).number(distance - first, extra)
    }

    /// Ends the block, and the message as RFC 7692 §7.2.1 has it.
    fn end(mut self) -> Vec<u8> {
        self = self.code(0, 7).number(0b000, 3);
        self.bytes
    }
}

/// A message of `literals`, then a reference.
fn refer(literals: usize, len: u32, distance: u32) -> Vec<u8> {
    Bits::default().fixed().literals(&vec![b'x'; literals]).reference(len, distance).end()
}

fn inflate(decompressor: &mut Decompressor, payload: &[u8]) -> Result<Vec<u8>, Broken> {
    let mut out = Vec::new();
    decompressor.decompress(payload, 1 << 20, &mut out).map(|()| out)
}

#[test]
fn messages_as_rfc_7692_section_7_2_3_has_them() {
    let hello: &[u8] = &[0xF2, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00];
    let again: &[u8] = &[0xF2, 0x00, 0x11, 0x00, 0x00];
    let stored: &[u8] = b"\x00\x05\x00\xFA\xFFHello\x00";
    let is_final: &[u8] = &[0xF3, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00, 0x00];
    let two: &[u8] =
        &[0xF2, 0x48, 0x05, 0x00, 0x00, 0x00, 0xFF, 0xFF, 0xCA, 0xC9, 0xC9, 0x07, 0x00];
    for (rule, takeover, messages, want) in [
        ("7.2.3.1: one block", false, &[hello, hello][..], "Hello"),
        ("7.2.3.2: the window stays", true, &[hello, again, again], "Hello"),
        ("7.2.3.3: stored", true, &[stored, stored, again], "Hello"),
        ("7.2.3.4: BFINAL is set", false, &[is_final, is_final], "Hello"),
        ("7.2.3.4: the window stays after BFINAL", true, &[is_final, again, is_final], "Hello"),
        ("7.2.3.5: two blocks", true, &[two, two, again], "Hello"),
        ("7.2.3.6: empty", true, &[&[0x00], &[0x00]], ""),
        ("empty, with BFINAL", true, &[&[0x01], &[0x00], &[0x03, 0x00, 0x00]], ""),
        ("empty, in a fixed block", true, &[&[0x02, 0x00], &[0x00]], ""),
    ] {
        let mut decompressor = Decompressor::new(15, takeover);
        for message in messages {
            let got = inflate(&mut decompressor, message);
            assert_eq!(got, Ok(want.into()), "{rule}: {message:x?}");
        }
    }
}

#[test]
fn a_reference_goes_back_as_far_as_the_window_and_no_further() {
    for literals in [33_000, 65_999] {
        let before = Bits::default().fixed().literals(&vec![b'x'; literals]);
        for bits in 8..=15 {
            let window = 1_u32 << bits;
            // Beyond the largest window there is nothing to refer to.
            let far = (bits < 15).then_some(window + 1);
            for distance in [1, 255, window - 1, window].into_iter().chain(far) {
                for (len, takeover) in [(3, false), (10, true), (258, false), (258, true)] {
                    let payload = before.clone().reference(len, distance).end();
                    let got = inflate(&mut Decompressor::new(bits, takeover), &payload);
                    let want = if far == Some(distance) {
                        Err(Broken::Window(bits))
                    } else {
                        Ok(literals + usize::try_from(len).unwrap())
                    };
                    let what = format!("{takeover} {bits} {literals} {len} {distance}");
                    assert_eq!(got.map(|message| message.len()), want, "{what}");
                }
            }
        }
    }
}

#[test]
fn what_a_reference_brings_is_what_was_there() {
    // An alphabet whose length no window is a multiple of.
    let text: Vec<u8> = (0..900).map(|n| u8::try_from(n % 71 + 48).unwrap()).collect();
    for literals in 512..800 {
        let before = Bits::default().fixed().literals(&text[..literals]);
        for distance in [1, 2, 3, 7, 100, 254, 255, 256] {
            let mut want = text[..literals].to_vec();
            for _ in 0..258 {
                want.push(want[want.len() - distance]);
            }
            let payload = before.clone().reference(258, u32::try_from(distance).unwrap()).end();
            assert_eq!(inflate(&mut Decompressor::new(8, false), &payload), Ok(want));
        }
    }
}

#[test]
fn a_reference_goes_back_to_no_byte_that_was_never_there() {
    for (rule, bits, takeover, messages, want) in [
        ("before all", 15, true, &[refer(0, 3, 1)][..], Broken::Start),
        ("before all, in a small window", 8, true, &[refer(9, 3, 10)], Broken::Start),
        ("before all, without takeover", 8, false, &[refer(9, 3, 10)], Broken::Start),
        ("takeover, but further", 15, true, &[refer(9, 3, 9), refer(1, 3, 14)], Broken::Start),
        ("no takeover", 15, false, &[refer(9, 3, 9), refer(1, 3, 2)], Broken::Takeover),
        ("no takeover", 9, false, &[refer(900, 3, 512), refer(0, 3, 1)], Broken::Takeover),
        ("not the window", 9, true, &[refer(900, 3, 512), refer(0, 3, 513)], Broken::Window(9)),
    ] {
        let mut decompressor = Decompressor::new(bits, takeover);
        let (last, before) = messages.split_last().unwrap();
        for message in before {
            assert!(inflate(&mut decompressor, message).is_ok(), "{rule}");
        }
        assert_eq!(inflate(&mut decompressor, last), Err(want), "{rule}");
    }
    let mut decompressor = Decompressor::new(9, true);
    assert!(inflate(&mut decompressor, &refer(900, 3, 512)).is_ok());
    assert!(inflate(&mut decompressor, &refer(0, 3, 512)).is_ok());
}

#[test]
fn what_is_no_message() {
    let hello: &[u8] = &[0xF2, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00];
    for (rule, payload, want) in [
        ("no byte at all", &b""[..], Broken::Unfinished),
        ("the end is missing", &hello[..6], Broken::Unfinished),
        ("more is missing", &hello[..3], Broken::Unfinished),
        ("the tail is still there", b"\x00\x00\x00\xFF\xFF", Broken::Unfinished),
        ("a stored block takes the tail", b"\x00\x04\x00\xFB\xFF", Broken::Unfinished),
        (
            "a stored block takes the tail and more",
            b"\x00\x09\x00\xF6\xFFHello",
            Broken::Unfinished,
        ),
        ("a final block alone", &[0xF3, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00], Broken::Unfinished),
        ("a kind of block that does not exist", b"\x06\x00", Broken::Data),
        ("a stored block of two lengths", b"\x00\x05\x00\x00\x00Hello\x00", Broken::Data),
        ("a zlib header", b"\x78\x9C\xF2\x48\xCD\xC9\xC9\x07\x00", Broken::Data),
    ] {
        for takeover in [false, true] {
            let got = inflate(&mut Decompressor::new(15, takeover), payload);
            assert_eq!(got, Err(want), "{rule}");
        }
    }
}

#[test]
fn a_message_is_no_longer_than_it_may_be() {
    let (mut packed, mut out) = (Vec::new(), Vec::new());
    for len in [1, 511, 512, 513, 100_000, 1 << 24] {
        Compressor::new(9, false).compress(&vec![0; len], &mut packed);
        let mut decompressor = Decompressor::new(9, false);
        assert_eq!(decompressor.decompress(&packed, len, &mut out), Ok(()));
        assert_eq!(out.len(), len);
        let most = len - 1;
        let got = decompressor.decompress(&packed, most, &mut out);
        assert_eq!(got, Err(Broken::TooLong(most)));
        assert!(out.len() <= most);
    }
}

#[test]
fn whatever_comes_nothing_panics() {
    let (mut packed, mut out) = (Vec::new(), Vec::new());
    let document = Corpus::Document.bytes();
    for (round, data) in Corpus::Json.windows(300).take(40).enumerate() {
        Compressor::with_level(9, false, 6).compress(&data, &mut packed);
        for at in 0..packed.len() {
            let mut decompressor = Decompressor::new(9, true);
            let cut = decompressor.decompress(&packed[..at], 1 << 16, &mut out);
            assert!(cut.is_err(), "cut at {at} of {packed:x?}");
            let mut other = packed.clone();
            other[at] ^= document[5000 + 300 * round + at];
            // Most are broken, some are not.
            let _ = Decompressor::new(9, true).decompress(&other, 1 << 16, &mut out);
        }
    }
    for noise in document[5000..].chunks(64).take(5000) {
        let _ = Decompressor::new(8, true).decompress(noise, 1 << 16, &mut out);
    }
}

#[test]
fn steady_messages_need_no_memory() {
    let (mut packed, mut out) = (Vec::new(), Vec::new());
    let mut compressor = Compressor::new(12, true);
    let mut decompressor = Decompressor::new(12, true);
    let mut first = None;
    for window in Corpus::Json.windows(4096).take(100) {
        compressor.compress(&window, &mut packed);
        decompressor.decompress(&packed, 4096, &mut out).unwrap();
        let memory = (out.as_ptr(), out.capacity(), decompressor.ring.as_ptr());
        assert_eq!(*first.get_or_insert(memory), memory);
    }
}
