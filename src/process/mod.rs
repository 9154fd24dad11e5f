//! process

mod budget;
mod codec_pool;
mod logging;
mod random;
mod sync;
mod unwind;

pub(crate) use budget::{BUDGET, SPARE};
pub use budget::{buffered, set_max_buffered};
pub(crate) use codec_pool::POOL;
pub(crate) use logging::{debug, error, info, line, warning};
pub(crate) use random::{fill, random};
pub(crate) use sync::{Change, Guard, Lock, Sign, lock};
pub(crate) use unwind::caught;
