//! The beginning and the end of the TCP stream in words, and what is no WebSocket.

use std::net::SocketAddr;

use blocking_ws::Role;

use super::connection::{Connection, name, other};
use super::payload::plain;

/// Explains the beginning of a connection.
pub(super) fn opened(role: Role, peer: Option<SocketAddr>, tls: bool) -> Vec<String> {
    let peer = peer.map(|peer| format!(" with {peer}")).unwrap_or_default();
    let stream = format!("This end is the {}. A connection is open{peer}.", name(role));
    let tls = if tls {
        "TLS encrypts it: what follows is shown as it is inside of TLS. [RFC 6455 §10.6]"
    } else {
        "It is not encrypted: each machine on its way can read it. [RFC 6455 §10.6]"
    };
    vec![format!("{stream} {tls}")]
}

/// Explains the end of a direction: in order, or with this failure.
pub(super) fn ended(by: Role, failure: Option<String>, connection: &mut Connection) -> Vec<String> {
    let both_closed = connection.of(by).has_closed && connection.of(other(by)).has_closed;
    let by = name(by);
    if let Some(failure) = failure {
        return vec![format!(
            "The TCP stream has failed: {}. Nothing more can come. Programs report this as 1006. \
             [RFC 6455 §7.1.5, §7.4.1]",
            plain(&failure)
        )];
    }
    let why = match (both_closed, by) {
        (true, "server") => {
            "Both Close frames have passed, and the server ends TCP first: the port that is kept for a \
             while (TIME_WAIT) is then not the client's. [RFC 6455 §7.1.1]"
        }
        (true, _) => "Both Close frames have passed, so this end is in order. [RFC 6455 §7.1.1]",
        (false, _) => "It sends no more; it may still read. [RFC 6455 §7.1.1, RFC 9293 §3.6]",
    };
    vec![format!("End of the TCP stream (FIN): the {by} has sent all. {why}")]
}

/// Explains that this end has dropped the connection.
pub(super) fn dropped() -> Vec<String> {
    vec!["This end has closed its socket. [RFC 6455 §7.1.1]".to_owned()]
}

/// Explains bytes that are no frames.
pub(super) fn no_frames() -> Vec<String> {
    vec!["Bytes that are no frames, such as the body of an HTTP response. [RFC 9112 §6]".to_owned()]
}
