//! The answer to plain HTTP on a server's port: the program answers a request that does not ask for
//! WebSocket. The connection ends with that answer. Without a hook the answer is 426, an error of
//! the handshake (`proto/handshake/server.rs`).

use std::io::Write;
use std::sync::Arc;

use http::{Request, Response, StatusCode};
use log::Level;

use super::http_io::write_out;
use crate::error::Error;
use crate::process::{Flood, Numbered, caught, debug};
use crate::proto::handshake;
use crate::proto::rules::HandshakeError;

/// The function that answers plain HTTP: see `Server::http`.
pub(crate) type HttpHook = Arc<dyn Fn(&Request<()>) -> Response<Vec<u8>> + Send + Sync>;

/// Answers a request, and returns the error because of which there is no WebSocket connection. A
/// line for the log begins with the number of the `connection`.
// A frame of its own: a connection that is upgraded does not need its part of the stack, see
// `worker`.
#[inline(never)]
pub(crate) fn answer(
    stream: &mut impl Write,
    page: &HttpHook,
    request: &Request<()>,
    connection: Numbered,
) -> Error {
    let response = call(page, request, connection);
    note(request, response.status(), connection);
    match write_out(stream, &handshake::write_page(&response, request.method())) {
        Ok(()) => HandshakeError::NotAnUpgrade.into(),
        Err(e) => e,
    }
}

/// Writes what was answered to the log. The query is left out, because it may have secrets.
pub(super) fn note(request: &Request<()>, status: StatusCode, connection: Numbered) {
    let (method, path) = (request.method(), request.uri().path());
    debug!("{connection}{method} {path}: answered with {status}");
}

// Each client can cause a line.
const HOOK: &str = "the http hook";
static FAILED: Flood = Flood::new(Level::Error, "failures");

/// Calls the hook. If it makes no usable answer, the client gets 500 and the log a line.
fn call(page: &HttpHook, request: &Request<()>, connection: Numbered) -> Response<Vec<u8>> {
    // A panic cannot leave the request half changed, because it is only borrowed.
    let made = caught(|| {
        let mut response = page(request);
        // Extensions are not sent. They are the program's values, so their drop may panic too.
        response.extensions_mut().clear();
        response
    });
    match made {
        // After a status of 1xx the client would wait for another answer.
        Some(response) if response.status().is_informational() => {
            let status = response.status();
            FAILED.line(
                &HOOK,
                format_args!("{connection}{HOOK} answered {status}, which is no answer"),
            );
        }
        Some(response) => return response,
        None => FAILED.line(&HOOK, format_args!("{connection}{HOOK} panicked")),
    }
    let mut failed = Response::new(b"the server failed\n".to_vec());
    *failed.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
    failed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Clone)]
    struct Bomb;

    impl Drop for Bomb {
        fn drop(&mut self) {
            assert!(std::thread::panicking(), "this is what the test wants");
        }
    }

    /// Returns what a client reads. With status 1 the hook panics; with 2 the drop of its response
    /// does.
    fn told(status: u16) -> String {
        let page: HttpHook = Arc::new(move |_| {
            assert_ne!(status, 1, "this is what the test wants");
            let response = Response::builder();
            if status == 2 {
                return response.extension(Bomb).body(b"body".to_vec()).unwrap();
            }
            response.status(status).body(b"body".to_vec()).unwrap()
        });
        let mut told = Vec::new();
        let error = answer(&mut told, &page, &Request::new(()), Numbered::default());
        assert!(matches!(error, Error::Handshake(HandshakeError::NotAnUpgrade)), "{error:?}");
        String::from_utf8(told).unwrap()
    }

    #[test]
    fn what_is_no_answer_becomes_500() {
        let failed = ("500 Internal Server Error", "\r\n\r\nthe server failed\n");
        for (rule, status, (line, end)) in [
            ("an answer", 200, ("200 OK", "\r\n\r\nbody")),
            ("a failure of its own", 500, ("500 Internal Server Error", "\r\n\r\nbody")),
            ("another would have to follow", 100, failed),
            ("it would open a connection", 101, failed),
            ("hints", 103, failed),
            ("a panic", 1, failed),
            ("a panic of what it carries", 2, failed),
        ] {
            let told = told(status);
            assert!(told.starts_with(&format!("HTTP/1.1 {line}\r\n")), "{rule}: {told}");
            assert!(told.ends_with(end), "{rule}: {told}");
        }
    }

    #[test]
    fn a_client_that_left_is_lost() {
        let page: HttpHook = Arc::new(|_| Response::new(Vec::new()));
        let error = answer(&mut &mut [0; 4][..], &page, &Request::new(()), Numbered::default());
        assert!(matches!(error, Error::Lost(_)), "{error:?}");
    }
}
