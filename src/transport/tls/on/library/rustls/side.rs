//! What the two sides of `rustls` have in common, without its buffers.

use std::cell::Cell;
use std::sync::Arc;

use ::rustls::client::{ClientConnectionData, ClientSessionStore, UnbufferedClientConnection};
use ::rustls::pki_types::ServerName;
use ::rustls::server::{
    ClientHello, ResolvesServerCert, ServerConnectionData, UnbufferedServerConnection,
};
use ::rustls::sign::CertifiedKey;
use ::rustls::unbuffered::UnbufferedStatus;
use ::rustls::{CommonState, Error};

/// One side of a connection.
pub(super) trait Side: Send + 'static {
    type Data;

    /// Has `rustls` look at records, which it decrypts where they lie.
    fn process<'c, 'i>(&'c mut self, records: &'i mut [u8])
    -> UnbufferedStatus<'c, 'i, Self::Data>;

    fn state(&self) -> &CommonState;

    /// The server's name for which the client has asked, on a server. It is returned once.
    fn asked(&mut self) -> Option<String> {
        None
    }

    /// Takes note of why a handshake has failed.
    fn failed(&self, _: &Error) {}
}

/// A server's side, and the name for which its client has asked.
pub(super) struct ServerSide {
    connection: UnbufferedServerConnection,
    asked: Option<String>,
}

impl ServerSide {
    pub(super) fn new(connection: UnbufferedServerConnection) -> Self {
        Self { connection, asked: None }
    }
}

thread_local! {
    /// The name in the client's first message, from when `Asked` sees it until `process` returns.
    static NAME: Cell<Option<String>> = const { Cell::new(None) };
}

/// Chooses a certificate as another does, and notes the name that the client asks for: without its
/// buffers, `rustls` tells it nowhere else.
#[derive(Debug)]
pub(super) struct Asked(pub(super) Arc<dyn ResolvesServerCert>);

impl ResolvesServerCert for Asked {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        NAME.set(hello.server_name().map(str::to_owned));
        self.0.resolve(hello)
    }

    fn only_raw_public_keys(&self) -> bool {
        self.0.only_raw_public_keys()
    }
}

impl Side for ServerSide {
    type Data = ServerConnectionData;

    fn process<'c, 'i>(
        &'c mut self,
        records: &'i mut [u8],
    ) -> UnbufferedStatus<'c, 'i, Self::Data> {
        let may_ask = self.connection.is_handshaking();
        let status = self.connection.process_tls_records(records);
        if may_ask {
            self.asked = NAME.take().or(self.asked.take());
        }
        status
    }

    fn state(&self) -> &CommonState {
        &self.connection
    }

    fn asked(&mut self) -> Option<String> {
        self.asked.take()
    }
}

/// A client's side, and where it has its tickets.
pub(super) struct ClientSide {
    pub(super) connection: UnbufferedClientConnection,
    pub(super) tickets: Option<Arc<dyn ClientSessionStore>>,
    pub(super) server: ServerName<'static>,
}

impl Side for ClientSide {
    type Data = ClientConnectionData;

    fn process<'c, 'i>(
        &'c mut self,
        records: &'i mut [u8],
    ) -> UnbufferedStatus<'c, 'i, Self::Data> {
        self.connection.process_tls_records(records)
    }

    fn state(&self) -> &CommonState {
        &self.connection
    }

    /// A server that resumes a session wrongly would do it again. With its own buffers, `rustls`
    /// forgets such a session of TLS 1.2 by itself.
    fn failed(&self, error: &Error) {
        if let (Error::DecryptError, Some(tickets)) = (error, &self.tickets) {
            tickets.remove_tls12_session(&self.server);
        }
    }
}
