//! The servers of `examples/deployment`: signals, health checks, logs, counters and certificates.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::path::Path;
use std::process::{Command, Stdio};

use blocking_ws::{Client, Duplex};
use test_support::folder::Folder;
use test_support::installed;
use test_support::nobody::nobody;
use test_support::page::{block, replaced};
use test_support::program::Program;
use test_support::socket::patient;
use test_support::within;

use super::prometheus::Samples;

/// Starts a server of the examples, and returns the URL that it tells.
fn started<'a>(name: &str, more: impl IntoIterator<Item = &'a str>) -> (Program, String) {
    let arguments = ["--addr", "127.0.0.1:0"].into_iter().chain(more);
    let server = Program::start(name, arguments);
    let line = server.line();
    let url = line.strip_prefix("listening on ").expect(&line).to_owned();
    (server, url)
}

/// The head and the body of a page.
fn page(url: &str) -> (String, String) {
    let (address, path) = url.split_once("://").unwrap().1.split_once('/').unwrap();
    let mut socket = patient(TcpStream::connect(address).unwrap());
    write!(socket, "GET /{path} HTTP/1.1\r\nHost: {address}\r\n\r\n").unwrap();
    let mut answer = String::new();
    socket.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").expect(&answer);
    (head.to_owned(), body.to_owned())
}

#[test]
fn a_server_of_a_container_checks_itself() {
    within(|| {
        let (server, url) = started("container_server", []);
        let (head, body) = page(&format!("{url}health"));
        assert!(head.starts_with("HTTP/1.1 200 "), "{head}");
        assert_eq!(body, "ok\n");
        let ended = Program::start("container_server", ["--check", &url]).end();
        assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""));
        drop(server);
        let (_taken, address) = nobody();
        let url = format!("ws://{address}/");
        let ended = Program::start("container_server", ["--check", &url]).end();
        assert_eq!(ended.code, Some(1));
        let line = format!("container_server: cannot connect: {address}: ");
        assert!(ended.stderr.starts_with(&line), "{ended:?}");
    });
}

#[test]
fn the_counters_are_those_of_the_clients() {
    within(|| {
        let more = ["--metrics", "127.0.0.1:0"];
        let (server, url) = started("metrics_server", more);
        let line = server.line();
        let metrics = line.strip_prefix("metrics at ").expect(&line);
        let read = || {
            let (head, body) = page(metrics);
            let content_type = "content-type: text/plain; version=0.0.4; charset=utf-8";
            assert!(head.to_lowercase().contains(content_type), "{head}");
            (Samples::parse(&body), body)
        };
        assert_eq!(read().0.value("websocket_connections"), 0);

        let mut stays = Client::new().connect(&url).unwrap();
        for text in ["one", "four"] {
            stays.send(text).unwrap();
            assert_eq!(stays.recv().unwrap(), Some(text.into()));
        }
        let mut leaves = Client::new().connect(&url).unwrap();
        leaves.close(1000, "").unwrap();
        // Its handler ends a moment after the client knows that the connection is closed.
        let (mut samples, mut text) = read();
        while samples.value("websocket_connections") != 1 {
            (samples, text) = read();
        }
        for (name, want) in [
            ("websocket_opened_total", 2),
            ("websocket_lost_total", 0),
            ("websocket_failed_total", 0),
            ("websocket_buffered_bytes", 0),
            ("websocket_messages_total{direction=\"received\"}", 2),
            ("websocket_messages_total{direction=\"sent\"}", 2),
            ("websocket_payload_bytes_total{direction=\"sent\"}", 7),
            // With two bytes of header, and a mask of four; a Close frame with a code.
            ("websocket_wire_bytes_total{direction=\"received\"}", 7 + 2 * 6 + 8),
            ("websocket_frames_total{direction=\"received\"}", 3),
        ] {
            assert_eq!(samples.value(name), want, "{name}: {text}");
        }
        if cfg!(target_os = "linux") {
            for name in ["process_threads", "process_open_fds", "process_max_fds"] {
                assert!(samples.value(name) > 2, "{name}: {text}");
            }
            assert!(samples.value("process_resident_memory_bytes") > 100_000, "{text}");
        }
        // Without a Close frame.
        stays.get_ref().shutdown(Shutdown::Both).unwrap();
        while read().0.value("websocket_lost_total") != 1 {}
        is_approved_by_prometheus(&text);
    });
}

/// Has Prometheus itself read the text.
fn is_approved_by_prometheus(text: &str) {
    let Some(promtool) = installed::program("promtool") else {
        return installed::skipped("promtool");
    };
    let mut check = Command::new(promtool);
    check.args(["check", "metrics"]).stdin(Stdio::piped());
    let mut check = Program::run(&mut check);
    check.feed(text);
    let ended = check.end();
    assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""), "{ended:?}");
}

/// The list behind a word of the Dockerfile.
fn list(dockerfile: &str, word: &str) -> Vec<String> {
    let (_, rest) = dockerfile.split_once(word).expect(word);
    let list = rest.lines().next().unwrap();
    serde_json::from_str(list).unwrap_or_else(|e| panic!("{word} {list}: {e}"))
}

#[test]
fn the_example_takes_what_the_dockerfile_gives_it() {
    within(|| {
        let dockerfile = block("deployment/container.rs", "# Dockerfile");
        let entry = list(&dockerfile, "\nENTRYPOINT ");
        let check = list(&dockerfile, "\n    CMD ");
        assert_eq!([&entry[0], &check[0]], ["/server"; 2]);
        let entry = entry.iter().skip(1).map(|it| it.replace("0.0.0.0:9001", "127.0.0.1:0"));
        let entry: Vec<_> = entry.collect();
        let server = Program::start("container_server", entry.iter().map(String::as_str));
        let line = server.line();
        let url = line.strip_prefix("listening on ").expect(&line);
        let check = check.iter().skip(1).map(|it| it.replace("ws://127.0.0.1:9001/", url));
        let check: Vec<_> = check.collect();
        assert!(check.contains(&url.to_owned()), "{check:?}");
        let ended = Program::start("container_server", check.iter().map(String::as_str)).end();
        assert_eq!(ended.code, Some(0), "{ended:?}");
    });
}

#[test]
fn prometheus_understands_the_files_of_the_guide() {
    let Some(promtool) = installed::program("promtool") else {
        return installed::skipped("promtool");
    };
    let folder = Folder::new();
    let page = "deployment/metrics.rs";
    let rules = block(page, "# /etc/prometheus/echo.rules.yml");
    let config = block(page, "# /etc/prometheus/prometheus.yml");
    let (rules_file, config_file) = (folder.file("echo.rules.yml"), folder.file("prometheus.yml"));
    fs::write(&rules_file, rules).unwrap();
    let installed = "/etc/prometheus/echo.rules.yml";
    fs::write(&config_file, replaced(&config, installed, rules_file.to_str().unwrap())).unwrap();
    let check = |what, file: &Path| {
        let mut check = Command::new(&promtool);
        Program::run(check.args(["check", what]).arg(file)).end()
    };
    // This checks the rules too.
    let ended = check("config", &config_file);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert!(ended.stdout.contains("8 rules found"), "{ended:?}");
}

/// The names of metrics in a text.
fn metrics_in(text: &str) -> BTreeSet<&str> {
    let names = text.split(|c: char| !c.is_alphanumeric() && c != '_');
    names.filter(|name| ["websocket_", "process_"].iter().any(|it| name.starts_with(it))).collect()
}

#[test]
fn the_metrics_of_the_guide_have_the_names_of_the_example() {
    let page = include_str!("../../src/guide/deployment/metrics.rs");
    let example = include_str!("../../examples/deployment/metrics.rs");
    let code = block("deployment/metrics.rs", "use blocking_ws::http::Response;");
    let rules = block("deployment/metrics.rs", "# /etc/prometheus/echo.rules.yml");
    let (named, made) = (metrics_in(page), metrics_in(&code));
    assert!(named.len() > made.len() && made.len() >= 4, "{named:?} {made:?}");
    for name in named {
        assert!(example.contains(&format!("\"{name}\"")), "{name} is not made by the example");
    }
    // The table of the page has the values, and the rules, for which its code does not suffice.
    let (mut rule, mut rows) = ("", BTreeMap::<&str, BTreeSet<&str>>::new());
    for line in rules.lines() {
        rule = line.trim().strip_prefix("- alert: ").unwrap_or(rule);
        for name in metrics_in(line).difference(&made) {
            rows.entry(name).or_default().insert(rule);
        }
    }
    assert!(!rows.is_empty(), "{rules}");
    for (name, rules) in rows {
        let of_name = format!("`{name}`");
        let row = page.lines().find(|line| line.starts_with("//! | ") && line.contains(&of_name));
        let row = row.unwrap_or_else(|| panic!("no row has {name}"));
        for rule in rules {
            assert!(row.contains(&format!("`{rule}`")), "{rule}: {row}");
        }
    }
}

#[cfg(target_os = "linux")]
mod signals {
    use blocking_ws::{Client, CloseCode};
    use rustix::process::{Pid, Signal, kill_process};
    use serde_json::Value;
    use test_support::within;

    use super::started;

    #[test]
    fn sigterm_closes_all_connections_in_order() {
        within(|| {
            for name in ["container_server", "metrics_server"] {
                let more = ["--metrics", "127.0.0.1:0"];
                let more = more.iter().copied().filter(|_| name == "metrics_server");
                let (server, url) = started(name, more);
                let mut ws = Client::new().connect(&url).unwrap();
                ws.send("open").unwrap();
                assert_eq!(ws.recv().unwrap(), Some("open".into()));
                kill_process(Pid::from_child(&server.child), Signal::TERM).unwrap();
                assert_eq!(ws.recv().unwrap(), None);
                let status = ws.close_status().unwrap();
                assert_eq!(status.code(), CloseCode::ServiceRestart, "{name}");
                let ended = server.end();
                assert_eq!(ended.code, Some(0), "{name}: {ended:?}");
                let last = ended.stdout.lines().last();
                assert_eq!(last, Some("stopped: 1 closed, 0 cut, 0 refused, 0 running"), "{name}");
            }
        });
    }

    #[test]
    fn the_log_has_the_form_that_its_reader_wants() {
        within(|| {
            for form in ["text", "systemd", "json"] {
                let (server, url) = started("container_server", ["--log", form]);
                let refused = Client::new().header("Origin", "https://b.example").connect(&url);
                assert!(refused.is_err());
                kill_process(Pid::from_child(&server.child), Signal::TERM).unwrap();
                let ended = server.end();
                let line = ended.stderr.lines().next().expect("the refusal");
                let text = "refused with 403 by origin: a page of https://b.example may not";
                assert!(line.contains(text), "{form}: {line}");
                match form {
                    "text" => assert!(line.contains("INFO") && line.contains('#'), "{line}"),
                    "systemd" => assert!(line.starts_with("<6>#"), "{line}"),
                    _ => {
                        let object: Value = serde_json::from_str(line).unwrap();
                        let message = object["message"].as_str().unwrap();
                        let number = object["connection"].as_u64().unwrap();
                        assert!(message.starts_with(&format!("#{number} 127.0.0.1:")), "{line}");
                        assert_eq!(object["level"], "info", "{line}");
                        assert_eq!(object["target"], "blocking_ws::server", "{line}");
                    }
                }
            }
        });
    }
}
