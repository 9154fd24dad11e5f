//! TLS as a program sets it: who must prove what to whom, and what it is told, by every library that
//! is compiled in. How TLS moves bytes is in the unit tests of `transport/tls`.

#![cfg(any(feature = "tls", feature = "rustls"))]

mod backends;
#[cfg(feature = "rustls")]
mod client_certificates;
mod identities;
mod info;
mod inside;
mod logging;
mod own_configuration;
#[cfg(feature = "rustls")]
mod redirects;
mod trust;
mod ways;
