//! Has a server show the certificate that is in the files now.
//!
//! The content of the files is compared, not their dates: a date stays the same where a link is turned to
//! an older file. Certificate and key are two files, which a program that renews them writes one after the
//! other. Between these writes they do not belong together, and the next look finds both.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, RecvTimeoutError, SyncSender};
use std::thread;
use std::time::Duration;

use blocking_ws::{Error, Identity, Result, ServerHandle};

/// Where a certificate and its key are.
pub(crate) struct Files {
    pub(crate) cert: PathBuf,
    pub(crate) key: PathBuf,
}

/// What such files held.
#[derive(PartialEq, Eq)]
pub(crate) struct Content {
    cert: Vec<u8>,
    key: Vec<u8>,
}

impl Files {
    pub(crate) fn read(&self) -> Result<Content> {
        let read = |path: &Path| {
            fs::read(path).map_err(|e| Error::other(format!("cannot read {}: {e}", path.display())))
        };
        Ok(Content { cert: read(&self.cert)?, key: read(&self.key)? })
    }
}

impl Content {
    pub(crate) fn identity(&self) -> Result<Identity> {
        Identity::from_pem(&self.cert, &self.key)
    }
}

/// Starts a thread that looks at the files after each time `every`, and after each SIGHUP. `shown` is what
/// the server shows already.
pub(crate) fn watch(
    server: ServerHandle,
    files: Files,
    mut shown: Content,
    every: Duration,
) -> io::Result<()> {
    let (wake, woken) = mpsc::sync_channel(1);
    at_hangup(wake.clone())?;
    let look = move || {
        let mut told = None;
        // The sender lives as long as this thread, so a wait ends with a signal or a timeout.
        while woken.recv_timeout(every) != Err(RecvTimeoutError::Disconnected) {
            let outcome = renew(&server, &files, &shown);
            let line = match outcome {
                Ok(None) => None,
                Ok(Some(renewed)) => {
                    shown = renewed;
                    Some("the certificate was renewed".to_owned())
                }
                Err(error) => Some(format!("the old certificate stays: {error}")),
            };
            // Not the same line each time.
            if line != told {
                if let Some(line) = &line {
                    eprintln!("{line}");
                }
                told = line;
            }
        }
        drop(wake);
    };
    thread::Builder::new().name("renewal".into()).spawn(look)?;
    Ok(())
}

/// Returns what the server shows now if that is something else.
fn renew(server: &ServerHandle, files: &Files, shown: &Content) -> Result<Option<Content>> {
    let content = files.read()?;
    if content == *shown {
        return Ok(None);
    }
    server.set_identity(&content.identity()?)?;
    Ok(Some(content))
}

/// Wakes the thread at each SIGHUP. The signal would end a program that does not catch it.
#[cfg(unix)]
fn at_hangup(wake: SyncSender<()>) -> io::Result<()> {
    use signal_hook::consts::SIGHUP;
    use signal_hook::iterator::Signals;

    let mut signals = Signals::new([SIGHUP])?;
    thread::spawn(move || {
        for _ in signals.forever() {
            // If it is full, the thread looks soon.
            let _ = wake.try_send(());
        }
    });
    Ok(())
}

/// Elsewhere there is no such signal.
#[cfg(not(unix))]
fn at_hangup(_: SyncSender<()>) -> io::Result<()> {
    Ok(())
}
