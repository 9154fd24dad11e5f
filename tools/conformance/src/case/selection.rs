//! [`Selection`]: which cases are taken.

use std::str::FromStr;

use super::id::CaseId;

/// Which cases are taken: a list of ids and patterns, such as `1.*,5.*,-5.19`.
///
/// In a pattern `*` stands for any text, and nothing else has a meaning: `7.1.*` does not take
/// 7.13.1, and `*` takes all. A `-` or `!` in front takes cases off again, wherever it stands in the
/// list. A list that only takes off begins with all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Selection {
    taken: Vec<String>,
    left: Vec<String>,
}

/// A list of cases that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadSelection {
    /// A pattern is empty.
    #[error("a pattern in {0:?} is empty: write patterns like 5.* with commas between")]
    Empty(String),
    /// A pattern matches no case.
    #[error("no case matches {0:?}: `ws-conformance list` shows all")]
    Nothing(String),
}

impl Selection {
    /// Takes all cases.
    #[must_use]
    pub fn all() -> Self {
        Self { taken: vec!["*".to_owned()], left: Vec::new() }
    }

    /// Takes off the cases of another selection.
    #[must_use]
    pub fn without(mut self, other: &Self) -> Self {
        self.left.extend_from_slice(&other.taken);
        self
    }

    /// Returns `true` if the case is taken.
    #[must_use]
    pub fn takes(&self, id: &CaseId) -> bool {
        let id = id.to_string();
        let is_in = |list: &[String]| list.iter().any(|pattern| matches(pattern, &id));
        is_in(&self.taken) && !is_in(&self.left)
    }

    /// Returns `true` if the case is taken by a pattern that begins as its id does: with its letters, or
    /// with its number. `H*` and `F1.2` do so, and `*` does not.
    #[must_use]
    pub fn names(&self, id: &CaseId) -> bool {
        let (group, text) = (id.group(), id.to_string());
        let is_named = |pattern: &String| pattern.starts_with(&group) && matches(pattern, &text);
        self.takes(id) && self.taken.iter().any(is_named)
    }

    /// Checks that each pattern matches one of these cases at least.
    ///
    /// # Errors
    /// Names the first pattern that does not.
    pub fn check<'a>(&self, ids: impl Iterator<Item = &'a CaseId>) -> Result<(), BadSelection> {
        let ids: Vec<String> = ids.map(ToString::to_string).collect();
        let unused = self
            .taken
            .iter()
            .chain(&self.left)
            .find(|pattern| !ids.iter().any(|id| matches(pattern, id)));
        unused.map_or(Ok(()), |pattern| Err(BadSelection::Nothing(pattern.clone())))
    }
}

impl FromStr for Selection {
    type Err = BadSelection;

    fn from_str(list: &str) -> Result<Self, BadSelection> {
        let mut selection = Self { taken: Vec::new(), left: Vec::new() };
        for pattern in list.split(',').map(str::trim) {
            let (to, pattern) = match pattern.strip_prefix(['-', '!']) {
                Some(pattern) => (&mut selection.left, pattern),
                None => (&mut selection.taken, pattern),
            };
            if pattern.is_empty() {
                return Err(BadSelection::Empty(list.to_owned()));
            }
            to.push(pattern.to_owned());
        }
        if selection.taken.is_empty() {
            selection.taken.push("*".to_owned());
        }
        Ok(selection)
    }
}

/// Returns `true` if `text` has the parts of the pattern in order, with any text for each `*`.
fn matches(pattern: &str, text: &str) -> bool {
    let Some((first, rest)) = pattern.split_once('*') else { return pattern == text };
    let Some(mut text) = text.strip_prefix(first) else { return false };
    let Some((middle, last)) = rest.rsplit_once('*') else { return text.ends_with(rest) };
    for part in middle.split('*') {
        match text.split_once(part) {
            Some((_, behind)) => text = behind,
            None => return false,
        }
    }
    text.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn takes(list: &str, id: &str) -> bool {
        list.parse::<Selection>().unwrap().takes(&id.parse().unwrap())
    }

    #[test]
    fn patterns_match_what_they_say() {
        for (list, id, is_taken) in [
            ("5.17", "5.17", true),
            ("5.1", "5.17", false),
            ("5.*", "5.17", true),
            ("7.1.*", "7.13.1", false),
            ("7.1*", "7.13.1", true),
            ("*", "H4.2", true),
            ("*.1", "5.1", true),
            ("*.1", "5.11", false),
            ("1*.*.1", "12.3.1", true),
            ("1*.*.1", "12.3.18", false),
            ("5.*,-5.19", "5.19", false),
            ("5.*, !5.19", "5.18", true),
            ("-5.19,5.*", "5.19", false),
            ("-5.19", "1.1.1", true),
            ("H*", "HC1", true),
        ] {
            assert_eq!(takes(list, id), is_taken, "{list} {id}");
        }
    }

    #[test]
    fn a_case_is_named_by_a_pattern_that_begins_as_it_does() {
        for (list, id, is_named) in [
            ("H*", "H4.2", true),
            ("H4.2", "H4.2", true),
            ("*", "H4.2", false),
            ("*.2", "H4.2", false),
            ("F*", "H4.2", false),
            ("H*,-H4.2", "H4.2", false),
            ("*,H4.*", "H4.2", true),
        ] {
            let selection: Selection = list.parse().unwrap();
            assert_eq!(selection.names(&id.parse().unwrap()), is_named, "{list} {id}");
        }
    }

    #[test]
    fn a_pattern_that_matches_nothing_is_named() {
        let ids: Vec<CaseId> = ["5.1", "5.2"].map(|id| id.parse().unwrap()).into();
        let check = |list: &str| list.parse::<Selection>()?.check(ids.iter());
        assert_eq!(check("5.*,-5.2"), Ok(()));
        assert_eq!(check("5.*,6.*"), Err(BadSelection::Nothing("6.*".to_owned())));
        assert_eq!(check("5.*,-5.3"), Err(BadSelection::Nothing("5.3".to_owned())));
        assert_eq!(check("5.*,,"), Err(BadSelection::Empty("5.*,,".to_owned())));
    }
}
