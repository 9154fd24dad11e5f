//! client/reconnect

mod backoff;
mod reconnecting;
mod stop_handle;

pub use reconnecting::{Reconnecting, Retry};
pub use stop_handle::StopHandle;
