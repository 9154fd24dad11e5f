//! The server in a pipe: what it sends, what it prints, and how it ends.

use blocking_ws::{Client, CloseCode};

use super::support::{connect, listening, numbered, run};

#[test]
fn by_default_the_input_goes_to_the_clients_and_theirs_is_printed() {
    let (mut server, url) = listening(&["--expect", "2"]);
    server.write(b"before anybody came\n");
    let mut ws = connect(&url);
    assert_eq!(ws.recv().unwrap(), Some("before anybody came".into()));
    let mut other = connect(&url);
    // It is there when it has said something.
    other.send("one").unwrap();
    assert_eq!(server.line(), "one");
    server.write(b"to both\n");
    for ws in [&mut ws, &mut other] {
        assert_eq!(ws.recv().unwrap(), Some("to both".into()));
    }
    ws.send("two").unwrap();
    assert_eq!(server.line(), "two");
    for ws in [&mut ws, &mut other] {
        assert_eq!(ws.recv().unwrap(), None);
        assert_eq!(ws.close_status().unwrap().code(), CloseCode::GoingAway);
    }
    server.end().expect(0);
}

#[test]
fn a_broadcast_reaches_all_clients_and_this_side() {
    let (mut server, url) = listening(&["--broadcast"]);
    let mut all = [(); 3].map(|()| connect(&url));
    for (at, ws) in all.iter_mut().enumerate() {
        ws.send(format!("I am {at}")).unwrap();
        assert_eq!(server.line(), format!("I am {at}"));
    }
    server.write(b"from this side\n");
    for (at, ws) in all.iter_mut().enumerate() {
        // Those that came before are there; those that come later may be.
        let mut heard = Vec::new();
        while heard.last().is_none_or(|last| last != "from this side") {
            heard.push(ws.recv().unwrap().unwrap().to_string());
        }
        for from in at..3 {
            assert!(heard.contains(&format!("I am {from}")), "{at}: {heard:?}");
        }
    }
}

#[test]
fn many_lines_reach_a_client_that_is_slow() {
    let input = numbered(50_000, &"x".repeat(50));
    let (mut server, url) = listening(&["--wait", "0"]);
    server.feed(input.as_bytes());
    let mut ws = connect(&url);
    std::thread::sleep(std::time::Duration::from_millis(300));
    let mut heard = String::new();
    while let Some(message) = ws.recv().unwrap() {
        heard += message.as_text().unwrap();
        heard.push('\n');
    }
    assert!(heard == input, "{} of {} bytes", heard.len(), input.len());
    server.end().expect(0);
}

#[test]
fn two_of_this_command_talk_with_each_other() {
    let (mut server, url) = listening(&[]);
    server.feed(b"from the server\n");
    let ran = run([&url[..]], b"from the client\n").expect(0);
    assert_eq!(ran.text(), "from the server\n");
    assert_eq!(server.line(), "from the client");
}

#[test]
fn clients_are_announced() {
    let (mut server, url) = listening(&["--echo"]);
    let mut ws = connect(&format!("{url}a?b=%1b"));
    let line = server.error_line();
    assert!(line.starts_with('[') && line.ends_with("connected: /a?b=%1b]"), "{line}");
    ws.close(4001, "enough").unwrap();
    let line = server.error_line();
    assert!(line.ends_with("closed: 4001 enough]"), "{line}");
    drop(connect(&url));
    server.error_line();
    let line = server.error_line();
    assert!(line.ends_with("closed: 1001]"), "{line}");
}

#[test]
fn log_ins_origins_and_subprotocols_are_checked() {
    let options = ["--echo", "--auth", "ali:sesame", "-o", "https://a.example", "-s", "chat.v1"];
    let (_server, url) = listening(&options);
    let refused = |client: Client| match client.connect(&url) {
        Err(blocking_ws::Error::Refused(response)) => response.status().as_u16(),
        other => panic!("{other:?}"),
    };
    assert_eq!(refused(Client::new()), 401);
    assert_eq!(refused(Client::new().header("Origin", "https://b.example")), 403);
    let ran = run(["--auth", "ali:sesame", "-o", "https://a.example", &url], b"one\n").expect(0);
    assert_eq!(ran.text(), "one\n");
    run(["--auth", "ali:other", &url], b"").expect(3);
    let with_password = url.replace("ws://", "ws://ali:sesame@");
    let ws = Client::new().subprotocol("chat.v1").connect(&with_password).unwrap();
    assert_eq!(ws.subprotocol(), Some("chat.v1"));
}

#[test]
fn pings_of_clients_are_shown() {
    let (mut server, url) = listening(&["--echo", "-P"]);
    let mut ws = connect(&url);
    server.error_line();
    ws.ping("abcd").unwrap();
    let line = server.error_line();
    assert!(line.ends_with(" [ping 4 \"abcd\"]"), "{line}");
}

#[test]
fn verbose_shows_the_heads_of_each_client_without_secrets() {
    let (server, url) = listening(&["--broadcast", "-v", "--expect", "1", "--auth", "ali:sesame"]);
    run([&url[..]], b"").expect(3);
    run(["--auth", "ali:sesame", "--wait", "forever", &url], b"one\n").expect(0);
    let err = server.end().expect(0).err;
    let (refused, opened) = err.split_once("Basic realm").expect(&err);
    let ends = |text: &str, end: &str| {
        text.lines().any(|line| line.starts_with('#') && line.ends_with(end))
    };
    assert!(ends(refused, " < GET / HTTP/1.1"), "{err}");
    assert!(ends(refused, " > HTTP/1.1 401 Unauthorized"), "{err}");
    assert!(ends(opened, " < Authorization: ***") && !err.contains("YWxp"), "{err}");
    assert!(ends(opened, " > HTTP/1.1 101 Switching Protocols"), "{err}");
}
