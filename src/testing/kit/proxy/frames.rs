//! [`FrameFilter`]: asks a test about each frame that passes (RFC 6455).

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use super::super::faults::Ending;
use super::super::wire::RawFrame;
use super::queue::Item;
use super::verdict::{Flow, OnFrame, Verdict};
use crate::proto::wire::Header;

/// Frames that are larger pass without a question, so that the proxy need not hold them.
const LARGEST: u64 = 64 << 20;
/// What has no HTTP head of at most this size passes without questions.
const LONGEST_HEAD: usize = 64 << 10;

/// Asks a test about each frame of one direction.
pub(super) struct FrameFilter {
    flow: Flow,
    on_frame: OnFrame,
    /// What is not a whole head or frame yet.
    bytes: Vec<u8>,
    next: Next,
}

/// What the next byte is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Next {
    Head,
    Frame,
    /// A part of something that passes without a question, of this length.
    Unseen(u64),
}

/// Who ends a connection by a verdict.
const BY: &str = "by on_frame";

/// Without end.
const REST: Next = Next::Unseen(u64::MAX);

/// What passes, and how much later than usual.
pub(super) type Passes = Vec<(Duration, Item)>;

impl FrameFilter {
    pub(super) fn new(flow: Flow, on_frame: OnFrame) -> Self {
        Self { flow, on_frame, bytes: Vec::new(), next: Next::Head }
    }

    /// Takes bytes, and returns what passes because of them. The error is a panic of the test's
    /// function.
    pub(super) fn pass(&mut self, bytes: &[u8]) -> Result<Passes, Box<dyn Any + Send>> {
        self.bytes.extend_from_slice(bytes);
        let mut passes = Passes::new();
        let mut at = 0;
        let done = self.pass_from(&mut at, &mut passes);
        // Only now, so that each byte is moved once.
        self.bytes.drain(..at);
        done.map(|()| passes)
    }

    /// Goes on at a place in the bytes, as far as they are whole.
    fn pass_from(
        &mut self,
        at: &mut usize,
        passes: &mut Passes,
    ) -> Result<(), Box<dyn Any + Send>> {
        while *at < self.bytes.len() {
            let bytes = &self.bytes[*at..];
            match self.next {
                Next::Head => {
                    let most = bytes.len().min(LONGEST_HEAD);
                    let end = bytes[..most].windows(4).position(|end| end == b"\r\n\r\n");
                    match end {
                        Some(end) => {
                            let head = bytes[..end + 4].to_vec();
                            self.next = behind(&head, self.flow);
                            *at += head.len();
                            passes.push((Duration::ZERO, Item::Bytes(head)));
                        }
                        None if most == LONGEST_HEAD => self.next = REST,
                        None => break,
                    }
                }
                Next::Unseen(left) => {
                    let most = usize::try_from(left).unwrap_or(usize::MAX);
                    let piece = bytes[..most.min(bytes.len())].to_vec();
                    *at += piece.len();
                    self.next = match left - piece.len() as u64 {
                        0 => Next::Frame,
                        left => Next::Unseen(left),
                    };
                    passes.push((Duration::ZERO, Item::Bytes(piece)));
                }
                Next::Frame => {
                    let Some((head, len)) = Header::parse(bytes) else { break };
                    if head.len > LARGEST {
                        self.next = Next::Unseen(head.len.saturating_add(len as u64));
                        continue;
                    }
                    let Some((frame, len)) = RawFrame::parse(bytes) else { break };
                    let ask = AssertUnwindSafe(|| (self.on_frame)(&frame, self.flow));
                    let verdict = catch_unwind(ask)?;
                    let whole = bytes[..len].to_vec();
                    *at += len;
                    passes.extend(self.obey(verdict, whole));
                }
            }
        }
        Ok(())
    }

    fn obey(&self, verdict: Verdict, whole: Vec<u8>) -> Option<(Duration, Item)> {
        Some(match verdict {
            Verdict::Forward => (Duration::ZERO, Item::Bytes(whole)),
            Verdict::Drop => return None,
            Verdict::Delay(delay) => (delay, Item::Bytes(whole)),
            Verdict::Cut => (Duration::ZERO, Item::Ending(Ending::Cut, BY)),
            Verdict::Reset => (Duration::ZERO, Item::Ending(Ending::Reset, BY)),
            Verdict::Replace(frames) => {
                let role = self.flow.role();
                let bytes = frames.iter().flat_map(|frame| frame.to_bytes(role)).collect();
                (Duration::ZERO, Item::Bytes(bytes))
            }
        })
    }

    /// What is left when nothing more comes: a part of a frame.
    pub(super) fn rest(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.bytes)
    }
}

/// What follows a head (§4.1, §4.2.2).
fn behind(head: &[u8], flow: Flow) -> Next {
    let head = String::from_utf8_lossy(head).to_ascii_lowercase();
    let mut lines = head.lines();
    match flow {
        Flow::Upstream => {
            let opens = lines.any(|line| {
                line.strip_prefix("upgrade:").is_some_and(|value| value.contains("websocket"))
            });
            if opens { Next::Frame } else { REST }
        }
        Flow::Downstream => {
            let mut words = lines.next().unwrap_or_default().split(' ');
            match (words.next(), words.next()) {
                (Some("http/1.1"), Some("101")) => Next::Frame,
                // RFC 9110 §15.2: the answer itself follows.
                (Some("http/1.1"), Some(code)) if code.len() == 3 && code.starts_with('1') => {
                    Next::Head
                }
                _ => REST,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;
    use crate::process::lock;
    use crate::proto::rules::Role;
    use crate::testing::Len;

    const ANSWER: &[u8] = b"HTTP/1.1 101 OK\r\n\r\n";
    const REQUEST: &[u8] = b"GET / HTTP/1.1\r\nUpgrade: WebSocket\r\n\r\n";

    /// What passes, piece by piece, and which frames are asked about.
    fn passed(
        flow: Flow,
        pieces: impl IntoIterator<Item = Vec<u8>>,
        verdict: impl Fn(&RawFrame) -> Verdict + Send + Sync + 'static,
    ) -> (Passes, usize) {
        let asked = Arc::new(Mutex::new(0));
        let count = Arc::clone(&asked);
        let on_frame: OnFrame = Arc::new(move |frame, _| {
            *lock(&count) += 1;
            verdict(frame)
        });
        let mut filter = FrameFilter::new(flow, on_frame);
        let passes = pieces.into_iter().flat_map(|piece| filter.pass(&piece).unwrap()).collect();
        let asked = *lock(&asked);
        (passes, asked)
    }

    fn bytes(passes: Passes) -> Vec<u8> {
        let bytes = passes.into_iter().map(|(_, item)| match item {
            Item::Bytes(bytes) => bytes,
            other => panic!("{other:?}"),
        });
        bytes.collect::<Vec<_>>().concat()
    }

    fn bytewise(bytes: &[u8]) -> Vec<Vec<u8>> {
        bytes.chunks(1).map(<[u8]>::to_vec).collect()
    }

    #[test]
    fn each_verdict() {
        let frame = RawFrame::text("hello");
        for (flow, head, role) in
            [(Flow::Upstream, REQUEST, Role::Client), (Flow::Downstream, ANSWER, Role::Server)]
        {
            let raw = frame.to_bytes(role);
            let all = [head, &raw[..], &raw].concat();
            let other = RawFrame::ping("x");
            let (both, replaced) = (other.to_bytes(role).repeat(4), other.clone());
            let (passes, asked) = passed(flow, bytewise(&all), |_| Verdict::Forward);
            assert_eq!((bytes(passes), asked), (all.clone(), 2));
            let (passes, _) = passed(flow, [all.clone()], |_| Verdict::Drop);
            assert_eq!(bytes(passes), head);
            let replace = move |_: &RawFrame| Verdict::Replace(vec![replaced.clone(); 2]);
            let (passes, _) = passed(flow, bytewise(&all), replace);
            assert_eq!(bytes(passes), [head, &both].concat());
            let second = Duration::from_secs(1);
            let (passes, _) = passed(flow, [all.clone()], move |_| Verdict::Delay(second));
            assert_eq!(passes[2], (second, Item::Bytes(raw)));
            for (verdict, ending) in [(Verdict::Cut, Ending::Cut), (Verdict::Reset, Ending::Reset)]
            {
                let (passes, _) = passed(flow, [all.clone()], move |_| verdict.clone());
                assert_eq!(passes[1], (Duration::ZERO, Item::Ending(ending, BY)));
            }
        }
    }

    #[test]
    fn frames_follow_every_answer_that_opens() {
        let frame = RawFrame::text("hello").to_bytes(Role::Server);
        for head in [
            &b"HTTP/1.1 101\r\n\r\n"[..],
            b"HTTP/1.1 101 \r\n\r\n",
            b"HTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\nHTTP/1.1 101 OK\r\n\r\n",
        ] {
            for pieces in [vec![[head, &frame].concat()], bytewise(&[head, &frame].concat())] {
                let (passes, asked) = passed(Flow::Downstream, pieces, |_| Verdict::Drop);
                assert_eq!((bytes(passes), asked), (head.to_vec(), 1));
            }
        }
    }

    #[test]
    fn what_is_no_frame_passes_without_a_question() {
        let frame = RawFrame::text("hello").to_bytes(Role::Server);
        let endless = vec![b'x'; 70_000];
        for head in [&b"HTTP/1.1 404 No\r\n\r\n"[..], b"HTTP/1.0 101 OK\r\n\r\n", &endless] {
            let all = [head, &frame].concat();
            let (passes, asked) = passed(Flow::Downstream, [all.clone()], |_| Verdict::Drop);
            assert_eq!((bytes(passes) == all, asked), (true, 0));
        }
        let all = [&b"GET / HTTP/1.1\r\n\r\n"[..], &frame].concat();
        let (passes, asked) = passed(Flow::Upstream, [all.clone()], |_| Verdict::Drop);
        assert_eq!((bytes(passes), asked), (all, 0));
        // A large frame, and one behind it.
        let large = RawFrame::binary("").len(Len::In64(LARGEST + 1)).to_bytes(Role::Server);
        let pieces = [[ANSWER, &large].concat()].into_iter();
        let pieces = pieces.chain((0..=64).map(|n| vec![0; if n < 64 { 1 << 20 } else { 1 }]));
        let (passes, asked) = passed(Flow::Downstream, pieces.chain([frame]), |_| Verdict::Drop);
        let len = ANSWER.len() + large.len() + (64 << 20) + 1;
        assert_eq!((bytes(passes).len(), asked), (len, 1));
    }
}
