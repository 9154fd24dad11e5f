//! The six ways to meet Autobahn: as server or client, without TLS or with it, by either library.

use std::fmt;

#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Role {
    Server,
    Client,
}

/// The library that does the work of TLS.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Tls {
    Native,
    Rustls,
}

/// What is tested: the role, and whether TLS lies under it.
#[derive(Clone, Copy, PartialEq)]
pub(crate) struct Mode {
    pub(crate) role: Role,
    pub(crate) tls: Option<Tls>,
}

impl Tls {
    /// Returns its name on the command lines of the examples.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Native => "native",
            Self::Rustls => "rustls",
        }
    }
}

impl Mode {
    pub(crate) const ALL: [Self; 6] = [
        Self { role: Role::Server, tls: None },
        Self { role: Role::Server, tls: Some(Tls::Native) },
        Self { role: Role::Server, tls: Some(Tls::Rustls) },
        Self { role: Role::Client, tls: None },
        Self { role: Role::Client, tls: Some(Tls::Native) },
        Self { role: Role::Client, tls: Some(Tls::Rustls) },
    ];

    /// Finds a mode by its name on the command line.
    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|mode| mode.to_string() == name)
    }
}

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match (self.role, self.tls) {
            (Role::Server, None) => "server-ws",
            (Role::Server, Some(Tls::Native)) => "server-wss",
            (Role::Server, Some(Tls::Rustls)) => "server-wss-rustls",
            (Role::Client, None) => "client-ws",
            (Role::Client, Some(Tls::Native)) => "client-wss",
            (Role::Client, Some(Tls::Rustls)) => "client-wss-rustls",
        })
    }
}
