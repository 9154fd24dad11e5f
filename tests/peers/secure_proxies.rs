//! Our client and curl through proxies with TLS: squid, and tinyproxy behind `HAProxy`. What is not
//! installed is skipped.
#![cfg(all(unix, any(feature = "tls", feature = "rustls")))]

use std::process::Command;

use blocking_ws::{Client, Error, Identity, Server, TlsBackend};

use test_support::certificates::Certificates;
use test_support::daemon::{Daemon, Scratch};
use test_support::installed::{program, skipped};

fn backends() -> impl Iterator<Item = TlsBackend> {
    let native = cfg!(feature = "tls").then_some(TlsBackend::Native);
    native.into_iter().chain(cfg!(feature = "rustls").then_some(TlsBackend::Rustls))
}

/// A proxy that runs, with what is behind it, and its port.
type Running = (Vec<Daemon>, u16);

fn squid(made: &Certificates) -> Option<Running> {
    let (daemon, [port, _plain]) = Daemon::start("squid", |files, [port, plain]| {
        let certificate = files.write("certificate.pem", &made.chain);
        let key = files.write("key.pem", &made.key);
        // It wants a port without TLS as well.
        let text = format!(
            "https_port 127.0.0.1:{port} tls-cert={} tls-key={}\nhttp_port 127.0.0.1:{plain}\n\
             pid_filename none\naccess_log none\ncache_log {}\ncache deny all\ncoredump_dir none\n\
             shutdown_lifetime 0 seconds\nvisible_hostname squid.invalid\nhttp_access allow all\n",
            certificate.display(),
            key.display(),
            files.path("log").display(),
        );
        vec!["-N".into(), "-f".into(), files.write("config", &text).into()]
    })?;
    Some((vec![daemon], port))
}

fn tinyproxy(made: &Certificates) -> Option<Running> {
    let (behind, [inner]) = Daemon::start("tinyproxy", |files, [port]| {
        let text = format!(
            "Port {port}\nListen 127.0.0.1\nTimeout 60\nMaxClients 100\nAllow 127.0.0.1\n\
             BasicAuth ali sesame\nLogFile \"{}\"\nPidFile \"{}\"\n",
            files.path("log").display(),
            files.path("pid").display(),
        );
        vec!["-d".into(), "-c".into(), files.write("config", &text).into()]
    })?;
    let (front, [port]) = Daemon::start("haproxy", |files, [port]| {
        let pem = files.write("pem", &format!("{}{}", made.chain, made.key));
        let text = format!(
            "defaults\n  mode tcp\n  timeout connect 10s\n  timeout client 60s\n  timeout server 60s\n\
             listen proxy\n  bind 127.0.0.1:{port} ssl crt {}\n  server inner 127.0.0.1:{inner}\n",
            pem.display(),
        );
        vec!["-db".into(), "-f".into(), files.write("config", &text).into()]
    })?;
    Some((vec![front, behind], port))
}

fn check(start: fn(&Certificates) -> Option<Running>) {
    let of_proxy = Certificates::new("127.0.0.1", |_| {});
    let Some((_daemons, port)) = start(&of_proxy) else { return };
    let proxy = format!("https://ali:sesame@127.0.0.1:{port}");
    let of_server = Certificates::new("localhost", |_| {});
    let identity =
        Identity::from_pem(of_server.chain.as_bytes(), of_server.key.as_bytes()).unwrap();
    let echo = |server: Server| {
        let echo = server.spawn(|ws| {
            while let Some(message) = ws.recv()? {
                ws.send(message)?;
            }
            Ok(())
        });
        echo.unwrap()
    };
    let plain = echo(Server::bind("127.0.0.1:0").unwrap());
    let secure = echo(Server::bind("127.0.0.1:0").and_then(|it| it.tls(&identity)).unwrap());
    let secure_url = format!("wss://localhost:{}/", secure.local_addr().unwrap().port());
    for backend in backends() {
        let client = Client::new().tls_backend(backend).proxy(&proxy);
        let client = client.root_certificate_pem(of_server.root.as_bytes());
        for url in [plain.url(), &secure_url] {
            let rule = format!("{backend} to {url}");
            match client.connect(url) {
                Err(Error::Tls(e)) => {
                    assert!(e.to_string().contains("the proxy 127.0.0.1:"), "{e}");
                }
                outcome => panic!("{rule}: nobody trusts this proxy yet: {outcome:?}"),
            }
            let trusting = client.clone().root_certificate_pem(of_proxy.root.as_bytes());
            let mut ws = trusting.connect(url).unwrap_or_else(|e| panic!("{rule}: {e}"));
            assert_eq!(ws.tls().is_some(), url == secure_url, "{rule}: TLS with the server");
            assert!(ws.get_ref().socket().is_some(), "{rule}");
            let sender = ws.sender().unwrap();
            for len in [0, 5, 100_000] {
                // Both directions at once.
                let (sender, message) = (sender.clone(), "x".repeat(len));
                let sends = std::thread::spawn(move || sender.send(&message[..]));
                assert_eq!(ws.recv().unwrap(), Some("x".repeat(len).into()), "{rule}");
                sends.join().unwrap().unwrap();
            }
            ws.close(1000, "").unwrap();
        }
    }
    curl(&proxy, &of_proxy, plain.url());
}

/// That it is the proxy that is meant by such a URL.
fn curl(proxy: &str, of_proxy: &Certificates, url: &str) {
    let Some(curl) = program("curl") else { return skipped("curl") };
    let files = Scratch::new();
    let root = files.write("root.pem", &of_proxy.root);
    let mut command = Command::new(curl);
    command.args([
        "-s",
        "-o",
        "/dev/null",
        "-w",
        "%{http_connect} %{http_code}",
        "-p",
        "-x",
        proxy,
    ]);
    command.arg("--proxy-cacert").arg(root).arg(url.replace("ws:", "http:"));
    let output = command.output().unwrap();
    // A server of WebSockets alone wants an upgrade.
    assert_eq!(String::from_utf8_lossy(&output.stdout), "200 426", "{output:?}");
}

#[test]
fn through_squid_with_tls() {
    check(squid);
}

#[test]
fn through_tinyproxy_behind_haproxy() {
    check(tinyproxy);
}
