//! The command `wsc`: as a client in pipes and on a terminal, as a server, and with other programs.

mod listening;
mod messages;
mod pipes;
mod printed;
#[cfg(unix)]
mod programs;
mod proxies;
#[cfg(unix)]
mod pty;
#[cfg(unix)]
mod readme;
mod records;
mod statuses;
mod strangers;
mod support;
#[cfg(unix)]
mod terminal;
#[cfg(unix)]
mod terminal_server;
mod tls;
#[cfg(unix)]
mod unix;
