//! Where the lines that were typed in are kept for the next time.

use std::fs;
use std::path::PathBuf;

use etcetera::BaseStrategy;
use rustyline::Editor;
use rustyline::history::DefaultHistory;

/// The file, such as `~/.local/state/wsc/history`. `None` if there is no home.
pub(super) fn file() -> Option<PathBuf> {
    let strategy = etcetera::choose_base_strategy().ok()?;
    // Windows has no folder for this alone.
    let folder = strategy.state_dir().unwrap_or_else(|| strategy.data_dir()).join("wsc");
    fs::create_dir_all(&folder).ok()?;
    Some(folder.join("history"))
}

/// Reads the lines of earlier times.
pub(super) fn load<H: rustyline::Helper>(
    editor: &mut Editor<H, DefaultHistory>,
    file: Option<&PathBuf>,
) {
    if let Some(file) = file {
        // The first time there is none.
        let _ = editor.load_history(file);
    }
}

/// Adds a line, and writes it at once: the process may end while the next line is edited.
pub(super) fn add<H: rustyline::Helper>(
    editor: &mut Editor<H, DefaultHistory>,
    line: &str,
    file: Option<&PathBuf>,
) {
    let is_new = editor.add_history_entry(line).unwrap_or_default();
    if let (true, Some(file)) = (is_new, file) {
        // A history that cannot be written must not end a conversation.
        let _ = editor.append_history(file);
    }
}
