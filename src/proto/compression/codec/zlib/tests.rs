//! The RFC's own examples, invalid streams, and round trips (RFC 7692 §7.2).

use super::*;
use crate::proto::message::Allocation;

const LIMIT: usize = 1 << 20;

fn assembly() -> Assembly {
    Assembly::new(false, Allocation::default(), LIMIT as u64)
}

/// Inflates a message that comes in `pieces`.
fn inflate<'a>(
    inflater: &mut Inflater,
    takeover: bool,
    pieces: impl IntoIterator<Item = &'a [u8]>,
) -> Result<Vec<u8>, ProtocolError> {
    let mut out = assembly();
    let mut last = &b""[..];
    for piece in pieces {
        inflater.push(last, &mut out)?;
        last = piece;
    }
    inflater.finish(last, takeover, &mut out)?;
    out.finish().map(|message| message.into_message().into_bytes())
}

/// Text that repeats itself at the distances where window sizes differ, with numbers in between.
fn text(len: usize) -> Vec<u8> {
    let mut text = Vec::new();
    for n in 0_u64.. {
        let (a, b) = (n.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40, n % 97);
        text.extend(format!("{{\"id\":{n},\"key\":\"{a:x}\",\"group\":{b}}},").bytes());
        if text.len() >= len {
            break;
        }
    }
    text.truncate(len);
    text
}

/// Bytes that cannot be made smaller.
fn noise(len: usize) -> Vec<u8> {
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let next = |_| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 32).to_le_bytes()[0]
    };
    (0..len).map(next).collect()
}

#[test]
fn section_7_2_3_the_examples() {
    let hello = &b"\xf2\x48\xcd\xc9\xc9\x07\x00"[..];
    for (rule, messages, want) in [
        ("7.2.3.1 one message", vec![hello], vec![&b"Hello"[..]]),
        ("7.2.3.2 sharing the window", vec![hello, b"\xf2\x00\x11\x00\x00"], vec![b"Hello"; 2]),
        ("7.2.3.2 forgetting", vec![hello, hello], vec![b"Hello"; 2]),
        ("7.2.3.3 no compression", vec![b"\x00\x05\x00\xfa\xffHello\x00"], vec![b"Hello"]),
        ("7.2.3.4 a last block", vec![b"\xf3\x48\xcd\xc9\xc9\x07\x00\x00"], vec![b"Hello"]),
        (
            "a last block, and an empty last one",
            vec![b"\x00\x05\x00\xfa\xffHello\x01", hello],
            vec![b"Hello"; 2],
        ),
        ("nothing but an empty last one", vec![b"\x01", hello], vec![b"", b"Hello"]),
        ("and no byte behind it", vec![b"\xf3\x48\xcd\xc9\xc9\x07\x00"], vec![b"Hello"]),
        (
            "a last block, and another message",
            vec![b"\xf3\x48\xcd\xc9\xc9\x07\x00\x00", hello],
            vec![b"Hello"; 2],
        ),
        (
            "blocks behind a last one",
            vec![b"\xf3\x48\xcd\xc9\xc9\x07\x00\xf2\x48\xcd\xc9\xc9\x07\x00"],
            vec![b"HelloHello"],
        ),
        (
            "two last blocks",
            vec![b"\xf3\x48\xcd\xc9\xc9\x07\x00\xf3\x48\xcd\xc9\xc9\x07\x00\x00"],
            vec![b"HelloHello"],
        ),
        (
            "7.2.3.5 two blocks",
            vec![b"\xf2\x48\x05\x00\x00\x00\xff\xff\xca\xc9\xc9\x07\x00"],
            vec![b"Hello"],
        ),
        ("7.2.3.6 an empty message", vec![b"\x00"], vec![b""]),
        ("and with nothing at all", vec![b""], vec![b""]),
        ("an empty one among others", vec![hello, b"\x00", hello], vec![b"Hello", b"", b"Hello"]),
    ] {
        for takeover in [true, false] {
            if rule.contains("sharing") && !takeover {
                continue;
            }
            for size in [1, 2, 3, 100] {
                let mut inflater = Inflater::new();
                let mut plain = |message: &&[u8]| {
                    inflate(&mut inflater, takeover, message.chunks(size)).expect(rule)
                };
                let got: Vec<_> = messages.iter().map(&mut plain).collect();
                assert_eq!(got, want, "{rule}, pieces of {size}, takeover {takeover}");
            }
        }
    }
}

#[test]
fn section_7_2_3_4_a_last_block_of_any_length() {
    for len in [1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK] {
        let message = text(len);
        let mut data = Vec::with_capacity(2 * len + 100);
        let mut stream = Compress::new(Compression::new(6), false);
        let done = stream.compress_vec(&message, &mut data, FlushCompress::Finish);
        assert_eq!(done.unwrap(), Status::StreamEnd);
        for tail in [&b""[..], b"\x00"] {
            for takeover in [true, false] {
                let mut inflater = Inflater::new();
                for _ in 0..2 {
                    let got = inflate(&mut inflater, takeover, [&data[..], tail]);
                    assert!(got.as_ref() == Ok(&message), "{len}, {tail:?}, {takeover}");
                }
            }
        }
    }
}

#[test]
fn section_6_2_data_that_is_wrong() {
    for (rule, message) in [
        ("a reserved kind of block", &b"\x07"[..]),
        ("a stored block whose lengths differ", b"\x00\x05\x00\xfb\xffHello\x00"),
        ("a window that is not there", b"\xf2\x00\x11\x00\x00"),
        ("too many codes", b"\xfc\xff\xff\xff\xff\xff"),
        ("its last byte missing", b"\xf2\x48\xcd\xc9\xc9\x07"),
        ("the byte behind a stored block missing", b"\x00\x05\x00\xfa\xffHello"),
        ("rubbish behind a last block", b"\xf3\x48\xcd\xc9\xc9\x07\x00\x07"),
        ("a stored block cut short", b"\x00\x06\x00\xf9\xffHello"),
        ("not deflated at all", b"Hello"),
    ] {
        for takeover in [true, false] {
            for size in [1, 100] {
                let got = inflate(&mut Inflater::new(), takeover, message.chunks(size));
                assert_eq!(got, Err(ProtocolError::BadDeflate), "{rule}, pieces of {size}");
            }
        }
    }
}

#[test]
fn section_6_2_what_is_wrong_first_is_told_wherever_data_is_cut() {
    // Two faults each. The second is a type of block that does not exist.
    let long = [&b"\x00\x2d\x01\xd2\xfe"[..], &[b'x'; 301], b"\x07"].concat();
    let mut no_text = long.clone();
    no_text[300] = 0xff;
    let big = ProtocolError::MessageTooBig(300);
    for (rule, data, want) in [
        ("section_8_1 no text", &b"\x00\x01\x00\xfe\xff\xff\x07"[..], ProtocolError::BadUtf8),
        ("section_10_4 too much", &long, big),
        ("section_8_1 no text, and too much", &no_text, ProtocolError::BadUtf8),
        ("neither", b"\x00\x01\x00\xfe\xffx\x07", ProtocolError::BadDeflate),
    ] {
        for takeover in [true, false] {
            for size in [1, 2, 7, 1000] {
                let (mut inflater, mut out) =
                    (Inflater::new(), Assembly::new(true, Allocation::default(), 300));
                let mut pieces = data.chunks(size).peekable();
                let mut told = Ok(());
                while let Some(piece) = pieces.next().filter(|_| told.is_ok()) {
                    told = match pieces.peek() {
                        Some(_) => inflater.push(piece, &mut out),
                        None => inflater.finish(piece, takeover, &mut out),
                    };
                }
                assert_eq!(told, Err(want), "{rule}, pieces of {size}, takeover {takeover}");
            }
        }
    }
}

#[test]
fn a_message_that_was_cut_short_is_noticed() {
    let message = text(3000);
    for (level, takeover) in [(0, false), (1, false), (6, false), (6, true)] {
        let mut deflater = Deflater::new(level, 15);
        assert!(deflater.deflate(&message));
        let whole = deflater.output();
        let cut = |len| inflate(&mut Inflater::new(), takeover, [&whole[..len]]);
        let cuts: Vec<_> = (1..whole.len()).map(cut).collect();
        // The tail can complete the message, but that is rare.
        let least = if takeover { 95 } else { 80 };
        let noticed = cuts.iter().filter(|got| **got == Err(ProtocolError::BadDeflate)).count();
        let all = cuts.len();
        assert!(noticed * 100 >= all * least, "{noticed} of {all} at level {level}, {takeover}");
    }
}

#[test]
fn section_6_2_whatever_comes_is_inflated_or_refused() {
    let mut deflater = Deflater::new(6, 15);
    assert!(deflater.deflate(&text(500)));
    let (whole, random) = (deflater.output(), noise(100_000));
    let (mut good, mut bad) = (0, 0);
    for (n, random) in random.chunks_exact(8).enumerate() {
        // Some bytes are changed, or all of them, and some of the end is missing.
        let mut data = if n % 4 > 0 { whole.to_vec() } else { noise(n / 40) };
        for change in random[..3].chunks_exact(1) {
            let at = usize::from(change[0]) * 3 % data.len().max(1);
            data.get_mut(at).into_iter().for_each(|byte| *byte ^= random[7]);
        }
        data.truncate(data.len().max(40) - usize::from(random[3]) / 8);
        for takeover in [false, true] {
            let mut inflater = Inflater::new();
            let pieces = data.chunks(1 + usize::from(random[4]));
            if let Ok(message) = inflate(&mut inflater, takeover, pieces) {
                assert!(message.len() <= LIMIT);
                // The next message is not affected.
                let hello = b"\xf2\x48\xcd\xc9\xc9\x07\x00";
                let next = inflate(&mut inflater, takeover, [&hello[..]]);
                assert_eq!(next.as_deref(), Ok(&b"Hello"[..]), "behind {data:x?}");
                good += 1;
            } else {
                bad += 1;
            }
        }
    }
    assert!(good > 20 && bad > 10_000, "{good} good, {bad} bad");
}

#[test]
fn nothing_of_an_earlier_message_can_be_had() {
    let mut inflater = Inflater::new();
    let secret = b"\x00\x05\x00\xfa\xffHello\x00";
    assert_eq!(inflate(&mut inflater, false, [&secret[..]]).unwrap(), b"Hello");
    // The example of §7.2.3.2: five bytes, five bytes back.
    let got = inflate(&mut inflater, false, [&b"\xf2\x00\x11\x00\x00"[..]]);
    assert_eq!(got, Err(ProtocolError::BadDeflate));
    let mut deflater = Deflater::new(9, 15);
    let message = text(2000);
    assert!(deflater.deflate(&message));
    let first = deflater.output().to_vec();
    deflater.forget();
    assert!(deflater.deflate(&message));
    assert_eq!(deflater.output(), first, "it forgot");
    assert!(deflater.deflate(&message));
    assert!(deflater.output().len() < first.len() / 4, "it remembered");
}

#[test]
fn what_goes_in_comes_out() {
    // Sizes around that of a chunk, where reading and writing in pieces could go wrong.
    let sizes = [0, 1, 2, 63, 700, 5000, 20_000, CHUNK - 1, CHUNK, CHUNK + 1, 150_000];
    let messages: Vec<_> =
        sizes.iter().flat_map(|&len| [text(len), noise(len), vec![b'a'; len]]).collect();
    for level in [0, 1, 2, 3, 6, 9] {
        for window_bits in SMALLEST..=15 {
            for takeover in [true, false] {
                let mut deflater = Deflater::new(level, window_bits);
                let mut inflater = Inflater::new();
                for message in &messages {
                    assert!(deflater.deflate(message));
                    let output = deflater.output();
                    let got = inflate(&mut inflater, takeover, [output]);
                    let len = message.len();
                    assert!(
                        got.as_ref() == Ok(message),
                        "{len} bytes at level {level}, {window_bits} bits: {:?}",
                        got.map(|got| got.len()),
                    );
                    // The most that DEFLATE costs: nine bits a byte.
                    assert!(output.len() <= len + len / 8 + 20, "{len} to {}", output.len());
                    if !takeover {
                        deflater.forget();
                    }
                }
            }
        }
    }
}

const SMALLEST: u8 = 9;

#[test]
fn section_7_1_2_no_more_than_the_window_is_referred_to() {
    for level in [1, 2, 3, 6, 9] {
        for window_bits in SMALLEST..=15 {
            let window = 1 << window_bits;
            for (distance, shrinks) in [(window / 4, true), (window, false), (window + 1, false)] {
                let message = noise(distance).repeat(2);
                let mut deflater = Deflater::new(level, window_bits);
                assert!(deflater.deflate(&message));
                let len = deflater.output().len();
                assert_eq!(len < message.len(), shrinks, "{distance} of {window} at level {level}");
            }
        }
    }
}

#[test]
fn section_7_2_3_6_an_empty_message_is_one_byte() {
    let mut deflater = Deflater::new(1, 15);
    for takeover in [true, true, false, false] {
        assert!(deflater.deflate(b""));
        assert_eq!(deflater.output(), b"\x00");
        if !takeover {
            deflater.forget();
        }
    }
}

#[test]
fn the_room_for_what_comes_out_does_not_grow() {
    let mut deflater = Deflater::new(6, 15);
    assert!(deflater.deflate(&vec![0; CHUNK - 1]));
    for takeover in [false, true] {
        let mut inflater = Inflater::new();
        for _ in 0..20 {
            let message = inflate(&mut inflater, takeover, deflater.output().chunks(9));
            assert_eq!(message.map(|message| message.len()), Ok(CHUNK - 1));
        }
        assert!(inflate(&mut inflater, takeover, [&b""[..], b""]).is_ok());
        // A codec that belongs to one connection holds nothing between messages.
        assert_eq!(inflater.chunk.capacity(), if takeover { 0 } else { CHUNK });
    }
}

#[test]
fn section_10_4_what_comes_out_is_bounded() {
    let mut deflater = Deflater::new(9, 15);
    for (len, fits) in [(LIMIT, true), (LIMIT + 1, false), (8 * LIMIT, false)] {
        assert!(deflater.deflate(&vec![0; len]));
        for (size, takeover) in [(1, false), (10_000, false), (1, true), (10_000, true)] {
            let pieces = deflater.output().chunks(size);
            let got = inflate(&mut Inflater::new(), takeover, pieces);
            let want = if fits { Ok(len) } else { Err(ProtocolError::MessageTooBig(LIMIT as u64)) };
            assert_eq!(got.map(|got| got.len()), want, "{len} bytes in pieces of {size}");
        }
        deflater.forget();
    }
}
