//! [`Windows`]: messages cut out of data, one after the other.

use std::borrow::Cow;

/// An endless iterator of messages. Each is the window of data that follows the last one, and the
/// data begin again at their end. See [`Corpus::windows`](super::Corpus::windows).
#[derive(Clone, Debug)]
pub struct Windows {
    data: &'static [u8],
    /// Where each unit begins, and where the last one ends. `None`: each byte is a unit.
    bounds: Option<&'static [u32]>,
    /// The units of a window.
    size: usize,
    /// The first unit of the next window.
    at: usize,
}

impl Windows {
    /// Begins at the beginning.
    ///
    /// # Panics
    /// There are no data.
    pub(super) fn new(data: &'static [u8], bounds: Option<&'static [u32]>, size: usize) -> Self {
        assert!(!data.is_empty(), "there is something to cut windows out of");
        Self { data, bounds, size, at: 0 }
    }

    /// Returns the number of units.
    fn units(&self) -> usize {
        self.bounds.map_or(self.data.len(), |bounds| bounds.len() - 1)
    }

    /// Returns the units from `at` on, at most `count` of them, and moves on.
    fn take(&mut self, count: usize) -> (&'static [u8], usize) {
        let (begin, end) = (self.at, self.units().min(self.at.saturating_add(count)));
        self.at = if end == self.units() { 0 } else { end };
        let byte = |unit: usize| match self.bounds {
            Some(bounds) => usize::try_from(bounds[unit]).expect("an offset in memory"),
            None => unit,
        };
        (&self.data[byte(begin)..byte(end)], end - begin)
    }
}

impl Iterator for Windows {
    type Item = Cow<'static, [u8]>;

    fn next(&mut self) -> Option<Self::Item> {
        let (first, mut taken) = self.take(self.size);
        if taken == self.size {
            return Some(Cow::Borrowed(first));
        }
        let mut window = first.to_vec();
        while taken < self.size {
            let (more, count) = self.take(self.size - taken);
            window.extend_from_slice(more);
            taken += count;
        }
        Some(Cow::Owned(window))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn windows(text: &'static str, by_character: bool, size: usize) -> Vec<String> {
        let bounds = text.char_indices().map(|(at, _)| at).chain([text.len()]);
        let bounds: Vec<u32> = bounds.map(|at| u32::try_from(at).unwrap()).collect();
        let bounds = by_character.then(|| &*bounds.leak());
        Windows::new(text.as_bytes(), bounds, size)
            .take(4)
            .map(|window| String::from_utf8_lossy(&window).into_owned())
            .collect()
    }

    #[test]
    fn each_window_follows_the_last() {
        for (text, by_character, size, want) in [
            ("abcde", false, 2, ["ab", "cd", "ea", "bc"]),
            ("abcd", false, 2, ["ab", "cd", "ab", "cd"]),
            ("abc", false, 3, ["abc", "abc", "abc", "abc"]),
            ("abc", false, 7, ["abcabca", "bcabcab", "cabcabc", "abcabca"]),
            ("abc", false, 0, ["", "", "", ""]),
            ("aé€😀b", true, 2, ["aé", "€😀", "ba", "é€"]),
            ("aé€😀b", true, 5, ["aé€😀b", "aé€😀b", "aé€😀b", "aé€😀b"]),
            ("aé", false, 2, ["a\u{FFFD}", "\u{FFFD}a", "é", "a\u{FFFD}"]),
        ] {
            assert_eq!(windows(text, by_character, size), want, "{text} {size}");
        }
    }

    #[test]
    fn only_windows_over_the_end_are_copied() {
        let mut windows = Windows::new(b"abcde", None, 2);
        let is_copied = |window: Option<Cow<[u8]>>| matches!(window, Some(Cow::Owned(_)));
        assert!(!is_copied(windows.next()) && !is_copied(windows.next()));
        assert!(is_copied(windows.next()));
    }
}
