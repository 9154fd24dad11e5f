//! The answer to a request for a connection, without IO: from the request, the server's rules and
//! what is known of the peer, to a 101 or a refusal (RFC 6455 §4.2).

use std::net::IpAddr;

use http::Response;
use http::header::{self, HeaderMap, HeaderName};
use log::Level;

use super::opening::Opening;
use super::refusal::Refusal;
use super::server_rules::{ServerRules, UpgradeHook};
use super::upgraded::{Opened, OtherEnd, Unshared, Upgraded};
use crate::process::{Flood, Numbered, caught};
use crate::proto::compression::{Agreed, Deflate};
use crate::proto::handshake::{self, Peer};
use crate::proto::http::choose_subprotocol;
use crate::proto::rules::{HandshakeError, quoted};
use crate::proto::url::SECRET_HEADERS;

/// A request that is granted, and what the 101 says.
#[derive(Debug)]
pub(crate) struct Granted {
    pub(crate) opened: Unshared,
    deflate: Option<Agreed>,
    /// The Sec-WebSocket-Accept.
    accept: String,
    /// The headers of the hook.
    more: HeaderMap,
}

impl Granted {
    /// Returns the 101, for another server to send.
    pub(crate) fn response(&self) -> Response<()> {
        let (subprotocol, extensions) = (self.opened.subprotocol.as_deref(), self.extensions());
        handshake::switching(&self.accept, subprotocol, extensions, self.more.clone())
    }

    /// Adds the 101, as bytes, to `out`.
    pub(super) fn write(&self, out: &mut Vec<u8>) {
        let (subprotocol, extensions) = (self.opened.subprotocol.as_deref(), self.extensions());
        handshake::write_switching(out, &self.accept, subprotocol, extensions, &self.more);
    }

    fn extensions(&self) -> Option<&str> {
        self.deflate.as_ref().map(|agreed| &agreed.answer[..])
    }

    /// Returns what the connection needs, once the response is written.
    pub(crate) fn upgraded(self, already_read: Vec<u8>) -> Upgraded {
        Upgraded { opened: self.opened, deflate: self.deflate, already_read }
    }
}

/// Decides whether there is room for a client.
pub(crate) trait Admits {
    /// Takes a place for a client that comes from `address`, if that is known. Called once its
    /// request is known to be good.
    fn admit(&self, address: Option<IpAddr>) -> Result<(), HandshakeError>;

    /// Gives the place back, because the request is refused all the same.
    fn give_back(&self);
}

/// There is always room.
#[derive(Debug)]
pub(crate) struct Unlimited;

impl Admits for Unlimited {
    fn admit(&self, _: Option<IpAddr>) -> Result<(), HandshakeError> {
        Ok(())
    }

    fn give_back(&self) {}
}

/// Answers a request. `room` is asked once the request is known to be good and its path to lead
/// somewhere; then the origin is checked, and the hook is called last.
///
/// If the request is refused, this gives the place back, and drops the values that the hook put
/// into the request.
pub(crate) fn answer(
    request: Unshared,
    rules: &ServerRules,
    other: impl Into<OtherEnd>,
    room: &impl Admits,
) -> Result<Granted, Refusal> {
    grant(request, rules, other.into(), room).inspect_err(|_| room.give_back())
}

fn grant(
    mut opened: Unshared,
    rules: &ServerRules,
    OtherEnd { connection, peer, tls }: OtherEnd,
    room: &impl Admits,
) -> Result<Granted, Refusal> {
    (opened.connection, opened.tls) = (connection, tls);
    if let Some((route, params)) = rules.routes.handler(opened.request.uri().path()) {
        opened.route = Some(route);
        if !params.is_empty() {
            opened.request.extensions_mut().insert(params);
        }
    }
    let (accept, client) = check(&opened, rules, peer, room).map_err(Refusal::explain)?;
    for name in SECRET_HEADERS {
        if let header::Entry::Occupied(mut secrets) = opened.request.headers_mut().entry(name) {
            secrets.iter_mut().for_each(|secret| secret.set_sensitive(true));
        }
    }
    let mut more = HeaderMap::new();
    if let Some(hook) = &rules.hook {
        (opened, more) = ask(hook, Opening::new(opened, peer, client), connection)?;
    }
    let of_hook = opened.subprotocol.take();
    let headers = opened.request.headers();
    let chosen = || choose_subprotocol(headers, &rules.subprotocols).map(str::to_owned);
    let subprotocol = of_hook.or_else(chosen);
    if subprotocol.is_none() && rules.requires_subprotocol {
        return Err(Refusal::explain(no_common_subprotocol(&rules.subprotocols)));
    }
    let deflate = rules.deflate.as_ref().and_then(Deflate::usable);
    let deflate = deflate.and_then(|deflate| deflate.answer(headers));
    opened.subprotocol = subprotocol;
    Ok(Granted { opened, deflate, accept, more })
}

/// Checks a request whose route is known. Returns the Sec-WebSocket-Accept that answers it, and the
/// client's address if that is known.
fn check(
    opened: &Opened,
    rules: &ServerRules,
    peer: Peer,
    room: &impl Admits,
) -> Result<(String, Option<IpAddr>), HandshakeError> {
    let accept = handshake::check_request(&opened.request)?;
    if opened.route.is_none() && rules.routes.is_closed {
        let path = quoted(opened.request.uri().path().as_bytes());
        return Err(HandshakeError::NotFound(path.into()));
    }
    let headers = opened.request.headers();
    let client = rules.proxies.client(headers, peer)?;
    room.admit(client)?;
    if headers.contains_key(header::ORIGIN) {
        let hosts = rules.proxies.hosts(headers, peer);
        rules.origins.check(headers, &hosts)?;
    }
    Ok((accept, client))
}

// Each client can cause a line.
const HOOK: &str = "the on_upgrade hook";
static LEFT_OUT: Flood = Flood::new(Level::Warn, "headers were left out");
static PANICKED: Flood = Flood::new(Level::Error, "panics were caught");

/// Further headers that a hook may not set in the 101: `choose_subprotocol` sets the first, and a
/// 101 has no body.
const NEVER_IN_101: [HeaderName; 3] =
    [header::SEC_WEBSOCKET_PROTOCOL, header::CONTENT_LENGTH, header::TRANSFER_ENCODING];

/// Asks the hook. Returns what it has left of the request, and its headers for the 101.
// A frame of its own, for a server that has a hook: see `server/worker.rs`.
#[inline(never)]
fn ask(
    hook: &UpgradeHook,
    mut opening: Opening,
    connection: Numbered,
) -> Result<(Unshared, HeaderMap), Refusal> {
    call(hook, &mut opening, connection)?;
    let (opened, mut more) = opening.into_parts();
    for own in handshake::OWN_HEADERS.iter().chain(&NEVER_IN_101) {
        if more.remove(own).is_some() {
            LEFT_OUT.line(&HOOK, format_args!("{connection}{HOOK} may not set {own}; left out"));
        }
    }
    Ok((opened, more))
}

/// Calls the hook. If it panics, the client gets 500 and the log a line.
fn call(hook: &UpgradeHook, opening: &mut Opening, connection: Numbered) -> Result<(), Refusal> {
    // A panic may leave the opening half changed, but then it is thrown away.
    caught(|| hook(opening)).unwrap_or_else(|| {
        PANICKED.line(&HOOK, format_args!("{connection}{HOOK} panicked"));
        Err(Refusal::failed())
    })
}

fn no_common_subprotocol(supported: &[String]) -> HandshakeError {
    let text = if supported.is_empty() {
        "the client offers none that the server supports".to_owned()
    } else {
        format!("the server supports {}", supported.join(", "))
    };
    HandshakeError::NoCommonSubprotocol(text.into())
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::sync::Arc;

    use http::Request;

    use super::*;

    fn request(more: &[(&str, &str)]) -> Unshared {
        let request = Request::get("/chat")
            .header("host", "server.example")
            .header("connection", "Upgrade")
            .header("upgrade", "websocket")
            .header("sec-websocket-version", "13")
            .header("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ==");
        let with =
            more.iter().fold(request, |request, (name, value)| request.header(*name, *value));
        Unshared::new(with.body(()).unwrap())
    }

    #[test]
    fn section_4_2_2_which_subprotocol() {
        let offer = [("sec-websocket-protocol", "a, b"), ("sec-websocket-protocol", "c")];
        let hook = |name: &'static str| -> Option<UpgradeHook> {
            Some(Arc::new(move |opening: &mut Opening| {
                assert_eq!(opening.subprotocols().collect::<Vec<_>>(), ["a", "b", "c"]);
                opening.choose_subprotocol(name)
            }))
        };
        let (ours, theirs) = ("no common subprotocol: the server supports x, y", "does not offer");
        for (rule, supported, required, hook, want) in [
            ("none is supported", &[][..], false, None, Ok(None)),
            ("none in common", &["x", "y"], false, None, Ok(None)),
            ("none in common, required", &["x", "y"], true, None, Err(ours)),
            ("the server's first", &["c", "b"], true, None, Ok(Some("c"))),
            ("the hook's", &["c", "b"], true, hook("a"), Ok(Some("a"))),
            ("the hook's, beside none", &[], true, hook("a"), Ok(Some("a"))),
            ("not offered", &["c"], false, hook("x"), Err(theirs)),
        ] {
            let rules = ServerRules {
                subprotocols: supported.iter().map(|name| (*name).to_owned()).collect(),
                requires_subprotocol: required,
                hook,
                ..ServerRules::default()
            };
            let got = answer(request(&offer), &rules, Peer::Local, &Unlimited);
            match (got, want) {
                (Ok(granted), Ok(chosen)) => {
                    let response = granted.response();
                    let header = response.headers().get(header::SEC_WEBSOCKET_PROTOCOL);
                    let header = header.map(|value| value.to_str().unwrap());
                    assert_eq!((header, granted.opened.subprotocol.as_deref()), (chosen, chosen));
                }
                (Err(refusal), Err(text)) => {
                    let response = refusal.into_response();
                    assert_eq!(response.status(), 400, "{rule}");
                    assert!(response.body().contains(text), "{rule}: {response:?}");
                }
                other => panic!("{rule}: {other:?}"),
            }
        }
    }

    #[test]
    fn values_of_the_hook_go_with_the_request() {
        #[derive(Debug, PartialEq)]
        enum Then {
            Granted,
            Refused(u16),
        }
        let guard = Arc::new(());
        for (rule, path, requires, want) in [
            ("granted", "ok", false, Then::Granted),
            ("refused by the hook", "refuse", false, Then::Refused(403)),
            ("the hook panics", "panic", false, Then::Refused(500)),
            ("refused afterwards", "ok", true, Then::Refused(400)),
        ] {
            let inserted = Arc::clone(&guard);
            let hook = move |opening: &mut Opening| {
                opening.insert(Arc::clone(&inserted));
                match path {
                    "refuse" => Err(Refusal::new(http::StatusCode::FORBIDDEN, "")),
                    "panic" => panic!("this is what the test wants"),
                    _ => Ok(()),
                }
            };
            let rules = ServerRules {
                hook: Some(Arc::new(hook)),
                requires_subprotocol: requires,
                ..ServerRules::default()
            };
            // The test's own, and that of the hook.
            let answered = answer(request(&[]), &rules, Peer::Local, &Unlimited);
            let there = Arc::strong_count(&guard) - 2;
            let got = answered.map_or_else(
                |refusal| Then::Refused(refusal.response().status().as_u16()),
                |granted| {
                    assert!(granted.opened.request.extensions().get::<Arc<()>>().is_some());
                    Then::Granted
                },
            );
            assert_eq!((there, &got), (usize::from(want == Then::Granted), &want), "{rule}");
            assert_eq!(Arc::strong_count(&guard), 2, "{rule}");
        }
    }

    #[test]
    fn what_is_asked_before_what() {
        let bad = [("origin", "https://evil.example")];
        let hook: UpgradeHook = Arc::new(|_| Err(Refusal::new(http::StatusCode::IM_A_TEAPOT, "")));
        let rules = ServerRules { hook: Some(hook), ..ServerRules::default() };
        let mut plain = request(&bad);
        plain.request.headers_mut().remove(header::UPGRADE);
        for (rule, request, busy, status) in [
            ("the request", plain, true, 426),
            ("the room", request(&bad), true, 503),
            ("the origin", request(&bad), false, 403),
            ("the hook", request(&[("origin", "https://server.example")]), false, 418),
        ] {
            let room = Counted { busy, taken: Cell::new(0) };
            let refusal = answer(request, &rules, Peer::Local, &room).unwrap_err();
            assert_eq!(refusal.response().status(), status, "{rule}");
            assert_eq!(room.taken.get(), 0, "{rule}: a client that is refused has no place");
        }
    }

    /// Room for any number of clients, or for none.
    struct Counted {
        busy: bool,
        taken: Cell<i32>,
    }

    impl Admits for Counted {
        fn admit(&self, _: Option<IpAddr>) -> Result<(), HandshakeError> {
            if self.busy {
                return Err(HandshakeError::Busy);
            }
            self.taken.set(self.taken.get() + 1);
            Ok(())
        }

        fn give_back(&self) {
            self.taken.set((self.taken.get() - 1).max(0));
        }
    }

    #[test]
    fn no_secret_of_a_request_is_shown() {
        let secrets = [("authorization", "Basic c2VzYW1l"), ("cookie", "a=sesame")];
        let rules = ServerRules {
            hook: Some(Arc::new(|opening: &mut Opening| {
                let shown = format!("{opening:?}");
                assert!(!shown.contains("c2VzYW1l") && !shown.contains("sesame"), "{shown}");
                Ok(())
            })),
            ..ServerRules::default()
        };
        let granted = answer(request(&secrets), &rules, Peer::Local, &Unlimited).unwrap();
        let shown = format!("{:?}", granted.opened);
        assert!(!shown.contains("c2VzYW1l") && !shown.contains("sesame"), "{shown}");
    }
}
