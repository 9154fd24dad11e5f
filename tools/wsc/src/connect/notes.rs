//! [`Notes`]: where those write who see the bytes, by the threads that send and receive.

use std::io::{self, Write};
use std::sync::mpsc::{self, Sender};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use crate::terminal::Printer;

/// How long the end waits for what was not printed yet.
const PATIENCE: Duration = Duration::from_secs(2);

/// Writes on standard error. Once a line is edited on a terminal, a thread prints above that line: the
/// thread that edits it also sends, and must not wait for itself.
#[derive(Clone, Debug, Default)]
pub(crate) struct Notes(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
    printed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    /// Where texts are printed above the line.
    printer: Option<Sender<String>>,
    /// How many texts were not printed yet.
    waiting: usize,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Notes {
    /// Prints above the line that is edited from now on.
    pub(crate) fn print_by(&self, printer: Printer) {
        let (tell, told) = mpsc::channel::<String>();
        self.0.lock().printer = Some(tell);
        let shared = Arc::clone(&self.0);
        thread::spawn(move || {
            for text in told {
                // A terminal that is gone hears nothing.
                let _ = printer.print(text.trim_end_matches('\n'));
                shared.lock().waiting -= 1;
                shared.printed.notify_all();
            }
        });
    }

    /// Waits until all was printed.
    pub(crate) fn settle(&self) {
        let waits = |state: &mut State| state.waiting > 0;
        drop(self.0.printed.wait_timeout_while(self.0.lock(), PATIENCE, waits));
    }
}

impl Write for Notes {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut state = self.0.lock();
        let Some(printer) = &state.printer else {
            drop(state);
            return io::stderr().write(bytes);
        };
        // The thread ends with the process.
        let is_told = printer.send(String::from_utf8_lossy(bytes).into_owned()).is_ok();
        state.waiting += usize::from(is_told);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
