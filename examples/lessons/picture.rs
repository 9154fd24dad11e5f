//! How the lessons show what has passed.

use blocking_ws::testing::WireEntry;

/// Prints entries of a log under a title.
///
/// Left out are the times, the numbers of the connections, and what has no direction: that a connection
/// begins, and that this end drops it.
pub fn show(title: &str, entries: &[WireEntry]) {
    println!("{title}");
    for entry in entries.iter().filter(|entry| entry.way().is_some()) {
        println!("  {}", line(entry));
    }
}

/// Returns the line of an entry without its time and its number.
#[must_use]
pub fn line(entry: &WireEntry) -> String {
    entry.to_string().splitn(4, ' ').last().unwrap_or_default().to_owned()
}

/// Returns bytes as hex digits, with a space between two bytes.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(" ")
}
