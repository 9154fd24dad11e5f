//! All figures, for other programs.

use std::path::Path;
use std::{fs, io};

use serde_json::{Map, Value, json};

use super::block::Block;
use super::report::Report;

impl Report {
    /// Writes what was measured so far.
    pub(crate) fn write(&self, file: &Path) -> io::Result<()> {
        let rows: Vec<_> = self.blocks.iter().map(Block::json).collect();
        let report = json!({
            "compared_with": self.base,
            "load_percent": self.load,
            "server_and_clients_on_two_processors": self.apart,
            "rows": rows,
        });
        fs::write(file, format!("{report:#}\n"))
    }
}

impl Block {
    fn json(&self) -> Value {
        let columns = self.columns();
        let servers = self.results.iter().map(|result| {
            let figures: Map<_, _> = columns
                .iter()
                .filter_map(|column| {
                    let spread = result.spread(*column)?;
                    let figure = json!({
                        "median": spread.median,
                        "lowest": spread.lowest,
                        "highest": spread.highest,
                        "runs": result.runs(*column),
                    });
                    Some((column.key.to_owned(), figure))
                })
                .collect();
            json!({ "name": result.name, "figures": figures })
        });
        let failures =
            self.failures.iter().map(|(name, error)| json!({ "name": name, "error": error }));
        let settings: Map<_, _> =
            self.settings.iter().map(|(key, value)| ((*key).to_owned(), json!(value))).collect();
        json!({
            "row": self.row.to_string(),
            "kind": self.row.work.kind().to_string(),
            "connections": self.row.connections,
            "rounds": self.rounds,
            "seconds": self.seconds,
            "settings": settings,
            "notes": self.notes,
            "servers": servers.collect::<Vec<_>>(),
            "failures": failures.collect::<Vec<_>>(),
        })
    }
}
