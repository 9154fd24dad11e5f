//! The threads of a server: one for each client at one time, and again for the next one.

use std::collections::HashSet;
use std::sync::mpsc;
use std::thread::{self, ThreadId};
use std::time::Duration;

use blocking_ws::{Result, Server, ServerHandle, WebSocket, connect};
use test_support::{journal, within};

/// A server that tells each client which thread it has.
fn tells(server: Server) -> (ServerHandle, mpsc::Receiver<ThreadId>) {
    let (told, ids) = mpsc::channel();
    let handler = move |ws: &mut WebSocket| {
        told.send(thread::current().id()).unwrap();
        ws.recv().map(drop)
    };
    (server.spawn(handler).unwrap(), ids)
}

fn server() -> Server {
    Server::bind("127.0.0.1:0").unwrap()
}

#[test]
fn clients_at_one_time_have_a_thread_each() {
    within(|| {
        let (server, ids) = tells(server());
        let clients: Vec<_> = (0..10).map(|_| connect(server.url()).unwrap()).collect();
        let threads: HashSet<_> = ids.iter().take(clients.len()).collect();
        assert_eq!(threads.len(), clients.len());
        for mut client in clients {
            client.close(1000, "").unwrap();
        }
    });
}

#[test]
fn clients_in_turn_share_a_thread() {
    const CLIENTS: usize = 50;
    within(|| {
        let (server, ids) = tells(server());
        for _ in 0..CLIENTS {
            connect(server.url()).unwrap().close(1000, "").unwrap();
        }
        // A thread may not be back yet when the next client is there; its place is another's then.
        let threads: HashSet<_> = ids.iter().take(CLIENTS).collect();
        assert!(threads.len() < CLIENTS / 2, "{} threads for {CLIENTS}", threads.len());
    });
}

#[test]
fn a_handler_may_have_large_arrays() {
    fn fills<const BYTES: usize>(ws: &mut WebSocket) -> Result<()> {
        let mut array = [1_u8; BYTES];
        // By reference: to hand it over would be a copy, which is not optimized away here.
        std::hint::black_box(&mut array);
        ws.send(array.iter().map(|&byte| usize::from(byte)).sum::<usize>().to_string())
    }
    for (bytes, handler) in [
        (300_000, fills::<300_000> as fn(&mut WebSocket) -> Result<()>),
        (600_000, fills::<600_000>),
    ] {
        within(move || {
            let server = server().spawn(handler).unwrap();
            let mut client = connect(server.url()).unwrap();
            assert_eq!(client.recv().unwrap(), Some(bytes.to_string().into()));
        });
    }
}

#[test]
fn a_handlers_error_that_panics_costs_its_connection_only() {
    #[derive(Debug)]
    struct Bad(bool, bool);
    impl std::fmt::Display for Bad {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            assert!(!self.0, "as told: shown");
            f.write_str("bad")
        }
    }
    impl std::error::Error for Bad {}
    impl Drop for Bad {
        fn drop(&mut self) {
            assert!(!self.1, "as told: dropped");
        }
    }
    for (shown, dropped) in [(true, false), (false, true), (true, true)] {
        within(move || {
            let server = server().spawn(move |_: &mut WebSocket| {
                Err(std::io::Error::other(Bad(shown, dropped)).into())
            });
            let server = server.unwrap();
            for _ in 0..3 {
                let mut client = connect(server.url()).unwrap();
                assert_eq!(client.recv().unwrap(), None);
                assert_eq!(client.close_status().unwrap().code(), 1011);
            }
            assert_eq!(server.shutdown(None).running, 0, "places are given back");
        });
    }
}

#[test]
fn a_logger_may_end_the_server_that_logs() {
    within(|| {
        journal::begin();
        let server = server().max_connections(7).spawn(|ws| ws.recv().map(drop)).unwrap();
        let clients: Vec<_> = (0..7).map(|_| connect(server.url()).unwrap()).collect();
        let (told, tells) = mpsc::channel();
        let ended = server.clone();
        journal::when("refused with 503, max_connections is 7", move || {
            told.send(ended.shutdown(Duration::ZERO)).unwrap();
        });
        assert!(connect(server.url()).is_err());
        let report = tells.recv().unwrap();
        assert_eq!(report.closed + report.cut, 7, "{report:?}");
        drop(clients);
    });
}

#[test]
fn a_thread_whose_handler_panicked_serves_on() {
    const CLIENTS: usize = 20;
    within(|| {
        let (told, ids) = mpsc::channel();
        let server = server().spawn(move |_: &mut WebSocket| -> Result<()> {
            told.send(thread::current().id()).unwrap();
            panic!("as told");
        });
        let server = server.unwrap();
        for _ in 0..CLIENTS {
            let mut client = connect(server.url()).unwrap();
            assert_eq!(client.recv().unwrap(), None);
            assert_eq!(client.close_status().unwrap().code(), 1011);
        }
        let threads: HashSet<_> = ids.iter().take(CLIENTS).collect();
        assert!(threads.len() < CLIENTS / 2, "{} threads for {CLIENTS}", threads.len());
    });
}
