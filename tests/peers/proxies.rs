//! Our client through tinyproxy, squid, microsocks and Dante. What is not installed is skipped.
#![cfg(unix)]

use std::ffi::OsString;
use std::path::Path;
use std::time::{Duration, Instant};

use blocking_ws::{Client, Error, Phase, ProxyError, Server, ServerHandle};

use test_support::daemon::Daemon;
use test_support::installed::skipped;
use test_support::journal;
use test_support::nobody::nobody;
use test_support::secrets::assert_unseen;

/// A proxy at work.
struct Proxy {
    daemon: Daemon,
    schemes: &'static [&'static str],
    /// Where it serves anybody.
    open: u16,
    /// Where it serves ali with the password sesame.
    guarded: Option<u16>,
    /// Where its rules lead nobody.
    denied: Option<&'static str>,
}

fn tinyproxy(guarded: bool) -> Option<Proxy> {
    let login = if guarded { "BasicAuth ali sesame" } else { "" };
    let (daemon, [port]) = Daemon::start("tinyproxy", |files, [port]| {
        let filter = files.write("filter", "denied.example\n");
        let text = format!(
            "Port {port}\nListen 127.0.0.1\nTimeout 60\nMaxClients 100\nAllow 127.0.0.1\n\
             LogFile \"{}\"\nPidFile \"{}\"\nFilter \"{}\"\n{login}\n",
            files.path("log").display(),
            files.path("pid").display(),
            filter.display(),
        );
        vec!["-d".into(), "-c".into(), files.write("config", &text).into()]
    })?;
    Some(Proxy {
        daemon,
        schemes: &["http"],
        open: port,
        guarded: guarded.then_some(port),
        denied: Some("ws://denied.example/"),
    })
}

/// Where systems keep the program that knows squid's users.
const SQUID_USERS: [&str; 4] = [
    "/usr/lib/squid/basic_ncsa_auth",
    "/usr/lib64/squid/basic_ncsa_auth",
    "/usr/libexec/squid/basic_ncsa_auth",
    "/usr/local/libexec/squid/basic_ncsa_auth",
];

fn squid() -> Option<Proxy> {
    let asks = SQUID_USERS.into_iter().find(|path| Path::new(path).exists());
    let (daemon, [open, guarded]) = Daemon::start("squid", |files, [open, guarded]| {
        // Made by `openssl passwd -apr1 sesame`.
        let users = files.write("users", "ali:$apr1$blocking$27fn2k5jo9Yo30tTJ5vgV.\n");
        let login = asks.map_or_else(String::new, |asks| {
            format!(
                "auth_param basic program {asks} {}\nauth_param basic children 1\n\
                 acl known proxy_auth REQUIRED\nacl guarded localport {guarded}\n\
                 http_access deny guarded !known\n",
                users.display()
            )
        });
        let text = format!(
            "http_port 127.0.0.1:{open}\nhttp_port 127.0.0.1:{guarded}\n\
             pid_filename none\naccess_log none\ncache_log {}\ncache deny all\n\
             coredump_dir none\nshutdown_lifetime 0 seconds\nvisible_hostname squid.invalid\n\
             acl denied port 9\nhttp_access deny denied\n{login}http_access allow all\n",
            files.path("log").display(),
        );
        vec!["-N".into(), "-f".into(), files.write("config", &text).into()]
    })?;
    if asks.is_none() {
        skipped("squid's basic_ncsa_auth");
    }
    Some(Proxy {
        daemon,
        schemes: &["http"],
        open,
        guarded: asks.map(|_| guarded),
        denied: Some("ws://127.0.0.1:9/"),
    })
}

fn microsocks(guarded: bool) -> Option<Proxy> {
    let (daemon, [port]) = Daemon::start("microsocks", |_, [port]| {
        let port = port.to_string();
        let login: &[&str] = if guarded { &["-u", "ali", "-P", "sesame"] } else { &[] };
        let arguments = ["-i", "127.0.0.1", "-p", &port].into_iter();
        arguments.chain(login.iter().copied()).map(OsString::from).collect()
    })?;
    Some(Proxy {
        daemon,
        schemes: &["socks5", "socks5h"],
        open: port,
        guarded: guarded.then_some(port),
        denied: None,
    })
}

fn dante() -> Option<Proxy> {
    let (daemon, [port]) = Daemon::start("danted", |files, [port]| {
        let text = format!(
            "logoutput: {}\ninternal: 127.0.0.1 port = {port}\nexternal: 127.0.0.1\n\
             external: ::1\nexternal.rotation: route\nclientmethod: none\nsocksmethod: none\n\
             client pass {{ from: 0.0.0.0/0 to: 0.0.0.0/0 }}\n\
             socks block {{ from: 0.0.0.0/0 to: 0/0 port = 9 }}\n\
             socks pass {{ from: 0.0.0.0/0 to: 0/0 }}\n",
            files.path("log").display(),
        );
        let config = files.write("config", &text);
        vec!["-f".into(), config.into(), "-p".into(), files.path("pid").into()]
    })?;
    Some(Proxy {
        daemon,
        schemes: &["socks5", "socks5h"],
        open: port,
        guarded: None,
        denied: Some("ws://127.0.0.1:9/"),
    })
}

/// Servers for every kind of target, what they are called, and a client that trusts them.
fn targets() -> (Vec<ServerHandle>, Vec<String>, Client) {
    let echo = |server: Server| {
        let echo = server.spawn(|ws| {
            assert!(!ws.request().headers().contains_key("proxy-authorization"));
            while let Some(message) = ws.recv()? {
                ws.send(message)?;
            }
            Ok(())
        });
        echo.unwrap()
    };
    let mut servers = vec![echo(Server::bind("127.0.0.1:0").unwrap())];
    let mut urls = vec![servers[0].url().to_owned()];
    let port = servers[0].local_addr().unwrap().port();
    let named = std::net::ToSocketAddrs::to_socket_addrs(&("localhost", port));
    if named.is_ok_and(|mut named| named.next() == servers[0].local_addr().ok()) {
        urls.push(format!("ws://localhost:{port}/"));
    }
    match Server::bind("[::1]:0") {
        Ok(server) => {
            servers.push(echo(server));
            urls.push(servers[1].url().to_owned());
        }
        Err(e) => eprintln!("skipped: no IPv6 loopback: {e}"),
    }
    let client = Client::new();
    #[cfg(any(feature = "tls", feature = "rustls"))]
    let client = {
        let it = test_support::certificates::Certificates::new("127.0.0.1", |_| {});
        let identity = blocking_ws::Identity::from_pem(it.chain.as_bytes(), it.key.as_bytes());
        let server = Server::bind("127.0.0.1:0").and_then(|it| it.tls(&identity.unwrap()));
        let server = echo(server.unwrap());
        urls.push(server.url().to_owned());
        servers.push(server);
        client.root_certificate_pem(it.root.as_bytes())
    };
    (servers, urls, client)
}

fn expect_echo(client: &Client, url: &str, rule: &str) {
    let mut ws = client.connect(url).unwrap_or_else(|e| panic!("{rule} to {url}: {e}"));
    for len in [0, 5, 100_000] {
        let message = "x".repeat(len);
        ws.send(&message[..]).unwrap();
        assert_eq!(ws.recv().unwrap(), Some(message.into()), "{rule} to {url}");
    }
    ws.close(1000, "").unwrap();
    assert_unseen(&format!("{client:?} {ws:?} {:?}", ws.request()));
}

fn refusal(client: &Client, url: &str, rule: &str) -> ProxyError {
    let outcome = client.connect(url);
    let Err(error) = outcome else { panic!("{rule} to {url}: it is open") };
    assert_unseen(&format!("{error} {error:?}"));
    match error {
        Error::Proxy(error) => error,
        error => panic!("{rule} to {url}: {error:?}"),
    }
}

fn check(proxy: Option<Proxy>) {
    let Some(proxy) = proxy else { return };
    journal::begin();
    let (_servers, urls, client) = targets();
    let (_taken, nobody) = nobody();
    for scheme in proxy.schemes {
        let by = |userinfo: &str, port| {
            client.clone().proxy(&format!("{scheme}://{userinfo}127.0.0.1:{port}"))
        };
        if let Some(port) = proxy.guarded {
            for userinfo in ["", "ali:simsim@", "eve:sesame@"] {
                let error = refusal(&by(userinfo, port), &urls[0], scheme);
                assert!(error.is_authentication(), "{scheme}, {userinfo:?}: {error:?}");
            }
            for url in &urls {
                expect_echo(&by("ali:sesame@", port), url, scheme);
            }
        }
        let userinfo = if proxy.guarded == Some(proxy.open) { "ali:sesame@" } else { "" };
        let client = by(userinfo, proxy.open);
        for url in &urls {
            expect_echo(&client, url, scheme);
        }

        let error = refusal(&client, &format!("ws://{nobody}/"), scheme);
        let unreachable = match &error {
            ProxyError::Refused(response) => response.status().is_server_error(),
            ProxyError::Reply(reply) => *reply == 5,
            _ => false,
        };
        assert!(unreachable, "{scheme}: {error:?}");
        match client.connect("ws://nonexistent.invalid/") {
            Err(Error::Connect(_)) if *scheme == "socks5" => {}
            // A name server may not answer.
            Err(
                Error::Proxy(ProxyError::Refused(_) | ProxyError::Reply(_))
                | Error::Deadline(Phase::Connect),
            ) => {}
            outcome => panic!("{scheme}: {outcome:?}"),
        }
        if let Some(url) = proxy.denied {
            let error = refusal(&client, url, scheme);
            let denied = match &error {
                ProxyError::Refused(response) => response.status() == 403,
                ProxyError::Reply(reply) => *reply == 2,
                _ => false,
            };
            assert!(denied && !error.is_authentication(), "{scheme}: {error:?}");
        }

        // Its socket accepts all the same.
        proxy.daemon.signal("STOP");
        let limit = Duration::from_millis(300);
        for url in &urls {
            let begun = Instant::now();
            let outcome = client.clone().connect_timeout(limit).connect(url);
            let late = matches!(outcome, Err(Error::Deadline(Phase::Connect)));
            let took = begun.elapsed();
            assert!(late && took >= limit, "{scheme} to {url}: {outcome:?}, {took:?}");
            assert!(took < Duration::from_secs(4), "{scheme} to {url}: {took:?}");
        }
        proxy.daemon.signal("CONT");
        expect_echo(&client, &urls[0], "afterwards");
    }
}

#[test]
fn through_tinyproxy() {
    check(tinyproxy(false));
}

#[test]
fn through_tinyproxy_with_a_password() {
    check(tinyproxy(true));
}

#[test]
fn through_squid() {
    check(squid());
}

#[test]
fn through_microsocks() {
    check(microsocks(false));
}

#[test]
fn through_microsocks_with_a_password() {
    check(microsocks(true));
}

#[test]
fn through_dante() {
    check(dante());
}
