//! Bytes of a connection, and the lines that explain them.

use std::io::{self, Read, Write};
use std::net::Shutdown;
use std::sync::{Arc, Mutex};

use blocking_ws::testing::Pipe;
use blocking_ws::{Client, Duplex, Role, Server, Stream};

use super::{Explainer, Options};

mod handshake;

mod protocol;

mod table;

/// What has been written.
#[derive(Clone, Default)]
struct Written(Arc<Mutex<Vec<u8>>>);

impl Write for Written {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(buf)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Written {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

/// An explainer with the lines that it writes.
fn explainer(options: Options) -> (Explainer, Written) {
    let written = Written::default();
    (Explainer::new(Box::new(written.clone()), options), written)
}

/// A step of a connection, as its server sees it.
#[derive(Clone, Copy)]
enum Step<'a> {
    /// The client sends these bytes.
    Client(&'a [u8]),
    /// The server sends these bytes.
    Server(&'a [u8]),
    /// The client ends its direction.
    End,
}

use Step::{Client as C, End, Server as S};

/// Explains the steps as a server sees them, and cuts them into parts of at most `most` bytes.
fn steps(steps: &[Step<'_>], most: usize, options: Options) -> String {
    let (explainer, written) = explainer(options);
    let (near, mut far) = Pipe::new(1 << 20);
    let mut near = Stream::new(near).unwrap().tap(Role::Server, explainer);
    for step in steps {
        match step {
            C(bytes) => {
                for part in bytes.chunks(most) {
                    far.write_all(part).unwrap();
                    near.read_exact(&mut vec![0; part.len()]).unwrap();
                }
            }
            S(bytes) => bytes.chunks(most).for_each(|part| near.write_all(part).unwrap()),
            End => {
                far.shutdown(Shutdown::Write).unwrap();
                assert_eq!(near.read(&mut [0]).unwrap(), 0);
            }
        }
    }
    drop(near);
    written.text()
}

/// The lines without times, without the columns on the left, and without those of the beginning and the
/// end: `C` and `S` stand before what the client and the server has sent.
fn lines(text: &str) -> Vec<String> {
    let lines: Vec<_> = text.lines().map(line).collect();
    assert!(lines[0].starts_with("- This end is the "), "{text}");
    assert_eq!(lines.last().unwrap(), "- This end has closed its socket. [RFC 6455 §7.1.1]");
    lines[1..lines.len() - 1].to_vec()
}

fn line(line: &str) -> String {
    let words = without_times(line);
    match (words.split_once("client -> server  "), words.split_once("server -> client  ")) {
        (Some((_, words)), _) => format!("C {words}"),
        (_, Some((_, words))) => format!("S {words}"),
        _ if words.starts_with('+') => format!("- {}", words.trim_start_matches("+T").trim()),
        _ => format!("  {}", words.trim()),
    }
}

/// `+0.0012` becomes `+T`.
fn without_times(line: &str) -> String {
    let words = line.split(' ').map(|word| {
        let number = word.strip_prefix('+').unwrap_or_default();
        let end = number.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.');
        // A sentence can end behind it.
        let end = if number.ends_with('.') { "." } else { end };
        if number.is_empty() { word.to_owned() } else { format!("+T{end}") }
    });
    words.collect::<Vec<_>>().join(" ")
}

#[track_caller]
fn assert_lines(rule: &str, taken: &[Step<'_>], want: &[&str]) {
    for most in [usize::MAX, 1, 3] {
        let text = steps(taken, most, Options::default());
        assert_eq!(lines(&text), want, "{rule}, by {most}:\n{text}");
    }
}

#[test]
fn each_frame_is_explained_and_each_broken_rule_named() {
    for (rule, bytes, want) in table::FRAMES {
        assert_lines(rule, &[S(bytes)], want);
    }
}

#[test]
fn colours_and_numbers_are_options() {
    let plain = steps(&[S(b"\xa1\x00")], 1, Options::default());
    assert!(!plain.contains('\x1b') && !plain.contains('#'), "{plain}");
    let options = Options { colours: true, numbers: true, secrets: false };
    let painted = steps(&[S(b"\xa1\x00"), C(b"\x81\x80\0\0\0\0")], 1, options);
    for words in [
        "\x1b[36mserver -> client\x1b[0m",
        "\x1b[32mclient -> server\x1b[0m",
        "\x1b[1;31mA RULE IS",
        " #",
    ] {
        assert!(painted.contains(words), "{words:?}: {painted:?}");
    }
}

#[test]
fn it_is_a_tap_of_a_client_and_of_a_server() {
    let (of_server, server_lines) = explainer(Options::default());
    let (of_client, client_lines) = explainer(Options::default());
    let server = Server::bind("127.0.0.1:0").unwrap().tap(of_server);
    let server = server.spawn(|ws| ws.recv().map(drop)).unwrap();
    let mut ws = Client::new().tap(of_client).connect(server.url()).unwrap();
    ws.send("Hello").unwrap();
    ws.ping(b"p").unwrap();
    ws.close(1000, "bye").unwrap();
    drop(ws);
    server.shutdown(std::time::Duration::from_mins(1));
    for (written, role) in [(&client_lines, "client"), (&server_lines, "server")] {
        let lines = lines(&written.text());
        assert!(lines[0].starts_with("C GET / HTTP/1.1 - The client asks"), "{role}: {lines:#?}");
        let text = "C Text message, whole in one frame (5 bytes): \"Hello\" [RFC 6455 §5.6]";
        assert!(lines.iter().any(|line| line == text), "{role}: {lines:#?}");
        assert!(!lines.concat().contains("BROKEN"), "{role}: {lines:#?}");
    }
}

#[test]
fn after_an_error_of_the_writer_nothing_more_is_written() {
    struct Full(Arc<Mutex<u32>>);
    impl Write for Full {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            *self.0.lock().unwrap() += 1;
            Err(io::ErrorKind::StorageFull.into())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let tried = Arc::new(Mutex::new(0));
    let explainer = Explainer::new(Box::new(Full(Arc::clone(&tried))), Options::default());
    let (near, _far) = Pipe::new(100);
    let mut near = Stream::new(near).unwrap().tap(Role::Server, explainer);
    near.write_all(b"\x81\x00\x81\x00").unwrap();
    drop(near);
    assert_eq!(*tried.lock().unwrap(), 1);
}
