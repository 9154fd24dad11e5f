//! [`Credentials`] and [`Bearer`]: by what a client proves who it is, in the header
//! `Authorization`.

use std::fmt;

use subtle::ConstantTimeEq as _;

use super::refusal::Refusal;

/// What a client that has sent nothing usable is asked for.
const BASIC: &str = "Basic realm=\"WebSocket\", charset=\"UTF-8\"";
const BEARER: &str = "Bearer realm=\"WebSocket\"";
/// What a client with a wrong token is told (RFC 6750 §3.1).
const INVALID_TOKEN: &str = "Bearer realm=\"WebSocket\", error=\"invalid_token\"";

/// A user name and a password (RFC 7617), from [`Opening::basic`](crate::Opening::basic).
///
/// `Debug` shows neither.
///
/// ```
/// use blocking_ws::{Client, Error, Opening, Refusal, Server};
///
/// fn only_ali(opening: &mut Opening) -> Result<(), Refusal> {
///     let who = opening.basic()?;
///     if who.is("ali", "sesame") { Ok(()) } else { Err(who.refusal()) }
/// }
///
/// let server = Server::bind("127.0.0.1:0")?.on_upgrade(only_ali).spawn(|_| Ok(()))?;
/// let url = server.url().replace("ws://", "ws://ali:sesame@");
/// assert!(Client::new().connect(&url).is_ok());
/// match Client::new().connect(server.url()) {
///     Err(Error::Refused(response)) => assert_eq!(response.status(), 401),
///     outcome => panic!("{outcome:?}"),
/// }
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone)]
pub struct Credentials {
    user: String,
    password: String,
}

impl Credentials {
    pub(super) fn new((user, password): (String, String)) -> Self {
        Self { user, password }
    }

    /// Returns the 401 for a client that has sent none.
    pub(super) fn missing() -> Refusal {
        Refusal::unauthorized(BASIC, "a user name and a password are needed\n")
    }

    /// Returns the user name.
    #[must_use]
    pub fn user(&self) -> &str {
        &self.user
    }

    /// Returns the password. Do not compare it with `==`: see [`is`](Self::is).
    #[must_use]
    pub fn password(&self) -> &str {
        &self.password
    }

    /// Returns `true` if both are the same.
    ///
    /// The time that this takes depends on lengths alone. With `==`, a client could find out a
    /// password letter by letter, by measuring how long the answer takes.
    #[must_use]
    pub fn is(&self, user: &str, password: &str) -> bool {
        // Both are compared in any case: time must not tell which of them is wrong.
        let user = self.user.as_bytes().ct_eq(user.as_bytes());
        (user & self.password.as_bytes().ct_eq(password.as_bytes())).into()
    }

    /// Returns the 401 for wrong credentials.
    #[must_use]
    pub fn refusal(&self) -> Refusal {
        Refusal::unauthorized(BASIC, "the user name or the password is wrong\n")
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials").finish_non_exhaustive()
    }
}

/// A token (RFC 6750), from [`Opening::bearer`](crate::Opening::bearer).
///
/// `Debug` does not show it.
///
/// ```
/// use blocking_ws::{Client, Opening, Refusal, Server};
///
/// fn with_token(opening: &mut Opening) -> Result<(), Refusal> {
///     let token = opening.bearer()?;
///     if token.is("42") { Ok(()) } else { Err(token.refusal()) }
/// }
///
/// let server = Server::bind("127.0.0.1:0")?.on_upgrade(with_token).spawn(|_| Ok(()))?;
/// let client = Client::new().header("Authorization", "Bearer 42");
/// assert!(client.connect(server.url()).is_ok());
/// # Ok::<(), blocking_ws::Error>(())
/// ```
#[derive(Clone)]
pub struct Bearer(String);

impl Bearer {
    pub(super) fn new(token: &str) -> Self {
        Self(token.to_owned())
    }

    /// Returns the 401 for a client that has sent none.
    pub(super) fn missing() -> Refusal {
        Refusal::unauthorized(BEARER, "a token is needed\n")
    }

    /// Returns the token. Do not compare it with `==`: see [`is`](Self::is).
    #[must_use]
    pub fn token(&self) -> &str {
        &self.0
    }

    /// Returns `true` if the token is the same. The time that this takes depends on lengths alone;
    /// see [`Credentials::is`].
    #[must_use]
    pub fn is(&self, token: &str) -> bool {
        self.0.as_bytes().ct_eq(token.as_bytes()).into()
    }

    /// Returns the 401 for a wrong token.
    #[must_use]
    pub fn refusal(&self) -> Refusal {
        Refusal::unauthorized(INVALID_TOKEN, "the token is wrong\n")
    }
}

impl fmt::Debug for Bearer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Bearer").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_is_who() {
        let ali = Credentials::new(("ali".to_owned(), "sesame".to_owned()));
        for (user, password, same) in [
            ("ali", "sesame", true),
            ("ali", "sesamE", false),
            ("ali", "sesame ", false),
            ("ali", "", false),
            ("Ali", "sesame", false),
            ("alis", "esame", false),
        ] {
            assert_eq!(ali.is(user, password), same, "{user}:{password}");
        }
        let token = Bearer::new("sesame");
        assert!(token.is("sesame") && !token.is("sesam") && !token.is("Sesame"));
        assert_eq!(format!("{ali:?} {token:?}"), "Credentials { .. } Bearer { .. }");
    }
}
