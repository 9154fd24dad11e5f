//! The programs of the lessons, which print what the pages of the guide show.

use std::thread;

use test_support::program::Program;

/// A lesson: its page, and its program.
struct Lesson {
    topic: &'static str,
    page: &'static str,
    name: &'static str,
    program: &'static str,
}

/// A lesson by its number and by the name that its page and its program have.
macro_rules! lesson {
    ($number:literal, $topic:literal) => {
        Lesson {
            topic: $topic,
            page: include_str!(concat!("../../src/guide/lessons/", $topic, ".rs")),
            name: concat!("lesson_", $number, "_", $topic),
            program: include_str!(concat!("../../examples/lessons/", $topic, ".rs")),
        }
    };
}

const LESSONS: [Lesson; 10] = [
    lesson!(1, "handshake"),
    lesson!(2, "frame"),
    lesson!(3, "masking"),
    lesson!(4, "fragments"),
    lesson!(5, "utf8"),
    lesson!(6, "closing"),
    lesson!(7, "pings"),
    lesson!(8, "compression"),
    lesson!(9, "tls"),
    lesson!(10, "faults"),
];

impl Lesson {
    /// The lines of a page, without the marks of a comment.
    fn lines(&self) -> impl Iterator<Item = &'static str> {
        self.page.lines().map(|line| line.trim_start_matches("//!")).map(unindented)
    }

    /// The lines of the first block of code with this mark behind a line.
    fn block(&self, behind: &str, mark: &str) -> Vec<&'static str> {
        let lines = self.lines().skip_while(|line| !line.starts_with(behind));
        let block = lines.skip_while(|line| *line != mark).skip(1);
        block.take_while(|line| *line != "```").collect()
    }

    /// Returns `true` if the program needs a feature that this build does not have.
    fn is_left_out(&self) -> bool {
        self.name == "lesson_8_compression" && cfg!(not(feature = "deflate"))
            || self.name == "lesson_9_tls" && cfg!(not(feature = "tls"))
    }
}

/// A line of a comment without the space that follows its mark.
fn unindented(line: &str) -> &str {
    line.strip_prefix(' ').unwrap_or(line)
}

/// The key that the masks of a `Peer` have by default.
const KEY_OF_PEER: &str = "mask=37fa213d";

/// A line without what differs from run to run: ports, keys, and how long the bytes of TLS are.
fn blotted(line: &str) -> String {
    // In a log, where a key is random. By hand, a lesson takes the key of the RFC.
    let is_log = line.contains(" | ");
    let mut before = "";
    let words = line.split(' ').map(|word| {
        let is_value = ["Sec-WebSocket-Key:", "Sec-WebSocket-Accept:"].contains(&before);
        let is_bytes = line.contains(" BYTES ") && word.starts_with("len=");
        before = word;
        match word.split_once(':') {
            _ if word.starts_with("mask=") && word != KEY_OF_PEER => "mask=KEY".to_owned(),
            _ if is_value && is_log => "VALUE".to_owned(),
            _ if is_bytes => "len=LEN".to_owned(),
            Some((host @ ("127.0.0.1" | "localhost"), port)) if port.parse::<u16>().is_ok() => {
                format!("{host}:PORT")
            }
            _ => word.to_owned(),
        }
    });
    words.collect::<Vec<_>>().join(" ")
}

#[test]
fn each_program_prints_what_its_page_shows() {
    thread::scope(|scope| {
        for lesson in LESSONS.iter().filter(|lesson| !lesson.is_left_out()) {
            scope.spawn(move || {
                let ended = Program::start(lesson.name, []).end();
                assert_eq!((ended.code, &ended.stderr[..]), (Some(0), ""), "{}", lesson.name);
                // Elsewhere the system words its errors in another way.
                if cfg!(target_os = "linux") {
                    let shown = lesson.block("It prints:", "```text");
                    let shown: Vec<_> = shown.into_iter().map(blotted).collect();
                    let printed: Vec<_> = ended.stdout.lines().map(blotted).collect();
                    assert!(shown.len() > 8, "{}: the page has no output: {shown:?}", lesson.name);
                    assert_eq!(
                        printed, shown,
                        "{} prints something else than its page shows. If what it prints (on the left) is \
                         right, copy it to the page",
                        lesson.name
                    );
                }
            });
        }
    });
}

#[test]
fn each_page_shows_code_of_its_program() {
    for lesson in &LESSONS {
        let code = lesson.block("# The program", "```");
        let shown: Vec<_> = code.iter().filter(|line| !line.starts_with('#')).collect();
        assert!(shown.len() >= 2, "{}: the page has no code", lesson.name);
        for line in shown {
            let is_there = lesson.program.contains(line.trim());
            assert!(is_there, "{}: the program has no line {line:?}", lesson.name);
        }
    }
}

#[test]
fn each_program_is_short_and_named_on_its_page() {
    let contents = include_str!("../../src/guide/lessons/mod.rs");
    for Lesson { page, name, program, .. } in LESSONS {
        let lines = program.lines().count();
        assert!(lines < 80, "{name} has {lines} lines");
        assert!(page.contains(&format!("`cargo run --example {name}`")), "{name}: its page");
        assert!(contents.contains(&format!("`{name}`")), "{name}: the contents");
        for part in ["# Why it ", "# Try this", "# Questions"] {
            assert!(page.contains(part), "{name}: its page has no {part}");
        }
    }
}

#[test]
fn each_page_leads_to_the_lessons_before_and_after_it() {
    for (at, lesson) in LESSONS.iter().enumerate() {
        let before = at.checked_sub(1).map(|at| ("Back: ", &LESSONS[at]));
        let after = LESSONS.get(at + 1).map(|after| ("Next: ", after));
        for (word, other) in before.into_iter().chain(after) {
            let (word, target) = (word, format!("](super::{}).", other.topic));
            let leads = lesson.lines().any(|line| line.contains(word) && line.contains(&target));
            assert!(leads, "{}: no line has {word:?} and {target:?}", lesson.name);
        }
    }
}

#[test]
fn what_differs_from_run_to_run_is_left_out_and_nothing_else() {
    for (line, want) in [
        (
            "  -> TEXT   fin len=5 mask=37fa213e \"Hello\"",
            "  -> TEXT   fin len=5 mask=KEY \"Hello\"",
        ),
        (
            "  -> TEXT   fin len=5 mask=37fa213d \"Hello\"",
            "  -> TEXT   fin len=5 mask=37fa213d \"Hello\"",
        ),
        ("  Host: 127.0.0.1:43035", "  Host: 127.0.0.1:PORT"),
        ("  Sec-WebSocket-Key: abc=", "  Sec-WebSocket-Key: abc="),
        (
            "GET / | Host: localhost:1 | Sec-WebSocket-Key: abc= | Sec-WebSocket-Version: 13",
            "GET / | Host: localhost:PORT | Sec-WebSocket-Key: VALUE | Sec-WebSocket-Version: 13",
        ),
        ("  -> BYTES  len=1027", "  -> BYTES  len=LEN"),
        ("  81 = 10000001: FIN 1", "  81 = 10000001: FIN 1"),
    ] {
        assert_eq!(blotted(line), want);
    }
}
