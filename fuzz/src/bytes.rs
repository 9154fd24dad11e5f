//! Fuzz input as a source of decisions.

/// What is left of an input. Where there is nothing, everything is zero.
#[derive(Clone, Debug)]
pub struct Bytes<'a>(pub &'a [u8]);

impl<'a> Bytes<'a> {
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn byte(&mut self) -> u8 {
        let Some((&first, rest)) = self.0.split_first() else { return 0 };
        self.0 = rest;
        first
    }

    /// So many bytes, or as many as there are.
    pub fn take(&mut self, n: usize) -> &'a [u8] {
        let (front, rest) = self.0.split_at(n.min(self.0.len()));
        self.0 = rest;
        front
    }

    /// Bytes with their number in front.
    pub fn counted(&mut self) -> &'a [u8] {
        let n = usize::from(self.byte());
        self.take(n)
    }

    /// One of several.
    pub fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        of[usize::from(self.byte()) % of.len()]
    }

    pub fn flag(&mut self) -> bool {
        self.byte() & 1 == 1
    }
}

/// Where a stream is cut into pieces: sizes that are used in turn.
#[derive(Clone, Copy, Debug)]
pub struct Cuts<'a>(&'a [u8]);

impl<'a> Cuts<'a> {
    /// One byte for each where there are none.
    pub fn new(bytes: &mut Bytes<'a>) -> Self {
        let n = usize::from(bytes.byte() % 8);
        Self(bytes.take(n))
    }

    pub fn pieces(self, mut whole: &[u8]) -> Vec<&[u8]> {
        let mut sizes = self.0.iter().cycle().map(|&size| usize::from(size).max(1));
        let mut pieces = Vec::new();
        while !whole.is_empty() {
            let size = sizes.next().unwrap_or(1).min(whole.len());
            let (piece, rest) = whole.split_at(size);
            pieces.push(piece);
            whole = rest;
        }
        pieces
    }
}
