//! What all connections of the process share, and the guards around what programs hand in.
//!
//! `budget` and `codec_pool` stand behind the traits `Budget` and `Codecs` of `proto`. `random` is
//! the operating system's generator. `sync` has the locks: a fair one, which the model checker loom
//! can take the place of, and std's without its poison. `unwind` catches the panics of handlers,
//! hooks, streams and loggers. `logging` writes lines for the crate `log`, and never while a lock
//! is held; `flood` sums up lines that clients can cause in any number. `number` numbers
//! connections, also in the log.
//!
//! **One budget.** It counts the memory of messages that are assembled or lent, from 64 KiB on, and
//! of the frames that hubs hold. Memory that is kept for the next large message has a bound of its
//! own beside it, so that no message is refused for it.

mod budget;
pub(crate) use budget::{BUDGET, SPARE};
pub use budget::{buffered, set_max_buffered};

mod codec_pool;
pub(crate) use codec_pool::POOL;

mod flood;
pub(crate) use flood::Flood;

mod logging;
pub(crate) use logging::{debug, error, info, line, warning};

mod number;
pub(crate) use number::{Numbered, next_number};

mod random;
pub(crate) use random::{fill, random};

mod sync;
pub(crate) use sync::{Change, Guard, Lock, Sign, lock};

mod unwind;
pub(crate) use unwind::caught;

#[cfg(test)]
pub(crate) use logging::journal;
