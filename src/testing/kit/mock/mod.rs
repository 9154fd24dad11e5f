//! A server that follows a script for each connection.
//!
//! `mock_server` is what a test calls: it sets the steps and looks at what came. `port` is where
//! it listens. `progress` is what the threads share: which steps are left, which connections have come, and what there is to
//! report. `connection` is one of them, in a thread of its own, from its request to its end. `replay`
//! makes a script of what a log has.
//!
//! `progress` and `port` have a lock each. It is held for no call that waits.

mod connection;

mod mock_server;
pub use mock_server::MockServer;

mod port;

mod progress;

mod replay;
