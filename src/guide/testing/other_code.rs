//! Test other code: whether a WebSocket server or client, in any language, keeps the rules.
//!
//! The folder `tools/conformance` of the repository has `ws-conformance`, a command and a crate. It runs the
//! 517 cases of the Autobahn test suite, and 236 more, in seconds. It needs neither Python nor Docker. The program under
//! test must send each message back unchanged.
//!
//! | To test | Run |
//! |---|---|
//! | a server | `ws-conformance server ws://127.0.0.1:9001/` |
//! | a server that does not send messages back | the same, with `--no-echo` |
//! | a client that has a driver for the Autobahn test suite | `ws-conformance client --listen 127.0.0.1:9001` |
//! | any other client | `ws-conformance client --exec 'node client.js {url}'` |
//! | what your files of the Autobahn test suite say | `ws-conformance --spec fuzzingclient.json` |
//!
//! In a checkout, `cargo install --path tools/conformance` installs the command.
//!
//! # An example
//!
//! A server must not accept a continuation frame without a message to continue. Case 5.9 sends one:
//!
//! ```text
//! $ ws-conformance explain 5.9
//! 5.9 continuation of nothing, then a text
//!   Rule      RFC 6455 §5.4 (the RFC says MUST)
//!   Sent      Sends a continuation frame with "non-continuation payload".
//!             Then a text frame with "Hello, world!".
//!             Fails the connection after 1 s, if it is still open.
//!   Wished    Nothing comes.
//!   End       The peer closes with 1002, or ends TCP.
//!   Program   needs no echo
//! ```
//!
//! The exit status is 0 if no case failed, and 1 if one failed. A failed case shows the rule, what was
//! expected, what was received, and the last frames. `--html report.html` writes all of it for a browser,
//! and `--junit report.xml` for a CI service.
//!
//! # Your own server, in a Rust test
//!
//! The crate runs the cases in a `#[test]`, also in memory. This one tests a handler that sends messages
//! back, with the settings that the program uses:
//!
//! ```ignore
//! use std::thread;
//!
//! use blocking_ws::Settings;
//! use blocking_ws::testing::Pipe;
//! use ws_conformance::{Lenient, Suite};
//!
//! let dial = || {
//!     let (near, far) = Pipe::new(1 << 16);
//!     thread::spawn(move || Settings::new().accept(far).and_then(|mut ws| echo(&mut ws)));
//!     Ok(near)
//! };
//! let report = Suite::new().cases("1.*,5.*,7.*")?.server_over(dial)?;
//! assert!(report.passes(Lenient::default()), "{report}");
//! ```
//!
//! # What the cases are about
//!
//! | Group | Cases | Subject |
//! |---|---|---|
//! | 1 | 16 | messages of all lengths |
//! | 2 | 11 | pings and pongs |
//! | 3 | 7 | reserved bits |
//! | 4 | 10 | reserved opcodes |
//! | 5 | 20 | fragmented messages |
//! | 6 | 145 | UTF-8 in text messages |
//! | 7 | 37 | closing |
//! | 9 | 54 | large messages, and many messages |
//! | 10 | 1 | a message in fragments of an odd length |
//! | 12 | 90 | compression: messages of all lengths |
//! | 13 | 126 | compression: all parameters |
//! | F | 72 | frames: lengths, masks, reserved bits, at every byte |
//! | P | 5 | pings in the middle of a message, and many of them |
//! | U | 14 | UTF-8, cut anywhere |
//! | C | 14 | closing: codes, reasons, ends of TCP |
//! | H | 67 | the opening handshake of a server |
//! | HC | 64 | the opening handshake of a client |
//!
//! The groups with letters are not in the Autobahn test suite. By default they are run against servers. For
//! clients, `--beyond` adds those that a client can meet.
//!
//! `ws-conformance list` prints all cases. The `README.md` in `tools/conformance` explains each verdict, the
//! baseline, and the use in CI. `tools/conformance/reports` has the results of four libraries.
