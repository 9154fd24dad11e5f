//! `ws_connect` and `ws_tunnel_server`: a TCP connection inside a WebSocket, for ssh among others.

use std::ffi::OsString;
use std::fs;
use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::thread;

use blocking_ws::{CloseCode, Server};
use test_support::daemon::{Daemon, Scratch};
use test_support::installed::{program, skipped};
use test_support::nobody::nobody;
use test_support::program::{Program, path};
use test_support::within;

/// What goes over it: more than any buffer, and no text.
fn much() -> Vec<u8> {
    (0..10_000_000_u32).map(|n| n.wrapping_mul(2_654_435_761).to_be_bytes()[1]).collect()
}

fn tunnel(target: &str) -> (Program, String) {
    let server = Program::start("ws_tunnel_server", ["--addr", "127.0.0.1:0", "--to", target]);
    let line = server.line();
    let url = line.strip_prefix("listening on ").expect(&line).to_owned();
    (server, url)
}

/// A TCP server that reads to the end and then answers with what it has read.
fn afterwards() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    thread::spawn(move || {
        for socket in listener.incoming() {
            let (mut socket, mut bytes) = (socket.unwrap(), Vec::new());
            socket.read_to_end(&mut bytes).unwrap();
            socket.write_all(&bytes).unwrap();
            socket.shutdown(Shutdown::Write).unwrap();
        }
    });
    address
}

/// Runs a program with an input, and returns what it says.
fn run(command: &mut Command, input: Vec<u8>) -> Output {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let feeding = thread::spawn(move || drop(stdin.write_all(&input)));
    let output = child.wait_with_output().unwrap();
    feeding.join().unwrap();
    output
}

#[track_caller]
fn expect_success(output: &Output, rule: &str) {
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{rule}: {}: {said}", output.status);
}

#[test]
fn what_comes_after_the_end_of_the_input_arrives() {
    within(|| {
        let (_server, url) = tunnel(&afterwards());
        for input in [Vec::new(), b"no line end".to_vec(), much()] {
            let output = run(Command::new(path("ws_connect")).arg(&url), input.clone());
            expect_success(&output, "ws_connect");
            assert!(output.stdout == input, "{} of {}", output.stdout.len(), input.len());
            assert_eq!(output.stderr, b"");
        }
    });
}

#[test]
fn an_end_that_is_none_is_told() {
    within(|| {
        let (_port, nobody) = nobody();
        let (_server, url) = tunnel(&nobody.to_string());
        let failing = Server::bind("127.0.0.1:0").unwrap();
        let failing = failing.spawn(|ws| ws.close(CloseCode::Internal, "disk full")).unwrap();
        for (url, text) in [
            (url.as_str(), "1013 (try again later): the target does not answer"),
            (failing.url(), "1011 (internal error): disk full"),
            ("ws://127.0.0.1:1/", "cannot connect"),
        ] {
            let output = run(Command::new(path("ws_connect")).arg(url), Vec::new());
            let said = String::from_utf8(output.stderr).unwrap();
            assert!(said.starts_with("ws_connect: ") && said.contains(text), "{url}: {said}");
            assert_eq!(output.status.code(), Some(1), "{url}");
        }
    });
}

/// An sshd of the test's own, with a key of a client.
fn sshd() -> Option<(Daemon, u16, Scratch)> {
    if program("ssh").is_none() || program("ssh-keygen").is_none() {
        skipped("ssh");
        return None;
    }
    // Where it is started as a service, systemd makes this. Without root it is not needed.
    let _ = fs::create_dir_all("/run/sshd");
    let keys = Scratch::new();
    // No key may lie where others write.
    fs::set_permissions(keys.path("."), fs::Permissions::from_mode(0o700)).unwrap();
    for key in ["host", "client"] {
        let mut keygen = Command::new("ssh-keygen");
        keygen.args(["-q", "-t", "ed25519", "-N", "", "-f"]).arg(keys.path(key));
        expect_success(&run(&mut keygen, Vec::new()), "ssh-keygen");
    }
    let started = Daemon::start("sshd", |files, [port]| {
        let text = format!(
            "ListenAddress 127.0.0.1:{port}\n\
             HostKey {}\n\
             AuthorizedKeysFile {}\n\
             PidFile none\n\
             StrictModes no\n\
             UsePAM no\n\
             PasswordAuthentication no\n\
             Subsystem sftp internal-sftp\n",
            keys.path("host").display(),
            keys.path("client.pub").display(),
        );
        let configuration = files.write("sshd_config", &text);
        ["-D".into(), "-e".into(), "-f".into(), OsString::from(configuration)].into()
    });
    let (daemon, [port]) = started?;
    Some((daemon, port, keys))
}

/// `ssh` or `scp` by way of a command that leads to the server.
fn client(name: &str, keys: &Scratch, proxy: &str) -> Command {
    let mut command = Command::new(name);
    let options = [
        format!("ProxyCommand={proxy}"),
        format!("UserKnownHostsFile={}", keys.path("known").display()),
        "StrictHostKeyChecking=accept-new".to_owned(),
        "IdentitiesOnly=yes".to_owned(),
        "BatchMode=yes".to_owned(),
    ];
    command.args(["-F", "none", "-i"]).arg(keys.path("client"));
    command.args(options.iter().flat_map(|option| ["-o", option.as_str()]));
    command
}

fn checksum(file: &Path) -> Vec<u8> {
    let output = run(Command::new("sha256sum").stdin(Stdio::null()).arg(file), Vec::new());
    expect_success(&output, "sha256sum");
    output.stdout[..64].to_vec()
}

/// A WebSocket server of another program that leads to a port.
fn websocat(port: u16) -> Option<(Daemon, String)> {
    let (daemon, [own]) = Daemon::start("websocat", |_, [own]| {
        let (listens, leads) = (format!("ws-l:127.0.0.1:{own}"), format!("tcp:127.0.0.1:{port}"));
        ["-b".into(), "-E".into(), listens.into(), leads.into()].into()
    })?;
    Some((daemon, format!("ws://127.0.0.1:{own}/")))
}

#[test]
fn ssh_and_scp_through_a_websocket() {
    within(|| {
        let Some((_daemon, port, keys)) = sshd() else { return };
        let (_own, own) = tunnel(&format!("127.0.0.1:{port}"));
        let other = websocat(port);
        let urls = [Some(own), other.as_ref().map(|(_, url)| url.clone())];
        for url in urls.into_iter().flatten() {
            let proxy = format!("{} {url}", path("ws_connect").display());
            let mut ssh = client("ssh", &keys, &proxy);
            ssh.args(["tunnelled", "echo hello; cat; exit 7"]);
            let said = run(&mut ssh, b"and back".to_vec());
            let errors = String::from_utf8_lossy(&said.stderr);
            assert_eq!(said.status.code(), Some(7), "{url}: {errors}");
            assert_eq!(said.stdout, b"hello\nand back", "{url}: {errors}");

            let (sent, there, back) = (keys.path("sent"), keys.path("there"), keys.path("back"));
            fs::write(&sent, much()).unwrap();
            let remote = format!("tunnelled:{}", there.display());
            let mut scp = client("scp", &keys, &proxy);
            expect_success(&run(scp.arg(&sent).arg(&remote), Vec::new()), &url);
            let mut scp = client("scp", &keys, &proxy);
            expect_success(&run(scp.arg(&remote).arg(&back), Vec::new()), &url);
            let sums = [&sent, &there, &back].map(|file| checksum(file));
            assert!(sums.iter().all(|sum| *sum == sums[0]), "{url}: {sums:?}");
            assert_eq!(fs::metadata(&back).unwrap().len(), 10_000_000, "{url}");
            fs::remove_file(there).unwrap();
        }
    });
}

/// Only from the server to the client: with both directions, websocat 1.13 now and then stands still,
/// also if the server is websocat.
#[test]
fn another_client_reads_what_the_server_passes_on() {
    within(|| {
        let Some(websocat) = program("websocat") else { return skipped("websocat") };
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let (_server, url) = tunnel(&listener.local_addr().unwrap().to_string());
        let sending = thread::spawn(move || {
            let mut socket = listener.accept().unwrap().0;
            socket.write_all(&much()).unwrap();
        });
        let output = run(Command::new(websocat).arg("-b").arg(&url), Vec::new());
        expect_success(&output, "websocat");
        assert!(output.stdout == much(), "{} bytes", output.stdout.len());
        sending.join().unwrap();
    });
}
