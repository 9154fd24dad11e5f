//! A WebSocket at `/ws` of a server that `tiny_http` runs. Its page is at `/`.
//!
//! `tiny_http` hands over a stream that can only be read and written (`Stream::half`). So these
//! connections have no timeouts and no `sender`, and a handler that waits for a message cannot be woken
//! before the client sends something. `in_hyper` shows a server that hands over its socket.

use blocking_ws::http::{Request, Response};
use blocking_ws::{Deflate, Error, Refusal, Result, Server, ServerHandle, Stream, WebSocket};

const PAGE: &str = include_str!("page.html");

fn main() -> Result<()> {
    let address = options::address("A WebSocket in a server that tiny_http runs");
    let http = tiny_http::Server::http(&address).map_err(Error::other)?;
    println!("listening on http://{}/", http.server_addr());
    let ws = Server::unbound()?.subprotocol("echo.v1").deflate(Deflate::new()).spawn(echo)?;
    for request in http.incoming_requests() {
        let answered = match request.url() {
            "/ws" => upgrade(&ws, request),
            "/" => request.respond(html(PAGE)).map_err(Error::other),
            _ => request.respond(tiny_http::Response::empty(404)).map_err(Error::other),
        };
        if let Err(e) = answered {
            eprintln!("in_tiny_http: {e}");
        }
    }
    Ok(())
}

fn echo(ws: &mut WebSocket) -> Result<()> {
    while let Some(message) = ws.recv()? {
        ws.send(message)?;
    }
    Ok(())
}

/// Hands a request for WebSocket to `ws`, which says how to answer it.
fn upgrade(ws: &ServerHandle, request: tiny_http::Request) -> Result<()> {
    let peer = request.remote_addr().copied();
    match ws.upgrade(translated(&request)?, peer) {
        Ok(upgrade) => {
            let stream = request.upgrade("websocket", answer(upgrade.response(), ""));
            upgrade.serve(Stream::half(stream), Vec::new())
        }
        Err(refusal) => refuse(request, &refusal),
    }
}

fn refuse(request: tiny_http::Request, refusal: &Refusal) -> Result<()> {
    let response = refusal.response();
    request.respond(answer(response, response.body())).map_err(Error::other)
}

/// `tiny_http`'s request, as the crate `http` has it.
fn translated(request: &tiny_http::Request) -> Result<Request<()>> {
    let mut ours = Request::builder().method(request.method().as_str()).uri(request.url());
    for header in request.headers() {
        ours = ours.header(header.field.as_str().as_str(), header.value.as_str());
    }
    ours.body(()).map_err(Error::other)
}

/// A response of the crate `http`, as `tiny_http` has it. It sets `Upgrade` and `Connection` itself.
fn answer<B>(response: &Response<B>, body: &str) -> tiny_http::Response<impl std::io::Read> {
    let mut theirs =
        tiny_http::Response::from_string(body).with_status_code(response.status().as_u16());
    for (name, value) in response.headers() {
        let header = tiny_http::Header::from_bytes(name.as_str(), value.as_bytes());
        theirs.add_header(header.expect("what one crate calls a header is one to the other"));
    }
    theirs
}

fn html(page: &str) -> tiny_http::Response<impl std::io::Read> {
    let kind = "Content-Type: text/html; charset=utf-8".parse().expect("a header");
    tiny_http::Response::from_string(page).with_header::<tiny_http::Header>(kind)
}
