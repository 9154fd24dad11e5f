//! A small message that inflates to a gigabyte: refused (RFC 6455 §10.4), or read as a stream.
//!
//! Alone in its process, whose memory is looked at. What the test itself needs is leaked: memory
//! that is given back changes where the allocator puts what comes next.

#![cfg(all(feature = "deflate", target_os = "linux"))]

use std::fs;
use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::mpsc;

use blocking_ws::{Deflate, Error, ProtocolError, Server, ServerHandle};
use flate2::{Compress, Compression, FlushCompress};
use test_support::peer::upgraded;
use test_support::within;

const LIMIT: usize = 16 << 20;

/// 1 GiB of zeros as a message of two frames, masked with zeros.
fn bomb() -> &'static [u8] {
    const MEBIBYTES: usize = 1 << 10;
    let zeros = vec![0; 1 << 20].leak();
    let mut data = Vec::with_capacity(2 << 20);
    let mut compress = Compress::new(Compression::default(), false);
    for n in 1..=MEBIBYTES {
        let flush = if n == MEBIBYTES { FlushCompress::Sync } else { FlushCompress::None };
        compress.compress_vec(zeros, &mut data, flush).unwrap();
    }
    assert_eq!(compress.total_in(), 1 << 30);
    let (head, end) = data[..data.len() - 4].split_at(data.len() / 2);
    let mut frames = Vec::with_capacity(data.len() + 100);
    for (first, payload) in [(0x42, head), (0x80, end)] {
        frames.extend([first, 0xff]);
        frames.extend((payload.len() as u64).to_be_bytes());
        frames.extend([0; 4]);
        frames.extend(payload);
    }
    data.leak();
    frames.leak()
}

/// A line of the process's status, in bytes.
fn memory(what: &str) -> usize {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix(what)).unwrap();
    line.split_whitespace().next().unwrap().parse::<usize>().unwrap() << 10
}

/// What the peer of a server says to the bomb, and what that costs the process.
fn drop_on(server: &ServerHandle, bomb: &[u8]) -> (Vec<u8>, usize) {
    let mut stream = TcpStream::connect(server.local_addr().unwrap()).unwrap();
    let offer = [("Sec-WebSocket-Extensions", "permessage-deflate")];
    let peer = Box::new(upgraded(stream.try_clone().unwrap(), &offer));
    assert!(Box::leak(peer).response().contains("permessage-deflate"));

    // The highest mark begins anew.
    fs::write("/proc/self/clear_refs", "5").unwrap();
    let before = memory("VmRSS:");
    stream.write_all(bomb).unwrap();
    stream.shutdown(Shutdown::Write).unwrap();
    let mut said = Vec::new();
    stream.read_to_end(&mut said).unwrap();
    (said, memory("VmHWM:") - before)
}

#[test]
fn a_gigabyte_costs_no_more_than_the_limit_and_hardly_anything_as_a_stream() {
    within(|| {
        let bomb = bomb();
        let (tell, told) = mpsc::channel();
        let server = Server::bind("127.0.0.1:0").unwrap().deflate(Deflate::new());
        let server = server.max_message_size(LIMIT).spawn(move |ws| {
            tell.send(ws.recv()).unwrap();
            Ok(())
        });
        let (said, cost) = drop_on(&server.unwrap(), bomb);
        assert_eq!((said[0], &said[2..4]), (0x88, &1009_u16.to_be_bytes()[..]));
        let want = ProtocolError::MessageTooBig(LIMIT as u64);
        let got = told.recv().unwrap();
        assert!(matches!(got, Err(Error::Protocol(got)) if got == want), "{got:?}");
        assert!(cost <= LIMIT + (1 << 20), "{} KiB", cost >> 10);
        assert!(cost > LIMIT / 2, "{} KiB: it was not looked at", cost >> 10);

        let (tell, told) = mpsc::channel();
        let server = Server::bind("127.0.0.1:0").unwrap().deflate(Deflate::new());
        let server = server.spawn(move |ws| {
            ws.set_max_stream_size(None);
            let stream = ws.recv_stream()?;
            tell.send(io::copy(&mut stream.unwrap(), &mut io::sink())).unwrap();
            Ok(())
        });
        let (said, cost) = drop_on(&server.unwrap(), bomb);
        assert_eq!((said[0], &said[2..4]), (0x88, &1000_u16.to_be_bytes()[..]));
        assert_eq!(told.recv().unwrap().unwrap(), 1 << 30);
        assert!(cost <= 2 << 20, "{} KiB", cost >> 10);
    });
}
