//! Messages as users see them, owned and borrowed (RFC 6455 §5.6).

use std::borrow::Cow;

use crate::proto::bytes;
use crate::proto::close::CloseFrame;
use crate::proto::frame::Opcode;

/// A whole message, whatever frames it came in.
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

/// Whether a message is text or binary (§5.6).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MessageKind {
    /// Valid UTF-8.
    Text,
    /// Any bytes.
    Binary,
}

impl Message {
    /// Returns the text, or `None` of a binary message.
    #[must_use]
    pub fn as_text(&self) -> Option<&str> {
        self.as_message().as_text()
    }

    /// Returns the bytes of either kind.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        self.as_message().as_bytes()
    }

    /// Returns whether it is text or binary.
    #[must_use]
    pub const fn kind(&self) -> MessageKind {
        match self {
            Self::Text(_) => MessageKind::Text,
            Self::Binary(_) => MessageKind::Binary,
        }
    }

    /// Unwraps the bytes of either kind.
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

/// A message that somebody else holds, such as the connection's own buffer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MessageRef<'a> {
    /// Valid UTF-8.
    Text(&'a str),
    /// Any bytes.
    Binary(&'a [u8]),
}

impl<'a> MessageRef<'a> {
    /// Returns the text, or `None` of a binary message.
    #[must_use]
    pub const fn as_text(self) -> Option<&'a str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Binary(_) => None,
        }
    }

    /// Returns the bytes of either kind.
    #[must_use]
    pub const fn as_bytes(self) -> &'a [u8] {
        match self {
            Self::Text(text) => text.as_bytes(),
            Self::Binary(bytes) => bytes,
        }
    }

    /// The opcode of its first frame.
    pub(crate) const fn opcode(self) -> Opcode {
        match self {
            Self::Text(_) => Opcode::Text,
            Self::Binary(_) => Opcode::Binary,
        }
    }
}

/// Anything that can be sent as a message: text-like types as text, bytes-like ones as binary.
///
/// ```
/// use blocking_ws::{AsMessage, Message, MessageRef};
///
/// struct Tick(String);
///
/// impl AsMessage for Tick {
///     fn as_message(&self) -> MessageRef<'_> {
///         MessageRef::Text(&self.0)
///     }
/// }
/// assert_eq!(Tick("12:00".into()).as_message(), "12:00".as_message());
/// assert_eq!([1, 2].as_message(), MessageRef::Binary(&[1, 2]));
/// ```
pub trait AsMessage {
    /// Lends the message.
    fn as_message(&self) -> MessageRef<'_>;

    /// Returns `true` if the message may be compressed where the peer agreed to that; see
    /// [`Uncompressed`]. A type that wraps another message passes this on as well.
    fn may_be_compressed(&self) -> bool {
        true
    }
}

/// A message that is sent as it is, whatever the connection agreed on.
///
/// The size of a compressed message tells of its content: where a secret stands beside text that an
/// attacker chooses, the attacker learns the secret piece by piece from sizes alone (the attacks
/// CRIME and BREACH). It concerns this one message; a peer that sends it back decides for itself.
///
/// ```
/// use blocking_ws::Uncompressed;
///
/// let (mut client, mut server) = blocking_ws::testing::pair();
/// client.send(Uncompressed("session 1234 wants: anything"))?;
/// assert_eq!(server.recv()?, Some("session 1234 wants: anything".into()));
/// # Ok::<(), blocking_ws::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Uncompressed<M>(
    /// The message.
    pub M,
);

impl<M: AsMessage> AsMessage for Uncompressed<M> {
    fn as_message(&self) -> MessageRef<'_> {
        self.0.as_message()
    }

    fn may_be_compressed(&self) -> bool {
        false
    }
}

impl<M: AsMessage + ?Sized> AsMessage for &M {
    fn as_message(&self) -> MessageRef<'_> {
        (**self).as_message()
    }

    fn may_be_compressed(&self) -> bool {
        (**self).may_be_compressed()
    }
}

impl AsMessage for Message {
    fn as_message(&self) -> MessageRef<'_> {
        match self {
            Self::Text(text) => MessageRef::Text(text),
            Self::Binary(bytes) => MessageRef::Binary(bytes),
        }
    }
}

impl AsMessage for MessageRef<'_> {
    fn as_message(&self) -> MessageRef<'_> {
        *self
    }
}

impl AsMessage for str {
    fn as_message(&self) -> MessageRef<'_> {
        MessageRef::Text(self)
    }
}

impl AsMessage for String {
    fn as_message(&self) -> MessageRef<'_> {
        MessageRef::Text(self)
    }
}

impl AsMessage for Cow<'_, str> {
    fn as_message(&self) -> MessageRef<'_> {
        MessageRef::Text(self)
    }
}

impl AsMessage for [u8] {
    fn as_message(&self) -> MessageRef<'_> {
        MessageRef::Binary(self)
    }
}

impl<const N: usize> AsMessage for [u8; N] {
    fn as_message(&self) -> MessageRef<'_> {
        MessageRef::Binary(self)
    }
}

impl AsMessage for Vec<u8> {
    fn as_message(&self) -> MessageRef<'_> {
        MessageRef::Binary(self)
    }
}

/// What arrives on a connection, control frames included.
///
/// For those who want to watch; [`recv`](crate::WebSocket::recv) shows messages alone.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// A whole message.
    Message(Message),
    /// A ping (§5.5.2). Its pong is sent without the program's doing.
    Ping(Vec<u8>),
    /// A pong (§5.5.3), the answer to a ping or unasked.
    Pong(Vec<u8>),
    /// The peer's Close frame (§5.5.1), `None` where it carried no code.
    Close(Option<CloseFrame>),
}
