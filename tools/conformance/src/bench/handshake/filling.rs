//! [`fill`]: puts what is known of the other end into a request or an answer.

/// Returns the text with a value in each of these places, such as `{host}`.
pub(super) fn fill(text: &[u8], places: &[(&[u8], &str)]) -> Vec<u8> {
    let mut filled = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(byte) = rest.first() {
        if let Some((place, value)) = places.iter().find(|(place, _)| rest.starts_with(place)) {
            filled.extend(value.as_bytes());
            rest = &rest[place.len()..];
        } else {
            filled.push(*byte);
            rest = &rest[1..];
        }
    }
    filled
}
