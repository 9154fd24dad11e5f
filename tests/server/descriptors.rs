//! A server that runs out of descriptors goes on with whom it has, and lets others in once there are
//! some again.

#![cfg(target_os = "linux")]

use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use blocking_ws::{Client, Server, connect};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use test_support::within;

/// Tells the program that it is one.
const CASE: &str = "BLOCKING_WS_DESCRIPTORS";
/// Few, so that they are soon taken.
const MOST: u64 = 64;

/// The program: this one, started by the test below. It takes all descriptors at the first line that
/// it reads, lets go of them at the next, and ends with its input.
#[test]
fn program() {
    if std::env::var_os(CASE).is_none() {
        return;
    }
    let server = Server::bind("127.0.0.1:0").unwrap().spawn(|ws| {
        while let Some(message) = ws.recv()? {
            ws.send(message)?;
        }
        Ok(())
    });
    let server = server.unwrap();
    let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
    setrlimit(Resource::Nofile, Rlimit { current: Some(MOST), maximum }).unwrap();
    println!("\n{}", server.url());
    let mut taken = Vec::new();
    for _ in std::io::stdin().lines() {
        if taken.is_empty() {
            taken.extend(std::iter::from_fn(|| File::open("/dev/null").ok()));
            assert!(!taken.is_empty());
        } else {
            taken.clear();
        }
        println!("done");
    }
}

struct Program(Child);

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn a_server_without_descriptors_waits_for_better_times() {
    within(|| {
        let mut program = Command::new(std::env::current_exe().unwrap());
        program.args(["--exact", "descriptors::program", "--nocapture"]).env(CASE, "1");
        let mut program =
            Program(program.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap());
        let mut keys = program.0.stdin.take().unwrap();
        let mut lines =
            BufReader::new(program.0.stdout.take().unwrap()).lines().map(Result::unwrap);
        let url = lines.find(|line| line.starts_with("ws://")).unwrap();

        let mut inside = connect(&url).unwrap();
        keys.write_all(b"\n").unwrap();
        assert_eq!(lines.next().unwrap(), "done");
        let client = Client::new().connect_timeout(Duration::from_secs(1));
        // One that waits in the system to accept has its descriptor already.
        let lucky: Vec<_> = std::iter::from_fn(|| client.connect(&url).ok()).take(3).collect();
        assert!(lucky.len() < 3, "there is no room for them");
        let client = Client::new().connect_timeout(Duration::from_secs(20));
        let waits = thread::spawn(move || client.connect(&url).unwrap());
        inside.send("still served").unwrap();
        assert_eq!(inside.recv().unwrap(), Some("still served".into()));

        keys.write_all(b"\n").unwrap();
        assert_eq!(lines.next().unwrap(), "done");
        let mut outside = waits.join().unwrap();
        outside.send("served too").unwrap();
        assert_eq!(outside.recv().unwrap(), Some("served too".into()));
        outside.close(1000, "").unwrap();
        inside.close(1000, "").unwrap();
    });
}
