//! Metrics: the counters of a server for Prometheus, and what to alert on.
//!
//! The library counts; the program shows the numbers on a page. The example `metrics_server` is a whole program with
//! all of them:
//!
//! ```sh
//! cargo run --example metrics_server &
//! curl http://127.0.0.1:9101/metrics
//! ```
//!
//! `kill %1` in the same shell ends the server.
//!
//! # What there is
//!
//! | Number | Where | Kind |
//! |---|---|---|
//! | open connections | [`connection_count`](crate::ServerHandle::connection_count) | gauge |
//! | connections so far | [`totals().connections`](crate::Totals) | counter |
//! | messages, frames, bytes of messages and of frames, in both directions | [`totals().received`](crate::Totals), `.sent` | counters |
//! | the same for one connection | [`Connection::stats`](crate::Connection::stats) | counters |
//! | bytes of messages in memory | [`buffered`](crate::buffered), of the whole process | gauge |
//! | round trip of the last ping of a connection | [`Connection::latency`](crate::Connection::latency) | |
//! | since when a connection is open | [`Connection::since`](crate::Connection::since) | |
//! | what a broadcast reached and missed | [`Broadcast`](crate::Broadcast) | |
//!
//! The library does not count refusals and failed handlers: the log has them. A program counts failures around its
//! handler, as the example does. The hook of [`on_upgrade`](crate::Server::on_upgrade) sees each request that the
//! server itself does not refuse.
//!
//! # A page
//!
//! The format is lines of text, so a program can write it without a crate. A second server, on an address of the
//! machine's own, hides the page from clients. It also answers while a crowd of clients finds no room at the first.
//!
//! ```
//! use blocking_ws::http::Response;
//! use blocking_ws::{Server, ServerHandle, buffered};
//!
//! fn metrics(server: &ServerHandle) -> String {
//!     let (totals, open) = (server.totals(), server.connection_count());
//!     let mut text = "# TYPE websocket_messages_total counter\n".to_owned();
//!     for (direction, traffic) in [("received", totals.received), ("sent", totals.sent)] {
//!         let messages = traffic.messages;
//!         text += &format!("websocket_messages_total{{direction=\"{direction}\"}} {messages}\n");
//!     }
//!     for (name, kind, value) in [
//!         ("websocket_connections", "gauge", open as u64),
//!         ("websocket_opened_total", "counter", totals.connections),
//!         ("websocket_buffered_bytes", "gauge", buffered() as u64),
//!     ] {
//!         text += &format!("# TYPE {name} {kind}\n{name} {value}\n");
//!     }
//!     text
//! }
//!
//! let server = Server::bind("127.0.0.1:0")?;
//! let handle = server.handle();
//! let server = server.spawn(|ws| ws.send("hello"))?;
//! let pages = Server::bind("127.0.0.1:0")?
//!     .page("/metrics", move |_| {
//!         let page = Response::builder().header("Content-Type", "text/plain; version=0.0.4");
//!         page.body(metrics(&handle)).expect("the header is legal")
//!     })
//!     .spawn(|_| Ok(()))?;
//! # blocking_ws::connect(server.url())?.recv()?;
//! # use std::io::{Read, Write};
//! # let mut socket = std::net::TcpStream::connect(pages.local_addr()?)?;
//! # socket.write_all(b"GET /metrics HTTP/1.1\r\nHost: h\r\n\r\n")?;
//! # let mut answer = String::new();
//! # socket.read_to_string(&mut answer)?;
//! # assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
//! # assert!(answer.contains("\nwebsocket_opened_total 1\n"), "{answer}");
//! # let received = "\nwebsocket_messages_total{direction=\"received\"} 0\n";
//! # assert!(answer.contains(received), "{answer}");
//! # Ok::<(), blocking_ws::Error>(())
//! ```
//!
//! - The counters begin at zero when the process starts. Prometheus takes that into account.
//! - The crate `prometheus-client` pays for histograms, such as how long a handler takes for a message, and for
//!   labels with values that come from outside, which must be escaped.
//! - Do not make a label of a user, a room or a connection. Each value is a series of its own, without end.
//! - On Linux the example also shows threads, descriptors and memory of the process, from `/proc/self`.
//!
//! # Prometheus
//!
//! ```yaml
//! # /etc/prometheus/prometheus.yml
//! scrape_configs:
//!   - job_name: echo
//!     scrape_interval: 15s
//!     static_configs:
//!       - targets: ["127.0.0.1:9101"]
//! rule_files: ["/etc/prometheus/echo.rules.yml"]
//! ```
//!
//! # What to alert on
//!
//! ```yaml
//! # /etc/prometheus/echo.rules.yml
//! groups:
//!   - name: echo
//!     rules:
//!       - alert: EchoIsDown
//!         expr: up{job="echo"} == 0
//!         for: 1m
//!       - alert: EchoRestartsAgainAndAgain
//!         expr: resets(websocket_opened_total[1h]) > 3
//!       # 90 % of max_connections, which is 10,000 here.
//!       - alert: EchoIsNearlyFull
//!         expr: websocket_connections > 9000
//!         for: 5m
//!       - alert: EchoRunsOutOfDescriptors
//!         expr: process_open_fds > 0.9 * process_max_fds
//!         for: 5m
//!       # Of set_max_buffered, which is 1 GiB by default.
//!       - alert: EchoHoldsManyMessages
//!         expr: websocket_buffered_bytes > 0.8 * 1073741824
//!         for: 1m
//!       # Handlers that do not return, or threads of the program.
//!       - alert: EchoHasIdleThreads
//!         expr: process_threads > websocket_connections + 200
//!         for: 15m
//!       - alert: EchoHandlersFail
//!         expr: rate(websocket_failed_total[5m]) > 0
//!         for: 10m
//!       # A proxy cuts, or the network breaks.
//!       - alert: EchoLosesConnections
//!         expr: rate(websocket_lost_total[15m]) > 0.5 * rate(websocket_opened_total[15m])
//!         for: 15m
//! ```
//!
//! The page above does not have all these values. The example has them, and you can copy its `metrics.rs`:
//!
//! | Values | Rules that need them |
//! |---|---|
//! | `websocket_failed_total`, `websocket_lost_total` | `EchoHandlersFail`, `EchoLosesConnections` |
//! | `process_open_fds`, `process_max_fds`, `process_threads` | `EchoRunsOutOfDescriptors`, `EchoHasIdleThreads` |
//!
//! Check both files by `promtool check config prometheus.yml` and `promtool check rules echo.rules.yml`.
//!
//! A crowd of new connections while few are open means that clients cannot stay: look at the log. Silence is a sign
//! as well: `rate(websocket_messages_total[10m]) == 0` while clients are there.
