//! [`any_error`]: handlers that return an error type of their own.

use std::error::Error as StdError;

use crate::connection::WebSocket;
use crate::error::Result;

/// Turns a function that returns any type of error into a handler for
/// [`Server::serve`](crate::Server::serve) and [`spawn`](crate::Server::spawn).
///
/// `serve` itself takes only handlers that return this library's [`Error`](crate::Error): if it
/// took any error, the compiler could not infer the error type of a closure that ends in `Ok(())`.
/// For the same reason, give this a function, or a closure whose return type is written down.
///
/// `E` is any type that converts into `Box<dyn Error + Send + Sync>`: a type of your own that
/// implements [`std::error::Error`], that box itself, `anyhow::Error`, a `String`. An error of this
/// library inside the box is unwrapped, so that the connection is closed and logged as if the
/// handler had returned that error. Any other becomes [`Error::Other`](crate::Error::Other). (A
/// `Box<dyn Error>` without `Send + Sync` does not convert.)
///
/// ```
/// use std::error::Error;
///
/// use blocking_ws::{Server, WebSocket, any_error};
///
/// fn double(ws: &mut WebSocket) -> Result<(), Box<dyn Error + Send + Sync>> {
///     for message in ws.messages() {
///         let number: i64 = message?.into_text()?.parse()?;
///         println!("{}", number * 2);
///     }
///     Ok(())
/// }
///
/// let server = Server::bind("127.0.0.1:0")?.spawn(any_error(double))?;
/// let mut ws = blocking_ws::connect(server.url())?;
/// ws.send("not a number")?;
/// assert_eq!(ws.recv()?, None); // the handler has failed: Close 1011
/// assert!(ws.close_result().is_err());
/// # Ok::<(), blocking_ws::Error>(())
/// ```
pub fn any_error<F, E>(handler: F) -> impl Fn(&mut WebSocket) -> Result<()> + Send + Sync + 'static
where
    F: Fn(&mut WebSocket) -> Result<(), E> + Send + Sync + 'static,
    E: Into<Box<dyn StdError + Send + Sync>>,
{
    move |ws| handler(ws).map_err(|e| e.into().into())
}
