//! Masking: XOR with a repeating key of four bytes (RFC 6455 §5.3).

/// Masks or unmasks `piece` in place. The piece begins `offset` bytes into its payload.
#[inline]
pub(crate) fn mask(piece: &mut [u8], key: [u8; 4], offset: usize) {
    let key = [0, 1, 2, 3].map(|at| key[(offset % 4 + at) % 4]);
    let word = u64::from(u32::from_ne_bytes(key));
    let wide = word << 32 | word;
    // Eight bytes at a time: the compiler turns this into vector instructions.
    let mut words = piece.chunks_exact_mut(8);
    for word in &mut words {
        let mut bytes = [0; 8];
        bytes.copy_from_slice(word);
        word.copy_from_slice(&(u64::from_ne_bytes(bytes) ^ wide).to_ne_bytes());
    }
    for (byte, key) in words.into_remainder().iter_mut().zip(wide.to_ne_bytes()) {
        *byte ^= key;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The algorithm of §5.3, byte by byte.
    fn oracle(payload: &mut [u8], key: [u8; 4]) {
        for (i, byte) in payload.iter_mut().enumerate() {
            *byte ^= key[i % 4];
        }
    }

    #[test]
    fn section_5_3_at_every_length_and_cut() {
        let key = [0x37, 0xfa, 0x21, 0x3d];
        for len in 0..70 {
            let plain: Vec<u8> = (0..len).collect();
            let mut want = plain.clone();
            oracle(&mut want, key);
            for cut in 0..=plain.len() {
                let mut got = plain.clone();
                let (head, tail) = got.split_at_mut(cut);
                mask(head, key, 0);
                mask(tail, key, cut);
                assert_eq!(got, want, "length {len} cut at {cut}");
            }
        }
    }

    #[test]
    fn section_5_7_hello() {
        let mut bytes = [0x7f, 0x9f, 0x4d, 0x51, 0x58];
        mask(&mut bytes, [0x37, 0xfa, 0x21, 0x3d], 0);
        assert_eq!(&bytes, b"Hello");
    }
}
