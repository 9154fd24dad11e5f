//! proto/close

mod close_frame;
mod close_status;
mod handshake;

pub use close_frame::CloseFrame;
pub use close_status::{CloseStatus, ClosedBy};
pub(crate) use handshake::{CloseSeen, Closing};
