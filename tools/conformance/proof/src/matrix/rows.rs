//! [`Row`] and [`Matrix`]: what a suite says of mutants.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use blocking_ws::Role;
use ws_conformance::case::CaseId;
use ws_conformance::report::{Behavior, BehaviorClose};

use crate::mutant::Flag;
use crate::original::{Verdict, Verdicts};

/// What a suite says of a mutant in one role.
#[derive(Clone, Debug)]
pub struct Row {
    /// The one flag of the mutant, or none.
    pub flag: Option<Flag>,
    /// Its role.
    pub role: Role,
    /// What the suite says.
    pub verdicts: Verdicts,
    /// Why not all cases were run, if not.
    pub unfinished: Option<String>,
}

/// What a suite says of mutants.
#[derive(Clone, Debug, Default)]
pub struct Matrix(pub Vec<Row>);

/// How a verdict counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mark {
    /// The case has passed, or has no right answer.
    Passed,
    /// Legal, and not as wished.
    NonStrict,
    /// Anything else.
    Failed,
}

impl Mark {
    pub(super) fn of(verdict: Verdict) -> Self {
        match (verdict.behavior, verdict.close) {
            (Behavior::Ok, BehaviorClose::Ok) | (Behavior::Informational, _) => Self::Passed,
            (Behavior::NonStrict, BehaviorClose::Ok) => Self::NonStrict,
            _ => Self::Failed,
        }
    }
}

impl Row {
    /// The name of the mutant and its role: `no_pong server`.
    #[must_use]
    pub fn name(&self) -> String {
        let role = match self.role {
            Role::Server => "server",
            Role::Client => "client",
        };
        format!("{} {role}", self.flag.map_or("strict", Flag::name))
    }

    /// The cases that the mutant has not passed strictly.
    #[must_use]
    pub fn found_by(&self) -> BTreeSet<&CaseId> {
        let found = self.verdicts.0.iter().filter(|(_, said)| Mark::of(**said) != Mark::Passed);
        found.map(|(id, _)| id).collect()
    }

    /// Returns `true` if the mutant fails no more than half of its cases, or breaks a rule of
    /// permessage-deflate only. A mutant that fails more says little about a case that finds it.
    #[must_use]
    pub fn is_narrow(&self) -> bool {
        self.flag.is_some_and(|flag| flag.rule().starts_with("RFC 7692"))
            || self.found_by().len() * 2 <= self.verdicts.0.len()
    }
}

impl Matrix {
    /// All cases that are in a row.
    #[must_use]
    pub fn cases(&self) -> BTreeSet<&CaseId> {
        self.0.iter().flat_map(|row| row.verdicts.0.keys()).collect()
    }

    /// The groups of cases, in order.
    fn groups(&self) -> Vec<String> {
        let numbers: BTreeSet<(usize, String)> =
            self.cases().iter().map(|id| (id.group().len(), id.group())).collect();
        numbers.into_iter().map(|(_, group)| group).collect()
    }

    /// Writes a line for each mutant with the cases that find it; `~` is before those that are only
    /// not strict.
    #[must_use]
    pub fn in_full(&self) -> String {
        let line = |row: &Row| {
            let found = row.found_by().into_iter().map(|id| {
                let is_soft = Mark::of(row.verdicts.0[id]) == Mark::NonStrict;
                format!("{}{id}", if is_soft { "~" } else { "" })
            });
            format!("{}: {}\n", row.name(), found.collect::<Vec<_>>().join(" "))
        };
        self.0.iter().map(line).collect()
    }
}

/// A line for each mutant, a column for each group: how many cases have found it. Behind a `~` are
/// those that are only not strict; a dot is none, and a blank says that no case was run.
impl fmt::Display for Matrix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let groups = self.groups();
        write!(f, "{:<36}", "mutant × group")?;
        for group in &groups {
            write!(f, "{group:>7}")?;
        }
        writeln!(f)?;
        for row in &self.0 {
            let mut counts: BTreeMap<String, (usize, usize)> = BTreeMap::new();
            for (id, &said) in &row.verdicts.0 {
                let (failed, soft) = counts.entry(id.group()).or_default();
                match Mark::of(said) {
                    Mark::Passed => {}
                    Mark::NonStrict => *soft += 1,
                    Mark::Failed => *failed += 1,
                }
            }
            write!(f, "{:<36}", row.name())?;
            for group in &groups {
                let cell = match counts.get(group) {
                    None => String::new(),
                    Some((0, 0)) => "·".to_owned(),
                    Some((failed, 0)) => failed.to_string(),
                    Some((0, soft)) => format!("~{soft}"),
                    Some((failed, soft)) => format!("{failed}~{soft}"),
                };
                write!(f, "{cell:>7}")?;
            }
            match &row.unfinished {
                None => writeln!(f)?,
                Some(why) => writeln!(f, "  {why}")?,
            }
        }
        Ok(())
    }
}
