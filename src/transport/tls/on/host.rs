//! A server's name in the form that TLS needs (RFC 6066 §3): what is sent, and what the certificate
//! must be for.
//!
//! A URL and the system's resolver allow more forms.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Returns a name in small letters without the dot at its end, or an address in its usual form. An
/// address is checked but not sent.
///
/// # Errors
/// `InvalidInput`: no certificate can be for such a host.
pub(crate) fn as_tls_wants_it(host: &str) -> io::Result<String> {
    let bare = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    // Only this machine knows the zone, which names one of its network interfaces (RFC 6874 §1).
    let (address, _) = bare.unwrap_or(host).split_once('%').unwrap_or((bare.unwrap_or(host), ""));
    if let Ok(address) = address.parse::<Ipv6Addr>() {
        return Ok(IpAddr::from(address).to_string());
    }
    let name = host.strip_suffix('.').unwrap_or(host);
    if let Some(address) = ipv4(name) {
        return Ok(address.to_string());
    }
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    if !name.is_ascii() {
        return Err(invalid(host, "write it as DNS has it, as `xn--...`"));
    }
    // RFC 1123 §2.1: labels, of which the last is not a number.
    let is_label = |label: &str| {
        (1..=63).contains(&label.len()) && !label.starts_with('-') && !label.ends_with('-')
    };
    let last = name.rsplit('.').next().unwrap_or_default();
    let is_number = last.bytes().all(|byte| byte.is_ascii_digit());
    let is_whole = name.len() <= 253 && name.bytes().all(is_name);
    if !is_whole || !name.split('.').all(is_label) || is_number {
        return Err(invalid(host, "it is neither a name nor an address"));
    }
    Ok(name.to_ascii_lowercase())
}

/// Parses an address in every form that resolvers take: one to four numbers, each decimal, octal or
/// hexadecimal. The last number fills the remaining bytes.
fn ipv4(text: &str) -> Option<Ipv4Addr> {
    let mut numbers = [0; 4];
    let mut count = 0;
    for part in text.split('.') {
        *numbers.get_mut(count)? = number(part)?;
        count += 1;
    }
    let (last, front) = numbers[..count].split_last()?;
    let room = u64::from(u32::MAX) >> (8 * front.len());
    if *last > room || front.iter().any(|number| *number > 255) {
        return None;
    }
    let front = front.iter().zip([24, 16, 8]).map(|(number, shift)| number << shift);
    u32::try_from(front.sum::<u64>() + last).ok().map(Ipv4Addr::from)
}

fn number(text: &str) -> Option<u64> {
    let hexadecimal = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X"));
    let (digits, radix) = match (hexadecimal, text.strip_prefix('0')) {
        (Some(digits), _) => (digits, 16),
        (None, Some(digits)) if !digits.is_empty() => (digits, 8),
        (None, _) => (text, 10),
    };
    // `from_str_radix` would take a sign too.
    let is_number = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    u64::from_str_radix(digits, radix).ok().filter(|_| is_number)
}

fn invalid(host: &str, what: &str) -> io::Error {
    let text = format!("TLS cannot ask for the host {}: {what}", host.escape_debug());
    io::Error::new(io::ErrorKind::InvalidInput, text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rfc_6066_section_3_what_is_sent_and_checked() {
        for (host, want) in [
            ("example.com", "example.com"),
            ("example.com.", "example.com"),
            ("Example.COM", "example.com"),
            ("LOCALHOST.", "localhost"),
            ("xn--bcher-kva.example", "xn--bcher-kva.example"),
            ("under_score.example", "under_score.example"),
            ("1e100.net", "1e100.net"),
            ("0x.example", "0x.example"),
            ("127.0.0.1", "127.0.0.1"),
            ("127.0.0.1.", "127.0.0.1"),
            ("127.1", "127.0.0.1"),
            ("127.0.1", "127.0.0.1"),
            ("0x7f000001", "127.0.0.1"),
            ("0X7F.1", "127.0.0.1"),
            ("017700000001", "127.0.0.1"),
            ("2130706433", "127.0.0.1"),
            ("0", "0.0.0.0"),
            ("::1", "::1"),
            ("[::1]", "::1"),
            ("[0:0:0:0:0:0:0:1]", "::1"),
            ("2001:DB8::A", "2001:db8::a"),
            ("[::ffff:127.0.0.1]", "::ffff:127.0.0.1"),
            ("fe80::1%eth0", "fe80::1"),
            ("[fe80::1%25eth0]", "fe80::1"),
            // These only look like addresses.
            ("256.1.1.1.example", "256.1.1.1.example"),
        ] {
            assert_eq!(as_tls_wants_it(host).unwrap(), want, "{host}");
        }
    }

    #[test]
    fn what_no_certificate_can_be_for() {
        let long = "a".repeat(254);
        for host in [
            "",
            ".",
            "..",
            "a..b",
            ".a",
            "a..",
            "b\u{fc}cher.example",
            "a b",
            "a\0b",
            "a/b",
            "a:80",
            "a%41",
            "[a]",
            "[]",
            "[127.0.0.1]",
            "::g",
            "%eth0",
            "-\n",
            "1.2.3.4.5",
            "127.0.0.256",
            "-a.example",
            "a-.example",
            &"a".repeat(64),
            &long,
        ] {
            let e = as_tls_wants_it(host).unwrap_err();
            assert_eq!(e.kind(), io::ErrorKind::InvalidInput, "{host:?}: {e}");
        }
        let e = as_tls_wants_it("b\u{fc}cher.example").unwrap_err();
        assert!(e.to_string().contains("xn--"), "{e}");
    }
}
