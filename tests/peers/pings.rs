//! Pings that wait for their pongs, with python's `websockets` and node's `ws` at the other end.
//!
//! They are those that `ws-conformance-proof` has installed, or those of the system.

use std::process::{Command, Stdio};
use std::sync::mpsc::RecvTimeoutError;
use std::thread;
use std::time::Duration;

use blocking_ws::{CloseCode, Error, connect};
use test_support::installed::{modules, skipped};
use test_support::program::{PATIENCE, Program};
use test_support::within;

/// An echo server that prints its port. It pings and waits as its two arguments say, in seconds;
/// zero turns the pings off.
const PYTHON: &str = r#"
import asyncio, sys
from websockets.asyncio.server import serve

async def echo(connection):
    async for message in connection:
        await connection.send(message)

async def main(interval, timeout):
    async with serve(echo, "127.0.0.1", 0, ping_interval=interval or None, ping_timeout=timeout) as server:
        print(server.sockets[0].getsockname()[1], flush=True)
        await server.serve_forever()

asyncio.run(main(float(sys.argv[1]), float(sys.argv[2])))
"#;

/// The same, without pings. It answers pings unless its argument is `silent`.
const NODE: &str = r"
const { WebSocketServer } = require('ws');
const autoPong = process.argv[1] !== 'silent';
const server = new WebSocketServer({ host: '127.0.0.1', port: 0, autoPong }, () => {
  console.log(server.address().port);
});
server.on('connection', (socket) => {
  socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary }));
});
";

/// Starts a server; `None` if the library is not installed.
fn start(command: &mut Command, library: &str) -> Option<(Program, String)> {
    let program = Program::run(command.stdin(Stdio::null()));
    match program.lines.recv_timeout(PATIENCE) {
        Ok(port) => Some((program, format!("ws://127.0.0.1:{port}/"))),
        Err(RecvTimeoutError::Timeout) => panic!("the server does not begin"),
        Err(RecvTimeoutError::Disconnected) => {
            skipped(library);
            None
        }
    }
}

fn python(interval: f32, timeout: f32) -> Option<(Program, String)> {
    let times = [interval, timeout].map(|time| time.to_string());
    let mut command = Command::new("python3");
    command.args(["-c", PYTHON]).args(times);
    if let Some(modules) = modules("pip-websockets") {
        command.env("PYTHONPATH", modules);
    }
    is_there("python3").then(|| start(&mut command, "python's websockets")).flatten()
}

fn node(mode: &str) -> Option<(Program, String)> {
    let mut command = Command::new("node");
    command.args(["-e", NODE, mode]);
    if let Some(modules) = modules("npm-ws") {
        command.env("NODE_PATH", modules.join("node_modules"));
    }
    is_there("node").then(|| start(&mut command, "node's ws")).flatten()
}

fn is_there(program: &str) -> bool {
    let is_there = Command::new(program).arg("--version").output().is_ok();
    if !is_there {
        skipped(program);
    }
    is_there
}

#[test]
fn section_5_5_3_other_libraries_answer() {
    within(|| {
        for (_server, url) in [python(0.0, 1.0), node("answers")].into_iter().flatten() {
            let mut ws = connect(&url).unwrap();
            for n in 0..10 {
                ws.send(format!("message {n}")).unwrap();
                assert!(ws.ping_wait(PATIENCE).unwrap() < PATIENCE);
                assert_eq!(ws.recv().unwrap(), Some(format!("message {n}").into()));
            }
            let sender = ws.sender().unwrap();
            let reader = thread::spawn(move || {
                assert_eq!(ws.recv().unwrap(), Some("the last one".into()));
                ws
            });
            let threads = [(); 8].map(|()| {
                let sender = sender.clone();
                thread::spawn(move || sender.ping_wait(PATIENCE).unwrap())
            });
            for thread in threads {
                assert!(thread.join().unwrap() < PATIENCE);
            }
            sender.pong("a heartbeat").unwrap();
            sender.send("the last one").unwrap();
            reader.join().unwrap().close(CloseCode::Normal, "").unwrap();
        }
    });
}

#[test]
fn a_peer_that_answers_no_pings_is_a_timeout() {
    within(|| {
        let Some((_server, url)) = node("silent") else { return };
        let mut ws = connect(&url).unwrap();
        ws.send("hello").unwrap();
        let pinged = ws.ping_wait(Duration::from_millis(100));
        assert!(matches!(pinged, Err(Error::Timeout)), "{pinged:?}");
        assert_eq!(ws.recv().unwrap(), Some("hello".into()));
        ws.close(CloseCode::Normal, "").unwrap();
    });
}

#[test]
fn a_client_that_answers_no_pings_runs_into_the_keepalive_of_the_peer() {
    within(|| {
        let Some((_server, url)) = python(0.1, 0.1) else { return };
        let mut ws = connect(&url).unwrap();
        ws.set_auto_pong(false);
        while ws.recv().unwrap().is_some() {}
        let status = ws.close_status().unwrap();
        assert_eq!(status.code(), CloseCode::Internal);
        assert_eq!(status.reason(), "keepalive ping timeout");
    });
}
