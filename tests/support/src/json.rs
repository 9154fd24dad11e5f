//! Messages that compress as those of programs do.

use std::fmt::Write as _;

/// Text such as programs send: keys that repeat, values that do not.
pub fn json(size: usize, seed: usize) -> String {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64.wrapping_mul(seed as u64 + 1);
    let mut text = String::from("[");
    while text.len() < size {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        let (id, price, amount) = (state >> 44, (state >> 24) % 100_000, (state >> 8) % 500);
        let (buys, symbol) = (state & 1 == 0, state % 40);
        let (units, cents) = (price / 100, price % 100);
        let _ = write!(
            text,
            "{{\"id\":{id},\"symbol\":\"ABC-{symbol}\",\"buys\":{buys},\
             \"price\":{units}.{cents:02},\"amount\":{amount},\"open\":true}},",
        );
    }
    text.truncate(size);
    text
}
