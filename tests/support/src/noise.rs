//! Bytes to send.

/// Bytes without a period, which compress to little more than half: each run of noise comes twice.
pub fn noise(len: usize) -> Vec<u8> {
    let mut x = 0x9E37_79B9_7F4A_7C15_u64;
    let mut bytes = Vec::with_capacity(len + 512);
    while bytes.len() < len {
        let start = bytes.len();
        for _ in 0..32 {
            x ^= x << 13;
            x ^= x >> 7;
            x ^= x << 17;
            bytes.extend(x.to_le_bytes());
        }
        bytes.extend_from_within(start..);
    }
    bytes.truncate(len);
    bytes
}
