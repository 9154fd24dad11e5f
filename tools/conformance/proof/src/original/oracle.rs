//! What the original has said of the programs of [`peers`](crate::peers): a file for each program and
//! [`Way`] to test it.
//!
//! The files are in the folder `oracle` of this package. With them the new suite is compared without
//! Python, in seconds, and with the same result each time.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use blocking_ws::Role;
use test_support::autobahn::Certificates;

use super::run::Original;
use super::verdicts::Verdicts;
use crate::peers::PeerProgram;

/// How a program is tested.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Way {
    /// The role of the program.
    pub role: Role,
    /// Whether TLS is below.
    pub tls: bool,
}

/// The cases that end differently from run to run if a program reads ahead of what it answers: after
/// a good message comes a fault, and the answer to the message may be sent or not.
pub const RACING: &str = "3.2,3.3,3.4,4.1.3,4.1.4,4.1.5,4.2.3,4.2.4,4.2.5,5.15";

/// How often racing cases are run. The most frequent verdict counts.
pub const RUNS: usize = 5;

impl Way {
    /// All of them.
    pub const ALL: [Self; 4] = [
        Self { role: Role::Server, tls: false },
        Self { role: Role::Client, tls: false },
        Self { role: Role::Server, tls: true },
        Self { role: Role::Client, tls: true },
    ];
}

/// As in the names of files: `server-ws`.
impl fmt::Display for Way {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.role {
            Role::Server => "server-",
            Role::Client => "client-",
        })?;
        f.write_str(if self.tls { "wss" } else { "ws" })
    }
}

/// Where the verdicts on a program are stored.
#[must_use]
pub fn file(peer: &str, way: Way) -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("oracle");
    folder.join(format!("{peer}-{way}.json"))
}

/// Reads the stored verdicts on a program.
///
/// # Errors
/// There are none.
pub fn stored(peer: &str, way: Way) -> Result<Verdicts, String> {
    Verdicts::read(&file(peer, way))
}

/// Runs the original against a program, and returns what it says. `cases` are patterns as the
/// original has them, with commas between; in `1.*` the `*` stands for any text, and more may follow.
///
/// # Errors
/// The run came to no end.
pub fn ask(
    original: &Original,
    peer: &PeerProgram,
    way: Way,
    certificates: &Certificates,
    cases: &str,
) -> Result<Verdicts, String> {
    let cases: Vec<String> = cases.split(',').map(|pattern| pattern.trim().to_owned()).collect();
    let tls = way.tls.then_some(certificates);
    match way.role {
        Role::Server => original.server(&mut peer.server(tls), &cases),
        Role::Client => {
            let client = |url: &str, agent: &str| peer.client(url, agent, tls);
            original.client(tls, client, &cases)
        }
    }
}

/// Asks the original as [`ask`] does, and stores what it says beside what is stored of other cases. If
/// the program is asynchronous, the racing cases among them are run [`RUNS`] times.
///
/// # Errors
/// The run came to no end, or the file cannot be read or written.
pub fn record(
    original: &Original,
    peer: &PeerProgram,
    way: Way,
    certificates: &Certificates,
    cases: &str,
) -> Result<Verdicts, String> {
    let mut said = ask(original, peer, way, certificates, cases)?;
    let racing: Vec<String> = RACING
        .split(',')
        .filter(|racing| said.0.keys().any(|id| id.to_string() == *racing))
        .map(ToOwned::to_owned)
        .collect();
    if peer.is_asynchronous && !racing.is_empty() {
        let racing = racing.join(",");
        let runs: Result<Vec<_>, _> =
            (0..RUNS).map(|_| ask(original, peer, way, certificates, &racing)).collect();
        said.settle(&runs?);
    }
    let file = file(&peer.name, way);
    // Another thread may store other cases of the same program, but not at the same time.
    let mut all = if file.exists() { Verdicts::read(&file)? } else { Verdicts::default() };
    all.0.extend(said.0.clone());
    if let Some(folder) = file.parent() {
        fs::create_dir_all(folder)
            .map_err(|e| format!("cannot create {}: {e}", folder.display()))?;
    }
    all.write(&file)?;
    Ok(said)
}

#[cfg(test)]
mod tests {
    use ws_conformance::case::CaseId;
    use ws_conformance::report::Behavior;

    use super::*;

    /// The programs that `PeerProgram::all` makes, which would install them.
    const PEERS: [&str; 4] = ["node-ws", "python-websockets", "tungstenite", "blocking-ws"];

    #[test]
    fn each_program_has_verdicts_on_all_cases_without_compression() {
        for peer in PEERS {
            for way in Way::ALL {
                let said = stored(peer, way).unwrap();
                let is_deflate = |id: &CaseId| ["12", "13"].contains(&id.group().as_str());
                let (compressed, plain): (Vec<_>, Vec<_>) =
                    said.0.iter().partition(|(id, _)| is_deflate(id));
                assert_eq!(plain.len(), 301, "{peer} {way}");
                // Of a program without compression nothing else can be said.
                let tells = compressed.iter().all(|(_, said)| {
                    (said.behavior == Behavior::Unimplemented) == (peer == "tungstenite")
                });
                assert!(tells, "{peer} {way}");
            }
        }
    }

    #[test]
    fn each_file_is_about_a_program_that_is_tested() {
        let known: Vec<PathBuf> =
            PEERS.iter().flat_map(|peer| Way::ALL.map(|way| file(peer, way))).collect();
        let folder = known[0].parent().unwrap();
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            assert!(known.contains(&path) || name.starts_with("mutant"), "{name}");
        }
    }
}
