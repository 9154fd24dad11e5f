//! [`Screen`]: how messages look on a terminal.

use std::io;

use blocking_ws::{AsMessage as _, Message, MessageRef};
use jiff::Zoned;

use super::printer::Printer;
use crate::exit::safe;
use crate::options::Args;
use crate::session::{Show, indented};

/// How many bytes of a binary message are shown.
const SHOWN: usize = 64;

/// Shows messages above the line that is edited.
#[derive(Clone, Debug)]
pub(crate) struct Screen {
    printer: Printer,
    is_json: bool,
    shows_times: bool,
    shows_pings: bool,
    /// From whom messages are, if there may be several: `#3 `.
    from: String,
}

impl Screen {
    pub(crate) fn new(args: &Args, printer: Printer) -> Self {
        Self {
            printer,
            is_json: args.frames.form.json,
            shows_times: args.show.screen.timestamps,
            shows_pings: args.show.screen.pings,
            from: String::new(),
        }
    }

    /// Shows who has sent the messages.
    pub(crate) fn from(self, client: u64) -> Self {
        Self { from: format!("#{client} "), ..self }
    }

    fn time(&self) -> String {
        if self.shows_times {
            Zoned::now().strftime("%H:%M:%S%.3f ").to_string()
        } else {
            String::new()
        }
    }
}

impl Show for Screen {
    fn message(&mut self, message: &Message) -> io::Result<()> {
        let text = match message.as_message() {
            MessageRef::Text(text) => {
                let pretty = if self.is_json { indented(text) } else { None };
                safe(pretty.as_deref().unwrap_or(text)).replace('\n', "\n  ")
            }
            MessageRef::Binary(bytes) => binary(bytes),
        };
        let mark = self.printer.colored(&format!("{}{}<", self.time(), self.from), "34");
        self.printer.print(&format!("{mark} {text}"))
    }

    fn control(&mut self, line: &str) -> io::Result<()> {
        if !self.shows_pings {
            return Ok(());
        }
        let line = format!("{}{}{line}", self.time(), self.from);
        self.printer.print(&self.printer.colored(&line, "32"))
    }
}

/// The length of a binary message, and its first bytes.
fn binary(bytes: &[u8]) -> String {
    let shown = &bytes[..bytes.len().min(SHOWN)];
    let hex: Vec<_> = shown.iter().map(|byte| format!("{byte:02x}")).collect();
    let cut = if shown.len() < bytes.len() { " …" } else { "" };
    format!("[binary {}] {}{cut}", bytes.len(), hex.join(" ")).trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::binary;

    #[test]
    fn binary_messages_are_shown_by_length_and_start() {
        assert_eq!(binary(b""), "[binary 0]");
        assert_eq!(binary(b"\x00\xff"), "[binary 2] 00 ff");
        let long = binary(&[7; 65]);
        assert!(long.starts_with("[binary 65] 07 07 ") && long.ends_with("07 …"), "{long}");
        assert_eq!(long.matches("07").count(), 64);
    }
}
