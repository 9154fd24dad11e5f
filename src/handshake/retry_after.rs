//! When a client may try again after a refusal: `Retry-After` (RFC 9110 §10.2.3).

use std::time::{Duration, SystemTime};

use http::header::{DATE, HeaderMap, HeaderName, RETRY_AFTER};

/// Returns the time that `Retry-After` asks for, counted from `now`. Its value is seconds or a
/// date. `None` if the header is missing or malformed.
pub(crate) fn retry_after(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let value = headers.get(RETRY_AFTER)?.to_str().ok()?;
    if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) {
        // A number that is too large means the longest time.
        return Some(Duration::from_secs(value.parse().unwrap_or(u64::MAX)));
    }
    let at = date(headers, RETRY_AFTER)?;
    // The clocks of two machines differ, so the date is compared with the `Date` of the same
    // response.
    let now = date(headers, DATE).unwrap_or(now);
    Some(at.duration_since(now).unwrap_or_default())
}

fn date(headers: &HeaderMap, name: HeaderName) -> Option<SystemTime> {
    httpdate::parse_http_date(headers.get(name)?.to_str().ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rfc_9110_section_10_2_3_seconds_dates_and_nonsense() {
        let now = httpdate::parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT").unwrap();
        for (value, date, want) in [
            ("0", "", Some(0)),
            ("120", "", Some(120)),
            ("007", "", Some(7)),
            ("18446744073709551615", "", Some(u64::MAX)),
            ("99999999999999999999999", "", Some(u64::MAX)),
            ("Sun, 06 Nov 1994 08:49:40 GMT", "", Some(3)),
            ("Sunday, 06-Nov-94 08:49:40 GMT", "", Some(3)),
            ("Sun Nov  6 08:49:40 1994", "", Some(3)),
            ("Sun, 06 Nov 1994 08:49:36 GMT", "", Some(0)),
            ("Thu, 01 Jan 1970 00:00:00 GMT", "", Some(0)),
            // The server's clock is a year ahead, or behind.
            ("Mon, 06 Nov 1995 08:49:40 GMT", "Mon, 06 Nov 1995 08:49:37 GMT", Some(3)),
            ("Sat, 06 Nov 1993 08:49:40 GMT", "Sat, 06 Nov 1993 08:49:37 GMT", Some(3)),
            ("Sun, 06 Nov 1994 08:49:40 GMT", "soon", Some(3)),
            ("5", "Mon, 06 Nov 1995 08:49:37 GMT", Some(5)),
            ("", "", None),
            ("-1", "", None),
            ("+1", "", None),
            ("1.5", "", None),
            ("1, 2", "", None),
            ("1 s", "", None),
            ("soon", "", None),
            ("Sun, 06 Nov 1994 08:49:40", "", None),
            ("Sun, 32 Nov 1994 08:49:40 GMT", "", None),
            ("\u{661}", "", None),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(RETRY_AFTER, value.parse().unwrap());
            if !date.is_empty() {
                headers.insert(DATE, date.parse().unwrap());
            }
            let want = want.map(Duration::from_secs);
            assert_eq!(retry_after(&headers, now), want, "{value:?} {date:?}");
        }
        assert_eq!(retry_after(&HeaderMap::new(), now), None);
    }
}
