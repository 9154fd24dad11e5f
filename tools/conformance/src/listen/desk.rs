//! [`Desk`]: what has come of the cases, by client.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::bench::{Pace, Patience};
use crate::case::CaseId;
use crate::report::CaseReport;

/// What has come of the cases, by client, and whether the run is over.
#[derive(Debug, Default)]
pub(super) struct Desk {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    agents: BTreeMap<String, Agent>,
    /// How many connections there are, and when the last one ended.
    visits: usize,
    last: Option<Instant>,
    /// No more cases are run.
    is_over: bool,
}

/// What is known of a client.
#[derive(Clone, Debug, Default)]
pub(super) struct Agent {
    pub(super) reports: BTreeMap<CaseId, CaseReport>,
    /// How quick it has been lately.
    pace: Arc<Pace>,
    /// Cases on which it has opened a connection.
    begun: BTreeSet<CaseId>,
    /// The keys of its requests.
    keys: HashSet<String>,
}

/// A connection that is counted while it lasts.
pub(super) struct Visit<'a>(&'a Desk);

impl Desk {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts a connection.
    pub(super) fn visit(&self) -> Visit<'_> {
        self.lock().visits += 1;
        Visit(self)
    }

    /// Notes how long a client took to answer.
    pub(super) fn answered(&self, agent: &str, time: Duration) {
        self.lock().agents.entry(agent.to_owned()).or_default().pace.note(time);
    }

    /// How much patience a client needs.
    pub(super) fn patience(&self, agent: &str) -> Patience {
        let state = self.lock();
        // What a driver asks before its first case, it asks without a name.
        let known = state.agents.get(agent).filter(|it| !it.reports.is_empty());
        known
            .or_else(|| state.agents.get(""))
            .map_or_else(|| Pace::default().patience(), |agent| agent.pace.patience())
    }

    /// Notes the key of a request. Returns `true` if no earlier connection of the client had it, and
    /// `None` if there was none. What a driver asks without a name counts for all clients.
    pub(super) fn has_fresh_key(&self, agent: &str, key: &str) -> Option<bool> {
        let mut state = self.lock();
        let known = || ["", agent].into_iter().filter_map(|name| state.agents.get(name));
        let is_first = known().all(|agent| agent.keys.is_empty());
        let is_fresh = known().all(|agent| !agent.keys.contains(key));
        state.agents.entry(agent.to_owned()).or_default().keys.insert(key.to_owned());
        (!is_first).then_some(is_fresh)
    }

    /// Notes that a client has opened a connection for a case.
    pub(super) fn begin(&self, agent: &str, id: &CaseId) {
        self.lock().agents.entry(agent.to_owned()).or_default().begun.insert(id.clone());
    }

    /// Returns `true` if a client has opened a connection for a case.
    pub(super) fn has_begun(&self, agent: &str, id: &CaseId) -> bool {
        self.lock().agents.get(agent).is_some_and(|agent| agent.begun.contains(id))
    }

    /// Returns `true` if a case of a client has ended.
    pub(super) fn has_report(&self, agent: &str, id: &CaseId) -> bool {
        self.lock().agents.get(agent).is_some_and(|agent| agent.reports.contains_key(id))
    }

    /// Returns `true` if a client has opened a connection for any case.
    pub(super) fn has_begun_any(&self, agent: &str) -> bool {
        self.lock().agents.get(agent).is_some_and(|agent| !agent.begun.is_empty())
    }

    /// Takes the report of a case, so that the case can be run again.
    pub(super) fn take(&self, agent: &str, id: &CaseId) -> Option<CaseReport> {
        let mut state = self.lock();
        let agent = state.agents.get_mut(agent)?;
        agent.begun.remove(id);
        agent.reports.remove(id)
    }

    /// Keeps what has come of a case.
    pub(super) fn file(&self, agent: &str, report: CaseReport) {
        let mut state = self.lock();
        let agent = state.agents.entry(agent.to_owned()).or_default();
        agent.reports.insert(report.id.clone(), report);
        drop(state);
        self.changed.notify_all();
    }

    /// Waits until a case of a client was run, for `most` at most, and shows its report.
    pub(super) fn wait_for<T>(
        &self,
        agent: &str,
        id: &CaseId,
        most: Duration,
        show: impl Fn(&CaseReport) -> T,
    ) -> Option<T> {
        let until = Instant::now() + most;
        let mut state = self.lock();
        loop {
            let report = state.agents.get(agent).and_then(|agent| agent.reports.get(id));
            if let Some(report) = report {
                return Some(show(report));
            }
            let left = until.saturating_duration_since(Instant::now());
            if state.is_over || left.is_zero() {
                return None;
            }
            let waited = self.changed.wait_timeout(state, left);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Ends the run.
    pub(super) fn end(&self) {
        self.lock().is_over = true;
        self.changed.notify_all();
    }

    /// Returns `true` if the run has ended.
    pub(super) fn is_over(&self) -> bool {
        self.lock().is_over
    }

    /// Waits for the end of the run, or until there was no connection for as long as this. Returns
    /// `true` if the run has ended by itself.
    pub(super) fn wait_for_the_end(&self, silence: Duration) -> bool {
        let began = Instant::now();
        let mut state = self.lock();
        loop {
            if state.is_over && state.visits == 0 {
                return true;
            }
            let quiet = state.last.unwrap_or(began).elapsed();
            if state.visits == 0 && quiet >= silence {
                return false;
            }
            let spent = if state.visits == 0 { quiet } else { Duration::ZERO };
            let left = silence.saturating_sub(spent);
            let waited = self.changed.wait_timeout(state, left);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// What is known of the clients that have run a case, by their names.
    pub(super) fn agents(&self) -> BTreeMap<String, Agent> {
        let mut agents = self.lock().agents.clone();
        agents.retain(|_, agent| !agent.reports.is_empty());
        agents
    }
}

impl Drop for Visit<'_> {
    fn drop(&mut self) {
        let mut state = self.0.lock();
        state.visits -= 1;
        state.last = Some(Instant::now());
        drop(state);
        self.0.changed.notify_all();
    }
}
