//! The codec by itself, part by part: frames, masks, UTF-8, compression, without sockets and, but
//! for the last group, without connections.
//!
//! `cargo bench --features internals --bench codec`, and behind `--` a part of a benchmark's name for
//! some only. Clocks lie on a busy machine: whether a small difference is one, `instructions` tells.
//!
//! On some processors glibc's copies of 4 KiB or more take thirty times as long where they go a few
//! bytes further from the start of a page than they come from, as a payload behind a header does. It
//! is a matter of luck where allocations lie; `GLIBC_TUNABLES=glibc.cpu.hwcaps=-ERMS,-FSRM` has such
//! copies made in another way.

use std::hint::black_box;
use std::io::Read as _;
use std::time::Duration;

use blocking_ws::testing::internals::{
    Compression, Header, Inbound, Utf8, check_utf8, mask, write_frames,
};
use blocking_ws::testing::pair;
use blocking_ws::{Deflate, MessageRef, Role};
use criterion::{BenchmarkId, Criterion, Throughput};
use test_support::json::json;

const KEY: [u8; 4] = [0x37, 0xFA, 0x21, 0x3D];
const KIB: usize = 1 << 10;
const MIB: usize = 1 << 20;

fn main() {
    let mut criterion = Criterion::default()
        .sample_size(50)
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_secs(1))
        .configure_from_args();
    header(&mut criterion);
    masking(&mut criterion);
    utf8(&mut criterion);
    inbound(&mut criterion);
    outbound(&mut criterion);
    deflate(&mut criterion);
    connection(&mut criterion);
    criterion.final_summary();
}

fn header(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("header");
    group.throughput(Throughput::Elements(1));
    for (length, payload) in [("7 bits", 125), ("16 bits", KIB), ("64 bits", MIB)] {
        let frame = framed(&vec![0; payload], payload, Some(KEY));
        let (header, len) = Header::parse(&frame).expect("legal").expect("all of it");
        group.bench_function(BenchmarkId::new("parse", length), |bencher| {
            bencher.iter(|| Header::parse(black_box(&frame[..len])));
        });
        let mut out = Vec::with_capacity(len);
        group.bench_function(BenchmarkId::new("write", length), |bencher| {
            bencher.iter(|| {
                out.clear();
                black_box(header).write(black_box(&mut out));
            });
        });
    }
}

fn masking(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("mask");
    for size in [16, 125, KIB, 64 * KIB] {
        let mut payload = vec![b'a'; size];
        group.throughput(bytes(size));
        group.bench_function(named(size), |bencher| {
            bencher.iter(|| mask(black_box(&mut payload), black_box(KEY), 0));
        });
    }
}

fn utf8(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("utf8");
    let scripts = [("ASCII", "as plain as text can be. "), ("mixed", "grün, 緑色, 🟢. ")];
    // Where a piece ends, a character need not.
    for (size, piece) in [(125, 25), (KIB, 125), (64 * KIB, 4093)] {
        for (script, words) in scripts {
            let text = text(words, size);
            let name = |how: &str| BenchmarkId::new(format!("{how}, {script}"), named(size));
            group.throughput(bytes(text.len()));
            group.bench_function(name("whole"), |bencher| {
                bencher.iter(|| check_utf8(black_box(text.as_bytes())).map(str::len));
            });
            let mut out = String::with_capacity(size);
            group.bench_function(name("pieces"), |bencher| {
                bencher.iter(|| {
                    out.clear();
                    let mut utf8 = Utf8::default();
                    for piece in black_box(text.as_bytes()).chunks(piece) {
                        utf8.push(piece, &mut out).expect("text");
                    }
                    utf8.finish()
                });
            });
        }
    }
}

/// What a server is sent.
fn inbound(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("inbound");
    for (name, size, fragments, messages) in [
        ("400 of 16 B", 16, 1, 400),
        ("400 of 125 B", 125, 1, 400),
        ("40 of 1 KiB", KIB, 1, 40),
        ("3 of 16 KiB", 16 * KIB, 1, 3),
        ("1 MiB", MIB, 1, 1),
        ("64 KiB in 64 fragments", 64 * KIB, 64, 1),
    ] {
        let stream = framed(&vec![b'a'; size], size / fragments, Some(KEY)).repeat(messages);
        let mut inbound = Inbound::new(Role::Server);
        group.throughput(bytes(size * messages));
        group.bench_function(name, |bencher| {
            bencher.iter(|| assert_eq!(receive(&mut inbound, black_box(&stream)), messages));
        });
    }
}

/// Counts the messages of a stream, as a connection would come to them.
fn receive(inbound: &mut Inbound, mut stream: &[u8]) -> usize {
    let mut messages = 0;
    while !stream.is_empty() {
        let n = stream.read(inbound.space()).expect("a slice never fails");
        inbound.filled(n);
        while inbound.advance().expect("legal").is_some() {
            black_box(inbound.lend().expect("bytes may be any"));
            messages += 1;
        }
    }
    messages
}

fn outbound(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("outbound");
    for (role, key) in [("server", None), ("client, masked", Some(KEY))] {
        for size in [16, 125, KIB, 16 * KIB] {
            let payload = vec![b'a'; size];
            let mut out = Vec::with_capacity(size + 14);
            group.throughput(bytes(size));
            group.bench_function(BenchmarkId::new(role, named(size)), |bencher| {
                bencher.iter(|| {
                    out.clear();
                    write_frames(
                        MessageRef::Binary(black_box(&payload)),
                        usize::MAX,
                        key,
                        &mut out,
                    );
                });
            });
        }
    }
}

/// Does nothing in a build that cannot compress.
fn deflate(criterion: &mut Criterion) {
    let Some(mut compression) = Compression::new(&Deflate::new()) else { return };
    let mut group = criterion.benchmark_group("deflate");
    for size in [KIB, 64 * KIB] {
        let message = json(size, 0);
        let mut data = Vec::with_capacity(size);
        group.throughput(bytes(size));
        group.bench_function(BenchmarkId::new("out", named(size)), |bencher| {
            bencher.iter(|| {
                data.clear();
                assert!(compression.deflate(black_box(message.as_bytes()), &mut data));
            });
        });
        data.clear();
        compression.deflate(message.as_bytes(), &mut data);
        group.bench_function(BenchmarkId::new("in", named(size)), |bencher| {
            bencher.iter(|| compression.inflate(black_box(&data), size).expect("inflates"));
        });
    }
}

/// Both ends of a connection in memory, in one thread: a message is sent and received.
fn connection(criterion: &mut Criterion) {
    const BURST: usize = 100;
    let mut group = criterion.benchmark_group("connection");
    for size in [125, KIB, 16 * KIB] {
        let (mut client, mut server) = pair();
        let message = vec![b'a'; size];
        group.throughput(Throughput::Elements(1));
        group.bench_function(BenchmarkId::new("one by one", named(size)), |bencher| {
            bencher.iter(|| {
                client.send(black_box(&message)).expect("sends");
                server.recv().expect("receives")
            });
        });
    }
    let (mut client, mut server) = pair();
    let message = [b'a'; 125];
    group.throughput(Throughput::Elements(BURST as u64));
    group.bench_function(BenchmarkId::new("bursts of 100", named(message.len())), |bencher| {
        bencher.iter(|| {
            for _ in 0..BURST {
                client.feed(black_box(&message)).expect("feeds");
            }
            client.flush().expect("sends");
            for _ in 0..BURST {
                black_box(server.recv_ref().expect("receives"));
            }
        });
    });
}

fn bytes(n: usize) -> Throughput {
    Throughput::Bytes(n as u64)
}

fn named(size: usize) -> String {
    if size < KIB { format!("{size} B") } else { format!("{} KiB", size / KIB) }
}

/// A binary message in frames of so much payload.
fn framed(payload: &[u8], most: usize, key: Option<[u8; 4]>) -> Vec<u8> {
    let mut out = Vec::new();
    write_frames(MessageRef::Binary(payload), most, key, &mut out);
    out
}

/// So many bytes of text, or a few less.
fn text(words: &str, size: usize) -> String {
    let mut text = words.repeat(size / words.len() + 1);
    let end = (0..=size).rev().find(|&end| text.is_char_boundary(end));
    text.truncate(end.unwrap_or_default());
    text
}
