//! Messages of unknown length: written to a [`SendStream`], and read from a [`RecvStream`].

mod recv_stream;
pub use recv_stream::RecvStream;

mod send_stream;
pub use send_stream::SendStream;
