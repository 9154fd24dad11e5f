//! More than one machine: rooms that span several server processes.
//!
//! A [`Hub`](crate::Hub) knows the connections of its own process. When one process is not enough, start
//! several, put a load balancer in front of them, and pass each message on to all of them by a broker:
//!
//! ```text
//! client --- HAProxy --- a process --- Redis --- all processes --- their clients in the room
//! ```
//!
//! The example `chat_cluster` is such a chat, with a web page, a client, a configuration of `HAProxy` and a
//! program that loads it. Its folder is `examples/chat_cluster`. Try it with Redis and `HAProxy` installed:
//!
//! ```sh
//! redis-server --save "" --port 6379 &
//! for p in a:9001 b:9002 c:9003; do
//!     cargo run --example chat_cluster -- --name ${p%:*} --addr 127.0.0.1:${p#*:} &
//! done
//! FRONT=9000 A=9001 B=9002 C=9003 haproxy -f examples/chat_cluster/haproxy.cfg &
//! cargo run --example chat_cluster_client      # or open http://127.0.0.1:9000/
//! ```
//!
//! # When it pays
//!
//! One process was measured with 3,000 clients in 30 rooms of 100, each message 100 bytes of text, on a machine
//! with two cores on which the clients and other programs ran too. `chat_cluster_load` measures it on yours.
//!
//! | | one process | three processes on the same machine |
//! |---|---|---|
//! | deliveries a second, three runs | 73,000 to 76,000 | 65,000 to 82,000 |
//! | from a message to its own speaker: median | 38 to 40 ms | 26 to 45 ms |
//! | the same: 99 % | 97 to 106 ms | 136 to 159 ms |
//! | processor time of the servers for a delivery | 10 µs | 12 µs |
//! | threads | 3,032 | 1,032 each |
//! | file descriptors | 3,008 | 1,008 each |
//! | resident memory | 77 MB | 31 MB each |
//!
//! One process with 9,000 clients in 90 rooms made 65,000 deliveries a second, with 206 MB and 9,088 threads, and
//! a median of 141 ms. For that the limit of open files was 20,000, in the server and in the load program.
//!
//! So more processes on the same machine bring nothing but a smaller loss when one dies. More machines bring
//! more processors. Every process gets every message from Redis, also those of rooms without members there.
//! That bounds the whole: the sum of all messages must be far below what one process can take from Redis. If it
//! is not, let each room be at one process: route by the path in the load balancer, and do without a broker.
//!
//! Threads, descriptors and memory bound the connections of one process:
//! [`deployment::capacity`](crate::guide::deployment::capacity) has these limits, and how to raise them. Its
//! processors bound the deliveries, at 10 µs each, and a proxy has about 28,000 ports for each address and port of a
//! process.
//!
//! **When an event loop is the better tool:** when a machine has tens of thousands of connections and most of
//! them are silent. Then threads and their memory run out first, and in an async library such as
//! tokio-tungstenite a silent connection needs no thread. If connections are busy, an event loop saves less: it
//! makes the same writes to the same sockets, one for each delivery.
//!
//! # What is lost, and who says so
//!
//! Redis pub/sub stores nothing: a subscriber that is away misses what is published meanwhile. So the example
//! does not promise that everything arrives. It promises that nobody misses anything without being told, and
//! that nobody gets a message twice on one connection.
//!
//! For that, the messages of a room have numbers. The script that publishes a message takes its number, so the
//! numbers are in the order in which all processes get the messages:
//!
//! ```lua
//! local n = redis.call('HINCRBY', KEYS[1], ARGV[2], 1)
//! redis.call('PUBLISH', KEYS[2], ARGV[1] .. ' ' .. n .. ' ' .. ARGV[3])
//! return n
//! ```
//!
//! | What happens | What is lost | What a client sees |
//! |---|---|---|
//! | a process is killed | what is said until its clients are back | its clients come back through `HAProxy` and say what they saw last: `gap` with the number |
//! | a client is too slow | the rest of its queue, and what is said until it is back | Close 1013 when its queue is full ([`Overflow::Disconnect`](crate::Overflow::Disconnect)), then `gap` with the number. A client that reads nothing for 5 s more loses its connection without the Close frame |
//! | a process is too slow for Redis | what is beyond Redis' `client-output-buffer-limit pubsub` (by default 32 MB, or 8 MB for a minute) | `offline` and `online`, with `gap` and the number between them |
//! | the network to Redis breaks | what the others say meanwhile | the same; what this process's clients say is `refused` |
//! | Redis restarts | what is said meanwhile is `refused`; what was on its way is lost | `offline`, then `gap` without a number, because numbers begin anew, and `online` |
//!
//! - A process tries to reach Redis again after 0.1 to 0.2 s. The wait doubles with each failure, up to 5 s. Its
//!   log has a line for each attempt and each gap. Its page `/health` says whether it hears Redis, and stays
//!   200: without Redis no other process is better.
//! - A vanished Redis is noticed within four seconds of silence, by a ping.
//! - Memory is bounded: a client's queue by its [`Hub`](crate::Hub), all queues by
//!   [`set_max_buffered`](crate::set_max_buffered), a process's queue by Redis.
//! - A client that gets `refused` with a timeout does not know whether its message was passed on. If each
//!   message must be handled, let the server acknowledge it, and use an [`Outgoing`](crate::Outgoing) queue.
//! - If messages must not be lost at all, store them: a Redis stream (`XADD`, `XRANGE`) or a table in place of
//!   pub/sub, from which a client that comes back is served. Then the same numbers say where it goes on.
//!
//! # The load balancer
//!
//! [`deployment::proxies`](crate::guide::deployment::proxies) explains the lines of `haproxy.cfg`: the process with
//! the fewest connections gets the next, and a client whose process has just died is let in by another process.
//! [`trusted_proxy`](crate::Server::trusted_proxy) gives each process the clients' addresses.
