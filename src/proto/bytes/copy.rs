//! Copying payloads.
//!
//! From a few KiB on, the C library copies with one instruction. Where the destination is not in
//! the cache, nothing is faster. But some processors execute it up to thirty times slower if the
//! destination is 1 to 15 bytes further into its page than the source, and at half the speed if it
//! is 16 to 31 bytes further. This happens to a payload that is copied behind a frame's header. Such
//! a copy is made in pieces that are too small for that instruction.

/// The size of the pieces: half of the smallest size for which the instruction is used.
pub(crate) const PIECE: usize = 2 << 10;
/// Processors compare only the place in the page.
const PAGE: usize = 4 << 10;
/// If the destination is at least this much further into its page, the instruction is fast.
const FAR: usize = 32;

/// Copies as many bytes as fit, and returns how many that is.
pub(crate) fn copy(from: &[u8], to: &mut [u8]) -> usize {
    let n = from.len().min(to.len());
    let piece = piece(from, to.as_ptr());
    for (from, to) in from[..n].chunks(piece).zip(to[..n].chunks_mut(piece)) {
        to.copy_from_slice(from);
    }
    n
}

/// Returns how many bytes to copy at once to `to`.
fn piece(from: &[u8], to: *const u8) -> usize {
    let further = to.addr().wrapping_sub(from.as_ptr().addr()) % PAGE;
    if (1..FAR).contains(&further) { PIECE } else { usize::MAX }
}

/// Appends bytes.
#[inline]
pub(crate) fn append(out: &mut Vec<u8>, bytes: &[u8]) {
    if bytes.len() <= PIECE {
        out.extend_from_slice(bytes);
    } else {
        append_large(out, bytes);
    }
}

fn append_large(out: &mut Vec<u8>, bytes: &[u8]) {
    out.reserve(bytes.len());
    for piece in bytes.chunks(piece(bytes, end(out))) {
        out.extend_from_slice(piece);
    }
}

/// Appends text.
pub(crate) fn append_text(out: &mut String, text: &str) {
    out.reserve(text.len());
    let most = piece(text.as_bytes(), end(out.as_bytes()));
    let mut rest = text;
    while rest.len() > most {
        let is_cut = |at: &usize| rest.is_char_boundary(*at);
        // A character has at most four bytes.
        let cut = (most - 3..=most).rev().find(is_cut).expect("one of four bytes begins one");
        let (piece, behind) = rest.split_at(cut);
        out.push_str(piece);
        rest = behind;
    }
    out.push_str(rest);
}

/// Returns where the next bytes go.
fn end(content: &[u8]) -> *const u8 {
    content.as_ptr_range().end
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_copies_that_are_slow_are_cut() {
        let from = [0; 10];
        for (further, want) in [
            (0, usize::MAX),
            (1, PIECE),
            (15, PIECE),
            (31, PIECE),
            (32, usize::MAX),
            (4095, usize::MAX),
            (4096, usize::MAX),
            (4097, PIECE),
            (usize::MAX, usize::MAX),
        ] {
            let to = from.as_ptr().wrapping_add(further);
            assert_eq!(piece(&from, to), want, "{further} bytes further");
        }
    }

    #[test]
    fn pieces_make_up_the_whole() {
        let all = "a\u{e9}\u{20ac}\u{1f980}".repeat(PIECE);
        let mut buf = vec![0; all.len()];
        for from in 0..FAR + 2 {
            for len in [0, 1, PIECE - 1, PIECE, PIECE + 1, 2 * PIECE, 3 * PIECE + 7] {
                let part = &all.as_bytes()[from..from + len];
                let mut got = b"before".to_vec();
                append(&mut got, part);
                assert_eq!(got, [b"before", part].concat());
                assert_eq!(copy(part, &mut buf[3..]), len);
                assert_eq!(buf[3..3 + len], *part);
                assert_eq!(copy(part, &mut buf[..len / 2]), len / 2);
                assert_eq!(buf[..len / 2], part[..len / 2]);
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
