//! Heads of HTTP messages.

use blocking_ws::http::{HeaderMap, Request, Response};

/// A request or a response.
pub trait Head {
    fn headers(&self) -> &HeaderMap;

    /// The value of a header that may be there once.
    fn get(&self, name: &str) -> Option<&str> {
        let mut values = self.headers().get_all(name).iter();
        let value = values.next().map(|value| std::str::from_utf8(value.as_bytes()).unwrap());
        assert!(values.next().is_none(), "{name} is there twice: {:?}", self.headers());
        value
    }
}

impl<T> Head for Request<T> {
    fn headers(&self) -> &HeaderMap {
        self.headers()
    }
}

impl<T> Head for Response<T> {
    fn headers(&self) -> &HeaderMap {
        self.headers()
    }
}

/// The first line of a request.
pub fn line(request: &Request<()>) -> String {
    format!("{} {} {:?}", request.method(), request.uri(), request.version())
}

/// This number of header lines, each with another name.
pub fn distinct_headers(count: usize) -> String {
    (0..count).map(|at| format!("a{at}:\r\n")).collect::<Vec<_>>().concat()
}
