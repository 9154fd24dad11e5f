use super::*;

fn refusal(certificates: &str, key: &str) -> String {
    let e =
        io::Error::from(Identity::from_pem(certificates.as_bytes(), key.as_bytes()).unwrap_err());
    assert_eq!(e.kind(), io::ErrorKind::InvalidData);
    e.to_string()
}

#[test]
fn a_key_of_another_form_comes_with_advice() {
    // The first two are good keys for rustls.
    let forms = ["RSA PRIVATE KEY", "EC PRIVATE KEY", "ENCRYPTED PRIVATE KEY"];
    for form in if cfg!(feature = "tls") { &forms[..] } else { &forms[2..] } {
        let pem = format!("# my key\n-----BEGIN {form}-----\nMIIB\n-----END {form}-----\n");
        let text = refusal("", &pem);
        assert!(text.contains(form) && text.contains("openssl pkcs8 -topk8 -nocrypt"), "{text}");
    }
}

#[test]
fn what_is_no_key_or_no_certificate_is_refused() {
    for key in ["", "rubbish", "-----BEGIN CERTIFICATE-----"] {
        assert!(refusal("", key).contains("no `BEGIN PRIVATE KEY`"));
    }
    refusal("", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n");
    let key = rcgen::KeyPair::generate().unwrap().serialize_pem();
    assert!(refusal("", &key).contains("certificate"));
}

#[test]
fn text_in_front_of_a_key_does_no_harm() {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let key = format!("Bag Attributes\n  friendlyName: mine\n{}", made.signing_key.serialize_pem());
    Identity::from_pem(made.cert.pem().as_bytes(), key.as_bytes()).unwrap();
}

#[test]
fn a_file_that_cannot_be_read_or_used_is_named() {
    let rubbish = concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml");
    for (certificates, key, kind, text) in [
        ("no/cert.pem", rubbish, io::ErrorKind::NotFound, "cannot read the file no/cert.pem: "),
        (rubbish, "no/key.pem", io::ErrorKind::NotFound, "cannot read the file no/key.pem: "),
        (
            rubbish,
            rubbish,
            io::ErrorKind::InvalidData,
            "Cargo.toml: identity: no `BEGIN PRIVATE KEY` in the PEM of the key, the second argument",
        ),
    ] {
        let error = Identity::from_pem_files(certificates, key).unwrap_err();
        let told = error.to_string();
        assert!(told.contains(text), "{told}");
        assert_eq!(io::Error::from(error).kind(), kind, "{told}");
    }
}

#[test]
fn no_error_shows_what_stands_in_a_key() {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let (chain, key) = (made.cert.pem(), made.signing_key.serialize_pem());
    let secret = key.lines().nth(1).unwrap();
    let numbers = |text: &str| {
        let numbers: Vec<_> = text.bytes().map(|byte| byte.to_string()).collect();
        numbers.join(", ")
    };
    for (rule, broken) in [
        ("no line breaks", key.replace('\n', "")),
        ("spaces", key.replace('\n', " ")),
        ("written out", key.replace('\n', "\\n")),
        ("cut off", key[..key.len() - 30].to_owned()),
        ("another end", key.replace("END PRIVATE", "END OTHER")),
        ("no base64", key.replace(secret, &format!("{secret}!"))),
    ] {
        for (chain, key) in [(&chain, &broken), (&broken, &key)] {
            let Err(e) = Identity::from_pem(chain.as_bytes(), key.as_bytes()) else { continue };
            let told = e.to_string();
            assert!(!told.contains(&secret[..16]), "{rule}: {told}");
            assert!(!told.contains(&numbers(&secret[..8])), "{rule}: {told}");
            assert!(told.len() < 400, "{rule}: {told}");
        }
    }
}

#[test]
fn what_is_wrong_with_a_chain_is_told() {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let other = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let chain = format!("{}{}", other.cert.pem(), made.cert.pem());
    let key = made.signing_key.serialize_pem();
    let identity = Identity::from_pem(chain.as_bytes(), key.as_bytes()).unwrap();
    let e = crate::transport::tls::TlsAcceptor::new(&identity).unwrap_err();
    assert!(e.to_string().contains("the key is that of certificate 2 in the PEM"), "{e}");
}
