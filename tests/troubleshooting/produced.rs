//! What a scenario yields.

use std::io;

use blocking_ws::http::StatusCode;
use blocking_ws::{CloseFrame, CloseStatus, Error, NotText, PushError};

/// The tables of the pages, by what their first column has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Table {
    /// The text of an error.
    Message,
    /// A status of HTTP, and the text that the library sends with it.
    Refusal,
    /// A close code, and the reason that the library sends with it.
    Closing,
}

/// A text that the library has produced.
#[derive(Clone, Debug)]
pub(crate) struct Produced {
    pub(crate) table: Table,
    pub(crate) text: String,
    /// As `Debug` shows it, such as `Error::Protocol(BadUtf8)`. Empty if the text comes from no error.
    pub(crate) variant: String,
}

impl Produced {
    fn message(text: &str, variant: &str) -> Self {
        Self { table: Table::Message, text: text.to_owned(), variant: variant.to_owned() }
    }

    /// A refusal as it is on the wire, and the error of the server, if it reported one.
    pub(crate) fn refusal(status: StatusCode, body: &str, error: Option<&Error>) -> Self {
        let text = match body.trim_end() {
            "" => status.to_string(),
            body => format!("{status}: {body}"),
        };
        let variant = error.map(variant).unwrap_or_default();
        Self { table: Table::Refusal, text, variant }
    }

    pub(crate) fn closing(frame: &CloseFrame) -> Self {
        let variant = code(&format!("{:?}", frame.code()));
        Self { table: Table::Closing, text: frame.to_string(), variant }
    }

    /// The end of a connection as the program reads it.
    pub(crate) fn ended(status: &CloseStatus) -> Self {
        Self::message(&status.to_string(), &code(&format!("{:?}", status.code())))
    }
}

fn code(shown: &str) -> String {
    format!("CloseCode::{shown}")
}

/// Returns what `Debug` has in brackets behind the sentence.
fn variant(error: &Error) -> String {
    let shown = format!("{error:?}");
    let behind = shown.strip_prefix(&error.to_string()).expect("`Debug` begins with the sentence");
    behind.trim_start_matches(" [").trim_end_matches(']').to_owned()
}

impl From<Error> for Produced {
    fn from(error: Error) -> Self {
        Self::message(&error.to_string(), &variant(&error))
    }
}

impl From<io::Error> for Produced {
    fn from(error: io::Error) -> Self {
        Self::from(Error::from(error))
    }
}

impl<T> From<PushError<T>> for Produced {
    fn from(error: PushError<T>) -> Self {
        let name = format!("PushError::{error:?}");
        Self::message(&error.to_string(), name.trim_end_matches("(..)"))
    }
}

impl From<NotText> for Produced {
    fn from(error: NotText) -> Self {
        Self::from(Error::from(error))
    }
}

/// Returns why something failed that must fail.
#[track_caller]
pub(crate) fn failed<T, E: Into<Produced>>(outcome: Result<T, E>) -> Produced {
    match outcome {
        Err(error) => error.into(),
        Ok(_) => panic!("this must fail"),
    }
}
