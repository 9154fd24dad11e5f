//! [`CaseId`]: what a case is called, such as `5.17`.

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The name of a case: numbers with dots between, such as `5.17`, or letters and numbers, such as
/// `H4.2`.
///
/// The ids that begin with a digit are those of the Autobahn test suite. Ids are in the order in
/// which people count: `1.1.2` is before `1.1.10`, and digits are before letters.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct CaseId {
    letters: String,
    numbers: Vec<u16>,
}

/// A text that is not the id of a case.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not the id of a case: write it like 5.17 or H4.2")]
pub struct BadId(String);

impl CaseId {
    /// The group: the letters, or the first number.
    #[must_use]
    pub fn group(&self) -> String {
        match self.numbers.first() {
            Some(first) if self.letters.is_empty() => first.to_string(),
            _ => self.letters.clone(),
        }
    }

    /// The numbers of the id: 5 and 17 in `5.17`.
    #[must_use]
    pub fn numbers(&self) -> &[u16] {
        &self.numbers
    }

    /// Returns `true` if the case goes beyond those of the Autobahn test suite: its id has letters.
    #[must_use]
    pub fn is_beyond(&self) -> bool {
        !self.letters.is_empty()
    }
}

impl FromStr for CaseId {
    type Err = BadId;

    fn from_str(text: &str) -> Result<Self, BadId> {
        let bad = || BadId(text.to_owned());
        let digits = text.find(|c: char| !c.is_ascii_uppercase()).unwrap_or(text.len());
        let (letters, rest) = text.split_at(digits);
        let numbers: Vec<u16> = rest
            .split('.')
            .map(|part| {
                let is_number = part.bytes().all(|b| b.is_ascii_digit());
                is_number.then(|| part.parse().ok()).flatten().ok_or_else(bad)
            })
            .collect::<Result<_, _>>()?;
        if letters.is_empty() && numbers.len() < 2 {
            return Err(bad());
        }
        Ok(Self { letters: letters.to_owned(), numbers })
    }
}

impl TryFrom<String> for CaseId {
    type Error = BadId;

    fn try_from(text: String) -> Result<Self, BadId> {
        text.parse()
    }
}

impl From<CaseId> for String {
    fn from(id: CaseId) -> Self {
        id.to_string()
    }
}

impl fmt::Display for CaseId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.letters)?;
        for (at, number) in self.numbers.iter().enumerate() {
            write!(f, "{}{number}", if at == 0 { "" } else { "." })?;
        }
        Ok(())
    }
}

impl Ord for CaseId {
    fn cmp(&self, other: &Self) -> Ordering {
        (&self.letters, &self.numbers).cmp(&(&other.letters, &other.numbers))
    }
}

impl PartialOrd for CaseId {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_in_the_order_in_which_people_count() {
        let mut ids: Vec<CaseId> =
            ["H4.2", "10.1.1", "5.17", "1.1.10", "5.2", "1.1.2", "F11", "F2"]
                .map(|id| id.parse().unwrap())
                .into();
        ids.sort();
        let sorted: Vec<String> = ids.iter().map(ToString::to_string).collect();
        assert_eq!(sorted, ["1.1.2", "1.1.10", "5.2", "5.17", "10.1.1", "F2", "F11", "H4.2"]);
        assert_eq!(ids[3].group(), "5");
        assert_eq!(ids[7].group(), "H");
    }

    #[test]
    fn what_is_no_id() {
        for text in ["", "5", "5.", ".5", "5.17.", "x5", "5,17", "5.+1", "H", "5.70000"] {
            assert!(text.parse::<CaseId>().is_err(), "{text}");
        }
    }
}
