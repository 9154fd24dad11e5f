//! The times of a WebSocket connection over TLS, while bytes of a record drip in that is never whole.

use std::io::Write;
use std::os::unix::net::UnixStream;
use std::time::Duration;

use super::support::{By, Drip, Hooked, Hooks, each_library, each_pair, hooked};
use crate::transport::tls::TlsStream;
use crate::{Client, CloseCode, Error, Event, Message, Phase, ProtocolError, Role, WebSocket};

const WHOLE: Duration = Duration::from_millis(400);
/// More bytes than there are moments: each comes in the middle of the time that is left.
const MANY: u32 = 20;

const CLOSE: &[u8] = b"\x88\x02\x03\xe8";

type Ws = WebSocket<TlsStream<Hooked>>;

struct Ends {
    ws: Ws,
    peer: TlsStream<UnixStream>,
    hooks: Hooks,
}

fn open(by: By) -> Ends {
    let (client, peer, hooks) = hooked(by);
    Ends { ws: WebSocket::from_parts(client, Role::Client, Vec::new()), peer, hooks }
}

impl Ends {
    /// Sends a message, of which no more than the bytes that drip will arrive.
    fn send_slowly(&mut self, bytes: u32, renews: bool) -> Drip {
        self.peer.write_all(&[&b"\x82\x64"[..], &[7; 100]].concat()).unwrap();
        self.hooks.drip_in(bytes, renews)
    }

    /// Each write of this side begins another wait.
    fn begin_anew_with_writes(&self, drip: &Drip) {
        let waits = drip.clone();
        self.hooks.on_write(move || {
            waits.begin_anew();
            Ok(usize::MAX)
        });
    }
}

#[test]
fn no_wait_of_a_receiving_call_begins_anew() {
    type Row = (&'static str, fn(&mut Ws) -> crate::Result<Option<Message>>, fn(&Error) -> bool);
    let rows: [Row; 4] = [
        ("recv_timeout", |ws| ws.recv_timeout(WHOLE), Error::is_timeout),
        (
            "a read timeout",
            |ws| {
                ws.set_read_timeout(WHOLE);
                ws.recv()
            },
            Error::is_timeout,
        ),
        (
            "close",
            |ws| {
                ws.set_close_timeout(WHOLE);
                ws.close(CloseCode::Normal, "").map(|()| None)
            },
            is_late_close,
        ),
        (
            "the close of a sender",
            |ws| {
                ws.set_close_timeout(WHOLE);
                ws.sender()?.close(CloseCode::Normal, "")?;
                ws.recv()
            },
            is_late_close,
        ),
    ];
    for (rule, call, is_right) in rows {
        each_pair(move |by| {
            let mut ends = open(by);
            let drip = ends.send_slowly(MANY, false);
            let e = call(&mut ends.ws).unwrap_err();
            assert!(is_right(&e), "{rule}: {e:?}");
            drip.check(WHOLE, rule);
        });
    }
}

fn is_late_close(error: &Error) -> bool {
    matches!(error, Error::Deadline(Phase::Close))
}

#[test]
fn a_peer_that_does_not_hang_up_has_the_close_timeout_once() {
    each_library(|by| {
        let mut ends = open(by);
        ends.ws.set_close_timeout(WHOLE);
        ends.peer.write_all(CLOSE).unwrap();
        assert!(matches!(ends.ws.recv_event(), Ok(Some(Event::Close(_)))));
        let drip = ends.send_slowly(MANY, false);
        assert_eq!(ends.ws.recv().unwrap(), None);
        drip.check(WHOLE, "the peer's end");
    });
}

#[test]
fn an_idle_connection_ends_although_bytes_come() {
    each_library(|by| {
        let mut ends = open(by);
        ends.ws.set_idle_timeout(WHOLE);
        ends.ws.set_close_timeout(WHOLE);
        let drip = ends.send_slowly(MANY, false);
        // First the idle time, and then the peer has the close timeout.
        ends.begin_anew_with_writes(&drip);
        let e = ends.ws.recv().unwrap_err();
        assert!(is_late_close(&e), "{e:?}");
        drip.check(WHOLE, "the idle time, and the answer to the Close");
    });
}

#[test]
fn a_peer_is_alive_for_the_pong_timeout_from_its_last_byte_on() {
    each_library(|by| {
        let mut ends = open(by);
        ends.ws.set_ping_interval(WHOLE);
        ends.ws.set_pong_timeout(WHOLE);
        let drip = ends.send_slowly(3, true);
        let e = ends.ws.recv().unwrap_err();
        assert!(matches!(e, Error::Deadline(Phase::Pong)), "{e:?}");
        // Until the next ping, and for an answer to that.
        drip.check(2 * WHOLE, "the pong timeout");
    });
}

#[test]
fn a_message_stands_still_from_its_last_byte_on() {
    each_library(|by| {
        let mut ends = open(by);
        ends.ws.set_stall_timeout(WHOLE);
        ends.ws.set_close_timeout(WHOLE);
        ends.peer.write_all(b"\x82\x7e\xff\xffbegun").unwrap();
        assert!(ends.ws.recv_timeout(WHOLE / 20).unwrap_err().is_timeout());
        let drip = ends.send_slowly(3, true);
        // First the stall timeout, and then the peer has the close timeout.
        ends.begin_anew_with_writes(&drip);
        let e = ends.ws.recv().unwrap_err();
        assert!(matches!(e, Error::Protocol(ProtocolError::Stalled)), "{e:?}");
        drip.check(WHOLE, "the stall timeout");
    });
}

#[test]
fn an_answer_that_drips_in_does_not_renew_the_connect_timeout() {
    each_pair(|by| {
        let (stream, mut peer, hooks) = hooked(by);
        peer.write_all(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n").unwrap();
        let drip = hooks.drip_in(MANY, false);
        let client = Client::new().connect_timeout(WHOLE);
        let e = client.connect_over("wss://localhost/", stream).unwrap_err();
        assert!(matches!(e, Error::Deadline(Phase::Connect)), "{e:?}");
        drip.check(WHOLE, "connect_over");
    });
}
