//! The other end is the `openssl` program, for what `native-tls` cannot do: TLS 1.3 as a server,
//! key updates, renegotiation, and asking for a client's certificate. Skipped if it is not
//! installed.

use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::{env, fs, mem, thread};

use super::support::{Authority, within_30s};
use crate::io::{Duplex, TlsBackend};
use crate::transport::tls::{Identity, TlsAcceptor, TlsConnector, TlsStream};

/// A directory that is removed when its test ends.
struct Scratch(PathBuf);

impl Scratch {
    fn new() -> Self {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let path = env::temp_dir().join(format!("blocking-ws-tls-{}-{count}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.0.join(name);
        fs::write(&path, text).unwrap();
        path
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// A running `openssl s_server`. Its input is sent to the client or is a command.
struct Server {
    child: Child,
    screen: mpsc::Receiver<Vec<u8>>,
    seen: Vec<u8>,
    address: String,
    _files: Scratch,
}

impl Server {
    /// `None` if `openssl` is not installed.
    fn start(authority: &Authority, options: &[&str]) -> Option<Self> {
        let files = Scratch::new();
        let (certificate, key) = authority.issue("localhost");
        let child = Command::new("openssl")
            .args(["s_server", "-accept", "127.0.0.1:0"])
            .arg("-cert")
            .arg(files.write("cert.pem", &certificate))
            .arg("-key")
            .arg(files.write("key.pem", &key))
            .arg("-CAfile")
            .arg(files.write("ca.pem", &authority.pem))
            .args(options)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn();
        let Ok(mut child) = child else {
            eprintln!("skipped: there is no `openssl` to run");
            return None;
        };
        let mut stdout = child.stdout.take().unwrap();
        let (show, screen) = mpsc::channel();
        thread::spawn(move || {
            let mut buf = vec![0; 64 * 1024];
            while let Ok(n @ 1..) = stdout.read(&mut buf) {
                if show.send(buf[..n].to_vec()).is_err() {
                    return;
                }
            }
        });
        let address = String::new();
        let mut server = Self { child, screen, seen: Vec::new(), address, _files: files };
        server.wait_for("ACCEPT ");
        server.address = server.wait_for("\n");
        Some(server)
    }

    fn connect(&self, connector: &TlsConnector) -> io::Result<TlsStream<TcpStream>> {
        Ok(connector.connect("localhost", TcpStream::connect(&self.address).unwrap())?)
    }

    fn type_line(&mut self, line: &str) {
        // One write, because a command must come in one piece.
        let mut keys = self.child.stdin.as_ref().unwrap();
        keys.write_all(format!("{line}\n").as_bytes()).unwrap();
    }

    /// Reads the output up to and including `text`, and returns what came before it.
    fn wait_for(&mut self, text: &str) -> String {
        let mut searched = 0;
        loop {
            let mut windows = self.seen[searched..].windows(text.len());
            if let Some(at) = windows.position(|window| window == text.as_bytes()) {
                let at = searched + at;
                let rest = self.seen.split_off(at + text.len());
                let before = mem::replace(&mut self.seen, rest);
                return String::from_utf8_lossy(&before[..at]).into_owned();
            }
            searched = self.seen.len().saturating_sub(text.len());
            let more = self.screen.recv().expect("s_server runs");
            self.seen.extend_from_slice(&more);
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn read_line(stream: &mut impl Read) -> String {
    let (mut line, mut byte) = (Vec::new(), [0]);
    while byte != *b"\n" {
        stream.read_exact(&mut byte).unwrap();
        line.push(byte[0]);
    }
    String::from_utf8(line).unwrap()
}

#[test]
fn key_updates_of_tls_1_3_disturb_nobody() {
    const KEY_UPDATE: &str = "TLS 1.3, Handshake [length 0005], KeyUpdate";
    within_30s(|| {
        let authority = Authority::new();
        let Some(mut server) = Server::start(&authority, &["-tls1_3", "-msg"]) else {
            return;
        };
        let mut client = server.connect(&authority.connector()).unwrap();
        for command in ["K", "k", "K", "K"] {
            server.type_line(command);
            server.wait_for(&format!(">>> {KEY_UPDATE}"));
            server.type_line("from the server");
            assert_eq!(read_line(&mut client), "from the server\n");
            client.write_all(b"from the client\n").unwrap();
            if command == "K" {
                // The capital letter asks for an update of this side's key too.
                server.wait_for(&format!("<<< {KEY_UPDATE}"));
            }
            server.wait_for("from the client\n");
        }
    });
}

#[test]
fn tls_1_3_carries_megabytes_both_ways() {
    const TOTAL: usize = 8 << 20;
    within_30s(|| {
        let authority = Authority::new();
        let Some(mut server) = Server::start(&authority, &["-tls1_3"]) else {
            return;
        };
        let mut client = server.connect(&authority.connector()).unwrap();
        server.wait_for("CIPHER is");
        let mut writer = client.try_clone().unwrap();
        let writing = thread::spawn(move || writer.write_all(&vec![b'~'; TOTAL]).unwrap());
        let reading = thread::spawn(move || {
            let mut buf = vec![0; TOTAL];
            client.read_exact(&mut buf).unwrap();
            assert!(buf.iter().all(|byte| *byte == b'#'));
            client
        });
        let mut keys = server.child.stdin.take().unwrap();
        let typing = thread::spawn(move || {
            keys.write_all(&vec![b'#'; TOTAL]).unwrap();
            keys
        });
        let tildes = |bytes: &[u8]| bytes.split(|byte| *byte == b'~').count() - 1;
        let mut arrived = tildes(&server.seen);
        while arrived < TOTAL {
            arrived += tildes(&server.screen.recv().unwrap());
        }
        assert_eq!(arrived, TOTAL);
        writing.join().unwrap();
        reading.join().unwrap();
        typing.join().unwrap();
    });
}

#[test]
fn renegotiation_of_tls_1_2_disturbs_nobody() {
    const FINISHED: &str = "<<< TLS 1.2, Handshake [length 0010], Finished";
    if TlsBackend::default() == TlsBackend::Rustls {
        // It refuses to, and OpenSSL then ends the session.
        return;
    }
    within_30s(|| {
        let authority = Authority::new();
        let Some(mut server) = Server::start(&authority, &["-tls1_2", "-msg"]) else {
            return;
        };
        let mut client = server.connect(&authority.connector()).unwrap();
        server.wait_for(FINISHED);
        let mut writer = client.try_clone().unwrap();
        let (stop, stopped) = mpsc::channel();
        let writing = thread::spawn(move || {
            while stopped.try_recv().is_err() {
                writer.write_all(b"meanwhile\n").unwrap();
            }
        });
        let (say, lines) = mpsc::channel();
        let reading = thread::spawn(move || {
            (0..5).for_each(|_| say.send(read_line(&mut client)).unwrap());
            client
        });
        for round in 0..5 {
            server.type_line("r");
            server.wait_for(FINISHED);
            server.wait_for("meanwhile\n");
            server.type_line(&format!("{round}"));
            assert_eq!(lines.recv().unwrap(), format!("{round}\n"));
        }
        stop.send(()).unwrap();
        writing.join().unwrap();
        reading.join().unwrap();
    });
}

#[test]
fn a_server_may_demand_a_certificate() {
    within_30s(|| {
        let authority = Authority::new();
        let demand = ["-Verify", "1", "-verify_return_error"];
        let Some(mut server) = Server::start(&authority, &demand) else {
            return;
        };
        // In TLS 1.3 the client is done before the server has judged it.
        let known = authority.connector().identity(authority.identity("known client"));
        for stranger in [authority.connector(), known.without_identity().clone()] {
            let stranger = server.connect(&stranger);
            let e = stranger.and_then(|mut stranger| stranger.read(&mut [0])).unwrap_err();
            assert!(e.to_string().contains("certificate required"), "{e}");
        }

        let mut known = server.connect(&known).unwrap();
        known.write_all(b"who I am\n").unwrap();
        server.wait_for("who I am\n");
    });
}

#[test]
fn why_a_server_of_tls_1_3_left_is_heard_whatever_fails_first() {
    within_30s(|| {
        let authority = Authority::new();
        let demand = ["-tls1_3", "-Verify", "1", "-verify_return_error"];
        let Some(server) = Server::start(&authority, &demand) else {
            return;
        };
        // One connector for all, because the system's roots are slow to load.
        let connector = authority.connector();
        // Half a second each, because the server waits that long before it ends.
        for round in 0..5 {
            let mut stranger = server.connect(&connector).unwrap();
            // Writes until the server has left, and then some more.
            let failed = loop {
                if let Err(e) = stranger.write_all(b"GET / HTTP/1.1\r\n\r\n") {
                    break e;
                }
            };
            let read = stranger.read(&mut [0]).unwrap_err();
            for e in [failed, read] {
                assert!(e.to_string().contains("certificate required"), "{round}: {e}");
            }
        }
    });
}

#[test]
fn rfc_7301_http_1_1_is_offered() {
    within_30s(|| {
        let authority = Authority::new();
        let Some(mut server) = Server::start(&authority, &["-alpn", "h2,http/1.1"]) else {
            return;
        };
        let _client = server.connect(&authority.connector()).unwrap();
        server.wait_for("advertised by the client: http/1.1\n");
        server.wait_for("selected: http/1.1\n");
        // This server says that it speaks nothing else.
        let server = Server::start(&authority, &["-alpn", "h2"]).unwrap();
        let e = server.connect(&authority.connector()).unwrap_err();
        assert!(e.to_string().contains("no application protocol"), "{e}");
        // Most servers do not know ALPN.
        let server = Server::start(&authority, &[]).unwrap();
        server.connect(&authority.connector()).unwrap();
    });
}

#[test]
fn a_pkcs12_archive_is_an_identity() {
    within_30s(|| {
        let (authority, files) = (Authority::new(), Scratch::new());
        let (certificate, key) = authority.issue("localhost");
        let archive = files.0.join("identity.p12");
        let certificate = files.write("cert.pem", &certificate);
        let key = files.write("key.pem", &key);
        for (rule, what, password, good) in [
            ("key and certificate", None, "secret", true),
            ("another password", None, "wrong", false),
            ("no certificate", Some("-nocerts"), "secret", false),
            ("no key", Some("-nokeys"), "secret", false),
        ] {
            let made = Command::new("openssl")
                .args(["pkcs12", "-export", "-passout", "pass:secret", "-in"])
                .arg(&certificate)
                .arg("-inkey")
                .arg(&key)
                .arg("-out")
                .arg(&archive)
                .args(what)
                .status();
            if made.is_err() {
                eprintln!("skipped: there is no `openssl` to run");
                return;
            }
            match Identity::from_pkcs12(&fs::read(&archive).unwrap(), password) {
                Err(e) if TlsBackend::default() == TlsBackend::Rustls => {
                    assert!(e.to_string().contains("takes PEM and no PKCS#12"), "{rule}: {e}");
                }
                Ok(identity) => {
                    assert!(good, "{rule}");
                    TlsAcceptor::new(&identity).unwrap();
                }
                Err(e) => {
                    assert!(!good, "{rule}: {e}");
                    let text = e.to_string();
                    let e = io::Error::from(e);
                    assert_eq!(e.kind(), io::ErrorKind::InvalidData, "{rule}: {e}");
                    let helps = ["password", "a key", "the certificate of that key"];
                    assert!(helps.iter().all(|word| text.contains(word)), "{rule}: {text}");
                }
            }
        }
    });
}

/// Plays both the server and, in a process of its own, the client.
#[test]
fn ssl_cert_file_names_the_systems_roots() {
    const ADDRESS: &str = "BLOCKING_WS_TEST_ADDRESS";
    if let Ok(address) = env::var(ADDRESS) {
        let stream = TcpStream::connect(address).unwrap();
        TlsConnector::new().connect("localhost", stream).unwrap();
        return;
    }
    within_30s(|| {
        let (authority, files) = (Authority::new(), Scratch::new());
        let acceptor = authority.acceptor();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let accepting =
            thread::spawn(move || acceptor.accept(listener.accept().unwrap().0).map(drop));
        let (_, module) = module_path!().split_once("::").unwrap();
        let client = Command::new(env::current_exe().unwrap())
            .args(["--exact", &format!("{module}::ssl_cert_file_names_the_systems_roots")])
            .env(ADDRESS, address.to_string())
            .env("SSL_CERT_FILE", files.write("ca.pem", &authority.pem))
            .output()
            .unwrap();
        assert!(client.status.success(), "{}", String::from_utf8_lossy(&client.stdout));
        accepting.join().unwrap().unwrap();
    });
}
