//! A connection to the program under test, below what a case does.
//!
//! `link` has the bytes, `opening` the opening handshake of both roles, and `inspector` judges the
//! frames that come. `log` keeps what a report shows.

mod inspector;
pub(crate) use inspector::{Breach, Inspector, Meaning};

mod link;
pub(crate) use link::{Came, Ended, Link};

mod log;

pub(crate) mod opcode;

mod opening;
pub(crate) use opening::{
    Asked, Head, NoHead, Opening, Refused, Wishes, accept_of, answer, ask, asked, is_key, judge,
    read_head, read_request, refuse,
};
