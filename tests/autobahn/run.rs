//! One run: a mode, the cases that it takes, and the order of events.
//!
//! The verdict on what the suite leaves behind is `report`'s.

use std::fmt;
use std::iter;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use test_support::autobahn::{Certificates, Meeting, Suite};

use crate::mode::{Mode, Role};
use crate::plan::Part;
use crate::programs::Programs;
use crate::report::Report;

/// The name that the reports carry.
const AGENT: &str = "blocking-ws";

/// Groups 1 to 10 take less than a minute.
const LIMIT: Duration = Duration::from_secs(10 * 60);
/// On top for each case with compression; one takes a few seconds.
const LIMIT_OF_COMPRESSED: Duration = Duration::from_secs(10);

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
        let meeting = Meeting::new(&workshop.suite, &folder, AGENT, &self.part.patterns)?;
        let certificates = match self.mode.tls {
            None => None,
            Some(tls) => Some((tls, Certificates::create(&folder.join("certs"))?)),
        };
        let tls = certificates.as_ref();
        let (programs, compression) = (&workshop.programs, self.part.compression);
        let deadline = Instant::now() + self.limit();
        match self.mode.role {
            Role::Server => {
                meeting.server(&mut programs.echo_server(tls, compression), deadline)?;
            }
            Role::Client => {
                let client = |url: &str| programs.autobahn_client(url, AGENT, tls, compression);
                meeting.client(tls.map(|(_, tls)| tls), client, deadline)?;
            }
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
