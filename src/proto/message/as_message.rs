//! What can be sent as a message, without copying it first (RFC 6455 §5.6).

extern crate alloc;

// `Arc` of `alloc` is only a pointer; of `std` it would come with the locks.
use alloc::sync::Arc;
use std::borrow::Cow;
use std::rc::Rc;

use bytes::{Bytes, BytesMut};

use super::message::{Message, MessageRef};

/// A type that can be sent as a message: types like `str` as text, types like `[u8]` as binary.
///
/// References, `Box`, `Rc`, `Arc` and `Cow` of such a type can be sent too, for example `Arc<str>`
/// and `Cow<[u8]>`, and so can `Bytes` and `BytesMut` of the crate `bytes`. Nothing is copied for
/// that.
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
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be sent as a message",
    label = "this is neither text nor bytes",
    note = "text (`&str`, `String`), bytes (`&[u8]`, `Vec<u8>`, `Bytes`) and a `Message` can be sent",
    note = "`.to_string()` makes text of a number or a `char`; `if let Some(message)` takes a message out \
            of an `Option`"
)]
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

/// What points to a message is sent as that message.
macro_rules! through {
    ($($pointer:ty),+) => {$(
        impl<M: AsMessage + ?Sized> AsMessage for $pointer {
            fn as_message(&self) -> MessageRef<'_> {
                (**self).as_message()
            }

            fn may_be_compressed(&self) -> bool {
                (**self).may_be_compressed()
            }
        }
    )+};
}

through!(&M, &mut M, Box<M>, Rc<M>, Arc<M>);

impl<M: AsMessage + ToOwned + ?Sized> AsMessage for Cow<'_, M> {
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

impl AsMessage for Bytes {
    fn as_message(&self) -> MessageRef<'_> {
        MessageRef::Binary(self)
    }
}

impl AsMessage for BytesMut {
    fn as_message(&self) -> MessageRef<'_> {
        MessageRef::Binary(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_points_to_a_message_is_sent_as_that_message() {
        let text = MessageRef::Text("hello");
        let rows: [(&str, &dyn AsMessage); 10] = [
            ("str", &"hello"),
            ("String", &"hello".to_owned()),
            ("&mut String", &&mut "hello".to_owned()),
            ("Box<str>", &Box::<str>::from("hello")),
            ("Rc<str>", &Rc::<str>::from("hello")),
            ("Arc<str>", &Arc::<str>::from("hello")),
            ("Arc<String>", &Arc::new("hello".to_owned())),
            ("Cow<str>", &Cow::Borrowed("hello")),
            ("Arc<Message>", &Arc::new(Message::from("hello"))),
            ("Box<dyn AsMessage>", &(Box::new("hello") as Box<dyn AsMessage>)),
        ];
        for (name, message) in rows {
            assert_eq!(message.as_message(), text, "{name}");
            assert!(message.may_be_compressed(), "{name}");
        }
        let rows: [(&str, &dyn AsMessage); 9] = [
            ("[u8; 5]", b"hello"),
            ("Vec<u8>", &b"hello".to_vec()),
            ("&[u8]", &&b"hello"[..]),
            ("Box<[u8]>", &Box::<[u8]>::from(&b"hello"[..])),
            ("Rc<[u8]>", &Rc::<[u8]>::from(&b"hello"[..])),
            ("Arc<[u8]>", &Arc::<[u8]>::from(&b"hello"[..])),
            ("Cow<[u8]>", &Cow::Borrowed(&b"hello"[..])),
            ("Bytes", &Bytes::from_static(b"hello")),
            ("BytesMut", &BytesMut::from(&b"hello"[..])),
        ];
        for (name, message) in rows {
            assert_eq!(message.as_message(), MessageRef::Binary(b"hello"), "{name}");
        }
    }

    #[test]
    fn a_wrapper_that_forbids_compression_is_heard_through_pointers() {
        let secret = Arc::new(Uncompressed("secret"));
        assert!(!secret.may_be_compressed());
        assert!(!Box::new(&secret).may_be_compressed());
    }
}
