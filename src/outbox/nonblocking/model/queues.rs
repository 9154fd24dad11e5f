//! The queues of hubs, written by the thread that holds the sink, and the end of a connection.

use super::*;

#[test]
fn mail_that_finds_a_sender_is_written_by_whoever_has_the_lock() {
    model(ROOM, |outbox, record| {
        let waiting = Arc::new(queue(&["h"]));
        outbox.add_queue(Arc::clone(&waiting));
        let sender = start(outbox, |outbox| outbox.out().send(&"a", true).unwrap());
        // Only once: a hub without a thread does not come back.
        deliver(outbox, &waiting);
        sender.join().unwrap();
        assert_eq!(record.count(TEXT), 2);
    });
}

#[test]
fn mail_is_written_once_whoever_writes_it() {
    model(ROOM, |outbox, record| {
        let waiting = Arc::new(queue(&["h", "i"]));
        outbox.add_queue(Arc::clone(&waiting));
        let hub = start(outbox, {
            let waiting = Arc::clone(&waiting);
            move |outbox| {
                deliver(outbox, &waiting);
            }
        });
        outbox.owe_queues();
        wait(outbox);
        hub.join().unwrap();
        let frames = record.frames();
        assert_eq!(frames, [(TEXT, "h".to_owned()), (TEXT, "i".to_owned())]);
    });
}

#[test]
fn the_stream_is_let_go_of_at_the_end_whoever_writes() {
    model(ROOM, |outbox, record| {
        let sender = start(outbox, |outbox| {
            let _ = outbox.out().send(&"a", true);
        });
        outbox.end();
        sender.join().unwrap();
        assert_eq!(record.handles(), 1, "the one of this test");
        assert!(outbox.out().send(&"b", true).is_err());
    });
}
