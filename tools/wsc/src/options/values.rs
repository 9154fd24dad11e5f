//! What options take.

use std::path::PathBuf;
use std::time::Duration;

use blocking_ws::CloseCode;

/// How long to wait for messages after the end of the input.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Wait {
    For(Duration),
    Forever,
}

/// Where to listen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Bind {
    Tcp(String),
    Unix(PathBuf),
}

/// The Close frame with which this side closes.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct CloseWith {
    pub(crate) code: CloseCode,
    pub(crate) reason: String,
}

impl CloseWith {
    pub(crate) fn normal() -> Self {
        Self { code: CloseCode::Normal, reason: String::new() }
    }

    /// Reads a code and a reason that may be sent (RFC 6455 §7.4, §5.5).
    pub(crate) fn parse(code: &str, reason: &str) -> Result<Self, String> {
        let number: u16 = code
            .parse()
            .map_err(|_| format!("{code:?} is no close code; it is a number such as 1000"))?;
        let code = CloseCode::from(number);
        if !code.may_be_sent() {
            return Err(format!(
                "a Close frame must not carry {number}; 1000 to 1003, 1007 to 1014 and 3000 to 4999 \
                 are allowed (RFC 6455 7.4)"
            ));
        }
        if reason.len() > 123 {
            let length = reason.len();
            return Err(format!(
                "the reason of a Close frame has at most 123 bytes, and this has {length}"
            ));
        }
        Ok(Self { code, reason: reason.to_owned() })
    }
}

pub(super) fn header(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once(':').ok_or("write it as NAME: VALUE")?;
    if text.contains(['\r', '\n']) || name.trim().is_empty() {
        return Err("write it as NAME: VALUE, in a line".to_owned());
    }
    Ok((name.trim().to_owned(), value.trim().to_owned()))
}

pub(super) fn one_line(text: &str) -> Result<String, String> {
    if text.contains(['\r', '\n']) {
        return Err("write it in one line".to_owned());
    }
    Ok(text.to_owned())
}

pub(super) fn login(text: &str) -> Result<String, String> {
    if !text.contains(':') {
        return Err("write it as USER:PASSWORD".to_owned());
    }
    one_line(text)
}

/// A hundred years. A time that is much longer, added to now, is more than a clock can show.
const LONGEST: Duration = Duration::from_hours(100 * 365 * 24);

fn time(text: &str) -> Option<Duration> {
    let time = text.parse().ok().and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    time.map(|time| time.min(LONGEST))
}

/// A number of seconds above zero.
pub(super) fn seconds(text: &str) -> Result<Duration, String> {
    let time = time(text).filter(|time| !time.is_zero());
    time.ok_or_else(|| "it is a number of seconds above 0, such as 2.5".to_owned())
}

pub(super) fn wait(text: &str) -> Result<Wait, String> {
    if text == "forever" {
        return Ok(Wait::Forever);
    }
    time(text).map(Wait::For).ok_or_else(|| "it is a number of seconds, or forever".to_owned())
}

/// A number of bytes: `4096`, `64k`, `16M`, `1G`.
pub(super) fn size(text: &str) -> Result<usize, String> {
    let (number, shift) = match text.chars().last() {
        Some('k' | 'K') => (&text[..text.len() - 1], 10),
        Some('m' | 'M') => (&text[..text.len() - 1], 20),
        Some('g' | 'G') => (&text[..text.len() - 1], 30),
        _ => (text, 0),
    };
    let bytes = number.parse::<usize>().ok().filter(|number| *number > 0);
    let bytes = bytes.and_then(|number| number.checked_mul(1 << shift));
    bytes.ok_or_else(|| "it is a number of bytes, such as 4096, 64k, 16M or 1G".to_owned())
}

/// An address to listen at: `9001`, `:9001`, `0.0.0.0:9001`, `[::1]:9001`, `unix:/run/chat.sock`.
///
/// Without a host only programs of this machine can connect.
pub(super) fn bind(text: &str) -> Result<Bind, String> {
    if let Some(path) = text.strip_prefix("unix:") {
        return Ok(Bind::Unix(path.into()));
    }
    let is_port = |text: &str| text.parse::<u16>().is_ok();
    match text.rsplit_once(':') {
        None if is_port(text) => Ok(Bind::Tcp(format!("127.0.0.1:{text}"))),
        Some(("", port)) if is_port(port) => Ok(Bind::Tcp(format!("127.0.0.1:{port}"))),
        Some((host, port)) if is_port(port) && !host.contains('/') => {
            Ok(Bind::Tcp(text.to_owned()))
        }
        _ => Err("it is a port, HOST:PORT or unix:PATH; port 0 lets the system choose".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_to_listen_at() {
        let tcp = |text: &str| Ok(Bind::Tcp(text.to_owned()));
        for (text, want) in [
            ("9001", tcp("127.0.0.1:9001")),
            (":0", tcp("127.0.0.1:0")),
            ("0.0.0.0:80", tcp("0.0.0.0:80")),
            ("[::1]:80", tcp("[::1]:80")),
            ("localhost:80", tcp("localhost:80")),
            ("unix:/a:b", Ok(Bind::Unix("/a:b".into()))),
        ] {
            assert_eq!(bind(text), want, "{text}");
        }
        for text in ["", "localhost", "70000", "ws://h:1", "h:x", "h:"] {
            assert!(bind(text).is_err(), "{text}");
        }
    }

    #[test]
    fn sizes_times_and_waits() {
        for (text, want) in
            [("1", Some(1)), ("64k", Some(65536)), ("16M", Some(16 << 20)), ("1G", Some(1 << 30))]
        {
            assert_eq!(size(text).ok(), want, "{text}");
        }
        for text in ["", "0", "k", "-1", "1.5", "1T", "99999999999G"] {
            assert!(size(text).is_err(), "{text}");
        }
        assert_eq!(seconds("2.5"), Ok(Duration::from_millis(2500)));
        for text in ["0", "-1", "x", "inf", "1e-12", "NaN"] {
            assert!(seconds(text).is_err(), "{text}");
        }
        for text in ["1e12", "1e19"] {
            assert_eq!(seconds(text), Ok(LONGEST), "{text}");
            assert_eq!(wait(text), Ok(Wait::For(LONGEST)), "{text}");
        }
        assert_eq!(wait("forever"), Ok(Wait::Forever));
        assert_eq!(wait("0"), Ok(Wait::For(Duration::ZERO)));
        for text in ["-1", "never", ""] {
            assert!(wait(text).is_err(), "{text}");
        }
    }

    #[test]
    fn close_frames_that_may_be_sent() {
        for (code, reason, is_well) in [
            ("1000", "", true),
            ("4999", "x", true),
            ("1008", &"x".repeat(123), true),
            ("1008", &"x".repeat(124), false),
            ("1005", "", false),
            ("1006", "", false),
            ("999", "", false),
            ("bye", "", false),
        ] {
            assert_eq!(CloseWith::parse(code, reason).is_ok(), is_well, "{code}");
        }
    }

    #[test]
    fn headers_and_log_ins() {
        assert_eq!(header("A:  b: c "), Ok(("A".to_owned(), "b: c".to_owned())));
        for text in ["A", ": b", "A: b\r\nC: d"] {
            assert!(header(text).is_err(), "{text}");
        }
        assert!(login("ali:").is_ok() && login("ali").is_err());
    }
}
