//! Servers that go and come back.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use blocking_ws::{Client, CloseCode, Deflate, Error, Hub, Overflow, Result, Server, WebSocket};

use super::plan::Stop;
use super::rooms;
use super::tally::TALLY;
use test_support::pem::{PEM, identity};
use test_support::random::Random;

/// What a server is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Plain,
    Compressed,
    Tls,
    Unix,
}

impl Kind {
    #[cfg(unix)]
    pub(crate) const ALL: &[Self] = &[Self::Plain, Self::Compressed, Self::Tls, Self::Unix];
    #[cfg(not(unix))]
    pub(crate) const ALL: &[Self] = &[Self::Plain, Self::Compressed, Self::Tls];
}

/// Where a server is, be it there or not.
pub(crate) struct Place {
    kind: Kind,
    at: Mutex<Option<SocketAddr>>,
    path: PathBuf,
    pub(crate) hub: Hub,
}

/// How long `shutdown` may take beyond its deadline.
const GRACE: Duration = Duration::from_secs(4);
const DEADLINE: Duration = Duration::from_secs(1);
const SHORT: Duration = Duration::from_secs(3);

impl Place {
    pub(crate) fn open(kind: Kind) -> Self {
        let overflow = match kind {
            Kind::Plain => Overflow::DropOldest,
            Kind::Compressed => Overflow::DropNewest,
            Kind::Tls | Kind::Unix => Overflow::Disconnect(CloseCode::TryAgainLater),
        };
        let path = std::env::temp_dir().join(format!("soak-{}.sock", std::process::id()));
        let hub = Hub::new().max_queued_messages(64).overflow(overflow);
        Self { kind, at: Mutex::default(), path, hub }
    }

    fn lock(&self) -> MutexGuard<'_, Option<SocketAddr>> {
        self.at.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The address for those who do not speak WebSocket.
    pub(crate) fn address(&self) -> Option<SocketAddr> {
        *self.lock()
    }

    /// The URL of a path there, once it is known.
    pub(crate) fn url(&self, path: &str) -> Option<String> {
        let scheme = if self.kind == Kind::Tls { "wss" } else { "ws" };
        match (self.kind, self.address()) {
            (Kind::Unix, _) => Some(format!("ws://localhost/{path}")),
            (_, Some(address)) => Some(format!("{scheme}://{address}/{path}")),
            (_, None) => None,
        }
    }

    /// A client that gets there, in one way of several.
    pub(crate) fn client(&self, random: &mut Random) -> Client {
        let client = Client::new()
            .root_certificate_pem(PEM.0.as_bytes())
            .connect_timeout(SHORT)
            .write_timeout(SHORT)
            .close_timeout(Duration::from_secs(1))
            .ping_interval(Duration::from_secs(2))
            .pong_timeout(SHORT);
        let takeover = random.below(2) == 0;
        let client = match random.below(3) {
            0 => client,
            _ => client.deflate(Deflate::new().send_takeover(takeover).recv_takeover(takeover)),
        };
        if self.kind == Kind::Unix { client.unix_socket(&self.path) } else { client }
    }

    fn server(&self) -> Result<Server> {
        let server = match (self.kind, self.address()) {
            (Kind::Unix, _) => Server::bind_unix(&self.path)?,
            // It comes back where it was.
            (_, Some(address)) => Server::bind(address)?,
            (_, None) => Server::bind("127.0.0.1:0")?,
        };
        if self.kind != Kind::Unix {
            *self.lock() = Some(server.local_addr()?);
        }
        let server = server
            .handshake_timeout(SHORT)
            .write_timeout(SHORT)
            .close_timeout(Duration::from_secs(1))
            .stall_timeout(SHORT)
            .ping_interval(Duration::from_secs(1))
            .pong_timeout(SHORT)
            .max_connections(200);
        Ok(match self.kind {
            Kind::Plain | Kind::Unix => server,
            Kind::Compressed => {
                server.deflate(Deflate::new().send_takeover(true).recv_takeover(true))
            }
            Kind::Tls => server.deflate(Deflate::new()).tls(&identity())?,
        })
    }

    /// Serves, and goes every now and then.
    pub(crate) fn serve(&self, every: Duration, stop: &Stop) {
        while !stop.is_told() {
            let (hub, server) = (self.hub.clone(), self.server());
            let spawned = server.and_then(|server| {
                server.spawn(move |ws| {
                    handle(ws, &hub);
                    Ok(())
                })
            });
            let handle = match spawned {
                Ok(handle) => handle,
                Err(e) => {
                    TALLY.wrong(&format!("no server: {e}"));
                    stop.sleep(Duration::from_millis(500));
                    continue;
                }
            };
            let until = Instant::now() + every;
            let mut number = 0;
            while !stop.is_told() && Instant::now() < until {
                thread::sleep(Duration::from_millis(20));
                rooms::broadcast(&self.hub, number);
                number += 1;
            }
            let begun = Instant::now();
            handle.shutdown(DEADLINE);
            let took = begun.elapsed();
            if took > DEADLINE + GRACE {
                TALLY.wrong(&format!("a shutdown took more than {:?}", DEADLINE + GRACE));
            }
        }
    }
}

/// What a client asks for by its path.
fn handle(ws: &mut WebSocket, hub: &Hub) {
    let served = match ws.request().uri().path() {
        "/room" => rooms::serve(ws, hub),
        "/stream" => streams(ws),
        _ => echo(ws),
    };
    match served {
        // Some clients break rules.
        Ok(()) | Err(Error::Protocol(_)) => {}
        Err(e) => TALLY.failed("server", &e),
    }
}

fn echo(ws: &mut WebSocket) -> Result<()> {
    let sender = ws.sender()?;
    while let Some(message) = ws.recv_ref()? {
        sender.feed(message)?;
    }
    Ok(())
}

fn streams(ws: &mut WebSocket) -> Result<()> {
    let sender = ws.sender()?;
    while let Some(mut stream) = ws.recv_stream()? {
        let mut back = sender.send_stream(stream.kind());
        io::copy(&mut stream, &mut back)?;
        back.finish()?;
    }
    Ok(())
}
