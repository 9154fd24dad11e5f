//! [`Service`]: serves the clients of a server, wherever they come from: each gets a permit, and
//! then a thread.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::thread;

use http::Request;

use super::clients::{ClientLog, NoRoom, Permit, Room, Who};
use super::lifecycle::Lifecycle;
use super::listening::Address;
use super::serves::{Admitted, Serves, not_running};
use super::worker::{Arrival, Handler, Worker};
use crate::handshake::{self, OtherEnd, Refusal, Unshared};
use crate::io::Duplex;
use crate::process::caught;
use crate::proto::handshake::Peer;
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

    /// Serves a client, or disconnects it if there is no room: the log says so. `NotConnected` if
    /// the server shuts down.
    pub(crate) fn take_in(&self, stream: Stream, peer: Address) -> io::Result<()> {
        let who = Who::new(peer);
        // A stream that has only one handle cannot be cut.
        match self.enter(stream.try_clone().ok(), who.clone()) {
            Ok(permit) => {
                let begun = self.run(Arrival::Stream(stream), permit);
                begun.inspect_err(|e| ClientLog::no_thread(&who, e))
            }
            Err(why) => {
                self.log().dropped(&who, why, self.room());
                if why == NoRoom::Closing { Err(not_running()) } else { Ok(()) }
            }
        }
    }

    fn log(&self) -> &ClientLog {
        &self.lifecycle.connections.log
    }

    fn room(&self) -> Room {
        let per_client = self.worker.settings.max_connections_per_client;
        Room { most: self.max_connections, per_client }
    }

    fn enter(&self, stream: Option<Stream>, who: Who) -> Result<Permit, NoRoom> {
        let proxies = &self.worker.settings.connection.rules.proxies;
        // Only its request has the address of a client behind a proxy that is trusted.
        let address = who.addr().filter(|_| !proxies.trusts(who.peer()));
        let address = address.map(|address| address.ip());
        Permit::enter(&self.lifecycle.connections, stream, who, address, self.room())
    }

    /// Gives a client a thread.
    fn run(&self, arrival: Arrival, permit: Permit) -> io::Result<()> {
        let worker = Arc::clone(&self.worker);
        // If no thread can be created, this drops the stream and the permit.
        let job = move || {
            // Code of the program runs outside of its handler too, such as a stream of its own.
            if caught(|| worker.run(arrival, &permit)).is_none() {
                permit.log().panicked(permit.who(), "a panic outside of the handler");
            }
            // A handler may own the last handle of its server. Dropping it waits for all permits
            // but this.
            drop(worker);
            drop(permit);
        };
        let thread = thread::Builder::new().name(self.lifecycle.name().to_owned());
        let thread = thread.stack_size(self.stack_size);
        self.lifecycle.threads.run(thread, Box::new(job))
    }
}

impl<H: Handler> Serves for Service<H> {
    fn adopt(&self, stream: Stream) -> io::Result<()> {
        let peer = address(&stream);
        self.take_in(stream, peer)
    }

    fn grant(&self, request: Request<()>, peer: Option<SocketAddr>) -> Result<Admitted, Refusal> {
        let who = Who::new(peer.map_or(Address::Unnamed, Address::Ip));
        let peer = who.peer();
        let permit = self.enter(None, who.clone()).map_err(|why| {
            // The other server answers it.
            self.log().no_room(&who, why, self.room());
            Refusal::explain(why.into())
        })?;
        // The hook may shut the server down.
        permit.begin();
        let rules = &self.worker.settings.connection.rules;
        let other = OtherEnd { connection: who.id().into(), peer, tls: None };
        let granted = handshake::answer(Unshared::new(request), rules, other, &permit);
        let granted = granted.inspect_err(|refusal| {
            permit.log().not_opened(permit.who(), &refusal.clone().into());
        })?;
        permit.pend();
        let response = granted.response();
        Ok(Admitted { granted, response, permit })
    }

    fn serve(&self, admitted: Admitted, stream: Stream, already_read: Vec<u8>) -> io::Result<()> {
        let Admitted { granted, response: _, permit } = admitted;
        if !permit.hand_over(stream.try_clone().ok()) {
            // The values of the hook go before their place is free.
            drop(granted);
            return Err(not_running());
        }
        self.run(Arrival::Upgraded(stream, Box::new(granted.upgraded(already_read))), permit)
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

#[cfg(all(test, target_os = "linux", target_pointer_width = "64"))]
mod tests {
    use super::super::listening::Doors;
    use super::super::settings::ServerSettings;
    use super::*;
    use crate::connection::WebSocket;
    use crate::process::journal;
    use crate::testing::Pipe;

    #[test]
    fn a_client_without_a_thread_has_a_line_with_its_number() {
        journal::begin();
        let doors = Arc::new(Doors::default().and_tcp("127.0.0.1:0").unwrap());
        let handler = |_: &mut WebSocket| Ok(());
        let service = Service {
            lifecycle: Arc::new(Lifecycle::new(&doors)),
            worker: Arc::new(Worker { settings: ServerSettings::default(), handler }),
            max_connections: 1,
            // More than there are addresses.
            stack_size: 1 << 48,
        };
        let address = "192.0.2.201:9";
        let stream = Stream::boxed(Pipe::new(1).0);
        service.take_in(stream, Address::Ip(address.parse().unwrap())).unwrap_err();
        let lines =
            journal::said(&format!(" {address}: disconnected without an answer, there is no"));
        assert!(matches!(&lines[..], [line] if line.starts_with('#')), "{lines:?}");
    }
}
