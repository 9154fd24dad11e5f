//! A list of extensions, as `Sec-WebSocket-Extensions` has it (RFC 6455 §9.1).

/// An extension of a list.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Extension {
    /// Its name, in small letters.
    pub(super) name: String,
    /// The names of its parameters, in small letters, and their values without quotes.
    pub(super) parameters: Vec<(String, Option<String>)>,
}

/// Reads a list. Returns `None` if it does not have the form of one.
pub(super) fn parse(list: &str) -> Option<Vec<Extension>> {
    let mut rest = Rest(list);
    let mut extensions = Vec::new();
    loop {
        // RFC 9110 §5.6.1: elements of a list may be empty.
        while rest.skip(',') {}
        if rest.0.is_empty() {
            return Some(extensions);
        }
        let name = rest.token()?;
        let mut parameters = Vec::new();
        while rest.skip(';') {
            let parameter = rest.token()?;
            let value = if rest.skip('=') { Some(rest.value()?) } else { None };
            parameters.push((parameter, value));
        }
        extensions.push(Extension { name, parameters });
        if !rest.0.is_empty() && !rest.0.starts_with(',') {
            return None;
        }
    }
}

/// What has not been read. Blanks at the front never count.
struct Rest<'a>(&'a str);

impl Rest<'_> {
    /// Skips a character, and returns `true`, if it comes next.
    fn skip(&mut self, c: char) -> bool {
        self.0 = trim(self.0);
        let rest = self.0.strip_prefix(c);
        self.0 = trim(rest.unwrap_or(self.0));
        rest.is_some()
    }

    /// Reads a name. Names are the same in small and in capital letters.
    fn token(&mut self) -> Option<String> {
        self.0 = trim(self.0);
        let end = self.0.find(|c| !is_token(c)).unwrap_or(self.0.len());
        let (token, rest) = self.0.split_at(end);
        self.0 = trim(rest);
        (!token.is_empty()).then(|| token.to_ascii_lowercase())
    }

    /// Reads a value. Between quotes stands what could stand without them (§9.1).
    fn value(&mut self) -> Option<String> {
        if !self.skip('"') {
            return self.token();
        }
        let (quoted, rest) = self.0.split_once('"')?;
        self.0 = trim(rest);
        // A backslash takes the next character as it is.
        let value = quoted.replace('\\', "");
        (!value.is_empty() && value.chars().all(is_token)).then_some(value)
    }
}

fn trim(text: &str) -> &str {
    text.trim_start_matches([' ', '\t'])
}

/// RFC 9110 §5.6.2.
fn is_token(c: char) -> bool {
    c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A list in its shortest form.
    fn shortest(list: &str) -> Option<String> {
        let extension = |extension: Extension| {
            let parameters = extension.parameters.into_iter();
            let parameters = parameters.map(|(name, value)| match value {
                Some(value) => format!(";{name}={value}"),
                None => format!(";{name}"),
            });
            extension.name + &parameters.collect::<String>()
        };
        Some(parse(list)?.into_iter().map(extension).collect::<Vec<_>>().join(","))
    }

    #[test]
    fn lists() {
        for (list, want) in [
            ("", Some("")),
            (" , ,", Some("")),
            ("a", Some("a")),
            ("a, B;C", Some("a,b;c")),
            (" a ;\tb = 8 ; c=\"9\" ,, d ,", Some("a;b=8;c=9,d")),
            ("a;b=\"1\\5\"", Some("a;b=15")),
            ("a;b;b", Some("a;b;b")),
            (";", None),
            ("a;", None),
            ("a;b=", None),
            ("a;b=;c", None),
            ("a b", None),
            ("a;b=c d", None),
            ("a;b=\"c", None),
            ("a;b=\"\"", None),
            ("a;b=\"c,d\"", None),
            ("a=b", None),
            ("a;=b", None),
            ("ä", None),
        ] {
            assert_eq!(shortest(list).as_deref(), want, "{list}");
        }
    }
}
