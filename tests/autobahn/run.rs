//! One run: a mode, the cases that it takes, and the order of events.
//!
//! A server is met by Autobahn's fuzzing client, a client by its fuzzing server. The verdict on
//! what they leave behind is `report`'s.

use std::fmt;
use std::fs;
use std::iter;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use test_support::autobahn::{Certificates, Process, Suite};

use crate::mode::{Mode, Role, Tls};
use crate::plan::Part;
use crate::programs::Programs;
use crate::report::Report;

/// The name that the reports carry.
const AGENT: &str = "blocking-ws";

/// Groups 1 to 10 take less than a minute.
const LIMIT: Duration = Duration::from_secs(10 * 60);
/// On top for each case with compression; one takes a few seconds.
const LIMIT_OF_COMPRESSED: Duration = Duration::from_secs(10);

/// A port that was free may be taken before the suite binds it, but hardly this often in a row.
const PORTS_TRIED: usize = 5;

/// What every run needs.
pub(crate) struct Workshop {
    pub(crate) folder: PathBuf,
    pub(crate) suite: Suite,
    pub(crate) programs: Programs,
}

/// One meeting with Autobahn. Runs of different names can go on at the same time.
pub(crate) struct Run<'a> {
    pub(crate) mode: Mode,
    pub(crate) part: &'a Part,
}

impl Run<'_> {
    /// Runs the cases in a folder of the run's own and judges them.
    ///
    /// # Errors
    /// The run came to no end that could be judged; the message says where it stopped.
    pub(crate) fn report(&self, workshop: &Workshop) -> Result<Report, String> {
        let folder = workshop.folder.join(self.to_string().replace(' ', "-"));
        if folder.exists() {
            // An old report must not be taken for this run's.
            fs::remove_dir_all(&folder)
                .map_err(|e| format!("cannot remove {}: {e}", folder.display()))?;
        }
        fs::create_dir_all(&folder)
            .map_err(|e| format!("cannot create {}: {e}", folder.display()))?;

        let certificates = match self.mode.tls {
            None => None,
            Some(tls) => Some((tls, Certificates::create(&folder.join("certs"))?)),
        };
        let deadline = Instant::now() + self.limit();
        let meeting = Meeting { run: self, workshop, folder, certificates, deadline };
        match self.mode.role {
            Role::Server => meeting.server()?,
            Role::Client => meeting.client()?,
        }
        Report::read(&meeting.reports(), self.part.size)
    }

    fn limit(&self) -> Duration {
        match self.part.compression.option() {
            None => LIMIT,
            Some(_) => {
                LIMIT + iter::repeat_n(LIMIT_OF_COMPRESSED, self.part.size).sum::<Duration>()
            }
        }
    }
}

impl fmt::Display for Run<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.part.compression.option() {
            None => self.mode.fmt(f),
            Some(option) => write!(f, "{} {}", self.mode, option.trim_start_matches('-')),
        }
    }
}

/// A run under way.
struct Meeting<'a> {
    run: &'a Run<'a>,
    workshop: &'a Workshop,
    folder: PathBuf,
    /// Present with TLS.
    certificates: Option<(Tls, Certificates)>,
    deadline: Instant,
}

impl Meeting<'_> {
    /// Lets Autobahn's fuzzing client loose on the echo server.
    fn server(&self) -> Result<(), String> {
        let mut command = self.workshop.programs.echo_server(self.tls(), self.run.part.compression);
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
        let mut command = self.workshop.programs.autobahn_client(
            &url,
            AGENT,
            self.tls(),
            self.run.part.compression,
        );
        self.start("autobahn_client", &mut command)?.finish_beside(Some(&mut suite), self.deadline)
    }

    /// Starts Autobahn's fuzzing server and returns it with its address, once it accepts
    /// connections.
    fn fuzzing_server(&self) -> Result<(Process, String), String> {
        let scheme = if self.certificates.is_some() { "wss" } else { "ws" };
        let mut reason = String::new();
        for _ in 0..PORTS_TRIED {
            let port = free_port().map_err(|e| format!("cannot find a free port: {e}"))?;
            let url = format!("{scheme}://127.0.0.1:{port}");
            let mut spec = json!({ "url": url });
            if let Some((_, tls)) = self.tls() {
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

    /// Writes the suite's settings: those given, and those that all runs share.
    fn write_spec(&self, mut spec: Value) -> Result<PathBuf, String> {
        spec["outdir"] = json!(self.reports());
        spec["cases"] = json!(self.run.part.patterns);
        let path = self.folder.join("spec.json");
        fs::write(&path, format!("{spec:#}\n"))
            .map_err(|e| format!("cannot write {}: {e}", path.display()))?;
        Ok(path)
    }

    fn start(&self, name: &str, command: &mut std::process::Command) -> Result<Process, String> {
        Process::start(name, command, self.folder.join(format!("{name}.log")))
    }

    fn tls(&self) -> Option<&(Tls, Certificates)> {
        self.certificates.as_ref()
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
