//! Records of a connection: decrypted where they lie, and encrypted into the output.
//!
//! Without its own buffers `rustls` copies less. It gets one record at a time and whole. So all
//! that it may leave is the beginning of a handshake message, which is kept here until the message
//! is whole. `rustls` has noted where in these bytes it lies, and must see them at every call.

use std::mem;

use ::rustls::Error;
use ::rustls::unbuffered::{ConnectionState, EncodeError, EncodeTlsData, EncryptError};

use super::super::super::buffers::Output;
use super::side::Side;
use crate::process::caught;
use crate::proto::bytes;
use crate::proto::bytes::ReadBuffer;

/// A header: type, version, length (RFC 8446 §5.1).
const HEADER: usize = 5;
/// The most that follows the header of an encrypted record (RFC 5246 §6.2.3).
const LONGEST: usize = 16 * 1024 + 2048;
/// The most bytes of records that one handshake message may be spread over.
const MOST_OF_A_MESSAGE: usize = 64 * 1024;
/// What encryption adds to a record at most, header included.
const ADDED: usize = 64;

/// A connection that has no buffers.
pub(super) struct Records<S> {
    side: S,
    /// Records with the beginning of a handshake message.
    begun: Vec<u8>,
    /// The peer's `close_notify` has come.
    pub(super) has_ended: bool,
    /// Our `close_notify` is out.
    is_closed: bool,
}

/// Where plaintext goes: into `buf`, and what does not fit is added to `rest`.
pub(super) struct Plain<'a> {
    pub(super) buf: &'a mut [u8],
    pub(super) rest: &'a mut Vec<u8>,
    pub(super) filled: usize,
}

impl Plain<'_> {
    pub(super) fn is_full(&self) -> bool {
        self.filled == self.buf.len()
    }

    fn put(&mut self, plaintext: &[u8]) {
        let fits = bytes::copy(plaintext, &mut self.buf[self.filled..]);
        self.filled += fits;
        self.rest.extend_from_slice(&plaintext[fits..]);
    }
}

/// Returns the length of the next record if all of it has come.
///
/// `rustls` shall say what is wrong with bytes that are no record, so they count as whole.
pub(super) fn whole_record(input: &[u8]) -> Option<usize> {
    let &[kind, major, _, high, low, ..] = input else { return None };
    let length = usize::from(u16::from_be_bytes([high, low]));
    if !(20..=24).contains(&kind) || major != 3 || length > LONGEST {
        return Some(input.len());
    }
    let whole = HEADER + length;
    (input.len() >= whole).then_some(whole)
}

impl<S: Side> Records<S> {
    pub(super) fn new(side: S) -> Self {
        Self { side, begun: Vec::new(), has_ended: false, is_closed: false }
    }

    pub(super) fn side(&self) -> &S {
        &self.side
    }

    pub(super) fn side_mut(&mut self) -> &mut S {
        &mut self.side
    }

    /// Begins a handshake, if it is this side that begins.
    pub(super) fn begin(&mut self, output: &mut Output) -> Result<(), Error> {
        let mut nothing = Plain { buf: &mut [], rest: &mut Vec::new(), filled: 0 };
        process(&mut self.side, &mut [], &mut nothing, output).map(drop)
    }

    /// Takes the next record out of `input`, which is `whole` bytes long, and decrypts it into
    /// `plain`. An answer, or the alert that tells the peer what is wrong, becomes output.
    pub(super) fn take(
        &mut self,
        input: &mut ReadBuffer,
        whole: usize,
        plain: &mut Plain<'_>,
        output: &mut Output,
    ) -> Result<(), Error> {
        let place = input.take(whole);
        if self.begun.is_empty() {
            let records = input.get_mut(place);
            let used = self.process(records, plain, output)?;
            self.begun.extend_from_slice(&records[used..]);
            return Ok(());
        }
        let mut records = mem::take(&mut self.begun);
        records.extend_from_slice(input.get(place));
        let used = self.process(&mut records, plain, output)?;
        if used < records.len() {
            records.drain(..used);
            self.begun = records;
        }
        Ok(())
    }

    /// Returns how many bytes need not be seen again.
    fn process(
        &mut self,
        records: &mut [u8],
        plain: &mut Plain<'_>,
        output: &mut Output,
    ) -> Result<usize, Error> {
        let side = &mut self.side;
        let processed = if self.is_closed {
            // `rustls` asserts, in debug builds, that it sends no alert behind a `close_notify`. A
            // peer can have it do that.
            caught(|| process(side, records, plain, output))
                .unwrap_or(Err(Error::General("a bad record".to_owned())))
        } else {
            process(side, records, plain, output)
        };
        let seen = processed.inspect_err(|_| self.put_output(output))?;
        self.has_ended |= seen.has_ended;
        if records.len() - seen.used > MOST_OF_A_MESSAGE {
            return Err(Error::General("a handshake message is too large".to_owned()));
        }
        Ok(seen.used)
    }

    /// Encrypts all of `plaintext`.
    pub(super) fn encrypt(
        &mut self,
        plaintext: &[u8],
        output: &mut Output,
    ) -> Result<(), EncryptError> {
        let mut room = plaintext.len() + (plaintext.len() / (16 * 1024) + 1) * ADDED;
        loop {
            let encrypted = match self.side.process(&mut self.begun).state {
                Ok(ConnectionState::WriteTraffic(mut traffic)) => {
                    traffic.encrypt(plaintext, output.room(room))
                }
                Ok(other) if !is_idle(&other) => {
                    oblige(other, output);
                    continue;
                }
                _ => return Err(EncryptError::EncryptExhausted),
            };
            match encrypted {
                Ok(n) => {
                    output.add(n);
                    return Ok(());
                }
                // An answer to the peer goes out with it.
                Err(EncryptError::InsufficientSize(e)) => room = e.required_size,
                Err(e) => {
                    self.put_output(output);
                    return Err(e);
                }
            }
        }
    }

    /// Makes our `close_notify`, unless an alert is out already.
    pub(super) fn close(&mut self, output: &mut Output) {
        self.is_closed = true;
        loop {
            match self.side.process(&mut self.begun).state {
                Ok(ConnectionState::WriteTraffic(mut traffic)) => {
                    // Without room it becomes output below.
                    let _ = traffic.queue_close_notify(&mut []);
                    break;
                }
                Ok(other) if !is_idle(&other) => oblige(other, output),
                _ => break,
            }
        }
        self.put_output(output);
    }

    /// Takes what `rustls` has for the peer.
    fn put_output(&mut self, output: &mut Output) {
        while self.side.state().wants_write() {
            // What it has comes before it looks at any record.
            match self.side.process(&mut []).state {
                Ok(ConnectionState::EncodeTlsData(data)) => encode(data, output),
                _ => break,
            }
        }
    }
}

/// What `rustls` has seen in some records.
struct Seen {
    /// How many bytes it need not see again.
    used: usize,
    has_ended: bool,
}

fn process<S: Side>(
    side: &mut S,
    records: &mut [u8],
    plain: &mut Plain<'_>,
    output: &mut Output,
) -> Result<Seen, Error> {
    let mut seen = Seen { used: 0, has_ended: false };
    loop {
        let status = side.process(&mut records[seen.used..]);
        seen.used += status.discard;
        match status.state? {
            ConnectionState::ReadTraffic(mut traffic) => {
                while let Some(record) = traffic.next_record() {
                    let record = record?;
                    plain.put(record.payload);
                    seen.used += record.discard;
                }
                // Most records bring nothing else.
                if seen.used == records.len() && !side.state().wants_write() {
                    return Ok(seen);
                }
            }
            ConnectionState::PeerClosed => seen.has_ended = true,
            other if !is_idle(&other) => oblige(other, output),
            _ => return Ok(seen),
        }
    }
}

/// Returns `true` if `rustls` wants nothing done before it sees more.
fn is_idle<D>(state: &ConnectionState<'_, '_, D>) -> bool {
    !matches!(
        state,
        ConnectionState::EncodeTlsData(_)
            | ConnectionState::TransmitTlsData(_)
            | ConnectionState::PeerClosed
    )
}

/// Does what `rustls` wants done.
fn oblige<D>(state: ConnectionState<'_, '_, D>, output: &mut Output) {
    match state {
        ConnectionState::EncodeTlsData(data) => encode(data, output),
        ConnectionState::TransmitTlsData(data) => data.done(),
        _ => {}
    }
}

fn encode<D>(mut data: EncodeTlsData<'_, D>, output: &mut Output) {
    if let Err(EncodeError::InsufficientSize(e)) = data.encode(&mut []) {
        let written = data.encode(output.room(e.required_size));
        output.add(written.unwrap_or(0));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rfc_8446_section_5_1_records() {
        let longest = [&[23, 3, 3, 0x48, 0][..], &vec![0; LONGEST]].concat();
        for (rule, input, want) in [
            ("nothing", &[][..], None),
            ("a part of a header", &[23, 3, 3, 0], None),
            ("a header", &[23, 3, 3, 0, 1], None),
            ("a whole record", &[23, 3, 3, 0, 1, 7], Some(6)),
            ("and a part of the next", &[23, 3, 3, 0, 1, 7, 23], Some(6)),
            ("an empty one", &[23, 3, 3, 0, 0, 7], Some(5)),
            ("the longest", &longest, Some(longest.len())),
            ("a part of the longest", &longest[..longest.len() - 1], None),
            ("longer than the longest", &[23, 3, 3, 0x48, 1], Some(5)),
            ("another type", &[25, 3, 3, 0, 9], Some(5)),
            ("another version", b"GET / HTTP/1.1", Some(14)),
        ] {
            assert_eq!(whole_record(input), want, "{rule}");
        }
    }
}
