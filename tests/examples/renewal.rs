//! `renewing_server`: a certificate that is renewed while the server runs.

use std::fs;
use std::net::TcpStream;
use std::thread;
use std::time::{Duration, Instant};

use blocking_ws::{Client, WebSocket};
use test_support::certificates::Certificates;
use test_support::folder::Folder;
use test_support::program::{PATIENCE, Program};
use test_support::within;

/// The TLS libraries that are compiled in, by the names of the options.
fn backends() -> impl Iterator<Item = &'static str> {
    let native = cfg!(feature = "tls").then_some("native");
    native.into_iter().chain(cfg!(feature = "rustls").then_some("rustls"))
}

struct Server {
    program: Program,
    address: String,
    folder: Folder,
}

impl Server {
    /// Starts it with a certificate in its files, which it reads so often.
    fn start(backend: &str, every: &str, made: &Certificates) -> Self {
        let folder = Folder::new();
        let [cert, key] = ["chain.pem", "key.pem"].map(|name| folder.file(name));
        fs::write(&cert, &made.chain).unwrap();
        fs::write(&key, &made.key).unwrap();
        let [cert, key] = [&cert, &key].map(|file| file.to_str().unwrap());
        let files = ["--tls-cert", cert, "--tls-key", key, "--tls-backend", backend];
        let more = ["--addr", "127.0.0.1:0", "--every", every];
        let program = Program::start("renewing_server", files.into_iter().chain(more));
        let line = program.line();
        let url = line.strip_prefix("listening on wss://").expect(&line);
        let address = url.trim_end_matches('/').to_owned();
        Self { program, address, folder }
    }

    /// The certificate that it shows now, and a connection.
    fn shown(&self) -> (Vec<u8>, WebSocket) {
        let client = Client::new().danger_accept_invalid_certs(true);
        let stream = TcpStream::connect(&self.address).unwrap();
        let ws = client.connect_over("wss://localhost/", stream).unwrap();
        (ws.tls().unwrap().peer_certificates()[0].clone(), ws)
    }

    /// Waits until it shows another certificate than `old`.
    fn renewed(&self, old: &[u8]) -> Vec<u8> {
        let began = Instant::now();
        loop {
            let shown = self.shown().0;
            if shown != old {
                return shown;
            }
            assert!(began.elapsed() < PATIENCE, "the old certificate is still shown");
            thread::sleep(Duration::from_millis(20));
        }
    }
}

fn echoes(ws: &mut WebSocket, text: &str) {
    ws.send(text).unwrap();
    assert_eq!(ws.recv().unwrap(), Some(text.into()));
}

fn made() -> Certificates {
    Certificates::new("localhost", |_| {})
}

#[test]
fn it_shows_what_is_in_the_files_now() {
    within(|| {
        for backend in backends() {
            let [first, second, third] = [made(), made(), made()];
            let mut server = Server::start(backend, "1", &first);
            let (old, mut early) = server.shown();
            // Only one of the two files yet: they do not belong together.
            fs::write(server.folder.file("chain.pem"), &second.chain).unwrap();
            fs::write(server.folder.file("key.pem"), &second.key).unwrap();
            let new = server.renewed(&old);
            fs::write(server.folder.file("key.pem"), "not a key").unwrap();
            fs::write(server.folder.file("chain.pem"), &third.chain).unwrap();
            // Longer than it takes until it looks again.
            let began = Instant::now();
            while began.elapsed() < Duration::from_millis(1500) {
                assert_eq!(server.shown().0, new, "{backend}: a broken file changes nothing");
                thread::sleep(Duration::from_millis(20));
            }
            fs::write(server.folder.file("key.pem"), &third.key).unwrap();
            let newest = server.renewed(&new);
            assert_ne!(newest, old, "{backend}");
            echoes(&mut early, "still open");
            assert!(server.program.child.try_wait().unwrap().is_none(), "{backend}: it runs");
        }
    });
}

#[test]
#[cfg(target_os = "linux")]
fn after_sighup_it_looks_at_once() {
    use rustix::process::{Pid, Signal, kill_process};

    within(|| {
        for backend in backends() {
            let [first, second] = [made(), made()];
            // Longer than the test.
            let server = Server::start(backend, "86400", &first);
            let signal = |signal| kill_process(Pid::from_child(&server.program.child), signal);
            let (old, mut early) = server.shown();
            fs::write(server.folder.file("chain.pem"), &second.chain).unwrap();
            signal(Signal::HUP).unwrap();
            fs::write(server.folder.file("key.pem"), &second.key).unwrap();
            signal(Signal::HUP).unwrap();
            server.renewed(&old);
            echoes(&mut early, "still open");
            signal(Signal::TERM).unwrap();
            assert_eq!(early.recv().unwrap(), None);
            let ended = server.program.end();
            assert_eq!(ended.code, Some(0), "{ended:?}");
            let mut lines: Vec<_> = ended.stderr.lines().collect();
            assert_eq!(lines.pop(), Some("the certificate was renewed"), "{ended:?}");
            // It depends on when the first signal was handled.
            if let [line] = lines[..] {
                assert!(line.starts_with("the old certificate stays: "), "{line}");
            } else {
                assert_eq!(lines, [""; 0], "{ended:?}");
            }
        }
    });
}

#[test]
#[cfg(unix)]
fn the_hook_of_certbot_that_the_guide_shows_copies_both_files() {
    use std::os::unix::fs::{MetadataExt, PermissionsExt};
    use std::process::Command;

    use test_support::page::block;

    let (folder, lineage) = (Folder::new(), Folder::new());
    let hook = folder.file("hook");
    // The second line says where it belongs.
    fs::write(&hook, block("deployment/certificates.rs", "#!/bin/sh")).unwrap();
    let to = folder.file("to");
    fs::create_dir(&to).unwrap();
    let group = fs::metadata(&to).unwrap().gid().to_string();
    for made in [made(), made()] {
        let files = [("fullchain.pem", &made.chain), ("privkey.pem", &made.key)];
        for (name, text) in files {
            fs::write(lineage.file(name), text).unwrap();
            let secret = fs::Permissions::from_mode(0o600);
            fs::set_permissions(lineage.file(name), secret).unwrap();
        }
        let mut command = Command::new("sh");
        command.arg(&hook).env("TO", &to).env("GROUP", &group);
        let ran = command.env("RENEWED_LINEAGE", lineage.file("")).output().unwrap();
        assert!(ran.status.success(), "{ran:?}");
        for (name, text) in files {
            let copy = to.join(name);
            assert_eq!(&fs::read_to_string(&copy).unwrap(), text, "{name}");
            assert_eq!(fs::metadata(&copy).unwrap().mode() & 0o777, 0o640, "{name}");
        }
        assert_eq!(fs::read_dir(&to).unwrap().count(), 2);
    }
}
