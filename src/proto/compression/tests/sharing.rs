//! Many connections at once that borrow from the same codecs.

use super::*;

/// One connection: the bytes on their way, and the expected messages.
struct Talk {
    deflation: Deflation,
    inbound: Inbound,
    wire: Vec<u8>,
    sent: Vec<Message>,
    received: Vec<Message>,
}

impl Talk {
    fn new(agreed: &Agreed, shelf: &'static Shelf) -> Self {
        Self {
            deflation: Deflation::new(agreed, shelf).expect("a legal window"),
            inbound: inbound(Some(agreed), 1 << 20, shelf),
            wire: Vec::new(),
            sent: Vec::new(),
            received: Vec::new(),
        }
    }

    /// Puts a message on the wire: compressed or not, in fragments, with pings between them.
    fn send(&mut self, words: &[&str], random: &mut Random) {
        let len = random.below(3000);
        let text: String = (0..len).map(|_| words[random.below(words.len())]).collect();
        let deflated =
            if random.below(4) > 0 { self.deflation.deflate(text.as_bytes()) } else { None };
        let (mut rsv, payload) = match &deflated {
            Some(deflated) => (RSV1, deflated.output()),
            None => (0, text.as_bytes()),
        };
        let mut opcode = Opcode::Text;
        let pieces = payload.chunks(1 + random.below(payload.len() + 1)).collect::<Vec<_>>();
        for (n, piece) in pieces.iter().enumerate() {
            self.wire.extend(frame(n + 1 == pieces.len(), rsv, opcode, piece));
            (rsv, opcode) = (0, Opcode::Continuation);
        }
        if pieces.is_empty() {
            self.wire.extend(frame(true, rsv, opcode, b""));
        }
        if let Some(done) = deflated {
            self.deflation.done(done);
        }
        self.sent.push(text.into());
    }

    fn receive(&mut self, n: usize) {
        let rest = self.wire.split_off(n.min(self.wire.len()));
        let came = std::mem::replace(&mut self.wire, rest);
        self.received.extend(feed(&mut self.inbound, &came, 700).expect("legal frames"));
    }
}

#[test]
fn connections_that_share_codecs_never_mix_them_up() {
    let shelf = shelf();
    let mut random = Random(7692);
    let mut talks: Vec<_> = (0..12)
        .map(|n| Talk::new(&agreed(n % 3 == 0, [15, 9, 12][n % 3], [1, 6][n % 2]), shelf))
        .collect();
    // Each connection has its own words, so that a text from another connection's window shows.
    let words: Vec<[String; 3]> = (0..talks.len())
        .map(|n| ["alpha", "beta", "gamma"].map(|word| format!("{word}{n} ")))
        .collect();
    for _ in 0..6000 {
        let n = random.below(talks.len());
        if random.below(3) == 0 {
            talks[n].send(&words[n].each_ref().map(String::as_str), &mut random);
        } else {
            let some = random.below(2000);
            talks[n].receive(some);
        }
    }
    for (n, talk) in talks.iter_mut().enumerate() {
        talk.receive(usize::MAX);
        assert!(talk.sent.len() > 50, "{}", talk.sent.len());
        assert!(talk.received == talk.sent, "connection {n}");
    }
    let keep = talks.len() / 3 * 2;
    assert_eq!(shelf.lent.load(Ordering::Relaxed), keep, "only with takeover they are kept");
    let (inflaters, deflaters) = (lock(&shelf.inflaters).len(), lock(&shelf.deflaters).len());
    assert!(inflaters > 1, "several messages were under way at once");
    assert!(deflaters <= 4, "{deflaters} for four kinds, one at a time");
}
