//! [`Bus`]: what is told to all processes by way of Redis.
//!
//! Redis numbers the messages of a room, in the script that publishes them, so the numbers are in the order in
//! which every process gets the messages. Numbers hold for one run of Redis, its `run_id`: after a restart from
//! an old snapshot they could begin anew below those that were seen.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use blocking_ws::{Error, Result};
use redis::{Client, Connection, RedisError, RedisResult};
use serde_json::{Value, json};

/// How long Redis may take for anything.
pub(crate) const PATIENCE: Duration = Duration::from_secs(2);

/// How long nothing is tried after a failure: clients that wait in line would all wait in vain.
const PAUSE: Duration = Duration::from_millis(200);

/// The names of channels and of the hash with the numbers begin so.
pub(crate) const PREFIX: &str = "chat:";

const PUBLISH: &str = "\
    local n = redis.call('HINCRBY', KEYS[1], ARGV[2], 1)
    redis.call('PUBLISH', KEYS[2], ARGV[1] .. ' ' .. n .. ' ' .. ARGV[3])
    return n";

/// A message of a room: the run of Redis that numbered it, and the number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Position {
    pub(crate) epoch: String,
    pub(crate) n: u64,
}

/// The connection on which this process tells. The one on which it hears is another.
pub(crate) struct Bus {
    client: Client,
    link: Mutex<Link>,
}

#[derive(Default)]
struct Link {
    /// The connection, and the run of Redis at its other end.
    open: Option<(Connection, String)>,
    failed: Option<Instant>,
}

impl Bus {
    /// Connects to nothing yet.
    pub(crate) fn new(url: &str) -> Result<Self> {
        let client = Client::open(url).map_err(|e| Error::other(format!("--redis: {e}")))?;
        Ok(Self { client, link: Mutex::default() })
    }

    /// Opens a connection whose every call has an end.
    pub(crate) fn connect(&self) -> RedisResult<Connection> {
        let connection = self.client.get_connection_with_timeout(PATIENCE)?;
        connection.set_read_timeout(Some(PATIENCE))?;
        connection.set_write_timeout(Some(PATIENCE))?;
        Ok(connection)
    }

    /// Connects anew, because Redis may be another.
    pub(crate) fn reconnect(&self) -> RedisResult<()> {
        let mut link = self.lock();
        *link = Link::default();
        self.open(&mut link).map(drop)
    }

    /// Passes a message on to all processes.
    ///
    /// # Errors
    /// It was not passed on. After a timeout it may have been.
    pub(crate) fn publish(&self, room: &str, event: &str) -> RedisResult<()> {
        self.with(|connection, epoch| {
            redis::cmd("EVAL")
                .arg(PUBLISH)
                .arg(2)
                .arg(numbers(epoch))
                .arg(format!("{PREFIX}{room}"))
                .arg(epoch)
                .arg(room)
                .arg(event)
                .query(connection)
        })
    }

    /// The last message of each room.
    pub(crate) fn positions(&self, rooms: &[&str]) -> RedisResult<Vec<Position>> {
        if rooms.is_empty() {
            return Ok(Vec::new());
        }
        self.with(|connection, epoch| {
            let mut command = redis::cmd("HMGET");
            command.arg(numbers(epoch)).arg(rooms);
            let numbers: Vec<Option<u64>> = command.query(connection)?;
            let position = |n: Option<u64>| Position { epoch: epoch.to_owned(), n: n.unwrap_or(0) };
            Ok(numbers.into_iter().map(position).collect())
        })
    }

    fn with<T>(
        &self,
        call: impl FnOnce(&mut Connection, &str) -> RedisResult<T>,
    ) -> RedisResult<T> {
        let mut link = self.lock();
        let (connection, epoch) = self.open(&mut link)?;
        let result = call(connection, epoch);
        if result.as_ref().is_err_and(RedisError::is_io_error) {
            // An answer that comes late would be taken for that of the next call.
            *link = Link { open: None, failed: Some(Instant::now()) };
        }
        result
    }

    fn open<'a>(&self, link: &'a mut Link) -> RedisResult<&'a mut (Connection, String)> {
        if link.open.is_none() {
            if link.failed.is_some_and(|failed| failed.elapsed() < PAUSE) {
                let why = "Redis cannot be reached, as a moment ago";
                return Err(RedisError::from(std::io::Error::other(why)));
            }
            let opened = self.connect().and_then(|mut connection| {
                let info: String = redis::cmd("INFO").arg("server").query(&mut connection)?;
                let epoch = info.lines().find_map(|line| line.strip_prefix("run_id:"));
                Ok((connection, epoch.unwrap_or("none").trim().to_owned()))
            });
            match opened {
                Ok(open) => *link = Link { open: Some(open), failed: None },
                Err(e) => {
                    link.failed = Some(Instant::now());
                    return Err(e);
                }
            }
        }
        Ok(link.open.as_mut().expect("it has just been opened"))
    }

    fn lock(&self) -> MutexGuard<'_, Link> {
        self.link.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The hash with the number of each room's last message.
fn numbers(epoch: &str) -> String {
    format!("{PREFIX}{epoch}:numbers")
}

impl Position {
    /// How many messages came between an earlier one and this one; `None` if they have no numbers in common.
    pub(crate) fn missed_since(&self, earlier: &Self) -> Option<u64> {
        (self.epoch == earlier.epoch).then(|| self.n.saturating_sub(earlier.n))
    }

    pub(crate) fn to_json(&self) -> Value {
        json!({ "epoch": self.epoch, "n": self.n })
    }

    pub(crate) fn from_json(value: &Value) -> Option<Self> {
        let epoch = value.get("epoch")?.as_str()?.to_owned();
        Some(Self { epoch, n: value.get("n")?.as_u64()? })
    }
}
