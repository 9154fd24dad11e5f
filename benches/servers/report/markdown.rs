//! The table in Markdown: a line for each row, with the server that the others are compared with first.

use std::fmt::Write as _;

use super::block::Block;
use super::machine;
use super::number::number;
use super::report::Report;
use crate::rows::{Column, Work};

/// The figure that counts most, which has no name in the table.
const USUAL: &str = "server_us";

impl Report {
    /// What was measured so far.
    pub(crate) fn markdown(&self) -> String {
        let mut text = format!(
            "`{}`\n\n{}, {}, {}; {}. {}\n\n\
             Microseconds of the server's processor time for each message, delivery or handshake, unless the \
             row names another figure. Of processor time it is the least of all runs, because other programs \
             only add to it; of other figures, the median. A ratio says how many times as good as {} a server \
             is.\n\n",
            machine::command(),
            machine::processor(),
            machine::system(),
            machine::date(),
            self.turns(),
            self.places(),
            self.base
        );
        let others = || self.servers.iter().filter(|name| **name != self.base);
        let titles = others().flat_map(|name| [name.as_str(), "ratio"]);
        let titles: Vec<_> = ["row", &self.base].into_iter().chain(titles).collect();
        line(&mut text, &titles);
        let rules: Vec<_> =
            (0..titles.len()).map(|at| if at == 0 { "---" } else { "--:" }).collect();
        line(&mut text, &rules);
        for block in &self.blocks {
            for column in shown(block) {
                let mut cells = vec![title(block, column), figure(block, &self.base, column)];
                for name in others() {
                    cells.push(figure(block, name, column));
                    cells.push(ratio(block, name, &self.base, column));
                }
                line(&mut text, &cells);
            }
        }
        text
    }
}

/// The columns of a row that are in the table. Where the system does not say how much processor time a
/// server had, it is the first column.
fn shown(block: &Block) -> Vec<Column> {
    let keys: &[_] = match block.row.work {
        Work::Tails => &["p99_us"],
        Work::Idle => &[USUAL, "opened_kib"],
        _ => &[USUAL],
    };
    let columns = block.columns();
    let shown: Vec<_> = columns.iter().copied().filter(|it| keys.contains(&it.key)).collect();
    if shown.is_empty() { columns.into_iter().take(1).collect() } else { shown }
}

fn title(block: &Block, column: Column) -> String {
    if column.key == USUAL {
        return block.row.to_string();
    }
    format!("{}, {}", block.row, column.title)
}

fn value(block: &Block, name: &str, column: Column) -> Option<f64> {
    let spread = block.result(name)?.spread(column)?;
    Some(if column.key == USUAL { spread.lowest } else { spread.median })
}

fn figure(block: &Block, name: &str, column: Column) -> String {
    value(block, name, column).map_or_else(none, number)
}

fn ratio(block: &Block, name: &str, base: &str, column: Column) -> String {
    let values = value(block, name, column).zip(value(block, base, column));
    let ratio = values.and_then(|(value, base)| column.better.times_as_good(value, base));
    ratio.map_or_else(none, |ratio| format!("{ratio:.2}"))
}

/// There is no figure.
fn none() -> String {
    "-".into()
}

fn line(text: &mut String, cells: &[impl AsRef<str>]) {
    for cell in cells {
        // Writing to a string does not fail.
        let _ = write!(text, "| {} ", cell.as_ref());
    }
    text.push_str("|\n");
}
