//! The way to a server: to another place, from an address of one's own, by a function.

use std::io::{self, ErrorKind};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use blocking_ws::http::StatusCode;
use blocking_ws::testing::Pipe;
use blocking_ws::{Client, Error, Phase, Refusal, Server, ServerHandle, Stream};
use socket2::{SockRef, TcpKeepalive};

use test_support::nobody::nobody;
use test_support::within;

/// A server that says how it was asked: the Host header, and the address of the client.
fn says_how() -> ServerHandle {
    let server = Server::bind("127.0.0.1:0").unwrap();
    let server = server.spawn(|ws| {
        let host = ws.request().headers()["host"].to_str().unwrap().to_owned();
        ws.send(format!("{host} {}", ws.peer_addr()?))
    });
    server.unwrap()
}

/// A server that sends everybody to another place.
fn leads_to(location: &str) -> ServerHandle {
    let location = location.to_owned();
    let server = Server::bind("127.0.0.1:0").unwrap().on_upgrade(move |_| {
        let refusal = Refusal::new(StatusCode::TEMPORARY_REDIRECT, "");
        Err(refusal.header("location".parse().unwrap(), location.parse().unwrap()))
    });
    server.spawn(|_| Ok(())).unwrap()
}

/// The Host header that the server has seen.
fn host_at(client: &Client, url: &str) -> String {
    let mut ws = client.connect(url).unwrap_or_else(|e| panic!("{url}: {e}"));
    let said = ws.recv().unwrap().unwrap();
    said.as_text().unwrap().split(' ').next().unwrap().to_owned()
}

#[test]
fn another_place_leaves_the_url_as_it_is() {
    let server = says_how();
    let at = server.local_addr().unwrap();
    let port = at.port();
    for (place, url, host) in [
        (at.to_string(), "ws://chat.invalid/a".to_owned(), "chat.invalid".to_owned()),
        (at.to_string(), "ws://chat.invalid:81/".to_owned(), "chat.invalid:81".to_owned()),
        (
            "127.0.0.1".to_owned(),
            format!("ws://[2001:db8::1]:{port}"),
            format!("[2001:db8::1]:{port}"),
        ),
        ("localhost".to_owned(), format!("ws://h.invalid:{port}"), format!("h.invalid:{port}")),
    ] {
        let client = Client::new().connect_to(&place);
        assert_eq!(host_at(&client, &url), host, "{place}");
    }
    let (_taken, nobody) = nobody();
    let client = Client::new().connect_to(&nobody.to_string());
    let text = client.connect(server.url()).unwrap_err().to_string();
    assert!(text.starts_with(&format!("cannot connect: {nobody}: ")), "{text}");
    // The last call counts.
    assert!(client.connect_to(&at.to_string()).connect("ws://chat.invalid/").is_ok());
}

#[test]
fn what_is_no_place_is_told() {
    for (place, part) in [
        ("", "such as 192.0.2.7"),
        (":80", "it names no host"),
        ("h:x", "its port is not a number"),
        ("h:0", "its port is not a number"),
        ("h/path", "a character that belongs to neither"),
        ("::1", "stands in brackets"),
        ("ws://h:80", "Client::connect_to takes a host"),
        ("ali:sesame@h", "no user name"),
        ("ali:ses\name@h", "Client::connect_to takes a host"),
    ] {
        match Client::new().connect_to(place).connect("ws://127.0.0.1:9/") {
            Err(Error::Invalid(text)) => {
                assert!(text.contains(part) && !text.contains("ses"), "{place}: {text}");
            }
            outcome => panic!("{place}: {outcome:?}"),
        }
    }
}

#[test]
fn another_origin_is_not_at_that_place() {
    let last = says_how();
    let away = leads_to(last.url());
    let client = Client::new().redirects(3).connect_to(&away.local_addr().unwrap().to_string());
    let last_host = last.local_addr().unwrap().to_string();
    assert_eq!(host_at(&client, "ws://first.invalid/"), last_host);
    // The same origin is, also on the way back from another one.
    let back = leads_to("ws://first.invalid/b");
    let turns = AtomicUsize::new(0);
    let url = back.url().to_owned();
    let server = Server::bind("127.0.0.1:0").unwrap().on_upgrade(move |_| {
        let moved = |to: &str| {
            let refusal = Refusal::new(StatusCode::FOUND, "");
            Err(refusal.header("location".parse().unwrap(), to.parse().unwrap()))
        };
        match turns.fetch_add(1, Ordering::SeqCst) {
            0 => moved("/a"),
            1 => moved(&url),
            _ => Ok(()),
        }
    });
    let server = server.spawn(|ws| ws.send(ws.request().uri().to_string())).unwrap();
    let client = client.connect_to(&server.local_addr().unwrap().to_string());
    let mut ws = client.connect("ws://first.invalid/").unwrap();
    assert_eq!(ws.recv().unwrap(), Some("/b".into()));
}

#[test]
fn the_address_of_this_side_can_be_chosen() {
    let server = says_how();
    // Linux has all of 127.0.0.0/8 on its loopback.
    let here = if cfg!(target_os = "linux") { [127, 0, 0, 7] } else { [127, 0, 0, 1] };
    let from = |address: SocketAddr| Client::new().local_addr(address);
    let mut ws = from((here, 0).into()).connect(server.url()).unwrap();
    let said = ws.recv().unwrap().unwrap();
    let want = format!(" {}:", Ipv4Addr::from(here));
    assert!(said.as_text().unwrap().contains(&want), "{said:?}");
    // The port as well: one that nobody else has.
    let (taken, free) = nobody();
    drop(taken);
    if let Ok(mut ws) = from(free).connect(server.url()) {
        assert!(ws.recv().unwrap().unwrap().as_text().unwrap().ends_with(&free.to_string()));
    }
    for (rule, local, part) in [
        (
            "not of this machine",
            (Ipv4Addr::new(192, 0, 2, 1), 0).into(),
            "the local address 192.0.2.1:0: ",
        ),
        (
            "another family",
            (Ipv6Addr::LOCALHOST, 0).into(),
            "not tried, it is IPv4, and the local address is IPv6: [::1]:0",
        ),
    ] {
        for client in [from(local), from(local).proxy(&server.url().replace("ws:", "http:"))] {
            let error = client.connect(server.url()).unwrap_err();
            assert!(matches!(error, Error::Connect(_)), "{rule}: {error:?}");
            let text = error.to_string();
            let at = format!("{}: {part}", server.local_addr().unwrap());
            assert!(text.contains(&at), "{rule}: {text}");
        }
    }
}

#[test]
fn a_function_connects_each_time() {
    within(|| {
        let last = says_how();
        let first = leads_to("ws://second.invalid:81/b");
        let places = [("first.invalid", 80, &first), ("second.invalid", 81, &last)];
        let places = places.map(|(host, port, at)| (host, port, at.local_addr().unwrap()));
        let asked = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&asked);
        let client = Client::new().redirects(1).dial(move |to| {
            log.lock().unwrap().push(format!("{}:{}", to.host(), to.port()));
            assert!(!to.is_secure());
            let left = to.remaining()?.expect("ten seconds");
            assert!(left <= Duration::from_secs(10), "{left:?}");
            let is_it = |it: &&(&str, u16, SocketAddr)| (it.0, it.1) == (to.host(), to.port());
            let (.., place) = places.iter().find(is_it).ok_or(ErrorKind::NotFound)?;
            TcpStream::connect_timeout(place, left)
        });
        assert_eq!(host_at(&client, "ws://first.invalid/"), "second.invalid:81");
        let each = ["first.invalid:80", "second.invalid:81"];
        assert_eq!(*asked.lock().unwrap(), each);
        // And for each connection anew.
        let connections = client.reconnecting("ws://first.invalid/");
        for ws in connections.first_delay(Duration::from_millis(1)).take(2) {
            assert!(ws.unwrap().recv().unwrap().is_some());
        }
        assert_eq!(*asked.lock().unwrap(), each.repeat(3));
        let text = client.connect("ws://[fe80::1%25eth0]/").unwrap_err().to_string();
        assert_eq!(text, "cannot connect: Client::dial to [fe80::1]: entity not found");
        assert_eq!(asked.lock().unwrap().last().unwrap(), "fe80::1%eth0:80");
    });
}

#[test]
fn a_function_that_fails_is_told() {
    let panics = |_: &blocking_ws::Destination| -> io::Result<TcpStream> { panic!("as told") };
    let error = Client::new().dial(panics).connect("ws://h:81/").unwrap_err();
    assert!(matches!(error, Error::Connect(_)), "{error:?}");
    assert_eq!(error.to_string(), "cannot connect: Client::dial to h:81: the function panicked");
    // The same client, after a panic and without its function.
    let again = Client::new().dial(panics).connect_to("127.0.0.1:x").connect("ws://h/");
    assert!(matches!(again, Err(Error::Invalid(_))), "{again:?}");

    let late = Client::new().connect_timeout(Duration::from_millis(50));
    let late = late.dial(|to| -> io::Result<TcpStream> {
        loop {
            to.remaining()?;
            std::thread::sleep(Duration::from_millis(5));
        }
    });
    let outcome = late.connect("ws://h/");
    assert!(matches!(outcome, Err(Error::Deadline(Phase::Connect))), "{outcome:?}");

    // The deadline holds for what comes after it as well.
    let begun = Instant::now();
    let kept = Mutex::new(Vec::new());
    let silent = Client::new().connect_timeout(Duration::from_millis(50)).dial(move |_| {
        let (near, far) = Pipe::new(1 << 10);
        kept.lock().unwrap().push(far);
        Ok(near)
    });
    let outcome = silent.connect("ws://h/");
    assert!(matches!(outcome, Err(Error::Deadline(Phase::Connect))), "{outcome:?}");
    assert!(begun.elapsed() >= Duration::from_millis(50));
}

#[test]
fn the_socket_of_a_stream_takes_options() {
    let server = says_how();
    let keeps = |stream: &Stream| {
        let socket = stream.socket().expect("a socket");
        let socket = SockRef::from(&socket);
        socket.set_tcp_keepalive(&TcpKeepalive::new().with_time(Duration::from_secs(7))).unwrap();
        socket.keepalive().unwrap()
    };
    let tapped = Client::new().tap(|_: u64, _: blocking_ws::TapEvent<'_>| {});
    let at = server.local_addr().unwrap();
    let dialled = Client::new().dial(move |_| TcpStream::connect(at));
    for client in [Client::new(), tapped, dialled] {
        let ws = client.connect(server.url()).unwrap();
        assert!(keeps(ws.get_ref()));
        #[cfg(target_os = "linux")]
        assert_eq!(
            SockRef::from(&ws.get_ref().socket().unwrap()).tcp_keepalive_time().unwrap(),
            Duration::from_secs(7)
        );
    }
    let (near, _far) = Pipe::new(1);
    let near = Stream::new(near).unwrap();
    assert!(near.socket().is_none(), "a pipe has none");
    assert!(
        format!("{:?}", Client::new().connect(server.url()).unwrap().get_ref().socket())
            .contains("SocketRef")
    );
}

#[test]
fn a_function_that_waits_whole_milliseconds_has_had_all_of_its_time() {
    let client = Client::new().connect_timeout(Duration::from_millis(50));
    let client = client.dial(|to| -> io::Result<Pipe> {
        // As `poll` of the system does with what `Duration::as_millis` returns.
        while to.remaining()?.is_some_and(|left| left.as_millis() > 0) {
            std::hint::spin_loop();
        }
        Err(ErrorKind::TimedOut.into())
    });
    for _ in 0..20 {
        let outcome = client.connect("ws://localhost/").map(drop);
        assert!(matches!(outcome, Err(Error::Deadline(Phase::Connect))), "{outcome:?}");
    }
}
