//! Arguments and settings that can never work.

use std::time::Duration;

use blocking_ws::http::Request;
use blocking_ws::testing::{Pipe, pair};
use blocking_ws::{
    Client, CloseCode, Deflate, Duplex as _, Error, Message, Outgoing, Result, Server,
    ServerHandle, WebSocket,
};
use test_support::echo::echo;

use super::Scenario;
use crate::produced::{Produced, failed};

pub(super) const SCENARIOS: &[Scenario] = &[
    ("settings of a client", of_a_client),
    ("headers of a client", headers),
    ("a request of the program's own", own_request),
    ("settings of reconnecting", reconnecting),
    ("settings of a server", of_a_server),
    ("origins", origins),
    ("routes", routes),
    ("arguments of an open connection", of_a_connection),
    ("numbers of an outgoing queue", outgoing),
];

fn of_a_client() -> Vec<Produced> {
    let new = Client::new;
    let clients = [
        new().connect_timeout(Duration::ZERO),
        new().ping_interval(Duration::ZERO),
        new().max_message_size(0),
        new().max_stream_size(0),
        new().max_head_size(0),
        new().max_headers(0),
        new().deflate(Deflate::new().level(10)),
        new().deflate(Deflate::new().send_window_bits(8)),
        new().subprotocol("a b"),
        new().subprotocol("a").subprotocol("a"),
        new().require_subprotocol(),
    ];
    clients.into_iter().map(|client| failed(client.connect("ws://h/"))).collect()
}

fn headers() -> Vec<Produced> {
    let long = "x".repeat(70_000);
    let headers = [
        ("X-Token", "one\n"),
        ("X Token", "one"),
        ("", "one"),
        (&long[..], "one"),
        ("Proxy-Authorization", "Basic YTpi"),
        ("Sec-WebSocket-Key", "one"),
        ("Sec-WebSocket-Protocol", "a b"),
    ];
    let with = |(name, value)| failed(Client::new().header(name, value).connect("ws://h/"));
    let twice = Client::new().header("Host", "a").header("Host", "b");
    headers.into_iter().map(with).chain([failed(twice.connect("ws://h/"))]).collect()
}

/// `?` on a builder of the crate `http`.
fn own_request() -> Vec<Produced> {
    let make = || -> Result<WebSocket<Pipe>> {
        let request = Request::get("ws://h/").header("x token", "one").body(())?;
        WebSocket::connect(request, Pipe::new(1).0)
    };
    vec![failed(make())]
}

fn reconnecting() -> Vec<Produced> {
    let new = || Client::new().reconnecting("ws://127.0.0.1:9/");
    let all = [new().first_delay(Duration::ZERO), new().max_attempts(0)];
    all.map(|mut connections| failed(connections.next().unwrap())).into()
}

fn spawn(adjust: impl FnOnce(Server) -> Server) -> Result<ServerHandle> {
    adjust(Server::bind("127.0.0.1:0").unwrap()).spawn(echo)
}

fn of_a_server() -> Vec<Produced> {
    vec![
        failed(spawn(|server| server.handshake_timeout(Duration::ZERO))),
        failed(spawn(|server| server.max_connections(0))),
        failed(spawn(|server| server.max_connections_per_client(0))),
        failed(spawn(|server| server.stack_size(1000))),
        failed(spawn(|server| server.stack_size(usize::MAX))),
        failed(spawn(|server| server.trusted_proxy("10.0.0.300"))),
    ]
}

fn origins() -> Vec<Produced> {
    let origins = ["*", "https://", "example.com", "https://example.com/page", "https://a:b@h"];
    origins.map(|origin| failed(spawn(|server| server.origin(origin)))).into()
}

fn routes() -> Vec<Produced> {
    let patterns = ["chat", "/{a}/{a}", "/{a..}/b", "/x{a}", "/:room", "/%ff", "/{a b}", "/{}"];
    let mut all: Vec<_> =
        patterns.map(|pattern| failed(spawn(|server| server.route(pattern, echo)))).into();
    let page = |_: &Request<()>| blocking_ws::http::Response::new("page");
    all.push(failed(spawn(|server| server.route("/a", echo).route("/a", echo))));
    all.push(failed(spawn(|server| server.page("/a", page).page("/a", page))));
    all.push(failed(spawn(|server| server.route("/{a}", echo).route("/{b}", echo))));
    all.push(failed(Server::bind("127.0.0.1:0").unwrap().page("/a", page).spawn_routes()));
    all
}

fn of_a_connection() -> Vec<Produced> {
    let (mut ws, _peer) = pair();
    let mut all = vec![
        failed(ws.close(CloseCode::Abnormal, "")),
        failed(ws.close(1000, &"x".repeat(200))),
        failed(ws.ping([0; 126])),
        failed(ws.set_write_timeout(Duration::ZERO)),
        failed(Message::from_json(&std::collections::BTreeMap::from([((1, 2), 3)]))),
        failed(Message::from(vec![0]).into_text()),
    ];
    let stream = ws.into_byte_stream().unwrap();
    all.push(failed(stream.set_read_timeout(Some(Duration::ZERO))));
    all
}

fn outgoing() -> Vec<Produced> {
    let queue = Outgoing::new(1);
    queue.push("a").unwrap();
    let full = failed(queue.try_push("b"));
    let _left = queue.finish(Duration::ZERO);
    let mut all =
        vec![full, failed(queue.try_push("c")), failed(Outgoing::<()>::new(1).acknowledge(7))];
    // As `?` has them.
    all.push(failed(queue.push("d").map_err(Error::from)));
    all
}
