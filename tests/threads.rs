//! The threads of a server: one for each client at one time, and again for the next one.

mod common;

use std::collections::HashSet;
use std::sync::mpsc;
use std::thread::{self, ThreadId};

use blocking_ws::{Result, Server, ServerHandle, WebSocket, connect};
use common::within;

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
            assert_eq!(client.close_status().unwrap().code(), 1011.into());
        }
        let threads: HashSet<_> = ids.iter().take(CLIENTS).collect();
        assert!(threads.len() < CLIENTS / 2, "{} threads for {CLIENTS}", threads.len());
    });
}

/// No system has a stack of this size to give.
#[cfg(all(target_os = "linux", target_pointer_width = "64"))]
#[test]
fn a_server_without_threads_drops_its_clients_and_goes_on() {
    use std::io::Read;
    use std::net::TcpStream;
    use std::time::{Duration, Instant};

    within(|| {
        let server = server().max_connections(1).stack_size(1 << 48).spawn(|_| Ok(())).unwrap();
        // More than there is room for: a place that is not given back would be missed.
        for client in 0..40 {
            let mut client_socket = TcpStream::connect(server.local_addr().unwrap()).unwrap();
            // A reset does as well.
            let read = client_socket.read(&mut [0]).unwrap_or(0);
            assert_eq!(read, 0, "client {client} is dropped, not left waiting");
        }
        let began = Instant::now();
        let report = server.shutdown(Duration::from_secs(10));
        // The last one may just have been on its way out.
        assert_eq!((report.closed, report.cut, report.running), (0, 0, 0));
        assert!(began.elapsed() < Duration::from_millis(900), "threads that never were");
    });
}
