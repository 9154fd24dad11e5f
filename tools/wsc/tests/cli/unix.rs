//! What only Unix has: signals, Unix sockets, and shells.

use std::fs;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use blocking_ws::CloseCode;
use rustix::process::Signal;
use test_support::folder::Folder;

use super::support::{Ran, Running, command, connect, echo_server, listening, mock, run};

/// Less than the 10 seconds that are the default.
const SOON: Duration = Duration::from_secs(9);

/// The peer sees Close 1001, and the exit status is that of shells.
#[test]
fn status_130_a_signal() {
    for signal in [Signal::INT, Signal::TERM, Signal::HUP] {
        let mock = mock().on_connection(|peer| {
            peer.expect_text("one");
            peer.send("two");
            peer.expect_close(1001);
        });
        let mut client = Running::start(command([&mock.url()[..]]));
        client.write(b"one\n");
        assert_eq!(client.line(), "two");
        client.signal(signal);
        let ran = end(client);
        assert_eq!((ran.status, &ran.err[..]), (Some(130), ""), "{signal:?}");
        mock.verify();
    }
    // A server that does not answer the Close frame is not waited for, and no connection is needed.
    for mock in [mock().on_connection(|peer| peer.stop_reading()), mock().silent()] {
        let mut client = Running::start(command(["-v", &mock.url()]));
        // The request was sent.
        client.error_line();
        let begun = Instant::now();
        client.signal(Signal::INT);
        assert_eq!(end(client).status, Some(130));
        assert!(begun.elapsed() < SOON, "{:?}", begun.elapsed());
    }
}

/// Waits for the end without closing the input.
fn end(mut client: Running) -> Ran {
    let begun = Instant::now();
    while client.child.try_wait().unwrap().is_none() {
        assert!(begun.elapsed() < super::support::PATIENCE, "it does not end");
        thread::sleep(Duration::from_millis(5));
    }
    client.end()
}

#[test]
fn a_unix_socket_on_both_sides() {
    let folder = Folder::new();
    let path = folder.file("socket");
    let (path, address) = (path.to_str().unwrap(), format!("unix:{}", path.display()));
    let mut server = Running::start(command(["--listen", &address, "--echo"]));
    assert_eq!(server.url(), address);
    assert_eq!(run(["--unix", path, "ws://localhost/"], b"one\n").expect(0).text(), "one\n");
}

/// Every client sees Close 1001.
#[test]
fn a_signal_ends_a_server() {
    for mode in ["--echo", "--broadcast"] {
        let (server, url) = listening(&[mode]);
        let mut ws = connect(&url);
        ws.send("one").unwrap();
        assert_eq!(ws.recv().unwrap(), Some("one".into()));
        server.signal(Signal::INT);
        assert_eq!(ws.recv().unwrap(), None);
        assert_eq!(ws.close_status().unwrap().code(), CloseCode::GoingAway, "{mode}");
        server.end().expect(130);
    }
}

/// Of a server, often only the first line is read: its URL.
#[test]
fn standard_error_may_have_no_reader() {
    let mut server = command(["--listen", "0", "--echo"]);
    let mut server = server.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(server.stderr.take().unwrap()).lines();
    let line = lines.next().unwrap().unwrap();
    drop(lines);
    let url = line.trim_start_matches("listening on ");
    let ended = ["-v", "--time", "--trace", "-P"].map(|option| {
        let mut client = command([option, "-x", "hello", url]);
        let client = client.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
        client.and_then(|mut client| {
            drop(client.stderr.take());
            client.wait_with_output()
        })
    });
    server.kill().unwrap();
    server.wait().unwrap();
    for ended in ended {
        let ended = ended.unwrap();
        assert_eq!((ended.status.code(), &ended.stdout[..]), (Some(0), &b"hello\n"[..]));
    }
}

#[test]
fn two_clients_in_one_pipeline() {
    let server = echo_server();
    let (program, url) = (env!("CARGO_BIN_EXE_wsc"), server.url());
    let line = format!("seq 5000 | {program} {url} | {program} {url} | cksum; seq 5000 | cksum");
    let output = Command::new("sh").args(["-c", &line]).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let sums: Vec<_> = text.lines().collect();
    assert!(sums.len() == 2 && sums[0] == sums[1], "{text}");
}

#[test]
fn a_server_records_all_its_clients() {
    let folder = Folder::new();
    let path = folder.file("server.jsonl");
    let (server, url) = listening(&["--echo", "--record", path.to_str().unwrap()]);
    for text in ["first", "second"] {
        run(["-x", text, &url], b"").expect(0);
    }
    server.signal(Signal::INT);
    server.end().expect(130);
    let text = fs::read_to_string(&path).unwrap();
    for text_of in ["\"text\":\"first\"", "\"text\":\"second\""] {
        assert_eq!(text.matches(text_of).count(), 2, "{text}");
    }
}

/// The conversation goes on, and the exit status tells.
#[cfg(target_os = "linux")]
#[test]
fn a_record_that_is_not_whole_is_a_failure() {
    let (folder, server) = (Folder::new(), echo_server());
    let archive = folder.file("full.har");
    std::os::unix::fs::symlink("/dev/full", &archive).unwrap();
    for path in ["/dev/full", archive.to_str().unwrap()] {
        let ran = run(["--record", path, server.url()], b"one\n").expect(1);
        assert_eq!(ran.text(), "one\n");
        assert!(ran.err.starts_with(&format!("wsc: {path}: ")), "{}", ran.err);
    }
}
