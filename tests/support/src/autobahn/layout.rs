//! Where cargo puts what it builds.

use std::path::{Path, PathBuf};
use std::process::Command;

/// The folders of the profile that the running program itself was built with.
#[derive(Debug)]
pub struct Layout {
    /// `target`, or wherever cargo was told to build.
    pub target: PathBuf,
    /// The profile's folder name below `target`.
    profile: String,
}

impl Layout {
    /// Derives the folders from the path of the running program: `target/<profile>/<program>`, or,
    /// for a test, `target/<profile>/deps/<program>`.
    ///
    /// # Errors
    /// The program does not lie where cargo puts programs.
    pub fn of_this_program() -> Result<Self, String> {
        let program = std::env::current_exe()
            .map_err(|e| format!("cannot tell where this program lies: {e}"))?;
        let layout = || {
            let folder = program.parent()?;
            let profile = if folder.ends_with("deps") { folder.parent()? } else { folder };
            Some(Self {
                target: profile.parent()?.to_owned(),
                profile: profile.file_name()?.to_str()?.to_owned(),
            })
        };
        layout().ok_or_else(|| format!("{} does not lie in target/<profile>", program.display()))
    }

    /// The folder of the programs that are built; those of examples are in `examples` below it.
    pub fn programs(&self) -> PathBuf {
        self.target.join(&self.profile)
    }

    /// Builds programs of this repository with the profile of this program. The arguments are cargo's
    /// and name them.
    ///
    /// # Errors
    /// They do not compile; cargo has said why on standard error.
    pub fn build(&self, arguments: &[&str]) -> Result<(), String> {
        // Cargo's name for the profile is that of its folder, but for this one.
        let profile = if self.profile == "debug" { "dev" } else { &self.profile };
        let status = Command::new(env!("CARGO"))
            .args(["build", "--quiet", "--profile", profile])
            .args(arguments)
            .arg("--manifest-path")
            .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../Cargo.toml"))
            .arg("--target-dir")
            .arg(&self.target)
            .status()
            .map_err(|e| format!("cannot start {}: {e}", env!("CARGO")))?;
        if status.success() {
            Ok(())
        } else {
            Err(format!("`cargo build {}` fails", arguments.join(" ")))
        }
    }
}
