//! The library's example programs: where they lie, how they are built, their command lines.

use std::path::{Path, PathBuf};
use std::process::Command;

use test_support::autobahn::Certificates;

use crate::mode::Tls;
use crate::plan::Compression;

/// Where cargo puts things for the profile that this program itself was built with.
pub(crate) struct Layout {
    /// `target`, or wherever cargo was told to build.
    pub(crate) target: PathBuf,
    /// The profile's folder name below `target`.
    profile: String,
}

impl Layout {
    /// Derives the folders from the path of the running program,
    /// `target/<profile>/deps/autobahn-…`.
    ///
    /// # Errors
    /// The program does not lie where cargo puts tests.
    pub(crate) fn of_this_program() -> Result<Self, String> {
        let program = std::env::current_exe()
            .map_err(|e| format!("cannot tell where this program lies: {e}"))?;
        let layout = || {
            let profile = program.parent()?.parent()?;
            Some(Self {
                target: profile.parent()?.to_owned(),
                profile: profile.file_name()?.to_str()?.to_owned(),
            })
        };
        layout()
            .ok_or_else(|| format!("{} is not target/<profile>/deps/<program>", program.display()))
    }
}

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
        // Cargo's name for the profile is that of its folder, but for this one.
        let profile = if layout.profile == "debug" { "dev" } else { &layout.profile };
        let status = Command::new(env!("CARGO"))
            .args(["build", "--quiet", "--example", "echo_server", "--example", "autobahn_client"])
            .args(["--features", "rustls", "--profile", profile])
            .args(["--manifest-path", concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml")])
            .arg("--target-dir")
            .arg(&layout.target)
            .status()
            .map_err(|e| format!("cannot start {}: {e}", env!("CARGO")))?;
        if !status.success() {
            return Err("the example programs do not build".to_owned());
        }
        let folder = layout.target.join(&layout.profile).join("examples");
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
