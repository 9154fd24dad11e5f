//! The rules of the house: what may import what, what a folder shows of itself, and how long a file is.
//!
//! Looked at is the code of `src` without its tests.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// Every folder and every file beside the folders, in the order in which one may use another: only
/// what stands above it.
const ORDER: &[&str] = &[
    "proto/rules",
    "proto/bytes",
    "proto/frame",
    "proto/close",
    "proto/message",
    "proto/http",
    "proto/compression/codec",
    "proto/wire",
    "proto/compression",
    "proto/inbound",
    "proto/url/idn",
    "proto/url",
    "proto/handshake",
    "proto/proxy",
    "error",
    "process",
    "io/tls",
    "io",
    "transport/tls/on/terms",
    "transport/tls/on/buffers",
    "transport/tls/on/engine",
    "transport/tls/on/library/native/identity",
    "transport/tls/on/library/native",
    "transport/tls/on/library/rustls",
    "transport/tls/on/library",
    "transport/tls/on",
    "transport/tls/on/unversioned",
    "transport/tls",
    "transport/unix/native",
    "transport/unix",
    "transport/tap",
    "transport",
    "outbox/waiting",
    "outbox/writer",
    "outbox",
    "handshake",
    "connection/keepalive",
    "connection/driver",
    "connection/handles",
    "connection",
    "connection/settings",
    "connection/streams",
    "hub",
    "hub/events",
    "client",
    "client/reconnect",
    "server/listening",
    "server/clients",
    "server",
    "server/setup",
    "testing",
    "testing/kit/wire",
    "testing/kit/wire_log",
    "testing/kit/faults",
    "testing/kit/faulty",
    "testing/kit/proxy",
    "testing/kit/peer",
    "testing/kit/mock",
    "testing/kit",
    "testing/internals",
    "guide/broadcast",
    "guide/closing",
    "guide/deployment",
    "guide/http",
    "guide/lessons",
    "guide/reference/troubleshooting",
    "guide/reference",
    "guide/testing",
    "guide/threads",
    "guide",
];

/// What knows neither IO nor threads, and no time but what it is told.
const PURE: &[&str] =
    &["proto/", "client/reconnect/backoff", "connection/keepalive/", "outbox/owed"];

/// Other crates of the workspace with folders of their own.
const TOOLS: &[&str] = &["tools/conformance/src", "tools/conformance/proof/src", "tools/wsc/src"];

const MOST_LINES: usize = 400;
const MOST_ENTRIES: usize = 14;

/// The sources, by path below `src` and without the ending.
type Sources = BTreeMap<String, String>;

/// The crate's sources without their tests.
fn sources() -> Sources {
    sources_in("src")
}

/// The sources in a folder of the repository without their tests.
fn sources_in(folder: &str) -> Sources {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let mut folders = vec![root.clone()];
    let mut sources = Sources::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.strip_prefix(&root).unwrap().with_extension("");
            let name = name.to_str().unwrap().replace('\\', "/");
            if name.ends_with("/tests") || name.ends_with("/model") {
                continue;
            }
            if path.is_dir() {
                folders.push(path);
            } else {
                let text = fs::read_to_string(&path).unwrap();
                sources.insert(name, without_tests(&text));
            }
        }
    }
    sources
}

/// The code before the first module of tests; a map ends where it lets out something for tests.
fn without_tests(text: &str) -> String {
    let mut end = 0;
    for block in text.split_inclusive("\n\n") {
        let attributes = block.lines().take_while(|line| line.starts_with("#[")).count();
        let item = block.lines().nth(attributes).unwrap_or_default();
        let is_for_tests = block.starts_with("#[cfg(test)]") || block.starts_with("#[cfg(all(test");
        if is_for_tests
            && ["mod ", "pub(crate) mod ", "pub(crate) use "].iter().any(|it| item.starts_with(it))
        {
            break;
        }
        end += block.len();
    }
    text[..end].to_owned()
}

/// A file that only says what is in its folder.
fn is_map(path: &str) -> bool {
    path == "lib" || path.ends_with("/mod")
}

/// The folder that a file lies in; a file beside the folders stands for itself.
fn folder(path: &str) -> &str {
    path.rsplit_once('/').map_or(path, |(folder, _)| folder)
}

/// What is left of the code without comments, and without the spaces that part no words.
fn bare(code: &str) -> String {
    let mut left = String::new();
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    for line in code.lines().filter(|line| !line.trim_start().starts_with("//")) {
        for word in line.split_whitespace() {
            if left.ends_with(is_word) && word.starts_with(is_word) {
                left.push(' ');
            }
            left.push_str(word);
        }
    }
    left
}

/// The paths that the code names by `crate::`, `super::` or `self::`, from the root of the crate.
fn imports(path: &str, code: &str) -> Vec<String> {
    let own = path.strip_suffix("/mod").unwrap_or(path);
    let above = own.rsplit_once('/').map_or("", |(above, _)| above);
    let code = bare(code);
    let mut found = Vec::new();
    for (mark, base) in [("crate::", ""), ("super::", above), ("self::", own)] {
        for (at, _) in code.match_indices(mark) {
            // Not the middle of a path, and not the end of a longer word.
            let before = code[..at].chars().next_back();
            if before.is_none_or(|c| !c.is_alphanumeric() && !"_:".contains(c)) {
                expand(base, &code[at + mark.len()..], &mut found);
            }
        }
    }
    found
}

/// Appends the path at the front of `rest`, or all of them where there is a list in braces.
fn expand(base: &str, rest: &str, found: &mut Vec<String>) {
    if let Some(rest) = rest.strip_prefix("super::") {
        let above = base.rsplit_once('/').map_or("", |(above, _)| above);
        return expand(above, rest, found);
    }
    let Some(list) = rest.strip_prefix('{') else {
        let end = rest.find(|c: char| !c.is_alphanumeric() && !"_:".contains(c));
        let (path, behind) = rest.split_at(end.unwrap_or(rest.len()));
        let path = format!("{base}/{}", path.trim_matches(':').replace("::", "/"));
        if behind.starts_with('{') && rest[..path.len() - base.len()].ends_with(':') {
            expand(&path, behind, found);
        } else {
            found.push(path.trim_matches('/').to_owned());
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

/// The file in which a path ends that may lead through the maps of folders; `None` where it leads
/// nowhere in the crate.
fn file(sources: &Sources, path: &str) -> Option<String> {
    let mut parts = path.split('/');
    let mut at = String::new();
    while let Some(part) = parts.next() {
        let next = if at.is_empty() { part.to_owned() } else { format!("{at}/{part}") };
        if sources.contains_key(&next) {
            return Some(next);
        }
        if sources.contains_key(&format!("{next}/mod")) {
            at = next;
            continue;
        }
        // A name that the map takes from one of its files, or from a folder below.
        let map = sources.get(&format!("{at}/mod"))?;
        let behind: Vec<_> = parts.collect();
        let named = imports_of_map(&at, map)
            .into_iter()
            .find(|import| import.rsplit('/').next() == Some(part) && *import != next);
        return match named {
            Some(import) => file(sources, &[&[import.as_str()], &behind[..]].concat().join("/")),
            None => Some(format!("{at}/mod")),
        };
    }
    Some(format!("{at}/mod")).filter(|map| sources.contains_key(map))
}

/// What a map takes from the files and folders below it.
fn imports_of_map(folder: &str, map: &str) -> Vec<String> {
    let mut found = Vec::new();
    let code: String = map.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
    for (at, mark) in code.match_indices("use ") {
        let rest: String = code[at + mark.len()..]
            .chars()
            .take_while(|c| *c != ';')
            .filter(|c| *c != ' ')
            .collect();
        expand(folder, &rest, &mut found);
    }
    found
}

/// What may not be, in words.
type Faults = Vec<String>;

/// A folder imports only from folders that stand above it in the order.
fn order(sources: &Sources) -> Faults {
    let place = |folder: &str| ORDER.iter().position(|entry| *entry == folder);
    let mut faults = Faults::new();
    for (path, code) in sources.iter().filter(|(path, _)| !is_map(path)) {
        let Some(here) = place(folder(path)) else {
            faults.push(format!("{} of src/{path}.rs is not in the order", folder(path)));
            continue;
        };
        for import in imports(path, code) {
            let Some(target) = file(sources, &import) else { continue };
            // A folder's own map stands for the folder.
            if place(folder(&target)).is_some_and(|there| there > here) {
                faults.push(format!("src/{path}.rs imports {import}, which stands below it"));
            }
        }
    }
    for entry in ORDER {
        if !sources.keys().any(|path| folder(path) == *entry) {
            faults.push(format!("src/{entry} is gone"));
        }
    }
    faults
}

/// No two files import each other, by whatever way round.
fn cycles(sources: &Sources) -> Faults {
    let mut uses: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for (path, code) in sources.iter().filter(|(path, _)| !is_map(path)) {
        let targets = imports(path, code).into_iter().filter_map(|import| file(sources, &import));
        uses.insert(path, targets.filter(|target| target != path).collect());
    }
    let mut faults = Faults::new();
    for (path, targets) in &uses {
        let (mut seen, mut next) = (BTreeSet::new(), Vec::from_iter(targets));
        while let Some(target) = next.pop() {
            if target == path {
                faults.push(format!("src/{path}.rs imports itself, by way of others"));
                break;
            }
            if seen.insert(target) {
                next.extend(uses.get(target.as_str()).into_iter().flatten());
            }
        }
    }
    faults
}

/// The files of a folder are its own: from elsewhere a path leads to its map.
fn maps(sources: &Sources) -> Faults {
    let mut faults = Faults::new();
    for (path, code) in sources.iter().filter(|(path, _)| path.ends_with("/mod")) {
        for way in ["crate::", "super::"] {
            if bare(code).contains(way) {
                faults.push(format!("src/{path}.rs lets out what does not lie below it: {way}"));
            }
        }
        for line in code.lines().filter_map(|line| line.strip_prefix("pub(crate) mod ")) {
            let below = format!("{}/{}", folder(path), line.trim_end_matches(';'));
            if sources.contains_key(&below) {
                faults.push(format!("src/{path}.rs lets out a file: {below}"));
            }
        }
    }
    for (path, code) in sources {
        for import in imports(path, code) {
            let parts: Vec<_> = import.split('/').collect();
            for end in 2..=parts.len() {
                let (file, within) = (parts[..end].join("/"), parts[..end - 1].join("/"));
                let inside = path.starts_with(&format!("{within}/"));
                // A function may be named as its file is.
                let by_map = || {
                    let map = sources.get(&format!("{within}/mod")).map(String::as_str);
                    let name = format!("{file}/{}", parts[end - 1]);
                    imports_of_map(&within, map.unwrap_or_default()).contains(&name)
                };
                if sources.contains_key(&file) && !inside && !by_map() {
                    faults
                        .push(format!("src/{path}.rs reaches past src/{within}/mod.rs: {import}"));
                }
            }
        }
    }
    faults
}

/// What is pure asks for nothing: no IO, no thread, no lock, no clock.
fn purity(sources: &Sources) -> Faults {
    let mut faults = Faults::new();
    for (path, code) in sources {
        let holds =
            |pure: &&&str| path == **pure || pure.ends_with('/') && path.starts_with(**pure);
        let Some(pure) = PURE.iter().find(holds) else { continue };
        // What is told moments may know their type.
        let time: &[&str] = if *pure == "proto/" { &["std::time"] } else { &[] };
        let clock = ["Instant::now", "SystemTime::now", ".elapsed("];
        let outside = [
            "std::io",
            "std::net",
            "std::thread",
            "std::sync",
            "std::fs",
            "std::env",
            "std::process",
            "parking_lot",
            "std as ",
        ];
        for not in time.iter().chain(&clock).chain(&outside) {
            if bare(code).contains(not) {
                faults.push(format!("src/{path}.rs uses {not}"));
            }
        }
        for line in code.lines().filter(|line| line.starts_with("use std::{")) {
            for part in ["io", "net", "thread", "sync", "fs", "env", "process"]
                .iter()
                .chain(if time.is_empty() { &[] } else { &["time"][..] })
            {
                if bare(line).split(['{', ',', '}', ':']).any(|name| name == *part) {
                    faults.push(format!("src/{path}.rs uses std::{part}"));
                }
            }
        }
    }
    faults
}

/// A file has 400 lines, and a folder 14 entries, at most.
fn size(sources: &Sources) -> Faults {
    let mut faults = Faults::new();
    let mut entries: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (path, code) in sources {
        let lines = code.lines().count();
        if lines > MOST_LINES {
            faults.push(format!("src/{path}.rs has {lines} lines without its tests"));
        }
        for (at, _) in path.match_indices('/') {
            let rest = &path[at + 1..];
            entries.entry(&path[..at]).or_default().insert(rest.split('/').next().unwrap());
        }
        entries.entry("").or_default().insert(path.split('/').next().unwrap());
    }
    for (folder, entries) in entries {
        if entries.len() > MOST_ENTRIES {
            faults.push(format!("src/{folder} has {} entries", entries.len()));
        }
    }
    faults
}

/// `mod.rs` and `lib.rs` say what is there, and define nothing.
fn definitions(sources: &Sources) -> Faults {
    const KEYWORDS: &[&str] = &[
        "fn ",
        "struct ",
        "enum ",
        "trait ",
        "impl",
        "const ",
        "static ",
        "type ",
        "macro_rules",
        "union ",
    ];
    let mut faults = Faults::new();
    for (path, code) in sources.iter().filter(|(path, _)| is_map(path)) {
        for line in code.lines().filter(|line| !line.trim_start().starts_with("//")) {
            // Behind attributes and `pub(…)` on the same line.
            let item = line.rsplit_once("] ").map_or(line, |(_, item)| item).trim_start();
            let item = match item.strip_prefix("pub") {
                Some(item) => item.split_once(") ").map_or(item, |(_, item)| item).trim_start(),
                None => item,
            };
            if KEYWORDS.iter().any(|keyword| item.starts_with(keyword)) {
                faults.push(format!("src/{path}.rs is a map and defines something: {line}"));
            }
        }
    }
    faults
}

#[test]
fn folders_import_only_what_stands_above_them() {
    assert_eq!(order(&sources()), Faults::new());
}

#[test]
fn no_file_imports_itself_by_way_of_others() {
    assert_eq!(cycles(&sources()), Faults::new());
}

#[test]
fn the_files_of_a_folder_are_its_own() {
    assert_eq!(maps(&sources()), Faults::new());
}

#[test]
fn the_core_knows_no_io_time_or_threads() {
    assert_eq!(purity(&sources()), Faults::new());
}

#[test]
fn files_and_folders_stay_small() {
    assert_eq!(size(&sources()), Faults::new());
    for tool in TOOLS {
        assert_eq!(size(&sources_in(tool)), Faults::new(), "{tool}");
    }
}

#[test]
fn a_map_defines_nothing() {
    assert_eq!(definitions(&sources()), Faults::new());
    for tool in TOOLS {
        assert_eq!(definitions(&sources_in(tool)), Faults::new(), "{tool}");
    }
}

#[test]
fn every_rule_is_noticed_where_it_is_broken() {
    type Rule = fn(&Sources) -> Faults;
    let long = "\n".repeat(MOST_LINES + 1);
    // (rule, a file of the crate, what its code becomes)
    let rows: [(&str, Rule, &str, &str); 22] = [
        ("a folder below", order, "io/duplex", "use crate::server::Server;"),
        ("by its map alone", order, "hub/hub", "use crate::{client, error};"),
        ("within a line", order, "outbox/send", "let a = crate::hub::Hub::new();"),
        ("an unknown folder", order, "attic/box", ""),
        ("each other", cycles, "proto/url/url_error", "use super::url::Url;"),
        ("through a map", cycles, "io/duplex", "use crate::transport::Stream;"),
        ("a file of another", maps, "hub/hub", "use crate::outbox::owed::Owed;"),
        ("in a list", maps, "hub/hub", "use crate::{error::Error, outbox::{self, send::x}};"),
        ("from below", maps, "proto/url/url", "use super::super::http::list::elements;"),
        ("by a macro", order, "io/duplex", "macro_rules! a { () => { $crate::server::x() } }"),
        ("a map of others", maps, "io/mod", "pub(crate) use crate::server::Server;"),
        ("a file let out", maps, "outbox/mod", "pub(crate) mod owed;"),
        ("a lock of others", purity, "proto/url/url", "use parking_lot::Mutex;"),
        ("a file system", purity, "proto/url/url", "use std::fs;"),
        ("a hidden type in a map", definitions, "io/mod", "#[inline] pub(super) fn a() {}"),
        ("a socket", purity, "proto/url/url", "use std::{fmt, io};"),
        ("a lock", purity, "proto/url/url", "let a = std::sync::Mutex::new(1);"),
        ("a time", purity, "proto/frame/header", "use std::time::Instant;"),
        ("a clock", purity, "outbox/owed", "let now = Instant::now();"),
        ("a long file", size, "io/duplex", &long),
        ("a type in a map", definitions, "io/mod", "pub(crate) struct Secret;"),
        ("a constant in a map", definitions, "lib", "const A: u8 = 1;"),
    ];
    let whole = sources();
    for (name, rule, path, code) in rows {
        let mut sources = whole.clone();
        sources.insert(path.to_owned(), code.to_owned());
        assert_ne!(rule(&sources), Faults::new(), "{name}");
    }
    let mut sources = whole;
    (0..=MOST_ENTRIES).for_each(|n| drop(sources.insert(format!("io/f{n}"), String::new())));
    assert_ne!(size(&sources), Faults::new(), "a full folder");
}

#[test]
fn the_test_sees_imports() {
    for (path, line, want) in [
        ("io/timed", "use super::duplex::Duplex;", vec!["io/duplex/Duplex"]),
        ("io/timed", "use super::super::error;", vec!["error"]),
        ("io/mod", "use self::duplex::Duplex;", vec!["io/duplex/Duplex"]),
        ("hub/hub", "use crate::proto::{http, url};", vec!["proto/http", "proto/url"]),
        (
            "hub/hub",
            "use crate::{io::{Deadline, Duplex}, error};",
            vec!["io/Deadline", "io/Duplex", "error"],
        ),
        ("error", "use crate::a::{\n    x::{A, B},\n    y,\n};", vec!["a/x/A", "a/x/B", "a/y"]),
        ("io/timed", "/// [`x`](crate::server)", vec![]),
        ("io/timed", "    let a = super::duplex::x();", vec!["io/duplex/x"]),
        ("io/timed", "if crate::io::is_timeout(e) { x }", vec!["io/is_timeout"]),
    ] {
        assert_eq!(imports(path, line), want, "{line}");
    }
    let sources = sources();
    for (path, want) in [
        ("io/Duplex", Some("io/duplex")),
        ("outbox/PreparedMessage", Some("outbox/writer/prepared_message")),
        ("transport/TlsStream", Some("transport/tls/on/stream")),
        ("proto/url/Url/parse", Some("proto/url/url")),
        ("error/Error", Some("error/error")),
        ("nowhere/At/all", None),
    ] {
        assert_eq!(file(&sources, path).as_deref(), want, "{path}");
    }
}
