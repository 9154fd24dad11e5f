//! What to look up: every limit, every message, and how fast it is.
//!
//! | Page | What it answers |
//! |---|---|
//! | [`limits`] | What is every default, and which method changes it? |
//! | [`speed`] | How fast is it, beside what? What makes a program fast? |
//! | [`troubleshooting`] | What does this error message mean, and what do I do? |

pub mod limits;
pub mod speed;
pub mod troubleshooting;
