//! Writes what has come of a run.

use std::fs;
use std::io::{self, IsTerminal, Write};
use std::path::Path;

use blocking_ws::testing::WireLog;
use clap::ColorChoice;
use ws_conformance::report::{self, Baseline, TextStyle};
use ws_conformance::{Lenient, Report};

use super::args::{Allowed, OutputArgs};
use super::exit::{Exit, Failure};

/// How many entries a wire log keeps at most, so that it does not fill the memory.
const LOGGED: usize = 1_000_000;

impl OutputArgs {
    /// Which outcomes are no failures.
    pub(super) fn lenient(&self) -> Lenient {
        let allows = |outcome| self.allow.contains(&outcome);
        Lenient {
            non_strict: allows(Allowed::NonStrict),
            unimplemented: allows(Allowed::Unimplemented),
            limit: allows(Allowed::Limit),
        }
    }

    /// The log that is written at the end, if one is wanted.
    pub(super) fn log(&self) -> Option<WireLog> {
        self.wire_log.as_ref().map(|_| WireLog::new().most(LOGGED))
    }

    /// Reads what must be there before a run, so that a slip in a path costs no time.
    pub(super) fn check(&self) -> Result<(), Failure> {
        if let Some(path) = &self.baseline {
            read(path)?;
        }
        for path in [&self.json, &self.junit, &self.html, &self.wire_log].into_iter().flatten() {
            let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
            if folder.is_some_and(|folder| !folder.is_dir()) {
                return Err(Failure::file(path, "its folder does not exist"));
            }
        }
        Ok(())
    }

    /// Prints the reports and writes the files. Returns the exit status.
    pub(super) fn write(&self, reports: &[Report], log: Option<&WireLog>) -> Result<Exit, Failure> {
        let lenient = self.lenient();
        if !self.quiet {
            let style = TextStyle { color: self.is_colored(), verbose: self.verbose, lenient };
            for report in reports {
                unless_closed(report.write_text(&mut io::stdout().lock(), style))?;
            }
        }
        self.files(reports, lenient)?;
        if let (Some(path), Some(log)) = (&self.wire_log, log) {
            save(path, log.to_jsonl())?;
        }
        let mut exit = Exit::Well;
        for report in reports {
            exit = exit.max(self.judge(report, lenient)?);
        }
        Ok(exit)
    }

    /// Writes all files that are wanted, and then returns the first error: one that cannot be written must
    /// not cost the others.
    fn files(&self, reports: &[Report], lenient: Lenient) -> Result<(), Failure> {
        let mut written = Vec::new();
        for (at, report) in reports.iter().enumerate() {
            if let Some(path) = &self.json {
                written.push(save(&numbered(path, at), report.to_json()));
            }
            if let Some(path) = &self.junit {
                let xml = report.to_junit(lenient).map_err(Failure::usage);
                written.push(xml.and_then(|xml| save(&numbered(path, at), xml)));
            }
        }
        if let Some(path) = &self.html {
            written.push(save(path, report::html(reports)));
        }
        written.push(self.autobahn(reports));
        written.into_iter().collect()
    }

    /// Writes the files of the Autobahn test suite, if they are wanted.
    pub(super) fn autobahn(&self, reports: &[Report]) -> Result<(), Failure> {
        match &self.autobahn {
            Some(folder) => {
                report::autobahn::write(reports, folder).map_err(|e| Failure::file(folder, e))
            }
            None => Ok(()),
        }
    }

    fn judge(&self, report: &Report, lenient: Lenient) -> Result<Exit, Failure> {
        let is_well = match &self.baseline {
            Some(path) => {
                let baseline = Baseline::from_json(&read(path)?, &report.tested.agent)
                    .map_err(|e| Failure::file(path, e))?;
                let difference = report.against(&baseline);
                if !self.quiet {
                    unless_closed(write!(io::stdout().lock(), "{difference}"))?;
                }
                difference.passes()
            }
            None => report.failures(lenient).next().is_none(),
        };
        Ok(match (&report.unfinished, is_well) {
            // The run has ended where it was told to.
            (Some(_), false) if self.fail_fast => Exit::Failed,
            (Some(why), _) => {
                anstream::eprintln!("ws-conformance: the run was not finished: {why}");
                Exit::Unfinished
            }
            (None, true) => Exit::Well,
            (None, false) => Exit::Failed,
        })
    }

    fn is_colored(&self) -> bool {
        match self.color {
            ColorChoice::Always => true,
            ColorChoice::Never => false,
            ColorChoice::Auto => {
                io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none()
            }
        }
    }
}

/// The path of a report: those of further programs have a number before the ending.
fn numbered(path: &Path, at: usize) -> std::path::PathBuf {
    if at == 0 {
        return path.to_owned();
    }
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let ending = path.extension().map_or(String::new(), |it| format!(".{}", it.to_string_lossy()));
    path.with_file_name(format!("{stem}-{}{ending}", at + 1))
}

fn read(path: &Path) -> Result<String, Failure> {
    fs::read_to_string(path).map_err(|e| Failure::file(path, e))
}

fn save(path: &Path, text: String) -> Result<(), Failure> {
    fs::write(path, text).map_err(|e| Failure::file(path, e))
}

/// A reader that has seen enough, such as `head`, is no failure.
fn unless_closed(written: io::Result<()>) -> Result<(), Failure> {
    match written {
        Err(e) if e.kind() != io::ErrorKind::BrokenPipe => Err(Failure::usage(e)),
        _ => Ok(()),
    }
}
