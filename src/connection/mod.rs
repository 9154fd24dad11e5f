//! One open connection: [`WebSocket`] and its handles.
//!
//! ```text
//! socket --read--> Driver --bytes--> Inbound --Incoming--> WebSocket::recv --> program
//!                                       | ping, Close: a reply is owed
//!                                       v
//! socket <--write-- Writer <------- Outbox <------- WebSocket::send, Sender::send <-- program
//! ```
//!
//! `websocket` is the type, `construction` how it is made, `agreed` what its handshake brought,
//! `receive` its receiving calls and the main loop. `driver` has the stream, its deadlines and the
//! outbox; `keepalive` and `close` are its parts. `pings` has those of the program. `handles` are for
//! other threads, and `json` sends and receives values. `streams` carry messages of unknown length,
//! and bytes without messages. `timeouts` sets how long a connection may take, and `settings` is what
//! servers, clients and streams of the program set alike.
//!
//! **Reading.** No lock is held while reading. Before each read, what is queued is written. A read
//! timeout is a system call: a timeout that is too short is left until a read has timed out
//! (`stream_reader`). A read that panics is the last one.
//!
//! **Polling.** A receiving call whose time is over reads what has come, without waiting, and then
//! checks the deadlines. So a poll is a call whose time is over when it begins, and what came while
//! the program was away is in time. A program that only polls does all that one that waits does.
//!
//! **Keepalive.** The thread that receives does it, by the timeout of its own read, so there is no
//! thread and no timer for it. A socket's timeout starts anew with every read. So on a busy
//! connection nothing is computed and no clock looked at, except for one read in sixteen. Until
//! then each read waits for a sixteenth of the longest time between two looks, so a burst that is
//! over delays nothing. Silence shows as a read that timed out. Only then is a peer dropped: until
//! a read has timed out, its answer may lie there unread. A ping is owed like a pong, and the
//! peer's time begins when the ping was written. A writer that is stuck is the write timeout's
//! affair. While a message stands still there is no ping: its pong would renew the stall timeout.
//! `keepalive` decides, `Driver` acts. The same looks at the clock end idle and old connections. So
//! these settings cost nothing for each message. Such an end is a Close frame of this side and
//! nothing else.
//!
//! **The end takes its time, not the caller's.** Once the Close frames are exchanged, or a rule was
//! broken, `Linger` gives the last frame time to get out and the peer time to hang up, within
//! `close_timeout`. A stream that keeps what was sent needs no time for the peer. A receiving call
//! with less time than that leaves the rest to the next one.
//!
//! | Last words | How long |
//! |---|---|
//! | the peer, once the last frame is out | `LINGER`, 2 s |
//! | a Close frame that a drop or an aborted message sends, a server's goodbye, the peer's Close frame after a failed write | `LAST_WORDS`, 100 ms |
//! | a writer that was cut off | `close`, 1 s |
//! | a response to a request that failed, the body of a refusal | `handshake::http_io`, 1 s |
//! | TLS's `close_notify`, and an alert after a failed write | `tls::on::engine`, 10 and 50 ms |
//! | handlers after the cut of a shutdown | `server::lifecycle`, 1 s |
//!
//! **Memory.** While bytes come, buffers stay: the read buffer grows fourfold as reads fill it, and
//! the writer's output, TLS's buffers and the allocation of a large message that was lent are used
//! again. A second after the last byte the reader wakes once and gives them back. A reader that
//! polls does so after a second of polls in vain. A connection that only sends keeps its output
//! buffer. That leaves 14 KiB of user memory for an idle connection: two pages of stack, a read
//! buffer of 512 bytes, and the request's headers.

mod agreed;
mod close;
mod construction;
mod driver;

mod handles;
pub(crate) use handles::close_frame;
pub use handles::{Connection, Sender};

// The only place that knows this feature.
#[cfg(feature = "json")]
mod json;

mod keepalive;

mod pings;

mod receive;
pub use receive::Messages;

mod settings;
pub(crate) use settings::connection_settings;
pub use settings::{Settings, Upgrade};

mod streams;
pub use streams::{ByteStream, RecvStream, SendStream};

mod timeouts;
pub(crate) use timeouts::{Pings, Timeouts};

mod websocket;
pub use websocket::WebSocket;
