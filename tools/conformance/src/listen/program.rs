//! Starts a program for each case.

use std::collections::VecDeque;
use std::io::{self, Read};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use blocking_ws::Role;

use super::visit::Shared;
use crate::bench;
use crate::case::Case;
use crate::suite::rerun;

/// How often a program is looked at. The standard library has no wait with a limit.
const LOOK: Duration = Duration::from_millis(5);
/// How long a program may take to connect.
const CONNECTS: Duration = Duration::from_secs(10);
/// How long it may go on once its case has ended.
const ENDS: Duration = Duration::from_secs(2);
/// A program that has not connected after this many starts is not started again.
const TRIES: usize = 3;
/// How long what a program has printed last may be on its way.
const LAST_WORDS: Duration = Duration::from_millis(100);
/// As much of what it has printed is shown.
const SHOWN: usize = 300;

/// Where the URL stands in the command.
const PLACE: &str = "{url}";

/// A command, split into words, in one of which `{url}` stands.
#[derive(Clone, Debug)]
pub(super) struct Program {
    words: Vec<String>,
}

impl Program {
    /// Splits a command as a shell does.
    pub(super) fn parse(command: &str) -> Result<Self, &'static str> {
        let words =
            shell_words::split(command).map_err(|_| "a quote in the command is not closed")?;
        if words.is_empty() {
            return Err("the command is empty");
        }
        if !words.iter().any(|word| word.contains(PLACE)) {
            return Err("the command needs {url} where the URL of the case belongs");
        }
        Ok(Self { words })
    }

    /// Starts the program for each of the cases, some at a time, and then again for those that have
    /// failed, as often as the suite says.
    ///
    /// # Errors
    /// The program has never connected. The error is a sentence; it is not started for all cases then.
    pub(super) fn run_all(&self, shared: &Shared, agent: &str) -> Result<(), String> {
        let queue = Mutex::new(VecDeque::from(shared.cases.clone()));
        let never = Mutex::new(Vec::new());
        let lock = "no thread panics while it holds a lock";
        thread::scope(|scope| {
            for _ in 0..shared.suite.jobs.clamp(1, shared.cases.len().max(1)) {
                scope.spawn(|| {
                    loop {
                        let next = queue.lock().expect(lock).pop_front();
                        let Some(case) = next.filter(|_| !shared.desk.is_over()) else { break };
                        if let Err(why) = self.run(shared, agent, case) {
                            let mut never = never.lock().expect(lock);
                            never.push(why);
                            if never.len() >= TRIES && !shared.desk.has_begun_any(agent) {
                                queue.lock().expect(lock).clear();
                            }
                        }
                    }
                });
            }
        });
        if !shared.desk.has_begun_any(agent) {
            let first = never.into_inner().expect(lock).into_iter().next();
            return Err(first.unwrap_or_else(|| "no case was run".to_owned()));
        }
        if shared.suite.rerun > 0 && !shared.desk.is_over() {
            shared.cases.iter().for_each(|case| self.run_again(shared, agent, case));
        }
        Ok(())
    }

    fn run_again(&self, shared: &Shared, agent: &str, case: &Case) {
        let Some(mut report) = shared.desk.take(agent, &case.id) else { return };
        let again = rerun(&mut report, shared.suite.rerun, || {
            // Without a connection there is a report as well.
            let _ = self.run(shared, agent, case);
            shared.desk.take(agent, &case.id).ok_or(())
        });
        // Without another report, the first one stands.
        let _ = again;
        shared.desk.file(agent, report);
    }

    /// Runs a case. One that compares connections needs two, if there was none before.
    fn run(&self, shared: &Shared, agent: &str, case: &Case) -> Result<(), String> {
        if case.compares_connections() && !shared.desk.has_begun_any(agent) {
            self.start(shared, agent, case)?;
            shared.desk.take(agent, &case.id);
        }
        self.start(shared, agent, case)
    }

    /// Starts the program for a case, and waits for both to end. The error says why the program has not
    /// connected; the case has failed then.
    fn start(&self, shared: &Shared, agent: &str, case: &Case) -> Result<(), String> {
        let query: String = form_urlencoded::Serializer::new(String::new())
            .append_pair("casetuple", &case.id.to_string())
            .append_pair("agent", agent)
            .finish();
        let url = format!("{}/runCase?{query}", shared.door.url());
        let words: Vec<String> = self.words.iter().map(|word| word.replace(PLACE, &url)).collect();
        let started = Command::new(&words[0])
            .args(&words[1..])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn();
        let missing = |why: String| {
            shared.file(agent, bench::unreachable(case, Role::Server, why.clone()));
            Err(why)
        };
        let mut child = match started {
            Ok(child) => child,
            Err(e) => return missing(format!("{} cannot be started: {e}", words[0])),
        };
        let errors = Errors::of(&mut child);
        if let Err(e) = watch(shared, agent, case, &mut child) {
            // Both fail only for a program that has ended.
            let _ = child.kill();
            let _ = child.wait();
            if !shared.desk.has_begun(agent, &case.id) {
                return missing(format!("{e}{}", errors.shown()));
            }
        }
        Ok(())
    }
}

/// Waits until the case and the program have ended. The error says why it waits no longer.
fn watch(shared: &Shared, agent: &str, case: &Case, child: &mut Child) -> Result<(), String> {
    let began = Instant::now();
    let mut ended: Option<Instant> = None;
    loop {
        let has_begun = shared.desk.has_begun(agent, &case.id);
        if shared.desk.has_report(agent, &case.id) {
            ended = ended.or_else(|| Some(Instant::now()));
        }
        let status = child.try_wait().map_err(|e: io::Error| e.to_string())?;
        match (status, ended) {
            (Some(_), Some(_)) => return Ok(()),
            (Some(status), None) if !has_begun => {
                return Err(format!("the program ended without a connection ({status})"));
            }
            (None, Some(since)) if since.elapsed() >= ENDS => {
                return Err("the program goes on after the end of the case".to_owned());
            }
            (None, None) if !has_begun && began.elapsed() >= CONNECTS => {
                return Err(format!("the program has not connected in {CONNECTS:?}"));
            }
            _ => thread::sleep(LOOK),
        }
    }
}

/// The end of what a program prints to its standard error. A thread reads it, so that the program never
/// blocks. The thread ends with the last program that has the pipe, which may be long after.
struct Errors(Arc<Mutex<Vec<u8>>>);

impl Errors {
    fn of(child: &mut Child) -> Self {
        let end = Arc::new(Mutex::new(Vec::new()));
        if let Some(mut pipe) = child.stderr.take() {
            let end = Arc::clone(&end);
            thread::spawn(move || {
                let mut bytes = [0; 4096];
                while let Ok(n @ 1..) = pipe.read(&mut bytes) {
                    let mut end = end.lock().unwrap_or_else(PoisonError::into_inner);
                    end.extend_from_slice(&bytes[..n]);
                    let old = end.len().saturating_sub(SHOWN);
                    end.drain(..old);
                }
            });
        }
        Self(end)
    }

    /// The end of it, behind a colon.
    fn shown(&self) -> String {
        // What was printed last may still be on its way.
        thread::sleep(LAST_WORDS);
        let bytes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let end = String::from_utf8_lossy(&bytes);
        let end = end.trim();
        if end.is_empty() { String::new() } else { format!(": {end}") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_has_a_place_for_the_url() {
        let program = Program::parse("node 'my client.js' --url={url}").unwrap();
        assert_eq!(program.words, ["node", "my client.js", "--url={url}"]);
        for (command, why) in [("", "empty"), ("curl", "{url}"), ("curl '{url}", "quote")] {
            assert!(Program::parse(command).unwrap_err().contains(why), "{command}");
        }
    }
}
