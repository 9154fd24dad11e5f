//! A WebSocket at `/ws` of a server that hyper runs. Its page is at `/`.
//!
//! hyper is asynchronous and answers HTTP on one thread. It hands over the socket of a connection that
//! is upgraded, and this library runs the handler on a thread of its own, with all its settings.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::time::Duration;

use blocking_ws::http::{HeaderValue, Request, Response, StatusCode, header};
use blocking_ws::{Deflate, Error, Result, Server, ServerHandle, WebSocket};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};

const PAGE: &str = include_str!("page.html");

/// How long a client may take for the head of a request.
const HEAD_TIMEOUT: Duration = Duration::from_secs(10);

/// How long the server waits after it could not accept a client: until others have left, their
/// sockets may be all that the system gives it.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

fn main() -> Result<()> {
    let address = options::address("A WebSocket in a server that hyper runs");
    let ws = Server::unbound()?.subprotocol("echo.v1").deflate(Deflate::new()).spawn(echo)?;
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_io().enable_time().build()?;
    runtime.block_on(serve(&address, ws))
}

fn echo(ws: &mut WebSocket) -> Result<()> {
    while let Some(message) = ws.recv()? {
        ws.send(message)?;
    }
    Ok(())
}

async fn serve(address: &str, ws: ServerHandle) -> Result<()> {
    let listener = TcpListener::bind(address).await?;
    println!("listening on http://{}/", listener.local_addr()?);
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(HEAD_TIMEOUT);
    loop {
        let (stream, peer) = match listener.accept().await {
            Ok(accepted) => accepted,
            Err(e) => {
                eprintln!("in_hyper: no client could be accepted: {e}");
                tokio::time::sleep(ACCEPT_PAUSE).await;
                continue;
            }
        };
        let ws = ws.clone();
        let service = service_fn(move |request| {
            let response = match request.uri().path() {
                "/ws" => upgrade(&ws, request, peer),
                "/" => html(),
                _ => plain(StatusCode::NOT_FOUND),
            };
            async { Ok::<_, Infallible>(response) }
        });
        tokio::spawn(http.serve_connection(TokioIo::new(stream), service).with_upgrades());
    }
}

/// Hands a request for WebSocket to `ws`, which says how to answer it.
fn upgrade(ws: &ServerHandle, request: Request<Incoming>, peer: SocketAddr) -> Response<String> {
    let mut head = Request::new(());
    (*head.method_mut(), *head.version_mut()) = (request.method().clone(), request.version());
    (*head.uri_mut(), *head.headers_mut()) = (request.uri().clone(), request.headers().clone());
    let upgrade = match ws.upgrade(head, Some(peer)) {
        Ok(upgrade) => upgrade,
        Err(refusal) => return refusal.response().clone(),
    };
    let response = upgrade.response().clone().map(|()| String::new());
    // hyper sends the response first, and then gives up the socket.
    tokio::spawn(async move {
        let taken = hyper::upgrade::on(request).await.map_err(Error::other);
        let served = taken.and_then(|upgraded| {
            let parts = upgraded.downcast::<TokioIo<TcpStream>>().expect("it serves TCP");
            let socket = parts.io.into_inner().into_std()?;
            upgrade.serve(socket, parts.read_buf.to_vec())
        });
        if let Err(e) = served {
            eprintln!("in_hyper: {e}");
        }
    });
    response
}

fn html() -> Response<String> {
    let mut response = Response::new(PAGE.to_owned());
    let kind = HeaderValue::from_static("text/html; charset=utf-8");
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    response
}

fn plain(status: StatusCode) -> Response<String> {
    let mut response = Response::new(format!("{status}\n"));
    *response.status_mut() = status;
    response
}
