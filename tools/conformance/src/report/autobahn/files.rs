//! The folder: which files there are, and what they are called.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;

use serde::Serialize;
use serde_json::ser::PrettyFormatter;
use serde_json::{Map, Serializer, Value, json};

use super::super::run::Report;
use super::case_file;
use crate::case::{Case, CaseId};
use crate::cases;

/// Writes the files of the Autobahn test suite into a folder, which is made if it is missing.
///
/// Agents of an `index.json` that is there already are kept, because runs against one program after
/// the other share a folder. An agent that is tested again is replaced.
///
/// # Errors
/// A file cannot be written, or the `index.json` that is there is none.
pub fn write(reports: &[Report], folder: &Path) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    let index_path = folder.join("index.json");
    let mut index: Map<String, Value> = match fs::read_to_string(&index_path) {
        Ok(text) => serde_json::from_str(&text).map_err(|e| {
            let path = index_path.display();
            io::Error::new(
                io::ErrorKind::InvalidData,
                format!(
                    "{path} is no index of the Autobahn test suite ({e}): choose another folder"
                ),
            )
        })?,
        Err(e) if e.kind() == io::ErrorKind::NotFound => Map::new(),
        Err(e) => return Err(e),
    };
    let known: BTreeMap<&CaseId, &Case> =
        cases::all().iter().map(|case| (&case.id, case)).collect();
    // Reports of the same agent are parts of one run.
    let mut agents: BTreeMap<&str, Map<String, Value>> = BTreeMap::new();
    for report in reports {
        let agent = report.tested.agent.as_str();
        let entries = agents.entry(agent).or_default();
        // The original suite has no cases with letters.
        let numbered = report.cases.iter().filter(|case| !case.id.is_beyond());
        for (at, case) in numbered.enumerate() {
            let name = file_name(agent, &case.id);
            let text = pretty(&case_file(report, case, at + 1, known.get(&case.id).copied()))?;
            fs::write(folder.join(&name), text)?;
            let entry = json!({
                "behavior": case.behavior,
                "behaviorClose": case.behavior_close,
                "duration": millis(case.duration),
                "remoteCloseCode": case.closing.remote_code,
                "reportfile": name,
            });
            entries.insert(case.id.to_string(), entry);
        }
    }
    index.extend(agents.into_iter().map(|(agent, cases)| (agent.to_owned(), cases.into())));
    // Written beside it and renamed: a reader never sees a part.
    let unfinished = folder.join("index.json.tmp");
    fs::write(&unfinished, pretty(&Value::from(index))?)?;
    fs::rename(unfinished, index_path)
}

/// The name of the file of a case: in lower case, and `_` for all but ASCII letters and digits.
pub(super) fn file_name(agent: &str, id: &CaseId) -> String {
    let lower = agent.trim().to_lowercase();
    let plain = |c: char| if c.is_ascii_lowercase() || c.is_ascii_digit() { c } else { ' ' };
    let agent: String = lower.chars().map(plain).collect();
    let id = id.to_string().replace('.', "_");
    format!("{}_case_{id}.json", agent.trim().replace(' ', "_"))
}

/// In whole milliseconds.
pub(super) fn millis(time: std::time::Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

/// With sorted keys and three blanks, as the suite does.
fn pretty(value: &Value) -> io::Result<Vec<u8>> {
    let mut text = Vec::new();
    sorted(value).serialize(&mut Serializer::with_formatter(
        &mut text,
        PrettyFormatter::with_indent(b"   "),
    ))?;
    Ok(text)
}

/// Sorted also where another crate of a build asks `serde_json` to keep the order of keys.
fn sorted(value: &Value) -> Value {
    match value {
        Value::Object(map) => {
            let map: BTreeMap<&String, Value> =
                map.iter().map(|(key, value)| (key, sorted(value))).collect();
            Value::Object(map.into_iter().map(|(key, value)| (key.clone(), value)).collect())
        }
        Value::Array(values) => values.iter().map(sorted).collect(),
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_files() {
        for (agent, id, name) in [
            ("blocking-ws", "5.19", "blocking_ws_case_5_19.json"),
            (" My Server/1.0 ", "12.1.10", "my_server_1_0_case_12_1_10.json"),
            ("(Ünïcode)", "H4.2", "n_code_case_H4_2.json"),
            ("../../etc", "1.1.1", "etc_case_1_1_1.json"),
            ("", "1.1.1", "_case_1_1_1.json"),
        ] {
            assert_eq!(file_name(agent, &id.parse().unwrap()), name, "{agent:?}");
        }
    }
}
