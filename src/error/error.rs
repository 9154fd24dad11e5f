//! [`Error`]: why an operation failed.

use std::borrow::Cow;
use std::error::Error as StdError;
use std::{fmt, io};

use http::Response;

use super::legible::legible;
use super::phase::Phase;
use crate::proto::close::{CloseFrame, CloseStatus};
use crate::proto::http::{ShownRefusal, tell_refusal};
use crate::proto::proxy::ProxyError;
use crate::proto::rules::{CloseCode, HandshakeError, ProtocolError};
use crate::proto::url::UrlError;

/// A result with this library's [`Error`]. See [`Error::other`] for an example.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why an operation failed.
///
/// * After [`Timeout`](Self::Timeout), make the same call again: nothing was lost.
/// * After [`Json`](Self::Json), receive the next message: only this one cannot be used.
/// * After [`Full`](Self::Full), try again later: nothing was changed.
/// * After [`Invalid`](Self::Invalid) or [`Url`](Self::Url), correct the argument: nothing was
///   changed.
/// * After any other error of a connection, drop the connection.
///
/// `Display` is a sentence: what happened, and what to do next. `Debug` is that sentence with the
/// name of the variant behind it, which is what `main`, `unwrap` and `assert!` print. `{:#?}` shows
/// the fields of the variant instead. [The guide](crate::guide::reference::troubleshooting) lists all
/// messages. [`source`](std::error::Error::source) repeats nothing of the
/// sentence: it is `None`, or the cause of an error that the sentence has in it.
///
/// ```
/// use std::time::Duration;
/// use blocking_ws::Error;
///
/// let (mut client, _server) = blocking_ws::testing::pair();
/// match client.recv_timeout(Duration::from_millis(1)) {
///     Err(Error::Timeout) => {} // Call again.
///     other => panic!("{other:?}"),
/// }
/// let text = "nothing arrived within the timeout; nothing was lost, call again [Error::Timeout]";
/// assert_eq!(format!("{:?}", Error::Timeout), text);
/// ```
#[non_exhaustive]
pub enum Error {
    /// Nothing arrived in time. Nothing was lost: call again.
    Timeout,
    /// The message was not sent, because no message may follow a Close frame (RFC 6455 §5.5.1). The
    /// Close frame was this side's own, or the answer to the peer's.
    ///
    /// Stop sending. [`close_status`](crate::WebSocket::close_status) tells which side closed.
    Closed,
    /// The connection broke, or it ended without a Close frame (code 1006).
    ///
    /// Networks fail, so expect it: drop the connection, and open another one, as
    /// [`reconnecting`](crate::Client::reconnecting) does. A message that was sent last may not have
    /// arrived.
    Lost(io::Error),
    /// The connection has ended, but not normally, as
    /// [`close_result`](crate::WebSocket::close_result) reports it.
    ///
    /// Look at code and reason of the status: the peer's tell what it did not accept, or how it failed.
    Ended(Box<CloseStatus>),
    /// The peer broke a rule or exceeded a limit. A Close frame has told the peer (§7.1.7).
    ///
    /// Raise the limit if the message names one. Otherwise correct the program at the other end.
    Protocol(ProtocolError),
    /// The message is not the JSON that the program wants, as
    /// [`WebSocket::recv_json`](crate::WebSocket) reports it with the feature `json`. The connection
    /// goes on: receive the next message. The cause is the error of `serde_json`, which knows line
    /// and column.
    Json(Box<dyn StdError + Send + Sync>),
    /// A phase was not over by its deadline, because the peer is slow, stuck or gone.
    ///
    /// Raise the timeout that the message names if the peer is only slow.
    Deadline(Phase),
    /// The peer broke a rule of the opening handshake. There is no connection.
    ///
    /// Check host, port and path of the URL. If a proxy is on the way, check that it passes on the
    /// headers of the handshake: see [the guide](crate::guide::deployment::proxies).
    Handshake(HandshakeError),
    /// The opening handshake was answered with another status than 101. On a client the server
    /// refused it; on a server its own `on_upgrade` hook did. The response has the start of the
    /// body: what arrived within a second.
    ///
    /// Look at the status: 401 asks for a log-in, and after 429 or 503 a later attempt may succeed.
    /// [The guide](crate::guide::reference::troubleshooting::refusals) lists all that this library
    /// sends.
    Refused(Box<Response<Vec<u8>>>),
    /// The URL cannot be used. Correct the part that the message names.
    Url(UrlError),
    /// No connection could be made: the host name could not be resolved, none of its addresses
    /// answered, or what answered does not speak HTTP. The host may be the server or a proxy, or a
    /// server that a `socks5://` proxy could not reach. The text names each address and its failure,
    /// or quotes what was sent in place of HTTP.
    ///
    /// Check that the server runs, and host and port of the URL. A later attempt may succeed.
    Connect(io::Error),
    /// The proxy did not connect to the server; see [`Client::proxy`](crate::Client::proxy).
    ///
    /// Check the proxy's URL. If [`is_authentication`](ProxyError::is_authentication) returns `true`,
    /// correct the user name and password in it.
    Proxy(ProxyError),
    /// TLS could not be set up, with the server or with an `https://` proxy. The text names the proxy.
    ///
    /// The message says which certificate, key or setting to change.
    /// [The guide](crate::guide::reference::troubleshooting::tls) has more on each.
    Tls(io::Error),
    /// The queues of all hubs together are full; see [`set_max_buffered`](crate::set_max_buffered).
    /// Try again later.
    Full,
    /// An argument or a setting that can never work. Correct what the message names.
    Invalid(Cow<'static, str>),
    /// An operation of the system failed that belongs to no single connection, such as listening at an
    /// address. Or a stream cannot do what was asked for.
    Io(io::Error),
    /// An application's own error, from [`Error::other`] or [`any_error`](crate::any_error).
    Other(Box<dyn StdError + Send + Sync>),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Timeout => {
                f.write_str("nothing arrived within the timeout; nothing was lost, call again")
            }
            Self::Closed => f.write_str(
                "the connection is closed: nothing follows a Close frame (RFC 6455 5.5.1); \
                 `close_status` says who closed it",
            ),
            Self::Lost(e) => write!(f, "the connection was lost: {e}"),
            Self::Ended(status) => status.fmt(f),
            Self::Protocol(broken) => {
                write!(f, "the connection was failed: {broken}{}", about_messages(*broken))
            }
            Self::Json(e) => {
                let what = legible(&e.to_string());
                write!(f, "the message is not the JSON that was expected: {what}")
            }
            Self::Deadline(phase) => phase.fmt(f),
            Self::Handshake(broken) => {
                write!(f, "the opening handshake failed: {broken}{}", about_heads(broken))
            }
            Self::Refused(response) => f.write_str(&tell_refusal(response)),
            Self::Url(e) => write!(f, "the URL cannot be used: {e}"),
            Self::Connect(e) => write!(f, "cannot connect: {e}"),
            Self::Proxy(e) => {
                let advice =
                    if let ProxyError::Head(broken) = e { about_heads(broken) } else { "" };
                write!(f, "the proxy does not lead to the server: {e}{advice}")
            }
            Self::Tls(e) => write!(f, "TLS failed: {e}"),
            Self::Full => f.write_str(
                "no room: the messages of all connections have reached the limit of \
                 set_max_buffered; try again later, or raise that limit",
            ),
            Self::Invalid(why) => f.write_str(why),
            Self::Io(e) => e.fmt(f),
            Self::Other(e) => e.fmt(f),
        }
    }
}

/// What this side can do about a head that it does not take.
const fn about_heads(broken: &HandshakeError) -> &'static str {
    match broken {
        HandshakeError::HeadTooLarge(_) => "; raise max_head_size",
        HandshakeError::TooManyHeaders(_) => "; raise max_headers",
        _ => "",
    }
}

/// What this side can do about a rule that the peer broke.
const fn about_messages(broken: ProtocolError) -> &'static str {
    match broken {
        ProtocolError::MessageTooBig(_) => "; raise max_message_size, or use recv_stream",
        ProtocolError::StreamTooBig(_) => "; raise max_stream_size",
        ProtocolError::Stalled => "; raise stall_timeout if the peer streams and pauses",
        ProtocolError::TooManyFragments(_) => "; the peer has to send larger frames",
        ProtocolError::NoRoom => "; raise that limit",
        ProtocolError::BadUtf8 => "; the peer has to send bytes as a binary message",
        _ => "",
    }
}

/// Shows the sentence of `Display` and the name of the variant. `{:#?}` shows the fields.
impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let refusal;
        let (name, field): (&str, Option<&dyn fmt::Debug>) = match self {
            Self::Timeout => ("Timeout", None),
            Self::Closed => ("Closed", None),
            Self::Lost(e) => ("Lost", Some(e)),
            Self::Ended(status) => ("Ended", Some(status)),
            Self::Protocol(broken) => ("Protocol", Some(broken)),
            Self::Json(e) => ("Json", Some(e)),
            Self::Deadline(phase) => ("Deadline", Some(phase)),
            Self::Handshake(broken) => ("Handshake", Some(broken)),
            Self::Refused(response) => {
                refusal = ShownRefusal(response);
                ("Refused", Some(&refusal))
            }
            Self::Url(e) => ("Url", Some(e)),
            Self::Connect(e) => ("Connect", Some(e)),
            Self::Proxy(e) => ("Proxy", Some(e)),
            Self::Tls(e) => ("Tls", Some(e)),
            Self::Full => ("Full", None),
            Self::Invalid(why) => ("Invalid", Some(why)),
            Self::Io(e) => ("Io", Some(e)),
            Self::Other(e) => ("Other", Some(e)),
        };
        match field {
            Some(field) if f.alternate() => f.debug_tuple(name).field(field).finish(),
            None if f.alternate() => f.write_str(name),
            _ => match self.inner_variant() {
                Some(inner) => write!(f, "{self} [Error::{name}({inner})]"),
                None => write!(f, "{self} [Error::{name}]"),
            },
        }
    }
}

/// The sentence of an error has the text of the error in it. So the source is the cause of that.
impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match self {
            Self::Lost(e) | Self::Connect(e) | Self::Tls(e) | Self::Io(e) => e.source(),
            Self::Json(e) | Self::Other(e) => e.source(),
            Self::Timeout
            | Self::Closed
            | Self::Ended(_)
            | Self::Protocol(_)
            | Self::Deadline(_)
            | Self::Handshake(_)
            | Self::Refused(_)
            | Self::Url(_)
            | Self::Proxy(_)
            | Self::Full
            | Self::Invalid(_) => None,
        }
    }
}

impl Error {
    /// Wraps an application's own error, so that a handler can return it with `?`.
    ///
    /// A `Box<dyn Error + Send + Sync>` needs only `?`: see the conversion below. For a handler
    /// that returns such errors there is [`any_error`](crate::any_error).
    ///
    /// ```
    /// fn parse(text: &str) -> blocking_ws::Result<u32> {
    ///     text.parse().map_err(blocking_ws::Error::other)
    /// }
    /// assert_eq!(parse("x").unwrap_err().to_string(), "invalid digit found in string");
    /// ```
    pub fn other(error: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self::Other(error.into())
    }

    /// Returns `true` for [`Timeout`](Self::Timeout), after which the same call can be made again.
    /// See [`Error`] for an example.
    #[must_use]
    pub const fn is_timeout(&self) -> bool {
        matches!(self, Self::Timeout)
    }

    /// The variant inside the variant, where that says more.
    fn inner_variant(&self) -> Option<String> {
        let shown = match self {
            Self::Protocol(broken) => format!("{broken:?}"),
            Self::Deadline(phase) => format!("{phase:?}"),
            Self::Handshake(broken) => format!("{broken:?}"),
            Self::Url(e) => format!("{e:?}"),
            Self::Proxy(e) => format!("{e:?}"),
            _ => return None,
        };
        Some(shown.chars().take_while(|c| c.is_alphanumeric()).collect())
    }

    /// Returns `true` if a client's request was answered, and the answer is not to be lost.
    pub(crate) const fn is_answered(&self) -> bool {
        matches!(self, Self::Handshake(_) | Self::Refused(_))
    }

    /// The code of the Close frame after a handler has returned this.
    pub(crate) const fn handlers_code(&self) -> CloseCode {
        match self {
            // §7.4.1: the peer's message is not what its kind should be.
            Self::Json(_) => CloseCode::InvalidPayload,
            _ => CloseCode::Internal,
        }
    }

    /// Returns the Close frame that told the peer about the error. `None` if no frame did.
    ///
    /// ```
    /// use blocking_ws::{CloseCode, Error, ProtocolError};
    ///
    /// let error = Error::from(ProtocolError::ReservedBits);
    /// assert_eq!(error.close_frame().map(|frame| frame.code()), Some(CloseCode::Protocol));
    /// ```
    #[must_use]
    pub fn close_frame(&self) -> Option<CloseFrame> {
        match self {
            Self::Protocol(broken) => Some(CloseFrame::for_error(*broken)),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proto::close::ClosedBy;
    use crate::proto::http::keep_refusal;

    #[test]
    fn an_error_is_small() {
        assert!(size_of::<Error>() <= 32, "{} bytes", size_of::<Error>());
    }

    fn refusal(status: u16) -> Box<Response<Vec<u8>>> {
        let response = Response::builder().status(status).header("set-cookie", "id=sesame");
        keep_refusal(response.body(()).unwrap(), b"<h1>try sesame</h1>".into(), &[b"sesame".into()])
    }

    fn io() -> io::Error {
        io::Error::other(Chain("outer", Some(Box::new(Chain("inner", None)))))
    }

    /// An error of a program, with a cause.
    #[derive(Debug)]
    struct Chain(&'static str, Option<Box<Chain>>);

    impl fmt::Display for Chain {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str(self.0)
        }
    }

    impl StdError for Chain {
        fn source(&self) -> Option<&(dyn StdError + 'static)> {
            self.1.as_deref().map(|cause| cause as _)
        }
    }

    /// Every variant, how its sentence begins, what is in brackets behind it, and its causes.
    fn rows() -> Vec<(Error, &'static str, &'static str, &'static [&'static str])> {
        let ended = CloseFrame::new(CloseCode::Internal, "disk full");
        let ended = CloseStatus::closed(ClosedBy::Remote, ended, true);
        let chain = Box::new(Chain("outer", Some(Box::new(Chain("inner", None)))));
        let bytes = String::from_utf8(vec![60, 104, 255]).unwrap_err();
        vec![
            (Error::Timeout, "nothing arrived within", "Timeout", &[]),
            (Error::Closed, "the connection is closed: ", "Closed", &[]),
            (Error::Lost(io()), "the connection was lost: outer", "Lost", &["inner"]),
            (
                Error::Ended(Box::new(ended)),
                "the peer closed the connection: 1011 (internal error): disk full",
                "Ended",
                &[],
            ),
            (
                ProtocolError::BadUtf8.into(),
                "the connection was failed: the text is not valid UTF-8 (RFC 6455 8.1); the peer ",
                "Protocol(BadUtf8)",
                &[],
            ),
            (
                ProtocolError::MessageTooBig(9).into(),
                "the connection was failed: the message is larger than max_message_size, 9 bytes \
                 (RFC 6455 10.4); raise max_message_size, or",
                "Protocol(MessageTooBig)",
                &[],
            ),
            (
                Error::Json(Box::new(Chain("no field", Some(Box::new(Chain("inner", None)))))),
                "the message is not the JSON that was expected: no field",
                "Json",
                &["inner"],
            ),
            (Error::Deadline(Phase::Pong), "nothing came from", "Deadline(Pong)", &[]),
            (
                HandshakeError::BadHead("why").into(),
                "the opening handshake failed: ",
                "Handshake(BadHead)",
                &[],
            ),
            (Error::Refused(refusal(403)), "the server refused the ", "Refused", &[]),
            (Error::Refused(refusal(200)), "no WebSocket there: ", "Refused", &[]),
            (UrlError::Port.into(), "the URL cannot be used: its port", "Url(Port)", &[]),
            (Error::Connect(io()), "cannot connect: outer", "Connect", &["inner"]),
            (
                ProxyError::Refused(refusal(407)).into(),
                "the proxy does not lead to the server: it refused: 407",
                "Proxy(Refused)",
                &[],
            ),
            (
                ProxyError::from(HandshakeError::BadHead("why")).into(),
                "the proxy does not lead to the server: its answer cannot be used: ",
                "Proxy(Head)",
                &[],
            ),
            (Error::Tls(io()), "TLS failed: outer", "Tls", &["inner"]),
            (Error::Full, "no room: ", "Full", &[]),
            (Error::Invalid("never so".into()), "never so", "Invalid", &[]),
            (Error::Io(io()), "outer", "Io", &["inner"]),
            (Error::Other(chain), "outer", "Other", &["inner"]),
            (Error::other(bytes), "invalid utf-8 sequence", "Other", &[]),
            // An error of this library, in the coat of std.
            (
                Error::Io(Error::Lost(io()).into()),
                "the connection was lost: outer",
                "Io",
                &["inner"],
            ),
            (
                Error::other(io::Error::from(Error::from(ProtocolError::BadUtf8))),
                "the connection was failed: the text",
                "Other",
                &[],
            ),
        ]
    }

    #[test]
    fn what_main_prints_is_a_sentence_and_its_causes_say_something_else() {
        for (error, begins, name, causes) in rows() {
            let sentence = error.to_string();
            assert!(sentence.starts_with(begins), "{sentence}");
            assert_eq!(format!("{error:?}"), format!("{sentence} [Error::{name}]"));
            let variant = name.split('(').next().unwrap();
            let fields = format!("{error:#?}");
            assert!(fields.starts_with(variant), "{fields}");
            let is_foreign = fields.contains("FromUtf8Error");
            assert!(is_foreign || !fields.contains("60,"), "a list of bytes: {fields}");
            assert!(!format!("{error}{error:?}{fields}").contains("sesame"), "{fields}");

            let (mut said, mut last, mut texts) = (vec![sentence], error.source(), Vec::new());
            while let Some(cause) = last {
                let text = cause.to_string();
                assert!(!said.iter().any(|said| said.contains(&text)), "{said:?} has {text}");
                said.push(text.clone());
                texts.push(text);
                last = cause.source();
            }
            assert_eq!(texts, causes, "{said:?}");
        }
    }

    #[test]
    fn no_variant_is_missing_from_the_table() {
        let names: std::collections::BTreeSet<_> =
            rows().iter().map(|(_, _, name, _)| name.split('(').next().unwrap()).collect();
        // If a variant is new, this does not compile: add it here, and a row above.
        let count = |error: &Error| match error {
            Error::Timeout
            | Error::Closed
            | Error::Lost(_)
            | Error::Ended(_)
            | Error::Protocol(_)
            | Error::Json(_)
            | Error::Deadline(_)
            | Error::Handshake(_)
            | Error::Refused(_)
            | Error::Url(_)
            | Error::Connect(_)
            | Error::Proxy(_)
            | Error::Tls(_)
            | Error::Full
            | Error::Invalid(_)
            | Error::Io(_)
            | Error::Other(_) => 17,
        };
        assert_eq!(names.len(), count(&Error::Timeout), "{names:?}");
    }
}
