//! HTTP/1.1 messages as far as a handshake needs them.
//!
//! `head` splits and checks a head, `list` reads lists in headers, `body` finds the start of a
//! response's body, `path_pattern` says which paths a route takes, and `refusal` makes a response
//! fit to be shown. What was sent in secret is blotted out of it. `spelling` writes header lines
//! with the names that a program gave them, because some peers compare names letter for letter.

mod body;
pub(crate) use body::Body;

mod head;
pub(crate) use head::{Head, Split, check_parsed, header_lines, header_map, unfold};

mod list;
pub(crate) use list::{
    Extension, choose_subprotocol, elements, extensions, is_token, lists, unquote, unquoted,
};

mod path_pattern;
pub use path_pattern::PathParams;
pub(crate) use path_pattern::PathPattern;

mod refusal;
pub(crate) use refusal::{
    ShownRefusal, describe_refusal, hide_secrets, keep_refusal, note_not_followed, tell_refusal,
};

mod spelling;
pub(crate) use spelling::{Spelling, write_header, write_headers};
