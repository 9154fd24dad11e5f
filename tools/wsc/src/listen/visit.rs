//! [`Visit`]: what all modes do with a client.

use blocking_ws::{ClosedBy, Event, Message, Result, WebSocket};

use crate::exit::{closed_text, safe};
use crate::session::{Notices, control};

/// How clients are announced, and what is shown of them besides messages.
#[derive(Clone, Debug)]
pub(super) struct Visit {
    pub(super) notices: Notices,
    pub(super) shows_pings: bool,
}

impl Visit {
    /// Receives from a client until it has gone, and announces both.
    pub(super) fn each(
        &self,
        ws: &mut WebSocket,
        mut take: impl FnMut(Message) -> Result<()>,
    ) -> Result<()> {
        let id = ws.id();
        let from = ws.peer_addr().map_or_else(|_| "a Unix socket".to_owned(), |at| at.to_string());
        let path = safe(&ws.request().uri().to_string());
        self.notices.say(&format!("[#{id} {from} connected: {path}]"));
        let done = self.receive(ws, &mut take);
        let how = match (&done, ws.close_status()) {
            (_, Some(status)) if status.by() == ClosedBy::Loss => {
                format!("lost: {}", safe(status.reason()))
            }
            (_, Some(status)) => closed_text(status),
            (Err(e), None) => safe(&e.to_string()),
            (Ok(()), None) => "closed".to_owned(),
        };
        self.notices.say(&format!("[#{id} {how}]"));
        done
    }

    fn receive(
        &self,
        ws: &mut WebSocket,
        take: &mut impl FnMut(Message) -> Result<()>,
    ) -> Result<()> {
        let id = ws.id();
        while let Some(event) = ws.recv_event()? {
            match event {
                Event::Message(message) => take(message)?,
                event if self.shows_pings => {
                    if let Some(line) = control(&event) {
                        self.notices.say(&format!("#{id} {line}"));
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }
}
