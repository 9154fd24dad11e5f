//! Streams, and how long a call on one may take.
//!
//! `duplex` is what a stream can do beyond `Read` and `Write`, and `controls` is how the rest of
//! the library calls that. `counted` checks what its calls return. `deadline` is one absolute
//! moment, `timed` a stream under such a moment, and `pause` how soon a stream without room is tried
//! again. `linger` is the end of a connection: it reads and discards, so that what was sent last
//! arrives. `tls` is what TLS is told and tells.
//!
//! **Two kinds of streams.** `WebSocket<S>` needs `Read + Write`. What a `Duplex` stream can do
//! beyond that is looked up in `Controls`, a table of function pointers, so that there is one
//! implementation.
//!
//! **Waits are absolute.** A signal ends a system call early, so each retry computes what is left
//! of one deadline. The clock is looked at where a read brought nothing, and not where reads bring
//! something.
//!
//! **Lingering.** Closing a socket with unread input resets it and can destroy what was sent last.
//! So the end of a connection reads on and discards, for two seconds or 64 MiB at most: a client in
//! the middle of a message that is too large must get through with it before it reads why it was
//! refused. A stream without resets says so (`keeps_sent`), and then nothing waits.
//!
//! **No signals.** One function writes to sockets, `send_slices`, and never raises SIGPIPE.

mod controls;
pub(crate) use controls::Controls;

mod counted;
pub(crate) use counted::{counted, write_all};

mod deadline;
pub(crate) use deadline::{Deadline, GLANCE, SHORTEST, is_timeout, may_be_repeated};

mod duplex;
pub use duplex::Duplex;
pub(crate) use duplex::{NO_SIGNAL, NO_WAIT, if_up, no_address, receive_slice, send_slices};

mod linger;
pub(crate) use linger::{LAST_WORDS, LINGER, Linger, linger};

mod pause;
pub(crate) use pause::Pause;

mod timed;
pub(crate) use timed::Timed;

mod tls;
pub use tls::{ClientCertificates, TlsBackend, TlsInfo, TlsVersion};
