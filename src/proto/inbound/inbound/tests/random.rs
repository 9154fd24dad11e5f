//! Random frames, whole and damaged, against an oracle.

use super::*;

/// Parses legal frames by §5, byte by byte: returns what is whole of the bytes.
fn oracle(mut bytes: &[u8]) -> Outcome {
    let (mut seen, mut kind, mut message) = (Vec::new(), String::new(), Vec::new());
    while let Ok(Parsed::Done(header, start)) = FrameHeader::parse(bytes) {
        let end = usize::try_from(header.len).unwrap().saturating_add(start);
        let whole = bytes.get(start..end);
        let Some(payload) = whole else { break };
        let key = header.mask.unwrap_or_default().into_iter().cycle();
        let payload = payload.iter().zip(key).map(|(byte, key)| byte ^ key);
        let name = format!("{:?}:", header.opcode).to_lowercase();
        if header.opcode.is_control() {
            seen.push(name.bytes().chain(payload).collect());
        } else {
            if header.opcode != Opcode::Continuation {
                kind = name;
            }
            message.extend(payload);
            if header.fin {
                seen.push([kind.as_bytes(), &message].concat());
                message.clear();
            }
        }
        bytes = &bytes[end..];
    }
    seen
}

/// Makes messages in pieces, control frames between them, and a Close.
fn stream(random: &mut Random, role: Role) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut add = |first, payload: &[u8]| {
        bytes.extend(frame(role, first, payload.len() as u64, payload));
    };
    for _ in 0..=random.below(4) {
        let words: String = "aé€😀".chars().cycle().take(random.below(70)).collect();
        let mut opcode = [1, 2][random.below(2)];
        for piece in random.cut(words.as_bytes()) {
            add(opcode, piece);
            let control = [0x89, 0x8a][random.below(2)];
            add(control, &piece[..piece.len().min(125)]);
            opcode = 0;
        }
        add(0x80 | opcode, b".");
    }
    add(0x88, &b"\x03\xe8bye"[..[0, 2, 5][random.below(3)]]);
    bytes
}

#[test]
fn random_streams_agree_with_the_oracle_and_broken_ones_at_every_cut() {
    let (mut random, limits, mut broken) = (Random(6455), limits(300, 300), 0);
    for n in 0..2000 {
        let (role, damaged) = (ROLES[n % 2], n % 4 > 1);
        let mut bytes = stream(&mut random, role);
        if damaged {
            let at = random.below(bytes.len().min(40));
            bytes[at] ^= 1 << random.below(8);
        }
        let mut receiver = Receiver::new(role, limits, b"");
        let pieces = random.cut(&bytes);
        for (i, piece) in pieces.iter().enumerate() {
            receiver.feed(piece);
            let fed = pieces[..=i].concat();
            let whole = || Receiver::new(role, limits, &fed).1;
            let want = if damaged { whole() } else { oracle(&fed) };
            assert_eq!(receiver.1, want, "{n}: {fed:02x?}");
        }
        broken += receiver.1.iter().filter(|event| event[0] == b'!').count();
    }
    assert!(broken > 200, "only {broken} streams broke a rule");
}
