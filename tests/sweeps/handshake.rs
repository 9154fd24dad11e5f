//! What both ends know of a connection that breaks at any byte of its opening handshake.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use blocking_ws::testing::{Fault, Faults, Faulty, Pipe, at_every_byte};
use blocking_ws::{
    Client, Deflate, Duplex, Error, HandshakeError, Phase, Result, Role, Settings, Stream,
    TapEvent, Way, WebSocket,
};

use super::exchange::{Case, SHORT, with_each_fault};

/// Where nothing may end by time.
const LONG: Duration = Duration::from_secs(60);

fn settings(case: Case, timeout: Duration) -> Settings {
    let settings = Settings::new().handshake_timeout(timeout);
    if case.deflate { settings.deflate(Deflate::new()) } else { settings }
}

/// Does the handshake, with the end of this role on a faulty stream. Returns what the client and the
/// server have.
fn open(
    case: Case,
    reading: Faults,
    writing: Faults,
    timeout: Duration,
) -> (Result<WebSocket>, Result<WebSocket>) {
    let (near, far) = Pipe::new(64 << 10);
    let near = Faulty::new(near).unwrap().reading(reading).writing(writing);
    match case.role {
        Role::Client => shake(case, near, far, timeout),
        Role::Server => shake(case, far, near, timeout),
    }
}

fn shake(
    case: Case,
    client: impl Duplex + Send + 'static,
    server: impl Duplex + Send + 'static,
    timeout: Duration,
) -> (Result<WebSocket>, Result<WebSocket>) {
    let accepted = thread::spawn(move || settings(case, timeout).accept(server));
    let connected = Client::new().settings(settings(case, timeout));
    let connected = connected.connect_over("ws://localhost/", client);
    (connected, accepted.join().unwrap())
}

/// How long a request and its response are.
fn lens(case: Case) -> (usize, usize) {
    let sent = Arc::new(AtomicUsize::new(0));
    let received = Arc::new(AtomicUsize::new(0));
    let counters = (Arc::clone(&sent), Arc::clone(&received));
    let tap = move |_: u64, event: TapEvent<'_>| {
        if let TapEvent::Bytes { way, bytes, .. } = event {
            let counter = if way == Way::Sent { &counters.0 } else { &counters.1 };
            counter.fetch_add(bytes.len(), Ordering::Relaxed);
        }
    };
    let (near, far) = Pipe::new(64 << 10);
    let near = Stream::new(near).unwrap().tap(Role::Client, tap);
    let (client, server) = shake(case, near, far, LONG);
    let open = (client.unwrap(), server.unwrap());
    let lens = (sent.load(Ordering::Relaxed), received.load(Ordering::Relaxed));
    drop(open);
    lens
}

/// What may become of a client whose handshake is broken.
fn is_told(error: &Error, stalls: bool) -> bool {
    match error {
        Error::Lost(_) => true,
        Error::Deadline(Phase::Connect | Phase::Handshake)
        | Error::Handshake(HandshakeError::SlowHead) => stalls,
        Error::Refused(response) => stalls && response.status() == 408,
        _ => false,
    }
}

fn sweep(case: Case, reads: bool, fault: &Fault) {
    let (request, response) = lens(case);
    let breaks_request = reads == (case.role == Role::Server);
    let len = if breaks_request { request } else { response };
    let stalls = *fault == Fault::Stall;
    // Behind the head nothing breaks. A stall there would only make the machine's load a failure.
    at_every_byte(if stalls { len - 1 } else { len + 1 }, |at| {
        let healthy = if case.by_byte { Faults::new().chunk(1..=1) } else { Faults::new() };
        let broken = healthy.clone().after(at, fault.clone());
        let (reading, writing) = if reads { (broken, healthy) } else { (healthy, broken) };
        let timeout = if stalls { SHORT } else { LONG };
        let (client, server) = open(case, reading, writing, timeout);
        let which = if breaks_request { "request" } else { "response" };
        let rule = format!("{case:?} {fault:?} {which} of {len}: {client:?} {server:?}");
        for (end, is_client) in [(&client, true), (&server, false)] {
            match end {
                Err(e) => assert!(at <= len && is_told(e, stalls), "{rule}"),
                // A server whose answer gets lost may not learn of it here.
                Ok(_) => assert!(at >= len || !is_client && !breaks_request, "{rule}"),
            }
        }
        if let (Ok(mut client), Ok(mut server), true) = (client, server, at > len) {
            // At the next byte it breaks. Until then there was nothing that had to come.
            let _ = client.send("x").and_then(|()| server.send("x"));
            drop(client);
            assert!(!matches!(server.recv(), Ok(None)), "{rule}: no end in order");
        }
    });
}

with_each_fault!(|case, fault| {
    for reads in [true, false] {
        sweep(case, reads, fault);
    }
});
