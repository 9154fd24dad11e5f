//! The result of an opening handshake.

use std::ops::{Deref, DerefMut};
use std::sync::Arc;

use http::{Extensions, Request, Response};
use log::Level;

use crate::io::TlsInfo;
use crate::process::{Flood, Numbered, caught};
use crate::proto::compression::Agreed;
use crate::proto::handshake::Peer;

/// What is known of the other end of a stream before it sends a request.
#[derive(Clone, Debug)]
pub(crate) struct OtherEnd {
    /// The number of the connection to it, for the log.
    pub(crate) connection: Numbered,
    pub(crate) peer: Peer,
    pub(crate) tls: Option<Arc<TlsInfo>>,
}

/// No number, and no TLS, or none that is known.
impl From<Peer> for OtherEnd {
    fn from(peer: Peer) -> Self {
        Self { connection: Numbered::default(), peer, tls: None }
    }
}

/// The request of an opening handshake, and what was chosen.
#[derive(Debug, Default)]
pub(crate) struct Opened {
    /// The number of a server's connection, for the log.
    pub(crate) connection: Numbered,
    pub(crate) request: Request<()>,
    pub(crate) subprotocol: Option<String>,
    /// What a server knows of the client by TLS.
    pub(crate) tls: Option<Arc<TlsInfo>>,
    /// The number of the server's handler for its path, if there are routes.
    pub(crate) route: Option<usize>,
    /// The 101, on a client. Boxed, because a server's connections have none.
    pub(crate) response: Option<Box<Response<()>>>,
}

/// The result of a successful opening handshake.
#[derive(Debug, Default)]
pub(crate) struct Upgraded {
    pub(crate) opened: Unshared,
    /// What was agreed on compression.
    pub(crate) deflate: Option<Agreed>,
    /// The bytes of frames that arrived with the end of the head.
    pub(crate) already_read: Vec<u8>,
}

/// An [`Opened`] that is still changed, in the allocation in which it is shared later.
#[derive(Debug, Default)]
pub(crate) struct Unshared(Arc<Opened>);

impl Unshared {
    pub(crate) fn new(request: Request<()>) -> Self {
        let mut opened = Self::default();
        let here = &mut opened.request;
        *here = request;
        opened
    }

    pub(crate) fn share(self) -> Arc<Opened> {
        self.0
    }
}

impl Deref for Unshared {
    type Target = Opened;

    fn deref(&self) -> &Opened {
        &self.0
    }
}

impl DerefMut for Unshared {
    fn deref_mut(&mut self) -> &mut Opened {
        Arc::get_mut(&mut self.0).expect("only `share` gives the handle away")
    }
}

/// How to drop each value that a hook has put into a request.
#[derive(Clone, Default)]
struct Droppers(Vec<fn(&mut Extensions)>);

/// Puts a value into the extensions of a request, and returns the earlier value of the same type.
///
/// The drop of such a value may panic. A map whose drop panics leaks its other values, so each
/// value is noted, to be dropped alone.
pub(super) fn insert_value<T: Clone + Send + Sync + 'static>(
    request: &mut Request<()>,
    value: T,
) -> Option<T> {
    let extensions = request.extensions_mut();
    let earlier = extensions.insert(value);
    if earlier.is_none() {
        let droppers = extensions.get_or_insert_default::<Droppers>();
        droppers.0.push(|extensions| drop(extensions.remove::<T>()));
    }
    earlier
}

// Each client can cause a line.
const VALUE: &str = "a value of the on_upgrade hook";
static PANICKED: Flood = Flood::new(Level::Error, "panics were caught");

impl Drop for Opened {
    fn drop(&mut self) {
        let (connection, extensions) = (self.connection, self.request.extensions_mut());
        if extensions.is_empty() {
            return;
        }
        let Droppers(mut droppers) = extensions.remove().unwrap_or_default();
        // Last what was there before the hook.
        droppers.push(Extensions::clear);
        for drop_one in droppers {
            if caught(|| drop_one(extensions)).is_none() {
                PANICKED
                    .line(&VALUE, format_args!("{connection}{VALUE} panicked when it was dropped"));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    #[derive(Clone)]
    struct Bomb<const N: usize>(Arc<()>);

    impl<const N: usize> Drop for Bomb<N> {
        fn drop(&mut self) {
            assert!(Arc::strong_count(&self.0) == 0, "this is what the test wants");
        }
    }

    #[test]
    fn a_value_whose_drop_panics_takes_no_other_with_it() {
        let count = Arc::new(());
        let mut opened = Unshared::default();
        opened.request.extensions_mut().insert(("of another server", Arc::clone(&count)));
        let request = &mut opened.request;
        assert!(insert_value(request, Arc::clone(&count)).is_none());
        assert!(insert_value(request, Bomb::<1>(Arc::clone(&count))).is_none());
        assert!(insert_value(request, Bomb::<2>(Arc::clone(&count))).is_none());
        assert!(insert_value(request, [Arc::clone(&count)]).is_none());
        assert!(insert_value(request, Arc::clone(&count)).is_some(), "the earlier one");
        assert_eq!(Arc::strong_count(&count), 6);
        drop(opened);
        assert_eq!(Arc::strong_count(&count), 1);
    }
}
