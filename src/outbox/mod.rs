//! outbox

mod message_stream;
mod nonblocking;
mod out;
mod outbox;
mod owed;
mod owed_lock;
mod send;
mod settle;
mod stream_gate;
mod terms;
mod writer;

pub(crate) use message_stream::MessageStream;
pub(crate) use out::Out;
pub(crate) use outbox::Outbox;
pub(crate) use owed::{Failure, PeerClose};
pub(crate) use owed_lock::Settled;
pub(crate) use terms::Terms;
pub(crate) use writer::{
    Bounds, Filled, Keeper, MessageQueue, PreparedMessage, Progress, Watch, earlier_failure,
};

#[cfg(test)]
pub(crate) use settle::tests::script;
