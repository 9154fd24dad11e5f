//! A stream whose room ends.

use std::io::{self, ErrorKind, Read, Write};
use std::net::Shutdown;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use blocking_ws::Duplex;
use blocking_ws::testing::Pipe;

/// A pipe that takes no more bytes than it has room for.
pub struct Tight {
    pipe: Pipe,
    room: Room,
}

/// How much room there is, and what it was used for.
#[derive(Clone, Default)]
pub struct Room(Arc<Mutex<Used>>);

#[derive(Default)]
struct Used {
    left: Option<usize>,
    first: Option<usize>,
    write_timeout: Option<Duration>,
}

impl Tight {
    pub fn new(pipe: Pipe) -> (Self, Room) {
        let room = Room::default();
        (Self { pipe, room: room.clone() }, room)
    }
}

impl Room {
    /// From now on there is room for this many bytes, or for any number.
    pub fn begin(&self, room: Option<usize>) {
        let mut used = self.0.lock().unwrap();
        (used.left, used.first) = (room, None);
    }

    /// How much the first write took since then.
    pub fn first_write(&self) -> usize {
        self.0.lock().unwrap().first.expect("something was written")
    }
}

impl Read for Tight {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.pipe.read(buf)
    }
}

impl Write for Tight {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        let written = self.try_write(buf);
        if written.as_ref().is_err_and(|e| e.kind() == ErrorKind::WouldBlock) {
            let most = self.room.0.lock().unwrap().write_timeout;
            thread::sleep(most.expect("nobody waits here without a timeout"));
        }
        written
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Duplex for Tight {
    fn try_clone(&self) -> io::Result<Self> {
        Ok(Self { pipe: self.pipe.try_clone()?, room: self.room.clone() })
    }

    fn set_read_timeout(&self, timeout: Option<Duration>) -> io::Result<()> {
        self.pipe.set_read_timeout(timeout)
    }

    fn set_write_timeout(&self, timeout: Option<Duration>) -> io::Result<()> {
        self.room.0.lock().unwrap().write_timeout = timeout;
        Ok(())
    }

    fn shutdown(&self, how: Shutdown) -> io::Result<()> {
        self.pipe.shutdown(how)
    }

    fn try_read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.pipe.try_read(buf)
    }

    fn try_write(&mut self, buf: &[u8]) -> io::Result<usize> {
        let mut used = self.room.0.lock().unwrap();
        let fits = used.left.map_or(buf.len(), |left| left.min(buf.len()));
        if fits == 0 && !buf.is_empty() {
            return Err(ErrorKind::WouldBlock.into());
        }
        let written = self.pipe.try_write(&buf[..fits])?;
        used.left = used.left.map(|left| left - written);
        if written > 0 {
            used.first.get_or_insert(written);
        }
        Ok(written)
    }
}
