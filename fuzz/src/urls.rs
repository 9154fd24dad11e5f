//! URLs, references to them, and what is sent because of them; proxies and `NO_PROXY`.
//!
//! ```text
//! input: lines: a URL, a reference, values of the environment's variables
//! ```

use blocking_ws::http::header::{AUTHORIZATION, COOKIE, HeaderMap, HeaderValue, LOCATION};
use blocking_ws::http::{Response, Uri};
use blocking_ws::testing::internals::{Hop, Proxy, Url, proxy_of, write_connect, write_request};

pub fn run(data: &[u8]) {
    let mut lines = data.split(|&byte| byte == b'\n');
    let first = lines.next().unwrap_or_default();
    let reference = lines.next().unwrap_or_default();
    let text = String::from_utf8_lossy(first);
    let environment: Vec<_> = lines.take(3).map(String::from_utf8_lossy).collect();
    if let Ok(proxy) = Proxy::parse(&text) {
        let (host, port) = proxy.place();
        assert!(is_clean(host) && port > 0);
    }
    if let Ok(uri) = text.parse::<Uri>() {
        if let Ok(url) = Url::from_uri(&uri) {
            check(&url);
        }
    }
    let Ok(url) = Url::parse(&text) else { return };
    check(&url);
    let variable = |name: &str| {
        let names = ["no_proxy", "http_proxy", "https_proxy"];
        let at = names.iter().position(|one| *one == name)?;
        environment.get(at).map(ToString::to_string)
    };
    if let Ok(Some(proxy)) = proxy_of(&url, variable) {
        tunnel(&url, &proxy);
    }
    if let Ok(joined) = url.join(reference) {
        check(&joined);
    }
    redirect(&url, reference);
}

fn is_clean(text: &str) -> bool {
    text.bytes().all(|byte| byte > b' ' && byte != 0x7f)
}

fn check(url: &Url) {
    let (host, port) = url.place();
    assert!(!host.is_empty() && port > 0);
    for text in [host, url.authority(), url.target(), &url.to_string()] {
        assert!(is_clean(text) && text.is_ascii() && !text.contains('#'), "{text:?}");
    }
    assert!(url.target().starts_with('/') && !url.authority().contains('@'));
    // Printed and parsed again it is the same, but for what is not printed.
    let again = Url::parse(&url.to_string()).expect("a URL is printed as one");
    assert_eq!(again.place(), url.place());
    assert_eq!((again.authority(), again.target()), (url.authority(), url.target()));
    assert!(again.credentials().is_none());
    let uri = url.to_uri().expect("a URL is a URI");
    assert_eq!(Url::from_uri(&uri).expect("a URI of a URL is one"), again);
    let head = write_request(url, &HeaderMap::new(), "key", None);
    assert_eq!(lines(&head), 7, "{}", head.escape_ascii());
    if let Some((user, password)) = url.credentials() {
        assert!(!user.contains(&b':'));
        assert!([user, password].concat().iter().all(|byte| !byte.is_ascii_control()));
    }
}

fn lines(head: &[u8]) -> usize {
    assert!(head.ends_with(b"\r\n\r\n"));
    head.iter().filter(|&&byte| byte == b'\n').count()
}

fn tunnel(url: &Url, proxy: &Proxy) {
    let head = write_connect(url, proxy);
    assert!(matches!(lines(&head), 3 | 4), "{}", head.escape_ascii());
}

/// Nothing that proves something goes to another origin, and nothing secret over an open line.
fn redirect(url: &Url, location: &[u8]) {
    let Ok(location) = HeaderValue::from_bytes(location) else { return };
    let mut headers = HeaderMap::new();
    headers.insert(AUTHORIZATION, HeaderValue::from_static("Bearer x"));
    headers.insert(COOKIE, HeaderValue::from_static("a=b"));
    let response = Response::builder().status(307).header(LOCATION, location).body(Vec::new());
    let response = response.expect("a response");
    let first = Hop::first(url.clone(), headers);
    let Some(next) = first.next(&response) else { return };
    let there = next.url();
    check(&there);
    assert!(there.is_secure() || !url.is_secure());
    assert_eq!(next.headers().is_empty(), !there.is_same_origin(url));
    if let Some(back) = next.next(&response) {
        assert!(!next.headers().is_empty() || back.headers().is_empty());
    }
}
