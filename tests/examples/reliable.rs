//! The examples `reliable_client` and `reliable_server`, and the queue between them: nothing is lost when the
//! server is killed.

use std::thread;
use std::time::{Duration, SystemTime};

use blocking_ws::{Client, Outgoing};
use test_support::folder::Folder;
use test_support::ports::free_ports;
use test_support::program::{PATIENCE, Program};
use test_support::within;

const KILLS: usize = 25;

/// A server at a port that it has again after it was killed.
fn server(address: &str, folder: &Folder) -> Program {
    let file = folder.file("lines");
    let arguments = ["--addr", address, "--file", file.to_str().unwrap()];
    let server = Program::start("reliable_server", arguments);
    assert_eq!(server.line(), format!("listening on ws://{address}/"));
    server
}

/// Kills a server without a warning, and returns the rest of its output.
fn kill(mut server: Program) -> Vec<String> {
    server.child.kill().unwrap();
    server.child.wait().unwrap();
    let mut rest = Vec::new();
    while let Ok(line) = server.lines.recv_timeout(PATIENCE) {
        rest.push(line);
    }
    rest
}

/// Numbers without a pattern, the same for the same seed (xorshift).
struct Random(u64);

impl Random {
    fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % end
    }
}

#[test]
fn nothing_is_lost_when_the_server_is_killed_at_any_moment() {
    within(|| {
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
        let seed = std::env::var("SEED")
            .map_or(u64::from(now.subsec_nanos()) | 1, |it| it.parse().expect("SEED is a number"));
        println!("SEED={seed}");
        let mut random = Random(seed);
        let folder = Folder::new();
        let [port] = free_ports();
        let address = format!("127.0.0.1:{port}");

        let queue = Outgoing::new(200);
        let connections = Client::new()
            .reconnecting(&format!("ws://{address}/?sender=test"))
            .first_delay(Duration::from_millis(2))
            .max_delay(Duration::from_millis(20));
        let stop = connections.stop_handle();
        let sent = queue.clone();
        let exchange = thread::spawn(move || {
            for ws in connections {
                let mut ws = ws.unwrap();
                sent.send_over(&mut ws, |number, text: &String| format!("{number} {text}"))
                    .unwrap();
                while let Ok(Some(message)) = ws.recv() {
                    sent.acknowledge(message.as_text().unwrap().parse().unwrap()).unwrap();
                }
            }
        });
        let pushed = queue.clone();
        let push = thread::spawn(move || {
            let mut count = 0_u64;
            while pushed.push(format!("text {}", count + 1)).is_ok() {
                count += 1;
            }
            count
        });

        // What arrived, at one server after the other.
        let mut lives = Vec::new();
        for _ in 0..KILLS {
            let server = server(&address, &folder);
            let mut life: Vec<_> = (0..random.below(400)).map(|_| server.line()).collect();
            life.extend(kill(server));
            lives.push(life);
        }
        let server = server(&address, &folder);
        let left = queue.finish(PATIENCE);
        let pushed = push.join().unwrap();
        assert_eq!((left.len(), queue.acknowledged()), (0, pushed));
        stop.stop();
        exchange.join().unwrap();
        lives.push(kill(server));

        // In order of the first arrival, and each again only if it was there before.
        let mut highest = 0;
        let mut repeated = 0;
        for life in &lives {
            let mut before = None;
            for line in life {
                let number: u64 = line.split(' ').nth(1).unwrap().parse().unwrap();
                let next = before.map_or(number <= highest + 1, |before| number == before + 1);
                assert!(next, "{line} after {before:?}, highest {highest}");
                repeated += u64::from(number <= highest);
                highest = highest.max(number);
                before = Some(number);
            }
        }
        assert_eq!(highest, pushed);
        // And handled once.
        let text = std::fs::read_to_string(folder.file("lines")).unwrap();
        let want = |n| format!("test {n} text {n}");
        assert!(text.lines().map(str::to_owned).eq((1..=pushed).map(want)), "the file");
        println!("{pushed} messages, {repeated} again, {KILLS} kills");
    });
}

#[test]
fn lines_survive_a_server_that_is_killed() {
    let folder = Folder::new();
    let [port] = free_ports();
    let address = format!("127.0.0.1:{port}");
    let first = server(&address, &folder);
    let url = format!("ws://{address}/");
    let mut client = Program::start("reliable_client", [&url[..]]);
    client.type_in("one\n");
    let sender = first.line();
    let sender = sender.strip_suffix(" 1").expect(&sender);
    kill(first);
    client.type_in("two \\ Grüße\n");
    client.feed("\nfour");
    let second = server(&address, &folder);
    let ended = client.end();
    let said = ended.stdout.lines().last();
    assert_eq!(said, Some("lines that the server has handled: 4"), "{ended:?}");
    assert_eq!(ended.code, Some(0), "{ended:?}");
    kill(second);
    let text = std::fs::read_to_string(folder.file("lines")).unwrap();
    let want = format!("{sender} 1 one\n{sender} 2 two \\\\ Grüße\n{sender} 3 \n{sender} 4 four\n");
    assert_eq!(text, want);
}

#[test]
fn a_server_goes_on_after_half_a_line() {
    let folder = Folder::new();
    std::fs::write(folder.file("lines"), "a 1 one\nb 1 one\na 2 two\na 3 th").unwrap();
    let [port] = free_ports();
    let _server = server(&format!("127.0.0.1:{port}"), &folder);
    let url = format!("ws://127.0.0.1:{port}/?sender=");
    for (sender, message, answer) in [
        ("a", "1 one", Some("2")),
        ("a", "3 three", Some("3")),
        ("b", "3 three", None),
        ("b", "2 two", Some("2")),
        ("c", "1 one", Some("1")),
        ("c", "one", None),
        ("", "1 one", None),
        ("../x", "1 one", None),
    ] {
        let mut ws = blocking_ws::connect(&format!("{url}{sender}")).unwrap();
        ws.set_read_timeout(PATIENCE);
        ws.send(message).unwrap();
        let got = ws.recv().unwrap();
        assert_eq!(got, answer.map(Into::into), "{sender}, {message}: {:?}", ws.close_status());
    }
    let text = std::fs::read_to_string(folder.file("lines")).unwrap();
    assert_eq!(text, "a 1 one\nb 1 one\na 2 two\na 3 three\nb 2 two\nc 1 one\n");
}

/// `patience` is what the program waits for acknowledgements.
#[cfg(target_os = "linux")]
#[test]
fn ctrl_c_ends_the_client_in_time() {
    use std::sync::mpsc;
    use std::time::Instant;

    use rustix::process::{Pid, Signal, kill_process};
    use test_support::nobody::nobody;

    // More than the patience of a second, on a machine that has much else to do.
    const SOON: Duration = Duration::from_secs(8);
    let (_nobody, nowhere) = nobody();
    for (rule, answers, is_there) in [
        ("acknowledged", true, true),
        ("not acknowledged", false, true),
        ("no server", false, false),
    ] {
        let (tell, told) = mpsc::channel();
        let server = blocking_ws::Server::bind("127.0.0.1:0").unwrap();
        let server = server.spawn(move |ws| {
            while let Some(message) = ws.recv()? {
                let number = message.as_text().unwrap().split_once(' ').unwrap().0;
                tell.send(number.to_owned()).unwrap();
                if answers {
                    ws.send(number)?;
                }
            }
            Ok(())
        });
        let server = server.unwrap();
        let nowhere = format!("ws://{nowhere}/");
        let url = if is_there { server.url() } else { &nowhere };
        let mut client = Program::start("reliable_client", ["--patience", "1", url]);
        // More than a pipe and one read hold: so the first are in the queue. And less than both and the
        // queue.
        client.type_in(&format!("{:39}\n", "line").repeat(2000));
        if is_there {
            // Those that the queue holds.
            for number in 1..=1000 {
                assert_eq!(told.recv_timeout(PATIENCE).unwrap(), number.to_string(), "{rule}");
            }
        }
        if !is_there {
            assert!(client.line().starts_with("cannot connect: "));
        }
        if answers {
            for number in 1001..=2000 {
                assert_eq!(told.recv_timeout(PATIENCE).unwrap(), number.to_string(), "{rule}");
            }
        }
        let began = Instant::now();
        kill_process(Pid::from_child(&client.child), Signal::INT).unwrap();
        let ended = client.end();
        assert!(began.elapsed() < SOON, "{rule}: {:?}", began.elapsed());
        let (code, handled) = if answers { (0, 2000) } else { (1, 0) };
        assert_eq!(ended.code, Some(code), "{rule}: {ended:?}");
        let said = format!("lines that the server has handled: {handled}");
        assert_eq!(ended.stdout.lines().last(), Some(&said[..]), "{rule}");
        let tells = ended.stderr.contains(" lines were not acknowledged in time");
        assert_eq!(tells, !answers, "{rule}: {}", ended.stderr);
    }
}
