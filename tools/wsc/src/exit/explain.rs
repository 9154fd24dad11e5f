//! What an error of the library means for the user of the command: the exit status, and a sentence
//! that names options of the command and not methods of the library.

use std::time::Duration;

use blocking_ws::http::Response;
use blocking_ws::{CloseStatus, ClosedBy, Error, Phase, ProtocolError};

use super::exit::{Exit, Failure};
use super::safe::{safe, start_of};

/// What the library calls settings, and how this command does.
const NAMES: &[(&str, &str)] = &[
    ("`root_certificate_pem`", "--ca"),
    ("root_certificate_pem", "--ca"),
    ("give the client an `identity`", "show one by --cert and --key"),
    ("this client's certificate, its `identity`", "the certificate of --cert"),
    ("`identity`", "--cert and --key"),
    ("max_message_size", "--max-size"),
    ("connect_timeout", "--timeout"),
];

/// Returns the text of an error with the names of options.
pub(crate) fn in_options(text: &str) -> String {
    NAMES.iter().fold(safe(text), |text, (name, option)| text.replace(name, option))
}

/// Why no connection to the URL is open.
pub(crate) fn explain_connecting(url: &str, error: &Error, timeout: Duration) -> Failure {
    let of_library = || in_options(&error.to_string());
    let (exit, text) = match error {
        Error::Url(_) | Error::Invalid(_) => (Exit::Usage, of_library()),
        // The words of the server stay as they are.
        Error::Refused(response) => (Exit::Refused, safe(&refusal(response))),
        Error::Handshake(_) => (Exit::Refused, of_library()),
        Error::Deadline(_) => {
            let seconds = timeout.as_secs_f64();
            let text = format!(
                "the connection was not open within {seconds} s; --timeout SECONDS sets this time"
            );
            (Exit::Timeout, text)
        }
        _ => (Exit::Unreachable, of_library()),
    };
    Failure::new(exit, format_args!("{url}: {text}"))
}

/// The status of a refusal, and the start of its body.
fn refusal(response: &Response<Vec<u8>>) -> String {
    let status = response.status();
    let mut text = if status.is_success() {
        format!("no WebSocket there: the server answered {status} where 101 was expected")
    } else {
        format!("the server refused the connection: {status}")
    };
    let location = response.headers().get("location").and_then(|value| value.to_str().ok());
    if let (true, Some(location)) = (status.is_redirection(), location) {
        text.extend(["; it leads to ", location, ", and -L follows it if that is possible"]);
    }
    let body = start_of(response.body());
    if !body.is_empty() {
        text += "\n";
        text += &body;
    }
    text
}

/// How an open connection that was closed has ended. `None`: well.
pub(crate) fn explain_closed(status: &CloseStatus) -> Option<Failure> {
    match status.by() {
        // With the code that the user asked for.
        ClosedBy::Local => None,
        ClosedBy::Remote if status.is_normal() => None,
        ClosedBy::Remote => {
            let closed = closed_text(status);
            Some(Failure::new(Exit::Closed, closed))
        }
        ClosedBy::Loss => Some(lost(status.reason())),
    }
}

/// The code and the reason, in one line.
pub(crate) fn closed_text(status: &CloseStatus) -> String {
    let code = u16::from(status.code());
    let reason = safe(status.reason()).replace('\n', "\\n");
    format!("closed: {code} {reason}").trim_end().to_owned()
}

/// Why an open connection has ended that was not closed in order.
pub(crate) fn explain_lost(error: &Error, timeout: Duration) -> Failure {
    let seconds = timeout.as_secs_f64();
    match error {
        Error::Protocol(broken) => {
            let code = u16::from(broken.close_code());
            let advice = match broken {
                ProtocolError::MessageTooBig(_) | ProtocolError::StreamTooBig(_) => {
                    "; --max-size SIZE sets how large messages may be"
                }
                _ => "",
            };
            Failure::new(Exit::Closed, format_args!("closed: {code} {broken}{advice}"))
        }
        Error::Deadline(Phase::Close) => Failure::new(
            Exit::Timeout,
            format_args!("the peer did not answer the Close frame within {seconds} s"),
        ),
        Error::Deadline(Phase::Pong) => {
            lost("nothing came from the peer after a ping of --ping-interval")
        }
        Error::Lost(e) => lost(&e.to_string()),
        e => lost(&e.to_string()),
    }
}

fn lost(why: &str) -> Failure {
    Failure::new(Exit::Lost, format_args!("the connection was lost (1006): {}", in_options(why)))
}
