//! [`Named`]: the certificates of a server by the name that a client asks for.

use std::collections::HashMap;
use std::sync::Arc;

use ::rustls::client::verify_server_name;
use ::rustls::pki_types::{DnsName, ServerName};
use ::rustls::server::{ClientHello, ParsedCertificate, ResolvesServerCert};
use ::rustls::sign::CertifiedKey;

/// Chooses a certificate by the server's name in the client's first message (RFC 6066 §3).
#[derive(Debug)]
pub(super) struct Named {
    /// For clients that ask for no other name.
    main: Arc<CertifiedKey>,
    /// In small letters. `*.example.com` is for all names directly below `example.com`.
    by_name: HashMap<String, Arc<CertifiedKey>>,
}

impl Named {
    pub(super) fn new(main: CertifiedKey) -> Self {
        Self { main: Arc::new(main), by_name: HashMap::new() }
    }

    /// Adds a certificate for a name. The error says why it is not for that name.
    pub(super) fn add(&mut self, name: &str, pair: CertifiedKey) -> Result<(), String> {
        // A certificate for all names below another is for any of them.
        let example = name.strip_prefix("*.").map(|above| format!("any.{above}"));
        let asked = DnsName::try_from(example.as_deref().unwrap_or(name))
            .map_err(|_| format!("\"{}\" is no name of a server", name.escape_debug()))?;
        let own = pair.end_entity_cert().and_then(ParsedCertificate::try_from);
        own.and_then(|own| verify_server_name(&own, &ServerName::DnsName(asked.clone())))
            .map_err(|e| format!("the certificate is not for {name} ({e})"))?;
        self.by_name.insert(name.to_owned(), Arc::new(pair));
        Ok(())
    }

    fn find(&self, name: &str) -> &Arc<CertifiedKey> {
        let below = || self.by_name.get(&format!("*.{}", name.split_once('.')?.1));
        self.by_name.get(name).or_else(below).unwrap_or(&self.main)
    }
}

impl ResolvesServerCert for Named {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        // `rustls` passes on names in small letters.
        Some(Arc::clone(hello.server_name().map_or(&self.main, |name| self.find(name))))
    }
}
