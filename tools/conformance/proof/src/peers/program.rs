//! [`PeerProgram`]: a program that both suites test.

use std::env::consts::EXE_SUFFIX;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::Command;

use test_support::autobahn::{Certificates, Layout};

use super::installed;

const WS: &str = "8.23.0";
const WEBSOCKETS: &str = "17.4";

/// A program under test: an echo server, and a client that runs the cases of a fuzzing server.
///
/// The server prints `listening on ` and its URL. The client takes the URL of the fuzzing server, and
/// goes on after a case that fails. All programs have the same options: `--tls-cert` and `--tls-key`
/// of the server, `--url`, `--agent` and `--ca-file` of the client.
#[derive(Clone, Debug)]
pub struct PeerProgram {
    /// What it is called, in tables and names of files.
    pub name: String,
    /// Whether it reads ahead of what it answers, so that some verdicts depend on the moment.
    pub is_asynchronous: bool,
    environment: Option<(&'static str, PathBuf)>,
    server: Line,
    client: Line,
}

/// A program, and its first arguments.
#[derive(Clone, Debug)]
struct Line(PathBuf, Vec<OsString>);

impl PeerProgram {
    /// Installs or builds all programs that other people use.
    ///
    /// # Errors
    /// As those of the four functions below.
    pub fn all(layout: &Layout) -> Result<[Self; 4], String> {
        Ok([
            Self::node_ws(layout)?,
            Self::python_websockets(layout)?,
            Self::tungstenite(layout)?,
            Self::blocking_ws(layout)?,
        ])
    }

    /// The package `ws` of node, with compression.
    ///
    /// # Errors
    /// npm cannot install it.
    pub fn node_ws(layout: &Layout) -> Result<Self, String> {
        let modules = installed::npm(layout, "ws", WS)?;
        let script = script("node_ws.cjs");
        Ok(Self {
            name: "node-ws".to_owned(),
            is_asynchronous: true,
            environment: Some(("NODE_PATH", modules)),
            server: Line::new("node", [&script, Path::new("server")]),
            client: Line::new("node", [&script, Path::new("client")]),
        })
    }

    /// The package `websockets` of Python, with compression.
    ///
    /// # Errors
    /// There is no Python 3, or pip cannot install it.
    pub fn python_websockets(layout: &Layout) -> Result<Self, String> {
        let python = installed::python()?;
        let modules = installed::pip(layout, &python, "websockets", WEBSOCKETS)?;
        let script = script("python_websockets.py");
        Ok(Self {
            name: "python-websockets".to_owned(),
            is_asynchronous: true,
            environment: Some(("PYTHONPATH", modules)),
            server: Line::new(&python, [&script, Path::new("server")]),
            client: Line::new(&python, [&script, Path::new("client")]),
        })
    }

    /// The crate tungstenite with blocking streams. It has no compression.
    ///
    /// # Errors
    /// It does not compile.
    pub fn tungstenite(layout: &Layout) -> Result<Self, String> {
        Ok(Self::tungstenite_at(&build(layout, "tungstenite_echo")?))
    }

    /// The same, of the program `tungstenite_echo` that was built before.
    #[must_use]
    pub fn tungstenite_at(program: &Path) -> Self {
        Self::of_this_package("tungstenite", program, &[])
    }

    /// This library's example programs, with compression.
    ///
    /// # Errors
    /// They do not compile.
    pub fn blocking_ws(layout: &Layout) -> Result<Self, String> {
        layout.build(&["--example", "echo_server", "--example", "autobahn_client"])?;
        let folder = layout.programs().join("examples");
        let example = |name: &str| folder.join(format!("{name}{EXE_SUFFIX}"));
        Ok(Self {
            name: "blocking-ws".to_owned(),
            is_asynchronous: false,
            environment: None,
            server: Line::new(example("echo_server"), ["--addr", "127.0.0.1:0", "--deflate"]),
            client: Line::new(example("autobahn_client"), ["--deflate"]),
        })
    }

    /// A peer that breaks the rules that its flags name. Its name is `mutant` and the flags.
    ///
    /// # Errors
    /// It does not compile.
    pub fn mutant(layout: &Layout, flags: &[&str]) -> Result<Self, String> {
        let words = flags.iter().map(|flag| flag.trim_start_matches('-'));
        let name = ["mutant"].into_iter().chain(words).collect::<Vec<_>>().join("-");
        Ok(Self::of_this_package(&name, &build(layout, "mutant")?, flags))
    }

    fn of_this_package(name: &str, program: &Path, flags: &[&str]) -> Self {
        let line = |role: &[&str]| Line::new(program, role.iter().chain(flags));
        Self {
            name: name.to_owned(),
            is_asynchronous: false,
            environment: None,
            server: line(&["serve", "--addr", "127.0.0.1:0"]),
            client: line(&["client"]),
        }
    }

    /// The command for an echo server, on a port that the system chooses.
    #[must_use]
    pub fn server(&self, tls: Option<&Certificates>) -> Command {
        let mut command = self.command(&self.server);
        if let Some(tls) = tls {
            command.arg("--tls-cert").arg(&tls.certificate).arg("--tls-key").arg(&tls.key);
        }
        command
    }

    /// The command for a client that runs all cases of the fuzzing server at `url`. `agent` is its
    /// name in the report.
    #[must_use]
    pub fn client(&self, url: &str, agent: &str, tls: Option<&Certificates>) -> Command {
        let mut command = self.command(&self.client);
        command.args(["--url", url, "--agent", agent]);
        if let Some(tls) = tls {
            command.arg("--ca-file").arg(&tls.authority);
        }
        command
    }

    fn command(&self, Line(program, arguments): &Line) -> Command {
        let mut command = Command::new(program);
        command.args(arguments).envs(self.environment.clone());
        command
    }
}

impl Line {
    fn new<A: AsRef<OsStr>>(
        program: impl Into<PathBuf>,
        arguments: impl IntoIterator<Item = A>,
    ) -> Self {
        let arguments = arguments.into_iter().map(|argument| argument.as_ref().to_owned());
        Self(program.into(), arguments.collect())
    }
}

/// Builds a program of this package, and returns its path.
fn build(layout: &Layout, binary: &str) -> Result<PathBuf, String> {
    layout.build(&["--package", "ws-conformance-proof", "--bin", binary])?;
    Ok(layout.programs().join(format!("{binary}{EXE_SUFFIX}")))
}

fn script(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("peers").join(name)
}
