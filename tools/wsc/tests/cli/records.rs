//! `--record`: JSON lines that can be replayed, and an HTTP Archive. `--trace`: words.

use std::fs;
use std::io::BufReader;

use blocking_ws::testing::WireLog;
use serde_json::Value;
use test_support::folder::Folder;

use super::support::{echo_server, listening, mock, run};

#[test]
fn json_lines_can_be_replayed_and_hold_no_password() {
    let (folder, server) = (Folder::new(), echo_server());
    let path = folder.file("session.jsonl");
    let name = path.to_str().unwrap();
    let long = "x".repeat(100_000);
    let input = format!("one\n{long}\n");
    let arguments = ["--record", name, "--auth", "ali:sesame", "--compress", server.url()];
    let ran = run(arguments, input.as_bytes()).expect(0);
    assert_eq!(ran.text(), input);
    let text = fs::read_to_string(&path).unwrap();
    assert!(!text.contains("YWxp"), "a password");
    let types: Vec<_> = text
        .lines()
        .map(|line| {
            serde_json::from_str::<Value>(line).unwrap()["type"].as_str().unwrap().to_owned()
        })
        .collect();
    assert_eq!(types[..3], ["open", "request", "response"]);
    // Two messages in each direction, and a Close frame in each.
    assert_eq!(types.iter().filter(|it| *it == "frame").count(), 6, "{types:?}");
    // The client's own frames and the server's are there, so a mock server can do the same again.
    let recorded = WireLog::from_jsonl(BufReader::new(fs::File::open(&path).unwrap())).unwrap();
    let mock = mock().replay(&recorded);
    assert_eq!(run([&mock.url()[..]], input.as_bytes()).expect(0).text(), input);
    mock.verify();
}

#[test]
fn an_archive_has_the_messages_also_after_a_failure() {
    let folder = Folder::new();
    let path = folder.file("session.HAR");
    let name = path.to_str().unwrap();
    let mock = mock().on_connection(|peer| {
        peer.expect_text("one");
        peer.send("two");
        peer.close(1011, "disk full");
    });
    run(["--record", name, "--wait", "forever", &mock.url()], b"one\n").expect(4);
    let archive: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
    let messages = archive["log"]["entries"][0]["_webSocketMessages"].as_array().unwrap();
    let shown: Vec<_> = messages
        .iter()
        .map(|it| (it["type"].as_str().unwrap(), it["data"].as_str().unwrap()))
        .collect();
    assert_eq!(shown, [("send", "one"), ("receive", "two")]);
}

/// Both see each frame.
#[test]
fn frames_are_explained_and_recorded_at_the_same_time() {
    let (folder, server) = (Folder::new(), echo_server());
    let path = folder.file("both.jsonl");
    let arguments = ["--trace", "-v", "--record", path.to_str().unwrap(), server.url()];
    let ran = run(arguments, b"one\ntwo\n").expect(0);
    assert_eq!(ran.text(), "one\ntwo\n");
    let recorded = fs::read_to_string(&path).unwrap();
    for text in ["one", "two"] {
        assert_eq!(recorded.matches(&format!("\"text\":\"{text}\"")).count(), 2, "{recorded}");
        let explained = ran.err.matches(&format!("(3 bytes): \"{text}\" [RFC 6455 §5.6]")).count();
        assert_eq!(explained, 2, "{}", ran.err);
    }
    assert_eq!(ran.err.matches("Close with the code 1000").count(), 2, "{}", ran.err);
    // The heads are explained, and not shown a second time.
    assert_eq!(ran.err.matches("GET / HTTP/1.1").count(), 1, "{}", ran.err);
}

#[test]
fn a_server_explains_its_clients_by_their_numbers() {
    let (mut server, url) = listening(&["--echo", "--trace"]);
    run(["-x", "hello", &url], b"").expect(0);
    loop {
        let line = server.error_line();
        if line.contains("client -> server") && line.contains("\"hello\"") {
            assert!(line.contains(" #"), "{line}");
            break;
        }
    }
}
