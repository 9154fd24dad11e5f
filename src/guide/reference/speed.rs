//! How fast it is: beside a server without a library, and beside other libraries.
//!
//! # The table
//!
//! `cargo bench -p blocking-ws-benches --bench servers -- --markdown --server fastwebsockets='…/fastwebsockets-echo --addr {addr}'`
//!
//! AMD EPYC (2 processors), Linux 6.18, 2026-11-30; 7 turns of 0.5 s, and 3 turns of 2 s for `tails`, `connections`
//! and `broadcast`. The server runs on one processor, and all clients on another.
//!
//! Microseconds of the server's processor time for each message, delivery or handshake, unless the row names
//! another figure. Of processor time it is the least of all runs, because other programs only add to it; of other
//! figures, the median. A ratio says how many times as good as `floor` a server is.
//!
//! | row | floor | ours | ratio | tungstenite | ratio | fastwebsockets | ratio |
//! | --- | --: | --: | --: | --: | --: | --: | --: |
//! | pipelined 16 B | 0.058 | 0.080 | 0.73 | 4.39 | 0.01 | 4.30 | 0.01 |
//! | pipelined 1 KiB | 0.333 | 0.399 | 0.83 | 5.34 | 0.06 | 5.48 | 0.06 |
//! | pipelined 16 KiB | 3.85 | 4.18 | 0.92 | 9.53 | 0.40 | 9.08 | 0.42 |
//! | bulk 1 MiB binary | 283.1 | 292.1 | 0.97 | 577.3 | 0.49 | 581.1 | 0.49 |
//! | bulk 1 MiB ASCII | 292.3 | 298.0 | 0.98 | 598.5 | 0.49 | 561.5 | 0.52 |
//! | bulk 1 MiB UTF-8 | 342.9 | 352.4 | 0.97 | 2,036 | 0.17 | 627.0 | 0.55 |
//! | bulk 16 MiB binary | 5,847 | 5,756 | 1.02 | 12,692 | 0.46 | 9,706 | 0.60 |
//! | fragmented 64 KiB in 64 frames | 21.7 | 22.8 | 0.95 | 28.8 | 0.75 | 28.9 | 0.75 |
//! | fragmented 1 MiB in 4096 frames | 327.3 | 364.8 | 0.90 | 531.5 | 0.62 | 570.0 | 0.57 |
//! | idle 1000 | 88.4 | 88.0 | 1.00 | 157.9 | 0.56 | 58.8 | 1.50 |
//! | idle 1000, KiB opened | 13.8 | 13.8 | 1.00 | 151.8 | 0.09 | 5.64 | 2.45 |
//! | tails 64, p99 us | 96.2 | 159.1 | 0.60 | 165.4 | 0.58 | 94.5 | 1.02 |
//! | tails 1000, p99 us | 193.8 | 238.5 | 0.81 | 348.4 | 0.56 | 389.9 | 0.50 |
//! | connections 1 | 7.49 | 7.88 | 0.95 | 8.15 | 0.92 | 8.37 | 0.89 |
//! | connections 10 | 7.47 | 8.01 | 0.93 | 8.45 | 0.88 | 5.65 | 1.32 |
//! | connections 100 | 7.94 | 8.43 | 0.94 | 9.68 | 0.82 | 5.60 | 1.42 |
//! | connections 1000 | 13.6 | 15.2 | 0.90 | 25.2 | 0.54 | 6.20 | 2.20 |
//! | connections 5000 | 12.6 | 13.7 | 0.92 | 20.5 | 0.62 | 8.21 | 1.54 |
//! | connections 10000 | 14.1 | 15.1 | 0.93 | 21.7 | 0.65 | 8.53 | 1.65 |
//! | broadcast 64 | 3.97 | 4.42 | 0.90 | 5.32 | 0.75 | - | - |
//! | broadcast 1000 | 4.18 | 4.45 | 0.94 | 4.27 | 0.98 | - | - |
//! | broadcast 10000 | 5.66 | 6.44 | 0.88 | 5.79 | 0.98 | - | - |
//!
//! - `floor` is what a blocking server with a thread for each client costs without a library: it unmasks a frame
//!   where it was read, makes the answer of it there, and sends all answers with one write. It has no limits, no
//!   timeouts and no locks.
//! - `ours` receives with [`recv_ref`](crate::WebSocket::recv_ref), sends with [`feed`](crate::Sender::feed), and
//!   has all defaults of a [`Server`](crate::Server). `tungstenite` 0.30 reads and sends in a loop, also with a
//!   thread for each client. `fastwebsockets` 0.10 runs on tokio; its program is not part of this repository.
//! - `pipelined`: 8 clients, each with 256, 64 or 16 messages under way. `bulk`: one client with one message at a
//!   time. `idle 1000`: 1,000 connections are opened and do nothing.
//! - `connections N`: N are open, and 64 of them have a message of 125 bytes under way, in turn. `tails N`: N
//!   connections have a load that is the same for all servers, 30 % of what the slowest of them can do, and the
//!   delay of an answer counts from when its message was due. `broadcast N`: one message after the other goes to N
//!   members.
//! - Machines differ, and so do two runs on one machine. Compare ratios, and measure on yours: the command needs a
//!   checkout of the repository, and `-- --help` says how to add a server.
//!
//! # What the rest is spent on
//!
//! Beside the calls of the system, a message of 16 bytes in a burst costs 490 instructions, a message of 125 bytes
//! 612 (`cargo bench -p blocking-ws-benches --bench instructions`). Three of these are locked, because any thread
//! may send on a connection while another receives. In bursts of 1 KiB and more, the other difference to `floor`
//! is one copy: [`feed`](crate::Sender::feed) copies the message behind the header of the answer. ARCHITECTURE.md
//! lists each payload with the number of its copies.
//!
//! # What an event loop does better
//!
//! - **Connections that are mostly silent.** An idle connection holds 14 KiB here and 6 KiB in fastwebsockets.
//!   The system holds 16 KiB more for each thread.
//! - **Many connections with a small message now and then.** For each of them the system must wake a thread. An
//!   event loop finds several connections that have something, and serves them without that.
//! - **Connections that come and go.** To make a thread takes half of the time of a handshake. A server uses a
//!   thread again whose connection has ended in the last seconds.
//!
//! Threads are faster for bursts and large messages: what came with one read is answered with one
//! write, and no task is handed from one thread to another.
//!
//! A hub is made for broadcasts that overlap: then one write carries several messages to a member. The rows
//! `broadcast` send one message at a time, so that costs more than a plain loop.
//!
//! # Make your program fast
//!
//! | Do this | Because |
//! |---|---|
//! | receive with [`recv_ref`](crate::WebSocket::recv_ref) | nothing is allocated. A large binary message is read into its place, and its memory is used again |
//! | answer with [`feed`](crate::Sender::feed), and let the next receiving call write | a burst of messages is answered with one write |
//! | send to many with a [`Hub`](crate::Hub) | a message is framed and compressed once |
//! | send bytes as binary messages, not as text | a text must be checked, and a large text is copied once more |
//! | use rustls for TLS, where it is compiled in: [`tls`](crate::guide::tls) | a MiB costs three quarters of the time that it costs with native-tls and OpenSSL, a small message four fifths |
//! | send with [`Uncompressed`](crate::Uncompressed) what is compressed already | compression costs more than all else: [`compression`](crate::guide::compression) |
//! | build with `--release`, `lto = "fat"` and `codegen-units = 1` | the compiler then joins code of several crates |
