//! Names of hosts in the form that DNS has (UTS 46 §4).

use idna::AsciiDenyList;
use idna::uts46::{DnsLength, Hyphens, Uts46};

/// Returns a name in ASCII: each label that is not becomes `xn--...`, and capitals become small.
/// A dot at the end stays.
///
/// The processing is that of browsers (WHATWG URL §3.5, without transitional forms), but the limits of
/// DNS hold: 63 bytes for a label and 253 for all.
pub(crate) fn to_ascii(name: &str) -> Result<String, &'static str> {
    let ascii = Uts46::new().to_ascii(
        name.as_bytes(),
        AsciiDenyList::URL,
        Hyphens::Allow,
        DnsLength::VerifyAllowRootDot,
    );
    ascii.map(String::from).map_err(|_| {
        "its host is no name of IDNA (UTS 46): a label is malformed, is too long or has a character that \
         no name may have"
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uts_46_section_4_names_in_ascii() {
        for (name, want) in [
            ("b\u{fc}cher.example", "xn--bcher-kva.example"),
            ("B\u{dc}CHER.Example", "xn--bcher-kva.example"),
            // u with a combining diaeresis.
            ("bu\u{308}cher.example", "xn--bcher-kva.example"),
            ("\u{4f8b}\u{3048}.\u{30c6}\u{30b9}\u{30c8}", "xn--r8jz45g.xn--zckzah"),
            // Non-transitional, as in browsers: these are letters of their own.
            ("stra\u{df}e.example", "xn--strae-oqa.example"),
            ("fa\u{df}.de", "xn--fa-hia.de"),
            ("\u{3b2}\u{3cc}\u{3bb}\u{3bf}\u{3c2}.com", "xn--nxasmm1c.com"),
            // Other dots are dots, and forms of full width are what they look like.
            ("b\u{fc}cher\u{3002}example", "xn--bcher-kva.example"),
            ("\u{ff45}\u{ff58}.example", "ex.example"),
            ("\u{ff11}\u{ff12}\u{ff17}.0.0.1", "127.0.0.1"),
            // A soft hyphen is nothing.
            ("b\u{fc}\u{ad}cher.example", "xn--bcher-kva.example"),
            ("b\u{fc}cher.example.", "xn--bcher-kva.example."),
            ("_dmarc.b\u{fc}cher.example", "_dmarc.xn--bcher-kva.example"),
            ("b\u{fc}cher.xn--bcher-kva", "xn--bcher-kva.xn--bcher-kva"),
            ("\u{1f4a9}.la", "xn--ls8h.la"),
        ] {
            assert_eq!(to_ascii(name).as_deref(), Ok(want), "{name}");
            assert_eq!(to_ascii(want).as_deref(), Ok(want), "once more");
        }
    }

    #[test]
    fn uts_46_section_4_1_what_is_no_name() {
        let long = "\u{fc}".repeat(64);
        let many = format!("{}\u{fc}", "a.".repeat(126));
        for (rule, name) in [
            ("punycode that is none", "b\u{fc}cher.xn--a"),
            ("punycode of what needs none", "b\u{fc}cher.xn--abc-"),
            ("a combining character first", "\u{308}a.example"),
            ("an empty label", "b\u{fc}cher..example"),
            ("nothing but a soft hyphen", "\u{ad}"),
            ("a slash of full width", "b\u{fc}cher\u{ff0f}a"),
            ("an at sign of full width", "ali\u{ff20}b\u{fc}cher"),
            ("a colon of full width", "b\u{fc}cher\u{ff1a}80"),
            ("a space", "b\u{fc} cher"),
            ("not assigned", "\u{378}.example"),
            ("left to right beside right to left", "\u{5d0}a.example"),
            ("a joiner without reason", "a\u{200d}b"),
            ("a label that is too long", &long),
            ("a name that is too long", &many),
        ] {
            assert!(to_ascii(name).is_err(), "{rule}: {:?}", to_ascii(name));
        }
    }
}
