//! Mask keys of a connection (RFC 6455 §5.3, §10.3).

use std::{fmt, io};

use crate::process::fill;
use crate::proto::rules::Role;

/// How many keys one system call fetches.
const BATCH: usize = 256;

/// The source of a connection's mask keys. Each key is used for one frame.
pub(crate) enum MaskKeys {
    /// A server does not mask.
    None,
    Random {
        batch: Box<[u8]>,
        used: usize,
    },
    /// For tests: gives this many keys, all zero, and then fails.
    #[cfg(test)]
    Few(usize),
}

impl MaskKeys {
    pub(crate) fn new(role: Role) -> Self {
        if role.masks() {
            Self::Random { batch: vec![0; 4 * BATCH].into(), used: 4 * BATCH }
        } else {
            Self::None
        }
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
            fill(batch)?;
            *used = 0;
        }
        let mut key = [0; 4];
        key.copy_from_slice(&batch[*used..*used + 4]);
        *used += 4;
        Ok(Some(key))
    }
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
    fn section_5_1_a_server_has_no_key() {
        assert_eq!(MaskKeys::new(Role::Server).next().unwrap(), None);
    }
}
