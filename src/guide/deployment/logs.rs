//! Logs: which logger, which level, and lines that programs can read.
//!
//! The library writes its log through the crate [`log`](https://docs.rs/log); the program installs a logger.
//! [`troubleshooting`](crate::guide::reference::troubleshooting#what-the-log-shows) says what the lines mean.
//!
//! # Level
//!
//! | `RUST_LOG` | For |
//! |---|---|
//! | `info` | a server that runs: failures, refusals, lost connections, full limits |
//! | `warn` | a server that is open to the internet, and whose refusals nobody reads |
//! | `info,blocking_ws=debug` | a fault that you look for: each connection that opens and ends |
//! | `info,blocking_ws::wire=trace` | a fault of messages: each frame, with the beginning of its content |
//!
//! A program that ships `log` with the feature `release_max_level_info` cannot be set to more.
//!
//! # Rate
//!
//! Clients can cause any number of lines. The library writes five lines of each kind in a second, and then a line
//! with the count of the others. So a flood of refused clients costs a few lines a second. At `debug` all lines
//! are written. Lines of your own handlers have no such bound.
//!
//! # systemd
//!
//! systemd stores what a service writes to standard error, with the time. It takes the level from the front of the
//! line: `<3>` is an error, `<4>` a warning, `<6>` information, `<7>` debug.
//!
//! ```
//! use std::io::Write;
//!
//! use log::Level;
//!
//! let mut builder = env_logger::Builder::from_env("RUST_LOG");
//! builder.format(|out, record| {
//!     let level = match record.level() {
//!         Level::Error => 3,
//!         Level::Warn => 4,
//!         Level::Info => 6,
//!         Level::Debug | Level::Trace => 7,
//!     };
//!     writeln!(out, "<{level}>{}", record.args())
//! });
//! builder.init();
//! # log::error!("seen");
//! ```
//!
//! Then `journalctl -u echo.service -p warning` shows warnings and errors, and `-g '#7 '` all lines of connection 7.
//! journald drops what is more than 10,000 lines in 30 seconds (`LogRateLimitIntervalSec`, `LogRateLimitBurst`).
//!
//! # JSON
//!
//! A collector wants an object in each line. A line about a connection begins with the connection's number, which
//! is better a field:
//!
//! ```
//! use std::io::Write;
//!
//! use serde_json::json;
//!
//! let mut builder = env_logger::Builder::from_env("RUST_LOG");
//! builder.format(|out, record| {
//!     let text = record.args().to_string();
//!     let number = text.strip_prefix('#').and_then(|text| text.split(' ').next());
//!     let connection = number.and_then(|number| number.parse::<u64>().ok());
//!     let level = record.level().as_str();
//!     writeln!(out, "{}", json!({ "level": level, "connection": connection, "message": text }))
//! });
//! builder.init();
//! # log::error!("#7 seen");
//! ```
//!
//! systemd and Docker add the time to each line. Elsewhere write `out.timestamp()` too, with the feature `humantime`
//! of `env_logger`.
//!
//! The example `container_server` has these forms as `--log systemd` and `--log json`.
//!
//! In your own lines, write `#` and [`ws.id()`](crate::WebSocket::id) in front: `log::info!("#{} joins", ws.id())`.
//! Then a search for the number finds the lines of the library and yours. The number is unique in a process, not
//! after a restart.
//!
//! # Who the client is
//!
//! A line has the address from which the connection came. Behind a proxy that is the proxy's. Let the hook write
//! the client's once: `log::info!("{:?} is the client", opening.client_ip())`.
//!
//! # Secrets
//!
//! The library writes addresses of clients, paths and origins. Up to `debug` it writes no header, no query of a URL
//! and no message. At `trace` it writes the heads of requests, with `(hidden)` in place of values that may be secret,
//! such as those of cookies, tokens and queries, and the beginning of each message.
//!
//! - Addresses are personal data in many countries. Say how long you keep them: `MaxRetentionSec=` of
//!   `journald.conf`.
//! - Put no secrets into paths: they are in the log, and in those of proxies.
//! - Browsers can send no headers for a WebSocket, so a token often is in the query. Proxies write the query to their
//!   logs. Send the token as the first message instead, or let a page set a cookie:
//!   [`recipes`](crate::guide::recipes) has both.
