//! A client: where it goes, how it gets there, and how it stays connected.

mod connect;
mod logging;
mod proxy;
mod reconnecting;
mod redirects;
mod texts;
mod urls;
mod ways;
