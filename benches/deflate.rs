//! What the library adds to the codec under it: messages sent and received over a connection in
//! memory, beside flate2 alone doing the same work on the same bytes.
//!
//! `cargo bench --bench deflate`. The share is the part of the time that is not flate2's: frames,
//! masks, UTF-8, the pipe between the ends. Both take turns within one run, and medians are
//! compared, because a machine's speed changes from one second to the next.

use std::hint::black_box;
use std::io::Write as _;
use std::net::Shutdown;
use std::time::{Duration, Instant};

use blocking_ws::testing::pair_with;
use blocking_ws::{Deflate, Duplex as _, Settings, WebSocket};
use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress};
use test_support::json::json;

/// Not sent (RFC 7692 §7.2.1).
const TAIL: [u8; 4] = [0, 0, 0xff, 0xff];
const ROUNDS: usize = 301;
/// Bytes of messages a round moves; deflated they fit into a pipe.
const ROUND: usize = 128 << 10;

fn main() {
    println!(
        "one message   level  deflated |  deflate: flate2  library  share |  inflate: flate2  library  share | of both"
    );
    for size in [1 << 10, 64 << 10] {
        for level in [1, 2, 3, 6] {
            compare(size, level);
        }
    }
    bomb();
}

/// Prints the medians for messages of one size.
fn compare(size: usize, level: u32) {
    let messages: Vec<String> = (0..ROUND / size).map(|n| json(size, n)).collect();
    let mut alone = Alone::new(level);
    let mut library = Library::new(level);
    let mut times: [Vec<Duration>; 4] = Default::default();
    for _ in 0..ROUNDS {
        let round = [
            time(|| messages.iter().for_each(|message| alone.deflate(message))),
            time(|| messages.iter().for_each(|message| library.send(message))),
            time(|| (0..messages.len()).for_each(|n| alone.inflate(n))),
            time(|| messages.iter().for_each(|message| library.receive(message))),
        ];
        times.iter_mut().zip(round).for_each(|(times, time)| times.push(time));
        alone.deflated.clear();
    }
    let [deflate, send, inflate, receive] = times.map(|mut times| {
        times.sort_unstable();
        times[ROUNDS / 2].as_secs_f64()
    });
    let speed = |seconds: f64| number(ROUND / size * size) / seconds / 1e6;
    let share = |alone: f64, all: f64| 100.0 * (all - alone) / all;
    let deflated = number(alone.bytes) / number(ROUNDS * ROUND);
    println!(
        "{size:7} bytes  {level:6}  {:6.1} % | {:8.0} MB/s {:8.0} {:5.1} % | {:8.0} MB/s {:8.0} {:5.1} % | {:5.1} %",
        100.0 * deflated,
        speed(deflate),
        speed(send),
        share(deflate, send),
        speed(inflate),
        speed(receive),
        share(inflate, receive),
        share(deflate + inflate, send + receive),
    );
}

fn number(n: usize) -> f64 {
    u32::try_from(n).map_or(f64::INFINITY, f64::from)
}

fn time(work: impl FnOnce()) -> Duration {
    let started = Instant::now();
    work();
    started.elapsed()
}

/// flate2 as a program would use it for messages without takeover.
struct Alone {
    compress: Compress,
    decompress: Decompress,
    deflated: Vec<Vec<u8>>,
    plain: Vec<u8>,
    bytes: usize,
}

impl Alone {
    fn new(level: u32) -> Self {
        Self {
            compress: Compress::new(Compression::new(level), false),
            decompress: Decompress::new(false),
            deflated: Vec::new(),
            plain: Vec::with_capacity(ROUND),
            bytes: 0,
        }
    }

    fn deflate(&mut self, message: &str) {
        let mut out = Vec::with_capacity(message.len() + 64);
        let done = self.compress.compress_vec(message.as_bytes(), &mut out, FlushCompress::Sync);
        done.expect("deflates");
        self.compress.reset();
        out.truncate(out.len() - TAIL.len());
        self.bytes += out.len();
        self.deflated.push(out);
    }

    fn inflate(&mut self, n: usize) {
        self.plain.clear();
        let data = &mut self.deflated[n];
        data.extend(TAIL);
        let done = self.decompress.decompress_vec(data, &mut self.plain, FlushDecompress::Sync);
        done.expect("inflates");
        self.decompress.reset(false);
        black_box(&self.plain);
    }
}

struct Library {
    client: WebSocket,
    server: WebSocket,
}

impl Library {
    fn new(level: u32) -> Self {
        let (client, server) =
            pair_with(&Settings::new().deflate(Deflate::new().level(level))).expect("settings");
        Self { client, server }
    }

    fn send(&mut self, message: &str) {
        self.server.send(message).expect("sends");
    }

    fn receive(&mut self, message: &str) {
        let received = self.client.recv_ref().expect("receives");
        assert_eq!(received.map(|received| received.as_bytes().len()), Some(message.len()));
    }
}

/// Prints how long a message takes to be refused that would inflate to 1 GiB.
fn bomb() {
    let mut data = Vec::with_capacity(4 << 20);
    let mut compress = Compress::new(Compression::new(9), false);
    let zeros = vec![0; 1 << 20];
    for n in 0..1024 {
        let flush = if n == 1023 { FlushCompress::Sync } else { FlushCompress::None };
        compress.compress_vec(&zeros, &mut data, flush).expect("deflates");
    }
    data.truncate(data.len() - 4);
    let mut frame = vec![0xc2, 127];
    frame.extend((data.len() as u64).to_be_bytes());
    frame.extend(&data);
    let (mut client, server) =
        pair_with(&Settings::new().deflate(Deflate::new())).expect("settings");
    let mut raw = server.get_ref().try_clone().expect("a pipe can be cloned");
    let peer = std::thread::spawn(move || {
        raw.write_all(&frame).expect("the client reads on");
        // Until it hangs up, the client lingers.
        raw.shutdown(Shutdown::Write).expect("shuts down");
    });
    let started = Instant::now();
    let refused = client.recv_ref().expect_err("too large");
    println!("1 GiB in {} KiB, after {:?}: {refused}", data.len() >> 10, started.elapsed());
    peer.join().expect("the peer's thread");
}
