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
pub fn any_error<F, E>(handler: F) -> BoxedHandler
where
    F: Fn(&mut WebSocket) -> Result<(), E> + Send + Sync + 'static,
    E: HandlerError,
{
    Box::new(move |ws| handler(ws).map_err(|e| e.boxed().into()))
}

/// A handler for [`Server::serve`](crate::Server::serve) whose own type does not matter. See
/// [`any_error`], which makes one.
// The type of an `impl Fn` contains `E`: with that, the compiler would give its error twice.
pub type BoxedHandler = Box<dyn Fn(&mut WebSocket) -> Result<()> + Send + Sync>;

/// What converts into `Box<dyn Error + Send + Sync>`.
///
/// Without this trait, the compiler would give six errors for a `Box<dyn Error>`: one for each
/// bound of that conversion.
#[diagnostic::on_unimplemented(
    message = "a handler for `any_error` cannot return the error `{Self}`",
    label = "the error of this handler is not `Error + Send + Sync`",
    note = "return `Result<(), Box<dyn Error + Send + Sync>>`, `anyhow::Result<()>`, or an error type \
            that implements `std::error::Error`"
)]
pub trait HandlerError {
    /// Converts the error.
    fn boxed(self) -> Box<dyn StdError + Send + Sync>;
}

#[diagnostic::do_not_recommend]
impl<E: Into<Box<dyn StdError + Send + Sync>>> HandlerError for E {
    fn boxed(self) -> Box<dyn StdError + Send + Sync> {
        self.into()
    }
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;
    use crate::error::Error;

    fn told<E: Into<Box<dyn StdError + Send + Sync>> + 'static>(fail: fn() -> E) -> Error {
        let (mut ws, _peer) = crate::testing::pair();
        any_error(move |_: &mut WebSocket| Err(fail()))(&mut ws).unwrap_err()
    }

    #[test]
    fn whatever_converts_into_the_box_is_an_error_of_a_handler() {
        for (error, text) in [
            (told(|| "a text"), "a text"),
            (told(|| "a String".to_owned()), "a String"),
            (told(|| "7x".parse::<u8>().unwrap_err()), "invalid digit found in string"),
            (told(|| io::Error::other("of std")), "of std"),
            (told(|| Box::<dyn StdError + Send + Sync>::from("a box")), "a box"),
        ] {
            assert_eq!(error.to_string(), text);
        }
        assert!(matches!(told(|| Error::Closed), Error::Closed), "the library's own");
    }
}
