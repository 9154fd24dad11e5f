//! One run of one client.

use std::thread;
use std::time::{Duration, Instant};

use blocking_ws::{AsMessage, Message, MessageRef};
use test_support::content::Content;

use crate::connection::{Connection, Contender, Ours, Tungstenite};
use crate::rows::{Row, Work};
use crate::stopwatch::Stopwatch;

/// Measures a client on the server at `url`; returns nanoseconds a message, or a connection.
pub(crate) fn run(row: &Row, client: Contender, url: &str, seconds: f64) -> f64 {
    let measured = Duration::from_secs_f64(seconds);
    let url = &format!("{url}{}", row.path());
    let one_flush = matches!(client, Contender::OneFlush);
    let spent = match client {
        Contender::Lent => work(row, measured, || Ours::open(url, true)),
        Contender::Given => work(row, measured, || Ours::open(url, false)),
        Contender::Tungstenite | Contender::OneFlush if row.tls => {
            work(row, measured, || Tungstenite::open_tls(url, one_flush))
        }
        Contender::Tungstenite | Contender::OneFlush => {
            work(row, measured, || Tungstenite::open(url, one_flush))
        }
    };
    spent.time.as_secs_f64() * 1e9 / f64::from(spent.times)
}

/// What something took that was done so many times.
struct Spent {
    time: Duration,
    times: u32,
}

fn work<C: Connection>(row: &Row, measured: Duration, open: impl Fn() -> C) -> Spent {
    match row.work {
        Work::Echo { connections, window, content, size } => {
            let message = content.message(size);
            let open = (0..connections).map(|_| open()).collect();
            exchange(open, window, measured, &message, &message)
        }
        Work::Receive { window, size, .. } => {
            let request = Message::from("another");
            exchange(vec![open()], window, measured, &request, &Content::Binary.message(size))
        }
        Work::Open => repeat(measured, 1, || open().close()),
    }
}

/// Has each connection, in a thread of its own, send a window of messages and receive the replies.
fn exchange<C: Connection>(
    connections: Vec<C>,
    window: usize,
    measured: Duration,
    message: &Message,
    reply: &Message,
) -> Spent {
    let prepared = &C::prepare(message);
    let reply = reply.as_message();
    let alone = |mut connection: C| {
        // Comparing whole messages takes time, so only the first ones are.
        round(&mut connection, prepared, window, |received| {
            assert!(received == reply, "the reply is another message");
        });
        let size = reply.as_bytes().len();
        let spent = repeat(measured, window, || {
            round(&mut connection, prepared, window, |received| {
                assert_eq!(received.as_bytes().len(), size);
            });
        });
        connection.close();
        spent
    };
    thread::scope(|scope| {
        let threads: Vec<_> =
            connections.into_iter().map(|connection| scope.spawn(|| alone(connection))).collect();
        let all = threads.into_iter().map(|thread| thread.join().expect("a connection's thread"));
        all.reduce(|one, other| Spent {
            time: one.time + other.time,
            times: one.times + other.times,
        })
        .expect("a connection")
    })
}

/// Sends a window of messages and shows the replies to `look`.
fn round<C: Connection>(
    connection: &mut C,
    message: &C::Prepared,
    window: usize,
    look: impl Fn(MessageRef<'_>),
) {
    for _ in 0..window {
        connection.send(message);
    }
    connection.flush();
    for _ in 0..window {
        connection.receive(&look);
    }
}

/// Warms up, and then measures for a while how long something takes this thread, which counts for
/// `times` each time.
fn repeat(measured: Duration, times: usize, mut something: impl FnMut()) -> Spent {
    let times = u32::try_from(times).expect("a small number");
    let mut during = |duration| {
        let (began, mut done) = (Instant::now(), 0);
        loop {
            something();
            done += times;
            if began.elapsed() >= duration {
                return done;
            }
        }
    };
    during(measured / 5);
    let stopwatch = Stopwatch::start();
    let times = during(measured);
    Spent { time: stopwatch.elapsed(), times }
}
