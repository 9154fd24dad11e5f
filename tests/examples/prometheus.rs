//! Reads the text format of Prometheus, version 0.0.4.

use std::collections::{BTreeMap, BTreeSet};

/// Values by name, with labels.
pub(crate) struct Samples(BTreeMap<String, u64>);

impl Samples {
    /// Fails if a metric has no help, no type, is there twice or is in two places.
    pub(crate) fn parse(text: &str) -> Self {
        assert!(text.ends_with('\n'), "a line without an end: {text}");
        let mut samples = BTreeMap::new();
        let (mut helped, mut typed) = (BTreeSet::new(), BTreeSet::new());
        let mut current = String::new();
        for line in text.lines() {
            if let Some(rest) = line.strip_prefix("# HELP ") {
                let (name, help) = rest.split_once(' ').expect(line);
                assert!(!help.is_empty() && helped.insert(name), "{line}");
                name.clone_into(&mut current);
            } else if let Some(rest) = line.strip_prefix("# TYPE ") {
                let (name, kind) = rest.split_once(' ').expect(line);
                assert_eq!(name, current, "{line}");
                assert!(matches!(kind, "counter" | "gauge") && typed.insert(name), "{line}");
                assert_eq!(name.ends_with("_total"), kind == "counter", "{line}");
            } else {
                let (name, value) = line.rsplit_once(' ').expect(line);
                let metric = name.split('{').next().unwrap();
                assert_eq!(metric, current, "{line}");
                assert!(typed.contains(metric), "{line}");
                let twice = samples.insert(name.to_owned(), value.parse().expect(line));
                assert_eq!(twice, None, "{line}");
            }
        }
        Self(samples)
    }

    pub(crate) fn value(&self, name: &str) -> u64 {
        *self.0.get(name).unwrap_or_else(|| panic!("no {name} in {:?}", self.0))
    }
}
