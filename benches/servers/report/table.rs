//! A row as a block of lines: servers under each other, figures beside each other.

use std::fmt;

use super::block::{Block, Measured};
use super::number::number;
use crate::figures::Spread;
use crate::rows::Column;

/// How wide the names are, and a figure.
const NAME: usize = 28;
const FIGURE: usize = 14;

impl fmt::Display for Block {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "\n{}: {}", self.row, self.row.explained())?;
        for note in &self.notes {
            writeln!(f, "  {note}")?;
        }
        let columns = self.columns();
        if !columns.is_empty() {
            let titles = columns.iter().map(|column| Some(column.title.to_owned()));
            line(f, "", titles)?;
        }
        for result in &self.results {
            self.write_server(f, result, &columns)?;
        }
        for (name, error) in &self.failures {
            writeln!(f, "  {name} failed: {error}")?;
        }
        Ok(())
    }
}

impl Block {
    fn write_server(
        &self,
        f: &mut fmt::Formatter<'_>,
        result: &Measured,
        columns: &[Column],
    ) -> fmt::Result {
        let spreads: Vec<_> = columns.iter().map(|column| result.spread(*column)).collect();
        let show = |value: Option<f64>| value.map(number);
        line(f, &result.name, spreads.iter().map(|it| show(it.map(|it| it.median))))?;
        if columns.iter().any(|column| result.runs(*column).len() > 1) {
            line(f, "  lowest", spreads.iter().map(|it| show(it.map(|it| it.lowest))))?;
            line(f, "  highest", spreads.iter().map(|it| show(it.map(|it| it.highest))))?;
        }
        let Some(base) = self.base().filter(|base| base.name != result.name) else {
            return Ok(());
        };
        let mut ratios = |title: &str, value: fn(Column, &Spread) -> f64| {
            let ratios = columns.iter().zip(&spreads).map(|(column, spread)| {
                let [ours, base] = [*spread, base.spread(*column)];
                let [ours, base] = [value(*column, &ours?), value(*column, &base?)];
                column.better.times_as_good(ours, base).map(|ratio| format!("x {ratio:.2}"))
            });
            line(f, &format!("  {title} {}", base.name), ratios)
        };
        ratios("medians to", |_, spread| spread.median)?;
        ratios("best to", |column, spread| column.better.best(spread))
    }
}

fn line(
    f: &mut fmt::Formatter<'_>,
    name: &str,
    figures: impl Iterator<Item = Option<String>>,
) -> fmt::Result {
    write!(f, "  {name:NAME$}")?;
    for figure in figures {
        write!(f, "{:>FIGURE$}", figure.unwrap_or_else(|| "-".into()))?;
    }
    writeln!(f)
}
