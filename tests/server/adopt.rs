//! Clients that the program hands to a server: streams, and connections that another server upgraded.

use std::io::ErrorKind;
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use blocking_ws::http::Request;
use blocking_ws::testing::{self, Pipe};
use blocking_ws::{
    Admission, Client, CloseCode, Deflate, Error, Opening, Refusal, Result, Role, Server,
    ServerHandle, Settings, Stream, WebSocket,
};

use test_support::echo::echo;
use test_support::within;

const SOON: Duration = Duration::from_secs(10);

fn unbound() -> Server {
    Server::unbound().unwrap()
}

/// A request as another HTTP server hands it over.
fn request() -> Request<()> {
    let request = Request::get("/ws")
        .header("host", "localhost")
        .header("connection", "Upgrade")
        .header("upgrade", "websocket")
        .header("sec-websocket-version", "13")
        .header("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ==")
        .header("sec-websocket-protocol", "x, chat.v1");
    request.body(()).unwrap()
}

fn refused(server: &ServerHandle) -> u16 {
    let refusal: Refusal = server.upgrade(request(), None).unwrap_err();
    refusal.response().status().as_u16()
}

/// Hands over one end of a pipe, and returns a client on the other.
fn served(admission: Admission) -> WebSocket<Pipe> {
    let (near, far) = Pipe::new(64 << 10);
    admission.serve(far, Vec::new()).unwrap();
    WebSocket::from_parts(near, Role::Client, Vec::new())
}

#[test]
fn a_stream_of_any_kind_is_served_as_if_it_had_been_accepted() {
    within(|| {
        let settings = Settings::new().subprotocol("chat.v1").deflate(Deflate::new());
        let server = unbound().settings(settings.clone()).spawn(echo).unwrap();
        let client = Client::new().settings(settings);
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let tcp = || {
            let near = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
            server.adopt(listener.accept().unwrap().0).unwrap();
            client.connect_over("ws://localhost/", near)
        };
        let nonblocking = || {
            let near = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
            let far = listener.accept().unwrap().0;
            far.set_nonblocking(true).unwrap();
            server.adopt(far).unwrap();
            client.connect_over("ws://localhost/", near)
        };
        let pipe = || testing::connect(&server, &client, "/");
        let half = || {
            let (near, far) = Pipe::new(64 << 10);
            server.adopt(Stream::half(far)).unwrap();
            client.connect_over("ws://localhost/", Stream::half(near))
        };
        let kinds: [(&str, &dyn Fn() -> Result<WebSocket>); 4] =
            [("TCP", &tcp), ("non-blocking", &nonblocking), ("a pipe", &pipe), ("half", &half)];
        for (rule, open) in kinds {
            let mut ws = open().expect(rule);
            assert_eq!(ws.subprotocol(), Some("chat.v1"), "{rule}");
            ws.send("hello ".repeat(1000)).expect(rule);
            assert_eq!(ws.recv().expect(rule), Some("hello ".repeat(1000).into()), "{rule}");
            ws.close(CloseCode::Normal, "").expect(rule);
            assert!(ws.close_status().unwrap().is_clean(), "{rule}");
        }
    });
}

#[cfg(unix)]
#[test]
fn a_unix_socket_of_the_program_is_served_too() {
    within(|| {
        let server = unbound().spawn(echo).unwrap();
        let (near, far) = std::os::unix::net::UnixStream::pair().unwrap();
        server.adopt(far).unwrap();
        let mut ws = Client::new().connect_over("ws://localhost/", near).unwrap();
        ws.send("hello").unwrap();
        assert_eq!(ws.recv().unwrap(), Some("hello".into()));
    });
}

#[test]
fn the_limit_of_connections_holds_for_all_ways() {
    within(|| {
        let server = unbound().max_connections(2).spawn(echo).unwrap();
        let mut first = testing::connect(&server, &Client::new(), "/").unwrap();
        let second = server.upgrade(request(), None).unwrap();
        assert_eq!(refused(&server), 503, "an admission takes a place");
        match testing::connect(&server, &Client::new(), "/") {
            Err(Error::Refused(response)) => assert_eq!(response.status(), 503),
            other => panic!("{other:?}"),
        }
        drop(second);
        let mut second = served(server.upgrade(request(), None).unwrap());
        second.send("hello").unwrap();
        assert_eq!(second.recv().unwrap(), Some("hello".into()));
        assert_eq!(refused(&server), 503);
        first.close(1000, "").unwrap();
        // The place is free once the handler's thread is done with it.
        while let Err(refusal) = server.upgrade(request(), None) {
            assert_eq!(refusal.response().status(), 503);
            thread::yield_now();
        }
    });
}

#[test]
fn a_shutdown_includes_them() {
    within(|| {
        let server = unbound().spawn(echo).unwrap();
        let adopted = testing::connect(&server, &Client::new(), "/").unwrap();
        let upgraded = served(server.upgrade(request(), None).unwrap());
        let hear = [thread::spawn(move || heard(adopted)), thread::spawn(move || heard(upgraded))];
        let report = server.shutdown(SOON);
        for heard in hear {
            assert_eq!(heard.join().unwrap(), 1001);
        }
        assert_eq!((report.closed, report.cut, report.running), (2, 0, 0));
        assert_eq!(refused(&server), 503, "it no longer runs");
        let (_near, far) = Pipe::new(1);
        match server.adopt(far) {
            Err(Error::Io(e)) => assert_eq!(e.kind(), ErrorKind::NotConnected, "{e}"),
            other => panic!("{other:?}"),
        }
    });
}

/// Receives to the end, and returns with what code that came.
fn heard<S: blocking_ws::Duplex>(mut ws: WebSocket<S>) -> u16 {
    while ws.recv().unwrap().is_some() {}
    ws.close_status().unwrap().code().into()
}

#[test]
fn a_connection_without_a_sender_is_reported_as_what_it_was() {
    within(|| {
        let server = unbound().spawn(echo).unwrap();
        let (near, far) = Pipe::new(64 << 10);
        server.adopt(Stream::half(far)).unwrap();
        let mut client = Client::new().connect_over("ws://localhost/", near).unwrap();
        client.send("hello").unwrap();
        assert_eq!(client.recv().unwrap(), Some("hello".into()));
        let handle = server.clone();
        let ends = thread::spawn(move || handle.shutdown(SOON));
        // The first refusal tells that the shutdown has begun.
        while server.upgrade(request(), None).is_ok() {
            thread::yield_now();
        }
        client.close(1000, "").unwrap();
        let report = ends.join().unwrap();
        // The last admission of the loop may have been dropped after the shutdown began.
        assert_eq!((report.closed, report.cut, report.running), (1, 0, 0));
    });
}

#[test]
fn a_stream_with_one_handle_is_known_and_its_own_thread_says_goodbye() {
    within(|| {
        let server = unbound().spawn(echo).unwrap();
        let open = || {
            let (near, far) = Pipe::new(64 << 10);
            server.adopt(Stream::half(far)).unwrap();
            let mut client = Client::new().connect_over("ws://localhost/", near).unwrap();
            client.send("hello").unwrap();
            assert_eq!(client.recv().unwrap(), Some("hello".into()));
            client
        };
        let (mut first, mut second) = (open(), open());
        assert_eq!((server.connection_count(), server.connections().len()), (2, 2));
        let one = &server.connections()[0];
        let cannot = one.sender().send("not from here").unwrap_err();
        assert!(cannot.to_string().contains("only its WebSocket can send"), "{cannot}");
        one.close(4000, "enough").unwrap();
        let handle = server.clone();
        // The Close frame goes out when the client's next bytes wake the thread.
        first.send("one more").unwrap();
        while first.recv().unwrap().is_some() {}
        assert_eq!(first.close_status().unwrap().reason(), "enough");
        let ends = thread::spawn(move || handle.shutdown(SOON));
        // The first refusal tells that the shutdown has begun.
        while server.upgrade(request(), None).is_ok() {
            thread::yield_now();
        }
        // Until the Close frame is owed, the handler echoes.
        while second.send("and one more").is_ok() && second.recv().unwrap().is_some() {}
        assert_eq!(second.close_status().unwrap().code(), CloseCode::GoingAway);
        let report = ends.join().unwrap();
        assert_eq!((report.running, report.cut), (0, 0));
        assert_eq!(server.totals().connections, 2);
    });
}

#[test]
fn values_are_dropped_before_their_place_is_free() {
    /// Counts how many are there, and is slow to go.
    struct Slow(Arc<AtomicUsize>);

    impl Slow {
        fn new(count: &Arc<AtomicUsize>) -> Self {
            count.fetch_add(1, Ordering::SeqCst);
            Self(Arc::clone(count))
        }
    }

    impl Drop for Slow {
        fn drop(&mut self) {
            thread::sleep(Duration::from_millis(100));
            self.0.fetch_sub(1, Ordering::SeqCst);
        }
    }

    within(|| {
        let there = Arc::new(AtomicUsize::new(0));
        let (for_hook, most) = (Arc::clone(&there), Arc::new(AtomicUsize::new(0)));
        let seen = Arc::clone(&most);
        let server = unbound().max_connections(2).on_upgrade(move |opening| {
            opening.insert(Arc::new(Slow::new(&for_hook)));
            seen.fetch_max(for_hook.load(Ordering::SeqCst), Ordering::SeqCst);
            Ok(())
        });
        let server = server.spawn(|ws| ws.send("welcome")).unwrap();
        let mut count = 0;
        while count < 10 {
            count += usize::from(testing::connect(&server, &Client::new(), "/").is_ok());
        }
        assert!(most.load(Ordering::SeqCst) <= 2, "{most:?} values for two places");
        assert_eq!(server.shutdown(SOON).running, 0);
        assert_eq!(there.load(Ordering::SeqCst), 0);
    });
}

#[test]
fn a_handler_that_hands_a_client_to_its_own_server_does_not_wait_for_itself() {
    within(|| {
        let (tell, told) = mpsc::channel();
        let handle = Arc::new(OnceLock::<ServerHandle>::new());
        let (for_hook, for_handler) = (Arc::clone(&handle), Arc::clone(&handle));
        let hook = move |opening: &mut Opening| {
            if opening.request().uri().path() == "/ws" {
                let server = for_hook.get().unwrap();
                tell.send(server.shutdown(SOON).running).unwrap();
            }
            Ok(())
        };
        let server = unbound().on_upgrade(hook).spawn(move |ws| {
            let server = for_handler.get().unwrap();
            assert!(server.upgrade(request(), None).is_ok());
            ws.recv().map(drop)
        });
        let server = server.unwrap();
        handle.set(server.clone()).unwrap();
        let client = testing::connect(&server, &Client::new(), "/").unwrap();
        let began = Instant::now();
        assert_eq!(told.recv().unwrap(), 2, "the handler, and its own client");
        assert!(began.elapsed() < SOON / 2, "{:?}", began.elapsed());
        drop(client);
    });
}

#[test]
fn a_shutdown_between_the_request_and_the_stream_is_heard() {
    within(|| {
        let server = unbound().spawn(echo).unwrap();
        let admission = server.upgrade(request(), None).unwrap();
        let handle = server.clone();
        let ends = thread::spawn(move || handle.shutdown(SOON));
        // The first refusal tells that the shutdown has begun.
        while server.upgrade(request(), None).is_ok() {
            thread::yield_now();
        }
        // Even if nobody else was there, so that the shutdown is over.
        assert_eq!(heard(served(admission)), 1001);
        assert_eq!(ends.join().unwrap().running, 0);
    });
}

#[test]
fn a_shutdown_does_not_wait_for_a_stream_that_may_never_come() {
    within(|| {
        let server = unbound().spawn(echo).unwrap();
        let admission = server.upgrade(request(), None).unwrap();
        let report = server.shutdown(Duration::ZERO);
        assert_eq!((report.running, report.refused), (0, 0));
        let (_near, far) = Pipe::new(1);
        match admission.serve(far, Vec::new()) {
            Err(Error::Io(e)) => assert_eq!(e.kind(), ErrorKind::NotConnected, "{e}"),
            other => panic!("{other:?}"),
        }
    });
}

/// A stream whose shutdown asks the server who is there, and then panics.
struct Nosy(Pipe, ServerHandle);

impl std::io::Read for Nosy {
    fn read(&mut self, buf: &mut [u8]) -> std::io::Result<usize> {
        self.0.read(buf)
    }
}

impl std::io::Write for Nosy {
    fn write(&mut self, buf: &[u8]) -> std::io::Result<usize> {
        self.0.write(buf)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl blocking_ws::Duplex for Nosy {
    fn try_clone(&self) -> std::io::Result<Self> {
        Ok(Self(self.0.try_clone()?, self.1.clone()))
    }

    fn set_read_timeout(&self, timeout: Option<Duration>) -> std::io::Result<()> {
        self.0.set_read_timeout(timeout)
    }

    fn set_write_timeout(&self, timeout: Option<Duration>) -> std::io::Result<()> {
        self.0.set_write_timeout(timeout)
    }

    fn shutdown(&self, how: std::net::Shutdown) -> std::io::Result<()> {
        self.0.shutdown(how)?;
        assert!(self.1.connections().len() > 5, "this is what the test wants");
        Ok(())
    }
}

#[test]
fn a_stream_of_the_program_may_do_anything_when_it_is_shut() {
    within(|| {
        let server = unbound().spawn(|ws| {
            ws.send("hello")?;
            // It does not heed the Close frame.
            while ws.recv()?.is_some() {}
            Ok(())
        });
        let server = server.unwrap();
        let mut clients = Vec::new();
        for _ in 0..2 {
            let (near, far) = Pipe::new(64 << 10);
            server.adopt(Nosy(far, server.clone())).unwrap();
            let mut client = Client::new().connect_over("ws://localhost/", near).unwrap();
            assert_eq!(client.recv().unwrap(), Some("hello".into()));
            clients.push(client);
        }
        let (near, far) = Pipe::new(64 << 10);
        // This one is in its handshake.
        server.adopt(Nosy(far, server.clone())).unwrap();
        let report = server.shutdown(Duration::from_millis(50));
        assert_eq!(report.running, 0);
        drop((clients, near));
    });
}

#[test]
fn the_hook_sees_them_and_its_values_go_with_an_admission() {
    within(|| {
        let guard = Arc::new(());
        let inserted = Arc::clone(&guard);
        let hook = move |opening: &mut Opening| {
            opening.insert(Arc::clone(&inserted));
            opening.choose_subprotocol("chat.v1")
        };
        let server = unbound().on_upgrade(hook).spawn(|ws| {
            assert!(ws.request().extensions().get::<Arc<()>>().is_some());
            ws.recv().map(drop)
        });
        let server = server.unwrap();
        let admission = server.upgrade(request(), None).unwrap();
        assert_eq!(admission.response().headers()["sec-websocket-protocol"], "chat.v1");
        assert_eq!(admission.request().uri().path(), "/ws");
        assert_eq!(Arc::strong_count(&guard), 3);
        drop(admission);
        assert_eq!(Arc::strong_count(&guard), 2);
        let mut client = served(server.upgrade(request(), None).unwrap());
        client.send("bye").unwrap();
        assert_eq!(client.recv().unwrap(), None);
        server.shutdown(SOON);
        assert_eq!(Arc::strong_count(&guard), 1, "the hook is gone too");
    });
}

/// What the hook of a server takes for the client's address, if a proxy on a Unix socket is trusted.
#[cfg(unix)]
#[test]
fn what_has_no_address_is_no_proxy_that_is_trusted() {
    within(|| {
        let (tell, told) = std::sync::mpsc::channel();
        let hook = move |opening: &mut Opening| {
            tell.send(opening.client_ip()).unwrap();
            Ok(())
        };
        let server = unbound().trusted_proxy("unix:").on_upgrade(hook).spawn(echo).unwrap();
        let client = Client::new().header("X-Forwarded-For", "192.0.2.6");
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let half = || {
            let near = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
            server.adopt(Stream::half(listener.accept().unwrap().0)).unwrap();
            drop(client.connect_over("ws://localhost/", near).unwrap());
        };
        let upgraded = || {
            let mut request = request();
            request.headers_mut().insert("x-forwarded-for", "192.0.2.6".parse().unwrap());
            drop(server.upgrade(request, None).unwrap());
        };
        let pipe = || drop(testing::connect(&server, &client, "/").unwrap());
        let unix = || {
            let (near, far) = std::os::unix::net::UnixStream::pair().unwrap();
            server.adopt(far).unwrap();
            drop(client.connect_over("ws://localhost/", near).unwrap());
        };
        let believed: Option<std::net::IpAddr> = Some("192.0.2.6".parse().unwrap());
        let ways: [(&str, &dyn Fn(), _); 4] = [
            ("half a TCP stream", &half, None),
            ("another HTTP server, without an address", &upgraded, None),
            ("a pipe", &pipe, None),
            ("a Unix socket", &unix, believed),
        ];
        for (rule, open, want) in ways {
            open();
            assert_eq!(told.recv().unwrap(), want, "{rule}");
        }
    });
}

/// Timeouts that the program has left on its socket do not end calls.
#[test]
fn timeouts_of_another_server_are_removed() {
    within(|| {
        let server = unbound().ping_interval(None).spawn(echo).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let near = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let far = listener.accept().unwrap().0;
        let short = Some(Duration::from_millis(20));
        far.set_read_timeout(short).unwrap();
        server.upgrade(request(), None).unwrap().serve(far, Vec::new()).unwrap();
        let mut client = WebSocket::from_parts(near, Role::Client, Vec::new());
        // Nothing comes for longer than that timeout.
        assert!(client.recv_timeout(Duration::from_millis(60)).unwrap_err().is_timeout());
        client.send("hello").unwrap();
        assert_eq!(client.recv().unwrap(), Some("hello".into()));
    });
}

#[test]
fn what_was_read_with_the_request_is_not_lost() {
    within(|| {
        let server = unbound().spawn(echo).unwrap();
        let (near, far) = Pipe::new(1024);
        let admission = server.upgrade(request(), None).unwrap();
        // A masked text, with a key of zeros.
        admission.serve(far, b"\x81\x82\0\0\0\0hi".to_vec()).unwrap();
        let mut client = WebSocket::from_parts(near, Role::Client, Vec::new());
        assert_eq!(client.recv().unwrap(), Some("hi".into()));
    });
}

#[test]
fn a_server_without_a_socket_says_so() {
    let server = unbound();
    assert!(server.local_addrs().is_empty());
    assert!(matches!(server.local_addr(), Err(Error::Io(e)) if e.kind() == ErrorKind::Unsupported));
    let handle = server.handle();
    assert_eq!(refused(&handle), 503, "it does not run yet");
    let (_near, far) = Pipe::new(1);
    let error = handle.adopt(far).unwrap_err().to_string();
    assert!(error.starts_with("the server does not run: "), "{error}");
    let handle = server.spawn(echo).unwrap();
    assert_eq!(handle.url(), "ws://localhost/");
    assert_eq!(handle.shutdown(SOON).running, 0);
}
