//! The examples `upload` and `upload_server`, as a person would run them.

use std::fs;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use blocking_ws::CloseCode;

use test_support::program::Program;
use test_support::socket::PATIENCE;
use test_support::terminal::Ended;

/// A folder that goes with the test.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR"));
        let path = path.join(format!("upload-{name}-{}", std::process::id()));
        fs::create_dir_all(path.join("stored")).unwrap();
        Self(path)
    }

    fn path(&self, name: &str) -> String {
        self.0.join(name).into_os_string().into_string().unwrap()
    }

    fn file(&self, name: &str, content: &[u8]) -> String {
        let path = self.path(name);
        fs::write(&path, content).unwrap();
        path
    }

    /// The names and sizes of what the server has stored.
    fn stored(&self) -> Vec<(String, u64)> {
        let entries = fs::read_dir(self.0.join("stored")).unwrap().map(Result::unwrap);
        // A file may be removed meanwhile.
        let file = |entry: fs::DirEntry| {
            let size = entry.metadata().ok()?.len();
            Some((entry.file_name().into_string().unwrap(), size))
        };
        let mut all: Vec<_> = entries.filter_map(file).collect();
        all.sort();
        all
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn server(folder: &Folder, max_size: &str) -> (Program, String) {
    let stored = folder.path("stored");
    let arguments = ["--addr", "127.0.0.1:0", "--dir", &stored, "--max-size", max_size];
    let server = Program::start("upload_server", arguments);
    let line = server.line();
    let url = line.strip_prefix("listening on ").expect(&line).to_owned();
    (server, url)
}

fn upload<'a>(arguments: impl IntoIterator<Item = &'a str>) -> Ended {
    Program::start("upload", arguments).end()
}

#[test]
fn files_arrive_whole_whatever_their_size() {
    let folder = Folder::new("whole");
    let (server, url) = server(&folder, "100000000");
    let number = |n: u32| n.wrapping_mul(n).to_be_bytes();
    let large: Vec<u8> = (0..5_000_000).flat_map(number).collect();
    let sizes = [("empty", 0), ("small file.txt", 1000), ("größe.bin", large.len())];
    let paths = sizes.map(|(name, size)| folder.file(name, &large[..size]));
    for deflate in [false, true] {
        let flag = deflate.then_some("--deflate");
        let ended = upload(flag.into_iter().chain([&url[..]]).chain(paths.iter().map(|p| &p[..])));
        assert_eq!((ended.code, &ended.stderr[..]), (Some(0), ""));
        for ((name, size), path) in sizes.iter().zip(&paths) {
            let said = format!("{path}: stored {size} bytes\n");
            assert!(ended.stdout.contains(&said), "{}", ended.stdout);
            assert_eq!(server.line(), format!("{name}: {size} bytes"));
            let stored = folder.path(&format!("stored/{name}"));
            assert!(fs::read(&stored).unwrap() == large[..*size], "{name} differs");
            fs::remove_file(stored).unwrap();
        }
    }
    assert_eq!(folder.stored(), [], "nothing is left over");
}

#[test]
fn what_is_refused_is_told_in_one_line_and_leaves_nothing_behind() {
    let folder = Folder::new("refused");
    let (_server, url) = server(&folder, "1000000");
    let large = folder.file("large", &vec![7; 30_000_000]);
    let known = folder.file("known", b"new");
    let hidden = folder.file(".hidden", b"x");
    let missing = folder.path("missing");
    fs::write(folder.path("stored/known"), "old").unwrap();
    // On Linux a file that opens and cannot be read.
    let broken = "/proc/self/mem".to_owned();
    let is_there = fs::exists(&broken).unwrap_or_default();
    let why = if is_there { "error" } else { "No such file" };
    for (path, about) in [
        (&large, "1009"),
        (&broken, why),
        (&known, "there is a file of that name"),
        (&hidden, "that is not the name of a file"),
        (&missing, "No such file"),
        (&folder.path(""), "folder"),
    ] {
        let ended = upload([&url[..], path]);
        let line = ended.stderr.strip_suffix('\n').unwrap_or_default();
        assert!(line.starts_with("upload: ") && line.contains(about), "{about}: {ended:?}");
        assert!(!line.contains('\n') && ended.code == Some(1), "{about}: {ended:?}");
    }
    assert_eq!(folder.stored(), [("known".to_owned(), 3)]);
    assert_eq!(fs::read(folder.path("stored/known")).unwrap(), b"old");
}

#[test]
fn a_client_that_goes_by_no_rule_stores_nothing() {
    let folder = Folder::new("rules");
    let (_server, url) = server(&folder, "1000000");
    for name in ["../up", "a/b", "", ".", "..", "a\\b", "c:d", "a\0b"] {
        let mut ws = blocking_ws::connect(&url).unwrap();
        ws.send(name).unwrap();
        assert_eq!(ws.recv().unwrap(), None);
        assert_eq!(ws.close_status().unwrap().code(), CloseCode::Policy, "{name:?}");
    }
    let mut ws = blocking_ws::connect(&url).unwrap();
    ws.send("text").unwrap();
    ws.send("no bytes").unwrap();
    assert_eq!(ws.recv().unwrap(), None);
    assert_eq!(ws.close_status().unwrap().code(), CloseCode::Unsupported);
    // One that leaves in the middle of a file.
    let mut ws = blocking_ws::connect(&url).unwrap();
    ws.send("half").unwrap();
    let mut stream = ws.send_stream(blocking_ws::MessageKind::Binary);
    std::io::Write::write_all(&mut stream, &vec![7; 100_000]).unwrap();
    drop(stream);
    assert_eq!(ws.recv().unwrap(), None, "the server has answered");
    let mut ws = blocking_ws::connect(&url).unwrap();
    ws.send("half").unwrap();
    ws.send(&b"whole"[..]).unwrap();
    assert_eq!(ws.recv().unwrap().unwrap().as_text(), Some("stored 5 bytes"));
    // The server has answered the end of the other connection before it removes that half.
    let begun = Instant::now();
    while folder.stored() != [("half".to_owned(), 5)] {
        assert!(begun.elapsed() < PATIENCE, "half a file is kept: {:?}", folder.stored());
        thread::sleep(Duration::from_millis(1));
    }
}
