//! The library before its own suite: as server and as client, with and without TLS, over sockets and in
//! memory.

mod client;
mod faults;
mod hostile;
mod server;

use std::sync::OnceLock;

use blocking_ws::{Deflate, Result, WebSocket};
use rcgen::{CertifiedKey, generate_simple_self_signed};
use ws_conformance::{Lenient, Report, Suite};

/// Groups 1 to 10 without what takes seconds in a build without optimization, and of 12 and 13 every
/// size, every kind of data and every negotiation. The gate runs all cases by the command.
const ALL: &str = "1.*,2.*,3.*,4.*,5.*,6.*,7.*,9.1.1,9.2.2,9.3.4,9.4.4,9.5.3,9.6.3,9.7.*,9.8.*,10.*,\
    12.1.*,12.2.7,12.3.13,12.4.5,12.5.4,13.*.1,13.*.13";

/// The longest message that is taken.
const MOST: usize = 64 << 20;

fn suite(cases: &str) -> Suite {
    Suite::new().cases(cases).unwrap()
}

/// What both ends agree on of compression: as much as there is.
fn deflate() -> Deflate {
    Deflate::new().send_takeover(true).recv_takeover(true)
}

/// Sends each message back.
fn echo(ws: &mut WebSocket) -> Result<()> {
    let sender = ws.sender()?;
    while let Some(message) = ws.recv_ref()? {
        sender.feed(message)?;
    }
    Ok(())
}

/// Strictly: no outcome but `pass` and `info` will do.
#[track_caller]
fn passes(report: &Report) {
    assert!(report.passes(Lenient::default()), "{report}");
    let summary = report.summary();
    assert_eq!(summary.info, 3, "7.1.6, 7.13.1 and 7.13.2 have no right answer");
    assert_eq!(summary.passed + summary.info, report.cases.len());
}

/// A certificate for this machine, and its key, as PEM.
fn identity() -> (&'static [u8], &'static [u8]) {
    static IDENTITY: OnceLock<(String, String)> = OnceLock::new();
    let (cert, key) = IDENTITY.get_or_init(|| {
        let names = ["localhost".to_owned(), "127.0.0.1".to_owned()];
        let CertifiedKey { cert, signing_key } = generate_simple_self_signed(names).unwrap();
        (cert.pem(), signing_key.serialize_pem())
    });
    (cert.as_bytes(), key.as_bytes())
}
