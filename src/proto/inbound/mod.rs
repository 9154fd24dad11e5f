//! The receiving half of a connection, without its socket.
//!
//! ```text
//! bytes --> Inbound --> Incoming: a message, a part of one, a ping, a pong, a Close
//! ```
//!
//! `inbound` checks role, reserved bits, the order of fragments and the limits as soon as a header
//! is there, before anything is allocated. The payload is unmasked and checked in the read buffer
//! while it arrives. A message of one frame that lies whole in that buffer is lent from there. Any
//! other message is assembled in a buffer of its own (`unfinished`). `stream` reads a message part
//! by part: a part is what the assembly holds, and the assembly is cleared once the part was read,
//! so a stream is checked, inflated and bounded as a message is. A compressed stream is inflated
//! 512 bytes at a time: a bomb makes parts of half a megabyte at most. `space` decides where a read
//! puts its bytes: the payload of a large frame goes straight into the message if there is memory
//! that a lent message has used. `ahead` looks for a Close frame behind what was not received yet.

mod ahead;

mod inbound;
pub(crate) use inbound::{Awaits, Inbound, Incoming};

mod space;
mod stream;
mod unfinished;
