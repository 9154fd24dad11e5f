//! What is not produced here, or not on every machine, with the reason.

use crate::pages::Row;
use crate::source::Literal;

const NAMESPACES: &str = "a machine that allows no namespaces has no name with many addresses";
const RIGHTS: &str = "without root or `setpriv` there is no user with fewer rights";
const MOMENT: &str = "two threads have to meet at one moment";
const OTHER_SYSTEMS: &str = "this system always has it";
const UNIT: &str = "the unit tests have it; no peer of these tests does that";
const DOCUMENTATION: &str = "documentation, which a macro completes";
const LOG: &str = "a line of the log";
const MARK: &str = "the library looks for it, and does not say it";
const NEVER: &str = "for what cannot happen: an invariant, told by an error in place of a panic";

/// Messages on the pages.
const PATTERNS: &[(&str, &str)] = &[
    ("the connection was lost: it ended while another thread was sending a message", MOMENT),
    ("cannot connect: …: Connection refused …; …: Connection refused …", NAMESPACES),
    ("cannot connect: …; and … more", NAMESPACES),
    ("cannot connect: the proxy …:…: …:…: it did not answer in time; …:…: …", NAMESPACES),
    ("cannot connect: … has no address", "resolvers fail in place of that"),
    ("cannot listen on …: ports below 1024 need a permission …", RIGHTS),
    ("…: there is a socket to which this program may not connect; …", RIGHTS),
    ("…: this program may not create files in …; …", RIGHTS),
    ("cannot listen on …: Too many open files …", "without `prlimit` there is no such limit"),
    (
        "cannot listen on …: the system does not let this program have that port; choose another port",
        OTHER_SYSTEMS,
    ),
    ("cannot listen on …: this machine has no …; use another address", OTHER_SYSTEMS),
    ("TLS failed: the certificate of … is of X.509 version 1, …", UNIT),
    (
        "TLS failed: the certificate of … was signed in a way, or has a kind of key, that rustls does not take: …",
        UNIT,
    ),
];

/// Variants of enums.
const VARIANTS: &[(&str, &str)] =
    &[("CloseCode::Tls", "never on the wire, and TLS that fails is `Error::Tls`")];

/// Texts in the source: the file, how they begin, and why.
const LITERALS: &[(&str, &str, &str)] = &[
    ("client/fates.rs", "{separator}{address}: not tried, the time was up", UNIT),
    ("client/fates.rs", "; and {more} more", NAMESPACES),
    ("client/fates.rs", "{host} has no address", "resolvers fail in place of that"),
    ("client/proxy.rs", "it did not answer in time", NAMESPACES),
    ("client/race.rs", "the connection failed, and the system", OTHER_SYSTEMS),
    ("client/race.rs", "connection timed out", UNIT),
    ("connection/close.rs", "an earlier write failed", NEVER),
    ("connection/streams/recv_stream.rs", "the connection is over", NEVER),
    ("connection/streams/send_stream.rs", "the deflater failed", NEVER),
    ("outbox/send.rs", "it ended while another", MOMENT),
    ("proto/http/head.rs", "it ends in the wrong place", NEVER),
    ("proto/url/url.rs", "it is no reference", "a redirect says that its Location is no URL"),
    ("proto/url/idn/", "its host is no", "the feature `idn` has one of two texts"),
    ("server/listening/bind_error.rs", "cannot listen on {place}: ports below", RIGHTS),
    ("server/listening/bind_error.rs", "cannot listen on {place}: the system does", OTHER_SYSTEMS),
    ("server/listening/bind_error.rs", "cannot listen on {place}: this machine has", OTHER_SYSTEMS),
    ("server/listening/doors.rs", "the server no longer accepts", "how its own thread ends"),
    ("transport/unix/native/listener.rs", "there is a socket to which", RIGHTS),
    ("transport/unix/native/listener.rs", "this program may not create", RIGHTS),
    ("transport/unix/off.rs", "", OTHER_SYSTEMS),
    // TLS.
    ("transport/tls/on/handshake.rs", "handshake: the server chose", UNIT),
    ("transport/tls/on/engine/duplex_engine.rs", "{word}; a write had", MOMENT),
    ("transport/tls/on/terms/pins.rs", "cannot be found: pin", UNIT),
    ("transport/tls/on/explain.rs", "the certificate of {host} is of X.509", UNIT),
    ("transport/tls/on/explain.rs", "the certificate of {host} was signed in", UNIT),
    (
        "transport/tls/on/explain.rs",
        "this client's certificate, its `identity`, was withdrawn",
        UNIT,
    ),
    ("transport/tls/on/explain.rs", "the client's certificate was withdrawn", UNIT),
    ("transport/tls/on/explain.rs", "the client's certificate cannot be used", UNIT),
    ("transport/tls/on/library/native/identity/pair_trial.rs", "", OTHER_SYSTEMS),
    ("transport/tls/on/library/rustls/client.rs", "the system has no root", OTHER_SYSTEMS),
    ("transport/tls/on/library/rustls/records.rs", "", UNIT),
    (
        "transport/tls/on/library/rustls/session.rs",
        "the keys of this TLS session",
        "it takes 2^36 bytes",
    ),
    ("transport/tls/on/library/rustls/identity.rs", "it cannot be read", NEVER),
    // Not for users, or not as errors.
    ("client/client.rs", "off by default.", DOCUMENTATION),
    ("client/client.rs", "20 seconds by default", DOCUMENTATION),
    ("client/client.rs", "the server's response", DOCUMENTATION),
    ("connection/settings/settings.rs", "by default 20 seconds", DOCUMENTATION),
    ("connection/settings/settings.rs", "20 seconds by default", DOCUMENTATION),
    ("connection/settings/settings.rs", "a request or a response", DOCUMENTATION),
    ("connection/settings/settings.rs", " A server answers", DOCUMENTATION),
    ("server/setup/setters.rs", " of each connection", DOCUMENTATION),
    ("server/setup/setters.rs", "20 seconds by default", DOCUMENTATION),
    ("server/setup/setters.rs", " A longer head", DOCUMENTATION),
    ("server/setup/setters.rs", " More lines get", DOCUMENTATION),
    ("handshake/answer.rs", "the on_upgrade hook", LOG),
    ("handshake/http_hook.rs", "the http hook", LOG),
    ("handshake/upgraded.rs", "a value of the on_upgrade hook", LOG),
    ("process/flood.rs", "{name}: {left_out} more", LOG),
    ("server/clients/client_log.rs", "", LOG),
    ("server/worker.rs", "the handler's error panicked", LOG),
    ("handshake/credentials.rs", "Basic realm=", "a header of HTTP"),
    ("handshake/credentials.rs", "Bearer realm=", "a header of HTTP"),
    ("proto/handshake/server.rs", "HTTP/1.1 101", "a line of HTTP"),
    ("io/tls/client_certificates.rs", "{} bytes of PEM", "what `Debug` shows"),
    ("outbox/writer/mask_keys.rs", "no more keys", NEVER),
    ("server/thread_pool.rs", "a thread cannot be made", NEVER),
    ("server/clients/system_limits.rs", "Max ", MARK),
    ("proto/rules/close_code.rs", "TLS handshake failed", "the name of 1015"),
    ("transport/tls/on/acceptor.rs", "the TLS library", "the name of a setting"),
    ("transport/tls/on/connector.rs", "the TLS library", "the name of a setting"),
    ("transport/tls/on/connector.rs", "the oldest version", "the name of a setting"),
    ("transport/tls/on/connector.rs", "a redirect to another", "the name of a setting"),
    ("transport/tls/on/library/native/identity/identity.rs", "-----BEGIN", MARK),
    ("transport/tls/on/library/rustls/identity.rs", "BEGIN ENCRYPTED", MARK),
];

/// Words of TLS libraries, for which `explain` looks. Each library, and each version of it, has its own.
const WORDS: [&str; 15] = [
    "alert ",
    "invalid peer certificate",
    "IP address mismatch",
    "does not match",
    "certificate not valid for name",
    "no shared cipher",
    "unable to get",
    "unable to verify",
    "self signed certificate",
    "issued by an authority",
    "not within its validity",
    "unsupported certificate purpose",
    "certificate not valid yet",
    "certificate expired",
    "certificate ",
];

pub(crate) fn has_pattern(pattern: &str) -> bool {
    PATTERNS.iter().any(|(known, _)| *known == pattern)
}

pub(crate) fn has_variant(variant: &str) -> bool {
    let is_of_deflate = variant.ends_with("(BadExtension") || variant.ends_with("(BadDeflate");
    VARIANTS.iter().any(|(known, _)| *known == variant)
        || is_of_deflate && !cfg!(feature = "deflate")
}

pub(crate) fn has_literal(literal: &Literal) -> bool {
    LITERALS.iter().any(|entry| fits(entry, literal)) || is_of_another_build(literal)
}

/// Returns `true` for a text that a build with other features has.
fn is_of_another_build(literal: &Literal) -> bool {
    let Literal { file, text, .. } = literal;
    let (native, rustls) = (cfg!(feature = "tls"), cfg!(feature = "rustls"));
    let in_file = |name: &str| file.starts_with(name);
    match () {
        () if in_file("transport/tls/off.rs") => native || rustls,
        () if in_file("transport/tls/on/library/missing.rs") => {
            native || !rustls || !text.starts_with("native")
        }
        () if in_file("transport/tls/on/library/native/") => !native,
        // What reads the key comes first, and that is native-tls.
        () if in_file("transport/tls/on/library/rustls/") => native || !rustls,
        () if in_file("transport/tls/on/explain.rs") => {
            !(native && rustls) || WORDS.iter().any(|word| text.starts_with(word))
        }
        () if in_file("transport/tls/on/") => !(native && rustls),
        () if in_file("proto/compression/") => !cfg!(feature = "deflate"),
        () if text.contains("permessage-deflate") || text.contains("compressed data") => {
            !cfg!(feature = "deflate")
        }
        () if text.contains("native_tls") => !native,
        () if in_file("server/server_handle.rs") && text.contains("TLS") => !(native || rustls),
        () if text.contains("wss:// to ws://") => !(native || rustls),
        () => false,
    }
}

fn fits((file, begin, _): &(&str, &str, &str), literal: &Literal) -> bool {
    literal.file.starts_with(file) && literal.text.starts_with(begin)
}

/// Returns the messages that are on no page any more.
pub(crate) fn stale_patterns(rows: &[Row]) -> Vec<&'static str> {
    let is_on_a_page =
        |pattern: &str| rows.iter().any(|row| row.patterns.iter().any(|known| known == pattern));
    PATTERNS.iter().map(|(pattern, _)| *pattern).filter(|it| !is_on_a_page(it)).collect()
}

/// Returns the entries that are of no use any more.
pub(crate) fn stale(literals: &[Literal]) -> Vec<String> {
    let is_stale =
        |entry: &&(&str, &str, &str)| !literals.iter().any(|literal| fits(entry, literal));
    LITERALS.iter().filter(is_stale).map(|(file, begin, _)| format!("{file}: {begin}")).collect()
}
