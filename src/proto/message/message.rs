//! Messages as programs see them, owned and borrowed (RFC 6455 §5.6).

use crate::proto::bytes;
use crate::proto::close::CloseFrame;
use crate::proto::frame::Opcode;

/// A whole message, in one or several frames.
///
/// ```
/// use blocking_ws::Message;
///
/// let message = Message::from("hello");
/// assert_eq!(message.as_text(), Some("hello"));
/// assert_eq!(message.as_bytes(), b"hello");
/// assert_eq!(Message::from(vec![1, 2, 3]), Message::Binary(vec![1, 2, 3]));
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

/// A borrowed message, for example from the connection's own buffer.
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

    /// The opcode of the message's first frame.
    pub(crate) const fn opcode(self) -> Opcode {
        match self {
            Self::Text(_) => Opcode::Text,
            Self::Binary(_) => Opcode::Binary,
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
