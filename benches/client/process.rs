//! Server and client as processes, each on a processor of its own where the system can do that.

use std::env;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use test_support::processors::{self, Processor};

use crate::connection::Contender;
use crate::rows::Row;

/// A server that runs until this is dropped.
pub(crate) struct Server {
    child: Child,
    url: String,
    tls_url: String,
    for_client: Option<Processor>,
}

impl Server {
    pub(crate) fn start() -> Self {
        let two = processors::two().map(|[server, client]| (server, client));
        let (for_server, for_client) = two.unzip();
        let mut command = this_program();
        command.arg("--serve").stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = processors::on(for_server, || command.spawn()).expect("the server starts");
        let output = child.stdout.take().expect("a pipe");
        let mut lines = BufReader::new(output).lines();
        let mut url = || lines.next().expect("the server runs").expect("its URL");
        Self { url: url(), tls_url: url(), child, for_client }
    }

    /// Runs a client in a process of its own, so that no run leaves anything behind for the next.
    pub(crate) fn measure(&self, row: &Row, client: Contender, seconds: f64) -> f64 {
        let url = if row.tls { &self.tls_url } else { &self.url };
        let mut command = this_program();
        command.args(["--client", &client.name(), "--url", url, row.name]);
        command.args(["--seconds", &seconds.to_string()]).stderr(Stdio::inherit());
        let output =
            processors::on(self.for_client, || command.output()).expect("the client starts");
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

fn this_program() -> Command {
    Command::new(env::current_exe().expect("the path of this program"))
}
