//! proto/http

mod body;
mod head;
mod list;
mod refusal;
mod spelling;

pub(crate) use body::Body;
pub(crate) use head::{Head, Split, check_parsed, header_map, unfold};
pub(crate) use list::{Extension, choose_subprotocol, elements, extensions, is_token, lists};
pub(crate) use refusal::{describe_refusal, keep_refusal};
pub(crate) use spelling::{Spelling, write_header, write_headers};
