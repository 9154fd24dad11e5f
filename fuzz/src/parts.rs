//! The codec's parts against plain oracles: headers of frames, masks, UTF-8, close payloads.
//!
//! ```text
//! input: an offset, cuts, bytes
//! ```

use blocking_ws::testing::internals::{Header, Utf8, check_utf8, mask, parse_close, write_control};
use blocking_ws::{CloseFrame, Event, ProtocolError};

use crate::bytes::{Bytes, Cuts};

pub fn run(data: &[u8]) {
    let mut bytes = Bytes(data);
    let offset = usize::from(bytes.byte());
    let cuts = Cuts::new(&mut bytes);
    header(bytes.0);
    masking(bytes.0, cuts, offset);
    utf8(bytes.0, cuts);
    close(bytes.0);
}

/// One that is read is written in the same bytes, for there is one way only.
fn header(bytes: &[u8]) {
    let whole = Header::parse(bytes);
    if let Ok(Some((header, len))) = whole {
        let mut out = Vec::new();
        header.write(&mut out);
        assert_eq!(out, bytes[..len]);
        for short in 0..len {
            assert!(matches!(Header::parse(&bytes[..short]), Ok(None)), "{short} of {len}");
        }
    } else {
        // What is wrong is wrong as soon as it is there, and stays so.
        let results: Vec<_> =
            (0..=bytes.len().min(14)).map(|n| Header::parse(&bytes[..n])).collect();
        let first = results.iter().position(Result::is_err).unwrap_or(results.len());
        assert!(results[first..].iter().all(|one| *one == results[first]));
    }
}

fn masking(bytes: &[u8], cuts: Cuts<'_>, offset: usize) {
    let key = [0x37, 0xFA, 0x21, 0x3D];
    let plain = |(at, byte): (usize, &u8)| byte ^ key[(offset + at) % 4];
    let want: Vec<u8> = bytes.iter().enumerate().map(plain).collect();
    let mut got = Vec::new();
    for piece in cuts.pieces(bytes) {
        let (at, from) = (got.len(), offset + got.len());
        got.extend_from_slice(piece);
        mask(&mut got[at..], key, from);
    }
    assert_eq!(got, want);
}

fn utf8(bytes: &[u8], cuts: Cuts<'_>) {
    let want = std::str::from_utf8(bytes);
    assert_eq!(check_utf8(bytes).ok(), want.ok());
    let (mut utf8, mut text, mut fed) = (Utf8::default(), String::new(), 0);
    for piece in cuts.pieces(bytes) {
        fed += piece.len();
        let pushed = utf8.push(piece, &mut text);
        // §8.1: at the first byte that no text goes on from.
        let legal = match std::str::from_utf8(&bytes[..fed]) {
            Ok(_) => true,
            Err(e) => e.error_len().is_none(),
        };
        assert_eq!(pushed.is_ok(), legal, "{}", bytes[..fed].escape_ascii());
        if pushed.is_err() {
            return;
        }
    }
    assert_eq!(utf8.finish().is_ok(), want.is_ok());
    if let Ok(want) = want {
        assert_eq!(text, want);
    }
}

fn close(bytes: &[u8]) {
    let payload = &bytes[..bytes.len().min(125)];
    let parsed = parse_close(payload);
    let code = payload.first_chunk().map(|code| u16::from_be_bytes(*code));
    let sendable = |code| matches!(code, 1000..=1003 | 1007..=1014 | 3000..=4999);
    let reason = payload.get(2..).map(std::str::from_utf8);
    match (code, reason) {
        (Some(code), Some(Ok(reason))) if sendable(code) => {
            assert_eq!(parsed, Ok(CloseFrame::new(code, reason)));
        }
        (Some(_), Some(Ok(_))) => assert!(matches!(parsed, Err(ProtocolError::BadCloseCode(_)))),
        (Some(_), _) => assert_eq!(parsed, Err(ProtocolError::BadUtf8)),
        (None, _) if payload.is_empty() => assert_eq!(parsed, Ok(None)),
        (None, _) => assert_eq!(parsed, Err(ProtocolError::CloseTooShort)),
    }
    if let Ok(frame) = parsed {
        let mut out = Vec::new();
        assert!(write_control(&Event::Close(frame), None, &mut out));
        assert_eq!(out[2..], *payload);
    }
}
