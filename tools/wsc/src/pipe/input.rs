//! [`Input`]: bytes, cut into messages.

use std::io::{self, BufRead, BufReader, Read};

use blocking_ws::Message;

use crate::options::FrameArgs;
use crate::session::{Gathered, Gatherer};

/// What ends a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Separator {
    Line,
    Null,
}

impl Separator {
    pub(crate) fn of(args: &FrameArgs) -> Self {
        if args.separator.null { Self::Null } else { Self::Line }
    }

    pub(crate) fn byte(self) -> u8 {
        match self {
            Self::Line => b'\n',
            Self::Null => 0,
        }
    }
}

/// Reads messages.
#[derive(Debug)]
pub(crate) struct Input<R> {
    reader: BufReader<R>,
    separator: Separator,
    is_binary: bool,
    json: Option<Gatherer>,
    /// The number of the last unit, for errors.
    number: u64,
}

impl<R: Read> Input<R> {
    pub(crate) fn new(reader: R, args: &FrameArgs) -> Self {
        Self {
            reader: BufReader::with_capacity(64 << 10, reader),
            separator: Separator::of(args),
            is_binary: args.form.binary,
            json: args.form.json.then(Gatherer::default),
            number: 0,
        }
    }

    /// Returns the next message, or `None` at the end.
    ///
    /// # Errors
    /// What is wrong with the input, in a sentence.
    pub(crate) fn next(&mut self) -> Result<Option<Message>, String> {
        loop {
            let Some(bytes) = self.unit().map_err(|e| format!("cannot read the input: {e}"))?
            else {
                let is_open = self.json.as_ref().is_some_and(Gatherer::is_open);
                return if is_open {
                    Err("the input ends within a JSON value".to_owned())
                } else {
                    Ok(None)
                };
            };
            self.number += 1;
            if self.is_binary {
                return Ok(Some(Message::from(bytes)));
            }
            let text = String::from_utf8(bytes).map_err(|_| {
                let (what, number) = (self.what(), self.number);
                format!("{what} {number} of the input is not UTF-8; -b sends it as binary")
            })?;
            let (what, number) = (self.what(), self.number);
            let Some(json) = &mut self.json else { return Ok(Some(Message::from(text))) };
            match json.line(&text) {
                Gathered::Whole(text) => return Ok(Some(Message::from(text))),
                Gathered::More | Gathered::Nothing => {}
                Gathered::Not(why) => {
                    return Err(format!("the JSON that ends in {what} {number} is none: {why}"));
                }
            }
        }
    }

    fn what(&self) -> &'static str {
        match self.separator {
            Separator::Line => "line",
            Separator::Null => "part",
        }
    }

    /// The bytes before the next separator.
    fn unit(&mut self) -> io::Result<Option<Vec<u8>>> {
        let mut bytes = Vec::new();
        if self.reader.read_until(self.separator.byte(), &mut bytes)? == 0 {
            return Ok(None);
        }
        if bytes.last() == Some(&self.separator.byte()) {
            bytes.pop();
            // As editors of Windows end lines.
            if self.separator == Separator::Line && !self.is_binary && bytes.last() == Some(&b'\r')
            {
                bytes.pop();
            }
        }
        Ok(Some(bytes))
    }

    /// Returns `true` if the next message was read already. Of JSON that is not known: a line may be a part
    /// of a value, or empty.
    pub(crate) fn has_more(&self) -> bool {
        self.json.is_none() && self.reader.buffer().contains(&self.separator.byte())
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    /// The options of a command line.
    #[derive(Debug, Parser)]
    struct Line {
        #[command(flatten)]
        frames: FrameArgs,
        // `FrameArgs` names it.
        #[arg(long)]
        listen: bool,
    }

    fn input<'a>(options: &[&str], bytes: &'a [u8]) -> Input<&'a [u8]> {
        Input::new(bytes, &Line::parse_from([&["wsc"], options].concat()).frames)
    }

    fn all(options: &[&str], bytes: &[u8]) -> Result<Vec<Message>, String> {
        let mut input = input(options, bytes);
        let mut messages = Vec::new();
        while let Some(message) = input.next()? {
            messages.push(message);
        }
        Ok(messages)
    }

    type Row<'a> = (&'a str, &'a [&'a str], &'a [u8], Vec<Message>);

    #[test]
    fn units_are_messages() {
        let text = |texts: &[&str]| texts.iter().map(|text| Message::from(*text)).collect();
        let binary = |all: &[&[u8]]| all.iter().map(|it| Message::from(it.to_vec())).collect();
        let rows: [Row<'_>; 9] = [
            ("lines", &[], b"a\n\nb\n", text(&["a", "", "b"])),
            ("no end", &[], b"a\nb", text(&["a", "b"])),
            ("Windows", &[], b"a\r\nb\r", text(&["a", "b\r"])),
            ("nothing", &[], b"", text(&[])),
            ("NUL", &["-0"], b"a\nb\0\0c", text(&["a\nb", "", "c"])),
            ("binary", &["-b"], b"\xff\r\n\0\n", binary(&[b"\xff\r", b"\0"])),
            ("binary NUL", &["-b", "-0"], b"\xff\n\0", binary(&[b"\xff\n"])),
            ("JSON", &["--json"], b"{\n}\n\n[1,\n2]\n3\n", text(&["{\n}", "[1,\n2]", "3"])),
            ("JSON NUL", &["--json", "-0"], b"{\n}\x00[1]\0", text(&["{\n}", "[1]"])),
        ];
        for (rule, options, bytes, want) in rows {
            assert_eq!(all(options, bytes), Ok(want), "{rule}");
        }
    }

    /// A message that is told to be followed by another waits for that.
    #[test]
    fn more_is_only_what_surely_becomes_a_message() {
        for (options, bytes, want) in [
            (&[][..], &b"a\nb\n"[..], true),
            (&[], b"a\n\n", true),
            (&[], b"a\nb", false),
            (&["-0"], b"a\0b\n", false),
            (&["--json"], b"1\n\n", false),
            (&["--json"], b"1\n{\n", false),
        ] {
            let mut input = input(options, bytes);
            assert!(input.next().unwrap().is_some());
            assert_eq!(input.has_more(), want, "{options:?} {bytes:?}");
        }
    }

    #[test]
    fn what_is_no_message_is_an_error() {
        for (options, bytes, about) in [
            (&[][..], &b"a\n\xff\n"[..], "line 2 of the input is not UTF-8"),
            (&["-0"], b"\xff\0", "part 1 of the input is not UTF-8"),
            (&["--json"], b"{\n", "ends within a JSON value"),
            (&["--json"], b"1\nhello\n", "the JSON that ends in line 2 is none: expected"),
        ] {
            let error = all(options, bytes).unwrap_err();
            assert!(error.contains(about), "{error}");
        }
    }
}
