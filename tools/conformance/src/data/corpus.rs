//! [`Corpus`]: a kind of made data.

use std::sync::OnceLock;

use super::windows::Windows;
use super::{bitmap, document, html, json, prose};

/// A kind of made data. Each is the same in each run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Corpus {
    /// JSON, ASCII: text. Compresses to 4 % or so.
    Json,
    /// An 8-bit bitmap: binary. 85 %.
    Bitmap,
    /// Prose: binary. 39 %.
    Prose,
    /// HTML with some characters of 2, 3 and 4 bytes: text. 6 %.
    Html,
    /// A document with compressed parts: binary. 76 %.
    Document,
}

/// Data once they are made.
struct Made {
    bytes: Vec<u8>,
    /// Where each character begins, and where the last one ends. `None`: each byte is a unit.
    bounds: Option<Vec<u32>>,
}

impl Corpus {
    /// All kinds, in the order of the cases.
    pub const ALL: [Self; 5] = [Self::Json, Self::Bitmap, Self::Prose, Self::Html, Self::Document];

    /// Returns all bytes. The first call makes them.
    #[must_use]
    pub fn bytes(self) -> &'static [u8] {
        &self.made().bytes
    }

    /// Returns `true` if the data are text, and `false` if they are binary.
    #[must_use]
    pub fn is_text(self) -> bool {
        matches!(self, Self::Json | Self::Html)
    }

    /// Cuts the data into messages of `size` units, without an end: a unit is a character of a text,
    /// and a byte of binary data. The data begin again at their end.
    #[must_use]
    pub fn windows(self, size: usize) -> Windows {
        let made = self.made();
        Windows::new(&made.bytes, made.bounds.as_deref(), size)
    }

    fn made(self) -> &'static Made {
        static MADE: [OnceLock<Made>; 5] = [const { OnceLock::new() }; 5];
        let (at, make): (usize, fn() -> Vec<u8>) = match self {
            Self::Json => (0, json::make),
            Self::Bitmap => (1, bitmap::make),
            Self::Prose => (2, prose::make),
            Self::Html => (3, html::make),
            Self::Document => (4, document::make),
        };
        MADE[at].get_or_init(|| {
            let bytes = make();
            let bounds = if self.is_text() { bounds(&bytes) } else { None };
            Made { bytes, bounds }
        })
    }
}

/// Returns where the characters of a text begin, if some have more than one byte.
fn bounds(bytes: &[u8]) -> Option<Vec<u32>> {
    if bytes.is_ascii() {
        return None;
    }
    let text = std::str::from_utf8(bytes).expect("made text is UTF-8");
    let all = text.char_indices().map(|(at, _)| at).chain([text.len()]);
    Some(all.map(|at| u32::try_from(at).expect("texts are small")).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::{Compress, Compression, FlushCompress};
    use sha1::{Digest as _, Sha1};

    /// The percentage to which zlib deflates at level 6, in tenths.
    fn deflated(bytes: &[u8]) -> usize {
        let mut out = Vec::with_capacity(bytes.len() + 1024);
        let mut zlib = Compress::new(Compression::new(6), false);
        zlib.compress_vec(bytes, &mut out, FlushCompress::Finish).unwrap();
        assert_eq!(zlib.total_in(), bytes.len() as u64);
        out.len() * 1000 / bytes.len()
    }

    #[test]
    fn sizes_and_ratios_are_those_that_are_aimed_at() {
        for (corpus, size, percent) in [
            (Corpus::Json, json::SIZE, 4),
            (Corpus::Bitmap, bitmap::SIZE, 85),
            (Corpus::Prose, prose::SIZE, 39),
            (Corpus::Html, html::SIZE, 6),
            (Corpus::Document, document::SIZE, 76),
        ] {
            let bytes = corpus.bytes();
            assert!(bytes.len().abs_diff(size) * 100 < size, "{corpus:?}: {} bytes", bytes.len());
            let tenths = deflated(bytes);
            // Small ratios may be off by half, great ones by three points.
            let most = (percent * 5).min(30);
            assert!(tenths.abs_diff(percent * 10) <= most, "{corpus:?}: {tenths} tenths");
        }
    }

    #[test]
    fn the_data_are_the_same_on_each_machine() {
        for (corpus, want) in [
            (Corpus::Json, "207ca40ee54e8363ba34645e4cb9a51e89c6f2d6"),
            (Corpus::Bitmap, "a7a6b2abed249c84181924dc56d0c64fade456e1"),
            (Corpus::Prose, "b78a25ddd17ea10ab4a94cedb07965c41ccdffbd"),
            (Corpus::Html, "2332269f0f5cd2bdd0be8ac8b0c96fa8647a67ce"),
            (Corpus::Document, "d2e9d16fc9099206e4e4b4c7e6dbf7d1dcceea6a"),
        ] {
            let digest = Sha1::digest(corpus.bytes());
            let hex: Vec<String> = digest.iter().map(|byte| format!("{byte:02x}")).collect();
            assert_eq!(hex.concat(), want, "{corpus:?}");
        }
    }

    #[test]
    fn text_is_utf8_and_has_characters_of_each_length() {
        for corpus in Corpus::ALL {
            let text = std::str::from_utf8(corpus.bytes());
            assert!(!corpus.is_text() || text.is_ok(), "{corpus:?}");
        }
        serde_json::from_slice::<serde_json::Value>(Corpus::Json.bytes()).unwrap();
        assert!(Corpus::Json.bytes().is_ascii());
        let html = std::str::from_utf8(Corpus::Html.bytes()).unwrap();
        let count = |len: usize| html.chars().filter(|c| c.len_utf8() == len).count();
        let counts = [2, 3, 4].map(count);
        assert!(counts.iter().all(|count| *count > 5), "{counts:?}");
        assert!((40..=60).contains(&counts.iter().sum::<usize>()), "{counts:?}");
        let prose = String::from_utf8_lossy(Corpus::Prose.bytes());
        assert!("äöüßÜ".chars().all(|umlaut| prose.contains(umlaut)));
    }

    #[test]
    fn windows_of_text_are_text_of_so_many_characters() {
        for (corpus, size) in
            [(Corpus::Json, 16), (Corpus::Html, 16), (Corpus::Html, 8192), (Corpus::Html, 131_072)]
        {
            let mut differ = 0;
            for window in corpus.windows(size).take(100) {
                let text = std::str::from_utf8(&window).unwrap();
                assert_eq!(text.chars().count(), size, "{corpus:?}");
                differ += usize::from(window.len() != size);
            }
            assert_eq!(differ > 0, corpus == Corpus::Html, "{corpus:?} {size}");
        }
    }

    #[test]
    fn windows_of_all_data_are_the_data_again_and_again() {
        for corpus in Corpus::ALL {
            for size in [16, 1000, 131_072] {
                let mut all = Vec::new();
                for window in corpus.windows(size).take(3_000_000 / size) {
                    all.extend_from_slice(&window);
                }
                for part in all.chunks(corpus.bytes().len()) {
                    assert!(part == &corpus.bytes()[..part.len()], "{corpus:?} {size}");
                }
            }
        }
    }
}
