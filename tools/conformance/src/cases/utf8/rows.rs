//! The byte sequences of group 6, from 6.5 on.

use super::super::notation::GREEK;

/// Sequences of one sort.
pub(super) struct Section {
    /// The second number of their ids.
    pub(super) number: u8,
    /// What they are.
    pub(super) title: &'static str,
    /// The rule that they are about.
    pub(super) rule: &'static str,
    /// Each, and whether it is UTF-8.
    pub(super) rows: Vec<(bool, Vec<u8>)>,
}

/// RFC 3629 §3 has the bits of each length, and forbids surrogates and long forms; §4 has the grammar.
const BITS: &str = "RFC 3629 §3";
const GRAMMAR: &str = "RFC 3629 §4";

/// The sections that are written out: what is UTF-8 has a `+`, what is not has a `-`.
#[rustfmt::skip]
const WRITTEN: [(u8, &str, &str, &str); 15] = [
    (5, "character among ASCII", BITS,
        "+68656c6c6f24776f726c64 +68656c6c6fc2a2776f726c64 +68656c6c6fe282ac776f726c64 \
         +68656c6c6ff0a4ada2776f726c64 +cebae1bdb9cf83cebcceb5"),
    (7, "first character of its length", BITS, "+00 +c280 +e0a080 +f0908080"),
    (8, "first form of five or six bytes", BITS, "-f888808080 -fc8480808080"),
    (9, "last character of its length", BITS, "+7f +dfbf +efbfbf +f48fbfbf"),
    (10, "last form of its length, above U+10FFFF", BITS, "-f7bfbfbf -fbbfbfbfbf -fdbfbfbfbfbf"),
    (11, "beside a border", BITS, "+ed9fbf +ee8080 +efbfbd +f48fbfbf -f4908080"),
    (14, "last byte missing", GRAMMAR,
        "-c0 -e080 -f08080 -f8808080 -fc80808080 -df -efbf -f7bfbf -fbbfbfbf -fdbfbfbfbf"),
    (15, "ten sequences, the last byte of each missing", GRAMMAR,
        "-c0e080f08080f8808080fc80808080dfefbff7bfbffbbfbfbffdbfbfbfbf"),
    (16, "byte that is never used", GRAMMAR, "-fe -ff -fefeffff"),
    (17, "slash in a form that is too long", BITS,
        "-c0af -e080af -f08080af -f8808080af -fc80808080af"),
    (18, "greatest character that has a shorter form", BITS,
        "-c1bf -e09fbf -f08fbfbf -f887bfbfbf -fc83bfbfbfbf"),
    (19, "NUL in a form that is too long", BITS,
        "-c080 -e08080 -f0808080 -f880808080 -fc8080808080"),
    (20, "half of a surrogate pair", BITS,
        "-eda080 -edadbf -edae80 -edafbf -edb080 -edbe80 -edbfbf"),
    (21, "surrogate pair", BITS,
        "-eda080edb080 -eda080edbfbf -edadbfedb080 -edadbfedbfbf \
         -edae80edb080 -edae80edbfbf -edafbfedb080 -edafbfedbfbf"),
    (23, "in the block of special characters", BITS,
        "+efbfb9 +efbfba +efbfbb +efbfbc +efbfbd +efbfbe +efbfbf"),
];

/// Makes all sections.
pub(super) fn sections() -> Vec<Section> {
    let mut sections: Vec<Section> = WRITTEN
        .map(|(number, title, rule, rows)| Section { number, title, rule, rows: read(rows) })
        .into();
    sections.extend([
        Section { number: 6, title: "beginning of a Greek word", rule: GRAMMAR, rows: prefixes() },
        Section { number: 12, title: "continuation bytes alone", rule: GRAMMAR, rows: tails() },
        Section {
            number: 13,
            title: "first bytes alone, a space behind each",
            rule: GRAMMAR,
            rows: heads(),
        },
        Section { number: 22, title: "noncharacter", rule: BITS, rows: noncharacters() },
    ]);
    sections
}

/// Reads rows that are written in hexadecimal digits.
fn read(rows: &str) -> Vec<(bool, Vec<u8>)> {
    let row = |text: &str| {
        let (sign, digits) = text.split_at(1);
        let byte = |at| u8::from_str_radix(&digits[at..at + 2], 16);
        let bytes: Result<Vec<u8>, _> = (0..digits.len()).step_by(2).map(byte).collect();
        (sign == "+", bytes.expect("rows are hexadecimal"))
    };
    rows.split_whitespace().map(row).collect()
}

/// Those of whole characters are UTF-8.
fn prefixes() -> Vec<(bool, Vec<u8>)> {
    let whole = [2, 5, 7, 9, 11];
    (1..=GREEK.len()).map(|len| (whole.contains(&len), GREEK[..len].to_vec())).collect()
}

/// Bytes that only follow others: 0x80 and 0xBF up to six times, and all but the last of them.
fn tails() -> Vec<(bool, Vec<u8>)> {
    let mut rows = vec![(false, b"\x80".to_vec()), (false, b"\xbf".to_vec())];
    rows.extend((2..=6).map(|len| (false, b"\x80\xbf".repeat(3)[..len].to_vec())));
    rows.push((false, (0x80..0xbf).collect()));
    rows
}

/// Bytes that others must follow: all but the last of each length.
fn heads() -> Vec<(bool, Vec<u8>)> {
    [0xc0..0xdf, 0xe0..0xef, 0xf0..0xf7, 0xf8..0xfb, 0xfc..0xfd]
        .map(|heads: std::ops::Range<u8>| (false, heads.flat_map(|head| [head, b' ']).collect()))
        .into()
}

/// The last two characters of each of the 17 planes.
fn noncharacters() -> Vec<(bool, Vec<u8>)> {
    let planes = (0..=16_u32).flat_map(|plane| [plane << 16 | 0xfffe, plane << 16 | 0xffff]);
    planes.filter_map(char::from_u32).map(|c| (true, c.to_string().into_bytes())).collect()
}
