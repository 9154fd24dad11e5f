//! Shows what differs between two reports.

use std::fs;
use std::path::Path;

use ws_conformance::Report;
use ws_conformance::report::Comparison;

use super::args::CompareArgs;
use super::exit::{Exit, Failure};

/// Prints the differences of two JSON reports. They are no failure if there are none.
pub(crate) fn compare(args: &CompareArgs) -> Result<Exit, Failure> {
    let comparison = Comparison::of(&read(&args.first)?, &read(&args.second)?);
    anstream::print!("{comparison}");
    Ok(if comparison.is_equal() { Exit::Well } else { Exit::Failed })
}

fn read(path: &Path) -> Result<Report, Failure> {
    let text = fs::read_to_string(path).map_err(|e| Failure::file(path, e))?;
    Report::from_json(&text).map_err(|e| Failure::file(path, e))
}
