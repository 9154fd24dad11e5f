//! How a peer leaves: by a reset, of whatever is below it, and without reading.

use std::io::ErrorKind;
use std::time::Duration;

use blocking_ws::testing::{Peer, Pipe};
use blocking_ws::{Duplex, Error, Phase, Role, Server};
use test_support::{socket::tcp, within};

#[cfg(unix)]
use super::report;

#[test]
fn a_server_sees_a_reset() {
    within(|| {
        let server = Server::bind("127.0.0.1:0").unwrap();
        let (tell, told) = std::sync::mpsc::channel();
        let server = server.spawn(move |ws| {
            tell.send(ws.recv().unwrap_err()).unwrap();
            Ok(())
        });
        let server = server.unwrap();
        let mut peer = Peer::connect(server.url()).unwrap();
        peer.reset();
        match told.recv().unwrap() {
            Error::Lost(e) => assert_eq!(e.kind(), ErrorKind::ConnectionReset),
            e => panic!("{e:?}"),
        }
    });
}

/// Resets one of two ends, and looks what the other sees of it.
fn is_reset<S: Duplex + Send + 'static>((near, far): (S, S)) {
    let mut near = Peer::over(near, Role::Client).unwrap();
    let mut far = Peer::over(far, Role::Server).unwrap();
    near.send("one");
    far.expect_text("one");
    far.reset();
    near.expect_reset();
    // Its own end is gone as well, and cannot be reset any more.
    far.reset();
    far.expect_reset();
}

#[test]
fn a_peer_sees_a_reset() {
    within(|| {
        is_reset(tcp());
        is_reset(Pipe::new(64));
    });
}

#[test]
fn a_websocket_in_memory_sees_a_reset() {
    let (mut ws, mut peer) = Peer::pair(Role::Client);
    peer.send("lost");
    peer.reset();
    match ws.recv() {
        Err(Error::Lost(e)) => assert_eq!(e.kind(), ErrorKind::ConnectionReset),
        outcome => panic!("{outcome:?}"),
    }
}

#[cfg(any(feature = "tls", feature = "rustls"))]
#[test]
fn a_reset_below_tls_is_no_end_in_order() {
    use super::tls::secured;

    within(|| {
        #[cfg(any(target_os = "linux", target_os = "android"))]
        is_reset(secured(tcp()));
        is_reset(secured(Pipe::new(1 << 16)));
    });
}

#[cfg(unix)]
#[test]
fn a_unix_socket_has_no_reset() {
    let (near, _far) = std::os::unix::net::UnixStream::pair().unwrap();
    let mut peer = Peer::over(near, Role::Client).unwrap();
    let line = line!() + 1;
    let text = report::of(|| peer.reset());
    let want = format!(
        "\
the peer failed at tests/kit/leaving.rs:{line}
  expected  a stream that can be reset
  received  a Unix socket has no reset; use `cut`
  before it
    +T -- reset"
    );
    assert_eq!(text, want);
}

#[test]
fn who_does_not_read_makes_the_other_end_wait() {
    within(|| {
        let server = Server::bind("127.0.0.1:0").unwrap().write_timeout(Duration::from_millis(100));
        let (tell, told) = std::sync::mpsc::channel();
        let server = server.spawn(move |ws| {
            tell.send(ws.send(vec![0; 64 << 20]).unwrap_err()).unwrap();
            Ok(())
        });
        let server = server.unwrap();
        let mut peer = Peer::connect(server.url()).unwrap();
        peer.stop_reading();
        let error = told.recv().unwrap();
        assert!(matches!(error, Error::Deadline(Phase::Write)), "{error:?}");
    });
}
