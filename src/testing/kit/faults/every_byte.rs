//! [`at_every_byte`]: one test for each place of a fault.

use super::super::super::panicked::{said, told};

/// The most failures. Each has printed a panic, so no further byte is tried then.
const ENOUGH: usize = 5;

/// Runs a test for each number of bytes from 0 to `len`: `test(0)`, `test(1)` and so on.
///
/// A test that panics does not end the others. When five have panicked, the rest is not run.
///
/// ```
/// use blocking_ws::testing::{Fault, Faults, Faulty, Pipe, at_every_byte, pair_over};
/// use blocking_ws::{Error, Settings};
///
/// // Wherever a frame is cut off, the message does not arrive, and the loss is told.
/// at_every_byte(6, |n| {
///     let (near, far) = Pipe::new(64);
///     let near = Faulty::new(near).unwrap().writing(Faults::new().after(n, Fault::Cut));
///     let far = Faulty::new(far).unwrap();
///     let (mut client, mut server) = pair_over((near, far), &Settings::new()).unwrap();
///     let _ = client.send("hello"); // 11 bytes
///     assert!(matches!(server.recv(), Err(Error::Lost(_))));
/// });
/// ```
///
/// # Panics
/// A test has panicked. The text has the first such byte, what its panic said, and the others.
#[track_caller]
pub fn at_every_byte(len: usize, mut test: impl FnMut(usize)) {
    let mut failed = Vec::new();
    let mut first = String::new();
    for n in 0..=len {
        let run = told(|| test(n), |panic| said(panic).to_owned());
        let Err(failure) = run else { continue };
        if failed.is_empty() {
            first = failure;
        }
        failed.push(n.to_string());
        if failed.len() == ENOUGH {
            break;
        }
    }
    let others = match &failed[..] {
        [] => return,
        [_] => "no other byte of".to_owned(),
        [_, others @ ..] => format!("also at byte {} of", others.join(", ")),
    };
    let end = if failed.len() == ENOUGH { ", and then tried no more" } else { "" };
    panic!("at byte {}: {first}\n({others} 0 to {len}{end})", failed[0]);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a test says that fails at these bytes, and how many were tried.
    fn outcome(len: usize, fails: &[usize]) -> (usize, Option<String>) {
        let mut tried = 0;
        let test = |n| {
            tried += 1;
            assert!(!fails.contains(&n), "it broke\nat {n}");
        };
        let run = told(|| at_every_byte(len, test), |panic| said(panic).to_owned());
        (tried, run.err())
    }

    #[test]
    fn the_first_failure_is_told_and_the_others_are_counted() {
        for (len, fails, tried, text) in [
            (0, &[][..], 1, None),
            (9, &[], 10, None),
            (9, &[0], 10, Some("at byte 0: it broke\nat 0\n(no other byte of 0 to 9)")),
            (9, &[3, 9], 10, Some("at byte 3: it broke\nat 3\n(also at byte 9 of 0 to 9)")),
            (
                9,
                &[1, 2, 3, 4, 5, 6],
                6,
                Some(
                    "at byte 1: it broke\nat 1\n\
                     (also at byte 2, 3, 4, 5 of 0 to 9, and then tried no more)",
                ),
            ),
        ] {
            assert_eq!(outcome(len, fails), (tried, text.map(str::to_owned)), "{fails:?}");
        }
    }

    #[test]
    fn a_panic_that_panics_again_is_a_failure_like_others() {
        struct Bomb;
        impl Drop for Bomb {
            fn drop(&mut self) {
                panic!("the second");
            }
        }

        let test = |n| {
            if n == 1 {
                std::panic::panic_any(Bomb);
            }
        };
        let run = told(|| at_every_byte(2, test), |panic| said(panic).to_owned());
        assert_eq!(
            run.unwrap_err(),
            "at byte 1: a panic without a text\n(no other byte of 0 to 2)"
        );
    }
}
