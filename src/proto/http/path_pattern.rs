//! [`PathPattern`]: which paths a route takes, such as `/chat/{room}`.
//!
//! ```text
//! /chat            static: this segment, compared after it is percent-decoded
//! /chat/{room}     a parameter: any segment that is not empty
//! /files/{path..}  the rest: all that follows, perhaps nothing
//! ```
//!
//! Of several patterns that match, the one counts whose first different segment is the more exact:
//! static before parameter before rest. [`PathPattern::before`] is that order.

use std::cmp::Ordering;

use percent_encoding::percent_decode_str;

/// The parameters of a request's path, for a route such as `/chat/{room}`.
///
/// [`WebSocket::param`](crate::WebSocket::param) returns single values. The request of a page has
/// all of them in its extensions; see [`Server::page`](crate::Server::page).
///
/// A value is text of the client, and may contain `/`, `..` and NUL: check it before it becomes a
/// part of a file's name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PathParams(Vec<(String, String)>);

impl PathParams {
    /// Returns the value of the parameter `name`, percent-decoded.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| &value[..])
    }

    /// Returns `true` if the route has no parameters.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns all names and values, in the order of the path.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (&name[..], &value[..]))
    }
}

/// Which paths a route takes.
#[derive(Clone, Debug)]
pub(crate) struct PathPattern {
    text: String,
    segments: Vec<Segment>,
}

#[derive(Clone, Debug)]
enum Segment {
    Static(String),
    Parameter(String),
    Rest(String),
}

impl PathPattern {
    /// Parses a pattern. The error says what is wrong with it.
    pub(crate) fn parse(text: &str) -> Result<Self, &'static str> {
        let Some(path) = text.strip_prefix('/') else {
            return Err("it does not begin with a slash");
        };
        let segments: Vec<_> = path.split('/').map(Segment::parse).collect::<Result<_, _>>()?;
        let names: Vec<_> = segments.iter().filter_map(Segment::name).collect();
        if names.iter().enumerate().any(|(i, name)| names[..i].contains(name)) {
            return Err("two parameters have the same name");
        }
        let before_last = &segments[..segments.len() - 1];
        if before_last.iter().any(|segment| matches!(segment, Segment::Rest(_))) {
            return Err("something follows the rest of the path");
        }
        Ok(Self { text: text.to_owned(), segments })
    }

    /// Returns the parameters if the pattern matches a path that is still percent-encoded.
    pub(crate) fn params_of(&self, path: &str) -> Option<PathParams> {
        let mut left = path.strip_prefix('/');
        let mut params = Vec::new();
        for segment in &self.segments {
            let (first, after) = match left?.split_once('/') {
                Some((first, after)) => (first, Some(after)),
                None => (left?, None),
            };
            match segment {
                Segment::Static(want) if decoded(first)? == *want => {}
                Segment::Static(_) => return None,
                Segment::Parameter(name) => {
                    let value = Some(decoded(first)?).filter(|value| !value.is_empty())?;
                    params.push((name.clone(), value));
                }
                Segment::Rest(name) => {
                    params.push((name.clone(), decoded(left?)?));
                    return Some(PathParams(params));
                }
            }
            left = after;
        }
        left.is_none().then_some(PathParams(params))
    }

    /// The order in which patterns are tried. Patterns that take the same paths are equal.
    pub(crate) fn before(&self, other: &Self) -> Ordering {
        let (ranks, others) = (self.segments.iter(), other.segments.iter());
        ranks.map(Segment::rank).cmp(others.map(Segment::rank))
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.text
    }
}

const NOT_WHOLE: &str = "a parameter is a whole segment, such as /{room}";

impl Segment {
    fn parse(text: &str) -> Result<Self, &'static str> {
        let Some(inner) = text.strip_prefix('{') else {
            if text.contains(['{', '}']) {
                return Err(NOT_WHOLE);
            }
            // Other libraries write parameters so. Taken for text, they would match nothing.
            if text.starts_with([':', '*', '<']) {
                return Err("a parameter is written in braces, such as /{room} or /{rest..}");
            }
            return decoded(text).map(Self::Static).ok_or("it is not UTF-8 when decoded");
        };
        let name = inner.strip_suffix('}').ok_or(NOT_WHOLE)?;
        let (name, is_rest) = match name.strip_suffix("..") {
            Some(name) => (name, true),
            None => (name, false),
        };
        let is_name = |c: char| c.is_alphanumeric() || c == '_' || c == '-';
        if name.is_empty() || !name.chars().all(is_name) {
            return Err("a parameter's name has letters, digits, - and _ only");
        }
        let name = name.to_owned();
        Ok(if is_rest { Self::Rest(name) } else { Self::Parameter(name) })
    }

    fn name(&self) -> Option<&str> {
        match self {
            Self::Static(_) => None,
            Self::Parameter(name) | Self::Rest(name) => Some(name),
        }
    }

    /// What counts for the order: the names of parameters do not.
    fn rank(&self) -> (u8, &str) {
        match self {
            Self::Static(text) => (0, text),
            Self::Parameter(_) => (1, ""),
            Self::Rest(_) => (2, ""),
        }
    }
}

/// Percent-decodes a part of a path. `None` if the result is not UTF-8.
fn decoded(part: &str) -> Option<String> {
    String::from_utf8(percent_decode_str(part).collect()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn params(pattern: &str, path: &str) -> Option<Vec<(String, String)>> {
        PathPattern::parse(pattern).unwrap().params_of(path).map(|params| params.0)
    }

    #[test]
    fn paths_match_segment_by_segment() {
        for (pattern, path, want) in [
            ("/", "/", Some(&[][..])),
            ("/", "/a", None),
            ("/", "", None),
            ("/", "*", None),
            ("/chat", "/chat", Some(&[])),
            ("/chat", "/chat/", None),
            ("/chat", "/Chat", None),
            ("/chat", "/ch%61t", Some(&[])),
            ("/caf\u{e9}", "/caf%C3%A9", Some(&[])),
            ("/caf%C3%A9", "/caf%c3%a9", Some(&[])),
            ("/chat/{room}", "/chat/red", Some(&[("room", "red")])),
            ("/chat/{room}", "/chat/a%2Fb%20c", Some(&[("room", "a/b c")])),
            ("/chat/{room}", "/chat/..%2F%00", Some(&[("room", "../\0")])),
            ("/chat/{room}", "/chat/%C3%A9", Some(&[("room", "\u{e9}")])),
            ("/chat/{room}", "/chat/%FF", None),
            ("/chat/{room}", "/chat/", None),
            ("/chat/{room}", "/chat/red/", None),
            ("/chat/{room}", "/chat/red/1", None),
            ("/{a}/x/{b}", "/1/x/2", Some(&[("a", "1"), ("b", "2")])),
            ("/{a}/x/{b}", "/1/y/2", None),
            ("/files/{path..}", "/files/a/b%20c", Some(&[("path", "a/b c")])),
            ("/files/{path..}", "/files/%2e%2e%2fa", Some(&[("path", "../a")])),
            ("/files/{path..}", "/files/", Some(&[("path", "")])),
            ("/files/{path..}", "/files", None),
            ("/{all..}", "/", Some(&[("all", "")])),
        ] {
            let want = want.map(|want| {
                want.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect()
            });
            assert_eq!(params(pattern, path), want, "{pattern} {path}");
        }
    }

    #[test]
    fn the_more_exact_pattern_comes_first() {
        let sorted = ["/a/b", "/a/b/{x..}", "/a/{x}", "/a/{x}/c", "/a/{x..}", "/{x}/b", "/{x..}"];
        for (i, one) in sorted.iter().enumerate() {
            for (k, other) in sorted.iter().enumerate() {
                let parse = |text| PathPattern::parse(text).unwrap();
                assert_eq!(parse(one).before(&parse(other)), i.cmp(&k), "{one} {other}");
            }
        }
        let same = ["/a/{x}", "/a/{y}"].map(|text| PathPattern::parse(text).unwrap());
        assert_eq!(same[0].before(&same[1]), Ordering::Equal, "names do not count");
    }

    #[test]
    fn what_is_no_pattern_is_refused() {
        for (pattern, why) in [
            ("", "it does not begin with a slash"),
            ("chat", "it does not begin with a slash"),
            ("/a{b}", NOT_WHOLE),
            ("/{a}b", NOT_WHOLE),
            ("/{a", NOT_WHOLE),
            ("/a}", NOT_WHOLE),
            ("/{}", "a parameter's name has letters, digits, - and _ only"),
            ("/{..}", "a parameter's name has letters, digits, - and _ only"),
            ("/{a b}", "a parameter's name has letters, digits, - and _ only"),
            ("/{a}/{a}", "two parameters have the same name"),
            ("/{a..}/b", "something follows the rest of the path"),
            ("/%FF", "it is not UTF-8 when decoded"),
            ("/:room", "a parameter is written in braces, such as /{room} or /{rest..}"),
            ("/<room>", "a parameter is written in braces, such as /{room} or /{rest..}"),
            ("/files/*", "a parameter is written in braces, such as /{room} or /{rest..}"),
        ] {
            assert_eq!(PathPattern::parse(pattern).unwrap_err(), why, "{pattern}");
        }
    }
}
