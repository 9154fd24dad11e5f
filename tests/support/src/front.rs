//! `nginx` and `HAProxy` in front of a server: each a process of the test's own, on ports of its own.

use std::fs::{self, File};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::LazyLock;
use std::thread;
use std::time::{Duration, Instant};

use crate::certificates::Certificates;
use crate::folder::Folder;
use crate::installed::{program, skipped};
use crate::ports::free_ports;

/// How long a proxy may take to listen, and how often ports are chosen anew for one that cannot.
const PATIENCE: Duration = Duration::from_secs(10);
const ATTEMPTS: usize = 5;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Nginx,
    HaProxy,
}

/// What differs from test to test.
#[derive(Debug)]
pub struct Settings {
    /// Where the server is, in the proxy's words. For nginx it may begin with `https://`.
    pub upstream: String,
    /// Lines of its configuration: how long a connection may be silent.
    pub timeouts: &'static str,
    /// More lines, of the place that knows the server.
    pub more: &'static str,
}

/// A proxy that runs until this is dropped.
#[derive(Debug)]
pub struct Front {
    _process: Process,
    _folder: Folder,
    /// Where it is, without and with TLS.
    pub plain: String,
    pub secure: String,
    /// Who vouches for it.
    pub root: String,
}

/// A child that is killed, whatever becomes of the test.
#[derive(Debug)]
struct Process(Child);

/// Those that can be started here. The others are named on standard error.
static INSTALLED: LazyLock<Vec<Kind>> = LazyLock::new(|| {
    let known = [Kind::Nginx, Kind::HaProxy].into_iter();
    let (here, missing): (Vec<_>, Vec<_>) = known.partition(|kind| program(kind.name()).is_some());
    for kind in missing {
        skipped(kind.name());
    }
    here
});

pub fn installed() -> impl Iterator<Item = Kind> {
    INSTALLED.iter().copied()
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Self::Nginx => "nginx",
            Self::HaProxy => "haproxy",
        }
    }

    /// Lines that let a connection be silent for so long.
    pub fn silence(self, one_second: bool) -> &'static str {
        match (self, one_second) {
            (Self::Nginx, true) => "proxy_read_timeout 1s;",
            (Self::Nginx, false) => "",
            (Self::HaProxy, true) => "timeout client 1s\ntimeout server 1s\ntimeout tunnel 1s",
            (Self::HaProxy, false) => "timeout client 20s\ntimeout server 20s",
        }
    }

    fn configuration(self, settings: &Settings, [plain, secure]: [u16; 2]) -> String {
        let Settings { upstream, timeouts, more } = settings;
        let scheme = if upstream.starts_with("https://") { "" } else { "http://" };
        match self {
            Self::Nginx => format!(
                "daemon off; master_process off; pid nginx.pid; error_log stderr;
                events {{ worker_connections 256; }}
                http {{
                    access_log off;
                    client_body_temp_path a; proxy_temp_path b; fastcgi_temp_path c;
                    uwsgi_temp_path d; scgi_temp_path e;
                    server {{
                        listen 127.0.0.1:{plain};
                        listen 127.0.0.1:{secure} ssl;
                        ssl_certificate both.pem;
                        ssl_certificate_key both.pem;
                        location / {{
                            proxy_pass {scheme}{upstream};
                            proxy_http_version 1.1;
                            proxy_set_header Upgrade $http_upgrade;
                            proxy_set_header Connection upgrade;
                            proxy_set_header Host $host;
                            proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
                            proxy_set_header X-Forwarded-Proto $scheme;
                            {timeouts}
                            {more}
                        }}
                        location /unaware {{ proxy_pass {scheme}{upstream}; }}
                    }}
                }}"
            ),
            Self::HaProxy => format!(
                "defaults
                    mode http
                    timeout connect 5s
                    {timeouts}
                frontend front
                    bind 127.0.0.1:{plain}
                    bind 127.0.0.1:{secure} ssl crt both.pem
                    option forwardfor
                    http-request set-header X-Forwarded-Proto http if !{{ ssl_fc }}
                    http-request set-header X-Forwarded-Proto https if {{ ssl_fc }}
                    default_backend back
                backend back
                    {more}
                    server back {upstream} {}\n",
                if more.is_empty() { "" } else { "check inter 20ms fall 1000" }
            ),
        }
    }

    fn command(self, program: PathBuf, folder: &Folder) -> Command {
        let mut command = Command::new(program);
        match self {
            Self::Nginx => {
                command.arg("-p").arg(folder.file("")).args(["-e", "stderr", "-c", "conf"])
            }
            // In the foreground.
            Self::HaProxy => command.args(["-db", "-f", "conf"]),
        };
        command.current_dir(folder.file(""));
        command
    }
}

impl Front {
    pub fn start(kind: Kind, settings: &Settings) -> Self {
        let folder = Folder::new();
        let both = Both::make(&folder);
        let command =
            |folder: &Folder| kind.command(program(kind.name()).expect("it is installed"), folder);
        Self::run(folder, both, |_, ports| kind.configuration(settings, ports), command)
    }

    /// Starts a proxy with a configuration in the file `conf` of its folder.
    pub fn run(
        folder: Folder,
        Both { root }: Both,
        configuration: impl Fn(&Folder, [u16; 2]) -> String,
        command: impl Fn(&Folder) -> Command,
    ) -> Self {
        let log = folder.file("log");
        for _ in 0..ATTEMPTS {
            let ports = free_ports();
            fs::write(folder.file("conf"), configuration(&folder, ports)).unwrap();
            let mut command = command(&folder);
            command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(File::create(&log).unwrap());
            let mut process = Process(command.spawn().unwrap());
            if process.listens_on(ports) {
                let [plain, secure] = ports;
                let plain = format!("ws://127.0.0.1:{plain}/");
                let secure = format!("wss://127.0.0.1:{secure}/");
                return Self { _process: process, _folder: folder, plain, secure, root };
            }
        }
        panic!("the proxy does not run: {}", fs::read_to_string(log).unwrap());
    }
}

/// The file `both.pem` in a proxy's folder: certificate chain and key.
#[derive(Debug)]
pub struct Both {
    /// Who vouches for it.
    pub root: String,
}

impl Both {
    pub fn make(folder: &Folder) -> Self {
        let Certificates { root, chain, key } = Certificates::new("127.0.0.1", |_| {});
        fs::write(folder.file("both.pem"), chain + &key).unwrap();
        Self { root }
    }
}

impl Process {
    /// Waits until it does, or has ended.
    fn listens_on(&mut self, ports: [u16; 2]) -> bool {
        let began = Instant::now();
        let connects = |port| TcpStream::connect(("127.0.0.1", port)).is_ok();
        while began.elapsed() < PATIENCE && self.0.try_wait().unwrap().is_none() {
            if ports.into_iter().all(connects) {
                return true;
            }
            thread::sleep(Duration::from_millis(5));
        }
        false
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
