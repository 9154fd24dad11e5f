//! Server and client as processes, each on a processor of its own where the system can do that.

use std::env;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use crate::connection::Contender;
use crate::rows::Row;

const FOR_SERVER: &str = "0";
const FOR_CLIENT: &str = "1";

/// A server that runs until this is dropped.
pub(crate) struct Server {
    child: Child,
    url: String,
    tls_url: String,
    pinned: bool,
}

impl Server {
    pub(crate) fn start() -> Self {
        let pinned = can_pin();
        let mut command = this_program(pinned, FOR_SERVER);
        command.arg("--serve").stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().expect("the server starts");
        let output = child.stdout.take().expect("a pipe");
        let mut lines = BufReader::new(output).lines();
        let mut url = || lines.next().expect("the server runs").expect("its URL");
        Self { url: url(), tls_url: url(), child, pinned }
    }

    /// Runs a client in a process of its own, so that no run leaves anything behind for the next.
    pub(crate) fn measure(&self, row: &Row, client: Contender, seconds: f64) -> f64 {
        let url = if row.tls { &self.tls_url } else { &self.url };
        let mut command = this_program(self.pinned, FOR_CLIENT);
        command.args(["--client", &client.name(), "--url", url, row.name]);
        command.args(["--seconds", &seconds.to_string()]).stderr(Stdio::inherit());
        let output = command.output().expect("the client starts");
        assert!(output.status.success(), "{}: {} failed", row.name, client.name());
        String::from_utf8_lossy(&output.stdout).trim().parse().expect("a number")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Whether there is `taskset`, and both processors are for this program to use.
fn can_pin() -> bool {
    [FOR_SERVER, FOR_CLIENT].iter().all(|processor| {
        let mut command = Command::new("taskset");
        command.args(["-c", processor, "true"]).stderr(Stdio::null());
        command.status().is_ok_and(|status| status.success())
    })
}

fn this_program(pinned: bool, processor: &str) -> Command {
    let path = env::current_exe().expect("the path of this program");
    if !pinned {
        return Command::new(path);
    }
    let mut command = Command::new("taskset");
    command.args(["-c", processor]).arg(path);
    command
}
