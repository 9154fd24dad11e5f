//! The server on a terminal: it talks with its clients.

use test_support::folder::Folder;

use super::pty::Terminal;
use super::support::connect;

#[test]
fn a_terminal_talks_with_all_clients() {
    let home = Folder::new();
    let state = home.file("state");
    let terminal =
        Terminal::start(&["--listen", "0"], &[("XDG_STATE_HOME", state.to_str().unwrap())]);
    let screen = terminal.wait("the address", |screen| screen.contains("listening on ws://"));
    let url =
        screen.lines().find_map(|line| line.strip_prefix("listening on ")).unwrap().to_owned();
    let mut first = connect(url.trim());
    let mut second = connect(url.trim());
    terminal.wait("both", |screen| screen.matches("connected: /").count() == 2);
    terminal.type_in("hello, all\r");
    for ws in [&mut first, &mut second] {
        assert_eq!(ws.recv().unwrap(), Some("hello, all".into()));
    }
    first.send("one here").unwrap();
    terminal.wait("a message", |screen| {
        screen.lines().any(|line| line.starts_with('#') && line.ends_with("< one here"))
    });
    terminal.type_in("/close 1008 not you\r");
    for ws in [&mut first, &mut second] {
        assert_eq!(ws.recv().unwrap(), None);
        assert_eq!(ws.close_status().unwrap().reason(), "not you");
    }
    terminal.wait("the ends", |screen| screen.matches("closed: 1008 not you").count() == 2);
    // The server goes on.
    let mut third = connect(url.trim());
    terminal.wait("another", |screen| screen.matches("connected: /").count() == 3);
    terminal.type_in("half a line");
    terminal.ends_with("> half a line");
    terminal.type_in("\x15\x04");
    assert_eq!(third.recv().unwrap(), None);
    assert_eq!(u16::from(third.close_status().unwrap().code()), 1001);
    assert_eq!(terminal.end().0, Some(0));
}

#[test]
fn ctrl_c_ends_the_server_and_gives_the_terminal_back() {
    let home = Folder::new();
    let state = home.file("state");
    let environment = [("XDG_STATE_HOME", state.to_str().unwrap())];
    let terminal = Terminal::start(&["--listen", "0", "--broadcast"], &environment);
    let screen = terminal.ends_with(">");
    let url = screen.lines().find_map(|line| line.strip_prefix("listening on ")).unwrap();
    let mut ws = connect(url.trim());
    terminal.wait("the client", |screen| screen.contains("connected: /"));
    terminal.type_in("\x03");
    assert_eq!(ws.recv().unwrap(), None);
    assert_eq!(u16::from(ws.close_status().unwrap().code()), 1001);
    let (status, screen) = terminal.end();
    assert_eq!(status, Some(130), "{screen}");
}
