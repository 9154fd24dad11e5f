//! The servers that this program is itself, each in a process of its own. They echo messages of up to 64 MiB,
//! and send each message of the path `/broadcast` to all clients of that path.

mod built_in;
mod floor;
mod ours;
mod tungstenite;

pub(crate) use built_in::BuiltIn;

/// The largest message that they accept, in bytes.
const LARGEST: usize = 64 << 20;

/// The path of broadcasts.
const BROADCAST: &str = "/broadcast";
