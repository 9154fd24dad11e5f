//! websocat and wscat, as servers for this command and as its clients.

use std::process::Command;
use std::time::{Duration, Instant};

use test_support::installed::{modules, program, skipped};
use test_support::ports::free_ports;

use super::support::{PATIENCE, Ran, Running, echo_server, listening, numbered, run};

/// The program `wscat`, where the gate has installed it.
fn wscat() -> Option<Command> {
    let script = modules("npm-wscat").map(|folder| folder.join("node_modules/wscat/bin/wscat"));
    let (Some(node), Some(script)) = (program("node"), script.filter(|script| script.exists()))
    else {
        skipped("wscat");
        return None;
    };
    let mut command = Command::new(node);
    command.arg(script);
    Some(command)
}

fn websocat() -> Option<Command> {
    let found = program("websocat");
    if found.is_none() {
        skipped("websocat");
    }
    found.map(Command::new)
}

/// Runs this command against a server that needs a moment to listen.
fn run_until_it_listens(url: &str, options: &[&str], input: &[u8]) -> Ran {
    let begun = Instant::now();
    loop {
        let ran = run(options.iter().copied().chain([url]), input);
        if ran.status != Some(2) || begun.elapsed() > PATIENCE {
            return ran;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn a_server_of_websocat_sends_lines_back() {
    let Some(mut websocat) = websocat() else { return };
    let [port] = free_ports();
    websocat.args(["-q", "-t", &format!("ws-l:127.0.0.1:{port}"), "mirror:"]);
    let _server = Running::start(websocat);
    let input = numbered(1000, " is a line");
    let url = format!("ws://127.0.0.1:{port}/");
    let ran = run_until_it_listens(&url, &[], input.as_bytes()).expect(0);
    assert!(ran.text() == input, "{}", ran.text().len());
}

#[test]
fn a_server_of_websocat_talks_in_both_directions() {
    let Some(mut websocat) = websocat() else { return };
    let [port] = free_ports();
    websocat.args(["-q", "-t", "-E", &format!("ws-l:127.0.0.1:{port}"), "-"]);
    let mut server = Running::start(websocat);
    server.write(b"from websocat\n");
    let url = format!("ws://127.0.0.1:{port}/");
    let ran = run_until_it_listens(&url, &[], b"from wsc\n").expect(0);
    // It sends line ends as well.
    assert_eq!(ran.text(), "from websocat\n\n");
    assert_eq!(server.line(), "from wsc");
}

#[test]
fn a_client_of_websocat() {
    let Some(mut websocat) = websocat() else { return };
    let (_echo, url) = listening(&["--echo"]);
    let mut client = Running::start({
        let mut command = Command::new(websocat.get_program());
        command.args(["-q", "-t", &url]);
        command
    });
    client.write(b"one\ntwo\n");
    assert_eq!((client.line(), client.line()), ("one".to_owned(), "two".to_owned()));
    drop(client);

    let (mut talking, url) = listening(&["--expect", "1"]);
    talking.write(b"from wsc\n");
    websocat.args(["-q", "-t", &url]);
    let mut client = Running::start(websocat);
    assert_eq!(client.line(), "from wsc");
    client.write(b"from websocat\n");
    assert_eq!(talking.line(), "from websocat");
    drop(client);
    talking.end().expect(0);
}

#[test]
fn a_server_of_wscat_talks_in_both_directions() {
    let Some(mut wscat) = wscat() else { return };
    let [port] = free_ports();
    wscat.args(["--listen", &port.to_string()]);
    let mut server = Running::start(wscat);
    let url = format!("ws://127.0.0.1:{port}/");
    // What comes is printed by wscat, and it sends its input.
    let begun = Instant::now();
    let mut client = loop {
        let mut client = Running::start(super::support::command(["-v", "--wait", "forever", &url]));
        if client.error_line().starts_with('>') {
            break client;
        }
        assert!(begun.elapsed() < PATIENCE, "wscat does not listen");
        std::thread::sleep(Duration::from_millis(50));
    };
    client.write(b"from wsc\n");
    while !server.line().contains("from wsc") {}
    server.write(b"from wscat\n");
    assert_eq!(client.line(), "from wscat");
}

#[test]
fn a_client_of_wscat() {
    let Some(mut wscat) = wscat() else { return };
    let library = echo_server();
    let (_echo, own) = listening(&["--echo"]);
    for url in [library.url(), &own] {
        let mut command = Command::new(wscat.get_program());
        command.args(wscat.get_args()).args(["-w", "1", "-x", "hello", "-c", url]);
        let mut client = Running::start(command);
        while !client.line().contains("hello") {}
    }
    let (mut talking, url) = listening(&["--expect", "1"]);
    wscat.args(["-w", "60", "-x", "from wscat", "-c", &url]);
    let _client = Running::start(wscat);
    assert_eq!(talking.line(), "from wscat");
    talking.end().expect(0);
}
