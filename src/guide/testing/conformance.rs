//! Conformance: how strict the library is, and how that is shown.
//!
//! The [Autobahn test suite](https://github.com/crossbario/autobahn-testsuite) (25.10.1) is the usual test of
//! WebSocket libraries. It has 517 cases for RFC 6455 and RFC 7692. All of them pass, in four modes: as
//! server and as client, with `ws://` and with `wss://` by the default TLS library. By `rustls`, groups 1 to
//! 10 are run as well, and pass.
//!
//! # What "strict" means
//!
//! Autobahn rates a case:
//!
//! | Rating | Meaning | Counts here as |
//! |---|---|---|
//! | `OK` | what the RFC says | passed |
//! | `NON-STRICT` | correct, but late: for example, bad UTF-8 is noticed only at the end of the frame | **failed** |
//! | `INFORMATIONAL` | no answer is right or wrong | passed for 7.1.6, 7.13.1 and 7.13.2, where the RFC leaves the answer open; **failed** for others |
//! | `FAILED` | against the RFC | **failed** |
//! | `UNIMPLEMENTED` | an extension is missing | **failed** |
//!
//! For a program this means:
//!
//! - A peer that breaks a rule is told which rule, in a Close frame, and the connection ends. No broken
//!   message reaches the program.
//! - Text is checked while it arrives. The connection ends at the first bad byte, not at the end of the
//!   message.
//! - Every frame header, length, mask, opcode, close code and reason is checked.
//! - This library keeps the rules when it sends. For example, it refuses close codes that may not be sent.
//!
//! ```
//! use blocking_ws::{CloseCode, ProtocolError};
//!
//! assert_eq!(ProtocolError::BadUtf8.close_code(), CloseCode::InvalidPayload); // 1007
//! assert_eq!(ProtocolError::Masked.close_code(), CloseCode::Protocol); // 1002
//! assert!(ProtocolError::ReservedBits.to_string().ends_with("(RFC 6455 5.2)"));
//! assert!(!CloseCode::Abnormal.may_be_sent()); // 1006 is only reported
//! ```
//!
//! # How to run it
//!
//! Run these commands in a checkout of the repository. The first shows all options.
//!
//! ```sh
//! cargo test --test autobahn -- --help
//! cargo test --test autobahn                     # groups 1–10, and a sample of 12 and 13 compressed
//! cargo test --test autobahn -- full             # all 517 cases, compressed: an hour
//! cargo test --test autobahn -- server-wss --cases '6.4.*'
//! ```
//!
//! It runs the suite against the example programs `echo_server` and `autobahn_client`. Autobahn needs
//! Python 2.7: install it by `pyenv install 2.7`, or name it in `AUTOBAHN_PYTHON`. The first run makes
//! a virtual environment under `target/autobahn` and loads packages. Each run writes Autobahn's own report
//! there, as `index.html`.
//!
//! Before each change of the library, the same cases are run without Python, in seconds, and 236 cases more:
//! see [`other_code`](super::other_code), which shows how to do that with any program. Autobahn itself is run
//! as a witness for groups 1–10.
//!
//! # The last full run
//!
//! `tools/conformance/reports/published/index.html` in the repository shows what Autobahn and `ws-conformance` say of
//! each of the 517 cases, side by side: both verdicts, the close code and the duration, for the server and the
//! client. Its head says which commit was tested, on which machine, and where the two suites differ. One command
//! runs both suites and writes the page, in an hour and a half:
//!
//! ```sh
//! cargo run --release -p ws-conformance-proof --bin published
//! ```
//!
//! The page is made of `index.json` and `run.json` in the same folder. A test makes it again and compares, so the
//! page says what these files say. If you doubt the files, run the command.
//!
//! # Where the RFC leaves a choice
//!
//! | Question | What this library does |
//! |---|---|
//! | close code 1014 | accepts it, as it is registered since RFC 6455 |
//! | pings | answers each ping; if more come while an answer waits, it answers the latest (RFC 6455 5.5.3) |
//! | the end of TCP | the server closes first (RFC 6455 7.1.1) |
//! | folded header lines | a client accepts them (RFC 9112 5.2) |
//! | a server that ignores `server_no_context_takeover` | a client accepts it and remembers messages |
