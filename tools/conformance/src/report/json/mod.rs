//! A report as JSON, to keep and to compare.
//!
//! The layout is stable. What is added later has names that older versions ignore; `format` grows if
//! a name changes its meaning.
//!
//! ```json
//! {
//!   "format": 1,
//!   "tool": {"name": "ws-conformance", "version": "0.1.0"},
//!   "peer": {"role": "server", "url": "ws://127.0.0.1:9001/", "agent": "echo"},
//!   "started": "2026-11-29T12:03:44.517000Z",
//!   "seconds": 8.2,
//!   "options": {"patience": 1.0, "roundTripMs": 0.1, "jobs": 8, "full": false, …},
//!   "summary": {"cases": 517, "pass": 509, "info": 3, "nonStrict": 4, "limit": 0, …},
//!   "unfinished": null,
//!   "cases": [
//!     {
//!       "id": "5.17",
//!       "title": "…",
//!       "rule": "RFC 6455 §5.4",
//!       "level": "must",
//!       "behavior": "FAILED",
//!       "behaviorClose": "OK",
//!       "outcome": "fail",
//!       "reasons": ["…"],
//!       "started": "2026-11-29T12:03:45.001000Z",
//!       "ms": 2.1,
//!       "sent": ["…"],
//!       "wished": "…",
//!       "nonStrict": null,
//!       "received": [{"type": "message", "kind": "text", "len": 9, "text": "fragment1"}],
//!       "closing": {"closedByMe": true, "wasClean": true, "remoteCloseCode": 1000, …},
//!       "expectedClose": {"closedByMe": false, "closeCode": [1002], "requireClean": false, …},
//!       "isServer": false,
//!       "request": "GET / HTTP/1.1\r\n…",
//!       "response": "HTTP/1.1 101 Switching Protocols\r\n…",
//!       "stats": {"rxOctetStats": {"129": 1}, "txOctetStats": {…}, …},
//!       "traffic": null,
//!       "wire": [{"t": 0.0021, "type": "frame", "dir": "sent", "opcode": 1, "fin": true, …}]
//!     }
//!   ]
//! }
//! ```
//!
//! - `summary` is for readers: it is made of `cases`, and is not read back.
//! - `behavior` and `behaviorClose` have the words of the Autobahn test suite; `outcome` is `pass`,
//!   `info`, `non-strict`, `limit`, `unimplemented` or `fail`.
//! - Bytes are `text` if they are UTF-8 without control characters other than tabs and ends of lines,
//!   and `hex` otherwise. `len` is the number of all bytes; `truncated` is there if fewer were kept.
//! - The names of `closing` and `expectedClose` are those of the Autobahn test suite's case files.
//! - Entries of `wire` have the `type` `octets`, `frame`, `wait`, `wait-end`, `fail-in`, `fail`,
//!   `close-in`, `close`, `silence`, `dropped` or `breach`, and `t`, the seconds since the connection
//!   was opened.

mod case;
use case::CaseView;

mod layout;
use layout::Layout;

mod moment;

mod whole;
pub use whole::BadReport;

mod wire;
