//! Who is connected to a server, how many may be, and how the clients end.
//!
//! ```text
//! accept --Permit::enter--> Entry --admit--> granted --open--> Connection, for programs
//!                             |                                     |
//!                             +------ the permit is dropped --------+--> ShutdownReport, Totals
//! ```
//!
//! `connections` has all entries; `permit` is a client's own part, and decides whether there is
//! `room`. `shares` counts what each address has. `who` is what the log calls a client, and
//! `client_log` what it says. `totals` is what all have done, and `shutdown_report` how they ended. `system_limits` is how many
//! connections the system can carry.
//!
//! **Room.** A client for which there is none is told so, in a thread as any other, but within two
//! seconds and only some at a time: neither counts it against `max_connections`, nor can a flood of
//! such clients cost more than that. An address that has too many connections has only a part of
//! these. What has not been granted yet has a bound for each address too, or connections that send
//! nothing could fill the server. The address counts that the request is granted for, which a proxy
//! may have forwarded; so it is passed to `admit`, and to `enter` only if it is known by then.

mod client_log;
pub(crate) use client_log::ClientLog;

mod connections;
pub(crate) use connections::Connections;

mod permit;
pub(crate) use permit::Permit;

mod room;
pub(crate) use room::{NoRoom, Room};

mod shares;

mod shutdown_report;
pub use shutdown_report::ShutdownReport;

mod system_limits;
pub(crate) use system_limits::{STACK, most_connections};

mod totals;
pub use totals::Totals;

mod who;
pub(crate) use who::Who;
