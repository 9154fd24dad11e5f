//! What is measured, and how.

use std::path::PathBuf;
use std::time::Duration;

use crate::rows::{Row, Work};
use crate::server::{BuiltIn, Contender, Processors};

/// Rounds and seconds by default. Short turns in many rounds fall into different states of the machine.
const USUAL: (u32, f64) = (7, 0.5);
/// The same for figures that need longer turns, such as the latest of many answers.
const LONG: (u32, f64) = (3, 4.0);
const QUICK: (u32, f64) = (1, 0.3);

pub(crate) struct Plan {
    pub(crate) contenders: Vec<Contender>,
    pub(crate) rows: Vec<Row>,
    pub(crate) turns: Turns,
    /// In percent.
    pub(crate) load: f64,
    pub(crate) json: Option<PathBuf>,
    pub(crate) markdown: bool,
    pub(crate) processors: Processors,
}

/// How often each server takes its turn, and for how long.
pub(crate) struct Turns {
    usual: (u32, f64),
    long: (u32, f64),
}

impl Turns {
    /// The user's choice goes before the defaults.
    pub(crate) fn new(rounds: Option<u32>, seconds: Option<f64>, quick: bool) -> Self {
        let [usual, long] = if quick { [QUICK; 2] } else { [USUAL, LONG] };
        let chosen = |(r, s): (u32, f64)| (rounds.unwrap_or(r), seconds.unwrap_or(s));
        Self { usual: chosen(usual), long: chosen(long) }
    }

    /// Rounds and seconds.
    pub(crate) fn of(&self, row: &Row) -> (u32, f64) {
        match row.work {
            Work::Pipelined(_) | Work::Bulk(_) | Work::Fragmented(_) | Work::Idle => self.usual,
            Work::Tails | Work::Connections | Work::Broadcast => self.long,
        }
    }
}

impl Plan {
    pub(crate) fn rounds(&self, row: &Row) -> u32 {
        self.turns.of(row).0
    }

    /// How long each turn is measured.
    pub(crate) fn time(&self, row: &Row) -> Duration {
        Duration::from_secs_f64(self.turns.of(row).1)
    }

    /// How long a server is in use before it is measured.
    pub(crate) fn warm_up(&self, row: &Row) -> Duration {
        self.time(row) / 5
    }

    /// For how long the highest rate of a server is measured.
    pub(crate) fn probe(&self, row: &Row) -> Duration {
        self.time(row).min(Duration::from_secs(1))
    }

    /// The name of the server with which the others are compared: the floor if it is there, or else the
    /// first.
    pub(crate) fn base(&self) -> &str {
        let floor = BuiltIn::Floor.to_string();
        let floor = self.contenders.iter().find(|it| it.name == floor);
        floor.or_else(|| self.contenders.first()).map_or("", |it| &it.name)
    }
}
