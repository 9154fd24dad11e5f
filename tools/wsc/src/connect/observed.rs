//! [`Observed`]: who sees the bytes of the connections. All of them see everything.

use std::fs::{self, File};
use std::io::{self, ErrorKind, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use blocking_ws::testing::WireLog;
use blocking_ws::{Client, Server};

use super::heads::Heads;
use super::notes::Notes;
use super::times::Times;
use crate::exit::{Failure, say};
use crate::options::ShowArgs;
use crate::terminal::has_colors;
use crate::trace::{self, Explainer};

/// Who sees the bytes of the connections.
#[derive(Debug)]
pub(crate) struct Observed {
    record: Option<Record>,
    shows_heads: bool,
    /// `--trace`: with the colours of a terminal or without.
    trace: Option<bool>,
    /// Where the last two write.
    pub(crate) notes: Notes,
    pub(crate) times: Option<Arc<Times>>,
}

/// The file of `--record`.
#[derive(Debug)]
struct Record {
    log: WireLog,
    path: PathBuf,
    /// An HTTP Archive is one object, and so is written at the end.
    is_archive: bool,
    /// Why the file has not all lines.
    failure: Arc<Mutex<Option<io::Error>>>,
}

/// Writes lines, and remembers why it could not.
struct Lines {
    file: File,
    failure: Arc<Mutex<Option<io::Error>>>,
}

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes).map_err(|e| {
            let kind = e.kind();
            if kind != ErrorKind::Interrupted {
                *self.failure.lock().unwrap_or_else(PoisonError::into_inner) = Some(e);
            }
            kind.into()
        })
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Record {
    fn to(path: &Path) -> Result<Self, Failure> {
        let log = WireLog::new().payloads(usize::MAX);
        let ending = path.extension().unwrap_or_default();
        // A path that cannot be written is an error now, and not after the conversation.
        let file = File::create(path).map_err(|e| Failure::file(path, e))?;
        let (path, failure) = (path.to_owned(), Arc::default());
        let is_archive = ending.eq_ignore_ascii_case("har");
        let log = if is_archive {
            log.most(usize::MAX)
        } else {
            // The lines are in the file, so memory keeps none.
            log.most(0).follow_jsonl(Lines { file, failure: Arc::clone(&failure) })
        };
        Ok(Self { log, path, is_archive, failure })
    }

    fn finish(&self) -> Result<(), Failure> {
        let written = if self.is_archive {
            fs::write(&self.path, self.log.to_har())
        } else {
            self.failure.lock().unwrap_or_else(PoisonError::into_inner).take().map_or(Ok(()), Err)
        };
        written.map_err(|e| Failure::file(&self.path, e))
    }
}

impl Observed {
    /// Opens the files.
    pub(crate) fn new(args: &ShowArgs) -> Result<Self, Failure> {
        let record = args.record.as_deref().map(Record::to).transpose()?;
        let times = args.time.then(Times::begin);
        let trace = args.trace.then(|| io::stderr().is_terminal() && has_colors());
        let notes = Notes::default();
        Ok(Self { record, shows_heads: args.notices.verbose, trace, notes, times })
    }

    pub(crate) fn client(&self, mut client: Client) -> Client {
        if let Some(record) = &self.record {
            client = client.tap(record.log.clone());
        }
        if let Some(times) = &self.times {
            client = client.tap(Arc::clone(times));
        }
        if let Some(heads) = self.heads(false) {
            client = client.tap(heads);
        }
        match self.explainer(false) {
            Some(explainer) => client.tap(explainer),
            None => client,
        }
    }

    pub(crate) fn server(&self, mut server: Server) -> Server {
        if let Some(record) = &self.record {
            server = server.tap(record.log.clone());
        }
        if let Some(heads) = self.heads(true) {
            server = server.tap(heads);
        }
        match self.explainer(true) {
            Some(explainer) => server.tap(explainer),
            None => server,
        }
    }

    /// What shows the heads. `--trace` explains them, so it is not needed there.
    fn heads(&self, numbers: bool) -> Option<Heads> {
        let is_wanted = self.shows_heads && self.trace.is_none();
        is_wanted.then(|| Heads::new(self.notes.clone(), numbers))
    }

    /// What explains each frame. `numbers`: there may be several connections.
    fn explainer(&self, numbers: bool) -> Option<Explainer> {
        let options = trace::Options { colours: self.trace?, numbers, secrets: false };
        Some(Explainer::new(Box::new(self.notes.clone()), options))
    }

    /// Writes what is written at the end. The threads that send and receive have ended, or their
    /// connections have.
    pub(crate) fn finish(&self) -> Result<(), Failure> {
        if let Some(times) = &self.times {
            say(times);
        }
        self.record.as_ref().map_or(Ok(()), Record::finish)
    }
}
