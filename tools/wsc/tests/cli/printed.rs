//! Help, man page, completions, and what `-v`, `-q` and `--time` print.

use blocking_ws::Server;

use super::support::{echo_server, mock, run};

#[test]
fn the_help_has_examples_and_exit_statuses() {
    let help = run(["--help"], b"").expect(0).text();
    for part in ["Examples:", "wsc --listen 9001 --echo", "Exit status:", "130", "--record"] {
        assert!(help.contains(part), "{part}: {help}");
    }
    assert!(help.lines().all(|line| line.chars().count() <= 100), "{help}");
    let short = run(["-h"], b"").expect(0).text();
    assert!(short.len() < help.len() && short.contains("--listen"), "{short}");
    assert_eq!(run(["--version"], b"").expect(0).text(), "wsc 0.1.0\n");
}

#[test]
fn the_man_page_and_completions_have_every_option() {
    let man = run(["--man"], b"").expect(0).text();
    assert!(man.contains(".TH wsc 1") && man.contains(".SH EXTRA"), "{man}");
    for option in ["listen", "record", "compress", "ping\\-interval"] {
        assert!(man.contains(&format!("\\-\\-{option}")), "{option}: {man}");
    }
    for (shell, part) in [
        ("bash", "complete -F _wsc"),
        ("zsh", "#compdef wsc"),
        ("fish", "complete -c wsc -s l -l listen"),
        ("powershell", "Register-ArgumentCompleter"),
    ] {
        let script = run(["--completions", shell], b"").expect(0).text();
        assert!(script.contains(part) && script.contains("broadcast"), "{shell}: {script}");
    }
    run(["--completions", "tcsh"], b"").expect(1);
}

#[test]
fn verbose_shows_both_heads_without_secrets_and_quiet_shows_nothing() {
    let server = echo_server();
    let url = server.url();
    let ran = run(["-v", "--auth", "ali:sesame", "-H", "X-One: 1", url], b"one\n").expect(0);
    for part in [
        "> GET / HTTP/1.1\n",
        "> X-One: 1\n",
        "> Authorization: ***\n",
        "< HTTP/1.1 101 Switching Protocols\n",
        "[extensions: none]\n",
        "[closed: 1000]\n",
        "[1 sent, 1 received]\n",
    ] {
        assert!(ran.err.contains(part), "{part}: {}", ran.err);
    }
    assert!(!ran.err.contains("sesame") && !ran.err.contains("YWxp"), "{}", ran.err);
    assert_eq!(ran.text(), "one\n");
    let ran = run(["-v", "--compress", url], b"").expect(0);
    assert!(ran.err.contains("> Sec-WebSocket-Extensions: permessage-deflate"), "{}", ran.err);
    let mock = mock().refuse(503, "busy\n").on_connection(|peer| peer.close(1000, ""));
    let ran = run(["-q", "--retry=2", "--wait", "forever", &mock.url()], b"").expect(0);
    assert_eq!(ran.err, "");
}

#[test]
fn the_head_of_a_refusal_is_shown() {
    let mock = mock().refuse(403, "no\n");
    let ran = run(["-v", &mock.url()], b"").expect(3);
    assert!(ran.err.contains("< HTTP/1.1 403 "), "{}", ran.err);
}

/// The names of the rows, and the time of each since the start.
fn rows(err: &str) -> Vec<(String, f64)> {
    let lines = err.lines().skip_while(|line| !line.starts_with("time ")).skip(1);
    let lines = lines.take_while(|line| line.ends_with(" ms"));
    let row = |line: &str| {
        let mut words: Vec<_> = line.split_whitespace().collect();
        assert_eq!(words.pop(), Some("ms"), "{line}");
        let since = words.pop().unwrap().parse().unwrap();
        // The time that the step took, if it is a step.
        if words.last() == Some(&"ms") {
            words.truncate(words.len() - 2);
        }
        (words.join(" "), since)
    };
    lines.map(row).collect()
}

fn names(rows: &[(String, f64)]) -> Vec<&str> {
    rows.iter().map(|(name, _)| &name[..]).collect()
}

#[test]
fn times_are_shown_in_the_order_of_the_steps() {
    let server = Server::bind("127.0.0.1:0").unwrap().spawn(|ws| {
        let message = ws.recv()?;
        std::thread::sleep(std::time::Duration::from_millis(50));
        message.map_or(Ok(()), |message| ws.send(message))?;
        while ws.recv()?.is_some() {}
        Ok(())
    });
    let server = server.unwrap();
    let ran = run(["--time", "-1", "-x", "hello", server.url()], b"").expect(0);
    let direct = rows(&ran.err);
    let want = ["DNS", "TCP", "101", "first message", "until the end", "total"];
    assert_eq!(names(&direct), want, "{}", ran.err);
    assert!(direct.is_sorted_by(|(_, a), (_, b)| a <= b), "{}", ran.err);
    assert!(direct[3].1 - direct[2].1 >= 49.0, "{}", ran.err);
    // No message comes.
    let ran = run(["--time", "--wait", "0", server.url()], b"").expect(0);
    assert_eq!(names(&rows(&ran.err)), ["DNS", "TCP", "101", "until the end", "total"]);
    // The library connects.
    let place = server.url().strip_prefix("ws://").unwrap().trim_end_matches('/');
    let ran =
        run(["--time", "--connect-to", place, "-x", "a", "ws://chat.invalid/"], b"").expect(0);
    assert_eq!(names(&rows(&ran.err))[..2], ["DNS, TCP and TLS", "101"], "{}", ran.err);
}

#[test]
fn times_after_a_redirect_begin_with_a_line_for_it() {
    let server = echo_server();
    let mock = mock().answer(format!(
        "HTTP/1.1 302 Found\r\nLocation: {}\r\nContent-Length: 0\r\n\r\n",
        server.url()
    ));
    let ran = run(["--time", "-L", "-x", "a", &mock.url()], b"").expect(0);
    let want = ["redirects before", "DNS", "TCP", "101", "first message", "until the end", "total"];
    assert_eq!(names(&rows(&ran.err)), want, "{}", ran.err);
}

#[test]
fn times_through_a_proxy_say_that_they_are_one() {
    let server = echo_server();
    let proxy = blocking_ws::testing::FaultyProxy::to(server.url()).unwrap();
    // No proxy in the sense of HTTP: the connection is refused, and the rows are about it alone.
    let url = proxy.url("/").replace("ws://", "http://");
    let ran = run(["--time", "--proxy", &url, "-x", "a", server.url()], b"");
    assert_ne!(ran.status, Some(0));
    assert!(!names(&rows(&ran.err)).contains(&"DNS"), "{}", ran.err);
}
