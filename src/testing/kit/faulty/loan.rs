//! [`Shared::lend`]: a handle of the stream below, for the time of a call.

use super::super::faults::Ending;
use super::handles::For;
use super::reset::prepare;
use super::shared::{Locked, Shared};

impl<S: 'static> Shared<S> {
    /// Makes a call with a handle of the stream below, and not under the lock. Returns the lock,
    /// which no call had between the return of the handle and this. The error is the lock, if
    /// another call has the handle.
    pub(super) fn lend<'a, T>(
        &'a self,
        mut state: Locked<'a, S>,
        of: For,
        call: impl FnOnce(&mut S) -> T,
    ) -> Result<(Locked<'a, S>, T), Locked<'a, S>> {
        let Some(stream) = state.handles.take(of) else { return Err(state) };
        drop(state);
        let mut loan = Loan { shared: self, of, stream: Some(stream) };
        let done = loan.stream.as_mut().map(call);
        let state = loan.give_back();
        Ok((state, done.expect("a loan has its handle until it is given back")))
    }
}

/// A handle that comes back also if the call panics.
struct Loan<'a, S: 'static> {
    shared: &'a Shared<S>,
    of: For,
    stream: Option<S>,
}

impl<'a, S: 'static> Loan<'a, S> {
    fn give_back(&mut self) -> Locked<'a, S> {
        let mut state = self.shared.lock();
        if matches!(state.end, Some((Ending::Reset, _))) {
            // This may be the last handle, and no call needs it any more.
            drop(state);
            if let Some(stream) = self.stream.take() {
                prepare(&stream);
            }
            state = self.shared.lock();
        }
        if let Some(stream) = self.stream.take() {
            state.handles.put(self.of, stream);
        }
        self.shared.changed.notify_all();
        state
    }
}

impl<S: 'static> Drop for Loan<'_, S> {
    fn drop(&mut self) {
        if self.stream.is_some() {
            drop(self.give_back());
        }
    }
}
