//! The results of all servers in one row.

use std::error::Error;

use crate::figures::Spread;
use crate::plan::Plan;
use crate::rows::{Column, Figure, Row};
use crate::server::Contender;

/// The results of a row, in the order of the servers on the command line.
pub(crate) struct Block {
    /// The name of the server with which the others are compared.
    base: String,
    pub(super) row: Row,
    /// How often each server takes its turn, and for how long.
    pub(super) rounds: u32,
    pub(super) seconds: f64,
    pub(super) notes: Vec<String>,
    /// Values that are the same for all servers.
    pub(super) settings: Vec<(&'static str, f64)>,
    pub(super) results: Vec<Measured>,
    pub(super) failures: Vec<(String, String)>,
}

/// The results of a server.
pub(super) struct Measured {
    pub(super) name: String,
    columns: Vec<(Column, Vec<f64>)>,
}

impl Block {
    pub(crate) fn new(plan: &Plan, row: &Row) -> Self {
        let (rounds, seconds) = plan.turns.of(row);
        Self {
            base: plan.base().to_owned(),
            row: *row,
            rounds,
            seconds,
            notes: Vec::new(),
            settings: Vec::new(),
            results: Vec::new(),
            failures: Vec::new(),
        }
    }

    pub(crate) fn note(&mut self, note: String) {
        self.notes.push(note);
    }

    pub(crate) fn set(&mut self, key: &'static str, value: f64) {
        self.settings.push((key, value));
    }

    /// Adds a run.
    pub(crate) fn add(&mut self, contender: &Contender, figures: Vec<Figure>) {
        let at = self.results.iter().position(|it| it.name == contender.name);
        let at = at.unwrap_or_else(|| {
            self.results.push(Measured { name: contender.name.clone(), columns: Vec::new() });
            self.results.len() - 1
        });
        let columns = &mut self.results[at].columns;
        for Figure { column, value } in figures {
            match columns.iter_mut().find(|(it, _)| *it == column) {
                Some((_, runs)) => runs.push(value),
                None => columns.push((column, vec![value])),
            }
        }
    }

    /// Says why a server has no further runs.
    pub(crate) fn fail(&mut self, contender: &Contender, error: &dyn Error) {
        self.failures.push((contender.name.clone(), error.to_string()));
    }

    pub(super) fn result(&self, name: &str) -> Option<&Measured> {
        self.results.iter().find(|it| it.name == name)
    }

    /// The server with which the others are compared. If it has no figures, it is the first server.
    pub(super) fn base(&self) -> Option<&Measured> {
        self.result(&self.base).or_else(|| self.results.first())
    }

    /// The columns for which any server has figures, in the order of the first server.
    pub(super) fn columns(&self) -> Vec<Column> {
        let mut columns: Vec<Column> = Vec::new();
        for (column, _) in self.results.iter().flat_map(|it| &it.columns) {
            if !columns.contains(column) {
                columns.push(*column);
            }
        }
        columns
    }
}

impl Measured {
    pub(super) fn runs(&self, column: Column) -> &[f64] {
        let found = self.columns.iter().find(|(it, _)| *it == column);
        found.map_or(&[], |(_, runs)| runs)
    }

    pub(super) fn spread(&self, column: Column) -> Option<Spread> {
        Spread::of(self.runs(column))
    }
}
