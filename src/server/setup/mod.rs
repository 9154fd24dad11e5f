//! Setting up a [`Server`](super::Server) before it runs: where it listens (`bind`), what it has at
//! its paths (`routes`), and all else (`setters`).

mod bind;
mod routes;
mod setters;
