//! [`Store`]: what the original says of the mutants.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use blocking_ws::Role;
use serde_json::{Value, json};
use ws_conformance::case::{Case, CaseId, Test};
use ws_conformance::cases;
use ws_conformance::report::{Behavior, BehaviorClose};

use super::selected;
use crate::mutant::Flag;
use crate::original::{Verdict, Verdicts};
use crate::table::Field;

/// The name of the mutant without a flag.
const STRICT: &str = "strict";
/// What the original says of the mutants of one role. In the file they are below the list of the
/// cases that they were run with. Each has a line, with the cases of all verdicts but the good ones.
/// Codes are not kept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Store(BTreeMap<String, (String, Verdicts)>);

impl Store {
    /// Where the verdicts on mutants of this role are.
    #[must_use]
    pub fn file(role: Role) -> PathBuf {
        let name = match role {
            Role::Server => "server.json",
            Role::Client => "client.json",
        };
        Path::new(env!("CARGO_MANIFEST_DIR")).join("oracle").join("mutants").join(name)
    }

    /// Reads the verdicts on mutants of this role. They are empty if there is no file.
    ///
    /// # Errors
    /// The file cannot be read, or has something else.
    pub fn read(role: Role) -> Result<Self, String> {
        let file = Self::file(role);
        if !file.exists() {
            return Ok(Self::default());
        }
        let text = fs::read(&file).map_err(|e| format!("cannot read {}: {e}", file.display()))?;
        Self::parse(&text, role).map_err(|e| format!("{}: {e}", file.display()))
    }

    fn parse(text: &[u8], role: Role) -> Result<Self, String> {
        type Words = BTreeMap<String, String>;
        let lists: BTreeMap<String, BTreeMap<String, Words>> =
            serde_json::from_slice(text).map_err(|e| e.to_string())?;
        let mut store = Self::default();
        for (list, rows) in lists {
            let well: Vec<(CaseId, Verdict)> = selected::cases(&list, role)?
                .into_iter()
                .map(|case| Ok((case.id.clone(), verdict(well(case))?)))
                .collect::<Result<_, String>>()?;
            for (name, row) in rows {
                let mut verdicts = Verdicts(well.iter().cloned().collect());
                for (words, ids) in row {
                    let said = verdict(&words)?;
                    for id in ids.split(' ') {
                        let id = id.parse().map_err(|e| format!("{name}: {e}"))?;
                        let known = verdicts.0.get_mut(&id);
                        *known.ok_or_else(|| format!("{name}: {id} is not of its cases"))? = said;
                    }
                }
                store.0.insert(name, (list.clone(), verdicts));
            }
        }
        Ok(store)
    }

    /// Writes the file.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn write(&self, role: Role) -> Result<(), String> {
        let file = Self::file(role);
        if let Some(folder) = file.parent() {
            fs::create_dir_all(folder)
                .map_err(|e| format!("cannot create {}: {e}", folder.display()))?;
        }
        fs::write(&file, self.text()).map_err(|e| format!("cannot write {}: {e}", file.display()))
    }

    fn text(&self) -> String {
        let lists: BTreeSet<&str> = self.0.values().map(|(list, _)| list.as_str()).collect();
        let lists = lists.into_iter().map(|list| {
            let rows = self.0.iter().filter(|(_, (of, _))| of == list);
            let rows =
                rows.map(|(name, (_, verdicts))| format!("\"{name}\":{}", json!(row(verdicts))));
            format!("{}:{{\n{}\n}}", json!(list), rows.collect::<Vec<_>>().join(",\n"))
        });
        format!("{{\n{}\n}}\n", lists.collect::<Vec<_>>().join(",\n"))
    }

    /// What is stored of a mutant.
    #[must_use]
    pub fn get(&self, flag: Option<Flag>) -> Option<&Verdicts> {
        self.0.get(name(flag)).map(|(_, verdicts)| verdicts)
    }

    /// Stores what is said of a mutant on the cases of a list.
    pub fn put(&mut self, flag: Option<Flag>, list: &str, verdicts: Verdicts) {
        self.0.insert(name(flag).to_owned(), (list.to_owned(), verdicts));
    }
}

/// The verdicts that are written, with their cases.
fn row(verdicts: &Verdicts) -> BTreeMap<String, String> {
    let mut row: BTreeMap<String, String> = BTreeMap::new();
    for (id, &said) in &verdicts.0 {
        let words = words(said);
        let case = cases::all().iter().find(|case| case.id == *id);
        if case.is_none_or(|case| words != well(case)) {
            let ids = row.entry(words).or_default();
            // A String takes everything.
            let _ = write!(ids, "{}{id}", if ids.is_empty() { "" } else { " " });
        }
    }
    row
}

/// The verdicts that are not written.
fn well(case: &Case) -> &'static str {
    match &case.test {
        Test::Acts { want, .. } if want.informational => "INFORMATIONAL/INFORMATIONAL",
        _ => "OK/OK",
    }
}

fn name(flag: Option<Flag>) -> &'static str {
    flag.map_or(STRICT, Flag::name)
}

fn words(verdict: Verdict) -> String {
    format!("{}/{}", Field::Behavior.word(verdict), Field::BehaviorClose.word(verdict))
}

fn verdict(words: &str) -> Result<Verdict, String> {
    let bad = || format!("{words:?} are no verdicts");
    let (behavior, close) = words.split_once('/').ok_or_else(bad)?;
    let behavior: Behavior = serde_json::from_value(Value::from(behavior)).map_err(|_| bad())?;
    let close: BehaviorClose = serde_json::from_value(Value::from(close)).map_err(|_| bad())?;
    Ok(Verdict { behavior, close, code: None })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again() {
        let mut store = Store::default();
        let said = |words: &str| verdict(words).unwrap();
        let rows = [("3.1", "FAILED/FAILED"), ("3.2", "OK/OK"), ("3.3", "FAILED/FAILED")];
        let verdicts = Verdicts(rows.map(|(id, it)| (id.parse().unwrap(), said(it))).into());
        store.put(Some(Flag::AcceptRsv), "3.1,3.2,3.3", verdicts);
        let rows = [("3.7", "OK/WRONG CODE"), ("7.1.6", "INFORMATIONAL/INFORMATIONAL")];
        let verdicts = Verdicts(rows.map(|(id, it)| (id.parse().unwrap(), said(it))).into());
        store.put(None, "3.7,7.1.6", verdicts);
        let text = store.text();
        let lines: Vec<&str> = text.lines().collect();
        let expected = [
            "{",
            r#""3.1,3.2,3.3":{"#,
            r#""accept_rsv":{"FAILED/FAILED":"3.1 3.3"}"#,
            "},",
            r#""3.7,7.1.6":{"#,
            r#""strict":{"OK/WRONG CODE":"3.7"}"#,
            "}",
            "}",
        ];
        assert_eq!(lines, expected);
        assert_eq!(Store::parse(text.as_bytes(), Role::Server), Ok(store));
    }

    #[test]
    fn what_is_no_store_is_refused() {
        for text in [
            r#"{"":{}}"#,
            r#"{"3.7":{"strict":{"GOOD/OK":"3.7"}}}"#,
            r#"{"3.7":{"strict":{"FAILED/OK":"3.6"}}}"#,
            r#"{"3.7":{"strict":{"FAILED/OK":"x"}}}"#,
        ] {
            assert!(Store::parse(text.as_bytes(), Role::Server).is_err(), "{text}");
        }
    }

    #[test]
    fn stored_mutants_exist() {
        for role in [Role::Server, Role::Client] {
            for name in Store::read(role).unwrap().0.keys().filter(|name| *name != STRICT) {
                let flag: Flag = name.parse().unwrap();
                assert!(flag.shows_as(role), "{name}");
            }
        }
    }
}
