//! Ten thousand connections: what they take, which limit is met first, and how to raise it.
//!
//! Each connection has a thread and a descriptor. On an ordinary Linux two limits are too low for 10,000 of them:
//! open files and, in a service of systemd or in a container, threads. The kernel's own limits suffice.
//!
//! # What 10,000 connections take
//!
//! Measured with the example `container_server`, an optimized build for glibc, on a machine with two cores:
//!
//! | What | 10,000 connections | Each |
//! |---|---|---|
//! | threads | 10,002 | 1 |
//! | descriptors | 10,008 | 1 |
//! | memory maps | 40,065 | 4 |
//! | resident memory of the process | 185 MB | 18 KB |
//! | memory of the process and of the kernel for it, as `MemoryMax` counts it | 505 MB | 50 KB |
//! | address space | 11 GB | 1 MiB of stack |
//! | time until all were open, one after the other | 4 to 9 s | 0.4 to 0.9 ms |
//! | time for a message from each client and back | 0.3 s | 30 µs |
//!
//! These connections had sent one short message each. Large messages, queues of a [`Hub`](crate::Hub), compression
//! and TLS add to it. The table of [`machines`](crate::guide::broadcast::machines#when-it-pays) has figures of a
//! chat.
//!
//! # The limits
//!
//! | Limit | Often | For 10,000 | When it is met |
//! |---|---|---|---|
//! | [`max_connections`](crate::Server::max_connections) | 10,000, or less: see below | 10,000 | 503; `refused with 503, max_connections is …` |
//! | open files: `ulimit -n`, `LimitNOFILE`, `--ulimit nofile` | 1,024 | 10,100 | the default of `max_connections` becomes 960, so clients get 503. With a `max_connections` of your own: `cannot accept clients, trying again: Too many open files`, and clients wait |
//! | threads of a service or container: `TasksMax`, `--pids-limit` | 15 % of the machine's; 2,400 with 2 GB of memory | 10,100 | the default of `max_connections` becomes 64 less, so clients get 503. With a `max_connections` of your own clients are disconnected without an answer: `cannot accept clients, trying again: Resource temporarily unavailable` |
//! | threads of a user: `ulimit -u`, `LimitNPROC` | tens of thousands | 10,100 and the user's others | clients are disconnected without an answer, as above. Root has no such limit |
//! | threads of the machine: `kernel.threads-max`, `kernel.pid_max` | by memory; 32,768 or 4,194,304 | 10,100 and all others | the same |
//! | memory maps: `vm.max_map_count` | 65,530 | 40,200 | the same, after 16,367 connections. The process may also abort |
//! | memory: `MemoryMax`, `--memory` | none | 600 MB and what your program holds | the kernel kills the process. With 64 MB it did so after 1,321 connections |
//! | address space: `ulimit -v` | none | none | allocations fail, and the process may abort. Do not set it |
//! | queue of the listening socket: `net.core.somaxconn` | 4,096 | 4,096 | clients wait, or try again after a second |
//! | ports of a client or proxy: `net.ipv4.ip_local_port_range` | 28,232 for each address | 10,000 | the client says `Cannot assign requested address` |
//!
//! Only `max_connections` gives clients an answer. So set it below all others. On Linux its default looks at open
//! files, memory maps, address space and the threads of the service or container, not at the threads of a user and
//! not at memory: [`limits`](crate::guide::reference::limits#servers) has the rule.
//!
//! # See what is set
//!
//! ```sh
//! pid=$(pidof -s container_server)
//! grep -E 'open files|processes|address space' /proc/$pid/limits
//! sysctl vm.max_map_count kernel.threads-max kernel.pid_max net.core.somaxconn net.ipv4.ip_local_port_range
//! systemctl show echo.service -p TasksMax -p MemoryMax -p LimitNOFILE
//! ```
//!
//! And what is used:
//!
//! ```sh
//! grep -E 'Threads|VmRSS' /proc/$pid/status
//! ls /proc/$pid/fd | wc -l
//! wc -l < /proc/$pid/maps
//! ```
//!
//! # Set it
//!
//! For 10,000 connections, in a unit of [`systemd`](super::systemd):
//!
//! ```ini
//! LimitNOFILE=16384
//! TasksMax=10100
//! MemoryMax=2G
//! ```
//!
//! In a shell `ulimit -n 16384`. For a container the options are in [`container`](super::container).
//!
//! For more than 13,000 connections the kernel needs more, too. With this file, and `ulimit -n 20000`, the server
//! held 19,500 connections. Leave out each line whose value is higher on your machine: it would make that lower.
//!
//! ```ini
//! # /etc/sysctl.d/60-echo.conf
//! # Four memory maps for each thread, and as many to spare.
//! vm.max_map_count = 200000
//! # Threads of the whole machine; each has a number of its own.
//! kernel.threads-max = 100000
//! kernel.pid_max = 100000
//! # Clients that wait to be accepted.
//! net.core.somaxconn = 4096
//! ```
//!
//! `sysctl --system` reads it. Then call `max_connections`, whose default is never more than 10,000:
//!
//! ```
//! let server = blocking_ws::Server::bind("127.0.0.1:0")?.max_connections(19_500);
//! # Ok::<(), blocking_ws::Error>(())
//! ```
//!
//! # The stack
//!
//! A stack takes address space, and memory only where it was used. So a smaller
//! [`stack_size`](crate::Server::stack_size) saves address space: with 256 KiB in place of 1 MiB, 3,000 connections had
//! 1.7 GB in place of 4 GB, and the same memory for each connection. A handler that uses much of its stack keeps that
//! memory until its thread ends. A stack that overflows ends the process.
//!
//! Threads of connections that have ended wait five seconds for another. So when all clients leave at once and come
//! back, no threads are made.
