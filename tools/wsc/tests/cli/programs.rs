//! `--exec`: a program for each client.

use std::thread;
use std::time::{Duration, Instant};

use blocking_ws::CloseCode;
use rustix::process::{Pid, Signal, test_kill_process};
use test_support::folder::Folder;

use super::support::{PATIENCE, connect, listening, numbered, run};

#[test]
fn lines_go_in_and_come_out() {
    let (_server, url) = listening(&["--exec", "cat"]);
    let input = numbered(10_000, "");
    assert!(run([&url[..]], input.as_bytes()).expect(0).text() == input);
    let (_server, url) = listening(&["--exec", "cat", "-0", "-b"]);
    assert_eq!(run(["-0", &url], b"a\nb\0\xc3\xa9\0").expect(0).out, b"a\nb\0\xc3\xa9\0");
}

/// Words are split as a shell does, and no shell sees them.
#[test]
fn no_shell_runs_it() {
    let (_server, url) = listening(&["--exec", "printf '%s\\n' '$HOME' \"a  b\" *"]);
    let ran = run(["--wait", "forever", &url], b"").expect(0);
    assert_eq!(ran.text(), "$HOME\na  b\n*\n");
}

#[test]
fn the_program_knows_its_client() {
    let names = ["WSC_PEER", "WSC_PATH", "WSC_QUERY", "WSC_SUBPROTOCOL", "WSC_CONNECTION"];
    let command = format!("printenv {}", names.join(" "));
    let (_server, url) = listening(&["--exec", &command, "-s", "chat.v1"]);
    let url = format!("{url}a/b?c=d");
    let ran = run(["--wait", "forever", "-s", "chat.v1", &url], b"").expect(0);
    let text = ran.text();
    let lines: Vec<_> = text.lines().collect();
    assert!(lines[0].starts_with("127.0.0.1:"), "{lines:?}");
    assert_eq!(lines[1..4], ["/a/b", "c=d", "chat.v1"]);
    assert!(lines[4].parse::<u64>().is_ok(), "{lines:?}");
}

#[test]
fn the_end_of_a_program_closes_the_connection() {
    for (command, code) in [("true", 1000), ("false", 1011), ("/no/such/program", 1011)] {
        let (_server, url) = listening(&["--exec", command]);
        let mut ws = connect(&url);
        assert_eq!(ws.recv().unwrap(), None, "{command}");
        assert_eq!(u16::from(ws.close_status().unwrap().code()), code, "{command}");
    }
}

/// It reads when its client has gone.
#[test]
fn a_program_has_time_to_read_what_its_client_said_last() {
    let folder = Folder::new();
    let path = folder.file("last");
    let line = format!("sh -c 'sleep 0.1; cat > {0}; mv {0} {0}.whole'", path.display());
    let (_server, url) = listening(&["--exec", &line]);
    run(["--wait", "0", &url], b"one\ntwo\n").expect(0);
    let (whole, begun) = (folder.file("last.whole"), Instant::now());
    while !whole.exists() {
        assert!(begun.elapsed() < PATIENCE, "it was ended before");
        thread::sleep(Duration::from_millis(10));
    }
    assert_eq!(std::fs::read_to_string(whole).unwrap(), "one\ntwo\n");
}

fn is_gone(process: i32) -> bool {
    test_kill_process(Pid::from_raw(process).unwrap()).is_err()
}

#[track_caller]
fn goes(process: i32) {
    let begun = Instant::now();
    while !is_gone(process) {
        assert!(begun.elapsed() < PATIENCE, "the process {process} is still there");
        thread::sleep(Duration::from_millis(10));
    }
}

/// The program prints its own number and that of a program that it has started. It does not read.
const FAMILY: &str = "sh -c 'trap \"\" HUP; sleep 1000 & echo $$ $!; wait'";
/// It does not even end when it is asked to.
const STUBBORN: &str = "sh -c 'trap \"\" TERM; echo $$ $$; while :; do sleep 1; done'";

#[test]
fn a_program_is_killed_with_all_it_has_started_when_its_client_goes() {
    for command in [FAMILY, STUBBORN] {
        let (_server, url) = listening(&["--exec", command]);
        let mut ws = connect(&url);
        let line = ws.recv().unwrap().unwrap().to_string();
        let numbers: Vec<i32> = line.split(' ').map(|word| word.parse().unwrap()).collect();
        assert!(!numbers.iter().any(|number| is_gone(*number)), "{line}");
        ws.close(CloseCode::Normal, "").unwrap();
        numbers.into_iter().for_each(goes);
    }
}

#[test]
fn programs_are_killed_when_the_server_ends() {
    let (server, url) = listening(&["--exec", FAMILY]);
    let mut ws = connect(&url);
    let line = ws.recv().unwrap().unwrap().to_string();
    server.signal(Signal::INT);
    assert_eq!(ws.recv().unwrap(), None);
    server.end().expect(130);
    line.split(' ').for_each(|word| goes(word.parse().unwrap()));
}

/// Its queue is full, so the server does not read what the client has sent last.
#[test]
fn a_program_that_does_not_read_is_killed_when_its_client_vanishes() {
    let (_server, url) = listening(&["--exec", FAMILY]);
    let client = blocking_ws::Client::new().write_timeout(Duration::from_millis(500));
    let mut ws = client.connect(&url).unwrap();
    ws.set_read_timeout(PATIENCE);
    let line = ws.recv().unwrap().unwrap().to_string();
    let much = "x".repeat(1 << 20);
    while ws.send(&much).is_ok() {}
    drop(ws);
    line.split(' ').for_each(|word| goes(word.parse().unwrap()));
}
