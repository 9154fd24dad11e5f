//! What two ends agree on about compression holds for both, and is worth something.
//!
//! ```text
//! input: a client's settings, a server's, what is compressed, lines of a header
//! ```

use blocking_ws::Deflate;
use blocking_ws::http::header::{HeaderMap, HeaderValue, SEC_WEBSOCKET_EXTENSIONS};
use blocking_ws::testing::internals::{Agreement, Compression, extensions};

use crate::bytes::Bytes;

/// What two ends with legal settings agree on: the client's part, and the server's.
pub fn agree(client: &Deflate, server: &Deflate) -> [Agreement; 2] {
    let offer = header(Agreement::offer(client).as_bytes()).expect("an offer is a header");
    let there = Agreement::answer(server, &offer).expect("an offer that can be met");
    let answer = header(there.words().as_bytes()).expect("an answer is a header");
    let here = Agreement::judge(client, &answer).expect("an answer that is legal");
    [here.expect("an answer"), there]
}

fn header(line: &[u8]) -> Option<HeaderMap> {
    let value = HeaderValue::from_bytes(line).ok()?;
    Some(HeaderMap::from_iter([(SEC_WEBSOCKET_EXTENSIONS, value)]))
}

fn settings(bytes: &mut Bytes<'_>) -> Deflate {
    let (flags, bits) = (bytes.byte(), bytes.byte());
    Deflate::new()
        .level(u32::from(flags >> 2) % 10)
        .min_size(usize::from(flags >> 6) * 40)
        .send_takeover(flags & 1 != 0)
        .recv_takeover(flags & 2 != 0)
        .send_window_bits(9 + (bits & 15) % 7)
        .recv_window_bits(9 + (bits >> 4) % 7)
}

/// A receiver can follow whatever its sender does.
fn check_direction(sender: &Agreement, receiver: &Agreement) {
    let ((refers, window), (follows, most)) = (sender.send(), receiver.recv());
    assert!(!refers || follows, "{sender:?} to {receiver:?}");
    assert!(window <= most, "{sender:?} to {receiver:?}");
}

fn check_messages(sender: &Agreement, receiver: &Agreement, payload: &[u8]) {
    let mut compression = Compression::between(sender, receiver);
    for at in [0, payload.len() / 3, payload.len() / 2] {
        let message = payload[at..].repeat(1 + at % 40);
        let mut data = Vec::new();
        if compression.deflate(&message, &mut data) {
            let back = compression.inflate(&data, message.len()).expect("it inflates");
            assert!(back.as_bytes() == message, "what was sent comes back");
        }
    }
}

/// What a server answers was asked for (RFC 7692 §7.1), whatever was asked.
fn check_answer(offers: &HeaderMap, answer: &Agreement) {
    let words = header(answer.words().as_bytes()).expect("an answer is a header");
    let answered = extensions(&words);
    let [Some((name, parameters))] = &answered[..] else { panic!("one answer: {answered:?}") };
    assert_eq!(name, "permessage-deflate");
    let suits = |offer: &[(String, Option<String>)]| {
        let asked = |name: &str| offer.iter().find(|(one, _)| one == name).map(|(_, bits)| bits);
        let bits = |bits: &Option<String>| bits.as_deref().map_or(15, |it| it.parse().unwrap_or(0));
        let told = |name: &str| parameters.iter().find(|(one, _)| one == name);
        parameters.iter().all(|(name, value)| match name.as_str() {
            "server_no_context_takeover" | "client_no_context_takeover" => value.is_none(),
            "server_max_window_bits" => {
                (9..=15).contains(&bits(value))
                    && asked(name).is_none_or(|it| bits(value) <= bits(it))
            }
            "client_max_window_bits" => {
                value.is_some() && asked(name).is_some_and(|it| bits(value) <= bits(it))
            }
            _ => false,
        }) && ["server_no_context_takeover", "server_max_window_bits"]
            .iter()
            .all(|name| asked(name).is_none() || told(name).is_some())
    };
    let offered = extensions(offers);
    let mut ours = offered.iter().flatten().filter(|(name, _)| name == "permessage-deflate");
    assert!(ours.any(|(_, offer)| suits(offer)), "{answer:?} to {offered:?}");
}

pub fn run(data: &[u8]) {
    let mut bytes = Bytes(data);
    let (client, server) = (settings(&mut bytes), settings(&mut bytes));
    let payload = bytes.counted();
    let ends = agree(&client, &server);
    let [here, there] = &ends;
    assert_eq!(here.words(), there.words());
    check_direction(here, there);
    check_direction(there, here);
    check_messages(here, there, payload);
    check_messages(there, here, payload);
    for line in bytes.0.split(|&byte| byte == b'\n').take(4) {
        let Some(words) = header(line) else { continue };
        if let Some(answer) = Agreement::answer(&server, &words) {
            check_answer(&words, &answer);
        }
        if let Ok(Some(judged)) = Agreement::judge(&client, &words) {
            // Whatever a server says, this end sends as it may.
            assert!((8..=15).contains(&judged.send().1) && (8..=15).contains(&judged.recv().1));
        }
    }
}
