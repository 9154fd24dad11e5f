//! [`Unacknowledged`]: the messages of a queue, and what is sent of them over which connection.
//!
//! ```text
//!   acknowledged | sent, kept | not sent
//! ---------------+------------+-----------> numbers
//!                first        next
//! ```
//!
//! A new connection sets `next` back to `first`. No code of the program runs while the lock is held.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Condvar, Mutex, MutexGuard};

use super::push_error::PushError;
use crate::io::Deadline;
use crate::process::lock;

/// Messages, each of which is kept until it is acknowledged.
pub(super) struct Unacknowledged<T> {
    /// How many messages are kept.
    most: usize,
    state: Mutex<State<T>>,
    /// Notified when anything in `state` changes.
    changed: Condvar,
}

struct State<T> {
    /// The oldest first.
    kept: VecDeque<Arc<T>>,
    /// The number of the oldest of them, or of the message that comes next.
    first: u64,
    /// The number of the message that is sent next on the current connection.
    next: u64,
    /// The highest number that was sent.
    sent: u64,
    /// Counts connections and their ends. A thread whose connection has another number is done.
    connection: u64,
    /// Closes the current connection without waiting.
    close: Option<Close>,
    /// No more messages are taken.
    is_finished: bool,
    /// Nothing more is sent.
    is_over: bool,
}

type Close = Box<dyn FnOnce() + Send>;

/// What a thread sends next.
pub(super) struct Due<T> {
    pub(super) number: u64,
    pub(super) message: Arc<T>,
    /// Another message follows it.
    pub(super) has_next: bool,
}

impl<T> Unacknowledged<T> {
    pub(super) fn new(most: usize) -> Self {
        let state = State {
            kept: VecDeque::new(),
            first: 1,
            next: 1,
            sent: 0,
            connection: 0,
            close: None,
            is_finished: false,
            is_over: false,
        };
        Self { most: most.max(1), state: Mutex::new(state), changed: Condvar::new() }
    }

    /// Adds a message and returns its number. If there is no room, waits for it or fails.
    pub(super) fn push(&self, message: T, waits: bool) -> Result<u64, PushError<T>> {
        let mut state = self.lock();
        while !state.is_finished && state.kept.len() >= self.most {
            if !waits {
                return Err(PushError::Full(message));
            }
            state = Deadline::NEVER.wait(&self.changed, state);
        }
        if state.is_finished {
            return Err(PushError::Finished(message));
        }
        state.kept.push_back(Arc::new(message));
        let number = state.last();
        self.tell(state);
        Ok(number)
    }

    /// Drops all messages up to a number. Fails with the highest number that was sent if that is
    /// lower.
    pub(super) fn acknowledge(&self, number: u64) -> Result<(), u64> {
        let mut state = self.lock();
        if number > state.sent {
            return Err(state.sent);
        }
        if number < state.first {
            return Ok(());
        }
        let handled = usize::try_from(number - state.first + 1).unwrap_or(usize::MAX);
        let handled = handled.min(state.kept.len());
        let handled: Vec<_> = state.kept.drain(..handled).collect();
        state.first = number + 1;
        state.next = state.next.max(state.first);
        self.tell(state);
        drop(handled);
        Ok(())
    }

    /// Takes no more messages, and waits until none is kept or the deadline passes. Then nothing
    /// more is sent. Returns what is left, and what closes the connection.
    pub(super) fn finish(&self, deadline: Deadline) -> (Vec<(u64, Arc<T>)>, Option<Close>) {
        let mut state = self.lock();
        state.is_finished = true;
        self.changed.notify_all();
        while !state.kept.is_empty() && !deadline.has_passed() {
            state = deadline.wait(&self.changed, state);
        }
        state.is_over = true;
        // `first` stays, so that what is acknowledged late is noted too.
        let left = (state.first..).zip(state.kept.drain(..)).collect();
        let close = state.close.take();
        self.tell(state);
        (left, close)
    }

    pub(super) fn len(&self) -> usize {
        self.lock().kept.len()
    }

    /// The highest number that is acknowledged.
    pub(super) fn acknowledged(&self) -> u64 {
        self.lock().first - 1
    }

    /// Begins with a new connection and returns its number, or `None` if nothing more is sent.
    pub(super) fn attach(&self, close: Close) -> Option<u64> {
        let mut state = self.lock();
        if state.is_over {
            return None;
        }
        state.connection += 1;
        state.next = state.first;
        let connection = state.connection;
        let before = state.close.replace(close);
        self.tell(state);
        drop(before);
        Some(connection)
    }

    /// Ends the sending over a connection.
    pub(super) fn detach(&self, connection: u64) {
        let mut state = self.lock();
        if state.connection == connection {
            state.connection += 1;
            let close = state.close.take();
            self.tell(state);
            drop(close);
        }
    }

    /// Waits for the next message to be sent over a connection. Returns `None` once that has ended.
    pub(super) fn due(&self, connection: u64) -> Option<Due<T>> {
        let mut state = self.lock();
        while state.is_current(connection) && state.next > state.last() {
            state = Deadline::NEVER.wait(&self.changed, state);
        }
        if !state.is_current(connection) {
            return None;
        }
        let number = state.next;
        let at = usize::try_from(number - state.first).ok()?;
        let message = Arc::clone(state.kept.get(at)?);
        state.next += 1;
        state.sent = state.sent.max(number);
        Some(Due { number, message, has_next: state.next <= state.last() })
    }

    fn lock(&self) -> MutexGuard<'_, State<T>> {
        lock(&self.state)
    }

    /// Unlocks, and tells all threads that wait.
    fn tell(&self, state: MutexGuard<'_, State<T>>) {
        drop(state);
        self.changed.notify_all();
    }
}

impl<T> State<T> {
    /// The number of the newest message.
    fn last(&self) -> u64 {
        let kept = u64::try_from(self.kept.len()).unwrap_or(u64::MAX);
        self.first.saturating_add(kept) - 1
    }

    fn is_current(&self, connection: u64) -> bool {
        !self.is_over && self.connection == connection
    }
}

/// Shows no message, so that any type can be pushed.
impl<T> fmt::Debug for Unacknowledged<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.lock();
        f.debug_struct("Unacknowledged")
            .field("kept", &state.kept.len())
            .field("most", &self.most)
            .field("first", &state.first)
            .field("sent", &state.sent)
            .field("is_finished", &state.is_finished)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::thread;
    use std::time::Duration;

    use super::*;

    const LONG: Duration = Duration::from_secs(30);

    /// Sends all that is due over a connection; returns the numbers.
    fn sent(queue: &Unacknowledged<u64>, connection: u64) -> Vec<u64> {
        let mut numbers = Vec::new();
        let last = queue.lock().last();
        while queue.lock().next <= last {
            let due = queue.due(connection).unwrap();
            assert_eq!(due.number, *due.message, "a message keeps its number");
            assert_eq!(due.has_next, due.number < last);
            numbers.push(due.number);
        }
        numbers
    }

    fn attach(queue: &Unacknowledged<u64>) -> u64 {
        queue.attach(Box::new(|| ())).unwrap()
    }

    #[test]
    fn what_is_not_acknowledged_is_sent_again() {
        for (rule, acknowledged, again) in [
            ("nothing", 0, &[1, 2, 3, 4, 5][..]),
            ("the first", 1, &[2, 3, 4, 5]),
            ("some", 4, &[5]),
            ("all", 5, &[]),
        ] {
            let queue = Unacknowledged::new(5);
            for n in 1..=5 {
                assert_eq!(queue.push(n, false), Ok(n));
            }
            let first = attach(&queue);
            assert_eq!(sent(&queue, first), [1, 2, 3, 4, 5], "{rule}");
            assert_eq!(queue.acknowledge(acknowledged), Ok(()), "{rule}");
            let second = attach(&queue);
            assert!(queue.due(first).is_none(), "{rule}: the first connection is over");
            assert_eq!(sent(&queue, second), again, "{rule}");
            // The rest is acknowledged before it is sent a third time.
            let third = attach(&queue);
            assert_eq!(queue.acknowledge(5), Ok(()), "{rule}");
            assert_eq!((sent(&queue, third), queue.len()), (Vec::new(), 0), "{rule}");
        }
    }

    #[test]
    fn an_acknowledgement_changes_only_what_it_can_mean() {
        let queue = Unacknowledged::new(9);
        assert_eq!(queue.acknowledge(0), Ok(()), "nothing was handled yet");
        assert_eq!(queue.acknowledge(1), Err(0), "nothing was sent");
        for n in 1..=5 {
            assert_eq!(queue.push(n, false), Ok(n));
        }
        let connection = attach(&queue);
        for _ in 0..3 {
            queue.due(connection).unwrap();
        }
        for (number, want, left) in [
            (4, Err(3), 5),
            (u64::MAX, Err(3), 5),
            (2, Ok(()), 3),
            (2, Ok(()), 3),
            (0, Ok(()), 3),
            (1, Ok(()), 3),
            (3, Ok(()), 2),
            (4, Err(3), 2),
        ] {
            assert_eq!((queue.acknowledge(number), queue.len()), (want, left), "{number}");
        }
        // What was sent before may be acknowledged before it is sent again.
        assert_eq!(sent(&queue, connection), [4, 5]);
        let connection = attach(&queue);
        assert_eq!(queue.acknowledge(4), Ok(()));
        assert_eq!(sent(&queue, connection), [5]);
    }

    #[test]
    fn a_full_queue_refuses_or_waits() {
        for most in [0, 1] {
            let queue = Arc::new(Unacknowledged::new(most));
            assert_eq!(queue.push(1, false), Ok(1), "{most}");
            assert_eq!(queue.push(2, false), Err(PushError::Full(2)), "{most}");
            let pushing = Arc::clone(&queue);
            let push = thread::spawn(move || pushing.push(2, true));
            let connection = attach(&queue);
            assert_eq!(queue.due(connection).unwrap().number, 1, "{most}");
            queue.acknowledge(1).unwrap();
            assert_eq!(push.join().unwrap(), Ok(2), "{most}");
            assert_eq!(queue.due(connection).unwrap().number, 2, "{most}");
        }
    }

    #[test]
    fn the_end_wakes_all_and_returns_what_is_left() {
        let queue = Arc::new(Unacknowledged::new(2));
        for n in 1..=2 {
            queue.push(n, false).unwrap();
        }
        let connection = attach(&queue);
        sent(&queue, connection);
        queue.acknowledge(1).unwrap();
        queue.push(3, false).unwrap();
        let threads = [true, false].map(|pushes| {
            let queue = Arc::clone(&queue);
            thread::spawn(move || {
                if pushes {
                    assert_eq!(queue.push(4, true), Err(PushError::Finished(4)));
                } else {
                    // Number 3, and then none.
                    while queue.due(connection).is_some() {}
                }
            })
        });
        let (left, close) = queue.finish(Deadline::after(Some(Duration::from_millis(20))));
        assert_eq!(left, [(2, Arc::new(2)), (3, Arc::new(3))]);
        assert!(close.is_some(), "the connection is open");
        for thread in threads {
            thread.join().unwrap();
        }
        assert_eq!(queue.push(4, false), Err(PushError::Finished(4)));
        assert!(queue.attach(Box::new(|| ())).is_none(), "no connection is used any more");
        assert_eq!(queue.acknowledged(), 1);
        assert_eq!(queue.acknowledge(2), Ok(()), "it comes late");
        assert_eq!(queue.acknowledged(), 2);
        let (left, close) = queue.finish(Deadline::after(Some(LONG)));
        assert!(left.is_empty() && close.is_none(), "the second time there is nothing to wait for");
    }

    #[test]
    fn the_end_waits_for_the_last_acknowledgement() {
        let queue = Arc::new(Unacknowledged::new(2));
        queue.push(1, false).unwrap();
        let connection = attach(&queue);
        queue.due(connection).unwrap();
        let acknowledging = Arc::clone(&queue);
        let thread = thread::spawn(move || {
            while !acknowledging.lock().is_finished {
                thread::yield_now();
            }
            acknowledging.acknowledge(1).unwrap();
        });
        let (left, _) = queue.finish(Deadline::after(Some(LONG)));
        assert!(left.is_empty());
        thread.join().unwrap();
    }

    #[test]
    fn the_end_of_an_earlier_connection_does_not_end_a_later_one() {
        let queue = Unacknowledged::new(2);
        let (first, second) = (attach(&queue), attach(&queue));
        queue.detach(first);
        queue.push(1, false).unwrap();
        assert_eq!(queue.due(second).unwrap().number, 1);
        queue.detach(second);
        assert!(queue.due(second).is_none());
    }
}
