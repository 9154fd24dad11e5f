//! A row as a block of lines: servers under each other, figures beside each other.

use std::fmt;

use super::block::{Block, Measured};
use super::number::number;
use crate::rows::{Column, Kind};

/// How wide the names are, and a figure.
const NAME: usize = 20;
const FIGURE: usize = 14;

impl fmt::Display for Block {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "\n{}: {}", self.row, self.explained())?;
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
    fn explained(&self) -> String {
        let count = self.row.connections;
        match self.row.kind {
            Kind::Tails => format!("echoes of 125 B on a schedule, {count} connections"),
            Kind::Connections if count == 1 => "echoes of 125 B, 1 connection".into(),
            Kind::Connections => {
                format!("echoes of 125 B, {count} connections, at most 64 of them in use at a time")
            }
            Kind::Broadcast => format!("messages of 125 B to {count} members, one at a time"),
        }
    }

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
        match self.results.first() {
            Some(first) if first.name != result.name => {
                let ratios = columns.iter().zip(&spreads).map(|(column, spread)| {
                    let first = first.spread(*column)?.median;
                    let ratio = spread.as_ref()?.median / first;
                    // There is no multiple of zero.
                    (first > 0.0).then(|| format!("x {ratio:.2}"))
                });
                line(f, &format!("  of {}", first.name), ratios)
            }
            _ => Ok(()),
        }
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
