//! The four ways to meet Autobahn: as server or client, with or without TLS.
//!
//! A server is met by Autobahn's fuzzing client, a client by its fuzzing server. Here is the order
//! of events; the verdict on what they leave behind is `report`'s.

use std::fmt;
use std::fs;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::certificates::Certificates;
use crate::process::Process;
use crate::programs::Programs;
use crate::python::Suite;
use crate::report::Report;

/// The name that the reports carry.
const AGENT: &str = "blocking-ws";

/// Groups 1 to 10 take less than a minute; compression takes many.
const LIMIT: Duration = Duration::from_secs(10 * 60);
const LIMIT_OF_MANY: Duration = Duration::from_secs(40 * 60);
const MANY: usize = 301;

/// A port that was free may be taken before the suite binds it, but hardly this often in a row.
const PORTS_TRIED: usize = 5;

#[derive(Clone, Copy, PartialEq)]
enum Role {
    Server,
    Client,
}

/// What is tested: the library's role, and whether TLS lies under it.
#[derive(Clone, Copy, PartialEq)]
pub(crate) struct Mode {
    role: Role,
    tls: bool,
}

/// What every mode needs.
pub(crate) struct Workshop {
    pub(crate) folder: PathBuf,
    pub(crate) suite: Suite,
    pub(crate) programs: Programs,
    pub(crate) certificates: Certificates,
    /// The cases as the suite takes them, and how many they are.
    pub(crate) selection: Vec<String>,
    pub(crate) cases: usize,
}

impl Mode {
    pub(crate) const ALL: [Self; 4] = [
        Self { role: Role::Server, tls: false },
        Self { role: Role::Server, tls: true },
        Self { role: Role::Client, tls: false },
        Self { role: Role::Client, tls: true },
    ];

    /// Finds a mode by its name on the command line.
    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|mode| mode.to_string() == name)
    }

    /// Runs the cases in a folder of the mode's own and judges them.
    ///
    /// # Errors
    /// The run came to no end that could be judged; the message says where it stopped.
    pub(crate) fn run(self, workshop: &Workshop) -> Result<Report, String> {
        let folder = workshop.folder.join(self.to_string());
        if folder.exists() {
            // An old report must not be taken for this run's.
            fs::remove_dir_all(&folder)
                .map_err(|e| format!("cannot remove {}: {e}", folder.display()))?;
        }
        fs::create_dir_all(&folder)
            .map_err(|e| format!("cannot create {}: {e}", folder.display()))?;

        let limit = if workshop.cases > MANY { LIMIT_OF_MANY } else { LIMIT };
        let run = Run { mode: self, workshop, deadline: Instant::now() + limit, folder };
        match self.role {
            Role::Server => run.server()?,
            Role::Client => run.client()?,
        }
        Report::read(&run.reports(), workshop.cases)
    }
}

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match (self.role, self.tls) {
            (Role::Server, false) => "server-ws",
            (Role::Server, true) => "server-wss",
            (Role::Client, false) => "client-ws",
            (Role::Client, true) => "client-wss",
        })
    }
}

/// One run of one mode.
struct Run<'a> {
    mode: Mode,
    workshop: &'a Workshop,
    folder: PathBuf,
    deadline: Instant,
}

impl Run<'_> {
    /// Lets Autobahn's fuzzing client loose on the echo server.
    fn server(&self) -> Result<(), String> {
        let mut command = self.workshop.programs.echo_server(self.tls());
        let mut server = self.start("echo_server", &mut command)?;
        let url = server.await_line("listening on ", self.deadline)?;

        // Autobahn accepts any certificate, and sends no server name.
        let spec = self.write_spec(json!({ "servers": [{ "agent": AGENT, "url": url }] }))?;
        let mut suite =
            self.start("wstest", &mut self.workshop.suite.wstest("fuzzingclient", &spec))?;
        suite.finish_beside(Some(&mut server), self.deadline)
    }

    /// Runs the client against Autobahn's fuzzing server.
    fn client(&self) -> Result<(), String> {
        let (mut suite, url) = self.fuzzing_server()?;
        let mut command = self.workshop.programs.autobahn_client(&url, AGENT, self.tls());
        self.start("autobahn_client", &mut command)?.finish_beside(Some(&mut suite), self.deadline)
    }

    /// Starts Autobahn's fuzzing server and returns it with its address, once it accepts
    /// connections.
    fn fuzzing_server(&self) -> Result<(Process, String), String> {
        let scheme = if self.mode.tls { "wss" } else { "ws" };
        let mut reason = String::new();
        for _ in 0..PORTS_TRIED {
            let port = free_port().map_err(|e| format!("cannot find a free port: {e}"))?;
            let url = format!("{scheme}://127.0.0.1:{port}");
            let mut spec = json!({ "url": url });
            if let Some(tls) = self.tls() {
                // Only here: the command line's --cert and --key are read and ignored.
                spec["cert"] = json!(tls.certificate);
                spec["key"] = json!(tls.key);
            }
            let spec = self.write_spec(spec)?;
            let mut suite =
                self.start("wstest", &mut self.workshop.suite.wstest("fuzzingserver", &spec))?;
            match self.await_accepting(&mut suite, port) {
                Ok(()) => return Ok((suite, url)),
                Err(why) if suite.output().contains("Address already in use") => reason = why,
                Err(why) => return Err(why),
            }
        }
        Err(reason)
    }

    fn await_accepting(&self, suite: &mut Process, port: u16) -> Result<(), String> {
        // The suite's last words before it listens; until then whoever answers at the port is
        // somebody else.
        suite.await_line("Cases = ", self.deadline)?;
        while TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_err() {
            suite.must_run()?;
            suite.pause(self.deadline)?;
        }
        suite.must_run()
    }

    /// Writes the suite's settings: those given, and those that all modes share.
    fn write_spec(&self, mut spec: Value) -> Result<PathBuf, String> {
        spec["outdir"] = json!(self.reports());
        spec["cases"] = json!(self.workshop.selection);
        let path = self.folder.join("spec.json");
        fs::write(&path, format!("{spec:#}\n"))
            .map_err(|e| format!("cannot write {}: {e}", path.display()))?;
        Ok(path)
    }

    fn start(&self, name: &str, command: &mut std::process::Command) -> Result<Process, String> {
        Process::start(name, command, self.folder.join(format!("{name}.log")))
    }

    fn tls(&self) -> Option<&Certificates> {
        self.mode.tls.then_some(&self.workshop.certificates)
    }

    fn reports(&self) -> PathBuf {
        Path::new(&self.folder).join("reports")
    }
}

/// Finds a port that is free on every interface, since the suite listens on all of them whatever
/// its URL says.
fn free_port() -> std::io::Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::UNSPECIFIED, 0))?.local_addr()?.port())
}
