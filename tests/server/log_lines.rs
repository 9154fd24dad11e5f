//! What is told by the log alone.

mod common;
mod support {
    pub(crate) mod nobody;
}

use std::sync::{Mutex, PoisonError, mpsc};
use std::time::Duration;

use blocking_ws::{Client, Error, Server, connect};
use common::within;
use log::{Level, LevelFilter, Log, Metadata, Record};
use support::nobody::nobody;

struct Lines(Mutex<Vec<(Level, String)>>);

static LINES: Lines = Lines(Mutex::new(Vec::new()));

impl Log for Lines {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.level() <= Level::Info
    }

    fn log(&self, record: &Record<'_>) {
        let line = (record.level(), record.args().to_string());
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(line);
    }

    fn flush(&self) {}
}

fn begin() {
    // The first test does it.
    if log::set_logger(&LINES).is_ok() {
        log::set_max_level(LevelFilter::Info);
    }
}

/// The lines that have `part` in them.
fn said(part: &str) -> Vec<(Level, String)> {
    let lines = LINES.0.lock().unwrap_or_else(PoisonError::into_inner);
    lines.iter().filter(|(_, line)| line.contains(part)).cloned().collect()
}

#[test]
fn a_callback_that_panics_is_logged_and_told_again() {
    within(|| {
        begin();
        let (_nobody, address) = nobody();
        let (tell, told) = mpsc::channel();
        let connections = Client::new()
            .reconnecting(&format!("ws://{address}/"))
            .first_delay(Duration::from_millis(1))
            .max_delay(Duration::from_millis(2))
            .max_attempts(4)
            .on_retry(move |retry| {
                tell.send(retry.attempt).unwrap();
                panic!("as told");
            });
        let results: Vec<_> = connections.map(|result| result.unwrap_err()).collect();
        assert!(matches!(results[..], [Error::Connect(_)]), "{results:?}");
        assert_eq!(told.iter().collect::<Vec<_>>(), [1, 2, 3]);
        let line = (Level::Error, "the on_retry callback panicked".to_owned());
        assert_eq!(said("on_retry"), [line.clone(), line.clone(), line]);
    });
}

#[test]
fn a_shutdown_names_the_clients_whose_handlers_still_run() {
    within(|| {
        begin();
        let (enters, entered) = mpsc::channel();
        let (release, released) = mpsc::channel::<()>();
        let released = Mutex::new(released);
        let server = Server::bind("127.0.0.1:0").unwrap().spawn(move |ws| {
            if ws.request().uri().path() == "/stuck" {
                enters.send(()).unwrap();
                let _ = released.lock().unwrap().recv();
                return Ok(());
            }
            ws.recv().map(drop)
        });
        let server = server.unwrap();
        let stuck = connect(&format!("{}stuck", server.url())).unwrap();
        let mut leaves = connect(server.url()).unwrap();
        entered.recv().unwrap();
        let goes = std::thread::spawn(move || {
            assert_eq!(leaves.recv().unwrap(), None);
            leaves
        });
        let report = server.shutdown(Duration::from_secs(1));
        assert_eq!(report.running, 1, "{report:?}");
        let leaves = goes.join().unwrap();
        let name = server.local_addr().unwrap().to_string();
        let lines = said(&format!("{name}: shut down, but"));
        let [(Level::Warn, line)] = &lines[..] else { panic!("{lines:?}") };
        let [stays, left] = [&stuck, &leaves].map(|ws| ws.get_ref().local_addr().unwrap());
        assert!(line.contains("handlers of 1 clients"), "{line}");
        assert!(line.ends_with(&format!("reported as running: {stays}")), "{line}");
        assert!(!line.contains(&left.to_string()), "{line}");
        // Once is enough.
        server.shutdown(Duration::ZERO);
        assert_eq!(said(&format!("{name}: shut down, but")).len(), 1);
        drop(release);
    });
}
