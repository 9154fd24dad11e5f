//! Both directions at once: how long 64 MiB each way take, and how soon a ping is answered while
//! another thread writes.
//!
//! `cargo bench --bench duplex`. Nothing is asserted: clocks lie on a busy machine.

use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use blocking_ws::testing::{Pipe, pair_over};
use blocking_ws::{Deflate, Duplex, Event, Role, Settings, WebSocket};
use socket2::SockRef;
use test_support::noise::noise;

fn main() {
    println!("64 MiB each way at once, 4 MiB a message, both ends reading and sending");
    exchange("TCP", tcp);
    #[cfg(unix)]
    exchange("Unix socket", || std::os::unix::net::UnixStream::pair().unwrap());
    exchange("in memory", || Pipe::new(64 << 10));

    println!(
        "\nfrom a ping to its pong on TCP, in microseconds: median, 99 of 100, longest\n\
         (what lies in the socket's buffers is ahead of a pong, so they are small: 64 KiB)"
    );
    pings("nobody writes", Writes::Nothing);
    pings("1 MiB messages without a pause, read at once", Writes::Messages(None));
    pings("the same in frames of 64 KiB", Writes::Messages(Some(64 << 10)));
    stuck();
}

fn tcp() -> (TcpStream, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let near = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let far = listener.accept().unwrap().0;
    for end in [&near, &far] {
        end.set_nodelay(true).unwrap();
    }
    (near, far)
}

const MESSAGES: usize = 16;
const SIZE: usize = 4 << 20;

fn exchange<S: Duplex + Send + 'static>(transport: &str, open: impl Fn() -> (S, S)) {
    let message = noise(SIZE);
    for (name, deflate) in [("plain", Deflate::new().level(0)), ("compressed", Deflate::new())] {
        let mut times: Vec<_> = (0..5)
            .map(|_| {
                let (client, server) =
                    pair_over(open(), &Settings::new().deflate(deflate.clone())).unwrap();
                let began = Instant::now();
                thread::scope(|scope| {
                    for mut end in [client, server] {
                        let message = &message;
                        scope.spawn(move || {
                            let sender = end.sender().unwrap();
                            thread::scope(|scope| {
                                scope.spawn(|| {
                                    for _ in 0..MESSAGES {
                                        sender.send(message).unwrap();
                                    }
                                });
                                for _ in 0..MESSAGES {
                                    assert_eq!(end.recv().unwrap().unwrap().as_bytes().len(), SIZE);
                                }
                            });
                        });
                    }
                });
                began.elapsed()
            })
            .collect();
        times.sort();
        println!("{transport:12} {name:10} {:6} ms", times[2].as_millis());
    }
}

#[derive(Clone, Copy)]
enum Writes {
    Nothing,
    Messages(Option<usize>),
}

fn pings(name: &str, writes: Writes) {
    const PINGS: usize = 1000;
    let (near, far) = tcp();
    SockRef::from(&near).set_send_buffer_size(64 << 10).unwrap();
    SockRef::from(&far).set_recv_buffer_size(64 << 10).unwrap();
    let mut ws = WebSocket::from_parts(near, Role::Server, Vec::new());
    let sender = ws.sender().unwrap();
    let mut peer = WebSocket::from_parts(far, Role::Client, Vec::new());
    let enough = AtomicBool::new(false);
    let mut times = thread::scope(|scope| {
        if let Writes::Messages(fragment) = writes {
            ws.set_fragment_size(fragment);
            let (sender, enough) = (&sender, &enough);
            scope.spawn(move || {
                let message = vec![7; 1 << 20];
                while !enough.load(Ordering::Relaxed) {
                    sender.send(&message).unwrap();
                }
            });
        }
        scope.spawn(move || while ws.recv().unwrap().is_some() {});
        let times: Vec<_> = (0..PINGS)
            .map(|_| {
                let began = Instant::now();
                peer.ping("now").unwrap();
                while !matches!(peer.recv_event().unwrap(), Some(Event::Pong(_))) {}
                began.elapsed()
            })
            .collect();
        enough.store(true, Ordering::Relaxed);
        peer.close(1000, "").unwrap();
        times
    });
    times.sort();
    let at = |part: usize| times[part * (PINGS - 1) / 100].as_micros();
    println!("{name:48} {:7} {:7} {:7}", at(50), at(99), at(100));
}

/// The peer reads nothing for a while, and the writer is stuck in one message.
fn stuck() {
    const HUGE: usize = 64 << 20;
    let (near, far) = tcp();
    let mut ws = WebSocket::from_parts(near, Role::Server, Vec::new());
    let sender = ws.sender().unwrap();
    let writer = thread::spawn(move || sender.send(vec![7; HUGE]).unwrap());
    far.peek(&mut [0]).unwrap();
    let mut peer = WebSocket::from_parts(far, Role::Client, Vec::new());
    peer.set_max_message_size(HUGE);
    thread::sleep(Duration::from_millis(200));
    let began = Instant::now();
    peer.ping("now").unwrap();
    peer.send("are you reading?").unwrap();
    ws.recv().unwrap().unwrap();
    println!("writer stuck: the reader went on after {} us;", began.elapsed().as_micros());
    let reads = Instant::now();
    assert_eq!(peer.recv().unwrap().unwrap().as_bytes().len(), HUGE);
    let rest = Instant::now();
    assert_eq!(peer.recv_event().unwrap(), Some(Event::Pong(b"now".to_vec())));
    println!(
        "  reading the rest of the message took {} ms, and the pong came {} us behind it",
        (rest - reads).as_millis(),
        rest.elapsed().as_micros()
    );
    writer.join().unwrap();
}
