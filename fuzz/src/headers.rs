//! Lists in headers, subprotocols, extensions and `Retry-After`.
//!
//! ```text
//! input: lines
//! ```

use std::time::{Duration, SystemTime};

use blocking_ws::http::header::{
    CONNECTION, DATE, HeaderMap, HeaderName, HeaderValue, RETRY_AFTER, SEC_WEBSOCKET_EXTENSIONS,
    SEC_WEBSOCKET_PROTOCOL,
};
use blocking_ws::testing::internals::{Named, choose, elements, extensions, retry_after};

pub fn run(data: &[u8]) {
    let lines: Vec<_> = data
        .split(|&byte| byte == b'\n')
        .take(8)
        .filter_map(|line| HeaderValue::from_bytes(line).ok())
        .collect();
    lists(&lines);
    protocols(&lines);
    offers(&lines);
    waits(&lines);
}

fn map(name: &HeaderName, lines: &[HeaderValue]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for line in lines {
        headers.append(name, line.clone());
    }
    headers
}

/// RFC 9110 §5.6.1: however a list is spread over lines, and whatever is empty in it.
fn lists(lines: &[HeaderValue]) {
    let headers = map(&CONNECTION, lines);
    let got: Vec<_> = elements(&headers, &CONNECTION).collect();
    let readable = lines.iter().filter_map(|line| line.to_str().ok());
    let joined = readable.collect::<Vec<_>>().join(",");
    let want: Vec<_> = joined
        .split(',')
        .map(|one| one.trim_matches([' ', '\t']))
        .filter(|one| !one.is_empty())
        .collect();
    assert_eq!(got, want);
}

fn protocols(lines: &[HeaderValue]) {
    let offered = map(&SEC_WEBSOCKET_PROTOCOL, lines);
    let supported = ["chat.v2", "chat", "a"].map(str::to_owned);
    let all: Vec<_> = elements(&offered, &SEC_WEBSOCKET_PROTOCOL).collect();
    let want = supported.iter().find(|one| all.contains(&one.as_str()));
    assert_eq!(choose(&offered, &supported), want.map(String::as_str));
}

/// What was read is read again once it is printed, in one line or in several.
fn offers(lines: &[HeaderValue]) {
    let read = extensions(&map(&SEC_WEBSOCKET_EXTENSIONS, lines));
    let good: Vec<_> = read.into_iter().flatten().collect();
    let printed: Vec<_> = good.iter().map(print).collect();
    let values = |lines: &[String]| -> Vec<HeaderValue> {
        lines.iter().map(|line| line.parse().expect("tokens are a value")).collect()
    };
    for lines in [printed.clone(), vec![printed.join(" ,, ")]] {
        let again = extensions(&map(&SEC_WEBSOCKET_EXTENSIONS, &values(&lines)));
        let again: Option<Vec<_>> = again.into_iter().collect();
        assert_eq!(again.as_ref(), Some(&good));
    }
}

fn print((name, parameters): &Named) -> String {
    let token = |text: &str| {
        let legal = |byte: u8| byte.is_ascii_graphic() && !b"\"(),/:;<=>?@[\\]{}".contains(&byte);
        assert!(!text.is_empty() && text.bytes().all(legal), "{text:?} is no token");
    };
    token(name);
    let mut line = name.clone();
    for (name, value) in parameters {
        token(name);
        line += &format!("; {name}");
        if let Some(value) = value {
            token(value);
            line += &format!("=\"{value}\"");
        }
    }
    line
}

fn waits(lines: &[HeaderValue]) {
    let mut headers = HeaderMap::new();
    for (name, line) in [RETRY_AFTER, DATE].into_iter().zip(lines) {
        headers.insert(name, line.clone());
    }
    let asked = retry_after(&headers, SystemTime::UNIX_EPOCH);
    let Some(line) = lines.first() else { return assert_eq!(asked, None) };
    let digits = !line.is_empty() && line.as_bytes().iter().all(u8::is_ascii_digit);
    if digits {
        let seconds = line.to_str().expect("digits").trim_start_matches('0').parse();
        let most = if line.as_bytes().iter().all(|&byte| byte == b'0') { 0 } else { u64::MAX };
        assert_eq!(asked, Some(Duration::from_secs(seconds.unwrap_or(most))));
    } else if let Some(asked) = asked {
        // A date, of which there are no more than ten thousand years.
        assert!(asked.as_secs() < 400_000_000_000, "{asked:?}");
    }
}
