//! The log on standard error, in one of three forms. `RUST_LOG` says what is in it.

use std::io::Write;
use std::str::FromStr;
use std::thread;

use env_logger::{Builder, Env};
use log::{Level, Record};
use serde_json::json;

/// Who reads the log.
#[derive(Clone, Copy)]
pub(crate) enum Form {
    /// People.
    Text,
    /// systemd, which takes the level from the front of a line and adds the time.
    Systemd,
    /// Programs: each line is an object of JSON.
    Json,
}

impl FromStr for Form {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        match name {
            "text" => Ok(Self::Text),
            "systemd" => Ok(Self::Systemd),
            "json" => Ok(Self::Json),
            other => Err(format!("--log takes text, systemd or json, not {other:?}")),
        }
    }
}

/// Installs the logger. The level is `info` where `RUST_LOG` does not say otherwise.
pub(crate) fn install(form: Form) {
    let mut builder = Builder::from_env(Env::default().default_filter_or("info"));
    match form {
        Form::Text => {}
        Form::Systemd => {
            builder.format(|out, it| writeln!(out, "<{}>{}", priority(it.level()), it.args()));
        }
        Form::Json => {
            builder.format(|out, it| writeln!(out, "{}", object(it)));
        }
    }
    builder.init();
}

/// The level in the words of sd-daemon(3), which are those of syslog.
fn priority(level: Level) -> u8 {
    match level {
        Level::Error => 3,
        Level::Warn => 4,
        Level::Info => 6,
        Level::Debug | Level::Trace => 7,
    }
}

/// A line, with the number of its connection as a field of its own.
fn object(record: &Record<'_>) -> serde_json::Value {
    let text = record.args().to_string();
    json!({
        "level": record.level().as_str().to_lowercase(),
        "target": record.target(),
        "thread": thread::current().name(),
        "connection": connection(&text),
        "message": text,
    })
}

/// The number at the front of a line such as `#7 192.0.2.1:5123: open, /chat`.
fn connection(text: &str) -> Option<u64> {
    text.strip_prefix('#')?.split(' ').next()?.parse().ok()
}
