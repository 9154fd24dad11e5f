//! Whether anything grew, went wrong or stood still.

use std::process::ExitCode;

use super::gauges::Gauges;
use super::tally::Counted;

/// In the first lines caches fill.
const WARM: usize = 3;
/// What may come on top of the largest of them, for load that is never the same.
const MORE_MEMORY: f64 = 1.25;
const MORE_THREADS: u64 = 20;
const MORE_DESCRIPTORS: usize = 40;
/// What is left at the end: the runtime's own, and those of hubs that wait for a moment.
const END_THREADS: u64 = 12;

#[derive(Default)]
pub(crate) struct Verdict {
    lines: Vec<(Gauges, Counted)>,
}

impl Verdict {
    pub(crate) fn add(&mut self, gauges: Gauges, counted: Counted) {
        self.lines.push((gauges, counted));
    }

    /// Prints the last line.
    pub(crate) fn tell(&self, end: &Gauges) -> ExitCode {
        let faults = self.faults(end);
        if faults.is_empty() {
            println!("verdict: flat, and all payloads right");
            ExitCode::SUCCESS
        } else {
            println!("verdict: {}", faults.join("; "));
            ExitCode::FAILURE
        }
    }

    fn faults(&self, end: &Gauges) -> Vec<String> {
        let mut faults = Vec::new();
        let wrong: u64 = self.lines.iter().flat_map(|(_, it)| it.unexpected.values()).sum();
        if wrong > 0 {
            faults.push(format!("{wrong} errors that must not be"));
        }
        for (minute, (_, counted)) in self.lines.iter().enumerate() {
            if counted.messages == 0 || counted.latencies.is_empty() {
                faults.push(format!("nothing came in minute {}", minute + 1));
            }
        }
        let (warm, later) = self.lines.split_at(self.lines.len().min(WARM));
        // A single line may be a peak, so halves are compared with halves.
        let half = &later[later.len() / 2..];
        let most = |of: fn(&Gauges) -> f64| warm.iter().map(|(it, _)| of(it)).fold(0.0, f64::max);
        let mean = |of: fn(&Gauges) -> f64| {
            let lines = u32::try_from(half.len().max(1)).map_or(1.0, f64::from);
            half.iter().map(|(it, _)| of(it)).sum::<f64>() / lines
        };
        let memory = |it: &Gauges| kib(it.resident);
        if mean(memory) > most(memory) * MORE_MEMORY {
            faults.push(format!("memory: {:.0} KiB, {:.0} before", mean(memory), most(memory)));
        }
        let threads = |it: &Gauges| kib(it.threads);
        if mean(threads) > most(threads) + kib(MORE_THREADS) {
            faults.push(format!("threads: {:.0}, {:.0} before", mean(threads), most(threads)));
        }
        let open = |it: &Gauges| kib(it.descriptors as u64);
        if mean(open) > most(open) + kib(MORE_DESCRIPTORS as u64) {
            faults.push(format!("descriptors: {:.0}, {:.0} before", mean(open), most(open)));
        }
        if end.buffered > 0 {
            faults.push(format!("{} bytes are counted as buffered at the end", end.buffered));
        }
        if end.threads > END_THREADS {
            faults.push(format!("{} threads are left at the end", end.threads));
        }
        faults
    }
}

/// These are far from where a float loses digits.
fn kib(number: u64) -> f64 {
    u32::try_from(number).map_or(f64::MAX, f64::from)
}
