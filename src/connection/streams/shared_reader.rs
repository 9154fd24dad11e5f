//! [`SharedReader`]: the `WebSocket` behind the handles of a `ByteStream`, one of which may read.

use std::borrow::BorrowMut;
use std::io::{self, ErrorKind};
use std::sync::{Condvar, Mutex, MutexGuard};
use std::time::Duration;

use super::super::websocket::WebSocket;
use super::recv_stream::Arrival;
use crate::error::{Error, Result};
use crate::io::{Deadline, Duplex, LINGER};
use crate::process::lock;
use crate::proto::bytes;
use crate::proto::close::{CloseStatus, ClosedBy};
use crate::proto::inbound::Awaits;

#[derive(Debug)]
pub(super) struct SharedReader<W> {
    state: Mutex<State<W>>,
    /// The reader is back.
    is_back: Condvar,
}

#[derive(Debug)]
pub(super) struct State<W> {
    /// `None` while a handle reads. So a thread that changes a setting waits for no read.
    reader: Option<Reader<W>>,
    pub(super) read_timeout: Option<Duration>,
    pub(super) write_timeout: Option<Duration>,
    /// The next write sets the write timeout. The thread that asked for it must not wait for a
    /// writer.
    pub(super) is_write_timeout_new: bool,
    /// How long this side may take to send its Close frame.
    pub(super) most: Duration,
    pub(super) is_read_shut: bool,
}

#[derive(Debug)]
pub(super) struct Reader<W> {
    websocket: W,
    /// A message is being read.
    is_within: bool,
    /// The peer's Close frame has come, and it is not answered.
    end: Option<CloseStatus>,
    /// The connection has ended within a message.
    is_cut_off: bool,
}

/// The reader, while a handle reads. The drop gives it back, also if the stream below panics.
pub(super) struct Turn<'a, W> {
    shared: &'a SharedReader<W>,
    pub(super) reader: Option<Reader<W>>,
}

impl<W> SharedReader<W> {
    pub(super) fn new(websocket: W, read_timeout: Option<Duration>) -> Self {
        let state = State {
            read_timeout,
            write_timeout: None,
            is_write_timeout_new: false,
            most: LINGER,
            is_read_shut: false,
            reader: Some(Reader { websocket, is_within: false, end: None, is_cut_off: false }),
        };
        Self { state: Mutex::new(state), is_back: Condvar::new() }
    }

    /// Lets no handle read any more.
    pub(super) fn shut_reading(&self) {
        self.lock().is_read_shut = true;
        self.is_back.notify_all();
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, State<W>> {
        lock(&self.state)
    }

    /// Waits for the reader until `deadline`. Returns `None` if reading is shut down.
    pub(super) fn take(&self, deadline: Deadline) -> io::Result<Option<Turn<'_, W>>> {
        let mut state = self.lock();
        loop {
            if state.is_read_shut {
                return Ok(None);
            }
            if let Some(reader) = state.reader.take() {
                return Ok(Some(Turn { shared: self, reader: Some(reader) }));
            }
            deadline.remaining()?;
            state = deadline.wait(&self.is_back, state);
        }
    }
}

impl<W> Drop for Turn<'_, W> {
    fn drop(&mut self) {
        self.shared.lock().reader = self.reader.take();
        self.shared.is_back.notify_one();
    }
}

impl<W> Reader<W> {
    /// Receives until bytes are there. Returns 0 at the end.
    pub(super) fn read<S: Duplex>(&mut self, buf: &mut [u8], deadline: Deadline) -> Result<usize>
    where
        W: BorrowMut<WebSocket<S>>,
    {
        let websocket: &mut WebSocket<S> = self.websocket.borrow_mut();
        loop {
            if self.is_cut_off {
                let text = "the peer closed the connection within a message";
                return Err(Error::Lost(io::Error::new(ErrorKind::UnexpectedEof, text)));
            }
            if let Some(end) = &self.end {
                return end.clone().into_result().map(|()| 0);
            }
            let arrival = if self.is_within {
                websocket.next_part(deadline)?
            } else {
                websocket.begin_stream(deadline)?
            };
            match arrival {
                Arrival::Part => {}
                Arrival::Close(frame) if websocket.close_status().is_none() => {
                    let status = CloseStatus::closed(ClosedBy::Remote, frame, false);
                    self.end = Some(status);
                    // A message may have begun without bytes.
                    self.is_cut_off = self.is_within || websocket.inbound.awaits() == Awaits::Rest;
                    continue;
                }
                Arrival::Close(_) => continue,
                Arrival::End if self.is_within => {
                    self.is_cut_off = true;
                    continue;
                }
                Arrival::End => return websocket.close_result().map(|()| 0),
            }
            let part = websocket.inbound.part();
            let n = part.map_or(0, |part| bytes::copy(part.bytes, buf));
            self.is_within = n > 0;
            if n > 0 {
                websocket.consume_part(n);
                return Ok(n);
            }
        }
    }
}
