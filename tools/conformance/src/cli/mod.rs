//! The command `ws-conformance`.
//!
//! `args` is the command line. `run` makes a run of it, `spec` of a file of the Autobahn test suite,
//! and `outputs` writes what has come. `progress` shows how far a run is. `explain` tells about cases
//! without running them, and `compare` about two reports.

mod args;
pub(crate) use args::{Args, Command};

mod compare;
pub(crate) use compare::compare;

mod exit;
pub(crate) use exit::{Exit, Failure};

mod explain;
pub(crate) use explain::{explain, list};

mod outputs;

mod progress;

mod run;
pub(crate) use run::{client, server};

mod spec;
pub(crate) use spec::spec;
