//! Who is there, and how they are told to go.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use test_support::random::Random;

use super::servers::{Kind, Place};
use super::{clients, rooms, rude};

/// Threads that go on until they are told to stop.
pub(crate) struct Plan {
    stop: Stop,
    threads: Vec<JoinHandle<()>>,
}

/// Whether it is time to go.
#[derive(Clone, Default)]
pub(crate) struct Stop(Arc<AtomicBool>);

impl Stop {
    pub(crate) fn is_told(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    /// Sleeps, but not beyond the end.
    pub(crate) fn sleep(&self, time: Duration) {
        let until = Instant::now() + time;
        while !self.is_told() && Instant::now() < until {
            thread::sleep(time.min(Duration::from_millis(50)));
        }
    }
}

type Work = fn(&[Arc<Place>], &mut Random, &Stop);

/// What there is of each kind.
const WORK: [(&str, Work); 9] = [
    ("chatter", clients::chatter),
    ("slow", clients::slow),
    ("streamer", clients::streamer),
    ("reconnecting", clients::reconnecting),
    ("member", rooms::member),
    ("sleeper", rooms::sleeper),
    ("cutter", rude::cutter),
    ("silent", rude::silent),
    ("flooder", rude::flooder),
];

impl Plan {
    pub(crate) fn start(each: usize, shutdown_every: Duration) -> Self {
        let stop = Stop::default();
        let places: Vec<_> = Kind::ALL.iter().map(|kind| Arc::new(Place::open(*kind))).collect();
        let mut threads = Vec::new();
        for (at, place) in places.iter().enumerate() {
            let (place, stop) = (Arc::clone(place), stop.clone());
            // They do not go at the same time.
            let pause =
                shutdown_every + Duration::from_millis(900) * u32::try_from(at).unwrap_or(0);
            threads.push(start(format!("server {at}"), move || place.serve(pause, &stop)));
        }
        for (at, (name, work)) in WORK.into_iter().cycle().take(WORK.len() * each).enumerate() {
            let (places, stop) = (places.clone(), stop.clone());
            let mut random = Random::new(at as u64 + 1);
            threads.push(start(name.to_owned(), move || work(&places, &mut random, &stop)));
        }
        let (places, told) = (places, stop.clone());
        threads.push(start("probe".to_owned(), move || clients::probe(&places[0], &told)));
        Self { stop, threads }
    }

    /// Tells all to go, and waits for them and for what they left.
    pub(crate) fn stop(self) {
        self.stop.0.store(true, Ordering::Relaxed);
        for thread in self.threads {
            if thread.join().is_err() {
                super::TALLY.wrong("a thread of this program panicked");
            }
        }
        // A hub's thread waits for five seconds, and a server's for its peers.
        thread::sleep(Duration::from_secs(8));
    }
}

fn start(name: String, work: impl FnOnce() + Send + 'static) -> JoinHandle<()> {
    thread::Builder::new().name(name).spawn(work).expect("a thread")
}
