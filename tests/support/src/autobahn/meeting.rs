//! A program meets the suite: a server its fuzzing client, a client its fuzzing server.

use std::fs;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use serde_json::{Value, json};

use super::certificates::Certificates;
use super::process::Process;
use super::python::Suite;

/// A port that was free may be taken before the suite binds it, but hardly this often in a row.
const PORTS_TRIED: usize = 5;

/// One run of the suite against one program, in a folder of its own. Runs in different folders can go
/// on at the same time.
pub struct Meeting<'a> {
    suite: &'a Suite,
    folder: &'a Path,
    agent: &'a str,
    cases: &'a [String],
}

impl<'a> Meeting<'a> {
    /// Empties the folder for a run of the cases that these patterns stand for. The report will have
    /// `agent` as the program's name.
    ///
    /// # Errors
    /// The folder cannot be removed or created.
    pub fn new(
        suite: &'a Suite,
        folder: &'a Path,
        agent: &'a str,
        cases: &'a [String],
    ) -> Result<Self, String> {
        if folder.exists() {
            // An old report must not be taken for this run's.
            fs::remove_dir_all(folder)
                .map_err(|e| format!("cannot remove {}: {e}", folder.display()))?;
        }
        fs::create_dir_all(folder)
            .map_err(|e| format!("cannot create {}: {e}", folder.display()))?;
        Ok(Self { suite, folder, agent, cases })
    }

    /// Lets the fuzzing client loose on the echo server that `command` starts, which must print
    /// `listening on ` and its URL.
    ///
    /// # Errors
    /// The run came to no end; the message says where it stopped.
    pub fn server(&self, command: &mut Command, deadline: Instant) -> Result<(), String> {
        let mut server = self.start("server", command)?;
        let url = server.await_line("listening on ", deadline)?;

        // Autobahn accepts any certificate, and sends no server name.
        let spec = self.write_spec(json!({ "servers": [{ "agent": self.agent, "url": url }] }))?;
        let mut suite = self.start("wstest", &mut self.suite.wstest("fuzzingclient", &spec))?;
        suite.finish_beside(Some(&mut server), deadline)
    }

    /// Runs a client against the fuzzing server. `client` makes the command from the server's URL.
    ///
    /// # Errors
    /// The run came to no end; the message says where it stopped.
    pub fn client(
        &self,
        tls: Option<&Certificates>,
        client: impl FnOnce(&str) -> Command,
        deadline: Instant,
    ) -> Result<(), String> {
        let (mut suite, url) = self.fuzzing_server(tls, deadline)?;
        self.start("client", &mut client(&url))?.finish_beside(Some(&mut suite), deadline)
    }

    /// Starts the fuzzing server and returns it with its address, once it accepts connections.
    fn fuzzing_server(
        &self,
        tls: Option<&Certificates>,
        deadline: Instant,
    ) -> Result<(Process, String), String> {
        let scheme = if tls.is_some() { "wss" } else { "ws" };
        let mut reason = String::new();
        for _ in 0..PORTS_TRIED {
            let port = free_port().map_err(|e| format!("cannot find a free port: {e}"))?;
            let url = format!("{scheme}://127.0.0.1:{port}");
            let mut spec = json!({ "url": url });
            if let Some(tls) = tls {
                // Only here: the command line's --cert and --key are read and ignored.
                spec["cert"] = json!(tls.certificate);
                spec["key"] = json!(tls.key);
            }
            let spec = self.write_spec(spec)?;
            let mut suite = self.start("wstest", &mut self.suite.wstest("fuzzingserver", &spec))?;
            match await_accepting(&mut suite, port, deadline) {
                Ok(()) => return Ok((suite, url)),
                Err(why) if suite.output().contains("Address already in use") => reason = why,
                Err(why) => return Err(why),
            }
        }
        Err(reason)
    }

    /// Writes the suite's settings: those given, and those that all runs share.
    fn write_spec(&self, mut spec: Value) -> Result<PathBuf, String> {
        spec["outdir"] = json!(self.reports());
        spec["cases"] = json!(self.cases);
        let path = self.folder.join("spec.json");
        fs::write(&path, format!("{spec:#}\n"))
            .map_err(|e| format!("cannot write {}: {e}", path.display()))?;
        Ok(path)
    }

    fn start(&self, name: &str, command: &mut Command) -> Result<Process, String> {
        Process::start(name, command, self.folder.join(format!("{name}.log")))
    }

    /// The folder of the suite's report.
    pub fn reports(&self) -> PathBuf {
        self.folder.join("reports")
    }
}

fn await_accepting(suite: &mut Process, port: u16, deadline: Instant) -> Result<(), String> {
    // The suite's last words before it listens; until then whoever answers at the port is
    // somebody else.
    suite.await_line("Cases = ", deadline)?;
    while TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_err() {
        suite.must_run()?;
        suite.pause(deadline)?;
    }
    suite.must_run()
}

/// Finds a port that is free on every interface, since the suite listens on all of them whatever
/// its URL says.
fn free_port() -> std::io::Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::UNSPECIFIED, 0))?.local_addr()?.port())
}
