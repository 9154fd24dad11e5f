//! systemd: a service with a socket of its own, bounds, a restart that refuses nobody.
//!
//! These two files run the example `activated_server`. For a program of your own, such as `chat`, change the names of
//! both files, `Requires=`, `ExecStart=` and the descriptions. A socket starts the service of the same name:
//! `chat.socket` starts `chat.service`.
//!
//! ```ini
//! # /etc/systemd/system/echo.socket
//! [Unit]
//! Description=The port of the echo server
//!
//! [Socket]
//! ListenStream=9001
//! # Clients that wait while the service restarts; the system's bound is net.core.somaxconn.
//! Backlog=4096
//!
//! [Install]
//! WantedBy=sockets.target
//! ```
//!
//! ```ini
//! # /etc/systemd/system/echo.service
//! [Unit]
//! Description=Echo server
//! Requires=echo.socket
//!
//! [Service]
//! Type=exec
//! ExecStart=/usr/local/bin/activated_server
//! Environment=RUST_LOG=info
//! Restart=on-failure
//! RestartSec=1
//! # shutdown(5 s) returns after 6 s, and serve after 7 s.
//! KillSignal=SIGTERM
//! TimeoutStopSec=15
//!
//! # 10,000 clients: a thread and a descriptor for each, and some more.
//! LimitNOFILE=16384
//! TasksMax=10100
//! MemoryMax=2G
//!
//! # What the server does not need, it does not get.
//! DynamicUser=yes
//! UMask=0077
//! NoNewPrivileges=yes
//! CapabilityBoundingSet=
//! ProtectSystem=strict
//! ProtectHome=yes
//! ProtectProc=invisible
//! ProcSubset=pid
//! ProtectClock=yes
//! ProtectControlGroups=yes
//! ProtectHostname=yes
//! ProtectKernelLogs=yes
//! ProtectKernelModules=yes
//! ProtectKernelTunables=yes
//! PrivateDevices=yes
//! PrivateTmp=yes
//! PrivateUsers=yes
//! RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6
//! RestrictNamespaces=yes
//! RestrictRealtime=yes
//! RestrictSUIDSGID=yes
//! LockPersonality=yes
//! MemoryDenyWriteExecute=yes
//! SystemCallArchitectures=native
//! SystemCallFilter=@system-service
//! SystemCallFilter=~@privileged @resources
//! ```
//!
//! Check them, start the socket, and see who listens:
//!
//! ```sh
//! systemd-analyze verify /etc/systemd/system/echo.socket /etc/systemd/system/echo.service
//! systemctl daemon-reload
//! systemctl enable --now echo.socket
//! systemctl list-sockets echo.socket
//! systemd-analyze security echo.service      # 10 is exposed, 0 is locked in
//! ```
//!
//! `verify` says `Command /usr/local/bin/activated_server is not executable` until the program is installed there.
//!
//! # The socket
//!
//! systemd listens, and starts the service when the first client comes. `systemctl enable echo.service`
//! needs an `[Install]` part there, with `WantedBy=multi-user.target`: then it runs from the start.
//!
//! The program takes the socket with the crate `listenfd`:
//!
//! ```no_run
//! use blocking_ws::{Error, Server};
//! use listenfd::ListenFd;
//!
//! let socket = ListenFd::from_env().take_tcp_listener(0)?; // the first `ListenStream`
//! let socket = socket.ok_or_else(|| Error::other("systemd has passed no socket on"))?;
//! Server::from_listener(socket)?.serve(|ws| ws.send("hello"))?;
//! # Ok::<(), Error>(())
//! ```
//!
//! - For more sockets, call [`and_listener`](crate::Server::and_listener) with each. The example takes all sockets,
//!   of both kinds.
//! - The port may be below 1024, although the service has no rights: systemd opens it.
//! - `ListenStream=9001` takes IPv4 and IPv6. `ListenStream=127.0.0.1:9001` is for a proxy on the same
//!   machine, and `ListenStream=/run/echo.sock` is a Unix socket. A unit can have several. A Unix socket needs
//!   `take_unix_listener`: `take_tcp_listener` fails with `fd 3 is not a valid tcp socket`.
//! - Leave `Accept=no`, the default. With `Accept=yes` systemd starts a process for each client.
//!
//! Try it without units, as any user:
//!
//! ```sh
//! systemd-socket-activate -l 9001 target/debug/examples/activated_server
//! ```
//!
//! At the first client this command becomes the program, and the socket ends with it. So a restart without
//! refused clients can be tried with units only.
//!
//! # Stopping
//!
//! `systemctl stop` sends SIGTERM. The program calls [`shutdown`](crate::ServerHandle::shutdown): see
//! [`recipes`](crate::guide::recipes#stop-on-ctrl-c-and-sigterm). `serve` returns at most two seconds after
//! the deadline of `shutdown`, and then `main` does. `TimeoutStopSec` must be longer than that. When it is
//! over, systemd kills the process, and clients lose their connections without a Close frame.
//!
//! Without a handler for SIGTERM the process ends at once, which has the same effect. `Restart=on-failure`
//! does not start a program again that ended because of SIGTERM, or with code 0.
//!
//! # Restarting
//!
//! During `systemctl restart echo.service` the socket stays open. A client that comes meanwhile waits in the
//! queue of the socket until the new process accepts it. These clients notice the restart:
//!
//! - An open connection is closed, with 1012 in the example. Its client connects again
//!   ([`reconnecting`](crate::guide::closing::reconnecting)).
//! - A client in the middle of its handshake gets 503, or is disconnected. It tries again.
//! - If the old process takes longer to stop than clients bear to wait, they leave. So make the deadline of
//!   `shutdown` shorter than their `connect_timeout`, which is 10 s by default.
//!
//! A new program file takes effect with the restart. A changed `echo.socket` needs
//! `systemctl restart echo.socket`, which restarts the service as well, and closes the socket for a moment.
//!
//! # The bounds
//!
//! | Line | Why |
//! |---|---|
//! | `LimitNOFILE` | a connection has a descriptor. By default a service has 1,024, and the server then takes 960 clients |
//! | `TasksMax` | a connection has a thread. By default a service has 15 % of the threads of the machine, which depend on its memory: `systemctl show -P DefaultTasksMax` prints how many, for example 2,400 with 2 GB. The server then takes 64 clients less |
//! | `MemoryMax` | beyond it the system kills the process. Set [`set_max_buffered`](crate::set_max_buffered) to half of it or less; the default is 1 GiB |
//!
//! [`capacity`](super::capacity) has the figures behind these lines.
//!
//! # What the hardening forbids
//!
//! - `DynamicUser` gives the service a user of its own while it runs. It may write only to `StateDirectory=`,
//!   `RuntimeDirectory=` and `/tmp`. It reads a private key of root through `LoadCredential=`, which
//!   systemd copies at each start: see [below](#a-private-key). For keys that are renewed, it reads them through a
//!   group: see [`certificates`](super::certificates).
//! - `ProcSubset=pid` hides `/proc/sys`, so the default of `max_connections` does not look at
//!   `vm.max_map_count`. Descriptors and threads still count. Call
//!   [`max_connections`](crate::Server::max_connections) if you have lowered `vm.max_map_count`.
//! - `RestrictAddressFamilies` lets the program open connections as well. If it needs none, write
//!   `IPAddressDeny=any` into `echo.service`.
//! - To keep all but your proxies away, write `IPAddressDeny=any` and `IPAddressAllow=` with their addresses into
//!   `echo.socket`. In the service these lines do not count for the sockets that systemd passes on.
//! - If the process is killed with SIGSYS, `journalctl -k` names the number of the system call. Add its group to
//!   `SystemCallFilter`.
//!
//! # A private key
//!
//! systemd reads `/etc/chat/key.pem` as root, and puts a copy into a folder that only this service reads. The
//! variable `CREDENTIALS_DIRECTORY` names the folder. These lines start a program that takes two paths:
//!
//! ```ini
//! LoadCredential=cert.pem:/etc/chat/cert.pem
//! LoadCredential=key.pem:/etc/chat/key.pem
//! ExecStart=/usr/local/bin/chat ${CREDENTIALS_DIRECTORY}/cert.pem ${CREDENTIALS_DIRECTORY}/key.pem
//! ```
