//! [`Corpus`]: a kind of made data.

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
