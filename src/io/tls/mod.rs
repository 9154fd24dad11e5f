//! What TLS is told and what it tells. `transport/tls` does the work.
//!
//! `backend` names the TLS libraries, `client_certificates` is what a server wants of its clients, and
//! `info` is what is known of a connection.

mod backend;
pub use backend::TlsBackend;

mod client_certificates;
pub use client_certificates::ClientCertificates;

mod info;
pub use info::{TlsInfo, TlsVersion};
