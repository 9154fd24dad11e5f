//! [`Table`]: all comparisons.

use std::collections::BTreeMap;
use std::fmt;
use std::process::ExitCode;

use super::comparison::Comparison;

/// The comparisons of all programs.
#[derive(Clone, Debug, Default)]
pub struct Table(pub Vec<Comparison>);

impl Table {
    /// Counts what is unexplained in all comparisons.
    #[must_use]
    pub fn unexplained(&self) -> usize {
        self.0.iter().map(Comparison::unexplained).sum()
    }

    /// The status with which a program should end: 0 if nothing is unexplained and something was
    /// compared, else 1.
    #[must_use]
    pub fn exit_code(&self) -> ExitCode {
        let compared: usize = self.0.iter().map(|comparison| comparison.compared).sum();
        if compared > 0 && self.unexplained() == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
    }
}

/// All comparisons, then how often each reason was needed, and a line with the sums.
impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut reasons: BTreeMap<&str, usize> = BTreeMap::new();
        for comparison in &self.0 {
            writeln!(f, "{comparison}")?;
            for entry in comparison.differences.iter().filter_map(|cell| cell.explained) {
                *reasons.entry(entry.reason).or_default() += 1;
            }
        }
        for (reason, times) in reasons {
            writeln!(f, "{times} × {reason}")?;
        }
        let compared: usize = self.0.iter().map(|comparison| comparison.compared).sum();
        let (programs, unexplained) = (self.0.len(), self.unexplained());
        write!(f, "{programs} programs, {compared} cases compared, {unexplained} unexplained")
    }
}
