//! Stops a server in order when the system asks for it: systemd and containers send SIGTERM, Ctrl-C is SIGINT.

use std::io;
use std::time::Duration;

use blocking_ws::{ServerHandle, ShutdownReport};

/// How long clients have to answer the Close frame. The service manager must wait longer than that: its
/// `TimeoutStopSec`, `docker stop --time` or `terminationGracePeriodSeconds`.
#[cfg(unix)]
const DEADLINE: Duration = Duration::from_secs(5);

/// Shuts the server down at the first such signal. Clients get 1012: the service restarts, come back.
///
/// Call it before the server runs. Without a handler the signals would end the program at once, or do
/// nothing where it is the first process of a container.
#[cfg(unix)]
pub(crate) fn on_signal(server: ServerHandle) -> io::Result<()> {
    use blocking_ws::CloseCode;
    use signal_hook::consts::{SIGINT, SIGTERM};
    use signal_hook::iterator::Signals;

    let mut signals = Signals::new([SIGINT, SIGTERM])?;
    std::thread::spawn(move || {
        signals.forever().next();
        server.shutdown_with(CloseCode::ServiceRestart, "the server restarts", DEADLINE)
    });
    Ok(())
}

/// Elsewhere the system ends the program.
#[cfg(not(unix))]
pub(crate) fn on_signal(_: ServerHandle) -> io::Result<()> {
    Ok(())
}

/// What became of the clients of a server that has ended.
pub(crate) fn report(server: &ServerHandle) -> String {
    let ShutdownReport { closed, cut, refused, running, .. } = server.shutdown(Duration::ZERO);
    format!("stopped: {closed} closed, {cut} cut, {refused} refused, {running} running")
}
