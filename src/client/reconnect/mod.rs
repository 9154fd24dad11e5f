//! [`Reconnecting`]: the next connection when one has ended.
//!
//! `backoff` has the waits and the statuses that are final, without clock or chance. `reconnecting`
//! has both, and the method of `Client`, because `client.rs` may not import this folder.
//! `stop_handle` ends it. `outgoing` keeps messages from one connection to the next, by
//! `unacknowledged`, and `push_error` says why it does not take one.
//!
//! Waits start anew only after a connection that lived as long as the next wait could be: a server
//! that accepts and drops is not hammered, and no program waits much longer than its connections
//! live. A date in `Retry-After` is compared with the response's own `Date`, so clocks need not
//! agree.

mod backoff;

mod outgoing;
pub use outgoing::Outgoing;

mod push_error;
pub use push_error::PushError;

mod reconnecting;
pub use reconnecting::{Reconnecting, Retry};

mod stop_handle;
pub use stop_handle::StopHandle;

mod unacknowledged;
