//! The exit statuses.

use std::net::TcpListener;
use std::thread;

use blocking_ws::Settings;

use super::support::{echo, echo_server, nowhere, run, wrong_server};

#[test]
fn no_case_has_failed_0() {
    let server = echo_server();
    let ran = run(&["server", server.url(), "--cases", "1.1.1,5.3,7.1.1"]).expect(0);
    assert!(ran.out.contains("3 cases: 3 ok"), "{}", ran.out);
}

#[test]
fn a_case_has_failed_1() {
    let server = wrong_server();
    let ran = run(&["server", server.url(), "--cases", "1.1.1,1.2.2"]).expect(1);
    for part in
        ["✗ 1.1.1", "expected  What comes is a text", "received  ", "wire      ", "1 failed"]
    {
        assert!(ran.out.contains(part), "{part}: {}", ran.out);
    }
}

#[test]
fn the_first_failure_ends_the_run_with_1_too() {
    let server = wrong_server();
    let all = ["server", server.url(), "--cases", "1.1.1,1.1.2,1.1.3,1.1.4"];
    let first = [&all[..], &["--fail-fast", "--jobs", "1"]].concat();
    let ran = run(&first).expect(1);
    assert!(ran.out.contains("1 case: 1 failed"), "{}", ran.out);
}

#[test]
fn the_command_line_cannot_be_used_2() {
    let url = nowhere();
    for (rule, arguments) in [
        ("no command", &[][..]),
        ("unknown command", &["nonesuch"]),
        ("not a URL of a WebSocket", &["server", "http://127.0.0.1/"]),
        ("no such case", &["server", &url, "--cases", "99.*"]),
        ("no such case is left out", &["server", &url, "--exclude", "99.*"]),
        ("no such case is explained", &["explain", "99.1"]),
        ("no baseline", &["server", &url, "--baseline", "/nonexistent/baseline.json"]),
        ("a factor of nothing", &["server", &url, "--patience", "0"]),
        ("no place for the URL", &["client", "--exec", "true"]),
        ("a rerun without a program", &["client", "--rerun", "1"]),
        ("no file", &["--spec", "/nonexistent/spec.json"]),
    ] {
        let ran = run(arguments);
        assert_eq!(ran.status, Some(2), "{rule}: {}", ran.err);
        assert!(!ran.err.is_empty(), "{rule} is told");
    }
}

#[test]
fn the_program_cannot_be_reached_3() {
    let url = nowhere();
    for (rule, arguments, why) in [
        ("a server", &["server", url.as_str()][..], "cannot be reached"),
        (
            "a program that is none",
            &["client", "--exec", "/nonexistent/client {url}"],
            "cannot be started",
        ),
        (
            "no client comes",
            &["client", "--listen", "127.0.0.1:0", "--silence", "0"],
            "no client has run a case",
        ),
    ] {
        let ran = run(arguments);
        assert_eq!(ran.status, Some(3), "{rule}: {}", ran.err);
        assert!(ran.err.contains(why), "{rule}: {}", ran.err);
    }
}

/// A server that serves one connection, on which the suite asks whether it is there.
#[test]
fn the_run_was_not_finished_4() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("ws://{}/", listener.local_addr().unwrap());
    let server = thread::spawn(move || {
        let (stream, _) = listener.accept().unwrap();
        drop(listener);
        Settings::new().accept(stream).and_then(|mut ws| echo(&mut ws))
    });
    let ran = run(&["server", &url, "--cases", "1.1.*"]).expect(4);
    assert!(ran.err.contains("the run was not finished: after 1.1."), "{}", ran.err);
    // How that one connection ended does not matter.
    let _ = server.join().unwrap();
}
