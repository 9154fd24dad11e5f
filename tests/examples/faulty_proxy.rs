//! The proxy of faults between other programs.

use test_support::folder::Folder;
use test_support::program::Program;
use test_support::terminal::Ended;

/// A proxy to an echo server with these options, and where it listens.
fn proxied(options: &[&str]) -> (Program, Program, String) {
    let server = Program::start("echo_server", ["--addr", "127.0.0.1:0"]);
    let line = server.line();
    let to = line.strip_prefix("listening on ").expect(&line);
    let arguments =
        ["--listen", "127.0.0.1:0", "--to", to].into_iter().chain(options.iter().copied());
    let proxy = Program::start("faulty_proxy", arguments);
    let line = proxy.line();
    let url = line.strip_prefix("listening on ").expect(&line).to_owned();
    (server, proxy, url)
}

fn line_client(url: &str) -> Ended {
    let mut client = Program::start("line_client", [url]);
    client.feed("one\ntwo\n");
    client.end()
}

/// What the proxy has said, without the times and without the ports of clients.
fn notes(mut proxy: Program) -> Vec<String> {
    proxy.child.kill().unwrap();
    let told = proxy.errors.recv_timeout(test_support::program::PATIENCE).unwrap();
    let mut notes = Vec::new();
    for line in told.lines() {
        let (time, note) = line.split_once(' ').unwrap();
        assert!(time.starts_with('+') && time[1..].parse::<f64>().is_ok(), "{line}");
        let note = note.split_once("from 127.0.0.1:").map_or(note, |(before, _)| before.trim());
        notes.push(note.to_owned());
    }
    notes
}

#[test]
fn it_stands_between_a_server_and_a_client() {
    let plan = "latency=5ms,jitter=1ms,chunk=1-3";
    let (_server, proxy, url) = proxied(&["--upstream", plan, "--downstream", plan, "--seed", "7"]);
    let ended = line_client(&url);
    assert_eq!((&ended.stdout[..], ended.code), ("one\ntwo\n", Some(0)), "{ended:?}");
    let notes = notes(proxy);
    assert_eq!(notes[..2], ["seed 7", "connection 1:"]);
}

#[test]
fn it_tells_of_each_fault() {
    let plan = "insert=8106627265616b21@head+frame2,cut@head+frame2,connections=1";
    let (_server, proxy, url) = proxied(&["--downstream", plan]);
    let ended = line_client(&url);
    assert!(ended.stdout.ends_with("break!\n"), "{ended:?}");
    assert!(ended.stderr.contains("lost"), "{ended:?}");
    assert_eq!(ended.code, Some(1), "{ended:?}");
    let ended = line_client(&url);
    assert_eq!((&ended.stdout[..], ended.code), ("one\ntwo\n", Some(0)), "{ended:?}");
    let notes = notes(proxy);
    let faults: Vec<_> = notes.iter().filter_map(|note| note.split_once(" at byte ")).collect();
    let told =
        ["inserted 8 bytes", "cut"].map(|fault| format!("connection 1: downstream: {fault}"));
    assert!(faults.iter().map(|(fault, _)| *fault).eq(told), "{notes:?}");
}

#[test]
fn a_mistake_is_told_and_help_helps() {
    for (arguments, code, about) in [
        (["--downstream", "chunk=1,explode@3"], 2, "--downstream: \"explode@3\" is no fault"),
        (["--upstream", "cut"], 2, "--upstream: \"cut\" needs a place, such as cut@1000"),
        (["--seed", "x"], 2, "--seed takes a number, not \"x\""),
        (["--to", "nowhere"], 1, "\"nowhere\" is neither host:port nor a ws:// URL"),
        (["--listen", "192.0.2.1:9"], 1, "faulty_proxy: "),
    ] {
        let ended = Program::start("faulty_proxy", arguments).end();
        assert_eq!(ended.code, Some(code), "{ended:?}");
        assert!(ended.stderr.contains(about), "{ended:?}");
        assert_eq!(ended.stderr.contains("Usage"), code == 2, "{ended:?}");
    }
    let ended = Program::start("faulty_proxy", ["--help"]).end();
    assert_eq!(ended.code, Some(0));
    // Its examples are plans.
    let plans = ended.stdout.split("stream ").skip(1).filter_map(|rest| rest.split(' ').next());
    let plans: Vec<_> = plans.filter(|plan| plan.contains(['=', '@'])).map(str::trim).collect();
    assert_eq!(plans.len(), 4, "{plans:?}");
    for plan in plans {
        let plan = plan.lines().next().unwrap();
        crate::plan::add(blocking_ws::testing::Faults::new(), plan).unwrap();
    }
}

#[test]
fn it_logs_each_frame() {
    let folder = Folder::new();
    for (name, part) in [
        ("log.txt", "-> TEXT   fin len=3 \"one\""),
        ("log.jsonl", "\"opcode\":1,\"fin\":true,\"rsv\":0,\"len\":3,\"text\":\"one\""),
    ] {
        let path = folder.file(name);
        let (_server, _proxy, url) = proxied(&["--log", path.to_str().unwrap()]);
        assert_eq!(line_client(&url).code, Some(0));
        let log = std::fs::read_to_string(&path).unwrap();
        assert!(log.contains(part), "{log}");
    }
}
