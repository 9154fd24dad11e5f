//! Masking (RFC 6455 §5.3).

/// Masks or unmasks a part of a payload that begins `offset` bytes behind the payload's start.
pub(in crate::mutant) fn mask(part: &mut [u8], mut key: [u8; 4], offset: usize) {
    key.rotate_left(offset % 4);
    // Eight bytes at a time: the compiler makes vectors of it.
    let wide = u64::from_ne_bytes([key, key].concat().try_into().expect("twice four are eight"));
    let (words, rest) = part.as_chunks_mut::<8>();
    for word in words {
        *word = (u64::from_ne_bytes(*word) ^ wide).to_ne_bytes();
    }
    for (byte, key) in rest.iter_mut().zip(key.iter().cycle()) {
        *byte ^= key;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_is_masked_as_in_the_whole() {
        let key = [1, 2, 3, 4];
        let plain: Vec<u8> = (0..40).collect();
        let whole: Vec<u8> = plain.iter().zip(key.iter().cycle()).map(|(b, k)| b ^ k).collect();
        for from in 0..plain.len() {
            for to in from..=plain.len() {
                let mut part = plain[from..to].to_vec();
                mask(&mut part, key, from);
                assert_eq!(part, whole[from..to], "{from}..{to}");
            }
        }
    }
}
