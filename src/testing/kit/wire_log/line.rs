//! [`Line`]: a line of JSON, whose fields are read by name and type.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use super::jsonl::VERSION;

/// What is wrong with a line, and what to do about it. The number of the line stands before it.
pub(super) type Fault = String;

/// A line of this version of the format.
pub(super) struct Line<'a> {
    written: &'a [u8],
    fields: Value,
}

impl<'a> Line<'a> {
    pub(super) fn parse(written: &'a [u8]) -> Result<Self, Fault> {
        let fields: Value = serde_json::from_slice(written).map_err(|e| {
            format!(
                "is not JSON at column {}: remove the line if the program ended while it wrote it, \
                 and otherwise record the log again",
                e.column()
            )
        })?;
        match fields["v"].as_u64() {
            Some(version) if version == u64::from(VERSION) => Ok(Self { written, fields }),
            Some(other) => Err(format!(
                "has version {other} of the format, and only version {VERSION} is known here: read \
                 it with the version of blocking-ws that wrote it"
            )),
            None => Err("has no version `v`: only what WireLog::to_jsonl and \
                         WireLog::follow_jsonl write can be read"
                .to_owned()),
        }
    }

    /// The line as it was written.
    pub(super) fn written(&self) -> String {
        String::from_utf8_lossy(self.written.trim_ascii()).into_owned()
    }

    pub(super) fn has(&self, name: &str) -> bool {
        !self.fields[name].is_null()
    }

    /// Returns `true` if the field is there and has this value.
    pub(super) fn says(&self, name: &str, value: bool) -> bool {
        self.fields[name] == value
    }

    pub(super) fn flag(&self, name: &str) -> Result<bool, Fault> {
        self.field(name, Value::as_bool)
    }

    pub(super) fn number<N: TryFrom<u64>>(&self, name: &str, most: u64) -> Result<N, Fault> {
        let number = |value: &Value| value.as_u64().filter(|number| *number <= most);
        self.field(name, |value| number(value)?.try_into().ok())
    }

    pub(super) fn text(&self, name: &str) -> Result<String, Fault> {
        self.field(name, |value| value.as_str().map(str::to_owned))
    }

    pub(super) fn texts(&self, name: &str) -> Result<Vec<String>, Fault> {
        let text = |value: &Value| value.as_str().map(str::to_owned);
        self.field(name, |value| value.as_array()?.iter().map(text).collect())
    }

    pub(super) fn base64(&self, name: &str) -> Result<Vec<u8>, Fault> {
        self.field(name, |value| STANDARD.decode(value.as_str()?).ok())
    }

    /// Reads a field that need not be there.
    pub(super) fn optional<T>(
        &self,
        name: &str,
        read: impl FnOnce(&Self, &str) -> Result<T, Fault>,
    ) -> Result<Option<T>, Fault> {
        self.has(name).then(|| read(self, name)).transpose()
    }

    /// Reads a field that has to be there.
    pub(super) fn field<T>(
        &self,
        name: &str,
        read: impl FnOnce(&Value) -> Option<T>,
    ) -> Result<T, Fault> {
        read(&self.fields[name]).ok_or_else(|| {
            let fault = if self.has(name) { "another value than it can have" } else { "no value" };
            format!("has {fault} for `{name}`: record the log again")
        })
    }
}
