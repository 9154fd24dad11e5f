//! [`Verdict`]: what a test decides about a frame. [`Flow`]: where it goes.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::super::wire::RawFrame;
use crate::proto::rules::Role;

/// A direction through a [`FaultyProxy`](crate::testing::FaultyProxy).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Flow {
    /// From the client to the server.
    Upstream,
    /// From the server to the client.
    Downstream,
}

impl Flow {
    /// The other direction.
    pub(super) fn back(self) -> Self {
        match self {
            Self::Upstream => Self::Downstream,
            Self::Downstream => Self::Upstream,
        }
    }

    /// Who sends in this direction.
    pub(super) fn role(self) -> Role {
        match self {
            Self::Upstream => Role::Client,
            Self::Downstream => Role::Server,
        }
    }

    /// What reports call it, and its number for the dice.
    pub(super) fn lane(self) -> (&'static str, u64) {
        match self {
            Self::Upstream => ("upstream", 0),
            Self::Downstream => ("downstream", 1),
        }
    }
}

impl fmt::Display for Flow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.lane().0)
    }
}

/// What a [`FaultyProxy`](crate::testing::FaultyProxy) does with a frame. See
/// [`on_frame`](crate::testing::FaultyProxy::on_frame).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Verdict {
    /// Passes it on as it came, byte by byte.
    Forward,
    /// Does not pass it on.
    Drop,
    /// Passes these frames on in its place, with the mask that their [`Key`](crate::testing::Key)
    /// says: by default, those to the server are masked and those to the client are not.
    Replace(Vec<RawFrame>),
    /// Passes it on later, by this time. What comes behind it waits too.
    Delay(Duration),
    /// Ends the connection in order before it, as [`Fault::Cut`](crate::testing::Fault::Cut).
    Cut,
    /// Resets the connection before it, as [`Fault::Reset`](crate::testing::Fault::Reset).
    Reset,
}

/// What a test hands in to decide about frames.
pub(super) type OnFrame = Arc<dyn Fn(&RawFrame, Flow) -> Verdict + Send + Sync>;
