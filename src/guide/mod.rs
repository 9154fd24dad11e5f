//! The guide: how to use this library, one page for each topic.
//!
//! Begin with [`first_steps`]. When a program fails, look at [`reference::troubleshooting`].
//!
//! | Page | What it answers |
//! |---|---|
//! | [`first_steps`] | How do I install it, write a server and a client, and see its log? |
//! | [`lessons`] | How does WebSocket work? Ten steps, each with a small program |
//! | [`recipes`] | How do I log users in, send JSON, stop on SIGTERM, serve a page, make rooms or a game? |
//! | [`threads`] | Which thread may do what? How do I push messages, and stop a server on Ctrl-C? |
//! | [`broadcast`] | How do I send one message to many clients? What happens to a slow client? |
//! | [`threads::events`] | How does one thread serve many connections, without a lock? |
//! | [`broadcast::machines`] | How do rooms span several processes? What can one process bear? |
//! | [`large_messages`] | How do I send and receive messages that do not fit into memory, or bytes without messages? |
//! | [`closing`] | How does a connection end? Which timeouts are there, and who reports them? |
//! | [`closing::reconnecting`] | How does a client come back when the server was away? |
//! | [`http`] | How do I check headers, cookies and origins, answer plain HTTP, and serve behind a proxy? |
//! | [`http::connecting`] | How does a client get to its server: addresses, proxies, tunnels, redirects, names? |
//! | [`tls`] | How do I make a certificate, serve `wss://`, and have a client trust it? |
//! | [`compression`] | When does compression pay, what does it cost, and when is it dangerous? |
//! | [`deployment`] | How does a server run: systemd, containers, proxies, certificates, limits, metrics? |
//! | [`testing`] | How do I test a handler, a client, or both on a bad network? How strict is the library? |
//! | [`reference::limits`] | What is every default, and which method changes it? |
//! | [`reference::speed`] | How fast is it, what does an event loop do better, and what makes a program fast? |
//! | [`reference::troubleshooting`] | What does this error message mean, and what do I do? |
//!
//! These modules hold documentation only. Their examples are compiled and run as tests.

pub mod broadcast;
pub mod closing;
pub mod compression;
pub mod deployment;
pub mod first_steps;
pub mod http;
pub mod large_messages;
pub mod lessons;
pub mod recipes;
pub mod reference;
pub mod testing;
pub mod threads;
pub mod tls;
