//! Lessons: how WebSocket works, in ten steps.
//!
//! They are for people who know Rust and have never read
//! [RFC 6455](https://www.rfc-editor.org/rfc/rfc6455), which defines WebSocket. Each lesson says what a part of
//! the protocol is and why it is there, and has a small program that shows it, some changes to try, and
//! questions with answers. § stands for a section of that RFC.
//!
//! | Lesson | `cargo run --example` | Questions that it answers |
//! |---|---|---|
//! | 1. [`handshake`] | `lesson_1_handshake` | What is the key for, and the Accept? Can a browser set headers? |
//! | 2. [`frame`] | `lesson_2_frame` | What do the bytes of a frame mean? How large can it be? |
//! | 3. [`masking`] | `lesson_3_masking` | Why must a client mask, and why must a server not do it? |
//! | 4. [`fragments`] | `lesson_4_fragments` | What is the difference between a frame and a message? What may stand between fragments? |
//! | 5. [`utf8`] | `lesson_5_utf8` | What if a text is cut inside a character? |
//! | 6. [`closing`] | `lesson_6_closing` | Who closes TCP first, and why? What do 1005, 1006 and 1015 mean? |
//! | 7. [`pings`] | `lesson_7_pings` | May a pong come without a ping? What is a half-open connection? |
//! | 8. [`compression`] | `lesson_8_compression` | What is context takeover? When is compression dangerous? |
//! | 9. [`tls`] | `lesson_9_tls` | How does `wss` differ from `ws`? What does `Origin` protect against? |
//! | 10. [`faults`] | `lesson_10_faults` | Is a WebSocket reliable? What does a proxy do with an idle connection? |
//!
//! Run the programs in a checkout of the repository. Each runs alone: it has both ends of the connection, prints
//! what passes, and ends. The programs are in `examples/lessons/`.
//!
//! On Linux they need the OpenSSL headers, as the library does by default. Without these headers, run them by
//! `cargo run --no-default-features --features rustls,deflate --example …`: [first steps](super::first_steps).
//!
//! Ports, keys, masks and the lengths of encrypted bytes (`BYTES`) differ on each run. The rest is as a page shows
//! it, except that systems word their errors differently. The mask of a `Peer` does not differ: it is always
//! `37fa213d`, the key of the examples in §5.7, so that pictures can be compared. A real client takes a new random
//! key for each frame: [lesson 3](masking).
//!
//! The lessons teach the protocol. To write a program, read [first steps](super::first_steps).

pub mod closing;
pub mod compression;
pub mod faults;
pub mod fragments;
pub mod frame;
pub mod handshake;
pub mod masking;
pub mod pings;
pub mod tls;
pub mod utf8;
