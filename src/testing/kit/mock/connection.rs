//! One connection of a mock server, in a thread of its own, from its request to its end.

use std::any::Any;
use std::io::{ErrorKind, Read};
use std::sync::Arc;
use std::thread;

use super::super::super::panicked::{said, told};
use super::super::peer::{Mismatch, Peer};
use super::super::wire_log::WireLog;
use super::progress::{Admitted, Caller, Progress, Step, script};
use crate::io::{Deadline, Duplex, LINGER, is_timeout};
use crate::process::{caught, next_number};
use crate::transport::{Stream, TlsAcceptor};

/// The most bytes of a Close frame's reason (RFC 6455 §5.5).
const REASON: usize = 123;

/// Does the next step with a connection of the mock of this name.
pub(super) fn begin(progress: &Arc<Progress>, stream: impl Duplex + Send + 'static, mock: &str) {
    let Some(admitted) = progress.admit() else { return };
    let number = admitted.number;
    let thread = thread::Builder::new().name(format!("{mock} connection {number}"));
    let shared = Arc::clone(progress);
    let spawned = thread.spawn(move || {
        // A stream or a log may panic too.
        let run = told(|| run(&shared, stream, admitted), |panic| said(panic).to_owned());
        if let Err(text) = run {
            shared.failed(format!("connection {number} failed: its thread panicked: {text}\n"));
        }
        shared.gone(number);
    });
    if let Err(e) = spawned {
        progress.failed(format!("connection {number} failed: no thread: {e}\n"));
        progress.gone(number);
    }
}

/// Does a step, and notes its outcome. The script counts as running until the last frame is out,
/// because the program may end as soon as it does not; it does not while the client leaves.
fn run(progress: &Progress, stream: impl Duplex + Send + 'static, admitted: Admitted) {
    let Admitted { number, step, within, tls, log } = admitted;
    let (name, caller) = (format!("connection {number}"), step.caller());
    let deadline = Deadline::after(Some(within));
    if let Step::Silent(_) = step {
        if !outlast(stream, deadline) {
            let script = script(caller);
            progress.failed(format!(
                "{name} failed: the client has not given up within {within:?}{script}\n"
            ));
        }
        return;
    }
    let mut peer = match accept(stream, (tls.as_ref(), log.as_ref()), &name, deadline) {
        Ok(peer) => peer,
        Err(got) => return progress.failed(format!("{name} failed: {got}{}\n", script(caller))),
    };
    peer.be_quiet().within(within);
    progress.asked(number, peer.request().clone());
    let failure = match step {
        Step::Script(act, caller) => {
            told(|| act(&mut peer), |panic| report(panic, &name, caller)).err()
        }
        Step::Unexpected => {
            let text = progress.unexpected(number, peer.request());
            // The client may not read, or may have left.
            peer.within(LINGER);
            caught(|| peer.refuse(503, &text));
            progress.leaves(number);
            return peer.linger();
        }
        // It had no request.
        Step::Silent(_) => None,
    };
    if let Some(failure) = failure {
        let reason = reason(&failure);
        progress.failed(failure);
        // The client may not read, or may have left.
        peer.within(LINGER);
        caught(|| peer.close(1008, &reason));
        progress.leaves(number);
        return peer.linger();
    }
    // The client may have left.
    caught(|| peer.open_if_asked());
    if peer.has_stopped_reading() {
        progress.gone(number);
        // The client notices nothing, as long as it may take.
        progress.wait_for_end(Deadline::after(Some(within)));
    } else {
        progress.leaves(number);
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

/// What there is to report of a script that has panicked.
fn report(panic: &(dyn Any + Send), name: &str, caller: Caller) -> String {
    if let Some(Mismatch(report)) = panic.downcast_ref() {
        return report.clone();
    }
    let (file, line, said) = (caller.file(), caller.line(), said(panic));
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
