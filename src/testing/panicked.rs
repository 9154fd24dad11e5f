//! What a panic says, for those that report it in place of the thread.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::process::caught;

/// Runs code that may panic. The error is what `tell` makes of the panic's payload.
///
/// The payload is dropped here. If that panics again, nothing more is said.
pub(crate) fn told<T, E>(
    work: impl FnOnce() -> T,
    tell: impl FnOnce(&(dyn Any + Send)) -> E,
) -> Result<T, E> {
    // Each caller knows what a panic may leave half done.
    let payload = match catch_unwind(AssertUnwindSafe(work)) {
        Ok(done) => return Ok(done),
        Err(payload) => payload,
    };
    let told = tell(&*payload);
    caught(|| drop(payload));
    Err(told)
}

/// Returns the text of a panic.
pub(crate) fn said(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("a panic without a text")
}
