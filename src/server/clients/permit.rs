//! [`Permit`]: a client's part of the server's room, from its accept until its thread has finished
//! with it.

use std::net::IpAddr;
use std::sync::Arc;
use std::thread;
use std::time::Instant;

use super::client_log::ClientLog;
use super::connections::{Connections, Counted, Entries, Entry, Open, Stage, say_goodbye};
use super::room::{NoRoom, REFUSED_AT_ONCE, Room};
use super::shares::{Network, Part};
use super::who::Who;
use crate::connection::WebSocket;
use crate::handshake::Admits;
use crate::process::caught;
use crate::proto::rules::HandshakeError;
use crate::transport::Stream;

/// A client's permit to be served. Dropping it removes the client's entry.
#[derive(Debug)]
pub(crate) struct Permit {
    connections: Arc<Connections>,
    who: Who,
    room: Room,
    /// There is no room for the client. It is served only to be told so.
    no_room: Option<NoRoom>,
}

impl Permit {
    /// Adds a client, for which there may be no room: then it must be told so. `address` is where
    /// it comes from, if that is known before its request is read.
    ///
    /// # Errors
    /// The client cannot even be told so here.
    pub(crate) fn enter(
        connections: &Arc<Connections>,
        stream: Option<Stream>,
        who: Who,
        address: Option<IpAddr>,
        room: Room,
    ) -> Result<Self, NoRoom> {
        let no_room = connections.enter(stream, &who, address, room)?;
        Ok(Self { connections: Arc::clone(connections), who, room, no_room })
    }

    pub(crate) fn who(&self) -> &Who {
        &self.who
    }

    pub(crate) fn log(&self) -> &ClientLog {
        &self.connections.log
    }

    /// Notes that another HTTP server has yet to hand over the stream.
    pub(crate) fn pend(&self) {
        let mut entries = self.connections.lock();
        entries.pending += 1;
        if let Some(entry) = entries.here.get_mut(&self.who.id()) {
            (entry.stage, entry.thread) = (Stage::Pending, None);
        }
        self.connections.left.notify_all();
    }

    /// Notes the stream of a client that was [pending](Self::pend). Returns `false` once the
    /// connections of the server have been cut.
    pub(crate) fn hand_over(&self, stream: Option<Stream>) -> bool {
        let mut entries = self.connections.lock();
        let is_cut = entries.closing && entries.cut_at.has_passed();
        entries.pending -= 1;
        if let Some(entry) = entries.here.get_mut(&self.who.id()) {
            (entry.stage, entry.stream) = (Stage::Admitted, stream.map(Arc::new));
        }
        !is_cut
    }

    /// Notes that this thread serves the client.
    pub(crate) fn begin(&self) {
        if let Some(entry) = self.connections.lock().here.get_mut(&self.who.id()) {
            entry.thread = Some(thread::current().id());
        }
    }

    /// Returns `true` if the client is only to be told that there is no room.
    pub(crate) fn is_turned_away(&self) -> bool {
        self.no_room.is_some()
    }

    fn grant(&self, address: Option<IpAddr>) -> Result<(), NoRoom> {
        let mut entries = self.connections.lock();
        if entries.closing {
            return Err(NoRoom::Closing);
        }
        if let Some(why) = self.no_room {
            return Err(why);
        }
        if let Some((network, most)) = address.map(Network::of).zip(self.room.per_client) {
            if !entries.shares.grant(network, most) {
                return Err(NoRoom::Crowded);
            }
            entries.recount(self.who.id(), Some((network, Part::Granted)));
        }
        if let Some(entry) = entries.here.get_mut(&self.who.id()) {
            entry.stage = Stage::Admitted;
        }
        Ok(())
    }

    /// Notes that the connection is open. If the server shuts down already, sends the Close frame.
    #[inline(never)]
    pub(crate) fn open(&self, websocket: &WebSocket) {
        let sender = websocket.handle();
        let opened = Arc::clone(websocket.opened());
        let open = Open { sender: sender.clone(), opened, since: Instant::now() };
        let closing = {
            let mut entries = self.connections.lock();
            if let Some(entry) = entries.here.get_mut(&self.who.id()) {
                (entry.stage, entry.open) = (Stage::Open, Some(open));
            }
            entries.closing
        };
        if closing {
            let (goodbye, cut_at) = self.connections.goodbye();
            say_goodbye(&sender, goodbye, cut_at);
        }
    }

    /// Notes that the connection ended in order.
    pub(crate) fn closed(&self) {
        if let Some(entry) = self.connections.lock().here.get_mut(&self.who.id()) {
            entry.stage = Stage::Closed;
        }
    }
}

/// The request may be granted. From there on the client gets a Close frame when the server shuts
/// down. The log says why a client is refused.
impl Admits for Permit {
    fn admit(&self, address: Option<IpAddr>) -> Result<(), HandshakeError> {
        self.grant(address).map_err(|why| {
            self.log().no_room(&self.who, why, self.room);
            why.into()
        })
    }

    fn give_back(&self) {
        let mut entries = self.connections.lock();
        let Some(entry) = entries.here.get_mut(&self.who.id()) else { return };
        entry.stage = Stage::Asks;
        if let Some((network, Part::Granted)) = entry.counted {
            entries.shares.add(network, Part::Opening);
            entries.recount(self.who.id(), Some((network, Part::Opening)));
        }
    }
}

impl Connections {
    /// Adds an entry. Returns why there is no room for it, if there is none.
    fn enter(
        &self,
        stream: Option<Stream>,
        who: &Who,
        address: Option<IpAddr>,
        room: Room,
    ) -> Result<Option<NoRoom>, NoRoom> {
        let mut entries = self.lock();
        if entries.closing {
            return Err(NoRoom::Closing);
        }
        let is_full = entries.here.len() - entries.turned_away >= room.most;
        let mut no_room = is_full.then_some(NoRoom::Full);
        let mut counted = None;
        if let Some((network, most)) = address.map(Network::of).zip(room.per_client) {
            let part = entries.shares.enter(network, most, is_full);
            let part = part.ok_or(no_room.unwrap_or(NoRoom::Crowded))?;
            counted = Some((network, part));
            if part == Part::Refused && !is_full {
                no_room = Some(NoRoom::Crowded);
            }
        }
        if let Some(why) = no_room {
            if entries.turned_away == REFUSED_AT_ONCE {
                if let Some((network, part)) = counted {
                    entries.shares.remove(network, part);
                }
                return Err(why);
            }
            entries.turned_away += 1;
        }
        let entry = Entry {
            stream: stream.map(Arc::new),
            who: who.clone(),
            thread: None,
            stage: Stage::Asks,
            open: None,
            counted,
            aside: false,
            asked: false,
        };
        entries.here.insert(who.id(), entry);
        entries.has_come = true;
        Ok(no_room)
    }
}

impl Entries {
    /// Notes as what a client counts, for which address.
    fn recount(&mut self, id: u64, counted: Counted) {
        let Some(entry) = self.here.get_mut(&id) else { return };
        if let Some((network, part)) = std::mem::replace(&mut entry.counted, counted) {
            self.shares.remove(network, part);
        }
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        let parts = self.connections.lock().take_parts(self.who.id());
        // Dropped before the place is free, and without a lock: the stream may send a TLS
        // close_notify, and values of the program that the request carries may take long or panic.
        let _ = caught(|| drop(parts));
        let mut entries = self.connections.lock();
        entries.turned_away -= usize::from(self.no_room.is_some());
        entries.recount(self.who.id(), None);
        let entry = entries.here.remove(&self.who.id());
        if let Some(entry) = &entry {
            entries.note(entry);
            entries.pending -= usize::from(entry.stage == Stage::Pending);
        }
        if entries.closing && entries.staying() <= entries.aside {
            self.connections.left.notify_all();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::super::listening::Address;
    use super::super::shutdown_report::ShutdownReport;
    use super::*;
    use crate::io::Deadline;
    use crate::proto::close::CloseFrame;
    use crate::testing::Pipe;

    fn enter(connections: &Arc<Connections>, address: &str, room: Room) -> Result<Permit, NoRoom> {
        let address: Option<IpAddr> = address.parse().ok();
        let who = Who::new(address.map_or(Address::Unnamed, |ip| Address::Ip((ip, 1).into())));
        Permit::enter(connections, Some(Stream::boxed(Pipe::new(1).0)), who, address, room)
    }

    fn goodbye() -> CloseFrame {
        CloseFrame::new(1001, "").unwrap()
    }

    #[test]
    fn a_request_is_granted_to_those_for_whom_there_is_room_until_it_closes() {
        let room = Room { most: 2, per_client: None };
        let connections = Arc::new(Connections::new(&"here"));
        let [first, second, third] =
            [(); 3].map(|()| enter(&connections, "192.0.2.1", room).unwrap());
        assert_eq!(first.admit(None), Ok(()));
        assert_eq!(third.admit(None), Err(HandshakeError::Busy), "there is room for two");
        assert!(connections.close(&goodbye(), Deadline::NEVER).is_empty(), "nobody is in yet");
        assert_eq!(second.admit(None), Err(HandshakeError::Busy), "it closes");
        assert_eq!(enter(&connections, "192.0.2.1", room).unwrap_err(), NoRoom::Closing);
        let report = |running, refused| ShutdownReport { refused, running, ..Default::default() };
        assert_eq!(connections.report(), report(3, 0));
        drop((first, second, third));
        assert_eq!(connections.wait(Duration::ZERO, false), 0);
        assert_eq!(connections.report(), report(0, 3));
    }

    #[test]
    fn a_crowded_address_is_told_so_and_takes_no_room_from_others() {
        let room = Room { most: 30, per_client: Some(2) };
        let crowded = Err(HandshakeError::TooManyConnections);
        for (address, forwarded) in
            [("192.0.2.1", "192.0.2.1"), ("::ffff:192.0.2.1", "192.0.2.1"), ("", "192.0.2.1")]
        {
            let connections = Arc::new(Connections::new(&"here"));
            let grant = |permit: &Permit| permit.admit(Some(forwarded.parse().unwrap()));
            let open: Vec<_> =
                (0..2).map(|_| enter(&connections, address, room).unwrap()).collect();
            assert!(open.iter().all(|permit| grant(permit) == Ok(())), "{address}");
            // A flood of its own takes a few places for answers, and then none.
            let flood: Vec<_> =
                (0..25).map_while(|_| enter(&connections, address, room).ok()).collect();
            assert!(flood.iter().all(|permit| grant(permit) == crowded), "{address}");
            if !address.is_empty() {
                assert!(flood.len() < 5 && flood.iter().all(Permit::is_turned_away), "{address}");
                let others: Vec<_> = (0..28)
                    .map(|n| enter(&connections, &format!("192.0.2.{}", 10 + n), room).unwrap())
                    .collect();
                assert!(others.iter().all(|permit| !permit.is_turned_away()), "{address}");
            }
            drop((open, flood));
            let again = enter(&connections, address, room).unwrap();
            assert_eq!(grant(&again), Ok(()), "{address}: once others have left");
        }
    }

    #[test]
    fn an_address_that_sends_nothing_does_not_fill_the_server() {
        let room = Room { most: 100, per_client: Some(5) };
        let connections = Arc::new(Connections::new(&"here"));
        let flood: Vec<_> =
            (0..1000).filter_map(|_| enter(&connections, "192.0.2.1", room).ok()).collect();
        let here = flood.iter().filter(|permit| !permit.is_turned_away()).count();
        assert!((5..20).contains(&here), "{here}");
        for n in 0..100 - here {
            let other = enter(&connections, &format!("2001:db8:0:{n:x}::1"), room).unwrap();
            assert!(!other.is_turned_away());
            std::mem::forget(other);
        }
        assert!(enter(&connections, "192.0.2.2", room).unwrap().is_turned_away(), "full now");
    }
}
