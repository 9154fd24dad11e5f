//! [`Settings`]: what a connection may do and how long it may take, alike for servers, clients and
//! streams of the program.
//!
//! `settings` is the type, and makes connections of streams. `upgrade` is a connection that another
//! HTTP server opens. `shared` defines the setters that `Settings`, `Server` and `Client` all have.

mod shared;
pub(crate) use shared::connection_settings;

mod settings;
pub use settings::Settings;

mod upgrade;
pub use upgrade::Upgrade;
