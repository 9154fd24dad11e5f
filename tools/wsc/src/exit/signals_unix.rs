//! Signals of Unix: Ctrl-C, and what a service manager or a closed terminal sends.

use std::io;
use std::thread;

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

/// Calls `act` in a thread of its own for each signal that asks the command to end.
pub(crate) fn on_signal(act: impl Fn() + Send + 'static) -> io::Result<()> {
    let mut signals = Signals::new([SIGINT, SIGTERM, SIGHUP])?;
    thread::Builder::new().name("signals".into()).spawn(move || {
        for _ in signals.forever() {
            act();
        }
    })?;
    Ok(())
}
