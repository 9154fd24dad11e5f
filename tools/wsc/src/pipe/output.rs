//! [`Output`]: messages on the standard output, and nothing else.

use std::io::{self, IsTerminal, Write};

use blocking_ws::{AsMessage as _, Message, MessageRef};

use super::input::Separator;
use crate::exit::safe;
use crate::options::FrameArgs;
use crate::session::{Notices, Show, compact};

/// Prints messages, each at once.
#[derive(Clone, Debug)]
pub(crate) struct Output {
    separator: Option<Separator>,
    /// JSON is printed in one line.
    is_json: bool,
    /// A person reads, so no control characters are printed.
    is_safe: bool,
    /// Where pings and pongs are shown, if they are.
    notices: Option<Notices>,
}

impl Output {
    pub(crate) fn new(args: &FrameArgs, notices: Option<Notices>) -> Self {
        Self {
            separator: (!args.separator.raw).then(|| Separator::of(args)),
            is_json: args.form.json,
            is_safe: io::stdout().is_terminal() && !args.separator.raw,
            notices,
        }
    }

    /// The bytes of a message, with the separator.
    fn bytes(&self, message: &Message) -> Vec<u8> {
        let mut bytes = match message.as_message() {
            MessageRef::Text(text) => {
                let compact = if self.is_json { compact(text) } else { None };
                let text = compact.unwrap_or_else(|| text.to_owned());
                (if self.is_safe { safe(&text) } else { text }).into_bytes()
            }
            MessageRef::Binary(bytes) if self.is_safe => {
                format!("[binary {}]", bytes.len()).into_bytes()
            }
            MessageRef::Binary(bytes) => bytes.to_vec(),
        };
        bytes.extend(self.separator.map(Separator::byte));
        bytes
    }
}

impl Show for Output {
    fn message(&mut self, message: &Message) -> io::Result<()> {
        let bytes = self.bytes(message);
        let mut out = io::stdout().lock();
        out.write_all(&bytes)?;
        out.flush()
    }

    fn control(&mut self, line: &str) -> io::Result<()> {
        if let Some(notices) = &self.notices {
            notices.say(line);
        }
        Ok(())
    }
}
