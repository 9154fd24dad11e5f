//! Connections in servers of `tiny_http` and hyper: a client of this library, and a real browser.

use std::io::{Read, Write};
use std::net::TcpStream;

use blocking_ws::{Client, Error};
use serde_json::json;
use test_support::chromium::Chromium;
use test_support::program::Program;
use test_support::socket::patient;

const SERVERS: [&str; 2] = ["in_tiny_http", "in_hyper"];

/// Starts an example, and returns the address of its page.
fn start(name: &str) -> (Program, String) {
    let server = Program::start(name, ["--addr", "127.0.0.1:0"]);
    let page = server.line().replace("listening on ", "");
    (server, page)
}

#[test]
fn a_client_is_upgraded_or_refused_with_a_sentence() {
    for name in SERVERS {
        let (_server, page) = start(name);
        let url = format!("{}ws", page.replace("http://", "ws://"));
        let mut ws = Client::new().subprotocol("echo.v1").connect(&url).expect(name);
        assert_eq!(ws.subprotocol(), Some("echo.v1"), "{name}");
        for size in [0, 1, 70_000, 1 << 20] {
            ws.send("x".repeat(size)).expect(name);
            assert_eq!(ws.recv().expect(name), Some("x".repeat(size).into()), "{name}: {size}");
        }
        ws.close(1000, "").expect(name);
        assert!(ws.close_status().unwrap().is_clean(), "{name}");

        // The page of another site.
        match Client::new().header("Origin", "https://evil.example").connect(&url) {
            Err(Error::Refused(response)) => {
                assert_eq!(response.status(), 403, "{name}");
                let body = String::from_utf8_lossy(response.body());
                assert!(body.contains("evil.example"), "{name}: {body}");
            }
            other => panic!("{name}: {other:?}"),
        }

        let mut plain = patient(TcpStream::connect(page_address(&page)).unwrap());
        write!(plain, "GET /ws HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").unwrap();
        let mut answer = String::new();
        plain.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 426 "), "{name}: {answer}");
    }
}

fn page_address(page: &str) -> &str {
    page.trim_start_matches("http://").trim_end_matches('/')
}

#[test]
fn a_browser_has_a_subprotocol_and_compression_there() {
    let Some(mut browser) = Chromium::start() else {
        eprintln!("not tested: no Chromium is installed (set CHROMIUM to its path)");
        return;
    };
    for name in SERVERS {
        let (_server, page) = start(name);
        let tab = browser.open(&page);
        browser.wait(&tab, "document.title === 'closed 1000'");
        let shown = browser.run(&tab, "document.getElementById('log').textContent");
        let shown = shown.as_str().unwrap().to_owned();
        let compressed =
            if cfg!(feature = "deflate") { "permessage-deflate" } else { "uncompressed" };
        let want = format!("600 characters by echo.v1, {compressed}");
        assert!(shown.starts_with(&want), "{name}: {shown}");
        assert_eq!(browser.run(&tab, "socket.readyState"), json!(3), "{name}");
    }
}
