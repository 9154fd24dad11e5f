//! [`At`]: a place in the bytes of one direction. [`Place`] finds it while they pass.

use std::fmt;

use super::scanner::Scanner;

/// A place in the bytes of one direction.
///
/// A place is always between two bytes. It is counted in the bytes that are sent, from the moment
/// when the plan begins. What other faults insert does not count.
///
/// | | |
/// |---|---|
/// | `At::from(40)`, `At::start().byte(40)` | after 40 bytes |
/// | `At::head()` | after the HTTP head, before the first frame |
/// | `At::head().frame(3)` | before the third frame |
/// | `At::head().frame(3).byte(1)` | after the first byte of its header |
/// | `At::start().frame(2)` | before the second frame, on a stream without a head |
///
/// ```
/// use blocking_ws::testing::At;
///
/// assert_eq!(At::from(40), At::start().byte(40));
/// assert_eq!(At::head().frame(3).byte(1).to_string(), "the head, frame 3, byte 1");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct At(Vec<Step>);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    /// The end of an HTTP head.
    Head,
    /// The beginning of the n-th frame. The first is 1.
    Frame(usize),
    /// A number of bytes.
    Bytes(usize),
}

impl At {
    /// The beginning, before the first byte.
    #[must_use]
    pub fn start() -> Self {
        Self(Vec::new())
    }

    /// The end of the HTTP head of the opening handshake, which is the first empty line.
    #[must_use]
    pub fn head() -> Self {
        Self(vec![Step::Head])
    }

    /// The beginning of the `n`-th frame from here on. The first is 1. After [`byte`](Self::byte),
    /// that is the first frame that begins there or later.
    ///
    /// Frames are those of RFC 6455 §5.2, control frames and fragments among them.
    ///
    /// # Panics
    /// `n` is 0.
    #[must_use]
    #[track_caller]
    pub fn frame(self, n: usize) -> Self {
        assert!(n > 0, "the first frame is frame 1");
        self.then(Step::Frame(n))
    }

    /// The place `n` bytes later.
    #[must_use]
    pub fn byte(self, n: usize) -> Self {
        self.then(Step::Bytes(n))
    }

    fn then(mut self, step: Step) -> Self {
        self.0.push(step);
        self
    }
}

/// After this number of bytes.
impl From<usize> for At {
    fn from(bytes: usize) -> Self {
        Self::start().byte(bytes)
    }
}

impl fmt::Display for At {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return f.write_str("the start");
        }
        for (at, step) in self.0.iter().enumerate() {
            if at > 0 {
                f.write_str(", ")?;
            }
            match step {
                Step::Head => f.write_str("the head")?,
                Step::Frame(n) => write!(f, "frame {n}")?,
                Step::Bytes(n) => write!(f, "byte {n}")?,
            }
        }
        Ok(())
    }
}

/// A place that has not been reached yet.
#[derive(Clone, Debug)]
pub(super) struct Place {
    at: At,
    progress: Progress,
}

/// How far a place has been reached.
#[derive(Clone, Copy, Debug)]
struct Progress {
    step: usize,
    /// Bytes, or ends of frames, that are left of this step. `None` before it.
    left: Option<usize>,
    scanner: Scanner,
}

impl Place {
    pub(super) fn new(at: At) -> Self {
        Self { at, progress: Progress { step: 0, left: None, scanner: Scanner::Raw } }
    }

    /// Returns after how many of these bytes the place is reached. `None` if it is further away.
    pub(super) fn distance<'a>(&self, slices: impl Iterator<Item = &'a [u8]>) -> Option<usize> {
        let mut progress = self.progress;
        let mut before = 0;
        for slice in slices {
            if let Some(at) = progress.advance(&self.at.0, slice) {
                return Some(before + at);
            }
            before += slice.len();
        }
        None
    }

    /// Notes that these bytes have passed, which go to the place at most. Returns `true` if it is
    /// reached.
    pub(super) fn pass(&mut self, bytes: &[u8]) -> bool {
        self.progress.advance(&self.at.0, bytes).is_some()
    }
}

impl Progress {
    /// Goes over the bytes up to the place, and returns how many that took. `None` if it is further
    /// away.
    fn advance(&mut self, steps: &[Step], bytes: &[u8]) -> Option<usize> {
        let mut at = 0;
        while let Some(step) = steps.get(self.step) {
            at += match *step {
                Step::Head => self.head(&bytes[at..]),
                Step::Frame(n) => self.frames(n, &bytes[at..]),
                Step::Bytes(n) => self.bytes(n, &bytes[at..]),
            }?;
            self.step += 1;
            self.left = None;
        }
        Some(at)
    }

    fn head(&mut self, bytes: &[u8]) -> Option<usize> {
        self.scanner.begin_head();
        self.scanner.find_end(bytes)
    }

    fn frames(&mut self, n: usize, bytes: &[u8]) -> Option<usize> {
        self.scanner.begin_frames();
        // A frame that has begun ends before the first one begins.
        let begun = usize::from(!self.scanner.is_between_frames());
        let mut left = self.left.unwrap_or(n - 1 + begun);
        let mut at = 0;
        while left > 0 {
            let Some(len) = self.scanner.find_end(&bytes[at..]) else {
                self.left = Some(left);
                return None;
            };
            at += len;
            left -= 1;
        }
        Some(at)
    }

    fn bytes(&mut self, n: usize, bytes: &[u8]) -> Option<usize> {
        let left = self.left.unwrap_or(n);
        let take = left.min(bytes.len());
        self.scanner.pass(&bytes[..take]);
        self.left = Some(left - take);
        (take == left).then_some(take)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proto::rules::Role;
    use crate::testing::RawFrame;

    #[test]
    fn places_are_where_they_say() {
        let head = b"HTTP/1.1 101 OK\r\n\r\n";
        let frames = [RawFrame::text("hello"), RawFrame::ping(""), RawFrame::binary(vec![0; 200])];
        let frames = frames.map(|frame| frame.to_bytes(Role::Server));
        let all = [head, &frames[0][..], &frames[1], &frames[2]].concat();
        let h = head.len();
        for (at, want) in [
            (At::start(), Some(0)),
            (At::from(0), Some(0)),
            (At::from(5), Some(5)),
            (At::from(5).byte(3), Some(8)),
            (At::from(all.len()), Some(all.len())),
            (At::from(all.len() + 1), None),
            (At::head(), Some(h)),
            (At::head().byte(0), Some(h)),
            (At::head().byte(2), Some(h + 2)),
            (At::head().frame(1), Some(h)),
            (At::head().frame(1).byte(1), Some(h + 1)),
            (At::head().frame(2), Some(h + 7)),
            (At::head().frame(3), Some(h + 9)),
            (At::head().frame(3).byte(4), Some(h + 13)),
            (At::head().frame(4), Some(all.len())),
            (At::head().frame(5), None),
            (At::head().frame(2).frame(2), Some(h + 9)),
            (At::head().frame(1).byte(1).frame(1), Some(h + 7)),
            (At::head().frame(1).byte(7).frame(1), Some(h + 7)),
            (At::head().frame(1).byte(8).frame(1), Some(h + 9)),
            (At::head().byte(7).frame(1), Some(h + 7)),
            (At::from(h).frame(2), Some(h + 7)),
            (At::from(h + 7).frame(2).byte(1), Some(h + 10)),
        ] {
            for chunk in [1, 2, 5, 13, all.len()] {
                let mut place = Place::new(at.clone());
                let mut reached = place.pass(&[]).then_some(0);
                for (n, piece) in all.chunks(chunk).enumerate() {
                    if reached.is_some() {
                        break;
                    }
                    // In two slices, to look ahead.
                    let slices = [&piece[..piece.len() / 2], &piece[piece.len() / 2..]];
                    if let Some(distance) = place.distance(slices.into_iter()) {
                        reached = Some(n * chunk + distance);
                        assert!(place.pass(&piece[..distance]), "{at}");
                    } else {
                        assert!(!place.pass(piece), "{at}");
                    }
                }
                assert_eq!(reached, want, "{at}, {chunk} bytes at once");
            }
        }
    }

    #[test]
    #[should_panic(expected = "the first frame is frame 1")]
    fn there_is_no_frame_0() {
        let _ = At::head().frame(0);
    }
}
