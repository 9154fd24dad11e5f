//! How a [`WebSocket`] is made of a stream on which the opening handshake is done.

use std::io::{Read, Write};
use std::sync::Arc;

use super::driver::Driver;
use super::websocket::WebSocket;
use crate::handshake;
use crate::outbox::Outbox;
use crate::process::{BUDGET, POOL, next_number};
use crate::proto::compression::{Agreed, Deflation, Inflation};
use crate::proto::inbound::Inbound;
use crate::proto::rules::{Limits, Role};

impl<S: Read + Write> WebSocket<S> {
    pub(crate) fn upgraded(
        stream: S,
        role: Role,
        limits: Limits,
        upgraded: handshake::Upgraded,
    ) -> Self {
        Self::numbered(next_number(), stream, role, limits, upgraded)
    }

    /// Makes a connection that has a number already.
    pub(crate) fn numbered(
        id: u64,
        stream: S,
        role: Role,
        limits: Limits,
        upgraded: handshake::Upgraded,
    ) -> Self {
        *Self::boxed(id, stream, role, limits, upgraded)
    }

    /// Makes the same in an allocation of its own.
    pub(crate) fn boxed(
        id: u64,
        stream: S,
        role: Role,
        limits: Limits,
        upgraded: handshake::Upgraded,
    ) -> Box<Self> {
        // Before the frame of `over`.
        let outbox = Outbox::shared(role);
        Self::over(id, stream, outbox, (role, limits), upgraded)
    }

    // The struct is built on the stack, so this has a frame of its own: see `server/worker.rs`.
    #[inline(never)]
    fn over(
        id: u64,
        stream: S,
        outbox: Arc<Outbox<S>>,
        (role, limits): (Role, Limits),
        upgraded: handshake::Upgraded,
    ) -> Box<Self> {
        let handshake::Upgraded { opened, deflate, already_read } = upgraded;
        let mut websocket = Box::new(Self {
            inbound: Inbound::new(role, limits, already_read),
            driver: Driver::new(stream, role, outbox),
            id,
            opened: opened.share(),
            extensions: None,
        });
        websocket.inbound.set_budget(&BUDGET);
        websocket.driver.counters.received.on_wire(websocket.inbound.buffered());
        if let Some(agreed) = deflate {
            websocket.compress(agreed);
        }
        websocket
    }

    #[inline(never)]
    fn compress(&mut self, agreed: Agreed) {
        self.inbound.set_inflation(Inflation::new(&agreed, &POOL));
        self.driver.compress(Deflation::new(&agreed, &POOL));
        self.extensions = Some(agreed.answer);
    }
}
