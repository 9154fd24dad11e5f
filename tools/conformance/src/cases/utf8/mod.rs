//! Group 6: which bytes are UTF-8, and when the others are noticed (RFC 6455 §8.1, RFC 3629 §3).
//!
//! `rows` are the bytes, and `group_6` makes cases of them.

mod group_6;
pub(super) use group_6::cases;

mod rows;
