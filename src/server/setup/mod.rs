//! Setting up a [`Server`](super::Server) before it runs: where it listens (`bind`), what it has at
//! its paths (`routes`), and all else (`setters`). `any_error` adapts handlers with other errors.

mod any_error;
pub use any_error::{BoxedHandler, any_error};

mod bind;
mod routes;
mod setters;
