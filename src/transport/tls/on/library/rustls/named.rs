//! [`Named`]: the certificates of a server by the name that a client asks for.

use std::collections::HashMap;
use std::sync::Arc;

use ::rustls::pki_types::{DnsName, ServerName};
use ::rustls::server::{ClientHello, ResolvesServerCert};
use ::rustls::sign::CertifiedKey;
use webpki::EndEntityCert;

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
        let own = pair.end_entity_cert().map_err(|e| e.to_string())?;
        let own = EndEntityCert::try_from(own).map_err(|e| e.to_string())?;
        let names: Vec<_> = own.valid_dns_names().collect();
        let asked = DnsName::try_from(name).ok().map(ServerName::DnsName);
        // A wildcard is no name that a client can ask for.
        let is_for_it = match asked {
            Some(asked) => own.verify_is_valid_for_subject_name(&asked).is_ok(),
            None => names.iter().any(|own| own.eq_ignore_ascii_case(name)),
        };
        if !is_for_it {
            let names = names.join(", ");
            return Err(format!("the certificate is not for {name}, but for: {names}"));
        }
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
