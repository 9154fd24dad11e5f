//! The end of a connection as the protocol sees it (RFC 6455 §7.1).
//!
//! `close_frame` is what a Close frame says, `closing` the order in which the two Close frames
//! pass, and `close_status` what a program is told afterwards. Who sends a Close frame when is in
//! `connection`.

mod close_frame;
pub use close_frame::CloseFrame;

mod close_status;
pub use close_status::{CloseStatus, ClosedBy};

mod closing;
pub(crate) use closing::{CloseSeen, Closing};
