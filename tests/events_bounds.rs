//! What a thousand connections hold while one thread takes their events slowly. One test, alone in its
//! process, whose memory it counts.

use std::collections::HashMap;
use std::thread;
use std::time::{Duration, Instant};

use blocking_ws::testing::pair;
use blocking_ws::{Events, Peer, PeerEvent, WebSocket, buffered, set_max_buffered};
use test_support::within;

const CONNECTIONS: usize = 1000;
const EACH: usize = 20;
const SIZE: usize = 8 << 10;
const BYTES: usize = 4 << 20;

#[test]
fn a_thousand_connections_and_one_slow_thread_stay_within_the_bounds() {
    within(|| {
        for (rule, process, most) in [
            ("the bound of the events", 1 << 30, BYTES + SIZE * CONNECTIONS),
            ("the bound of the process", 1 << 20, 1 << 20),
        ] {
            set_max_buffered(process);
            takes_slowly(rule, most);
            assert_eq!(buffered(), 0, "{rule}");
        }
    });
}

fn takes_slowly(rule: &str, most: usize) {
    let events = Events::new().max_queued_bytes(BYTES);
    let clients: Vec<_> = (0..CONNECTIONS)
        .map(|_| {
            let (client, server) = pair();
            events.add(server).unwrap();
            client
        })
        .collect();
    let senders = send_all(clients);
    // One message of each may always wait, so all of them have one.
    let until = Instant::now() + Duration::from_secs(100);
    while events.len() < 2 * CONNECTIONS {
        assert!(Instant::now() < until, "{rule}: {} wait", events.len());
        assert!(buffered() <= most, "{rule}: {}", buffered());
        thread::sleep(Duration::from_millis(1));
    }
    let mut counts: HashMap<Peer, usize> = HashMap::new();
    for event in &events {
        assert!(buffered() <= most, "{rule}: {}", buffered());
        // What all may have waiting, and of each a first event, a message and a last event.
        assert!(events.len() <= BYTES / SIZE + 3 * CONNECTIONS, "{rule}: {}", events.len());
        match event {
            PeerEvent::Message(peer, message) => {
                let count = counts.entry(peer).or_default();
                let number = u8::try_from(*count).unwrap();
                assert!(message.as_bytes() == [number; SIZE], "{rule}: message {count}");
                *count += 1;
            }
            PeerEvent::Closed(_, status) => assert!(status.is_normal(), "{rule}: {status}"),
            PeerEvent::Opened(_) => {}
        }
    }
    assert_eq!(counts.len(), CONNECTIONS, "{rule}");
    assert!(counts.values().all(|count| *count == EACH), "{rule}");
    for sender in senders {
        sender.join().unwrap();
    }
}

/// Sends from some threads, each for many clients: far more than the pipes hold.
fn send_all(mut clients: Vec<WebSocket>) -> Vec<thread::JoinHandle<()>> {
    let part = CONNECTIONS / 10;
    let parts = (0..10).map(|_| clients.split_off(clients.len() - part));
    let send = |mut clients: Vec<WebSocket>| {
        move || {
            for number in 0..EACH {
                let message = vec![u8::try_from(number).unwrap(); SIZE];
                for ws in &mut clients {
                    ws.send(&message[..]).unwrap();
                }
            }
        }
    };
    parts.map(|clients| thread::spawn(send(clients))).collect()
}
