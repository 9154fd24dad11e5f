//! [`Verdicts`]: what a suite has said of a program, case by case.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use ws_conformance::case::{CaseId, Selection};
use ws_conformance::report::{Behavior, BehaviorClose, Report};

/// What a suite has said of one case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Verdict {
    /// On what was received.
    pub behavior: Behavior,
    /// On how the connection ended.
    pub close: BehaviorClose,
    /// The code of the program's Close frame.
    pub code: Option<u16>,
}

/// What a suite has said of a program, case by case.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verdicts(pub BTreeMap<CaseId, Verdict>);

impl Verdicts {
    /// Reads the `index.json` of a run against one program.
    ///
    /// # Errors
    /// The text is no JSON, has several programs, or a verdict that does not exist.
    pub fn from_index(text: &[u8]) -> Result<Self, String> {
        let index: BTreeMap<String, BTreeMap<CaseId, Value>> =
            serde_json::from_slice(text).map_err(|e| format!("no index.json: {e}"))?;
        let mut agents = index.into_values();
        let (Some(cases), None) = (agents.next(), agents.next()) else {
            return Err("index.json is not about one program".to_owned());
        };
        let rows = cases.into_iter().map(|(id, case)| {
            let row = json!([case["behavior"], case["behaviorClose"], case["remoteCloseCode"]]);
            (id, row)
        });
        Self::from_rows(rows)
    }

    /// Takes the verdicts of the new suite on the cases that both suites have.
    #[must_use]
    pub fn from_report(report: &Report) -> Self {
        let cases = report.cases.iter().filter(|case| !case.id.is_beyond());
        Self(
            cases
                .map(|case| {
                    let verdict = Verdict {
                        behavior: case.behavior,
                        close: case.behavior_close,
                        code: case.closing.remote_code,
                    };
                    (case.id.clone(), verdict)
                })
                .collect(),
        )
    }

    /// Reads what [`write`](Self::write) has written.
    ///
    /// # Errors
    /// The file cannot be read, or has something else.
    pub fn read(file: &Path) -> Result<Self, String> {
        let text = fs::read(file).map_err(|e| format!("cannot read {}: {e}", file.display()))?;
        let rows: BTreeMap<CaseId, Value> =
            serde_json::from_slice(&text).map_err(|e| format!("{}: {e}", file.display()))?;
        Self::from_rows(rows.into_iter()).map_err(|e| format!("{}: {e}", file.display()))
    }

    fn from_rows(rows: impl Iterator<Item = (CaseId, Value)>) -> Result<Self, String> {
        let verdicts = rows.map(|(id, row)| {
            let (behavior, close, code) = serde_json::from_value(row.clone())
                .map_err(|e| format!("{row} is no verdict on {id}: {e}"))?;
            Ok((id, Verdict { behavior, close, code }))
        });
        verdicts.collect::<Result<_, String>>().map(Self)
    }

    /// Writes a JSON object with a line for each case: its id, and both verdicts with the code.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn write(&self, file: &Path) -> Result<(), String> {
        let mut text = String::from("{");
        for (at, (id, Verdict { behavior, close, code })) in self.0.iter().enumerate() {
            let row = serde_json::to_string(&(behavior, close, code))
                .map_err(|e| format!("{id} cannot be written: {e}"))?;
            let comma = if at == 0 { "" } else { "," };
            // A String takes everything.
            let _ = write!(text, "{comma}\n\"{id}\":{row}");
        }
        text.push_str("\n}\n");
        fs::write(file, text).map_err(|e| format!("cannot write {}: {e}", file.display()))
    }

    /// Returns those on the selected cases.
    #[must_use]
    pub fn only(&self, selection: &Selection) -> Self {
        let rows = self.0.iter().filter(|(id, _)| selection.takes(id));
        Self(rows.map(|(id, verdict)| (id.clone(), *verdict)).collect())
    }

    /// Replaces the verdicts on the cases of other runs by the most frequent one of those runs. If
    /// several are equally frequent, an earlier run counts more.
    pub fn settle(&mut self, runs: &[Self]) {
        for id in runs.iter().flat_map(|run| run.0.keys()) {
            let mut said: Vec<(Verdict, usize)> = Vec::new();
            for verdict in runs.iter().filter_map(|run| run.0.get(id)) {
                match said.iter_mut().find(|(known, _)| known == verdict) {
                    Some((_, times)) => *times += 1,
                    None => said.push((*verdict, 1)),
                }
            }
            // Of equals `max_by_key` takes the last.
            let most = said.iter().rev().max_by_key(|(_, times)| times);
            if let Some((verdict, _)) = most {
                self.0.insert(id.clone(), *verdict);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn index(rows: &str) -> Result<Verdicts, String> {
        Verdicts::from_index(format!(r#"{{"agent":{{{rows}}}}}"#).as_bytes())
    }

    fn of(id: &str, behavior: Behavior) -> Verdicts {
        let verdict = Verdict { behavior, close: BehaviorClose::Ok, code: Some(1000) };
        Verdicts([(id.parse().unwrap(), verdict)].into())
    }

    #[test]
    fn an_index_is_read_and_survives_a_file() {
        let rows = r#"
            "7.1.10": {"behavior": "FAILED", "behaviorClose": "FAILED BY CLIENT", "duration": 2,
                       "remoteCloseCode": null, "reportfile": "x.json"},
            "7.1.2": {"behavior": "NON-STRICT", "behaviorClose": "WRONG CODE", "duration": 2,
                      "remoteCloseCode": 1002, "reportfile": "x.json"}"#;
        let verdicts = index(rows).unwrap();
        let expected = [
            ("7.1.2", Behavior::NonStrict, BehaviorClose::WrongCode, Some(1002)),
            ("7.1.10", Behavior::Failed, BehaviorClose::FailedByClient, None),
        ]
        .map(|(id, behavior, close, code)| {
            (id.parse().unwrap(), Verdict { behavior, close, code })
        });
        assert_eq!(verdicts.0.clone().into_iter().collect::<Vec<_>>(), expected);

        let name = format!("verdicts-{}.json", std::process::id());
        let file = std::env::temp_dir().join(name);
        verdicts.write(&file).unwrap();
        let (text, again) = (fs::read_to_string(&file), Verdicts::read(&file));
        fs::remove_file(&file).unwrap();
        assert_eq!(again, Ok(verdicts));
        let lines = "{\n\"7.1.2\":[\"NON-STRICT\",\"WRONG CODE\",1002],\n\
                     \"7.1.10\":[\"FAILED\",\"FAILED BY CLIENT\",null]\n}\n";
        assert_eq!(text.unwrap(), lines);
    }

    #[test]
    fn words_that_are_no_verdict_are_refused() {
        for rows in [
            r#""1.1.1": {"behavior": "GOOD", "behaviorClose": "OK", "remoteCloseCode": 1000}"#,
            r#""1.1.1": {"behavior": "OK", "remoteCloseCode": 1000}"#,
            r#""one": {"behavior": "OK", "behaviorClose": "OK", "remoteCloseCode": 1000}"#,
        ] {
            assert!(index(rows).is_err(), "{rows}");
        }
        assert!(Verdicts::from_index(br#"{"a": {}, "b": {}}"#).is_err());
    }

    #[test]
    fn the_most_frequent_verdict_counts() {
        use Behavior::{Failed, NonStrict, Ok};
        for (runs, expected) in [
            (&[Ok, NonStrict, NonStrict, Ok, NonStrict][..], NonStrict),
            (&[NonStrict, Ok, Ok], Ok),
            (&[NonStrict, Ok], NonStrict),
            (&[], Failed),
        ] {
            let mut verdicts = of("3.2", Failed);
            let runs: Vec<Verdicts> = runs.iter().map(|&behavior| of("3.2", behavior)).collect();
            verdicts.settle(&runs);
            assert_eq!(verdicts, of("3.2", expected));
        }
    }
}
