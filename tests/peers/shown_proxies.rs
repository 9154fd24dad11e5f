//! The configurations of proxies that the guide shows, as it shows them, where those programs are
//! installed. `reverse_proxy` has what else can happen behind a proxy.

#![cfg(unix)]

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::process::Command;
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use blocking_ws::http::Response;
use blocking_ws::{Client, Error, Server, ServerHandle};
use socket2::{Domain, Socket, Type};
use test_support::folder::Folder;
use test_support::front::{Both, Front};
use test_support::installed::{program, skipped};
use test_support::noise::noise;
use test_support::page::{block, replaced};
use test_support::socket::patient;
use test_support::within;

const PAGE: &str = "deployment/proxies.rs";
/// Where the server is on the page.
const UPSTREAM: &str = "127.0.0.1:9001";
/// More than any of this takes.
const LONG: Duration = Duration::from_secs(15);
/// How long connections may be silent, where the proxy has a limit: on the page, and in the test of that.
const SILENCE: &str = "60s";
const SHORT_SILENCE: &str = "2s";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shown {
    Nginx,
    HaProxy,
    Caddy,
}

impl Shown {
    fn program(self) -> &'static str {
        match self {
            Self::Nginx => "nginx",
            Self::HaProxy => "haproxy",
            Self::Caddy => "caddy",
        }
    }

    /// The text of the page, with the addresses, files and the silence of a test.
    fn configuration(
        self,
        folder: &Folder,
        upstream: &str,
        silence: &str,
        [plain, secure]: [u16; 2],
    ) -> String {
        let both = folder.file("both.pem");
        let both = both.to_str().unwrap();
        let first = match self {
            Self::Nginx => "# nginx.conf",
            Self::HaProxy => "# haproxy.cfg",
            Self::Caddy => "# Caddyfile",
        };
        let page = replaced(&block(PAGE, first), UPSTREAM, upstream);
        let changes = match self {
            Self::Nginx => vec![
                ("listen 80;".to_owned(), format!("listen 127.0.0.1:{plain};")),
                ("listen 443 ssl;".to_owned(), format!("listen 127.0.0.1:{secure} ssl;")),
                ("/etc/nginx/fullchain.pem".to_owned(), both.to_owned()),
                ("/etc/nginx/privkey.pem".to_owned(), both.to_owned()),
                (format!("proxy_read_timeout {SILENCE}"), format!("proxy_read_timeout {silence}")),
                // Files go into the folder of the test.
                (
                    "http {".to_owned(),
                    "http {\naccess_log off; client_body_temp_path a; proxy_temp_path b; \
                     fastcgi_temp_path c; uwsgi_temp_path d; scgi_temp_path e;"
                        .to_owned(),
                ),
            ],
            Self::HaProxy => vec![
                // Only root can become another user, and not every machine has this one.
                ("    user haproxy\n    group haproxy\n".to_owned(), String::new()),
                // It needs two descriptors for each connection, which a test may not have.
                ("maxconn 20000".to_owned(), "maxconn 200".to_owned()),
                ("bind :80\n".to_owned(), format!("bind 127.0.0.1:{plain}\n")),
                ("bind :443 ".to_owned(), format!("bind 127.0.0.1:{secure} ")),
                ("/etc/haproxy/both.pem".to_owned(), both.to_owned()),
                (format!("timeout tunnel {SILENCE}"), format!("timeout tunnel {silence}")),
                ("timeout http-request 10s".to_owned(), "timeout http-request 1s".to_owned()),
            ],
            // Without and with TLS, each a site of its own; a certificate of the test in place of a real one.
            Self::Caddy => {
                let (comment, site) = page.split_once("chat.example {").expect("a site");
                return format!(
                    "{comment}{{\nadmin off\nauto_https off\n}}\nhttp://127.0.0.1:{plain} {{{site}\n\
                     https://127.0.0.1:{secure} {{\ntls {both} {both}\n{site}"
                );
            }
        };
        changes.iter().fold(page, |text, (from, to)| replaced(&text, from, to))
    }

    fn command(self, folder: &Folder) -> Command {
        let mut command = Command::new(program(self.program()).expect("it is installed"));
        let folder = folder.file("");
        match self {
            Self::Nginx => {
                let globals = "daemon off; master_process off; pid nginx.pid;";
                command.arg("-p").arg(&folder).args(["-e", "stderr", "-c", "conf", "-g", globals])
            }
            Self::HaProxy => command.args(["-db", "-f", "conf"]),
            Self::Caddy => command
                .args(["run", "--adapter", "caddyfile", "--config", "conf"])
                // Where it keeps what it knows.
                .env("HOME", &folder)
                .env("XDG_DATA_HOME", &folder)
                .env("XDG_CONFIG_HOME", &folder),
        };
        command.current_dir(folder);
        command
    }

    fn start(self, upstream: &str) -> Front {
        self.start_with(upstream, SILENCE)
    }

    fn start_with(self, upstream: &str, silence: &str) -> Front {
        let folder = Folder::new();
        let both = Both::make(&folder);
        let configuration =
            |folder: &Folder, ports| self.configuration(folder, upstream, silence, ports);
        Front::run(folder, both, configuration, |folder| self.command(folder))
    }
}

/// Runs a test behind each proxy, side by side.
fn behind_each(test: fn(Shown)) {
    within(move || {
        let mut tests = Vec::new();
        for shown in [Shown::Nginx, Shown::HaProxy, Shown::Caddy] {
            if program(shown.program()).is_some() {
                tests.push(thread::spawn(move || test(shown)));
            } else {
                skipped(shown.program());
            }
        }
        for test in tests {
            test.join().unwrap();
        }
    });
}

/// A server as the page has it, which says to each client from where it comes, and then sends back.
fn server(at: &str) -> Server {
    Server::bind(at)
        .unwrap()
        .trusted_proxy("127.0.0.1")
        .page("/health", |_| Response::new("ok\n"))
        .on_upgrade(|opening| {
            let address = opening.client_ip().map_or("nobody".to_owned(), |ip| ip.to_string());
            opening.insert(address);
            Ok(())
        })
}

fn spawn(server: Server) -> ServerHandle {
    let server = server.spawn(|ws| {
        let address = ws.request().extensions().get::<String>().cloned().unwrap_or_default();
        ws.send(address)?;
        while let Some(message) = ws.recv()? {
            ws.send(message)?;
        }
        Ok(())
    });
    server.unwrap()
}

fn address_of(server: &ServerHandle) -> String {
    server.local_addr().unwrap().to_string()
}

#[test]
fn messages_of_all_sizes_pass_and_the_end_is_in_order() {
    behind_each(|shown| {
        let server = spawn(server("127.0.0.1:0"));
        let front = shown.start(&address_of(&server));
        let client = Client::new().write_timeout(LONG).root_certificate_pem(front.root.as_bytes());
        for url in [&front.plain, &front.secure] {
            if url.starts_with("wss") && !cfg!(any(feature = "tls", feature = "rustls")) {
                continue;
            }
            let mut ws = client.connect(url).unwrap();
            ws.set_read_timeout(LONG);
            assert_eq!(ws.recv().unwrap(), Some("127.0.0.1".into()), "{shown:?}, {url}");
            for len in [0, 125, 65_536, 3 << 20] {
                let message = noise(len);
                ws.send(&message).unwrap();
                let got = ws.recv().unwrap().unwrap().into_bytes();
                assert!(got == message, "{shown:?}, {url}: {len} bytes");
            }
            ws.close(4000, "enough").unwrap();
            assert!(ws.close_status().unwrap().is_clean(), "{shown:?}, {url}");
        }
    });
}

/// Connects from another address of this machine.
fn from_127_0_0_2(url: &str, client: &Client) -> blocking_ws::Result<blocking_ws::WebSocket> {
    let to = url.trim_start_matches("ws://").trim_end_matches('/').parse::<SocketAddr>().unwrap();
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    socket.bind(&SocketAddr::from(([127, 0, 0, 2], 0)).into()).unwrap();
    socket.connect(&to.into()).unwrap();
    client.connect_over(url, TcpStream::from(socket))
}

#[test]
fn rfc_7239_the_client_is_who_the_proxy_sees() {
    behind_each(|shown| {
        let server = spawn(server("127.0.0.1:0"));
        let front = shown.start(&address_of(&server));
        for (name, lie) in [
            ("X-Made-Up", "nothing"),
            ("X-Forwarded-For", "192.0.2.9"),
            ("X-Forwarded-For", "192.0.2.9, 127.0.0.1"),
            ("Forwarded", "for=192.0.2.9"),
        ] {
            let client = Client::new().header(name, lie);
            let mut ws = from_127_0_0_2(&front.plain, &client).unwrap();
            ws.set_read_timeout(LONG);
            assert_eq!(ws.recv().unwrap(), Some("127.0.0.2".into()), "{shown:?}, {name}: {lie}");
        }
    });
}

/// A client that sends its head slowly takes one of few places: Slowloris.
#[test]
fn a_head_that_does_not_end_is_cut_off() {
    behind_each(|shown| {
        // The others have a minute for it, and nothing to set it with on this page.
        if shown != Shown::HaProxy {
            return;
        }
        let front = shown.start(UPSTREAM);
        let address = front.plain.trim_start_matches("ws://").trim_end_matches('/');
        let mut slow = patient(TcpStream::connect(address).unwrap());
        slow.write_all(b"GET / HTTP/1.1\r\n").unwrap();
        slow.set_read_timeout(Some(Duration::from_millis(100))).unwrap();
        let began = Instant::now();
        let mut answer = [0; 12];
        while slow.read_exact(&mut answer).is_err() {
            assert!(began.elapsed() < LONG, "it is still open");
            slow.write_all(b"a").unwrap();
        }
        assert_eq!(&answer, b"HTTP/1.1 408");
    });
}

#[test]
fn pings_keep_a_connection_that_is_silent_for_longer_than_the_proxy_bears() {
    behind_each(|shown| {
        for interval in [Some(Duration::from_millis(300)), None] {
            let server = spawn(server("127.0.0.1:0").ping_interval(interval));
            let front = shown.start_with(&address_of(&server), SHORT_SILENCE);
            let mut ws = Client::new().connect(&front.plain).unwrap();
            ws.set_read_timeout(LONG);
            assert_eq!(ws.recv().unwrap(), Some("127.0.0.1".into()));
            // Caddy cuts no silent connection.
            let stays = interval.is_some() || shown == Shown::Caddy;
            let silence = ws.recv_timeout(if stays { Duration::from_secs(4) } else { LONG });
            if stays {
                assert!(silence.as_ref().is_err_and(Error::is_timeout), "{shown:?}: {silence:?}");
                ws.send("still there").unwrap();
                assert_eq!(ws.recv().unwrap(), Some("still there".into()), "{shown:?}");
            } else {
                assert!(matches!(silence, Err(Error::Lost(_))), "{shown:?}: {silence:?}");
            }
        }
    });
}

#[test]
fn section_10_2_pages_of_the_own_site_may_connect() {
    behind_each(|shown| {
        let server = spawn(server("127.0.0.1:0"));
        let front = shown.start(&address_of(&server));
        for (origin, welcome) in [("https://127.0.0.1", true), ("https://evil.example", false)] {
            match Client::new().header("Origin", origin).connect(&front.plain) {
                Ok(_) => assert!(welcome, "{shown:?}, {origin}"),
                Err(Error::Refused(response)) => {
                    assert!(!welcome && response.status() == 403, "{shown:?}, {origin}");
                }
                other => panic!("{shown:?}, {origin}: {other:?}"),
            }
        }
    });
}

#[test]
fn without_the_server_the_proxy_refuses_and_says_so() {
    behind_each(|shown| {
        let server = spawn(server("127.0.0.1:0"));
        let address = address_of(&server);
        let front = shown.start(&address);
        Client::new().connect(&front.plain).unwrap();
        server.shutdown(LONG);
        let client = Client::new().connect_timeout(LONG);
        let status = if shown == Shown::HaProxy { 503 } else { 502 };
        match client.connect(&front.plain) {
            Err(Error::Refused(response)) => assert_eq!(response.status(), status, "{shown:?}"),
            other => panic!("{shown:?}: {other:?}"),
        }
        // And it notices that the server is there again.
        let _server = spawn(self::server(&address));
        let began = Instant::now();
        while client.connect(&front.plain).is_err() {
            assert!(began.elapsed() < LONG, "{shown:?}");
            thread::sleep(Duration::from_millis(50));
        }
    });
}

#[test]
fn a_client_that_comes_during_a_restart_waits() {
    behind_each(|shown| {
        if shown == Shown::Nginx {
            // It has no second try with the same server.
            return;
        }
        let mut server = spawn(self::server("127.0.0.1:0"));
        let address = address_of(&server);
        let front = shown.start(&address);
        let mut came = Vec::new();
        // On a loaded machine a restart may take longer than the proxy bears.
        while came.len() < 5 && !came.iter().any(Result::is_ok) {
            Client::new().connect(&front.plain).unwrap();
            server.shutdown(LONG);
            let (tell, told) = mpsc::channel();
            let url = front.plain.clone();
            let comes = thread::spawn(move || {
                tell.send(()).unwrap();
                Client::new().connect_timeout(LONG).connect(&url).map(drop)
            });
            told.recv().unwrap();
            // Long enough for the first try of the proxy. If it is not, that try finds the server.
            thread::sleep(Duration::from_millis(300));
            server = spawn(self::server(&address));
            came.push(comes.join().unwrap());
            let began = Instant::now();
            while Client::new().connect(&front.plain).is_err() {
                assert!(began.elapsed() < LONG, "{shown:?}");
                thread::sleep(Duration::from_millis(50));
            }
        }
        assert!(came.iter().any(Result::is_ok), "{shown:?}: {came:?}");
    });
}
