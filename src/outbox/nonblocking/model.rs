//! Tries the orders in which threads can meet at an outbox, with the model checker `loom`: all
//! orders with at most three preemptions, or at most two if there are three threads.
//!
//! A reply is never lost and never sent twice, frames never tear each other, and nothing follows a
//! Close frame. No thread waits without end: `loom` fails if all threads wait. CONTRIBUTING.md says
//! how to run it.

mod queues;
mod record;
mod streams;

use std::sync::Arc;

use loom::thread;
use record::Record;

use super::super::terms::Terms;
use super::super::writer::Progress;
use super::super::writer::{Keeper, MessageQueue, PreparedMessage};
use super::Outbox;
use crate::error::{Error, Result};
use crate::io::{Controls, Duplex};
use crate::process::Lock;
use crate::proto::close::{CloseFrame, Closing};
use crate::proto::frame::ControlPayload;
use crate::proto::rules::Role;

/// The room of a stream that is never full.
const ROOM: usize = usize::MAX;

const TEXT: u8 = 1;
const CLOSE: u8 = 8;
const PING: u8 = 9;
const PONG: u8 = 10;

/// Runs a scenario of two threads in all orders. Each run gets a fresh outbox.
fn model(room: usize, scenario: impl Fn(&Arc<Outbox<Record>>, &Record) + Send + Sync + 'static) {
    check(3, room, scenario);
}

/// Runs a scenario of three threads, for which there are many more orders.
fn crowd(scenario: impl Fn(&Arc<Outbox<Record>>, &Record) + Send + Sync + 'static) {
    check(2, ROOM, scenario);
}

fn check(
    preemptions: usize,
    room: usize,
    scenario: impl Fn(&Arc<Outbox<Record>>, &Record) + Send + Sync + 'static,
) {
    let mut all = loom::model::Builder::new();
    all.preemption_bound = Some(preemptions);
    all.check(move || {
        let record = Record::with_room(room);
        let outbox = Arc::new(Outbox::new(Role::Server));
        outbox.attach(record.try_clone().unwrap());
        scenario(&outbox, &record);
    });
}

fn start(
    outbox: &Arc<Outbox<Record>>,
    act: impl FnOnce(&Outbox<Record>) + 'static,
) -> thread::JoinHandle<()> {
    let outbox = Arc::clone(outbox);
    thread::spawn(move || act(&outbox))
}

fn payload(text: &str) -> ControlPayload {
    ControlPayload::new(text.as_bytes()).unwrap()
}

/// The terms of a reader, which does not wait.
fn terms() -> Terms<Record> {
    Terms { at_once: Some((Controls::new(), Keeper::Reader)), within: None }
}

/// What a reader does with a ping.
fn answer(outbox: &Outbox<Record>, ping: &str) {
    outbox.owe_pong(Box::new(payload(ping)));
    outbox.out().settle(terms()).unwrap();
}

/// What a reader does before it waits. Returns how much it wrote.
fn wait(outbox: &Outbox<Record>) -> Progress {
    outbox.out().settle_all(terms()).unwrap().paid
}

/// What a reader does that waits only for room.
fn wait_for_room(outbox: &Outbox<Record>) {
    while let Progress::Later { .. } = wait(outbox) {
        thread::yield_now();
    }
}

fn close(outbox: &Outbox<Record>) {
    outbox.owe_close(CloseFrame::new(1000, ""));
    outbox.out().settle(Terms::patient()).unwrap();
}

fn may_be_closed(sent: Result<()>) -> bool {
    match sent {
        Ok(()) => true,
        Err(Error::Closed) => false,
        Err(e) => panic!("{e}"),
    }
}

#[test]
fn a_pong_is_sent_once_whoever_pays() {
    crowd(|outbox, record| {
        let senders: Vec<_> = ["a", "b"]
            .map(|text| start(outbox, move |outbox| outbox.out().send(&text, true).unwrap()))
            .into();
        answer(outbox, "p");
        senders.into_iter().for_each(|sender| sender.join().unwrap());
        assert_eq!((record.count(TEXT), record.count(PONG)), (2, 1));
    });
}

#[test]
fn the_latest_pong_is_the_last_one() {
    model(ROOM, |outbox, record| {
        let sender = start(outbox, |outbox| outbox.out().send(&"a", true).unwrap());
        answer(outbox, "1");
        answer(outbox, "2");
        wait(outbox);
        sender.join().unwrap();
        let frames = record.frames();
        let pongs: Vec<_> = frames.iter().filter(|(one, _)| *one == PONG).map(|(_, p)| p).collect();
        assert!(matches!(pongs[..], [two] | [_, two] if two == "2"), "{pongs:?}");
        assert!(pongs.len() == 1 || pongs[0] == "1", "{pongs:?}");
    });
}

#[test]
fn a_pong_between_the_frames_of_a_message_is_whole() {
    model(ROOM, |outbox, record| {
        outbox.out().configure(|writer| writer.set_fragment(1));
        let sender = start(outbox, |outbox| outbox.out().send(&"abc", true).unwrap());
        answer(outbox, "p");
        sender.join().unwrap();
        assert_eq!((record.frames().len(), record.count(PONG)), (4, 1));
    });
}

#[test]
fn a_ping_is_sent_once_and_the_reader_learns_when() {
    model(ROOM, |outbox, record| {
        let sender = start(outbox, |outbox| outbox.out().send(&"a", true).unwrap());
        outbox.owe_ping(7);
        outbox.out().settle(terms()).unwrap();
        sender.join().unwrap();
        assert_eq!((record.count(TEXT), record.count(PING)), (1, 1));
        assert!(outbox.pinged().is_some());
    });
}

#[test]
fn what_is_fed_goes_out_before_the_reader_waits() {
    model(ROOM, |outbox, record| {
        let sender = start(outbox, |outbox| outbox.out().send(&"b", true).unwrap());
        outbox.out().send(&"a", false).unwrap();
        wait(outbox);
        sender.join().unwrap();
        assert_eq!(record.count(TEXT), 2);
    });
}

#[test]
fn a_close_frame_that_finds_the_reader_writing_is_sent() {
    model(ROOM, |outbox, record| {
        outbox.out().send(&"a", false).unwrap();
        let closer = start(outbox, close);
        wait(outbox);
        closer.join().unwrap();
        assert_eq!((record.count(TEXT), record.count(CLOSE)), (1, 1));
    });
}

#[test]
fn there_is_one_close_frame_and_nothing_behind_it() {
    crowd(|outbox, record| {
        let closer = start(outbox, close);
        let sender = start(outbox, |outbox| {
            may_be_closed(outbox.out().send(&"a", true));
        });
        answer(outbox, "p");
        close(outbox);
        closer.join().unwrap();
        sender.join().unwrap();
        let frames = record.frames();
        assert_eq!(record.count(CLOSE), 1, "{frames:?}");
        assert_eq!(frames.last().map(|(opcode, _)| *opcode), Some(CLOSE), "{frames:?}");
        assert_eq!(outbox.closing(), Closing::WeAsked);
    });
}

#[test]
fn who_feeds_pays_for_the_reader_too() {
    model(ROOM, |outbox, record| {
        let feeder = start(outbox, |outbox| outbox.out().send(&"a", false).unwrap());
        answer(outbox, "p");
        feeder.join().unwrap();
        assert_eq!(record.count(PONG), 1);
        wait(outbox);
        assert_eq!((record.count(TEXT), record.count(PONG)), (1, 1));
    });
}

#[test]
fn nothing_is_fed_behind_a_close_frame() {
    model(ROOM, |outbox, record| {
        let feeder = start(outbox, |outbox| {
            may_be_closed(outbox.out().send(&"a", false));
        });
        close(outbox);
        feeder.join().unwrap();
        wait(outbox);
        let frames = record.frames();
        assert_eq!(frames.last().map(|(opcode, _)| *opcode), Some(CLOSE), "{frames:?}");
        assert!(matches!(outbox.out().send(&"b", false), Err(Error::Closed)));
    });
}

#[test]
fn a_close_frame_that_another_thread_asks_for_is_sent_whoever_pays() {
    model(ROOM, |outbox, record| {
        let closer = start(outbox, close);
        answer(outbox, "p");
        closer.join().unwrap();
        assert_eq!(record.count(CLOSE), 1);
        assert_eq!(outbox.closing(), Closing::WeAsked);
    });
}

fn queue(texts: &[&str]) -> Lock<MessageQueue> {
    let mut queue = MessageQueue::default();
    for text in texts {
        queue.push(Arc::new(PreparedMessage::new(text).unwrap()));
    }
    Lock::new(queue)
}

fn deliver(outbox: &Outbox<Record>, queue: &Lock<MessageQueue>) -> Progress {
    match outbox.try_deliver(queue) {
        Ok(paid) => paid,
        Err(Error::Closed) => Progress::All,
        Err(e) => panic!("{e}"),
    }
}

/// What a hub's thread does: it comes back until all is written.
fn deliver_all(outbox: &Outbox<Record>, queue: &Lock<MessageQueue>) {
    while let Progress::Later { .. } | Progress::ByAnother = deliver(outbox, queue) {
        thread::yield_now();
    }
}

#[test]
fn a_delivery_shares_the_stream_with_sender_and_reader() {
    model(ROOM, |outbox, record| {
        let hub = start(outbox, |outbox| {
            let queue = queue(&["h"]);
            deliver_all(outbox, &queue);
        });
        let sender = start(outbox, |outbox| outbox.out().send(&"a", true).unwrap());
        answer(outbox, "p");
        hub.join().unwrap();
        sender.join().unwrap();
        assert_eq!((record.count(TEXT), record.count(PONG)), (2, 1));
    });
}

#[test]
fn who_finds_no_room_comes_back_and_the_reader_does_not_wait() {
    // Room for one byte: the frame is half written.
    model(1, |outbox, record| {
        let queue = queue(&["h"]);
        assert_eq!(deliver(outbox, &queue), Progress::Later { some: true });
        record.hurry();
        let room = record.clone();
        let hub = start(outbox, move |outbox| {
            room.make_room();
            deliver_all(outbox, &queue);
        });
        answer(outbox, "p");
        wait(outbox);
        hub.join().unwrap();
        assert_eq!(record.frames(), [(TEXT, "h".to_owned()), (PONG, "p".to_owned())]);
    });
}

#[test]
fn a_close_frame_behind_what_is_half_written_counts_once_it_is_out() {
    model(1, |outbox, record| {
        let queue = queue(&["h"]);
        deliver(outbox, &queue);
        record.hurry();
        let room = record.clone();
        let hub = start(outbox, move |outbox| {
            deliver(outbox, &queue);
            room.make_room();
            deliver_all(outbox, &queue);
        });
        outbox.owe_close(CloseFrame::new(1000, ""));
        outbox.out().settle(terms()).unwrap();
        let out = outbox.closing() == Closing::WeAsked;
        assert!(!out || record.count(CLOSE) == 1, "it is out where it counts");
        hub.join().unwrap();
        assert_eq!(outbox.closing(), Closing::WeAsked);
        assert_eq!(record.frames(), [(TEXT, "h".to_owned()), (CLOSE, "\u{3}\u{fffd}".to_owned())]);
    });
}

#[test]
fn what_a_hub_leaves_half_written_is_the_readers() {
    model(1, |outbox, record| {
        let hub = start(outbox, |outbox| {
            // If the reader is writing at that moment, the delivery does not begin.
            deliver(outbox, &queue(&["h"]));
            outbox.abandon_unsent();
            outbox.try_settle().unwrap();
        });
        answer(outbox, "p");
        hub.join().unwrap();
        record.make_room();
        wait_for_room(outbox);
        assert_eq!(record.count(PONG), 1);
        assert!(record.count(TEXT) <= 1, "whole or not at all");
    });
}

#[test]
fn a_goodbye_that_the_stream_holds_back_goes_out_before_the_reader_waits() {
    for holds in [false, true] {
        model(1, move |outbox, record| {
            if holds {
                record.hold();
            }
            let server = start(outbox, |outbox| {
                outbox.owe_close(CloseFrame::new(1001, ""));
                outbox.try_settle().unwrap();
            });
            answer(outbox, "p");
            server.join().unwrap();
            record.make_room();
            wait_for_room(outbox);
            assert_eq!((record.count(CLOSE), outbox.closing()), (1, Closing::WeAsked));
        });
    }
}

#[test]
fn pongs_do_not_pile_up_behind_what_is_half_written() {
    model(1, |outbox, record| {
        let queue = queue(&["h"]);
        deliver(outbox, &queue);
        record.hurry();
        for ping in ["1", "2", "3"] {
            answer(outbox, ping);
        }
        record.make_room();
        wait(outbox);
        assert_eq!(record.frames(), [(TEXT, "h".to_owned()), (PONG, "3".to_owned())]);
    });
}
