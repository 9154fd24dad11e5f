//! Other programs as clients of a `wss://` server, and in front of one, by each TLS library that is
//! compiled in.

#![cfg(any(feature = "tls", feature = "rustls"))]

use std::fs;
use std::io::{Read, Write};
use std::process::{Command, Stdio};

use blocking_ws::http::{Response, header};
use blocking_ws::{Deflate, Server, ServerHandle, TlsBackend, WebSocket};
use serde_json::json;
use test_support::chromium::Chromium;
use test_support::folder::Folder;
use test_support::installed::{program, skipped};
use test_support::pem::{PEM, identity};
use test_support::within;

fn libraries() -> impl Iterator<Item = TlsBackend> {
    let all = [
        (TlsBackend::Native, cfg!(feature = "tls")),
        (TlsBackend::Rustls, cfg!(feature = "rustls")),
    ];
    all.into_iter().filter_map(|(library, is_here)| is_here.then_some(library))
}

/// A server with a page, which sends everything back.
fn echo(library: TlsBackend) -> ServerHandle {
    let server = Server::bind("127.0.0.1:0").unwrap().tls_backend(library).unwrap();
    let server = server.tls(&identity()).unwrap().deflate(Deflate::new()).http(|_| {
        let html = Response::builder().header(header::CONTENT_TYPE, "text/html");
        html.body("<title>a page</title>").unwrap()
    });
    server.spawn(send_back).unwrap()
}

fn send_back(ws: &mut WebSocket) -> blocking_ws::Result<()> {
    while let Some(message) = ws.recv()? {
        ws.send(message)?;
    }
    Ok(())
}

#[test]
fn a_browsers_page_and_its_connection() {
    let Some(mut browser) = Chromium::start() else {
        eprintln!("not tested: no Chromium is installed (set CHROMIUM to its path)");
        return;
    };
    browser.accept_invalid_certificates();
    for library in libraries() {
        let server = echo(library);
        let tab = browser.open(&server.url().replace("wss://", "https://"));
        let talk = "new Promise(done => {
            const socket = new WebSocket(location.href.replace('https', 'wss'));
            const seen = [], bytes = new Uint8Array(1 << 20).map((_, i) => i * i);
            socket.binaryType = 'arraybuffer';
            socket.onopen = () => {
                seen.push(socket.extensions.split(';')[0]);
                socket.send('Grüße 🦀');
                socket.send(bytes);
            };
            socket.onmessage = ({ data }) => {
                if (typeof data === 'string') return seen.push(data);
                const back = new Uint8Array(data);
                seen.push(back.length === bytes.length && back.every((b, i) => b === bytes[i]));
                socket.close(4000, 'enough');
            };
            socket.onclose = ({ code, wasClean }) => done([...seen, code, wasClean]);
        })";
        let deflate = if cfg!(feature = "deflate") { "permessage-deflate" } else { "" };
        let want = json!([deflate, "Grüße 🦀", true, 4000, true]);
        assert_eq!(browser.run(&tab, talk), want, "{library:?}");
    }
}

#[test]
#[cfg(unix)]
fn a_proxy_that_speaks_tls_to_both_sides() {
    use blocking_ws::Client;
    use test_support::front::{Front, Kind, Settings, installed};
    use test_support::noise::noise;
    use test_support::socket::PATIENCE;

    within(|| {
        for (library, kind) in
            libraries().flat_map(|library| installed().map(move |k| (library, k)))
        {
            let server = echo(library);
            let address = server.local_addr().unwrap();
            let upstream = match kind {
                Kind::Nginx => format!("https://{address}"),
                Kind::HaProxy => format!("{address} ssl verify none"),
            };
            let timeouts = kind.silence(false);
            let front = Front::start(kind, &Settings { upstream, timeouts, more: "" });
            let client = Client::new().tls_backend(library).deflate(Deflate::new());
            let client = client.root_certificate_pem(front.root.as_bytes()).write_timeout(PATIENCE);
            let mut ws = client.connect(&front.secure).unwrap();
            ws.set_read_timeout(PATIENCE);
            for len in [0, 1, 65_536, 3 << 20] {
                let message = noise(len);
                ws.send(&message).unwrap();
                let back = ws.recv().unwrap().unwrap().into_bytes();
                assert!(back == message, "{library:?}, {kind:?}: {len} bytes");
            }
            ws.close(1000, "").unwrap();
            assert!(ws.close_status().unwrap().is_clean(), "{library:?}, {kind:?}");
        }
    });
}

/// Upgrades, says `Hello`, and closes with 1000.
const TALK: &[u8] =
    b"GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
    Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n\
    \x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58\x88\x82\0\0\0\0\x03\xe8";
const ANSWER: &[u8] = b"\r\n\r\n\x81\x05Hello\x88\x02\x03\xe8";

#[test]
fn openssl_as_a_client() {
    within(|| {
        let Some(openssl) = program("openssl") else {
            return skipped("openssl");
        };
        let folder = Folder::new();
        let root = folder.file("root.pem");
        fs::write(&root, &PEM.0).unwrap();
        let old = ["-cipher", "ALL:@SECLEVEL=0"];
        for library in libraries() {
            let server = echo(library);
            let is_rustls = library == TlsBackend::Rustls;
            for (options, want) in [
                (&["-tls1_2"][..], true),
                (&["-tls1_2", "-alpn", "h2,http/1.1"], true),
                (&["-tls1_1", old[0], old[1]], false),
                // `native-tls` has no TLS 1.3 on a server, and takes any client's ALPN.
                (&["-tls1_3"], is_rustls),
                (&["-tls1_3", "-alpn", "http/1.1"], is_rustls),
                (&["-tls1_2", "-alpn", "h2"], !is_rustls),
                // RFC 7301 §3.2.
                (&["-tls1_3", "-alpn", "h2"], false),
            ] {
                let mut client = Command::new(&openssl);
                client.args(["s_client", "-quiet", "-verify_return_error", "-CAfile"]).arg(&root);
                client.args(["-servername", "localhost", "-verify_hostname", "localhost"]);
                client.arg("-connect").arg(server.local_addr().unwrap().to_string()).args(options);
                client.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
                let mut client = client.spawn().unwrap();
                // It stays until the server closes. Where it could not connect it reads nothing.
                let mut input = client.stdin.take().unwrap();
                let _ = input.write_all(TALK);
                let (mut seen, mut said) = (Vec::new(), String::new());
                client.stdout.take().unwrap().read_to_end(&mut seen).unwrap();
                client.stderr.take().unwrap().read_to_string(&mut said).unwrap();
                client.wait().unwrap();
                assert_eq!(seen.ends_with(ANSWER), want, "{library:?} {options:?}: {said}");
            }
        }
    });
}
