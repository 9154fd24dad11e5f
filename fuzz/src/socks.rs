//! Answers of a SOCKS5 proxy, whole and in pieces.
//!
//! ```text
//! input: settings, cuts, bytes
//! ```

use blocking_ws::ProxyError;
use blocking_ws::testing::internals::{Proxy, Socks, Step, Url};

use crate::bytes::{Bytes, Cuts};

/// What came of a piece that ends at an offset.
type Seen = (usize, Result<Step, String>);

pub fn run(data: &[u8]) {
    let mut bytes = Bytes(data);
    let settings = bytes.byte();
    let cuts = Cuts::new(&mut bytes);
    let url = ["ws://h/", "wss://127.0.0.1:9/", "ws://[::1]/"][usize::from(settings % 3)];
    let user = if settings & 8 == 0 { "" } else { "ali:sesame@" };
    let url = Url::parse(url).expect("a URL");
    let proxy = Proxy::parse(&format!("socks5h://{user}proxy")).expect("a proxy's URL");
    let begin = || {
        let (socks, greeting) = Socks::begin(&url, &proxy).expect("a name that is short");
        assert_eq!(greeting, if user.is_empty() { &[5, 1, 0][..] } else { &[5, 2, 0, 2] });
        socks
    };
    let slow = steps(begin(), bytes.0, bytes.0.chunks(1));
    let sent = slow.iter().filter(|(_, step)| matches!(step, Ok(Step::Send(_)))).count();
    assert!(sent <= 2, "a login and a request");
    // Where a message ends the proxy waits, so a piece does too, until it is not polite any more.
    let borders: Vec<_> = slow.iter().map(|(at, _)| *at).collect();
    let mut polite = Vec::new();
    let mut from = 0;
    for &border in &borders {
        polite.extend(cuts.pieces(&bytes.0[from..border]));
        from = border;
    }
    assert_eq!(steps(begin(), bytes.0, polite.into_iter()), slow);
    let rude = steps(begin(), bytes.0, cuts.pieces(bytes.0).into_iter());
    for (at, step) in rude {
        let early = matches!(&step, Err(e) if *e == early());
        assert!(early || slow.contains(&(at, step.clone())) || step.is_err(), "{at}: {step:?}");
    }
}

fn early() -> String {
    let (mut socks, _) = {
        let (url, proxy) = (Url::parse("ws://h/"), Proxy::parse("socks5h://p"));
        Socks::begin(&url.expect("a URL"), &proxy.expect("a URL")).expect("it begins")
    };
    socks.push(&[5, 0, 0]).expect_err("a byte too many").to_string()
}

/// All but the pieces after which nothing happened.
fn steps<'a>(mut socks: Socks, whole: &[u8], pieces: impl Iterator<Item = &'a [u8]>) -> Vec<Seen> {
    let (mut seen, mut at) = (Vec::new(), 0);
    for piece in pieces {
        at += piece.len();
        let step = socks.push(piece);
        if let Err(ProxyError::Reply(reply)) = &step {
            assert!(whole.contains(reply));
        }
        let is_over = !matches!(step, Ok(Step::Read | Step::Send(_)));
        if step.as_ref().ok() != Some(&Step::Read) {
            seen.push((at, step.map_err(|e| e.to_string())));
        }
        if is_over {
            break;
        }
    }
    seen
}
