//! Rows of offers and a server's answer to them, and of answers and a client's verdict on them (RFC
//! 7692 §5.1, §7.1).

use http::header::{HeaderValue, SEC_WEBSOCKET_EXTENSIONS};

use super::*;

fn headers(line: &str) -> HeaderMap {
    let value = HeaderValue::from_str(line).unwrap();
    HeaderMap::from_iter([(SEC_WEBSOCKET_EXTENSIONS, value)])
}

/// The parameters in short: `snt` is `server_no_context_takeover`, `cmb=9`
/// `client_max_window_bits=9`; `pmd` is the extension.
fn long(line: &str) -> String {
    let line = line.replace("snt", "server_no_context_takeover");
    let line = line.replace("cnt", "client_no_context_takeover");
    let line = line.replace("smb", "server_max_window_bits");
    line.replace("cmb", "client_max_window_bits").replace("pmd", NAME)
}

fn rows<const N: usize>(text: &str) -> impl Iterator<Item = [&str; N]> {
    let cells = |row| str::split(row, '|').map(str::trim).collect::<Vec<_>>();
    let rows = text.lines().filter(|row| !row.is_empty());
    rows.map(move |row| cells(row).try_into().expect("a row of another length"))
}

/// `send` and `recv` are takeover in that direction, `send=9` and `recv=9` its window bits.
fn settings(text: &str) -> Deflate {
    text.split_whitespace().fold(Deflate::new(), |deflate, word| match word {
        "-" => deflate,
        "send" => deflate.send_takeover(true),
        "recv" => deflate.recv_takeover(true),
        bits => match bits.split_once('=') {
            Some(("send", bits)) => deflate.send_window_bits(bits.parse().unwrap()),
            Some(("recv", bits)) => deflate.recv_window_bits(bits.parse().unwrap()),
            _ => panic!("{word} is no setting"),
        },
    })
}

/// `15t` is a window of 15 bits with takeover.
fn describe(context: Context) -> String {
    format!("{}{}", context.window_bits, if context.takeover { "t" } else { "" })
}

/// What the ends agreed on: sending, receiving, and the server's answer.
fn outcome(agreed: Option<Agreed>) -> [String; 3] {
    match agreed {
        None => ["-".into(), "-".into(), "-".into()],
        Some(agreed) => [describe(agreed.send), describe(agreed.recv), agreed.answer],
    }
}

#[test]
fn section_7_1_what_a_server_answers() {
    // rule | settings | offers | sends | receives | answer
    let text = "
Chromium                        | -           | pmd; cmb                  | 15  | 15  | pmd; snt; cnt
Chromium, with takeover         | send recv   | pmd; cmb                  | 15t | 15t | pmd
Firefox                         | send recv   | pmd                       | 15t | 15t | pmd
a client that forgets           | send recv   | pmd; cnt                  | 15t | 15  | pmd; cnt
a server that must forget       | send recv   | pmd; snt                  | 15  | 15t | pmd; snt
a smaller window for the server | send recv   | pmd; smb=10               | 10t | 15t | pmd; smb=10
the largest one, which is named | send recv   | pmd; smb=15               | 15t | 15t | pmd; smb=15
the server's is smaller still   | send recv send=9 | pmd; smb=10          | 9t  | 15t | pmd; smb=9
the server's own, not asked for | send recv send=12 | pmd                 | 12t | 15t | pmd; smb=12
a smaller window of the client  | send recv   | pmd; cmb=10               | 15t | 15t | pmd
as small as the client can      | send recv recv=9 | pmd; cmb             | 15t | 9t  | pmd; cmb=9
smaller than the client said    | send recv recv=9 | pmd; cmb=10          | 15t | 9t  | pmd; cmb=9
the client's is smaller anyway  | send recv recv=12 | pmd; cmb=10         | 15t | 15t | pmd
the client cannot be asked      | send recv recv=9 | pmd                  | 15t | 15t | pmd
the client's 8 costs nothing    | send recv   | pmd; cmb=8                | 15t | 15t | pmd
all four                        | send recv   | pmd; snt; cnt; smb=11; cmb=9 | 11 | 15 | pmd; snt; cnt; smb=11
quoted                          | send recv   | pmd; smb=\"10\"           | 10t | 15t | pmd; smb=10
8 bits cannot be compressed to  | -           | pmd; smb=8                | -   | -   | -
so the next one is taken        | send recv   | pmd; smb=8, pmd; snt      | 15  | 15t | pmd; snt
the first of two                | send recv   | pmd; cnt, pmd             | 15t | 15  | pmd; cnt
others are passed over          | send recv   | x-webkit-deflate-frame, pmd | 15t | 15t | pmd
malformed ones too              | send recv   | pmd; smb=, pmd; snt=\"    | -   | -   | -
a malformed and a good one      | send recv   | pmd; smb=, pmd; cnt       | 15t | 15  | pmd; cnt
an unknown parameter            | send recv   | pmd; x, pmd; cnt          | 15t | 15  | pmd; cnt
twice the same                  | -           | pmd; snt; snt             | -   | -   | -
twice with different values     | -           | pmd; smb=10; smb=11       | -   | -   | -
twice, with a value and without | -           | pmd; cmb; cmb=10          | -   | -   | -
a value where none belongs      | -           | pmd; snt=true             | -   | -   | -
a value where none belongs      | -           | pmd; cnt=15               | -   | -   | -
no value                        | -           | pmd; smb                  | -   | -   | -
7 bits                          | -           | pmd; smb=7                | -   | -   | -
16 bits                         | -           | pmd; cmb=16               | -   | -   | -
a leading zero                  | -           | pmd; cmb=09               | -   | -   | -
a sign                          | -           | pmd; cmb=+9               | -   | -   | -
not a number                    | -           | pmd; cmb=x                | -   | -   | -
a large number                  | -           | pmd; smb=4294967305       | -   | -   | -
a name in capitals              | -           | Permessage-Deflate        | -   | -   | -
a parameter in capitals         | -           | pmd; SNT                  | -   | -   | -
nothing                         | -           |                           | -   | -   | -
";
    for [rule, set, offers, send, recv, answer] in rows(text) {
        let got = outcome(settings(set).answer(&headers(&long(offers))));
        assert_eq!(got, [send.to_owned(), recv.to_owned(), long(answer)], "{rule}");
    }
}

#[test]
fn section_7_1_what_a_client_offers() {
    // rule | settings | offers
    let text = "
by default              | -                | pmd; snt; cnt; cmb
with takeover           | send recv        | pmd; cmb
sending only            | send             | pmd; snt; cmb
receiving only          | recv             | pmd; cnt; cmb
a smaller window itself | send recv send=9 | pmd; cmb=9
a smaller one, or not   | send recv recv=9 | pmd; smb=9; cmb, pmd; cmb
";
    for [rule, set, offers] in rows(text) {
        assert_eq!(settings(set).offer(), long(offers), "{rule}");
    }
}

#[test]
fn section_7_1_what_a_client_makes_of_the_answer() {
    // rule | settings | answer | sends | receives
    let text = "
none                            | -           |                | - | -
as it was offered               | -           | pmd; snt; cnt  | 15 | 15
it does not say that it forgets | -           | pmd            | 15 | 15t
nor that the client must        | send        | pmd            | 15t | 15t
it says only the other          | -           | pmd; cnt       | 15 | 15t
only a window                   | -           | pmd; smb=9     | 15 | 9t
with takeover                   | send recv   | pmd            | 15t | 15t
the client must forget          | send recv   | pmd; cnt       | 15 | 15t
the client forgets anyway       | recv        | pmd            | 15 | 15t
the server forgets unasked      | send recv   | pmd; snt       | 15t | 15
a smaller window unasked        | send recv   | pmd; smb=10    | 15t | 10t
even 8 bits                     | send recv   | pmd; smb=8     | 15t | 8t
another than was asked for      | send recv recv=9 | pmd; smb=12 | 15t | 12t
none, as the second offer had it | send recv recv=9 | pmd       | 15t | 15t
a smaller window for the client | send recv   | pmd; cmb=10    | 10t | 15t
too small to compress           | send recv   | pmd; cmb=8     | 8t  | 15t
the client's own                | send recv send=9 | pmd       | 9t  | 15t
no larger than was said         | send recv send=9 | pmd; cmb=9 | 9t | 15t
all four                        | -           | pmd; snt; cnt; smb=9; cmb=9 | 9 | 9
";
    for [rule, set, answer, send, recv] in rows(text) {
        let got = outcome(settings(set).judge(&headers(&long(answer))).expect(rule));
        let answer = if answer.is_empty() { "-".to_owned() } else { long(answer) };
        assert_eq!(got, [send.to_owned(), recv.to_owned(), answer], "{rule}");
    }
}

#[test]
fn section_7_1_a_client_fails_on_a_wrong_answer() {
    // rule | settings | answer | why
    let text = "
larger than was said    | send recv send=9 | pmd; cmb=10   | client_max_window_bits is larger than was offered
no value                | send recv   | pmd; cmb           | client_max_window_bits has no value
no value                | send recv   | pmd; smb           | server_max_window_bits has no value
7 bits                  | send recv   | pmd; smb=7         | window bits are not 8 to 15
16 bits                 | send recv   | pmd; smb=16        | window bits are not 8 to 15
a leading zero          | send recv   | pmd; cmb=010       | window bits are not 8 to 15
not a number            | send recv   | pmd; smb=ten       | window bits are not 8 to 15
2^32 and 9              | send recv   | pmd; smb=4294967305 | window bits are not 8 to 15
a value                 | send recv   | pmd; snt=1         | a parameter has a value that takes none
unknown                 | send recv   | pmd; x=1           | a parameter is unknown
twice                   | send recv   | pmd; snt; snt      | a parameter is there twice
twice in different ways | send recv   | pmd; smb=9; smb=10 | a parameter is there twice
malformed               | send recv   | pmd; smb=          | it is malformed
the extension twice     | send recv   | pmd, pmd           | there is another one
another one as well     | send recv   | pmd, x             | there is another one
something behind it     | send recv   | pmd, \"            | there is another one
";
    for [rule, set, answer, why] in rows(text) {
        let got = settings(set).judge(&headers(&long(answer)));
        let HandshakeError::BadExtension(got) = got.expect_err(rule) else { panic!("{rule}") };
        assert_eq!(got, why, "{rule}");
    }
    for another in ["x", "x, permessage-deflate", "permessage-deflate-2"] {
        let got = Deflate::new().judge(&headers(another));
        assert_eq!(got, Err(HandshakeError::UnaskedExtension), "{another}");
    }
}

#[test]
fn settings_that_can_never_work() {
    for (rule, deflate, works) in [
        ("the defaults", Deflate::new(), true),
        ("the least", Deflate::new().level(0).send_window_bits(9).recv_window_bits(9), true),
        ("the most", Deflate::new().level(9).send_window_bits(15).min_size(usize::MAX), true),
        ("level 10", Deflate::new().level(10), false),
        ("8 bits", Deflate::new().send_window_bits(8), false),
        ("16 bits", Deflate::new().recv_window_bits(16), false),
    ] {
        assert_eq!(deflate.invalid().is_none(), works, "{rule}");
    }
}
