//! `wss://` on both sides, and certificates of clients.

use std::fs;

use test_support::certificates::Certificates;
use test_support::folder::Folder;

use super::support::{listening, run};

#[test]
fn certificates_are_trusted_demanded_and_shown() {
    let folder = Folder::new();
    let Certificates { root, chain, key } = Certificates::new("127.0.0.1", |_| {});
    let [root, chain, key] =
        [("root", root), ("chain", chain), ("key", key)].map(|(name, text)| {
            let path = folder.file(name);
            fs::write(&path, text).unwrap();
            path.into_os_string().into_string().unwrap()
        });
    let own = ["--cert", &chain[..], "--key", &key];
    let (_server, url) = listening(&[&["--echo"], &own[..]].concat());
    assert!(url.starts_with("wss://"), "{url}");
    for options in [&["--ca", &root[..]][..], &["-k"]] {
        let ran = run(options.iter().copied().chain([&url[..]]), b"one\n2\n").expect(0);
        assert_eq!(ran.text(), "one\n2\n");
    }
    // The option stands there, and not the method of the library.
    let err = run([&url[..]], b"one\n").expect(2).err;
    assert!(
        err.contains("is not trusted") && err.contains("--ca") && !err.contains("_pem"),
        "{err}"
    );
    let ran = run(["--ca", &root, "-v", "--time", "-x", "a", &url], b"").expect(0);
    assert!(ran.err.contains("[TLS: TLS 1.3, "), "{}", ran.err);
    let steps: Vec<_> = ran.err.lines().filter_map(|line| line.split(' ').next()).collect();
    let tls = steps.windows(3).any(|window| window == ["TCP", "TLS", "101"]);
    assert!(tls, "{}", ran.err);

    let (_server, url) = listening(&[&["--echo", "--ca", &root], &own[..]].concat());
    // With TLS 1.3 the server refuses after the client has begun to speak.
    run(["--ca", &root, &url], b"one\n").expect(2);
    let shown = ["--ca", &root].into_iter().chain(own).chain([&url[..]]);
    assert_eq!(run(shown, b"one\n").expect(0).text(), "one\n");
}
