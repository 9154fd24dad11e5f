//! [`spawn`]: a server's handler on one end of a connection in memory.

use std::panic::{self, AssertUnwindSafe};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use super::pair::pair;
use crate::connection::WebSocket;
use crate::error::Result;
use crate::proto::rules::CloseCode;

/// How long [`HandlerThread::join`] waits. Far more than a handler without a network needs.
const PATIENCE: Duration = Duration::from_secs(10);

/// Runs a handler on the server's end of a [`pair`](super::pair), in a thread, and returns the
/// client's end.
///
/// When the handler returns, the connection is closed as a [`Server`](crate::Server) closes it:
/// with 1000 after `Ok`, with 1011 after an error or a panic. [`HandlerThread::join`] returns the
/// handler's result.
///
/// ```
/// use blocking_ws::{Result, WebSocket, testing};
///
/// fn shout(ws: &mut WebSocket) -> Result<()> {
///     while let Some(message) = ws.recv()? {
///         ws.send(message.as_text().unwrap_or("?").to_uppercase())?;
///     }
///     Ok(())
/// }
///
/// let (mut client, handler) = testing::spawn(shout);
/// client.send("hello")?;
/// assert_eq!(client.recv()?, Some("HELLO".into()));
/// client.close(1000, "")?;
/// handler.join()?;
/// # Ok::<(), blocking_ws::Error>(())
/// ```
pub fn spawn<H>(handler: H) -> (WebSocket, HandlerThread)
where
    H: FnOnce(&mut WebSocket) -> Result<()> + Send + 'static,
{
    let (client, server) = pair();
    (client, spawn_on(server, handler))
}

/// Runs a handler like [`spawn`] on an end of a connection that the test has opened, such as one
/// from [`pair_with`](super::pair_with).
///
/// ```
/// use blocking_ws::{Settings, testing};
///
/// let (mut client, server) = testing::pair_with(&Settings::new().subprotocol("chat.v1"))?;
/// let handler = testing::spawn_on(server, |ws| {
///     let name = ws.subprotocol().map(str::to_owned);
///     ws.send(name.unwrap_or_default())
/// });
/// assert_eq!(client.recv()?, Some("chat.v1".into()));
/// assert_eq!(client.recv()?, None);
/// handler.join()?;
/// # Ok::<(), blocking_ws::Error>(())
/// ```
pub fn spawn_on<H>(mut websocket: WebSocket, handler: H) -> HandlerThread
where
    H: FnOnce(&mut WebSocket) -> Result<()> + Send + 'static,
{
    let (tell, result) = channel();
    thread::spawn(move || {
        let result = panic::catch_unwind(AssertUnwindSafe(|| handler(&mut websocket)));
        let code = if let Ok(Ok(())) = result { CloseCode::Normal } else { CloseCode::Internal };
        // Before the close, which waits for the client's end: the test may use that only after
        // `join`.
        let _ = tell.send(result);
        // The client's end may have left already, which is the test's affair.
        let _ = websocket.close(code, "");
    });
    HandlerThread(result)
}

/// A handler that runs in a thread. Made by [`spawn`], which has an example.
///
/// Dropping it leaves the handler running.
#[derive(Debug)]
#[must_use = "`join` returns the handler's result"]
pub struct HandlerThread(Receiver<thread::Result<Result<()>>>);

impl HandlerThread {
    /// Waits for the handler, and returns its result.
    ///
    /// Blocks until the handler has returned, for 10 seconds at most. Its connection is closed
    /// after that.
    ///
    /// # Errors
    /// The handler's error.
    ///
    /// # Panics
    /// The handler panicked: with the same payload. Or it has not returned in time: it may be
    /// waiting for a message, because the client's end is neither closed nor dropped.
    #[track_caller]
    pub fn join(self) -> Result<()> {
        match self.0.recv_timeout(PATIENCE) {
            Ok(Ok(result)) => result,
            Ok(Err(panicked)) => panic::resume_unwind(panicked),
            Err(RecvTimeoutError::Timeout) => {
                panic!("the handler has not returned within 10 s; is the client's end closed?")
            }
            Err(RecvTimeoutError::Disconnected) => {
                panic!("the handler's thread ended without a result")
            }
        }
    }
}
