//! The opening handshake in words (RFC 6455 §4).

use super::connection::Connection;
use super::payload::plain;

/// What is added to the key before its hash is made (§1.3).
const GUID: &str = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

const DEFLATE: &str = "permessage-deflate";

type Headers = [(String, String)];

/// Explains the head of a request or a response: a line for the head, and lines for its headers.
pub(super) fn explain(
    line: &str,
    headers: &Headers,
    fits: bool,
    connection: &mut Connection,
) -> Vec<String> {
    let status = line.strip_prefix("HTTP/").map(|rest| rest.split(' ').nth(1).unwrap_or_default());
    let first = match status {
        Some(status) => response(status),
        None if has(headers, "sec-websocket-key") => {
            "The client asks for a WebSocket, by an HTTP request. [RFC 6455 §4.1]"
        }
        None => "An HTTP request that does not ask for a WebSocket. [RFC 9110 §9]",
    };
    let mut lines = vec![format!("{} - {first}", plain(line))];
    let mut others = Vec::new();
    for (name, value) in headers {
        let known = match status {
            Some(status) => {
                let is_open = status == "101";
                of_response(name, value, is_open, fits, connection.key.as_deref())
            }
            None => of_request(name),
        };
        match known {
            Some(words) => lines.push(format!("{}: {} - {words}", plain(name), plain(value))),
            None => others.push(plain(name)),
        }
    }
    if !others.is_empty() {
        lines.push(format!("Headers that WebSocket does not define: {}", others.join(", ")));
    }
    match status {
        None => connection.key = first_value(headers, "sec-websocket-key").map(str::to_owned),
        Some("101") => {
            let extensions = first_value(headers, "sec-websocket-extensions");
            connection.has_deflate = Some(extensions.is_some_and(|it| it.contains(DEFLATE)));
        }
        Some(_) => {}
    }
    lines
}

fn response(status: &str) -> &'static str {
    match status {
        "101" => {
            "The server agrees. From here on there is no HTTP: both ends send frames. [RFC 6455 §4.2.2]"
        }
        "403" => {
            "The server does not let this client in: its page or its user. [RFC 6455 §4.2.2, §10.2]"
        }
        "401" | "407" => "The server wants a name and a password, or a token. [RFC 6455 §4.1]",
        "426" => "The server wants another version of WebSocket. [RFC 6455 §4.4]",
        _ if status.starts_with('1') => {
            "An answer for the time being. Another one follows. [RFC 9110 §15.2]"
        }
        _ if status.starts_with('3') => "The client is sent to another URL. [RFC 6455 §4.1]",
        _ => "The server refuses. There is no WebSocket on this connection. [RFC 6455 §4.2.2]",
    }
}

/// What a header of a request is for.
fn of_request(name: &str) -> Option<String> {
    let words = match &name.to_ascii_lowercase()[..] {
        "host" => "The server that is meant: an address can have several. [RFC 6455 §4.1]",
        "upgrade" => {
            "The client wants to change from HTTP to WebSocket on this connection. [RFC 6455 §4.1]"
        }
        "connection" => {
            "Upgrade is meant for the next server only; a proxy must not pass it on blindly. \
             [RFC 6455 §4.1, RFC 9110 §7.6.1]"
        }
        "sec-websocket-key" => {
            "16 random bytes, in base64. The answer must be computed from them, so that only a server \
             that knows WebSocket can give it. It is no password. [RFC 6455 §1.3, §4.1]"
        }
        "sec-websocket-version" => {
            "The version of the protocol: 13 is the version of RFC 6455. [RFC 6455 §4.1]"
        }
        "sec-websocket-extensions" => {
            "The client offers these extensions. permessage-deflate is compression. \
             [RFC 6455 §9.1, RFC 7692 §5]"
        }
        "sec-websocket-protocol" => {
            "The client can speak these subprotocols: what messages mean. The server picks one. \
             [RFC 6455 §1.9, §4.1]"
        }
        "origin" => {
            "The page whose script connects. A browser sets it, and a script cannot, so a server can \
             refuse other sites' pages. [RFC 6455 §10.2]"
        }
        "authorization" | "cookie" => "Who the client is, for the server. [RFC 6455 §10.5]",
        _ => return None,
    };
    Some(words.to_owned())
}

/// What a header of a response is for. `is_open` is true if the response opens a WebSocket, and `fits`
/// if it breaks no rule.
fn of_response(
    name: &str,
    value: &str,
    is_open: bool,
    fits: bool,
    key: Option<&str>,
) -> Option<String> {
    let words = match &name.to_ascii_lowercase()[..] {
        "upgrade" | "connection" if is_open => {
            "It must be there: from here on the connection is a WebSocket. [RFC 6455 §4.2.2]"
        }
        "sec-websocket-accept" => {
            let Some(key) = key else {
                return Some(
                    "The request was not seen, so this is not checked. [RFC 6455 §4.2.2]".into(),
                );
            };
            let verdict = if fits { "Checked: it fits." } else { "Checked: it DOES NOT FIT." };
            let key = plain(key);
            return Some(format!(
                "It must be base64(SHA-1(\"{key}\" + \"{GUID}\")). {verdict} [RFC 6455 §4.2.2]"
            ));
        }
        "sec-websocket-extensions" if value.contains(DEFLATE) => {
            return Some(format!("Messages may be compressed{}. [RFC 7692 §7]", limits(value)));
        }
        "sec-websocket-extensions" => "Both ends use these extensions. [RFC 6455 §9.1]",
        "sec-websocket-protocol" => {
            "The subprotocol that the server has picked. [RFC 6455 §1.9, §4.2.2]"
        }
        "sec-websocket-version" => "The versions that the server knows. [RFC 6455 §4.4]",
        "location" => "The URL to which the client is sent. [RFC 9110 §10.2.2]",
        "www-authenticate" => "How the client can say who it is. [RFC 9110 §11.6.1]",
        "retry-after" => "When the client may try again. [RFC 9110 §10.2.3]",
        _ => return None,
    };
    Some(words.to_owned())
}

/// The parameters of permessage-deflate in words (RFC 7692 §7.1).
fn limits(value: &str) -> String {
    let has = |name: &str| value.split([';', ',']).any(|part| part.trim().starts_with(name));
    [
        ("server_no_context_takeover", "each message of the server by itself"),
        ("client_no_context_takeover", "each message of the client by itself"),
        ("server_max_window_bits", "the server with a window that is limited"),
        ("client_max_window_bits", "the client with a window that is limited"),
    ]
    .iter()
    .filter(|(name, _)| has(name))
    .fold(String::new(), |words, (_, limit)| words + ", " + limit)
}

fn has(headers: &Headers, name: &str) -> bool {
    first_value(headers, name).is_some()
}

fn first_value<'a>(headers: &'a Headers, name: &str) -> Option<&'a str> {
    let found = headers.iter().find(|(other, _)| other.eq_ignore_ascii_case(name));
    found.map(|(_, value)| &value[..])
}
