//! Messages as JSON (RFC 8259), for every type that serde can read or write. This file is the
//! feature `json`: nothing else knows it.

use std::io::{Read, Write};

use serde::Serialize;
use serde::de::{Deserialize, DeserializeOwned};

use super::handles::Sender;
use super::websocket::WebSocket;
use crate::error::{Error, Result};
use crate::proto::message::{AsMessage, Message, MessageRef};

impl Message {
    /// Makes a text message of a value, as JSON (RFC 8259). Needs the feature `json`.
    ///
    /// The text is made once, here. So use this for a [`Hub`](crate::Hub), and for
    /// [`feed`](crate::WebSocket::feed).
    ///
    /// ```
    /// use blocking_ws::{Hub, Message};
    /// use serde::Serialize;
    ///
    /// #[derive(Serialize)]
    /// struct Joined<'a> {
    ///     name: &'a str,
    /// }
    ///
    /// let message = Message::from_json(&Joined { name: "Ada" })?;
    /// assert_eq!(message, r#"{"name":"Ada"}"#.into());
    /// Hub::new().broadcast(message)?;
    /// # Ok::<(), blocking_ws::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Invalid`]: JSON cannot express the value, such as a map whose keys are no strings.
    pub fn from_json<T: Serialize + ?Sized>(value: &T) -> Result<Self> {
        match serde_json::to_string(value) {
            Ok(text) => Ok(Self::Text(text)),
            Err(e) => Err(Error::Invalid(format!("JSON cannot express the value: {e}").into())),
        }
    }

    /// Reads the message as JSON (RFC 8259). Needs the feature `json`.
    ///
    /// The value may borrow from the message. For what is accepted, see
    /// [`WebSocket::recv_json`](crate::WebSocket::recv_json), which also has an example.
    ///
    /// ```
    /// use blocking_ws::Message;
    ///
    /// let point: (f64, f64) = Message::from("[1.5, -2]").json()?;
    /// assert_eq!(point, (1.5, -2.0));
    /// # Ok::<(), blocking_ws::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Json`]: the message is not JSON, or not that of a `T`.
    pub fn json<'a, T: Deserialize<'a>>(&'a self) -> Result<T> {
        self.as_message().json()
    }
}

impl<'a> MessageRef<'a> {
    /// Reads the message as JSON, like [`Message::json`], which has an example. Needs the feature
    /// `json`.
    ///
    /// # Errors
    /// As [`Message::json`].
    pub fn json<T: Deserialize<'a>>(self) -> Result<T> {
        let read = match self {
            Self::Text(text) => serde_json::from_str(text),
            // This checks that all strings are UTF-8.
            Self::Binary(bytes) => serde_json::from_slice(bytes),
        };
        read.map_err(|e| Error::Json(e.into()))
    }
}

impl<S: Read + Write> WebSocket<S> {
    /// Sends a value as JSON (RFC 8259), in a text message. Needs the feature `json`.
    ///
    /// Blocks like [`send`](Self::send). See [`recv_json`](Self::recv_json) for an example. If
    /// several connections get the same value, make the text once, by [`Message::from_json`].
    ///
    /// # Errors
    /// [`Error::Invalid`]: JSON cannot express the value. Nothing was sent. Otherwise as
    /// [`send`](Self::send).
    pub fn send_json<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<()> {
        self.send(Message::from_json(value)?)
    }

    /// Receives the next message and reads it as JSON (RFC 8259), or returns `None` once the peer's
    /// Close frame has arrived. Needs the feature `json`.
    ///
    /// Blocks like [`recv`](Self::recv). JSON is UTF-8 (RFC 8259 §8.1), and some peers send it in
    /// binary messages, so those are accepted too. A program that wants text only calls `recv` and
    /// [`Message::as_text`]. Arrays and objects may be nested 127 deep.
    ///
    /// ```
    /// use blocking_ws::Error;
    /// use serde::{Deserialize, Serialize};
    ///
    /// #[derive(Serialize, Deserialize, Debug, PartialEq)]
    /// struct Move {
    ///     from: String,
    ///     to: String,
    /// }
    ///
    /// let (mut client, mut server) = blocking_ws::testing::pair();
    /// client.send(r#"{"from": "e2"}"#)?;
    /// client.send_json(&Move { from: "e2".into(), to: "e4".into() })?;
    ///
    /// let error = server.recv_json::<Move>().unwrap_err();
    /// assert!(matches!(error, Error::Json(_)), "{error}");
    /// assert!(error.to_string().contains("missing field `to` at line 1 column 14"), "{error}");
    /// // The connection goes on.
    /// assert_eq!(server.recv_json::<Move>()?.map(|it| it.to), Some("e4".into()));
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// - [`Error::Json`]: the message is not JSON, or not that of a `T`. The text says where and
    ///   what was expected. This message is gone, and the connection goes on: call again.
    /// - Any other error: as [`recv`](Self::recv).
    pub fn recv_json<T: DeserializeOwned>(&mut self) -> Result<Option<T>> {
        self.recv_ref()?.map(MessageRef::json).transpose()
    }
}

impl<S: Write> Sender<S> {
    /// Sends a value as JSON (RFC 8259), in a text message. Needs the feature `json`.
    ///
    /// Blocks like [`send`](Self::send). See
    /// [`WebSocket::recv_json`](crate::WebSocket::recv_json) for a similar example.
    ///
    /// # Errors
    /// [`Error::Invalid`]: JSON cannot express the value. Nothing was sent. Otherwise as
    /// [`send`](Self::send).
    pub fn send_json<T: Serialize + ?Sized>(&self, value: &T) -> Result<()> {
        self.send(Message::from_json(value)?)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;
    use std::error::Error as _;

    use super::*;
    use crate::hub::Hub;
    use crate::testing;

    #[derive(serde::Serialize, serde::Deserialize, Debug, PartialEq)]
    struct Point {
        x: i8,
        y: i8,
    }

    #[derive(serde::Deserialize, Debug)]
    #[serde(deny_unknown_fields)]
    struct Strict {}

    const POINT: Point = Point { x: 1, y: -2 };

    #[test]
    fn rfc_8259_what_is_read_and_what_is_said_of_the_rest() {
        let deep = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
        // (rule, message, how it is refused)
        let rows: [(&str, Message, Option<&str>); 15] = [
            ("text", r#"{"x":1,"y":-2}"#.into(), None),
            ("binary", br#"{"x":1,"y":-2}"#.into(), None),
            ("white space", "\r\n\t {\"y\" : -2,\n\"x\":1} \n".into(), None),
            ("another field", r#"{"x":1,"y":-2,"z":3}"#.into(), None),
            ("nothing", "".into(), Some("EOF while parsing a value at line 1 column 0")),
            ("no JSON", "hello".into(), Some("expected value at line 1 column 1")),
            ("half", r#"{"x":1,"#.into(), Some("EOF while parsing a value at line 1 column 7")),
            ("a field too few", r#"{"x":1}"#.into(), Some("missing field `y` at line 1 column 7")),
            (
                "another type",
                "{\n\"x\": \"1\"}".into(),
                Some("invalid type: string \"1\", expected i8 at line 2 column 8"),
            ),
            (
                "out of range",
                r#"{"x":200,"y":0}"#.into(),
                Some("invalid value: integer `200`, expected i8 at line 1 column 8"),
            ),
            ("two values", "[1,-2] []".into(), Some("trailing characters at line 1 column 8")),
            ("no UTF-8", b"\"\xff\"".into(), Some("invalid unicode code point at line 1 column 2")),
            ("UTF-16", b"\xff\xfe{\0".into(), Some("expected value at line 1 column 1")),
            // A byte order mark must not be sent (§8.1).
            ("a byte order mark", "\u{feff}{}".into(), Some("expected value at line 1 column 1")),
            ("too deep", deep(1000).into(), Some("invalid type: sequence, expected i8")),
        ];
        for (rule, message, refused) in rows {
            let (mut client, mut server) = testing::pair();
            client.send(&message).unwrap();
            client.send_json(&POINT).unwrap();
            match (server.recv_json::<Point>(), refused) {
                (Ok(read), None) => assert_eq!(read, Some(POINT), "{rule}"),
                (Err(Error::Json(e)), Some(text)) => {
                    assert!(e.to_string().contains(text), "{rule}: {e}");
                }
                (read, _) => panic!("{rule}: {read:?}"),
            }
            assert_eq!(server.recv_json::<Point>().unwrap(), Some(POINT), "{rule}: the next one");
        }
    }

    #[test]
    fn what_is_nested_too_deeply_does_not_overflow_the_stack() {
        for (depth, is_read) in [(127, true), (128, false), (1 << 20, false)] {
            let nested = Message::from("[".repeat(depth) + &"]".repeat(depth));
            let read = nested.json::<serde_json::Value>();
            assert_eq!(read.is_ok(), is_read, "{depth}");
            if let Err(e) = read {
                assert!(e.to_string().contains("recursion limit exceeded at line 1"), "{e}");
            }
        }
    }

    #[test]
    fn an_error_is_short_although_a_peer_chose_a_part_of_it() {
        let message = Message::from(format!("\"{}\"", "s".repeat(1 << 20)));
        let error = message.json::<u8>().unwrap_err().to_string();
        assert!(error.len() < 500, "{} bytes", error.len());
        assert!(error.contains("invalid type: string \"ss"), "{error}");
        assert!(error.ends_with("expected u8 at line 1 column 1048578"), "{error}");
        let message = Message::from(r#"{"a\n#1 forged": 1}"#);
        let error = message.json::<Strict>().unwrap_err().to_string();
        assert!(error.contains(r"unknown field `a\n#1 forged`"), "{error}");
    }

    #[test]
    fn a_value_that_json_cannot_express_is_not_sent() {
        let (mut client, mut server) = testing::pair();
        let map = HashMap::from([((1, 2), 3)]);
        for refused in [client.send_json(&map), client.sender().unwrap().send_json(&map)] {
            let error = refused.unwrap_err();
            assert!(matches!(error, Error::Invalid(_)), "{error:?}");
            let text = "JSON cannot express the value: key must be a string";
            assert_eq!(error.to_string(), text);
        }
        client.sender().unwrap().send_json("next").unwrap();
        assert_eq!(server.recv().unwrap(), Some("\"next\"".into()));
    }

    #[test]
    fn a_hub_sends_the_text_that_was_made_once() {
        let (server, mut client) = testing::pair();
        let hub = Hub::new();
        let _seat = hub.join(&server).unwrap();
        hub.broadcast(Message::from_json(&POINT).unwrap()).unwrap();
        let message = client.recv_ref().unwrap().unwrap();
        assert_eq!(message, MessageRef::Text(r#"{"x":1,"y":-2}"#));
        assert_eq!(message.json::<Point>().unwrap(), POINT);
    }

    #[test]
    fn a_value_may_borrow_from_the_message() {
        let message = Message::from(r#"{"name":"Ada"}"#);
        let borrowed = message.json::<HashMap<&str, &str>>().unwrap();
        assert_eq!(borrowed["name"], "Ada");
    }

    #[test]
    fn the_end_is_none_and_the_cause_is_serde_jsons_own_error() {
        let (mut client, mut server) = testing::pair();
        client.send("{").unwrap();
        drop(client);
        let error = server.recv_json::<Point>().unwrap_err();
        assert!(error.source().is_none(), "{error:?}");
        let Error::Json(cause) = error else { panic!("{error:?}") };
        let cause = cause.downcast::<serde_json::Error>().unwrap();
        assert_eq!((cause.line(), cause.column(), cause.is_eof()), (1, 1, true));
        assert_eq!(server.recv_json::<Point>().unwrap(), None);
    }
}
