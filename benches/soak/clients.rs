//! Clients that keep to the rules.

use std::io::{Read as _, Write as _};
use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant};

use blocking_ws::{Error, Message, MessageKind, Result, WebSocket};

use super::plan::Stop;
use super::servers::Place;
use super::tally::TALLY;
use test_support::noise::noise;
use test_support::random::Random;

const LARGEST: usize = 2 << 20;
static BYTES: LazyLock<Vec<u8>> = LazyLock::new(|| noise(2 * LARGEST));
const PATIENCE: Duration = Duration::from_secs(8);

/// Connects, or waits for a moment.
pub(crate) fn connect(
    place: &Arc<Place>,
    path: &str,
    random: &mut Random,
    stop: &Stop,
) -> Option<WebSocket> {
    let connected = place.url(path).map(|url| place.client(random).connect(&url));
    match connected {
        Some(Ok(mut ws)) => {
            TALLY.connected();
            ws.set_read_timeout(PATIENCE);
            Some(ws)
        }
        Some(Err(e)) => {
            TALLY.failed("client", &e);
            stop.sleep(Duration::from_millis(100));
            None
        }
        None => {
            stop.sleep(Duration::from_millis(100));
            None
        }
    }
}

fn piece<'a>(random: &mut Random) -> &'a [u8] {
    let most = *random.pick(&[20, 200, 3000, 70_000, LARGEST]);
    let from = random.below(LARGEST);
    &BYTES[from..from + 1 + random.below(most)]
}

/// Tells whether the connection goes on.
fn goes_on(who: &str, done: Result<bool>) -> bool {
    done.unwrap_or_else(|e| {
        TALLY.failed(who, &e);
        false
    })
}

/// Sends messages of all sizes, reads them back, and goes in all ways.
pub(crate) fn chatter(places: &[Arc<Place>], random: &mut Random, stop: &Stop) {
    while !stop.is_told() {
        let Some(mut ws) = connect(random.pick(places), "echo", random, stop) else { continue };
        for _ in 0..random.below(60) {
            if stop.is_told() || !goes_on("chatter", talk(&mut ws, random)) {
                break;
            }
        }
        leave(ws, random);
    }
}

/// Sends a burst and reads it back; `false` once the server has closed.
fn talk(ws: &mut WebSocket, random: &mut Random) -> Result<bool> {
    let burst: Vec<_> = (0..=random.below(4)).map(|_| piece(random)).collect();
    let total: usize = burst.iter().map(|one| one.len()).sum();
    if total > 60_000 {
        // More than the sockets hold: one thread must not send it all before it reads.
        let sender = ws.sender()?;
        return std::thread::scope(|scope| {
            let sending = scope.spawn(|| burst.iter().try_for_each(|one| sender.send(*one)));
            let came = burst.iter().try_fold(true, |on, one| Ok(on && expect(ws, one)?));
            // A peer that has closed makes the rest fail.
            match sending.join().expect("it does not panic") {
                Err(e) if matches!(came, Ok(true)) => Err(e),
                _ => came,
            }
        });
    }
    if random.below(3) == 0 {
        ws.ping(b"there?")?;
    }
    burst.iter().try_for_each(|one| ws.feed(*one))?;
    burst.iter().try_fold(true, |on, one| Ok(on && expect(ws, one)?))
}

fn expect(ws: &mut WebSocket, want: &[u8]) -> Result<bool> {
    match ws.recv()? {
        Some(Message::Binary(got)) if got == want => TALLY.message(got.len()),
        Some(_) => TALLY.wrong("an echo is not what was sent"),
        None => return Ok(false),
    }
    Ok(true)
}

fn leave(mut ws: WebSocket, random: &mut Random) {
    match random.below(5) {
        0 => drop(ws),
        1 => drop(ws.close(1000, "")),
        2 => drop(ws.close(4000 + u16::try_from(random.below(999)).unwrap_or(0), "a reason")),
        3 => {
            if let Ok(sender) = ws.sender() {
                let _ = sender.close(1001, "by the sender");
                while let Ok(Some(_)) = ws.recv() {}
            }
        }
        _ => {
            // Something is still on its way.
            let _ = ws.send(piece(random));
            drop(ws);
        }
    }
}

/// Has much sent, and takes its time to read.
pub(crate) fn slow(places: &[Arc<Place>], random: &mut Random, stop: &Stop) {
    while !stop.is_told() {
        let Some(mut ws) = connect(random.pick(places), "echo", random, stop) else { continue };
        let (count, size) = (50, 1 + random.below(800));
        let message = &BYTES[..size];
        let sent = (0..count).try_for_each(|_| ws.feed(message)).and_then(|()| ws.flush());
        if goes_on("slow", sent.map(|()| true)) {
            for _ in 0..count {
                stop.sleep(Duration::from_millis(50));
                if !goes_on("slow", expect(&mut ws, message)) {
                    break;
                }
            }
        }
        leave(ws, random);
    }
}

/// Sends messages as streams while another thread reads them back.
pub(crate) fn streamer(places: &[Arc<Place>], random: &mut Random, stop: &Stop) {
    while !stop.is_told() {
        let Some(mut ws) = connect(random.pick(places), "stream", random, stop) else { continue };
        for _ in 0..random.below(20) {
            let gives_up = random.below(12) == 0;
            if stop.is_told() || !goes_on("streamer", stream(&mut ws, piece(random), gives_up)) {
                break;
            }
        }
        leave(ws, random);
    }
}

fn stream(ws: &mut WebSocket, content: &[u8], gives_up: bool) -> Result<bool> {
    let sender = ws.sender()?;
    std::thread::scope(|scope| {
        let sending = scope.spawn(move || -> Result<()> {
            let mut out = sender.send_stream(MessageKind::Binary);
            for part in content.chunks(30_000) {
                out.write_all(part)?;
            }
            if gives_up {
                out.flush()?;
                drop(out);
                return Err(Error::Closed);
            }
            out.finish()
        });
        let mut back = Vec::new();
        let came = match ws.recv_stream() {
            Ok(Some(mut stream)) => {
                stream.read_to_end(&mut back).map(|_| true).map_err(Error::from)
            }
            Ok(None) => Ok(false),
            Err(e) => Err(e),
        };
        sending.join().expect("it does not panic")?;
        if came? {
            if back == content {
                TALLY.message(back.len());
            } else {
                TALLY.wrong("a stream is not what was sent");
            }
            return Ok(true);
        }
        Ok(false)
    })
}

/// Comes back as often as its server does.
pub(crate) fn reconnecting(places: &[Arc<Place>], random: &mut Random, stop: &Stop) {
    let place = Arc::clone(random.pick(places));
    let url = loop {
        match place.url("echo") {
            Some(url) => break url,
            None => stop.sleep(Duration::from_millis(20)),
        }
    };
    let client = place.client(random);
    let connections = client
        .reconnecting(&url)
        .first_delay(Duration::from_millis(20))
        .max_delay(Duration::from_millis(500));
    let (handle, told) = (connections.stop_handle(), stop.clone());
    // In the end no server comes back.
    let connections = connections.on_retry(move |_| {
        if told.is_told() {
            handle.stop();
        }
    });
    for connected in connections {
        if stop.is_told() {
            break;
        }
        match connected {
            Ok(mut ws) => {
                TALLY.connected();
                ws.set_read_timeout(PATIENCE);
                while !stop.is_told() && goes_on("reconnecting", talk(&mut ws, random)) {
                    stop.sleep(Duration::from_millis(10));
                }
            }
            Err(e) => TALLY.failed("reconnecting", &e),
        }
    }
}

/// Measures how soon a small message comes back.
pub(crate) fn probe(place: &Arc<Place>, stop: &Stop) {
    let mut random = Random::new(99);
    while !stop.is_told() {
        let Some(mut ws) = connect(place, "echo", &mut random, stop) else { continue };
        loop {
            let begun = Instant::now();
            let echoed = ws.send(&BYTES[..125]).and_then(|()| expect(&mut ws, &BYTES[..125]));
            if stop.is_told() || !goes_on("probe", echoed) {
                break;
            }
            TALLY.echoed(begun.elapsed());
            stop.sleep(Duration::from_millis(10));
        }
    }
}
