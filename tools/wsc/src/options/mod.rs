//! The command line.
//!
//! `args` has all options, `values` what they take, and `text` the examples of the help. `generated`
//! prints the man page and completions, which are made of the same definitions.

mod args;
pub(crate) use args::{Args, ClientArgs, Compress, FrameArgs, Mode, ShowArgs, Task};

mod generated;
pub(crate) use generated::{completions, man};

mod text;

mod values;
pub(crate) use values::{Bind, CloseWith, Wait};
