//! Redirects that are followed when asked for, and what is not carried along (RFC 9110 §15.4).

use std::io::Write;
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use blocking_ws::http::Request;
use blocking_ws::testing::MockServer;
use blocking_ws::{Client, Error, Phase, WebSocket};

use test_support::attempt::{answer, good, host};
use test_support::http::{Head, line};
use test_support::scripted::serve_one;
use test_support::socket::patient;

/// A redirect with a body, so that it has an end.
fn moved(status: u16, location: &str) -> String {
    format!("HTTP/1.1 {status} Moved\r\nLocation: {location}\r\nContent-Length: 4\r\n\r\ngone")
}

/// A server that answers one connection after another.
fn site(answers: Vec<String>) -> MockServer {
    answers.into_iter().fold(MockServer::new().unwrap(), |mock, response| {
        mock.on_connection(move |peer| answer(peer, response, false))
    })
}

/// What a server was asked. All its answers were needed.
fn asked(mock: &MockServer) -> Vec<Request<()>> {
    mock.verify();
    mock.requests()
}

fn refused(outcome: blocking_ws::Result<WebSocket>, rule: &str) -> (u16, String, String) {
    let error = outcome.expect_err(rule);
    let text = error.to_string();
    let Error::Refused(response) = error else { panic!("{rule}: {error:?}") };
    let location = response.headers().get("location");
    let location = location.map_or("", |value| value.to_str().unwrap()).to_owned();
    (response.status().as_u16(), location, text)
}

#[test]
fn section_15_4_redirects_are_followed_as_often_as_asked_for() {
    for status in [301, 302, 303, 307, 308] {
        let answers = || vec![moved(status, "../b?c#d"), moved(status, "/e"), good("")];
        let mock = site(answers());
        let client = Client::new().redirects(2);
        let ws = client.connect(&format!("{}x/a", mock.url())).unwrap();
        assert_eq!(ws.request().uri().to_string(), format!("{}e", mock.url()), "{status}");
        let lines: Vec<_> = asked(&mock).iter().map(line).collect();
        let want = ["/x/a", "/b?c", "/e"].map(|target| format!("GET {target} HTTP/1.1"));
        assert_eq!(lines, want, "{status}");
        for most in [0, 1] {
            let mock = site(answers()[..=most].to_vec());
            let outcome = Client::new().redirects(most).connect(&format!("{}x/a", mock.url()));
            let (got, location, _) = refused(outcome, "one too many");
            assert_eq!((got, &location[..]), (status, ["../b?c#d", "/e"][most]));
        }
    }
}

#[test]
fn a_redirect_is_followed_whose_body_does_not_end() {
    let open_end = "HTTP/1.1 302 Found\r\nLocation: /b\r\n\r\ngo";
    for response in [open_end.to_owned(), moved(302, "/b").replace(" 4", " 9")] {
        let mock = MockServer::new().unwrap().on_connection(move |peer| {
            peer.bytes(&response);
            // The connection stays open.
            peer.stop_reading();
        });
        let mock = mock.on_connection(|peer| peer.open(&[]));
        let outcome = Client::new().redirects(1).connect(&mock.url());
        assert!(outcome.is_ok(), "{outcome:?}");
        assert_eq!(line(&asked(&mock)[1]), "GET /b HTTP/1.1");
    }
}

#[test]
fn rfc_9112_section_5_2_a_redirect_is_followed_whose_lines_are_folded() {
    let folded = moved(302, "/b").replace(" /b", "\r\n\t/b").replace("\nC", "\nX: y\r\n z\r\nC");
    let mock = site(vec![folded, good("X: y\r\n z\r\n")]);
    let outcome = Client::new().redirects(1).connect(&mock.url());
    assert!(outcome.is_ok(), "{outcome:?}");
    assert_eq!(line(&asked(&mock)[1]), "GET /b HTTP/1.1");
}

#[test]
fn a_redirect_shows_nothing_of_its_body() {
    let body = "<a href=\"wss://eve:simsim@h/x?token=sesame\">Found</a>.";
    let response = moved(302, "wss://eve:simsim@h/x?token=sesame");
    let response = response.replace(" 4", &format!(" {}", body.len())).replace("gone", body);
    let error = Client::new().connect(&site(vec![response]).url()).unwrap_err();
    let shown = format!("{error} {error:?}");
    assert!(!shown.contains("eve") && !shown.contains("sim") && !shown.contains("ses"), "{shown}");
}

#[test]
fn a_loop_ends_by_the_bound() {
    let mock = site(vec![moved(302, "/"); 11]);
    let outcome = Client::new().redirects(10).connect(&mock.url());
    assert_eq!(refused(outcome, "a loop").0, 302);
    assert_eq!(asked(&mock).len(), 11);
}

#[test]
fn redirects_that_cannot_be_followed_are_refusals() {
    for (rule, answer) in [
        ("without a place", "HTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n".to_owned()),
        ("a place that is malformed", moved(302, "ws://h:99999/")),
        ("another scheme", moved(302, "mailto:ali@example.com")),
        ("300", moved(300, "/b")),
        ("no redirect", moved(403, "/b")),
    ] {
        let outcome = Client::new().redirects(5).connect(&site(vec![answer]).url());
        refused(outcome, rule);
    }
}

#[test]
fn credentials_are_for_the_first_origin_alone() {
    let at_other = site(vec![good("")]);
    let other = host(&at_other);
    let answers = vec![moved(302, "/b"), moved(302, &format!("http://{other}/c"))];
    let at_first = site(answers);
    let client = Client::new()
        .redirects(5)
        .header("Cookie", "id=sesame")
        .header("Host", "example.com")
        .header("X-Other", "seen");
    let ws = client.connect(&format!("ws://ali:sesame@{}/a", host(&at_first))).unwrap();
    assert_eq!(ws.request().uri().to_string(), format!("ws://{other}/c"));
    let secrets = ["authorization", "cookie"];
    for head in asked(&at_first) {
        for secret in secrets {
            assert!(head.get(secret).is_some(), "{secret}: {head:?}");
        }
        assert_eq!(head.get("host"), Some("example.com"));
    }
    let head = asked(&at_other).remove(0);
    for secret in secrets {
        assert_eq!(head.get(secret), None, "{secret}: {head:?}");
    }
    assert_eq!(head.get("host"), Some(&other[..]));
    assert_eq!(head.get("x-other"), Some("seen"));
}

#[test]
fn userinfo_of_a_location_is_for_its_origin_and_not_shown() {
    let at_other = site(vec![good("")]);
    let other = host(&at_other);
    let location = format!("ws://eve:sesame@{other}/c");
    let at_first = site(vec![moved(302, &location), moved(302, &location)]);
    let url = at_first.url();
    let ws = Client::new().redirects(1).connect(&url).unwrap();
    assert_eq!(ws.request().uri().to_string(), format!("ws://{other}/c"));
    let head = asked(&at_other).remove(0);
    assert_eq!(head.get("authorization"), Some("Basic ZXZlOnNlc2FtZQ=="));
    let error = Client::new().connect(&url).unwrap_err();
    let shown = format!("{error} {error:?} {ws:?} {:?}", ws.request());
    assert!(!shown.contains("eve") && !shown.contains("sesame"), "{shown}");
    assert_eq!(refused(Err(error), "not followed").1, location);
}

#[test]
fn one_deadline_holds_over_all_places() {
    let timeout = Duration::from_millis(600);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let (over, is_over) = mpsc::channel::<()>();
    // Each place takes a third of the time, and a deadline of its own would never pass.
    let serving = thread::spawn(move || {
        for hop in 0.. {
            let mut stream = patient(listener.accept().unwrap().0);
            if is_over.recv_timeout(timeout / 3) != Err(RecvTimeoutError::Timeout) {
                return hop;
            }
            // The client may have gone.
            let _ = stream.write_all(moved(302, "/").as_bytes());
        }
        unreachable!("it goes on until it is over");
    });
    let begun = Instant::now();
    let client = Client::new().redirects(100).connect_timeout(timeout);
    let outcome = client.connect(&format!("ws://{address}/"));
    let took = begun.elapsed();
    drop(over);
    // Where the server waits for a client, this is it; it may have gone.
    let _last = TcpStream::connect(address);
    assert!(serving.join().unwrap() >= 1);
    let late = matches!(outcome, Err(Error::Deadline(Phase::Connect)));
    assert!(late && (timeout..Duration::from_secs(8)).contains(&took), "{outcome:?}, {took:?}");
}

#[test]
fn a_place_that_cannot_be_reached_says_so() {
    let (gone, _) = serve_one(drop);
    let mock = site(vec![moved(302, &format!("ws://{gone}/"))]);
    let outcome = Client::new().redirects(1).connect(&mock.url());
    assert!(matches!(outcome, Err(Error::Lost(_) | Error::Connect(_))), "{outcome:?}");
}

#[cfg(any(feature = "tls", feature = "rustls"))]
mod secure {
    use super::{Client, Error, host, refused, site};
    use blocking_ws::http::StatusCode;
    use blocking_ws::{Identity, Refusal, Server, ServerHandle};
    use std::io::{BufRead as _, BufReader, Write as _};
    use std::process::{Child, Command, Stdio};
    use std::thread::JoinHandle;
    use test_support::certificates::Certificates;

    /// A server that sends everybody elsewhere.
    fn secure_site(certificates: &Certificates, location: String) -> ServerHandle {
        let Certificates { chain, key, .. } = certificates;
        let identity = Identity::from_pem(chain.as_bytes(), key.as_bytes()).unwrap();
        let server = Server::bind("127.0.0.1:0").and_then(|server| server.tls(&identity)).unwrap();
        let server = server.on_upgrade(move |_| {
            let refusal = Refusal::new(StatusCode::FOUND, "");
            Err(refusal.header("location".parse().unwrap(), location.parse().unwrap()))
        });
        server.spawn(|_| Ok(())).unwrap()
    }

    #[test]
    fn never_from_wss_to_ws() {
        let certificates = Certificates::new("127.0.0.1", |_| {});
        let client = Client::new().redirects(5).root_certificate_pem(certificates.root.as_bytes());
        for scheme in ["ws", "http"] {
            // Nothing comes there.
            let plain = site(vec![]);
            let location = format!("{scheme}://{}/", host(&plain));
            let server = secure_site(&certificates, location.clone());
            let (status, to, text) = refused(client.connect(server.url()), scheme);
            assert_eq!((status, &to), (302, &location));
            assert!(text.contains(&location), "{text}");
        }
    }

    /// A server that wants to know its clients, and answers with another redirect; `None` where
    /// there is no `openssl` to run.
    fn demanding(certificates: &Certificates) -> Option<Demanding> {
        let folder = std::env::temp_dir().join(format!("blocking-ws-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let file = |name: &str, text: &str| {
            let path = folder.join(name);
            std::fs::write(&path, text).unwrap();
            path
        };
        let child = Command::new("openssl")
            .args(["s_server", "-tls1_2", "-accept", "127.0.0.1:0"])
            .args(["-Verify", "1", "-verify_return_error"])
            .arg("-cert")
            .arg(file("cert.pem", &certificates.chain))
            .arg("-key")
            .arg(file("key.pem", &certificates.key))
            .arg("-CAfile")
            .arg(file("ca.pem", &certificates.root))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn();
        let Ok(mut child) = child else {
            eprintln!("skipped: there is no `openssl` to run");
            return None;
        };
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let accepts =
            lines.find_map(|line| line.unwrap().strip_prefix("ACCEPT ").map(str::to_owned));
        let address = accepts.unwrap();
        // What is typed goes to the client.
        let mut keys = child.stdin.take().unwrap();
        let screen = std::thread::spawn(move || {
            let asked = |line: &String| line.starts_with("GET / ");
            if lines.any(|line| line.is_ok_and(|line| asked(&line))) {
                keys.write_all(super::moved(307, "/seen").as_bytes()).unwrap();
            }
            lines.count()
        });
        Some(Demanding { child, address, folder, _screen: screen })
    }

    struct Demanding {
        child: Child,
        address: String,
        folder: std::path::PathBuf,
        _screen: JoinHandle<usize>,
    }

    impl Drop for Demanding {
        fn drop(&mut self) {
            let _ = self.child.kill();
            let _ = self.child.wait();
            let _ = std::fs::remove_dir_all(&self.folder);
        }
    }

    #[test]
    fn the_identity_is_for_the_first_origin_alone() {
        let certificates = Certificates::new("127.0.0.1", |params| {
            use rcgen::ExtendedKeyUsagePurpose::{ClientAuth, ServerAuth};
            params.extended_key_usages = vec![ServerAuth, ClientAuth];
        });
        let Certificates { root, chain, key } = &certificates;
        let identity = Identity::from_pem(chain.as_bytes(), key.as_bytes()).unwrap();
        let client = Client::new().root_certificate_pem(root.as_bytes()).identity(identity);
        let Some(server) = demanding(&certificates) else { return };
        let url = format!("wss://{}/", server.address);
        // First by way of another origin, then by itself.
        let elsewhere = secure_site(&certificates, url.clone());
        let outcome = client.clone().redirects(1).connect(elsewhere.url());
        assert!(matches!(outcome, Err(Error::Tls(_) | Error::Lost(_))), "{outcome:?}");
        assert_eq!(refused(client.connect(&url), "known").1, "/seen");
    }

    #[test]
    fn from_ws_to_wss() {
        let certificates = Certificates::new("127.0.0.1", |_| {});
        let client = Client::new().redirects(1).root_certificate_pem(certificates.root.as_bytes());
        let secure = secure_site(&certificates, "/x".into());
        let mock = site(vec![super::moved(307, secure.url())]);
        let outcome = client.connect(&mock.url());
        assert_eq!(refused(outcome, "the second one").1, "/x");
        let mock = site(vec![super::moved(307, secure.url())]);
        let outcome = Client::new().redirects(1).connect(&mock.url());
        assert!(matches!(outcome, Err(Error::Tls(_))), "{outcome:?}");
    }
}
