//! A response that refuses the connection: what is kept of it, and its description on one line.

use std::borrow::Cow;
use std::fmt;

use http::Response;
use http::header::{HeaderMap, LOCATION, SET_COOKIE};

/// Marks a refusal, in its extensions, whose Location header repeats a secret of the request.
#[derive(Clone)]
struct EchoesSecret;

/// Says, in the extensions of a redirect, why a client did not follow it.
#[derive(Clone)]
struct NotFollowed(&'static str);

/// Makes a refusal of a response and its body.
///
/// - `Debug` does not show headers that may contain a secret, see [`hide_secrets`].
/// - In the body, asterisks replace the `secrets`. Some servers repeat in it what they were asked.
pub(crate) fn keep_refusal(
    response: Response<()>,
    mut body: Vec<u8>,
    secrets: &[Vec<u8>],
) -> Box<Response<Vec<u8>>> {
    for secret in secrets {
        blot_out(&mut body, secret);
    }
    let mut response = response.map(|()| body);
    if hide_secrets(response.headers_mut(), secrets) {
        response.extensions_mut().insert(EchoesSecret);
    }
    Box::new(response)
}

/// Hides, from `Debug`, the headers of a response that may contain a secret: cookies, a URL with
/// userinfo, a Location with a query, and headers that repeat one of the `secrets` of the request.
/// Returns `true` if Location repeats a secret.
pub(crate) fn hide_secrets(headers: &mut HeaderMap, secrets: &[Vec<u8>]) -> bool {
    let mut place_echoes = false;
    for (name, value) in headers {
        let may_hold_userinfo = value.as_bytes().contains(&b'@');
        let may_hold_token = name == LOCATION && value.as_bytes().contains(&b'?');
        let echoes = secrets.iter().any(|secret| holds(value.as_bytes(), secret));
        value.set_sensitive(may_hold_userinfo || may_hold_token || echoes || name == SET_COOKIE);
        place_echoes |= echoes && name == LOCATION;
    }
    place_echoes
}

/// Notes why a redirect is not followed.
pub(crate) fn note_not_followed(refusal: &mut Response<Vec<u8>>, why: &'static str) {
    refusal.extensions_mut().insert(NotFollowed(why));
}

fn holds(text: &[u8], secret: &[u8]) -> bool {
    !secret.is_empty() && text.windows(secret.len()).any(|part| part == secret)
}

fn blot_out(body: &mut [u8], secret: &[u8]) {
    let places = 0..(body.len() + 1).saturating_sub(secret.len());
    for at in places {
        let place = &mut body[at..at + secret.len()];
        if place == secret {
            place.fill(b'*');
        }
    }
}

/// Returns a sentence that says what a response means in place of a 101.
pub(crate) fn tell_refusal(response: &Response<Vec<u8>>) -> String {
    let what = describe_refusal(response);
    let status = response.status();
    if status.is_success() {
        return format!("no WebSocket there: the server answered {what}, where 101 was expected");
    }
    if !status.is_redirection() {
        return format!("the server refused the connection: {what}");
    }
    let why = response.extensions().get().map_or(String::new(), |NotFollowed(why)| {
        format!("; the redirect was not followed: {why}")
    });
    format!("no WebSocket there: the server answered {what}{why}")
}

/// Shows a refusal without its body as a list of bytes, and without what may be secret in it.
pub(crate) struct ShownRefusal<'a>(pub(crate) &'a Response<Vec<u8>>);

impl fmt::Debug for ShownRefusal<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let response = self.0;
        let mut shown = f.debug_struct("Response");
        shown.field("status", &response.status()).field("headers", response.headers());
        if may_tell(response) {
            shown.field("body", &String::from_utf8_lossy(response.body()));
            return shown.finish();
        }
        shown.finish_non_exhaustive()
    }
}

/// Returns `403 Forbidden: the start of the body`, on one line. Leaves the body out if it repeats
/// where a redirect leads, or if it may contain userinfo.
pub(crate) fn describe_refusal(response: &Response<Vec<u8>>) -> String {
    let status = response.status();
    let text = match response.headers().get(LOCATION) {
        Some(_) if response.extensions().get::<EchoesSecret>().is_some() => {
            format!("{status} to ...")
        }
        Some(location) if location.is_empty() => format!("{status} to an empty Location"),
        Some(location) => format!("{status} to {}", place(location.as_bytes())),
        None => status.to_string(),
    };
    if !may_tell(response) {
        return text;
    }
    let body = String::from_utf8_lossy(response.body());
    let body = title(&body).unwrap_or(Cow::Borrowed(body.trim()));
    let line: String = body.chars().take_while(|c| !c.is_control()).take(200).collect();
    if line.is_empty() { text } else { format!("{text}: {line}") }
}

/// Returns `false` if the body may repeat where a redirect leads, or contain userinfo.
fn may_tell(response: &Response<Vec<u8>>) -> bool {
    !response.status().is_redirection() && !may_show_userinfo(response.body())
}

/// Returns the title of an HTML page on one line, empty if it has none. `None` if it is no page.
fn title(body: &str) -> Option<Cow<'static, str>> {
    let page = body.trim_start();
    if !page.starts_with('<') {
        return None;
    }
    // Same length, so that places in one are places in the other.
    let small = page.to_ascii_lowercase();
    let from = small.find("<title").and_then(|at| Some(at + small[at..].find('>')? + 1));
    let title = from.and_then(|from| Some(&page[from..from + small[from..].find("</title")?]));
    Some(title.unwrap_or_default().split_whitespace().collect::<Vec<_>>().join(" ").into())
}

/// Returns `true` if a word of `text` contains `//` and then `@`.
fn may_show_userinfo(text: &[u8]) -> bool {
    let mut words = text.split(|byte| byte.is_ascii_whitespace() || b"<>\"".contains(byte));
    words.any(|word| {
        let from = word.windows(2).position(|two| two == b"//");
        from.is_some_and(|from| word[from..].contains(&b'@'))
    })
}

/// Returns a Location without the parts that may be secret: anything that could be read as
/// userinfo, and the query, which may contain tokens.
fn place(location: &[u8]) -> String {
    let (mut cut, mut shown) = ("", location);
    if let Some(at) = shown.iter().rposition(|&byte| byte == b'@') {
        (cut, shown) = ("...", &shown[at..]);
    }
    let end = shown.iter().position(|byte| b"?#".contains(byte));
    let more = end.map_or("", |_| "?...");
    let shown = &shown[..end.unwrap_or(shown.len())];
    format!("{cut}{}{more}", shown.escape_ascii())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(status: u16, location: Option<&str>, body: &[u8]) -> Response<Vec<u8>> {
        let mut response = Response::builder().status(status).header("set-cookie", "id=sesame");
        if let Some(location) = location {
            response = response.header("location", location);
        }
        *keep_refusal(response.body(()).unwrap(), body.to_vec(), &[])
    }

    #[test]
    fn a_refusal_is_described_on_one_line() {
        for (status, location, body, want) in [
            (403, None, &b""[..], "403 Forbidden"),
            (401, None, b"no token\nmore", "401 Unauthorized: no token"),
            (302, Some("/x"), b"", "302 Found to /x"),
            (302, Some(""), b"", "302 Found to an empty Location"),
            (302, Some("/x\u{e9}"), b"moved", "302 Found to /x\\xc3\\xa9"),
            (302, None, b"to wss://h/?token=sesame", "302 Found"),
            (403, None, b"not a@b of http://h/", "403 Forbidden: not a@b of http://h/"),
            (403, None, b"from\nws://ali:sesame@h/", "403 Forbidden"),
            (403, None, b"<a href=\"//ali@h\">", "403 Forbidden"),
            (500, None, b"\xff\x1b[2J", "500 Internal Server Error: \u{fffd}"),
            (404, None, b"<!DOCTYPE html>\n<Title a>Not\n here</title>", "404 Not Found: Not here"),
            (404, None, b"<html>\n<title>cut off", "404 Not Found"),
            (404, None, b" <p>\xc4\xb0 no title", "404 Not Found"),
        ] {
            assert_eq!(describe_refusal(&refusal(status, location, body)), want);
        }
    }

    #[test]
    fn what_was_sent_in_secret_does_not_come_back() {
        let secrets = ["QWxpOm9wZW4=", "open", ""].map(|secret| secret.as_bytes().to_vec());
        for (body, want) in [
            ("you sent Basic QWxpOm9wZW4=.", "you sent Basic ************."),
            ("openopen ope", "******** ope"),
            ("ope", "ope"),
            ("", ""),
        ] {
            let response = Response::builder().status(401).body(()).unwrap();
            let kept = keep_refusal(response, body.into(), &secrets);
            assert_eq!(kept.body(), want.as_bytes());
        }
        let response = Response::builder().status(401);
        let response = response.header("x-asked", "open").header("x-from", "ali@h");
        let kept =
            keep_refusal(response.header("x-other", "shut").body(()).unwrap(), vec![], &secrets);
        let moved = Response::builder().status(302).header("location", "wss://h/open/?x");
        assert_eq!(
            describe_refusal(&keep_refusal(moved.body(()).unwrap(), vec![], &secrets)),
            "302 Found to ..."
        );
        let shown = format!("{kept:?}");
        assert!(!shown.contains("open") && !shown.contains("ali"), "{shown}");
        assert!(shown.contains("shut"), "{shown}");
    }

    #[test]
    fn what_is_no_101_is_told_apart() {
        for (status, location, why, want) in [
            (403, None, None, "the server refused the connection: 403 Forbidden: body"),
            (
                200,
                None,
                None,
                "no WebSocket there: the server answered 200 OK: body, where 101 was expected",
            ),
            (302, Some("/x"), None, "no WebSocket there: the server answered 302 Found to /x"),
            (
                302,
                Some("/x"),
                Some("why"),
                "no WebSocket there: the server answered 302 Found to /x; the redirect was not \
                 followed: why",
            ),
        ] {
            let mut refusal = refusal(status, location, b"body");
            if let Some(why) = why {
                note_not_followed(&mut refusal, why);
            }
            assert_eq!(tell_refusal(&refusal), want);
        }
    }

    #[test]
    fn a_refusal_shows_nothing_secret() {
        for (location, want) in [
            ("wss://ali:sesame@h:1/x", "302 Found to ...@h:1/x"),
            ("//sesame@h", "302 Found to ...@h"),
            ("https:/\\ali:sesame@h", "302 Found to ...@h"),
            ("https://ali:ses?ame#@h", "302 Found to ...@h"),
            ("ali:ses@ame@h/x", "302 Found to ...@h/x"),
            ("wss://h/x?token=sesame", "302 Found to wss://h/x?..."),
            ("wss://h/x#sesame", "302 Found to wss://h/x?..."),
        ] {
            let refusal = refusal(302, Some(location), b"");
            assert_eq!(describe_refusal(&refusal), want);
            for shown in [format!("{refusal:?}"), format!("{:?}", ShownRefusal(&refusal))] {
                assert!(location.contains('#') || !shown.contains("ses"), "{shown}");
                assert!(!shown.contains("id="), "{shown}");
            }
        }
    }
}
