//! How fast it is: beside a server without a library, and beside other libraries.
//!
//! # The table
//!
//! Two runs of the benchmark `servers` made it, with `--rounds 7 --seconds 0.5` for the rows up to `idle`, and with
//! `--rounds 3 --seconds 2` for the others:
//!
//! `cargo bench -p blocking-ws-benches --bench servers -- --markdown --server 'fastwebsockets=/…/fastwebsockets-echo --addr {addr}'`
//!
//! AMD EPYC (Zen 4, 2 processors), Linux 6.18, 2026-11-30. The server runs on one processor, and all clients on the
//! other.
//!
//! The figures are microseconds of the server's processor time for each message, delivery (`broadcast`) or handshake
//! (`idle`), unless the row names another figure. Of processor time it is the least of all runs, because other
//! programs can only make it larger; of other figures it is the median. A ratio of 0.50 means twice the time of
//! `floor`, and a ratio above 1 means less time than `floor`. Differences of a few percent are chance.
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
//!   where it was read, turns it into the answer in the same memory, and sends all answers with one write. It has
//!   no limits, no timeouts and no locks.
//! - `ours` receives with [`recv_ref`](crate::WebSocket::recv_ref) and sends with [`feed`](crate::Sender::feed), in
//!   a [`Server`](crate::Server) with its default settings. `tungstenite` 0.30 reads and sends in a loop, also with
//!   a thread for each client. `fastwebsockets` 0.10 runs on tokio; its program is not part of this repository.
//! - `pipelined`: 8 clients, each with 256 messages of 16 B, 64 of 1 KiB, or 16 of 16 KiB under way. `bulk`: one
//!   client with one message at a time. `fragmented`: each message comes in that many frames.
//! - `idle 1000`: 1,000 clients connect and do nothing. `KiB opened` is the server's resident memory for each of
//!   them: two pages of the thread's stack, and what the library and the C library hold for it.
//! - `connections N`: N are open, and up to 64 of them have a message of 125 bytes under way, each in its turn.
//!   `tails N`: N connections with the same load for all servers, 30 % of what the slowest of them can do. The delay
//!   of an answer counts from when its message was due; 99 of 100 answers came within the p99. `broadcast N`: one
//!   message after the other goes to N members.
//! - Machines differ, and so do two runs on one machine. Compare ratios, and measure on yours: the command needs a
//!   checkout of the repository, and `-- --help` says how to add a server.
//!
//! # What the rest is spent on
//!
//! Without the system calls, a message of 16 bytes in a burst costs 490 instructions, a message of 125 bytes 612
//! (`cargo bench -p blocking-ws-benches --bench instructions`). Three of them are atomic, because any thread may send
//! on a connection while another receives. In bursts of 1 to 16 KiB, the other difference to `floor` is one copy:
//! [`feed`](crate::Sender::feed) copies the message behind the header of the answer. ARCHITECTURE.md lists each
//! kind of payload with the number of its copies.
//!
//! For one small message at a time, nearly all is spent in the system, which wakes a thread for each. The delays of
//! `tails` vary much from run to run: the p99 of `ours` at 64 connections was 109, 159 and 235 µs.
//!
//! # What an event loop does better
//!
//! - **Many connections with one small message at a time:** from ten connections on, see the rows `connections`. The
//!   system wakes a thread for each message. An event loop finds several connections that have something, and serves
//!   them one after the other.
//! - **Connections that are silent.** An idle connection holds 14 KiB here and 6 KiB in fastwebsockets. The system
//!   holds 16 KiB more for the stack that each thread has in the kernel.
//! - **Connections that come and go.** A handshake costs 88 µs here and 59 µs there: making a thread is a large part
//!   of it. A thread whose connection has ended waits some seconds for the next connection.
//!
//! This library is faster for bursts and large messages. It answers what came with one read by one write, and reads
//! a large binary message into its place. Threads alone do not do that: compare `tungstenite`.
//!
//! # Make your program fast
//!
//! | Do this | Because |
//! |---|---|
//! | build with `--release` | without it, bursts took ten times as long and more |
//! | receive with [`recv_ref`](crate::WebSocket::recv_ref) | nothing is allocated. A large binary message is read into its place, and its memory is used again |
//! | answer with [`feed`](crate::Sender::feed), and let the next receiving call write | a burst of messages is answered with one write. If another thread than the receiving thread feeds, it must call [`flush`](crate::Sender::flush) |
//! | send to many with a [`Hub`](crate::Hub) | a message is framed and compressed once, and messages that follow each other closely go to a member with one write. The rows `broadcast` send one message at a time, which gains nothing from that |
//! | send bytes as binary messages, not as text | a text must be checked, and a large text is copied once more |
//! | use rustls for TLS, where it is compiled in: [`tls`](crate::guide::tls) | measured apart, on the same machine: 774 µs instead of 1,057 µs for 1 MiB, 9.3 µs instead of 11.9 µs for 125 bytes |
//! | send with [`Uncompressed`](crate::Uncompressed) what is compressed already: [`compression`](crate::guide::compression) | measured apart: 1 KiB of JSON takes 7.8 µs with compression and 0.4 µs without |
//! | set `lto = "fat"` and `codegen-units = 1` in `[profile.release]` of Cargo.toml | the compiler then joins code of several crates |
//!
//! A handler that does this:
//!
//! ```no_run
//! # fn main() -> blocking_ws::Result<()> {
//! blocking_ws::Server::bind("127.0.0.1:9001")?.serve(|ws| {
//!     // The message borrows `ws`, so a `Sender` answers.
//!     let sender = ws.sender()?;
//!     while let Some(message) = ws.recv_ref()? {
//!         sender.feed(message)?;
//!     }
//!     Ok(())
//! })
//! # }
//! ```
