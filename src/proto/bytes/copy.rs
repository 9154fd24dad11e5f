//! Appending payloads to a buffer, in pieces.
//!
//! From 4 KiB on, the C library copies with one instruction. On some processors that instruction is
//! thirty times slower if the destination is a few bytes further into its page than the source.
//! This is the case for a payload that is copied behind a frame's header. Smaller pieces are never
//! copied with that instruction. Where it is fast, the pieces cost nothing.

/// Bytes that are copied at once: half of the smallest size for which that instruction is used.
pub(crate) const PIECE: usize = 2 << 10;

/// Appends bytes.
pub(crate) fn append(out: &mut Vec<u8>, bytes: &[u8]) {
    out.reserve(bytes.len());
    for piece in bytes.chunks(PIECE) {
        out.extend_from_slice(piece);
    }
}

/// Appends text.
pub(crate) fn append_text(out: &mut String, text: &str) {
    out.reserve(text.len());
    let mut rest = text;
    while rest.len() > PIECE {
        let is_cut = |at: &usize| rest.is_char_boundary(*at);
        // A character has at most four bytes.
        let cut = (PIECE - 3..=PIECE).rev().find(is_cut).expect("one of four bytes begins one");
        let (piece, behind) = rest.split_at(cut);
        out.push_str(piece);
        rest = behind;
    }
    out.push_str(rest);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_make_up_the_whole() {
        let all = "a\u{e9}\u{20ac}\u{1f980}".repeat(PIECE);
        for from in 0..10 {
            for len in [0, 1, PIECE - 1, PIECE, PIECE + 1, 2 * PIECE, 3 * PIECE + 7] {
                let part = &all.as_bytes()[from..from + len];
                let mut got = b"before".to_vec();
                append(&mut got, part);
                assert_eq!(got, [b"before", part].concat());
                if let Some(part) = all.get(from..from + len) {
                    let mut got = String::from("before");
                    append_text(&mut got, part);
                    assert_eq!(got, format!("before{part}"));
                }
            }
        }
        let mut got = String::new();
        append_text(&mut got, &all);
        assert_eq!(got, all);
    }
}
