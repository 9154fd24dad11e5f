//! Messages as programs see them, owned and borrowed (RFC 6455 §5.6).

use std::borrow::Cow;
use std::fmt;

use ::bytes::Bytes;

use crate::proto::bytes;
use crate::proto::close::CloseFrame;
use crate::proto::frame::Opcode;

/// A whole message, in one or several frames.
///
/// `Display` shows the text. Of a binary message it shows the length only, as `[3 bytes]`.
///
/// ```
/// use blocking_ws::Message;
///
/// let message = Message::from("hello");
/// assert_eq!(message.as_text(), Some("hello"));
/// assert_eq!(message.as_bytes(), b"hello");
/// assert_eq!(Message::from(vec![1, 2, 3]), Message::Binary(vec![1, 2, 3]));
/// assert_eq!(message.to_string(), "hello");
/// assert_eq!(message.into_text()?, "hello");
/// # Ok::<(), blocking_ws::NotText>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Message {
    /// Valid UTF-8.
    Text(String),
    /// Any bytes.
    Binary(Vec<u8>),
}

/// The kind of a message: text or binary (§5.6).
///
/// See [`WebSocket::send_stream`](crate::WebSocket::send_stream) for an example.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MessageKind {
    /// Valid UTF-8.
    Text,
    /// Any bytes.
    Binary,
}

impl Message {
    /// Returns the text, or `None` if the message is binary.
    #[must_use]
    pub fn as_text(&self) -> Option<&str> {
        self.borrowed().as_text()
    }

    /// Returns the bytes, of text or binary.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        self.borrowed().as_bytes()
    }

    /// The same message, borrowed.
    pub(super) fn borrowed(&self) -> MessageRef<'_> {
        match self {
            Self::Text(text) => MessageRef::Text(text),
            Self::Binary(bytes) => MessageRef::Binary(bytes),
        }
    }

    /// Returns the kind: text or binary.
    #[must_use]
    pub const fn kind(&self) -> MessageKind {
        match self {
            Self::Text(_) => MessageKind::Text,
            Self::Binary(_) => MessageKind::Binary,
        }
    }

    /// Returns the text of a text message, without copying it.
    ///
    /// In a function that returns [`Result`](crate::Result), `?` passes the error on. See
    /// [`Message`] and [`NotText`] for examples.
    ///
    /// # Errors
    /// The message is binary. [`NotText::into_message`] returns it.
    pub fn into_text(self) -> Result<String, NotText> {
        match self {
            Self::Text(text) => Ok(text),
            binary @ Self::Binary(_) => Err(NotText(binary)),
        }
    }

    /// Returns the bytes, of text or binary, without copying them.
    #[must_use]
    pub fn into_bytes(self) -> Vec<u8> {
        match self {
            Self::Text(text) => text.into_bytes(),
            Self::Binary(bytes) => bytes,
        }
    }
}

impl From<String> for Message {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<&str> for Message {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<Vec<u8>> for Message {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Binary(bytes)
    }
}

impl From<&[u8]> for Message {
    fn from(bytes: &[u8]) -> Self {
        Self::Binary(bytes.to_owned())
    }
}

/// Types whose conversion copies at most what they borrow.
macro_rules! from {
    ($($kind:ident of $type:ty: |$value:ident| $convert:expr,)+) => {$(
        impl From<$type> for Message {
            fn from($value: $type) -> Self {
                Self::$kind($convert)
            }
        }
    )+};
}

from! {
    Text of Box<str>: |text| text.into_string(),
    Text of Cow<'_, str>: |text| text.into_owned(),
    Binary of Box<[u8]>: |bytes| bytes.into_vec(),
    Binary of Cow<'_, [u8]>: |bytes| bytes.into_owned(),
    Binary of Bytes: |bytes| bytes.into(),
}

impl<const N: usize> From<[u8; N]> for Message {
    fn from(bytes: [u8; N]) -> Self {
        Self::Binary(bytes.to_vec())
    }
}

impl<const N: usize> From<&[u8; N]> for Message {
    fn from(bytes: &[u8; N]) -> Self {
        Self::Binary(bytes.to_vec())
    }
}

impl From<MessageRef<'_>> for Message {
    fn from(message: MessageRef<'_>) -> Self {
        match message {
            MessageRef::Text(text) => {
                let mut copy = String::new();
                bytes::append_text(&mut copy, text);
                Self::Text(copy)
            }
            MessageRef::Binary(bytes) => {
                let mut copy = Vec::new();
                bytes::append(&mut copy, bytes);
                Self::Binary(copy)
            }
        }
    }
}

/// Shows the text, or the length of a binary message.
impl fmt::Display for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.borrowed().fmt(f)
    }
}

/// A binary message where text was expected; from [`Message::into_text`].
///
/// ```
/// use blocking_ws::Message;
///
/// let error = Message::from([1, 2, 3]).into_text().unwrap_err();
/// assert_eq!(error.to_string(), "text was expected, but a binary message of 3 bytes came");
/// assert_eq!(error.into_message(), Message::from([1, 2, 3]));
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct NotText(Message);

impl NotText {
    /// Returns the message, without copying it.
    #[must_use]
    pub fn into_message(self) -> Message {
        self.0
    }
}

impl fmt::Display for NotText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let len = self.0.as_bytes().len();
        write!(f, "text was expected, but a binary message of {len} bytes came")
    }
}

/// Shows the length of the message only.
impl fmt::Debug for NotText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("NotText").field(&format_args!("{}", self.0)).finish()
    }
}

impl std::error::Error for NotText {}

/// A borrowed message, for example from the connection's own buffer.
///
/// `Display` shows what that of [`Message`] shows.
///
/// ```
/// use blocking_ws::{Message, MessageRef};
///
/// let message = MessageRef::Text("hello");
/// assert_eq!(message.as_bytes(), b"hello");
/// assert_eq!(Message::from(message), Message::from("hello")); // a copy
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MessageRef<'a> {
    /// Valid UTF-8.
    Text(&'a str),
    /// Any bytes.
    Binary(&'a [u8]),
}

impl<'a> MessageRef<'a> {
    /// Returns the text, or `None` if the message is binary.
    #[must_use]
    pub const fn as_text(self) -> Option<&'a str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Binary(_) => None,
        }
    }

    /// Returns the bytes, of text or binary.
    #[must_use]
    pub const fn as_bytes(self) -> &'a [u8] {
        match self {
            Self::Text(text) => text.as_bytes(),
            Self::Binary(bytes) => bytes,
        }
    }

    /// Returns the kind: text or binary.
    #[must_use]
    pub const fn kind(self) -> MessageKind {
        match self {
            Self::Text(_) => MessageKind::Text,
            Self::Binary(_) => MessageKind::Binary,
        }
    }

    /// The opcode of the message's first frame.
    pub(crate) const fn opcode(self) -> Opcode {
        match self {
            Self::Text(_) => Opcode::Text,
            Self::Binary(_) => Opcode::Binary,
        }
    }
}

/// Shows the text, or the length of a binary message.
impl fmt::Display for MessageRef<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.pad(text),
            Self::Binary(bytes) => f.pad(&format!("[{} bytes]", bytes.len())),
        }
    }
}

/// A message or control frame that arrived on a connection.
///
/// Returned by [`recv_event`](crate::WebSocket::recv_event), which has an example.
/// [`recv`](crate::WebSocket::recv) returns only messages.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// A whole message.
    Message(Message),
    /// A ping (§5.5.2). The library sends the pong.
    Ping(Vec<u8>),
    /// A pong (§5.5.3), with or without a ping before it.
    Pong(Vec<u8>),
    /// The peer's Close frame (§5.5.1); `None` if it carried no code.
    Close(Option<CloseFrame>),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_shown_as_its_text_or_its_length() {
        for (message, want) in [
            (Message::from("hello"), "hello"),
            (Message::from(""), ""),
            (Message::from(b"\xff\0a"), "[3 bytes]"),
            (Message::from([]), "[0 bytes]"),
        ] {
            assert_eq!(message.to_string(), want);
            assert_eq!(message.borrowed().to_string(), want);
            assert_eq!(format!("{message:>12}"), format!("{want:>12}"));
        }
    }

    #[test]
    fn text_is_taken_out_and_binary_given_back() {
        let text = Message::from(Cow::Borrowed("hello"));
        assert_eq!(text.clone().into_text().as_deref(), Ok("hello"));
        assert_eq!(Message::from(Box::<str>::from("hello")), text);
        let binary = Message::from(Bytes::from_static(&[1, 2]));
        assert_eq!(Message::from(Cow::Borrowed(&[1, 2][..])), binary);
        assert_eq!(Message::from(Box::<[u8]>::from([1, 2])), binary);
        let refused = binary.clone().into_text().unwrap_err();
        assert_eq!(format!("{refused:?}"), "NotText([2 bytes])");
        assert_eq!(refused.into_message(), binary);
    }
}
