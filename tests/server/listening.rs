//! Where a server listens: several addresses, sockets of the program, and what it is told if it cannot.

use std::io::ErrorKind;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, TcpStream};
use std::process::Command;
use std::time::Duration;

use blocking_ws::{Error, Result, Server, ServerHandle, WebSocket, connect};
use test_support::echo::echo;
use test_support::{installed, within};

const LONG: Duration = Duration::from_secs(10);

const LOOPBACKS: [SocketAddr; 2] = [
    SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0),
    SocketAddr::new(IpAddr::V6(Ipv6Addr::LOCALHOST), 0),
];

fn echoes(ws: &mut WebSocket) {
    ws.send("hello").unwrap();
    assert_eq!(ws.recv().unwrap(), Some("hello".into()));
}

fn url(address: SocketAddr) -> String {
    format!("ws://{address}/")
}

fn expect_closed(server: &ServerHandle) {
    for address in server.local_addrs() {
        assert!(TcpStream::connect(address).is_err(), "{address}");
    }
}

/// Returns `false` if the machine has no such address, or the port is in use.
fn has(address: &str) -> bool {
    TcpListener::bind(address).is_ok()
}

fn no_ipv6() -> bool {
    let none = !has("[::1]:0");
    if none {
        installed::skipped("IPv6");
    }
    none
}

/// Each server, its addresses without the port, and the hosts by which clients reach it.
#[test]
fn it_listens_on_all_addresses_with_one_port() {
    if no_ipv6() {
        return;
    }
    // Not all systems have a lone IPv6 socket take IPv4 clients.
    let lone = TcpListener::bind("[::]:0").unwrap();
    let takes_v4 = TcpStream::connect(("127.0.0.1", lone.local_addr().unwrap().port())).is_ok();
    let reached = &["[::1]", "127.0.0.1"][..if takes_v4 { 2 } else { 1 }];
    let all = |addresses: [&str; 2]| addresses.map(|address| address.parse().unwrap());
    for (rule, server, ips, hosts) in [
        ("two", Server::bind(&LOOPBACKS[..]), vec!["127.0.0.1", "::1"], vec!["127.0.0.1", "[::1]"]),
        (
            "all of both families",
            Server::bind(&all(["[::]:0", "0.0.0.0:0"])[..]),
            vec!["::", "0.0.0.0"],
            vec!["[::1]", "127.0.0.1"],
        ),
        (
            "in the other order",
            Server::bind(&all(["0.0.0.0:0", "[::]:0"])[..]),
            vec!["0.0.0.0", "::"],
            vec!["[::1]", "127.0.0.1"],
        ),
        (
            "one by one",
            Server::bind("127.0.0.1:0").and_then(|server| {
                let port = server.local_addr()?.port();
                server.and_bind(("::1", port))
            }),
            vec!["127.0.0.1", "::1"],
            vec!["127.0.0.1", "[::1]"],
        ),
        (
            "one by one, all of both families",
            Server::bind("0.0.0.0:0").and_then(|server| {
                let port = server.local_addr()?.port();
                server.and_bind(("::", port))
            }),
            vec!["0.0.0.0", "::"],
            vec!["[::1]", "127.0.0.1"],
        ),
        ("alone", Server::bind("[::]:0"), vec!["::"], reached.to_vec()),
    ] {
        within(move || {
            let server = server.unwrap().spawn(echo).unwrap();
            let addresses = server.local_addrs();
            let port = addresses[0].port();
            let got: Vec<_> = addresses.iter().map(|address| address.ip().to_string()).collect();
            assert_eq!(got, ips, "{rule}");
            assert!(addresses.iter().all(|address| address.port() == port), "{rule}");
            assert_eq!(server.local_addr().unwrap(), addresses[0], "{rule}");
            assert_eq!(server.url(), url(addresses[0]), "{rule}");
            let clients = hosts.iter().map(|host| connect(&format!("ws://{host}:{port}/")));
            let mut clients: Vec<_> = clients.map(Result::unwrap).collect();
            clients.iter_mut().for_each(echoes);
            let hear: Vec<_> = clients
                .into_iter()
                .map(|mut ws| std::thread::spawn(move || ws.recv().unwrap()))
                .collect();
            assert_eq!(server.shutdown(LONG).closed, hosts.len(), "{rule}");
            for hears in hear {
                assert_eq!(hears.join().unwrap(), None, "{rule}");
            }
            expect_closed(&server);
        });
    }
}

#[test]
fn curl_reaches_localhost_by_both_families() {
    let Some(curl) = installed::program("curl") else {
        return installed::skipped("curl");
    };
    if no_ipv6() {
        return;
    }
    within(move || {
        let named = Server::bind("localhost:0").unwrap();
        // Curl and browsers know both addresses, even if the system's table of hosts has one.
        let server = if named.local_addrs().len() == 2 {
            named
        } else {
            Server::bind(&LOOPBACKS[..]).unwrap()
        };
        let server = server.spawn(echo).unwrap();
        let port = server.local_addr().unwrap().port();
        for family in ["-4", "-6"] {
            let output = Command::new(&curl)
                .args([family, "--silent", "--show-error", "--noproxy", "*", "--max-time", "20"])
                .args(["--output", "-", "--write-out", "%{http_code}"])
                .arg(format!("http://localhost:{port}/"))
                .output()
                .unwrap();
            let [answer, error] = [output.stdout, output.stderr].map(String::from_utf8);
            let (answer, error) = (answer.unwrap(), error.unwrap());
            assert!(answer.ends_with("426"), "{family}: {answer} {error}");
        }
    });
}

#[test]
fn a_given_listener_is_used_and_left_to_others() {
    for nonblocking in [false, true] {
        within(move || {
            let listener = TcpListener::bind("127.0.0.1:0").unwrap();
            listener.set_nonblocking(nonblocking).unwrap();
            let other = listener.try_clone().unwrap();
            let server = Server::from_listener(listener).unwrap();
            let server = server.and_listener(TcpListener::bind("127.0.0.1:0").unwrap()).unwrap();
            let server = server.spawn(echo).unwrap();
            let addresses = server.local_addrs();
            assert_eq!(server.url(), url(other.local_addr().unwrap()));
            assert_eq!(addresses.len(), 2);
            for address in addresses.clone() {
                echoes(&mut connect(&url(address)).unwrap());
            }
            server.shutdown(LONG);
            assert!(TcpStream::connect(addresses[1]).is_err(), "no other handle is there");
            let client = TcpStream::connect(addresses[0]).unwrap();
            other.set_nonblocking(false).unwrap();
            assert_eq!(other.accept().unwrap().1, client.local_addr().unwrap());
        });
    }
}

#[test]
fn a_handle_knows_of_later_addresses_and_ends_them() {
    within(|| {
        let server = Server::bind("127.0.0.1:0").unwrap();
        let handle = server.handle();
        let first = handle.local_addrs();
        handle.shutdown(LONG);
        // Even those that come when the end has been.
        let server = server.and_bind("127.0.0.1:0").unwrap();
        assert_eq!((handle.local_addrs().len(), &handle.local_addrs()[..1]), (2, &first[..]));
        server.serve(echo).unwrap();
        expect_closed(&handle);
    });
}

/// Returns the error's kind and text.
fn failure(server: Result<Server>) -> (ErrorKind, String) {
    match server {
        Err(Error::Io(e)) => (e.kind(), e.to_string()),
        other => panic!("{other:?}"),
    }
}

#[test]
fn half_of_a_name_is_not_enough() {
    if no_ipv6() {
        return;
    }
    for (free, taken) in [("[::1]", "127.0.0.1"), ("127.0.0.1", "[::1]")] {
        // The port of a listener may be in use at the other address by now.
        let (_listener, port) = std::iter::repeat_with(|| {
            let listener = TcpListener::bind(format!("{taken}:0")).unwrap();
            let port = listener.local_addr().unwrap().port();
            (listener, port)
        })
        .find(|(_, port)| has(&format!("{free}:{port}")))
        .unwrap();
        let both = [free, taken].map(|ip| format!("{ip}:{port}").parse::<SocketAddr>().unwrap());
        let (kind, text) = failure(Server::bind(&both[..]));
        assert_eq!(kind, ErrorKind::AddrInUse);
        let begins =
            format!("{taken}:{port} (of {both:?}) is in use: another server listens there");
        assert!(text.starts_with(&begins), "{text}");
        assert!(has(&format!("{free}:{port}")), "it listens on none");
    }
}

#[test]
fn it_is_told_which_address_and_what_helps() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = listener.local_addr().unwrap().to_string();
    let server = Server::bind("127.0.0.1:0").unwrap();
    let own = server.local_addr().unwrap();
    for (asked, kind, parts) in [
        (
            &taken[..],
            Some(ErrorKind::AddrInUse),
            &[&taken[..], "is in use: another server listens there", "or 0 for any free port"][..],
        ),
        (
            "localhost",
            Some(ErrorKind::InvalidInput),
            &["cannot listen on \"localhost\": there is no port; write \"localhost:9001\""],
        ),
        (
            "localhost:70000",
            Some(ErrorKind::InvalidInput),
            &["cannot listen on \"localhost:70000\": ", "write a host and a port"],
        ),
        ("not a host:1", None, &["cannot listen on \"not a host:1\": ", "an IP address of this"]),
        (":9001", None, &["cannot listen on \":9001\": there is no host; 0.0.0.0:9001 means all"]),
        (
            "192.0.2.1:0",
            Some(ErrorKind::AddrNotAvailable),
            &["cannot listen on 192.0.2.1:0: this machine does not have that address"],
        ),
    ] {
        let (got, text) = failure(Server::bind(asked));
        assert!(kind.is_none_or(|kind| kind == got), "{asked}: {got:?}");
        assert!(parts.iter().all(|part| text.contains(part)), "{asked}: {text}");
    }
    let (kind, text) = failure(Server::bind(&[][..]));
    assert_eq!(kind, ErrorKind::InvalidInput);
    assert_eq!(text, "cannot listen on []: there is no address in it; give one at least");
    let (kind, text) = failure(server.and_bind(("0.0.0.0", own.port())));
    assert_eq!(kind, ErrorKind::AddrInUse);
    assert!(text.ends_with(&format!("is in use: this server listens on {own} already")), "{text}");
}

#[test]
fn what_can_never_work_is_an_error_before_anything_runs() {
    type Run = fn(Server) -> Result<()>;
    let runs: [(&str, Run); 2] =
        [("spawn", |server| server.spawn(echo).map(drop)), ("serve", |server| server.serve(echo))];
    let server = || Server::bind("127.0.0.1:0").unwrap();
    let stack = if usize::BITS < 64 { usize::MAX } else { usize::MAX >> 4 };
    for (name, run) in runs {
        for (server, says) in [
            (server().max_connections(0), "max_connections is 0".to_owned()),
            (server().stack_size(usize::MAX), format!("a stack_size of {} bytes", usize::MAX)),
            (server().stack_size(stack), format!("a stack_size of {stack} bytes")),
        ] {
            match run(server) {
                Err(Error::Invalid(text)) => assert!(text.contains(&says), "{text}"),
                other => panic!("{name}, {says}: {other:?}"),
            }
        }
    }
    for stack in [0, 1, (128 << 10) - 1] {
        match server().stack_size(stack).spawn(echo) {
            Err(Error::Invalid(text)) => {
                assert!(text.contains("stack_size is") && text.contains("131072"), "{text}");
            }
            other => panic!("{stack}: {other:?}"),
        }
    }
    drop(server().stack_size(2 << 20).spawn(echo).unwrap());
}
