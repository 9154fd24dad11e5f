//! What a case is.
//!
//! A [`Case`] has a [`CaseId`], a rule, and a list of [`Act`]s with what is [`Want`]ed of them, or
//! messages that go back and forth. Nothing here does anything: cases are data, of which the bench
//! makes connections, and reports make sentences. A [`Selection`] picks some of them.

mod act;
pub use act::{Act, Frame, Until, Writes};

mod ask;
pub use ask::{Answer, Ask};

mod definition;
pub use definition::{Case, Content, Level, Rounds, Test, Timer};

mod id;
pub use id::{BadId, CaseId};

mod payload;
pub use payload::Payload;

mod response;
pub use response::{Glued, HowEnded, Look, Pace, Reaction, Response};

mod rounds_in_words;

mod selection;
pub use selection::{BadSelection, Selection};

mod want;
pub use want::{By, End, Excerpt, Expected, Fatal, Instead, Manners, Pongs, Received, Want};

mod words;
pub(crate) use words::{close_in_words, handshake_end, time};
