//! The two rules of the house: imports go one way, and a file stays under 400 lines.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Every room, in the order in which one may use another: only what stands above it. A folder
/// stands for its files.
const ORDER: &[&str] = &[
    "proto/rules/role",
    "proto/rules/close_code",
    "proto/rules/protocol_error",
    "proto/rules/handshake_error",
    "proto/rules/limits",
    "proto/bytes/copy",
    "proto/bytes/mask",
    "proto/bytes/utf8",
    "proto/frame/header",
    "proto/close/close_frame",
    "proto/message/message",
    "proto/close/close_status",
    "proto/close/handshake",
    "proto/bytes/read_buffer",
    "proto/message/budget",
    "proto/message/allocation",
    "proto/message/assembly",
    "proto/compression/codec",
    "proto/http/list",
    "proto/compression/negotiation",
    "proto/compression/deflation",
    "proto/inbound/unfinished",
    "proto/inbound",
    "proto/frame/encode",
    "proto/http/body",
    "proto/url/credentials",
    "proto/url/url_error",
    "proto/url/authority",
    "proto/url/target",
    "proto/url/url",
    "client/reconnect/backoff",
    "proto/url/redirect",
    "proto/http/refusal",
    "proto/http/head",
    "proto/http/spelling",
    "proto/handshake/server",
    "proto/handshake/client",
    "proto/proxy/proxy_error",
    "proto/proxy/proxy",
    "proto/proxy/environment",
    "proto/proxy/http_connect",
    "proto/proxy/socks5",
    "process/unwind",
    "process/logging",
    "error",
    "process/random",
    "io/duplex",
    "io/deadline",
    "client/reconnect/stop_handle",
    "handshake/retry_after",
    "transport/tls",
    "transport/unix",
    "transport/socket",
    "transport/stream",
    "io/linger",
    "process/sync",
    "process/budget",
    "process/codec_pool",
    "outbox/writer/prepared",
    "outbox/writer/queue",
    "outbox/writer/write_timeout",
    "outbox/writer/watch",
    "outbox/writer/writer",
    "outbox/writer/flush",
    "outbox/writer/nonblocking",
    "outbox/owed",
    "outbox/terms",
    "outbox/owed_lock",
    "outbox/sink",
    "outbox/stream_gate",
    "outbox/outbox",
    "outbox/settle",
    "outbox/message_stream",
    "outbox/nonblocking",
    "connection/read_timeout",
    "connection/keepalive",
    "connection/driver",
    "connection/ping",
    "connection/close",
    "connection/pump",
    "connection/sender",
    "handshake/http_io",
    "handshake/client",
    "handshake/plain_http",
    "handshake/server",
    "connection/websocket",
    "connection/receive",
    "connection/recv_stream",
    "connection/send_stream",
    "hub/member",
    "hub/delivery",
    "hub/hub",
    "connection/timeouts",
    "client/dial",
    "client/proxy",
    "client/route",
    "client/client",
    "client/reconnect/reconnecting",
    "server/capacity",
    "server/address",
    "server/listener",
    "server/connections",
    "server/thread_pool",
    "server/lifecycle",
    "server/server_handle",
    "server/worker",
    "server/accept_loop",
    "server/server",
    "testing/pipe",
    "testing/pair",
    "testing/internals",
];

const MOST_LINES: usize = 400;

/// The crate's sources without their tests, by path below `src` and without the ending.
fn sources() -> BTreeMap<String, String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut folders = vec![root.clone()];
    let mut sources = BTreeMap::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path: PathBuf = entry.unwrap().path();
            let name = path.strip_prefix(&root).unwrap().with_extension("");
            let name = name.to_str().unwrap().replace('\\', "/");
            if name.ends_with("/tests") {
                continue;
            }
            if path.is_dir() {
                folders.push(path);
            } else {
                let text = fs::read_to_string(&path).unwrap();
                let code = text.split("#[cfg(test)]").next().unwrap_or_default();
                sources.insert(name, code.to_owned());
            }
        }
    }
    sources
}

/// The room a file belongs to: the longest entry of the order that is it or holds it.
fn room(path: &str) -> Option<usize> {
    let holds = |entry: &str| path == entry || path.starts_with(&format!("{entry}/"));
    (0..ORDER.len()).filter(|&at| holds(ORDER[at])).max_by_key(|&at| ORDER[at].len())
}

/// What the code of `path` names by `crate::` or `super::`, as paths below `src`.
fn imports(path: &str, code: &str) -> Vec<String> {
    let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
    let code: String = code
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .flat_map(|line| line.chars().filter(|c| !c.is_whitespace()))
        .collect();
    let mut found = Vec::new();
    for (mark, base) in [("crate::", ""), ("super::", folder)] {
        for (at, _) in code.match_indices(mark) {
            expand(base, &code[at + mark.len()..], &mut found);
        }
    }
    found
}

/// Appends the path at the front of `rest`, or all of them where there is a list in braces.
fn expand(base: &str, rest: &str, found: &mut Vec<String>) {
    let Some(list) = rest.strip_prefix('{') else {
        let end = rest.find(|c: char| !c.is_alphanumeric() && !"_:".contains(c));
        let (path, behind) = rest.split_at(end.unwrap_or(rest.len()));
        let path = format!("{base}/{}", path.trim_matches(':').replace("::", "/"));
        if path.ends_with("super") {
            // The next `super::` is found by itself.
        } else if behind.starts_with('{') {
            expand(&path, behind, found);
        } else {
            found.push(path.trim_start_matches('/').to_owned());
        }
        return;
    };
    let (mut depth, mut from) = (0, 0);
    for (at, c) in list.char_indices() {
        match c {
            '{' => depth += 1,
            '}' | ',' if depth == 0 => {
                if at > from {
                    expand(base, &list[from..at], found);
                }
                from = at + 1;
                if c == '}' {
                    return;
                }
            }
            '}' => depth -= 1,
            _ => {}
        }
    }
}

#[test]
fn a_file_imports_only_what_stands_above_it() {
    let mut broken = Vec::new();
    for (path, code) in sources() {
        if path == "lib" || path.ends_with("/mod") {
            continue;
        }
        let Some(here) = room(&path) else {
            broken.push(format!("src/{path}.rs is not in the order"));
            continue;
        };
        for import in imports(&path, &code) {
            match room(&import) {
                Some(there) if there > here => {
                    broken.push(format!("src/{path}.rs imports {import}, which stands below it"));
                }
                // Itself, something above it, or not a file of the crate.
                _ => {}
            }
        }
    }
    assert!(broken.is_empty(), "\n{}", broken.join("\n"));
}

#[test]
fn every_room_in_the_order_exists() {
    let sources = sources();
    for entry in ORDER {
        let exists = sources.keys().any(|path| room(path).is_some_and(|at| ORDER[at] == *entry));
        assert!(exists, "src/{entry}.rs is gone");
    }
}

#[test]
fn the_core_knows_no_io_time_or_threads() {
    for (path, code) in sources().iter().filter(|(path, _)| path.starts_with("proto/")) {
        for outside in ["io", "net", "thread", "time", "sync"] {
            let (plain, listed) = (format!("std::{outside}"), format!("{outside}::"));
            let in_list = |line: &str| line.starts_with("use std::{") && line.contains(&listed);
            assert!(!code.contains(&plain), "src/{path}.rs uses {plain}");
            assert!(!code.lines().any(in_list), "src/{path}.rs uses {plain}");
        }
    }
}

#[test]
fn a_file_stays_under_400_lines_and_a_map_defines_nothing() {
    for (path, code) in sources() {
        let lines = code.lines().count();
        assert!(lines <= MOST_LINES, "src/{path}.rs has {lines} lines without its tests");
        if path == "lib" || path.ends_with("/mod") {
            for line in code.lines() {
                let item = line.trim_start_matches("pub ").trim_start_matches("pub(crate) ");
                let defines = ["fn ", "struct ", "enum ", "trait ", "impl", "const ", "type "]
                    .iter()
                    .any(|keyword| item.starts_with(keyword));
                assert!(!defines, "src/{path}.rs is a map and defines something: {line}");
            }
        }
    }
}

#[test]
fn the_test_sees_imports() {
    for (path, line, want) in [
        ("net/link", "use super::pump::next;", vec!["net/pump/next"]),
        ("net/link", "use crate::proto::{offer, request};", vec!["proto/offer", "proto/request"]),
        (
            "net/link",
            "use crate::{net::server::Server, error};",
            vec!["net/server/Server", "error"],
        ),
        (
            "error",
            "use crate::net::{\n    x::{A, B},\n    y,\n};",
            vec!["net/x/A", "net/x/B", "net/y"],
        ),
        ("net/link", "use crate::error::{Error, Result};", vec!["error/Error", "error/Result"]),
        ("net/link", "/// [`x`](crate::net::server)", vec![]),
        ("net/link", "    let a = super::server::x();", vec!["net/server/x"]),
    ] {
        assert_eq!(imports(path, line), want, "{line}");
    }
    assert_eq!(room("net/tls/native/stream"), room("net/tls"));
    assert_eq!(room("net/nowhere"), None);
}
