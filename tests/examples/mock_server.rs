//! The server that follows a script, for clients of other programs.

use blocking_ws::{Client, Error, connect};
use test_support::folder::Folder;
use test_support::program::Program;

/// A mock with these words, and its URL.
fn mock(words: &[&str]) -> (Program, String) {
    let mock = Program::start("mock_server", words.iter().copied());
    let line = mock.line();
    let url = line.strip_prefix("listening on ").expect(&line).to_owned();
    (mock, url)
}

#[test]
fn it_follows_its_script_and_says_that_all_came() {
    let folder = Folder::new();
    let log = folder.file("log.txt");
    let words = ["--log", log.to_str().unwrap(), "--connection", "expect", "join lobby"];
    let words = [&words[..], &["send-binary", "0aff", "reset"]].concat();
    let others = ["--connection", "refuse", "503", "--connection", "echo"];
    let (mock, url) = mock(&[&words[..], &others].concat());
    let mut ws = connect(&url).unwrap();
    ws.send("join lobby").unwrap();
    assert_eq!(ws.recv().unwrap(), Some(vec![0x0A, 0xFF].into()));
    assert!(matches!(ws.recv(), Err(Error::Lost(_))));
    match Client::new().connect(&url) {
        Err(Error::Refused(response)) => assert_eq!(response.status(), 503),
        outcome => panic!("{outcome:?}"),
    }
    let mut ws = connect(&url).unwrap();
    ws.send("again").unwrap();
    assert_eq!(ws.recv().unwrap(), Some("again".into()));
    ws.close(1000, "").unwrap();
    let ended = mock.end();
    assert_eq!((&ended.stdout[..], ended.code), ("everything came as expected\n", Some(0)));
    let log = std::fs::read_to_string(&log).unwrap();
    assert!(log.contains("-> BINARY fin len=2 0aff"), "{log}");
}

#[test]
fn it_says_what_came_instead() {
    let (mock, url) = mock(&["--connection", "expect", "join lobby"]);
    let mut ws = connect(&url).unwrap();
    ws.send("join loby").unwrap();
    assert_eq!(ws.recv().unwrap(), None);
    let ended = mock.end();
    assert_eq!((&ended.stdout[..], ended.code), ("", Some(1)), "{ended:?}");
    assert!(ended.stderr.contains("expected  text \"join lobby\""), "{ended:?}");
    assert!(ended.stderr.contains("received  text \"join loby\""), "{ended:?}");
}

#[test]
fn a_mistake_is_told() {
    for (words, part) in [
        (&[][..], "there is no --connection"),
        (&["expect", "x"], "unexpected argument \"expect\""),
        (&["--connection"], "--connection 1: it has no steps"),
        (
            &["--connection", "echo", "--connection", "expct", "x"],
            "--connection 2: `expct` is no step",
        ),
        (&["--connection", "send"], "`send` needs a value"),
        (&["--connection", "send", "x", "silent"], "`silent` stands alone"),
        (&["--connection", "bytes", "8g"], "\"8g\" is not hex"),
        (&["--connection", "close", "99999"], "\"99999\" is no number"),
    ] {
        let ended = Program::start("mock_server", words.iter().copied()).end();
        assert!(ended.stderr.contains(part), "{words:?}: {ended:?}");
        assert_eq!(ended.code, Some(2), "{words:?}");
    }
}
