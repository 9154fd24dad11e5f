//! [`Service`]: serves the clients of a server, wherever they come from: each gets a permit, and then
//! a thread.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::thread;

use http::Request;

use super::clients::Permit;
use super::lifecycle::Lifecycle;
use super::listening::Address;
use super::serves::{Admitted, Serves, not_running};
use super::worker::{Arrival, Handler, Worker};
use crate::handshake::{self, Refusal};
use crate::io::Duplex;
use crate::process::debug;
use crate::proto::handshake::Peer;
use crate::proto::rules::HandshakeError;
use crate::transport::Stream;

pub(crate) struct Service<H> {
    pub(crate) lifecycle: Arc<Lifecycle>,
    pub(crate) worker: Arc<Worker<H>>,
    pub(crate) max_connections: usize,
    pub(crate) stack_size: usize,
}

impl<H: Handler> Service<H> {
    /// Lets handles of the server reach this, as long as it exists.
    pub(crate) fn announce(self: &Arc<Self>) {
        let service: Arc<dyn Serves> = self.clone();
        self.lifecycle.serves_by(Arc::downgrade(&service));
    }

    /// Serves a client, unless there is no room.
    pub(crate) fn take_in(&self, stream: Stream, peer: Address) -> io::Result<()> {
        // A stream that has only one handle cannot be cut.
        let Some(permit) = self.enter(stream.try_clone().ok(), &peer) else {
            debug!("{peer}: dropped, there is no room");
            return Ok(());
        };
        self.run(Arrival::Stream(stream), peer, permit)
    }

    fn enter(&self, stream: Option<Stream>, peer: &Address) -> Option<Permit> {
        self.lifecycle.connections.enter(stream, peer.clone(), self.max_connections)
    }

    /// Gives a client a thread.
    fn run(&self, arrival: Arrival, peer: Address, permit: Permit) -> io::Result<()> {
        let worker = Arc::clone(&self.worker);
        // If no thread can be created, this drops the stream and the permit.
        let job = move || {
            worker.run(arrival, &peer, &permit);
            // A handler may own the last handle of its server. Dropping it waits for all permits
            // but this.
            drop(worker);
            drop(permit);
        };
        let thread = thread::Builder::new().name(self.lifecycle.name()).stack_size(self.stack_size);
        self.lifecycle.threads.run(thread, Box::new(job))
    }
}

impl<H: Handler> Serves for Service<H> {
    fn adopt(&self, stream: Stream) -> io::Result<()> {
        if self.lifecycle.connections.is_closing() {
            return Err(not_running());
        }
        let peer = address(&stream);
        self.take_in(stream, peer)
    }

    fn grant(&self, request: Request<()>, peer: Option<SocketAddr>) -> Result<Admitted, Refusal> {
        let busy = || Refusal::explain(HandshakeError::Busy);
        let address = peer.map_or(Address::Unnamed, Address::Ip);
        let permit = self.enter(None, &address).ok_or_else(busy)?;
        let rules = &self.worker.settings.connection.rules;
        let granted = handshake::answer(request, rules, address.peer(), || !permit.admit())?;
        Ok(Admitted { granted, address, permit })
    }

    fn serve(&self, admitted: Admitted, stream: Stream, already_read: Vec<u8>) -> io::Result<()> {
        let Admitted { granted, address, permit } = admitted;
        permit.hand_over(stream.try_clone().ok());
        let arrival = Arrival::Upgraded(stream, granted.upgraded(already_read));
        self.run(arrival, address, permit)
    }
}

/// The address of a stream that the program handed over. A Unix socket has no path that is known.
fn address(stream: &Stream) -> Address {
    match handshake::peer(stream) {
        Peer::Ip(address) => Address::Ip(address),
        Peer::Local => Address::Unix(Arc::from(Path::new(""))),
        Peer::Unknown => Address::Unnamed,
    }
}

impl<H> fmt::Debug for Service<H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Service").field("worker", &self.worker).finish_non_exhaustive()
    }
}
