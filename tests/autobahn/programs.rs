//! The library's example programs: how they are built, their command lines.

use std::path::{Path, PathBuf};
use std::process::Command;

use test_support::autobahn::{Certificates, Layout};

use crate::mode::Tls;
use crate::plan::Compression;

/// The two example programs, built.
pub(crate) struct Programs {
    echo_server: PathBuf,
    autobahn_client: PathBuf,
}

impl Programs {
    /// Builds the example programs with the profile of this program, and with both TLS libraries
    /// whatever the mode: another run may use the same programs at the same time.
    ///
    /// # Errors
    /// They do not compile; cargo has said why on standard error.
    pub(crate) fn build(layout: &Layout) -> Result<Self, String> {
        layout.build(&[
            "--example",
            "echo_server",
            "--example",
            "autobahn_client",
            "--features",
            "rustls",
        ])?;
        let folder = layout.programs().join("examples");
        let program = |name: &str| folder.join(format!("{name}{}", std::env::consts::EXE_SUFFIX));
        Ok(Self {
            echo_server: program("echo_server"),
            autobahn_client: program("autobahn_client"),
        })
    }

    /// Returns the command for an echo server on a port that it chooses itself.
    pub(crate) fn echo_server(
        &self,
        tls: Option<&(Tls, Certificates)>,
        compression: Compression,
    ) -> Command {
        let mut command = Command::new(&self.echo_server);
        command.args(["--addr", "127.0.0.1:0"]).args(compression.option());
        if let Some((library, tls)) = tls {
            command.args(["--tls-backend", library.name()]);
            add_file(&mut command, "--tls-cert", &tls.certificate);
            add_file(&mut command, "--tls-key", &tls.key);
        }
        command
    }

    /// Returns the command for a client that runs all cases of the fuzzing server at `url`.
    pub(crate) fn autobahn_client(
        &self,
        url: &str,
        agent: &str,
        tls: Option<&(Tls, Certificates)>,
        compression: Compression,
    ) -> Command {
        let mut command = Command::new(&self.autobahn_client);
        command.args(["--url", url, "--agent", agent]).args(compression.option());
        if let Some((library, tls)) = tls {
            command.args(["--tls-backend", library.name()]);
            add_file(&mut command, "--ca-file", &tls.authority);
        }
        command
    }
}

fn add_file(command: &mut Command, flag: &str, path: &Path) {
    command.arg(flag).arg(path);
}
