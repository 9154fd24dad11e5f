//! Deployment: how a server runs for years.
//!
//! | Page | What it answers |
//! |---|---|
//! | [`systemd`] | How does systemd start, bound and restart a server, without refusing clients? |
//! | [`container`] | How small can a container be, and what is missing in it? |
//! | [`proxies`] | How do nginx, `HAProxy` and Caddy pass connections on? |
//! | [`certificates`] | How does a server show a renewed certificate without a restart? |
//! | [`capacity`] | Which limits do 10,000 connections meet, and how do I raise them? |
//! | [`metrics`] | Which counters are there, how does Prometheus read them, and when should it wake me? |
//! | [`logs`] | Which logger, which level, and what is never in the log? |
//! | [`restarts`] | How do I check health, and install a new version? |
//!
//! The configurations on these pages are run by the tests of the library, where the programs are installed.
//!
//! Before a server is open to the world:
//!
//! - It stops at SIGTERM by [`shutdown`](crate::ServerHandle::shutdown).
//! - Something starts it again when it fails.
//! - [`max_connections`](crate::Server::max_connections) is below the limits of the system, and
//!   [`max_connections_per_client`](crate::Server::max_connections_per_client) keeps one client from taking all.
//! - [`max_message_size`](crate::Server::max_message_size) is as small as your messages allow.
//! - Only the [origins](crate::guide::http#pages-of-other-sites) that you know may connect.
//! - It speaks TLS, or a proxy in front of it does.
//! - Its log and its counters are kept somewhere else.
//! - You have tried what clients do when it restarts: [`reconnecting`](crate::guide::closing::reconnecting).

pub mod capacity;
pub mod certificates;
pub mod container;
pub mod logs;
pub mod metrics;
pub mod proxies;
pub mod restarts;
pub mod systemd;
