//! Events of real clients, many at once, in one thread.

use std::collections::HashMap;
use std::process::Command;
use std::thread;

use blocking_ws::{Events, PeerEvent, Server};
use test_support::installed::{modules, program, skipped};
use test_support::within;

const CLIENTS: usize = 20;
const EACH: usize = 10;

/// Each client waits for the welcome, sends its messages, and closes when all came back.
const NODE: &str = "
    let left = 20;
    const fail = what => { console.error(what); process.exit(1); };
    for (let client = 0; client < 20; client++) {
        const socket = new WebSocket(process.argv[1]);
        const sent = Array.from({ length: 10 }, (_, at) => `${client}:${at}`);
        const got = [];
        socket.onerror = event => fail(event.message);
        socket.onmessage = ({ data }) => {
            got.push(data);
            if (got.length === 1) sent.forEach(text => socket.send(text));
            if (got.length === 11) socket.close(4001, 'done');
        };
        socket.onclose = ({ code, wasClean }) => {
            const want = ['welcome', ...sent].join();
            if (code !== 4001 || !wasClean || got.join() !== want) fail(`${code}: ${got}`);
            if (--left === 0) process.exit(0);
        };
    }
";

const PYTHON: &str = "
import asyncio, sys
from websockets.asyncio.client import connect

async def one(client):
    async with connect(sys.argv[1]) as socket:
        assert await socket.recv() == 'welcome'
        sent = [f'{client}:{at}' for at in range(10)]
        for text in sent:
            await socket.send(text)
        assert [await socket.recv() for _ in sent] == sent
        await socket.close(4001, 'done')
    assert socket.close_code == 4001, socket.close_code

async def main():
    await asyncio.gather(*(one(client) for client in range(20)))

asyncio.run(main())
";

/// Serves a program's clients, all of which send and close.
fn serves(mut clients: Command) {
    let events = Events::new();
    let server = Server::bind("127.0.0.1:0").unwrap().spawn(events.handler()).unwrap();
    clients.arg(server.url());
    let running = thread::spawn(move || clients.output().unwrap());
    let (mut counts, mut closed) = (HashMap::new(), 0);
    while closed < CLIENTS {
        match events.recv().expect("the server runs") {
            PeerEvent::Opened(peer) => {
                assert!(peer.send("welcome"));
                assert!(counts.insert(peer, 0).is_none());
            }
            PeerEvent::Message(peer, message) => {
                let count = counts.get_mut(&peer).expect("it is open");
                let (_, number) = message.as_text().unwrap().split_once(':').unwrap();
                assert_eq!(number, count.to_string());
                *count += 1;
                assert!(peer.send(message));
            }
            PeerEvent::Closed(peer, status) => {
                assert_eq!(counts.remove(&peer), Some(EACH), "{status}");
                assert_eq!((u16::from(status.code()), status.reason()), (4001, "done"));
                closed += 1;
            }
        }
    }
    let ended = running.join().unwrap();
    assert!(ended.status.success(), "{}", String::from_utf8_lossy(&ended.stderr));
    drop(server);
    assert!(events.recv().is_none());
}

#[test]
fn clients_of_node() {
    // Before node 22, its client has to be asked for.
    let command = |script: &str| {
        let mut node = Command::new("node");
        node.args(["--experimental-websocket", "-e", script]);
        node
    };
    let has_client = program("node").is_some()
        && command("process.exit(typeof WebSocket === 'function' ? 0 : 1)")
            .output()
            .is_ok_and(|ended| ended.status.success());
    if !has_client {
        return skipped("node with a WebSocket client (20 or later)");
    }
    within(move || serves(command(NODE)));
}

#[test]
fn clients_of_python_websockets() {
    let command = |script: &str| {
        let mut python = Command::new("python3");
        python.args(["-c", script]);
        if let Some(modules) = modules("pip-websockets") {
            python.env("PYTHONPATH", modules);
        }
        python
    };
    let has_client = command("import websockets.asyncio.client")
        .output()
        .is_ok_and(|ended| ended.status.success());
    if !has_client {
        return skipped("python3 with websockets");
    }
    within(move || serves(command(PYTHON)));
}
