//! Mask keys of a connection (RFC 6455 §5.3, §10.3).

use std::{fmt, io};

use crate::process::fill;
use crate::proto::rules::Role;

/// How many keys one system call fetches. The first fetches few: many connections send little.
const FIRST: usize = 8;
const BATCH: usize = 256;

/// The source of a connection's mask keys. Each key is used for one frame.
pub(crate) enum MaskKeys {
    /// A server does not mask.
    None,
    Random {
        batch: Box<[u8]>,
        /// The bytes of `batch` that are used.
        used: usize,
    },
    /// For tests: gives this many keys, all zero, and then fails.
    #[cfg(test)]
    Few(usize),
}

impl MaskKeys {
    pub(crate) fn new(role: Role) -> Self {
        if role.masks() { Self::Random { batch: Box::default(), used: 0 } } else { Self::None }
    }

    #[inline]
    pub(crate) fn next(&mut self) -> io::Result<Option<[u8; 4]>> {
        let (batch, used) = match self {
            Self::None => return Ok(None),
            Self::Random { batch, used } => (batch, used),
            #[cfg(test)]
            Self::Few(left) => {
                *left = left.checked_sub(1).ok_or_else(|| io::Error::other("no more keys"))?;
                return Ok(Some([0; 4]));
            }
        };
        if *used == batch.len() {
            refill(batch)?;
            *used = 0;
        }
        let mut key = [0; 4];
        key.copy_from_slice(&batch[*used..*used + 4]);
        *used += 4;
        Ok(Some(key))
    }
}

#[cold]
fn refill(batch: &mut Box<[u8]>) -> io::Result<()> {
    let keys = if batch.is_empty() { FIRST } else { BATCH };
    // After an error, the old keys are still used up.
    let mut fresh = vec![0; 4 * keys];
    fill(&mut fresh)?;
    *batch = fresh.into();
    Ok(())
}

/// Does not print keys: an attacker who knows the next key can choose what a proxy sees (§10.3).
impl fmt::Debug for MaskKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::None => "None",
            Self::Random { .. } => "Random",
            #[cfg(test)]
            Self::Few(_) => "Few",
        })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn section_5_3_a_fresh_key_for_every_frame_of_a_client() {
        let mut keys = MaskKeys::new(Role::Client);
        let seen: HashSet<_> = (0..3 * BATCH).map(|_| keys.next().unwrap().unwrap()).collect();
        // Among 768 keys, two are equal about once in 15,000 runs. Three such pairs are too
        // unlikely.
        assert!(seen.len() > 3 * BATCH - 3, "only {} different keys", seen.len());
    }

    #[test]
    fn the_first_batch_is_small_and_the_others_are_not() {
        let mut keys = MaskKeys::new(Role::Client);
        for used in 1..2 * BATCH {
            keys.next().unwrap();
            let MaskKeys::Random { batch, .. } = &keys else { panic!("{keys:?}") };
            let want = if used <= FIRST { FIRST } else { BATCH };
            assert_eq!(batch.len(), 4 * want, "after {used} keys");
        }
    }

    #[test]
    fn section_5_1_a_server_has_no_key() {
        assert_eq!(MaskKeys::new(Role::Server).next().unwrap(), None);
    }
}
