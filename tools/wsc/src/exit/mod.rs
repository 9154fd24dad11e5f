//! How the command ends: the exit status, what it says of a failure, and signals.

mod exit;
pub(crate) use exit::{Exit, Failure};

mod explain;
pub(crate) use explain::{
    closed_text, explain_closed, explain_connecting, explain_lost, in_options,
};

mod safe;
pub(crate) use safe::safe;

mod say;
pub(crate) use say::say;

#[cfg(unix)]
#[path = "signals_unix.rs"]
mod signals;
#[cfg(not(unix))]
#[path = "signals_other.rs"]
mod signals;
pub(crate) use signals::on_signal;
