//! What to look up: every limit, and every message.
//!
//! | Page | What it answers |
//! |---|---|
//! | [`limits`] | What is every default, and which method changes it? |
//! | [`troubleshooting`] | What does this error message mean, and what do I do? |

pub mod limits;
pub mod troubleshooting;
