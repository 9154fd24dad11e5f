//! Where a redirect leads, and what may be sent there (RFC 9110 §15.4).

use http::header::{HOST, HeaderMap, HeaderName, LOCATION};
use http::{Response, StatusCode};

use super::credentials::SECRET_HEADERS;
use super::url::Url;

/// One request on the way to the server: its URL, and the headers that go there.
#[derive(Clone, Debug)]
pub(crate) struct Hop {
    pub(crate) url: Url,
    pub(crate) headers: HeaderMap,
    /// This origin, or one before it, is not the origin to which the program gave its credentials.
    pub(crate) crossed_origin: bool,
}

impl Hop {
    /// The request that the program made.
    pub(crate) const fn first(url: Url, headers: HeaderMap) -> Self {
        Self { url, headers, crossed_origin: false }
    }

    /// Returns the request that a response redirects to, or why it cannot be followed.
    ///
    /// A redirect from `wss` to `ws` is not followed. Secrets that another origin did not get do
    /// not come back if that origin redirects to the first one: it could choose what is done with
    /// them.
    pub(crate) fn next(&self, response: &Response<Vec<u8>>) -> Result<Self, &'static str> {
        if !redirects(response.status()) {
            return Err("its status is none that is followed (RFC 9110 15.4)");
        }
        let mut locations = response.headers().get_all(LOCATION).iter();
        let (Some(location), None) = (locations.next(), locations.next()) else {
            return Err("it has no Location, or several");
        };
        if location.is_empty() {
            // RFC 3986 §5.2.2: an empty reference is this same URL.
            return Err("its Location is empty");
        }
        let joined = self.url.join(location.as_bytes());
        let mut url = joined.map_err(|_| "its Location is no WebSocket URL")?;
        if self.url.secure && !url.secure {
            return Err("it leads from wss:// to ws://, which is not encrypted");
        }
        if url.is_same_origin(&self.url) {
            url.credentials = url.credentials.or_else(|| self.url.credentials.clone());
            return Ok(Self {
                url,
                headers: self.headers.clone(),
                crossed_origin: self.crossed_origin,
            });
        }
        // A Host header is no secret, but it would name the wrong host.
        let stays = |name: &HeaderName| *name == HOST || SECRET_HEADERS.contains(name);
        // Copied, because removing headers from the map would change the order of the others.
        let mut headers = HeaderMap::new();
        for (name, value) in self.headers.iter().filter(|(name, _)| !stays(name)) {
            headers.append(name, value.clone());
        }
        Ok(Self { url, headers, crossed_origin: true })
    }
}

fn redirects(status: StatusCode) -> bool {
    matches!(status.as_u16(), 301 | 302 | 303 | 307 | 308)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hop(url: &str) -> Hop {
        let headers = ["authorization", "cookie", "proxy-authorization", "host", "x-other"];
        let headers = headers.map(|name| (name.parse().unwrap(), "sesame".parse().unwrap()));
        Hop::first(Url::parse(url).unwrap(), HeaderMap::from_iter(headers))
    }

    fn moved(status: u16, locations: &[&str]) -> Response<Vec<u8>> {
        let response = Response::builder().status(status);
        let response =
            locations.iter().fold(response, |response, one| response.header(LOCATION, *one));
        response.body(Vec::new()).unwrap()
    }

    #[test]
    fn rfc_9110_section_15_4_what_is_followed() {
        for (rule, status, from, locations, to) in [
            ("301", 301, "ws://h/a", &["/b"][..], Ok("ws://h/b")),
            ("302", 302, "ws://h/a", &["b?c"], Ok("ws://h/b?c")),
            ("303", 303, "ws://h/a", &["//i/"], Ok("ws://i/")),
            ("307", 307, "wss://h/a", &["/b#c"], Ok("wss://h/b")),
            ("308", 308, "wss://h/a", &["https://i:1/b"], Ok("wss://i:1/b")),
            ("to more safety", 302, "ws://h/", &["wss://h/"], Ok("wss://h/")),
            ("to less", 302, "wss://h/", &["ws://h/"], Err("not encrypted")),
            ("to less, by http", 302, "wss://h/", &["http://h/"], Err("not encrypted")),
            ("300 leaves the choice", 300, "ws://h/", &["/b"], Err("its status")),
            ("304 is none", 304, "ws://h/", &["/b"], Err("its status")),
            ("305 is not used any more", 305, "ws://h/", &["/b"], Err("its status")),
            ("403", 403, "ws://h/", &["/b"], Err("its status")),
            ("nowhere", 302, "ws://h/", &[], Err("no Location")),
            ("empty", 302, "ws://h/", &[""], Err("is empty")),
            ("two places", 302, "ws://h/", &["/a", "/a"], Err("or several")),
            ("another scheme", 302, "ws://h/", &["ftp://h/"], Err("no WebSocket URL")),
            ("malformed", 302, "ws://h/", &["/a b"], Err("no WebSocket URL")),
            ("not ASCII", 302, "ws://h/", &["/\u{e9}"], Ok("ws://h/%C3%A9")),
            ("not RFC 3986", 302, "ws://h/{a}", &["?b=[c]"], Ok("ws://h/%7Ba%7D?b=%5Bc%5D")),
        ] {
            let next = hop(from).next(&moved(status, locations));
            let next = next.map(|hop| hop.url.to_string());
            match to {
                Ok(to) => assert_eq!(next.as_deref(), Ok(to), "{rule}"),
                Err(why) => assert!(next.is_err_and(|it| it.contains(why)), "{rule}"),
            }
        }
    }

    #[test]
    fn credentials_stay_with_their_origin() {
        let user = |hop: &Hop| {
            let credentials = hop.url.credentials.as_ref();
            credentials.map(|it| String::from_utf8(it.user.clone()).unwrap())
        };
        for (rule, from, ways, crossed_origin, want) in [
            ("the same origin", "ws://ali@h/", &["/b"][..], false, Some("ali")),
            ("the same, spelt out", "ws://ali@h/", &["ws://H:80/b"], false, Some("ali")),
            ("the same, and its own", "ws://ali@h/", &["http://eve@h/b"], false, Some("eve")),
            ("in another case, with a dot", "ws://ali@h./", &["ws://H.:80/b"], false, Some("ali")),
            ("without the dot", "ws://ali@h./", &["ws://h/b"], true, None),
            ("with a dot", "ws://ali@h/", &["ws://h./b"], true, None),
            (
                "an address written otherwise",
                "ws://ali@[::1]/",
                &["//[0:0::1]/"],
                false,
                Some("ali"),
            ),
            ("another host", "ws://ali@h/", &["//i/"], true, None),
            ("another port", "ws://ali@h/", &["//h:81/"], true, None),
            ("another scheme", "ws://ali@h/", &["wss://h/"], true, None),
            ("a subdomain", "ws://ali@h/", &["ws://a.h/"], true, None),
            ("its own, another origin", "ws://ali@h/", &["//eve@i/"], true, Some("eve")),
            ("there and back", "ws://ali@h/", &["//i/", "//h/"], true, None),
        ] {
            let last =
                ways.iter().fold(hop(from), |hop, way| hop.next(&moved(302, &[way])).unwrap());
            assert_eq!(
                (last.crossed_origin, user(&last).as_deref()),
                (crossed_origin, want),
                "{rule}"
            );
            for name in ["authorization", "cookie", "proxy-authorization", "host"] {
                assert_eq!(last.headers.contains_key(name), !crossed_origin, "{rule}: {name}");
            }
            assert_eq!(last.headers["x-other"], "sesame", "{rule}");
        }
    }

    #[test]
    fn headers_keep_their_order() {
        let mut headers = HeaderMap::new();
        for (name, value) in
            [("cookie", "0"), ("x-a", "1"), ("host", "2"), ("x-b", "3"), ("x-c", "4"), ("x-a", "5")]
        {
            headers.append(name, value.parse().unwrap());
        }
        for (way, want) in [("/b", "0 1 5 2 3 4"), ("//i/", "1 5 3 4")] {
            let hop = Hop::first(Url::parse("ws://h/").unwrap(), headers.clone());
            let next = hop.next(&moved(302, &[way])).unwrap();
            let values: Vec<_> = next.headers.values().map(|it| it.to_str().unwrap()).collect();
            assert_eq!(values.join(" "), want, "{way}");
        }
    }
}
