//! Proxies: nginx, `HAProxy` and Caddy in front of a server.
//!
//! A proxy brings TLS with its certificates, several servers under one name, and a way to exchange a server while
//! clients connect. Each of these is a whole configuration. The tests of the library run these texts.
//!
//! The server behind them needs two lines: [`trusted_proxy`](crate::Server::trusted_proxy) for the
//! clients' addresses, and a [`page`](crate::Server::page) for health checks.
//!
//! ```
//! use blocking_ws::Server;
//! use blocking_ws::http::Response;
//!
//! # fn run() -> blocking_ws::Result<()> {
//! let server = Server::bind("127.0.0.1:9001")?
//!     .trusted_proxy("127.0.0.1")
//!     .page("/health", |_| Response::new("ok\n"));
//! # server.spawn(|_| Ok(())).map(drop)
//! # }
//! ```
//!
//! # nginx
//!
//! ```nginx
//! # nginx.conf
//! worker_processes auto;
//! # Two descriptors for each connection, in each worker.
//! worker_rlimit_nofile 20500;
//! # After a reload, old workers keep their connections for so long.
//! worker_shutdown_timeout 10m;
//! events { worker_connections 20000; }
//!
//! http {
//!     upstream echo {
//!         # The server with the fewest connections gets the next.
//!         least_conn;
//!         server 127.0.0.1:9001 max_fails=1 fail_timeout=2s;
//!     }
//!     server {
//!         listen 80;
//!         listen 443 ssl;
//!         server_name chat.example;
//!         ssl_certificate /etc/nginx/fullchain.pem;
//!         ssl_certificate_key /etc/nginx/privkey.pem;
//!         location / {
//!             proxy_pass http://echo;
//!             proxy_http_version 1.1;
//!             proxy_set_header Upgrade $http_upgrade;
//!             proxy_set_header Connection upgrade;
//!             proxy_set_header Host $host;
//!             proxy_set_header X-Forwarded-For $remote_addr;
//!             proxy_set_header X-Forwarded-Proto $scheme;
//!             proxy_set_header Forwarded "";
//!             proxy_connect_timeout 2s;
//!             # Of silence. The server pings every 20 s.
//!             proxy_read_timeout 60s;
//!         }
//!     }
//! }
//! ```
//!
//! - Without the three lines from `proxy_http_version` to `Connection`, clients get a 400 or 426 that says so.
//! - `listen 80` lets clients in without TLS, as `bind :80` of `HAProxy` does. Leave that line out if yours use
//!   `wss://` only.
//! - If the server is not there, clients get 502: the error is
//!   [`Error::Refused`](crate::Error::Refused). With several servers nginx tries the next.
//! - Once a connection is upgraded, nginx passes on what comes at once. `proxy_buffering` changes nothing, and
//!   `client_max_body_size` does not bound messages.
//! - A Unix socket is `server unix:/run/echo.sock;`, and `trusted_proxy("unix:")` in the server.
//!
//! # `HAProxy`
//!
//! ```text
//! # haproxy.cfg
//! global
//!     # Once it listens, it is no longer root.
//!     user haproxy
//!     group haproxy
//!     maxconn 20000
//!     # After a reload, the old process keeps its connections for so long.
//!     hard-stop-after 10m
//!
//! defaults
//!     mode http
//!     timeout connect 2s
//!     timeout client 30s
//!     # For a whole head: the line above counts from one byte to the next.
//!     timeout http-request 10s
//!     timeout server 30s
//!     # Of silence on an open WebSocket. The server pings every 20 s.
//!     timeout tunnel 60s
//!     # A server that does not answer is left out at once: the request goes to another.
//!     retries 3
//!     option redispatch 1
//!
//! frontend websocket
//!     bind :80
//!     bind :443 ssl crt /etc/haproxy/both.pem
//!     http-request del-header X-Forwarded-For
//!     http-request del-header Forwarded
//!     option forwardfor
//!     http-request set-header X-Forwarded-Proto %[ssl_fc,iif(https,http)]
//!     default_backend echo
//!
//! backend echo
//!     balance leastconn
//!     option httpchk GET /health
//!     default-server check inter 500ms fall 2 rise 1 maxconn 10000
//!     server one 127.0.0.1:9001
//! ```
//!
//! - `both.pem` has the certificate chain and the key in one file.
//! - `maxconn 20000` needs 40,100 descriptors: `LimitNOFILE` of its unit. With fewer, `HAProxy` does not start.
//! - If no server is there, clients get 503. If a server does not answer, `HAProxy` tries another, or the same
//!   server again after a second. So clients do not notice a restart of less than a second, in which no two health
//!   checks fail.
//! - A health check that sends plain HTTP to a path without a page gets 426, or 404 from a server with routes
//!   only. `option tcp-check` makes a connection that ends at once, which the server takes without a line in its
//!   log above `debug`.
//! - `maxconn` of a server bounds its connections from outside. Further clients wait in the queue of `HAProxy` for
//!   `timeout connect`, or `timeout queue` if it is set, and then get 503.
//! - A Unix socket is `server one unix@/run/echo.sock`.
//! - The library does not read the PROXY protocol. Use `mode http` and the headers; with `send-proxy` all clients
//!   get 400.
//!
//! # Caddy
//!
//! ```text
//! # Caddyfile
//! chat.example {
//!     reverse_proxy 127.0.0.1:9001 {
//!         header_up -Forwarded
//!         lb_policy least_conn
//!         # A server that restarts: the request is tried again for so long.
//!         lb_try_duration 3s
//!     }
//! }
//! ```
//!
//! - Caddy gets a certificate for `chat.example` by itself, renews it, and listens at 80 and 443.
//! - It upgrades connections and sets `X-Forwarded-For` and `X-Forwarded-Proto` without a line. What clients send in
//!   these headers is dropped, unless `trusted_proxies` names them.
//! - It has no timeout for silent connections. The pings of the server find clients that are gone.
//! - If the server is not there after `lb_try_duration`, clients get 502.
//! - `caddy reload` closes all open connections. From version 2.7 on, `stream_close_delay 10m` keeps them.
//! - A Unix socket is `reverse_proxy unix//run/echo.sock`.
//!
//! # What holds for all of them
//!
//! | Setting | Why |
//! |---|---|
//! | silence that the proxy bears | longer than [`ping_interval`](crate::Server::ping_interval), 20 s by default. Otherwise it cuts connections, and both sides report 1006 |
//! | two descriptors for each connection | one to the client and one to the server: `LimitNOFILE` of the proxy's unit |
//! | ports | about 28,000 connections from one proxy to one address and port of a server; more with `net.ipv4.ip_local_port_range`, several ports, or a Unix socket |
//! | `X-Forwarded-For` | must be what the proxy saw, not what the client sent. If `Forwarded` is there too and differs, the server answers 400 |
//! | `Host` | passed on unchanged, or pages of your own site get 403: [`http`](crate::guide::http#pages-of-other-sites) |
//! | one request, one try | a proxy may try a handshake again with another server. It never repeats messages |
//! | HTTP/2 | the server speaks HTTP/1.1. Where a browser uses HTTP/2 to the proxy, the proxy translates |
//!
//! Clients come back after a random time, so that they do not all arrive at once when a proxy or a server
//! restarts: [`Reconnecting`](crate::Reconnecting) does that. [`restarts`](super::restarts) exchanges servers behind a proxy.
