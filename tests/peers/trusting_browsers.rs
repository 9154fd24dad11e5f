//! A browser takes the certificates that the guide makes, in the ways that the guide shows.

#![cfg(all(target_os = "linux", any(feature = "tls", feature = "rustls")))]

use std::process::Command;

use blocking_ws::{Identity, Server, ServerHandle};
use serde_json::{Value, json};
use test_support::chromium::Chromium;
use test_support::folder::Folder;
use test_support::installed::{program, skipped};
use test_support::page::block;
use test_support::program::Program;

const PAGE: &str = "tls.rs";

/// Runs commands of the guide in the folder, which is also the home, and returns what they print.
fn shell(folder: &Folder, commands: &str) -> String {
    let home = folder.file("");
    let mut shell = Command::new("sh");
    shell.args(["-ec", commands]).current_dir(&home).env("HOME", &home);
    let ended = Program::run(&mut shell).end();
    assert_eq!(ended.code, Some(0), "{commands}: {ended:?}");
    ended.stdout
}

fn serving(folder: &Folder, certificate: &str, key: &str) -> ServerHandle {
    let identity = Identity::from_pem_files(folder.file(certificate), folder.file(key)).unwrap();
    let server = Server::bind("127.0.0.1:0").unwrap().tls(&identity).unwrap();
    // The page of the test has no host.
    server.any_origin().spawn(|ws| ws.send("hello")).unwrap()
}

/// What a script sees of each server: its message, or the code of a failure.
fn seen(browser: &mut Chromium, servers: &[&ServerHandle]) -> Vec<Value> {
    let tab = browser.open("about:blank");
    let mut ask = |server: &&ServerHandle| {
        let script = format!(
            "new Promise(done => {{
                const socket = new WebSocket('{}');
                socket.onmessage = ({{ data }}) => done(data);
                socket.onclose = ({{ code }}) => done(code);
            }})",
            server.url()
        );
        browser.run(&tab, &script)
    };
    servers.iter().map(&mut ask).collect()
}

#[test]
fn the_ways_of_the_guide() {
    for name in ["openssl", "certutil"] {
        if program(name).is_none() {
            return skipped(name);
        }
    }
    let folder = Folder::new();
    let recipe = "openssl req -x509 -newkey rsa:2048 -nodes -days 365 -subj \"/CN=my chat\" \\";
    shell(&folder, &block(PAGE, recipe));
    let authority = "EC=\"-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes\"";
    shell(&folder, &block(PAGE, authority));
    let pins = "openssl x509 -in server.pem -noout -fingerprint -sha256 # for pin_certificate";
    let pins = shell(&folder, &block(PAGE, pins));
    let pin = pins.lines().last().expect("the pin of the key");
    let own = serving(&folder, "cert.pem", "key.pem");
    let signed = serving(&folder, "server.pem", "server-key.pem");

    let (home, option) = (folder.file(""), format!("--ignore-certificate-errors-spki-list={pin}"));
    let adjust = |way: &str, command: &mut Command| {
        command.env("HOME", &home);
        if way == "the key of the second" {
            command.arg(&option);
        }
    };
    for (way, want) in [
        ("neither", json!([1006, 1006])),
        ("the key of the second", json!([1006, "hello"])),
        ("both in the store", json!(["hello", "hello"])),
    ] {
        if way == "both in the store" {
            shell(&folder, &block(PAGE, "mkdir -p $HOME/.pki/nssdb"));
        }
        let Some(mut browser) = Chromium::start_with(|command| adjust(way, command)) else {
            return skipped("chromium");
        };
        assert_eq!(Value::from(seen(&mut browser, &[&own, &signed])), want, "{way}");
    }
}
