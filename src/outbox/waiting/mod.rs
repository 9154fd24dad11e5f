//! Where threads wait on an outbox, or leave word how they are to be woken: `stream_gate` for the
//! end of a streamed message, `round_trips` for pongs, `on_close` for a reader that waits for
//! something else than the stream.

mod on_close;
pub(crate) use on_close::OnClose;

mod round_trips;
pub(crate) use round_trips::{Answer, RoundTrip, RoundTrips};

mod stream_gate;
pub(crate) use stream_gate::StreamGate;
