//! The shell: sockets, threads, deadlines and locks around `proto`.
//!
//! Reading order: `duplex`, `pump` and `outbox` for the two directions of a connection; `link`,
//! `websocket` and `receive` for the whole of it; then `client`, `server` and `hub`.

pub(crate) mod acceptor;
pub(crate) mod account;
pub(crate) mod address;
pub(crate) mod answer;
pub(crate) mod arming;
pub(crate) mod budget;
pub(crate) mod capacity;
pub(crate) mod client;
pub(crate) mod crew;
pub(crate) mod deadline;
pub(crate) mod delivery;
pub(crate) mod dial;
pub(crate) mod dispatch;
pub(crate) mod duplex;
pub(crate) mod ending;
pub(crate) mod entropy;
pub(crate) mod handle;
pub(crate) mod head;
pub(crate) mod hub;
pub(crate) mod keepalive;
pub(crate) mod linger;
pub(crate) mod link;
pub(crate) mod listen;
pub(crate) mod lock;
pub(crate) mod mail;
pub(crate) mod member;
pub(crate) mod outbox;
pub(crate) mod page;
pub(crate) mod parcel;
pub(crate) mod pool;
pub(crate) mod pump;
pub(crate) mod receive;
pub(crate) mod reconnecting;
pub(crate) mod recv_stream;
pub(crate) mod registry;
pub(crate) mod retry_after;
pub(crate) mod rounds;
pub(crate) mod running;
pub(crate) mod send_stream;
pub(crate) mod sender;
pub(crate) mod server;
pub(crate) mod slot;
pub(crate) mod stop;
pub(crate) mod stream;
pub(crate) mod streaming;
pub(crate) mod timeouts;
pub(crate) mod tls;
pub(crate) mod unix;
pub(crate) mod upgrade;
pub(crate) mod websocket;
pub(crate) mod worker;
pub(crate) mod writer;
