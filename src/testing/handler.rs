//! [`spawn`]: a server's handler on one end of a connection in memory.

use std::fmt;
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
/// handler's result, which may have a value: the function under test may be one that the program's
/// handler calls.
///
/// ```
/// use blocking_ws::{Result, WebSocket, testing};
///
/// fn shout(ws: &mut WebSocket) -> Result<u32> {
///     let mut answers = 0;
///     while let Some(message) = ws.recv()? {
///         ws.send(message.as_text().unwrap_or("?").to_uppercase())?;
///         answers += 1;
///     }
///     Ok(answers)
/// }
///
/// let (mut client, handler) = testing::spawn(shout);
/// client.send("hello")?;
/// assert_eq!(client.recv()?, Some("HELLO".into()));
/// client.close(1000, "")?;
/// assert_eq!(handler.join()?, 1);
/// # Ok::<(), blocking_ws::Error>(())
/// ```
///
/// A closure that never returns `Ok` needs the type of its result:
/// `|_| -> Result<()> { Err(Error::other("no disk")) }`.
pub fn spawn<T, H>(handler: H) -> (WebSocket, HandlerThread<T>)
where
    T: Send + 'static,
    H: FnOnce(&mut WebSocket) -> Result<T> + Send + 'static,
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
pub fn spawn_on<T, H>(mut websocket: WebSocket, handler: H) -> HandlerThread<T>
where
    T: Send + 'static,
    H: FnOnce(&mut WebSocket) -> Result<T> + Send + 'static,
{
    let (tell, result) = channel();
    thread::spawn(move || {
        let result = panic::catch_unwind(AssertUnwindSafe(|| handler(&mut websocket)));
        let code = match &result {
            Ok(Ok(_)) => CloseCode::Normal,
            Ok(Err(e)) => e.handlers_code(),
            Err(_) => CloseCode::Internal,
        };
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
///
/// `T` is what the handler returns in `Ok`.
#[must_use = "`join` returns the handler's result"]
pub struct HandlerThread<T = ()>(Receiver<thread::Result<Result<T>>>);

impl<T> HandlerThread<T> {
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
    pub fn join(self) -> Result<T> {
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

impl<T> fmt::Debug for HandlerThread<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HandlerThread").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Error;
    use crate::proto::close::CloseStatus;

    /// A value without `Debug`, as a program's may be.
    struct Count(usize);

    fn count(ws: &mut WebSocket) -> Result<Count> {
        let mut messages = 0;
        for message in ws.messages() {
            if message?.as_text() == Some("fail") {
                return Err(Error::other("as it was told"));
            }
            messages += 1;
        }
        Ok(Count(messages))
    }

    #[test]
    fn a_handler_may_return_a_value() {
        let (mut client, handler) = spawn(count);
        assert_eq!(format!("{handler:?}"), "HandlerThread { .. }");
        client.send("one").unwrap();
        client.send("two").unwrap();
        client.close(CloseCode::Normal, "").unwrap();
        let Count(messages) = handler.join().unwrap();
        assert_eq!(messages, 2);
    }

    #[test]
    fn the_close_code_tells_the_outcome_whatever_the_value() {
        for (asked, want) in [
            ("return", CloseCode::Normal),
            ("fail", CloseCode::Internal),
            ("no JSON", CloseCode::InvalidPayload),
        ] {
            let (mut client, server) = pair();
            let handler = spawn_on(server, move |ws| match asked {
                "fail" => count(ws),
                "no JSON" => Err(Error::Json("it is none".into())),
                _ => Ok(Count(0)),
            });
            client.send(asked).unwrap();
            assert_eq!(client.recv().unwrap(), None, "{asked}");
            assert_eq!(client.close_status().map(CloseStatus::code), Some(want), "{asked}");
            assert_eq!(handler.join().is_ok(), want == CloseCode::Normal, "{asked}");
        }
    }

    /// The type without a parameter is that of a server's handler.
    #[test]
    fn a_handler_without_a_value_needs_no_type() {
        let (client, handler): (WebSocket, HandlerThread) = spawn(|_| Err(Error::other("no")));
        drop(client);
        assert_eq!(handler.join().unwrap_err().to_string(), "no");
    }
}
