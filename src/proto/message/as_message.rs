//! What can be sent as a message, without copying it first (RFC 6455 §5.6).

use std::borrow::Cow;

use super::message::{Message, MessageRef};

/// A type that can be sent as a message: types like `str` as text, types like `[u8]` as binary.
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
    /// Returns the message, borrowed from this value.
    fn as_message(&self) -> MessageRef<'_>;

    /// Returns `true` if the message may be compressed, provided that both ends agreed on
    /// compression; see [`Uncompressed`]. A type that wraps another message should return that
    /// message's answer.
    fn may_be_compressed(&self) -> bool {
        true
    }
}

/// A message that is sent uncompressed, even if both ends agreed on compression.
///
/// The size of a compressed message reveals something of its content. If the message contains both
/// a secret and text that an attacker chooses, the attacker can learn the secret from many such
/// sizes (the attacks CRIME and BREACH). This wrapper affects only this message. If the peer sends
/// the content back, it decides itself whether to compress it.
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
        self.borrowed()
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
