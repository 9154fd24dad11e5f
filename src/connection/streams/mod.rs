//! Messages of unknown length: written to a [`SendStream`], and read from a [`RecvStream`]. And a
//! whole connection as a [`ByteStream`], whose handles share a `shared_reader`.

mod byte_stream;
pub use byte_stream::ByteStream;

mod recv_stream;
pub use recv_stream::RecvStream;

mod send_stream;
pub use send_stream::SendStream;

mod shared_reader;
