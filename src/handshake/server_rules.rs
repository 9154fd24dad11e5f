//! What a server demands of requests, in addition to the RFC: [`ServerRules`].

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use super::http_hook::HttpHook;
use super::opening::Opening;
use super::refusal::Refusal;
use super::routes::Routes;
use crate::error::{Error, Result};
use crate::proto::compression::Deflate;
use crate::proto::handshake::{Origins, TrustedProxies};
use crate::proto::http::is_token;

/// The function that judges a request before the 101: see `Server::on_upgrade`.
pub(crate) type UpgradeHook = Arc<dyn Fn(&mut Opening) -> Result<(), Refusal> + Send + Sync>;

/// A server's own rules for requests. A client has those of them that concern both sides: the
/// subprotocols and the compression.
#[derive(Clone, Default)]
pub(crate) struct ServerRules {
    pub(crate) subprotocols: Vec<String>,
    pub(crate) requires_subprotocol: bool,
    pub(crate) origins: Origins,
    pub(crate) proxies: TrustedProxies,
    pub(crate) hook: Option<UpgradeHook>,
    pub(crate) page: Option<HttpHook>,
    pub(crate) routes: Routes,
    pub(crate) deflate: Option<Deflate>,
}

impl ServerRules {
    /// Fails if a rule can never work.
    pub(crate) fn check(&self) -> Result<()> {
        match self.invalid() {
            Some(invalid) => Err(Error::Invalid(invalid)),
            None => Ok(()),
        }
    }

    fn invalid(&self) -> Option<Cow<'static, str>> {
        let names = &self.subprotocols;
        for (i, name) in names.iter().enumerate() {
            let what = if !is_token(name) {
                "is no token, such as chat.v1"
            } else if names[..i].contains(name) {
                "is named twice"
            } else {
                continue;
            };
            let text = format!("the subprotocol `{}` {what} (RFC 6455 4.1)", name.escape_debug());
            return Some(text.into());
        }
        if self.requires_subprotocol && names.is_empty() && self.hook.is_none() {
            let text = "require_subprotocol needs the names of subprotocols: see `subprotocol`";
            return Some(text.into());
        }
        let deflate = self.deflate.as_ref().and_then(Deflate::invalid).map(Cow::from);
        let origins = || self.origins.invalid().map(|why| Cow::from(why.to_owned()));
        deflate.or_else(origins).or_else(|| self.proxies.invalid().map(Into::into))
    }
}

impl fmt::Debug for ServerRules {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServerRules")
            .field("subprotocols", &self.subprotocols)
            .field("requires_subprotocol", &self.requires_subprotocol)
            .field("origins", &self.origins)
            .field("proxies", &self.proxies)
            .field("hook", &self.hook.is_some())
            .field("page", &self.page.is_some())
            .field("routes", &self.routes)
            .field("deflate", &self.deflate)
            .finish()
    }
}
