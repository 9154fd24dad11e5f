//! A server that follows a script for each connection.
//!
//! `mock_server` is what a test calls: it sets the steps and looks at what came. `progress` is what
//! the threads share: which steps are left, which connections have come, and what there is to
//! report. `connection` is one of them, in a thread of its own, from its request to its end. `replay`
//! makes a script of what a log has.
//!
//! The only lock is that of `progress`. It is held for no call that waits.

mod connection;

mod mock_server;
pub use mock_server::MockServer;

mod progress;

mod replay;
