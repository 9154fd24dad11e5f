//! The example `chat_cluster`: three processes behind `HAProxy`, joined by Redis. What is lost is counted, and
//! nobody gets anything twice.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use blocking_ws::{Client, CloseCode, Error, ServerHandle, WebSocket};
use serde_json::{Value, json};
use socket2::{Domain, Socket, Type};
use test_support::chromium::Chromium;
use test_support::folder::Folder;
use test_support::installed::{program, skipped};
use test_support::ports::free_ports;
use test_support::program::{PATIENCE, Program};
use test_support::within;

const NAMES: [&str; 3] = ["a", "b", "c"];

/// A program without output that is killed when the test is over.
struct Daemon(Child);

impl Daemon {
    /// Starts a program, and waits until it answers on its port; `None` if it does not.
    fn start(command: &mut Command, port: u16) -> Option<Self> {
        let quiet = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let mut daemon = Self(quiet.spawn().unwrap());
        let began = Instant::now();
        while began.elapsed() < PATIENCE && daemon.0.try_wait().unwrap().is_none() {
            if TcpStream::connect(("127.0.0.1", port)).is_ok() {
                return Some(daemon);
            }
            thread::sleep(Duration::from_millis(5));
        }
        None
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

struct Cluster {
    processes: Vec<Option<(Program, String)>>,
    redis: Option<Daemon>,
    redis_port: u16,
    folder: Folder,
}

impl Cluster {
    /// `None` where Redis is not installed.
    fn start() -> Option<Self> {
        if program("redis-server").is_none() {
            skipped("redis-server");
            return None;
        }
        let folder = Folder::new();
        // Somebody else may have taken a port when Redis gets there: then there is another.
        let (redis_port, redis) = (0..5)
            .find_map(|_| {
                let [port] = free_ports();
                redis(port, &folder).map(|redis| (port, redis))
            })
            .expect("Redis runs");
        let mut cluster = Self { processes: Vec::new(), redis: Some(redis), redis_port, folder };
        for name in NAMES {
            let url = format!("redis://127.0.0.1:{redis_port}/");
            let arguments = ["--addr", "127.0.0.1:0", "--name", name, "--redis", &url];
            let process = Program::start("chat_cluster", arguments);
            let line = process.line();
            let url = line.strip_prefix("listening on ").expect(&line).to_owned();
            cluster.processes.push(Some((process, url)));
        }
        cluster.wait_until_online();
        Some(cluster)
    }

    fn wait_until_online(&self) {
        for (_, url) in self.processes.iter().flatten() {
            let began = Instant::now();
            while health(url) != "ok\n" {
                assert!(began.elapsed() < PATIENCE, "it does not hear Redis");
                thread::sleep(Duration::from_millis(10));
            }
        }
    }

    fn url(&self, name: &str) -> &str {
        &self.process(name).1
    }

    fn process(&self, name: &str) -> &(Program, String) {
        self.processes[at(name)].as_ref().expect("it runs")
    }

    fn signal(&self, name: &str, signal: &str) {
        let id = self.process(name).0.child.id().to_string();
        let sent = Command::new("kill").args(["-s", signal, &id]).status();
        assert!(sent.is_ok_and(|status| status.success()), "{signal} was not sent");
    }

    /// Stops a process until it is told to go on.
    fn stop(&self, name: &str) {
        self.signal(name, "STOP");
        // The signal is on its way; where there is no such file, nobody says when it has arrived.
        let state = format!("/proc/{}/stat", self.process(name).0.child.id());
        while std::fs::read_to_string(&state).is_ok_and(|text| !text.contains(") T ")) {
            thread::yield_now();
        }
    }

    /// Kills a process without a warning, and returns its log.
    fn kill(&mut self, name: &str) -> String {
        let (mut process, _) = self.processes[at(name)].take().expect("it runs");
        process.child.kill().unwrap();
        process.errors.recv_timeout(PATIENCE).unwrap()
    }

    fn kill_redis(&mut self) {
        drop(self.redis.take().expect("it runs"));
    }

    fn start_redis(&mut self) {
        self.redis = redis(self.redis_port, &self.folder);
        assert!(self.redis.is_some(), "Redis runs at its port again");
    }

    /// `HAProxy` with the configuration of the example, and its address; `None` where it is not installed.
    fn front(&self) -> Option<(Daemon, String)> {
        let Some(haproxy) = program("haproxy") else {
            skipped("haproxy");
            return None;
        };
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let configuration = root.join("examples/chat_cluster/haproxy.cfg");
        let front = (0..5).find_map(|_| {
            let [port] = free_ports();
            let mut command = Command::new(&haproxy);
            command.arg("-db").arg("-f").arg(&configuration).env("FRONT", port.to_string());
            for name in NAMES {
                let port = self.url(name).trim_end_matches('/').rsplit(':').next().unwrap();
                command.env(name.to_uppercase(), port);
            }
            Some((Daemon::start(&mut command, port)?, format!("127.0.0.1:{port}/")))
        });
        Some(front.expect("HAProxy runs"))
    }
}

fn all_expect(members: &mut [Member], text: &str) {
    for member in members {
        member.expect_said(text);
    }
}

fn at(name: &str) -> usize {
    NAMES.iter().position(|it| *it == name).unwrap()
}

fn redis(port: u16, folder: &Folder) -> Option<Daemon> {
    let mut command = Command::new(program("redis-server").expect("it is installed"));
    command.current_dir(folder.file("")).args(["--bind", "127.0.0.1", "--save", ""]);
    command.args(["--port", &port.to_string(), "--appendonly", "no"]);
    // A process that does not read is disconnected early.
    command.args(["--client-output-buffer-limit", "pubsub 256kb 0 0"]);
    Daemon::start(&mut command, port)
}

/// What a process says of itself.
fn health(url: &str) -> String {
    let address = url.trim_start_matches("ws://").trim_end_matches('/');
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    write!(stream, "GET /health HTTP/1.1\r\nHost: {address}\r\n\r\n").unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    text.split_once("\r\n\r\n").map_or(text.clone(), |(_, body)| body.to_owned())
}

/// A member of the room `test`.
struct Member {
    ws: WebSocket,
    last: Value,
    process: String,
}

impl Member {
    fn enter(url: &str, after: &Value) -> Self {
        Self::over(blocking_ws::connect(&format!("{url}rooms/test")).unwrap(), after)
    }

    fn over(mut ws: WebSocket, after: &Value) -> Self {
        ws.set_read_timeout(PATIENCE);
        ws.send(json!({ "name": "Ada", "after": after }).to_string()).unwrap();
        let mut member = Self { ws, last: after.clone(), process: String::new() };
        let welcome = member.hear().unwrap();
        assert_eq!(welcome["kind"], "welcome", "{welcome}");
        welcome["process"].as_str().unwrap().clone_into(&mut member.process);
        member
    }

    /// What comes next; `None` at the end, in order or not.
    fn hear(&mut self) -> Option<Value> {
        let message = match self.ws.recv() {
            Err(Error::Lost(_)) => None,
            received => received.unwrap(),
        }?;
        let event: Value = serde_json::from_slice(message.as_bytes()).unwrap();
        if event["kind"] == "say" {
            let (at, last) = (&event["at"], &self.last);
            let is_new = last["epoch"] != at["epoch"] || last["n"].as_u64() < at["n"].as_u64();
            assert!(is_new, "twice, or in another order: {event} after {last}");
        }
        if event["at"].is_object() {
            self.last = event["at"].clone();
        }
        Some(event)
    }

    #[track_caller]
    fn expect_said(&mut self, text: &str) {
        let event = self.hear().expect("it goes on");
        assert_eq!((&event["kind"], &event["text"]), (&json!("say"), &json!(text)), "{event}");
    }

    #[track_caller]
    fn expect_gap(&mut self, missed: &Value) {
        let event = self.hear().expect("it goes on");
        assert_eq!((&event["kind"], &event["missed"]), (&json!("gap"), missed), "{event}");
    }

    #[track_caller]
    fn expect_kind(&mut self, kind: &str) {
        let event = self.hear().expect("it goes on");
        assert_eq!(event["kind"], kind, "{event}");
    }

    fn say(&mut self, text: &str) {
        self.ws.send(text).unwrap();
    }
}

#[test]
fn a_message_reaches_the_members_at_all_processes_once() {
    within(|| {
        let Some(cluster) = Cluster::start() else { return };
        let mut members = NAMES.map(|name| {
            let member = Member::enter(cluster.url(name), &Value::Null);
            assert_eq!(member.process, name);
            member
        });
        for round in 0..30 {
            let text = format!("message {round}");
            members[round % 3].say(&text);
            // Each hears it next: so nobody has heard the last one twice.
            all_expect(&mut members, &text);
        }
        // And nobody hears another room.
        let mut other = blocking_ws::connect(&format!("{}rooms/other", cluster.url("a"))).unwrap();
        other.send(r#"{"name": "Bob"}"#).unwrap();
        other.recv().unwrap();
        other.send("elsewhere").unwrap();
        other.recv().unwrap();
        members[1].say("here");
        all_expect(&mut members, "here");
    });
}

/// Tells threads to end when it is dropped, also by a panic.
struct Ends<'a>(&'a AtomicBool);

impl Drop for Ends<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

#[test]
fn a_member_is_welcomed_before_it_hears_the_room() {
    within(|| {
        let Some(cluster) = Cluster::start() else { return };
        let mut speakers = NAMES.map(|name| Member::enter(cluster.url(name), &Value::Null));
        let is_over = AtomicBool::new(false);
        thread::scope(|scope| {
            for speaker in &mut speakers {
                let is_over = &is_over;
                scope.spawn(move || {
                    while !is_over.load(Ordering::Relaxed) {
                        speaker.say("again");
                        speaker.expect_said("again");
                    }
                });
            }
            let _ends = Ends(&is_over);
            let members = (0..200).map(|_| Member::enter(cluster.url("a"), &Value::Null));
            members.for_each(|mut member| member.expect_said("again"));
        });
    });
}

/// What clients get in one connection after the other.
fn play(scripts: Vec<Vec<Value>>) -> ServerHandle {
    let scripts = Mutex::new(scripts.into_iter());
    let server = blocking_ws::Server::bind("127.0.0.1:0").unwrap();
    let play = move |ws: &mut WebSocket| {
        ws.recv()?;
        let script = scripts.lock().unwrap().next().expect("there is one more");
        script.into_iter().try_for_each(|event| ws.send(event.to_string()))
    };
    server.spawn(play).unwrap()
}

#[test]
fn a_client_shows_a_message_once_and_hides_none() {
    within(|| {
        let at = |n: u64| json!({ "epoch": "x", "n": n });
        let say =
            |n: u64| json!({ "kind": "say", "name": "Bob", "text": n.to_string(), "at": at(n) });
        let welcome = |n| json!({ "kind": "welcome", "process": "a", "name": "Ada", "at": at(n) });
        let server = play(vec![
            vec![welcome(4), say(5), say(6), say(7)],
            // This process is behind.
            vec![welcome(5), say(6), say(7), say(8)],
            // The numbers of Redis were deleted.
            vec![
                welcome(8),
                json!({ "kind": "gap", "missed": null, "why": "w", "at": at(0) }),
                say(1),
            ],
            vec![welcome(1), say(2)],
        ]);
        let client = Program::start("chat_cluster_client", [server.url()]);
        let mut shown = Vec::new();
        while shown.last().is_none_or(|line| line != "Bob: 2") {
            shown.push(client.line());
        }
        shown.retain(|line| line.starts_with("Bob: ") || line.contains("missed"));
        let gap = "(missed some messages, nobody knows how many: w)";
        let want = ["Bob: 5", "Bob: 6", "Bob: 7", "Bob: 8", gap, "Bob: 1", "Bob: 2"];
        assert_eq!(shown, want);
    });
}

#[test]
fn the_password_of_redis_is_not_shown() {
    for url in ["redis://:sesame@127.0.0.1:port/", "sesame"] {
        let ended = Program::start("chat_cluster", ["--redis", url]).end();
        assert_eq!(ended.code, Some(1), "{ended:?}");
        assert!(ended.stderr.starts_with("chat_cluster: --redis: "), "{ended:?}");
        assert!(!ended.stderr.contains("sesame"), "{ended:?}");
    }
}

#[test]
fn what_a_client_says_wrong_closes_its_connection_only() {
    let Some(cluster) = Cluster::start() else { return };
    for (path, introduction, code) in [
        ("rooms/A", r#"{"name": "Ada"}"#, CloseCode::Policy),
        ("rooms/test", "Ada", CloseCode::Policy),
        ("rooms/test", r#"{"name": " "}"#, CloseCode::Policy),
        ("rooms/test", r#"{"name": "Ada", "after": 7}"#, CloseCode::Policy),
        ("rooms/test", r#"{"name": "Ada", "after": {"epoch": "x", "n": -1}}"#, CloseCode::Policy),
    ] {
        let mut ws = blocking_ws::connect(&format!("{}{path}", cluster.url("a"))).unwrap();
        // The server may have closed it already.
        let _ = ws.send(introduction);
        assert_eq!(ws.recv().unwrap(), None, "{introduction}");
        assert_eq!(ws.close_status().unwrap().code(), code, "{introduction}");
    }
    let nowhere = json!({ "epoch": "of another Redis", "n": 9 });
    Member::enter(cluster.url("a"), &nowhere).expect_gap(&Value::Null);
}

#[test]
fn clients_of_a_process_that_is_killed_come_back_and_hear_what_they_missed() {
    within(|| {
        let Some(mut cluster) = Cluster::start() else { return };
        let Some((_front, address)) = cluster.front() else { return };
        let url = format!("ws://{address}rooms/test");
        let clients = [(); 3].map(|()| Program::start("chat_cluster_client", [&url[..]]));
        let places = clients.each_ref().map(|client| {
            let line = client.line();
            let process =
                line.strip_prefix("(connected to ").and_then(|it| it.strip_suffix(" as Ada)"));
            process.expect(&line).to_owned()
        });
        let mut sorted = places.clone();
        sorted.sort();
        assert_eq!(sorted, NAMES, "one at each");
        let mut speaker = Member::enter(cluster.url("a"), &Value::Null);
        let mut hears = |text: &str, clients: &[Program]| {
            speaker.say(text);
            speaker.expect_said(text);
            for client in clients {
                assert_eq!(client.line(), format!("Ada: {text}"));
            }
        };
        hears("before", &clients);
        // It still has its client, which gets nothing more.
        cluster.stop("b");
        let [away, others] = [true, false].map(|is_away| {
            let is_there = |at: &usize| (places[*at] == "b") == is_away;
            (0..3).filter(is_there).collect::<Vec<_>>()
        });
        for round in 0..5 {
            hears(&format!("meanwhile {round}"), &[]);
            for &at in &others {
                assert_eq!(clients[at].line(), format!("Ada: meanwhile {round}"));
            }
        }
        cluster.kill("b");
        let lost = &clients[away[0]];
        let mut line = lost.line();
        assert!(line.starts_with("(the connection was lost"), "{line}");
        line = lost.line();
        while line.contains("; connecting in ") {
            // The proxy needs a moment.
            line = lost.line();
        }
        assert!(line == "(connected to a as Ada)" || line == "(connected to c as Ada)", "{line}");
        assert_eq!(lost.line(), "(missed 5 messages: this client was away)");
        hears("after", &clients);
        hears("the last", &clients);
    });
}

#[test]
fn a_redis_that_restarts_is_found_again_and_the_clients_are_told() {
    within(|| {
        let Some(mut cluster) = Cluster::start() else { return };
        let enter = |name| Member::enter(cluster.url(name), &Value::Null);
        let mut members = NAMES.map(enter);
        members[0].say("before");
        all_expect(&mut members, "before");
        cluster.kill_redis();
        for member in &mut members {
            member.expect_kind("offline");
        }
        members[1].say("into the void");
        members[1].expect_kind("refused");
        // Who comes now is told as well.
        let mut late = Member::enter(cluster.url("c"), &members[0].last);
        if late.hear().unwrap()["kind"] == "gap" {
            late.expect_kind("offline");
        }

        cluster.start_redis();
        for member in &mut members {
            // Another run of Redis has other numbers.
            member.expect_gap(&Value::Null);
            member.expect_kind("online");
        }
        cluster.wait_until_online();
        members[2].say("after");
        all_expect(&mut members, "after");
        members[0].say("the last");
        all_expect(&mut members, "the last");
        for name in NAMES {
            let log = cluster.kill(name);
            for line in
                ["Redis cannot be heard: ", "missed an unknown number", "Redis is heard, after"]
            {
                assert!(log.contains(line), "{name}: {log}");
            }
        }
    });
}

#[test]
fn a_slow_client_and_a_slow_process_lose_a_number_of_messages_that_they_are_told() {
    const MANY: u64 = 4000;
    within(|| {
        let Some(cluster) = Cluster::start() else { return };
        let mut speaker = Member::enter(cluster.url("a"), &Value::Null);
        // It does not read, and its system holds little for it.
        let slow_address = cluster.url("b").trim_start_matches("ws://").trim_end_matches('/');
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
        socket.set_recv_buffer_size(4 << 10).unwrap();
        let address: std::net::SocketAddr = slow_address.parse().unwrap();
        socket.connect(&address.into()).unwrap();
        let over = Client::new()
            .connect_over(&format!("{}rooms/test", cluster.url("b")), TcpStream::from(socket));
        let mut slow = Member::over(over.unwrap(), &Value::Null);
        let mut stopped = Member::enter(cluster.url("c"), &Value::Null);
        cluster.stop("c");
        let text = "x".repeat(3000);
        for _ in 0..MANY {
            // Nobody waits for the slow ones.
            speaker.say(&text);
            speaker.expect_said(&text);
        }
        cluster.signal("c", "CONT");
        cluster.wait_until_online();
        for (name, member) in [("b", &mut slow), ("c", &mut stopped)] {
            let (mut said, mut missed) = (0, 0);
            while said + missed < MANY {
                match member.hear() {
                    Some(event) if event["kind"] == "say" => said += 1,
                    Some(event) if event["kind"] == "gap" => {
                        missed += event["missed"].as_u64().expect("a number");
                    }
                    Some(event) => assert!(event["kind"] == "offline" || event["kind"] == "online"),
                    None => {
                        let code = member.ws.close_status().unwrap().code();
                        // A client that reads nothing for five seconds more does not get the Close frame.
                        let is_known =
                            [CloseCode::TryAgainLater, CloseCode::Abnormal].contains(&code);
                        assert!(is_known, "{name}: {code}");
                        let last = member.last.clone();
                        *member = Member::over(
                            blocking_ws::connect(&format!("{}rooms/test", cluster.url(name)))
                                .unwrap(),
                            &last,
                        );
                    }
                }
            }
            println!("{name}: {said} of {MANY} came, {missed} were missed");
            assert_eq!(said + missed, MANY, "{name}");
            assert!(missed > 0, "{name}: it was not slow enough to test anything");
        }
        speaker.say("after");
        for member in [&mut speaker, &mut slow, &mut stopped] {
            let mut event = member.hear().unwrap();
            while event["kind"] == "offline" || event["kind"] == "online" {
                event = member.hear().unwrap();
            }
            // The process that was stopped may just be getting back to Redis.
            let is_told = event["text"] == "after" || event["missed"] == 1;
            assert!(is_told, "{event}");
        }
    });
}

#[test]
fn the_page_comes_back_by_itself() {
    within(|| {
        let Some(mut cluster) = Cluster::start() else { return };
        let Some((_front, address)) = cluster.front() else { return };
        let Some(mut browser) = Chromium::start() else { return skipped("chromium") };
        let tab = browser.open(&format!("http://{address}"));
        browser.run(&tab, "find('name').value = 'Eve', find('enter').requestSubmit()");
        browser.wait(&tab, "find('status').innerText.startsWith('You are Eve at process ')");
        let status = browser.run(&tab, "find('status').innerText");
        let status = status.as_str().unwrap();
        let place =
            status.strip_prefix("You are Eve at process ").and_then(|it| it.strip_suffix('.'));
        let place = place.expect(status).to_owned();
        let other = if place == "a" { "b" } else { "a" };
        let mut speaker =
            blocking_ws::connect(&format!("{}rooms/lobby", cluster.url(other))).unwrap();
        speaker.send(r#"{"name": "<b>Bob"}"#).unwrap();
        let mut say = |text: &str| {
            speaker.send(text).unwrap();
            while !speaker.recv().unwrap().unwrap().as_text().unwrap().contains(text) {}
        };
        say("hello");
        browser.wait(&tab, "find('log').innerText.includes('<b>Bob: hello')");
        cluster.stop(&place);
        say("one");
        say("two");
        cluster.kill(&place);
        browser.wait(&tab, "find('log').innerText.includes('The connection was lost')");
        browser.wait(&tab, "find('log').innerText.includes('You missed 2 messages')");
        browser.run(&tab, "find('text').value = 'back', find('say').requestSubmit()");
        browser.wait(&tab, "find('log').innerText.includes('Eve: back')");
        let count = "find('log').innerText.split('hello').length - 1";
        assert_eq!(browser.run(&tab, count), json!(1));
    });
}
