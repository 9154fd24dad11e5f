//! The client on a terminal: editing, history, what comes meanwhile, and commands.

use std::fs;
use std::sync::mpsc;

use blocking_ws::{Message, Server, ServerHandle};
use rustix::process::Signal;
use test_support::folder::Folder;

use super::pty::Terminal;
use super::support::{echo_server, mock};

const LEFT: &str = "\x1b[D";
const UP: &str = "\x1b[A";
const CTRL_A: &str = "\x01";
const CTRL_C: &str = "\x03";
const CTRL_D: &str = "\x04";

/// Starts the command on a terminal, with a home of its own, and waits for the prompt.
fn start(arguments: &[&str], home: &Folder) -> Terminal {
    let state = home.file("state");
    let terminal = Terminal::start(arguments, &[("XDG_STATE_HOME", state.to_str().unwrap())]);
    terminal.ends_with(">");
    terminal
}

/// A server that sends what this test says, and tells what comes.
fn told() -> (ServerHandle, mpsc::Receiver<Message>) {
    let (tell, told) = mpsc::channel();
    let server = Server::bind("127.0.0.1:0").unwrap().spawn(move |ws| {
        while let Some(message) = ws.recv()? {
            tell.send(message).unwrap();
        }
        Ok(())
    });
    (server.unwrap(), told)
}

#[test]
fn lines_are_edited_sent_and_answered() {
    let (home, server) = (Folder::new(), echo_server());
    let terminal = start(&[server.url()], &home);
    let url = server.url();
    terminal.shows(&format!("[connected to {url}; Ctrl-D closes, /help lists commands]"));
    terminal.type_in(&format!("helo{LEFT}l\r"));
    terminal.shows("< hello");
    terminal.type_in(&format!("world{CTRL_A}Grüße, \r"));
    let screen = terminal.shows("< Grüße, world");
    let lines: Vec<_> = screen.lines().skip(1).take(4).collect();
    assert_eq!(lines, ["> hello", "< hello", "> Grüße, world", "< Grüße, world"], "{screen}");
    terminal.ends_with(">");
    assert!(!terminal.is_cooked());
    terminal.type_in(CTRL_D);
    let modes = terminal.shows("[closed: 1000]");
    assert!(modes.contains("[closed: 1000]"));
    let (status, screen) = terminal.end();
    assert_eq!(status, Some(0), "{screen}");
}

#[test]
fn what_comes_stands_above_the_line_that_is_edited() {
    let (home, (server, _told)) = (Folder::new(), told());
    let terminal = start(&[server.url()], &home);
    terminal.type_in("half a line");
    terminal.ends_with("> half a line");
    let sender = loop {
        if let Some(connection) = server.connections().first() {
            break connection.sender().clone();
        }
        std::thread::yield_now();
    };
    for n in 0..10 {
        sender.send(format!("news {n}")).unwrap();
    }
    let screen = terminal.shows("< news 9");
    terminal.ends_with("> half a line");
    let news: Vec<_> = screen.lines().filter(|line| line.starts_with("< ")).collect();
    let want: Vec<_> = (0..10).map(|n| format!("< news {n}")).collect();
    assert_eq!(news, want, "{screen}");
    // A line that is longer than the terminal, in which the cursor is not at the end.
    let long = "x".repeat(100);
    terminal.type_in(&format!("{CTRL_A}{long}"));
    terminal
        .wait("the long line", |screen| screen.ends_with("half a line") && screen.contains("xxxx"));
    sender.send("more\nthan a line").unwrap();
    let screen = terminal.shows("  than a line");
    assert!(screen.contains("< more\n"), "{screen}");
    terminal.wait("the line again", |screen| {
        screen.replace('\n', "").ends_with(&format!("> {long}half a line"))
    });
    assert_eq!(terminal.screen().matches("half a line").count(), 1, "{}", terminal.screen());
}

#[test]
fn lines_are_there_the_next_time() {
    let (home, server) = (Folder::new(), echo_server());
    let terminal = start(&[server.url()], &home);
    for line in ["first", "second"] {
        terminal.type_in(&format!("{line}\r"));
        terminal.shows(&format!("< {line}"));
        terminal.ends_with(">");
    }
    // Also if the process ends while a line is edited.
    terminal.signal(Signal::TERM);
    assert_eq!(terminal.end().0, Some(130));
    let path = home.file("state").join("wsc").join("history");
    let kept = fs::read_to_string(&path).unwrap();
    assert!(kept.contains("first\nsecond\n"), "{kept}");

    let terminal = start(&[server.url()], &home);
    terminal.type_in(UP);
    terminal.ends_with("> second");
    terminal.type_in(UP);
    terminal.ends_with("> first");
    terminal.type_in("!\r");
    terminal.shows("< first!");
    drop(terminal);
    let terminal = start(&["--no-history", server.url()], &home);
    terminal.type_in("secret\r");
    terminal.shows("< secret");
    assert!(!fs::read_to_string(&path).unwrap().contains("secret"));
}

#[test]
fn commands_send_what_is_no_text() {
    let home = Folder::new();
    let file = home.file("file.txt");
    fs::write(&file, "from a file\n").unwrap();
    let mock = mock().on_connection(|peer| {
        assert_eq!(peer.expect_ping(), b"abcd");
        peer.pong("abcd");
        assert_eq!(peer.expect_pong(), b"unasked");
        peer.ping("");
        assert_eq!(peer.expect_pong(), b"");
        assert_eq!(peer.expect_binary(&[0, 255][..]), [0, 255]);
        peer.send(&[0, 255][..]);
        peer.expect_text("from a file\n");
        peer.expect_text("/quit");
        assert_eq!(peer.expect_close(4000), "so long");
        peer.close(4000, "so long");
    });
    let terminal = start(&["-P", "-t", &mock.url()], &home);
    terminal.type_in("/ping abcd\r");
    terminal.wait("the pong", |screen| screen.contains("[pong 4 \"abcd\"]"));
    terminal.type_in("/pong unasked\r");
    terminal.wait("the ping", |screen| screen.contains("[ping 0]"));
    terminal.type_in("/hex 00 ff\r");
    let screen =
        terminal.wait("the binary message", |screen| screen.contains("< [binary 2] 00 ff"));
    // The time of day, with milliseconds.
    let line = screen.lines().find(|line| line.contains("[binary 2]")).unwrap();
    let time = line.split(' ').next().unwrap();
    assert!(time.len() == 12 && time.matches(':').count() == 2, "{line}");
    terminal.type_in("/nonsense\r");
    terminal.wait("an error", |screen| screen.contains("error: there is no command /nonsense"));
    terminal.type_in("/help\r");
    terminal.wait("the help", |screen| screen.contains("/close [CODE [REASON]]"));
    terminal.type_in(&format!("/send {}\r", file.display()));
    terminal.type_in("//quit\r");
    terminal.type_in("/close 4000 so long\r");
    terminal.wait("the end", |screen| screen.contains("[closed: 4000 so long]"));
    let (status, screen) = terminal.end();
    assert_eq!(status, Some(0), "{screen}");
    mock.verify();
}

#[test]
fn json_goes_on_over_several_lines_and_is_indented() {
    let (home, (server, told)) = (Folder::new(), told());
    let terminal = start(&["--json", server.url()], &home);
    terminal.type_in("{\"a\":\r");
    terminal.ends_with("|");
    terminal.type_in("/1}\r");
    terminal.wait("an error", |screen| screen.contains("error: this is no JSON"));
    terminal.ends_with(">");
    terminal.type_in("{\"a\":\r");
    terminal.ends_with("|");
    terminal.type_in(CTRL_C);
    terminal.ends_with(">");
    terminal.type_in("[1,\r2]\r");
    assert_eq!(told.recv_timeout(super::support::PATIENCE).unwrap(), "[1,\n2]".into());
    let connections = server.connections();
    connections[0].sender().send("{\"b\":[1,\"\x1b\"]}").unwrap();
    connections[0].sender().send("{\"b\":[1,\"x\"]}").unwrap();
    terminal.shows("< {");
    let screen = terminal.shows("      \"x\"");
    assert!(screen.contains("\\u{1b}"), "control characters: {screen}");
}

/// The peer sees Close 1001. The terminal is as it was.
#[test]
fn ctrl_c_leaves_and_gives_the_terminal_back() {
    for interrupt in [None, Some(Signal::INT)] {
        let home = Folder::new();
        let mock = mock().on_connection(|peer| {
            peer.expect_text("one");
            peer.expect_close(1001);
            peer.close(1001, "");
        });
        let terminal = start(&[&mock.url()], &home);
        terminal.type_in("one\r");
        terminal.ends_with(">");
        terminal.type_in("half");
        terminal.ends_with("> half");
        match interrupt {
            None => terminal.type_in(CTRL_C),
            Some(signal) => terminal.signal(signal),
        }
        mock.verify();
        let (status, screen) = wait_cooked(terminal);
        assert_eq!(status, Some(130), "{screen}");
    }
}

/// Waits for the end, and checks that the terminal is as shells want it.
fn wait_cooked(terminal: Terminal) -> (Option<i32>, String) {
    let until = std::time::Instant::now() + super::support::PATIENCE;
    while !terminal.is_cooked() {
        assert!(std::time::Instant::now() < until, "{}", terminal.screen());
        std::thread::yield_now();
    }
    terminal.end()
}

#[test]
fn a_server_that_goes_ends_it_while_a_line_is_edited() {
    for (code, status) in [(1000, 0), (1011, 4)] {
        let home = Folder::new();
        let mock = mock().on_connection(move |peer| {
            peer.expect_text("one");
            peer.send("last words");
            peer.close(code, "enough");
            peer.expect_close(code);
        });
        let terminal = start(&[&mock.url()], &home);
        terminal.type_in("one\rhalf");
        let (ended, screen) = wait_cooked_after(terminal, &format!("[closed: {code} enough]"));
        assert_eq!(ended, Some(status), "{screen}");
        assert!(screen.contains("< last words"), "{screen}");
    }
}

fn wait_cooked_after(terminal: Terminal, line: &str) -> (Option<i32>, String) {
    terminal.shows(line);
    wait_cooked(terminal)
}

#[test]
fn a_lost_connection_is_opened_again_where_that_is_asked_for() {
    let home = Folder::new();
    let mock = mock()
        .on_connection(|peer| {
            peer.expect_text("one");
            peer.cut();
        })
        .refuse(503, "busy\n")
        .on_connection(|peer| {
            peer.expect_text("two");
            peer.send("again");
            peer.expect_close(1000);
            peer.close(1000, "");
        });
    let terminal = start(&["--retry", &mock.url()], &home);
    terminal.type_in("one\r");
    terminal.wait("the second connection", |screen| screen.matches("[connected to").count() == 2);
    let screen = terminal.screen();
    let tells = |line: &str| line.starts_with('[') && line.contains("503") && line.contains("s]");
    assert!(screen.lines().any(tells), "{screen}");
    terminal.type_in("two\r");
    terminal.shows("< again");
    terminal.type_in("/quit\r");
    assert_eq!(terminal.end().0, Some(0));
    mock.verify();
}

/// The first pause between two attempts is short, and the later ones last much longer than this test.
#[test]
fn a_person_can_leave_between_two_attempts() {
    for leaving in [CTRL_D, "/close\r"] {
        let home = Folder::new();
        let losing = mock().on_connection(|peer| {
            peer.expect_text("one");
            peer.cut();
        });
        // The next attempt may come before the server has gone.
        let mock = losing.otherwise(|peer| {
            peer.cut();
        });
        let terminal = start(&["--retry=1000", &mock.url()], &home);
        terminal.type_in("one\r");
        terminal.wait("the loss", |screen| screen.contains("lost (1006)"));
        drop(mock);
        terminal.wait("an attempt", |screen| screen.contains("refused"));
        terminal.type_in(leaving);
        let (status, screen) = terminal.end();
        assert_eq!(status, Some(5), "{screen}");
    }
}

#[test]
fn explanations_stand_above_the_line_that_is_edited() {
    let (home, server) = (Folder::new(), echo_server());
    let terminal = start(&["--trace", server.url()], &home);
    terminal.type_in("hello\rhalf");
    terminal.ends_with("> half");
    terminal.wait("both frames", |screen| screen.matches("(5 bytes): \"hello\"").count() == 2);
    let screen = terminal.ends_with("> half");
    assert_eq!(screen.matches("> half").count(), 1, "{screen}");
    terminal.type_in("\x15/quit\r");
    let (status, screen) = terminal.end();
    assert_eq!(status, Some(0), "{screen}");
    assert!(screen.contains("This end has closed its socket"), "{screen}");
}

/// Terminals mark what is pasted, so that its line ends send nothing.
#[test]
fn what_is_pasted_is_one_message() {
    let (home, (server, told)) = (Folder::new(), told());
    let terminal = start(&[server.url()], &home);
    terminal.type_in("\x1b[200~first\rsecond\x1b[201~");
    terminal.wait("both lines", |screen| screen.contains("first") && screen.ends_with("second"));
    terminal.type_in("\r");
    let message = told.recv_timeout(super::support::PATIENCE).unwrap();
    assert_eq!(message, "first\nsecond".into());
    // What is typed faster than it is read is not lost either.
    let lines: Vec<_> = (0..20).map(|n| format!("line {n}")).collect();
    terminal.type_in(&(lines.join("\r") + "\r"));
    for line in lines {
        let message = told.recv_timeout(super::support::PATIENCE).unwrap();
        assert_eq!(message, line.into());
    }
}

/// A terminal that can do nothing: lines still go and come.
#[test]
fn a_dumb_terminal_is_enough() {
    let (home, server) = (Folder::new(), echo_server());
    let state = home.file("state");
    let environment = [("XDG_STATE_HOME", state.to_str().unwrap()), ("TERM", "dumb")];
    let terminal = Terminal::start(&[server.url()], &environment);
    terminal.wait("the prompt", |screen| screen.ends_with('>') || screen.ends_with("> "));
    terminal.type_in("hello\n");
    terminal.wait("the answer", |screen| screen.contains("< hello"));
    terminal.type_in(CTRL_D);
    assert_eq!(terminal.end().0, Some(0));
}

/// Of `-x`, the output may be a terminal too. Only `--raw` gives that what a peer likes.
#[test]
fn a_terminal_is_not_controlled_by_answers_to_an_option() {
    let (home, server) = (Folder::new(), echo_server());
    let state = home.file("state");
    let environment = [("XDG_STATE_HOME", state.to_str().unwrap())];
    for (option, want) in [("-t", "\\u{1b}[2Jx"), ("-b", "[binary 5]")] {
        let terminal = Terminal::start(&[option, "-x", "\x1b[2Jx", server.url()], &environment);
        let (status, screen) = terminal.end();
        assert_eq!((status, &screen[..]), (Some(0), want), "{option}");
    }
}
