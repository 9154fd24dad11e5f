//! [`Mutant`]: a peer with flags.

use std::io;

use blocking_ws::{Duplex, Role};

use super::connection::{Below, Connection, Opened};
use super::flag::Flag;
use super::flags::Flags;
use super::handshake;

/// A raw echo peer that keeps all rules but those of its flags.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Mutant {
    /// The rules that it breaks.
    pub flags: Flags,
}

impl Mutant {
    /// Makes a mutant that breaks these rules.
    #[must_use]
    pub fn new(flags: impl IntoIterator<Item = Flag>) -> Self {
        Self { flags: flags.into_iter().collect() }
    }

    /// Does the opening handshake on a stream, and sends messages back until the connection ends.
    /// As a client it asks `localhost` for `/`.
    ///
    /// # Errors
    /// The opening handshake fails, the peer ends TCP without a Close frame, or the stream fails.
    pub fn echo(&self, stream: impl Duplex + Send + 'static, role: Role) -> io::Result<()> {
        let below = Below::of(&stream);
        match role {
            Role::Client => self.echo_as_client(stream, "localhost", "/"),
            Role::Server => self.echo_as_server(stream, below),
        }
    }

    /// The same as a client that asks `host` for `target`, such as `/runCase?case=1`.
    ///
    /// # Errors
    /// As [`echo`](Self::echo).
    pub fn echo_as_client(
        &self,
        stream: impl Duplex + Send + 'static,
        host: &str,
        target: &str,
    ) -> io::Result<()> {
        let below = Below::of(&stream);
        match self.open(stream, below, host, target)? {
            Some(connection) => connection.echo(),
            None => Ok(()),
        }
    }

    /// Does the opening handshake as a client. `None`: a flag has ended the connection.
    pub(super) fn open<S: Duplex>(
        &self,
        mut stream: S,
        below: Below,
        host: &str,
        target: &str,
    ) -> io::Result<Option<Connection<S>>> {
        let Some((agreed, glued)) = handshake::connect(&mut stream, self.flags, host, target)?
        else {
            return Ok(None);
        };
        let opened = Opened { role: Role::Client, agreed, glued };
        Ok(Some(Connection::new(stream, below, self.flags, opened)))
    }

    /// Serves a connection, whose stream lies on `below`.
    pub(super) fn echo_as_server<S: Duplex>(&self, mut stream: S, below: Below) -> io::Result<()> {
        if self.flags.has(Flag::CloseAtOnce) {
            return Ok(());
        }
        let Some((agreed, glued)) = handshake::accept(&mut stream, self.flags)? else {
            return Ok(());
        };
        let opened = Opened { role: Role::Server, agreed, glued };
        Connection::new(stream, below, self.flags, opened).echo()
    }
}
