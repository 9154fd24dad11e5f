//! What goes wrong, as programs see it. A file has what a page has.

mod closing;
mod connecting;
mod elsewhere;
mod handshakes;
mod open;
mod proxies;
mod refusals;
mod settings;
mod starting;
mod streams;
#[cfg(any(feature = "tls", feature = "rustls"))]
mod tls;
mod urls;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use crate::produced::Produced;

/// What goes wrong, and what the library says then.
pub(crate) type Scenario = (&'static str, fn() -> Vec<Produced>);

/// Most scenarios wait for something, so there may be more of them than processors.
const THREADS: usize = 16;

/// All that the library has said, with the name of the scenario.
pub(crate) static ALL: LazyLock<Vec<(&'static str, Produced)>> = LazyLock::new(|| {
    let scenarios: Vec<Scenario> = [
        open::SCENARIOS,
        closing::SCENARIOS,
        connecting::SCENARIOS,
        handshakes::SCENARIOS,
        proxies::SCENARIOS,
        refusals::SCENARIOS,
        settings::SCENARIOS,
        starting::SCENARIOS,
        streams::SCENARIOS,
        #[cfg(any(feature = "tls", feature = "rustls"))]
        tls::SCENARIOS,
        urls::SCENARIOS,
    ]
    .concat();
    let mut said = run(&scenarios);
    said.extend(run(&[open::ALONE]));
    said
});

/// Runs all scenarios, and fails if one has.
fn run(scenarios: &[Scenario]) -> Vec<(&'static str, Produced)> {
    let next = AtomicUsize::new(0);
    let work = || {
        let mut said = Vec::new();
        while let Some(&(name, scenario)) = scenarios.get(next.fetch_add(1, Ordering::Relaxed)) {
            match catch_unwind(AssertUnwindSafe(scenario)) {
                Ok(produced) => said.push(Ok((name, produced))),
                Err(_) => said.push(Err(name)),
            }
        }
        said
    };
    let said: Vec<_> = thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS).map(|_| scope.spawn(work)).collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    let broken: Vec<_> = said.iter().filter_map(|it| it.as_ref().err()).collect();
    assert!(broken.is_empty(), "these scenarios have failed, see above: {broken:?}");
    let said = said.into_iter().flatten();
    said.flat_map(|(name, all)| all.into_iter().map(move |one| (name, one))).collect()
}
