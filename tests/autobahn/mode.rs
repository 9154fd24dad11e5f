//! The four ways to meet Autobahn: as server or client, with or without TLS.

use std::fmt;

#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Role {
    Server,
    Client,
}

/// What is tested: the library's role, and whether TLS lies under it.
#[derive(Clone, Copy, PartialEq)]
pub(crate) struct Mode {
    pub(crate) role: Role,
    pub(crate) tls: bool,
}

impl Mode {
    pub(crate) const ALL: [Self; 4] = [
        Self { role: Role::Server, tls: false },
        Self { role: Role::Server, tls: true },
        Self { role: Role::Client, tls: false },
        Self { role: Role::Client, tls: true },
    ];

    /// Finds a mode by its name on the command line.
    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|mode| mode.to_string() == name)
    }
}

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match (self.role, self.tls) {
            (Role::Server, false) => "server-ws",
            (Role::Server, true) => "server-wss",
            (Role::Client, false) => "client-ws",
            (Role::Client, true) => "client-wss",
        })
    }
}
