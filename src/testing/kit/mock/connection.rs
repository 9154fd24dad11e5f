//! One connection of a mock server, in a thread of its own, from its request to its end.

use std::any::Any;
use std::io::{ErrorKind, Read};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread;

use super::super::peer::{Mismatch, Peer};
use super::super::wire_log::WireLog;
use super::progress::{Admitted, Place, Progress, Step, script, shown};
use crate::io::{Deadline, Duplex, is_timeout};
use crate::process::next_number;
use crate::transport::{Stream, TlsAcceptor};

/// The most bytes of a Close frame's reason (RFC 6455 §5.5).
const REASON: usize = 123;

/// Does the next step with a connection of the mock of this name.
pub(super) fn begin(progress: &Arc<Progress>, stream: impl Duplex + Send + 'static, mock: &str) {
    let Some(admitted) = progress.admit() else { return };
    let number = admitted.number;
    let thread = thread::Builder::new().name(format!("{mock} connection {number}"));
    let shared = Arc::clone(progress);
    if let Err(e) = thread.spawn(move || run(&shared, stream, admitted)) {
        progress.done(number, Some(format!("connection {number} failed: no thread: {e}\n")));
    }
}

fn run(progress: &Progress, stream: impl Duplex + Send + 'static, admitted: Admitted) {
    let Admitted { number, step, within, tls, log } = admitted;
    let (name, place) = (format!("connection {number}"), step.place());
    let deadline = Deadline::after(Some(within));
    if let Step::Silent(_) = step {
        let has_gone = outlast(stream, deadline);
        let place = script(place);
        let text = format!("{name} failed: the client has not given up within {within:?}{place}\n");
        return progress.done(number, (!has_gone).then_some(text));
    }
    let mut peer = match accept(stream, (tls.as_ref(), log.as_ref()), &name, deadline) {
        Ok(peer) => peer,
        Err(got) => {
            let place = script(place);
            return progress.done(number, Some(format!("{name} failed: {got}{place}\n")));
        }
    };
    peer.be_quiet().within(within);
    progress.asked(number, peer.request().clone());
    let failure = match step {
        Step::Script(act, place) => {
            attempt(&mut peer, act).err().map(|panic| report(&*panic, &name, place))
        }
        Step::Unexpected => {
            let text = format!("{name} was not expected: {}\n", shown(peer.request()));
            // The client may have left.
            let _ = attempt(&mut peer, |peer| peer.refuse(503, &text));
            Some(text)
        }
        // It had no request.
        Step::Silent(_) => None,
    };
    // What comes last may fail, because the client may have left.
    let _ = attempt(&mut peer, |peer| match &failure {
        None => peer.open_if_asked(),
        Some(failure) => peer.close(1008, &reason(failure)),
    });
    let is_deaf = failure.is_none() && peer.has_stopped_reading();
    progress.done(number, failure);
    if is_deaf {
        // The client notices nothing, as long as it may take.
        progress.wait_for_end(Deadline::after(Some(within)));
    } else {
        peer.linger();
    }
}

/// Answers nothing. Returns `true` if the client has left in time.
fn outlast(stream: impl Duplex + Send + 'static, deadline: Deadline) -> bool {
    let Ok(mut stream) = Stream::new(stream) else { return true };
    let mut discarded = [0; 4096];
    loop {
        let read = match deadline.remaining() {
            Ok(left) => stream.set_read_timeout(left).and_then(|()| stream.read(&mut discarded)),
            Err(_) => return false,
        };
        match read {
            Ok(1..) => {}
            Err(e) if is_timeout(&e) || e.kind() == ErrorKind::Interrupted => {}
            Ok(0) | Err(_) => return true,
        }
    }
}

/// Reads a client's request, below TLS if there is any.
fn accept(
    stream: impl Duplex + Send + 'static,
    (tls, log): (Option<&TlsAcceptor>, Option<&WireLog>),
    name: &str,
    deadline: Deadline,
) -> Result<Peer, String> {
    let Some(tls) = tls else { return Peer::accept_named(stream, name, deadline, log) };
    let stream =
        tls.accept_by(next_number(), stream, deadline).map_err(|e| format!("TLS failed: {e}"))?;
    Peer::accept_named(stream, name, deadline, log)
}

/// Runs what may panic.
fn attempt(peer: &mut Peer, act: impl FnOnce(&mut Peer)) -> thread::Result<()> {
    catch_unwind(AssertUnwindSafe(|| act(peer)))
}

/// What there is to report of a script that has panicked.
fn report(panic: &(dyn Any + Send), name: &str, place: Place) -> String {
    if let Some(Mismatch(report)) = panic.downcast_ref() {
        return report.clone();
    }
    let said = panic.downcast_ref::<String>().map(String::as_str);
    let said = said.or_else(|| panic.downcast_ref::<&str>().copied());
    let (file, line, said) = (place.file(), place.line(), said.unwrap_or("without a text"));
    format!("{name} failed: its script at {file}:{line} panicked: {said}\n")
}

/// A report as the reason of a Close frame.
fn reason(failure: &str) -> String {
    let mut reason = failure.split_whitespace().collect::<Vec<_>>().join(" ");
    reason.retain(|c| !c.is_control());
    while reason.len() > REASON {
        reason.pop();
    }
    reason
}
