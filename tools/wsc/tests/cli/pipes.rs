//! Pipes lose nothing, also if a reader or the server is slow, and whatever ends them.

use std::io::{BufRead, BufReader, Read};
use std::process::Stdio;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use blocking_ws::{CloseCode, Server};

use super::support::{PATIENCE, Running, command, echo_server, listening, mock, numbered, run};

#[test]
fn a_hundred_thousand_lines_come_back_whole_and_in_order() {
    let input = numbered(100_000, " is a line");
    let (own, url) = listening(&["--echo"]);
    let library = echo_server();
    for url in [library.url(), &url] {
        let ran = run([url], input.as_bytes()).expect(0);
        assert_eq!(ran.err, "");
        assert!(ran.out == input.as_bytes(), "{} of {} bytes", ran.out.len(), input.len());
    }
    drop(own);
}

#[test]
fn inputs_come_back_as_they_were() {
    let server = echo_server();
    let long = "x".repeat(1 << 20) + "\n";
    for (rule, input, output) in [
        ("three lines", "one\nGrüße, 🦀\nthree\n", "one\nGrüße, 🦀\nthree\n"),
        ("no input", "", ""),
        ("an empty line", "\n", "\n"),
        ("no line end", "last", "last\n"),
        ("Windows", "one\r\n", "one\n"),
        ("a long line", &long, &long),
    ] {
        let ran = run([server.url()], input.as_bytes()).expect(0);
        assert_eq!((ran.text(), &ran.err[..]), (output.to_owned(), ""), "{rule}");
    }
}

#[test]
fn an_answer_does_not_wait_for_the_end_of_the_input() {
    let server = echo_server();
    let mut client = Running::start(command([server.url()]));
    for line in ["one", "two"] {
        client.write(format!("{line}\n").as_bytes());
        assert_eq!(client.line(), line);
    }
    client.feed(b"three");
    assert_eq!(client.end().expect(0).text(), "three\n");
}

/// The server sends back more than all buffers take before anything of it is read.
#[test]
fn a_reader_that_is_slow_does_not_stop_the_input_for_good() {
    let server = echo_server();
    let input = numbered(20_000, &"x".repeat(1000));
    let mut child = command([server.url()])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let (tell, told) = mpsc::channel();
    let bytes = input.clone().into_bytes();
    let writing = thread::spawn(move || {
        use std::io::Write;
        for part in bytes.chunks(64 << 10) {
            stdin.write_all(part).unwrap();
            tell.send(()).unwrap();
        }
    });
    // Nothing is read until the input stands still, because all that is between is full. A machine that
    // is busy may only make this test read sooner.
    while told.recv_timeout(Duration::from_millis(300)).is_ok() {}
    let mut output = Vec::new();
    BufReader::new(child.stdout.take().unwrap()).read_to_end(&mut output).unwrap();
    writing.join().unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(0));
    assert!(output == input.as_bytes(), "{} of {} bytes", output.len(), input.len());
}

#[test]
fn a_reader_that_goes_ends_it_quietly() {
    let server = echo_server();
    let mut child = command([server.url()])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let endless = thread::spawn(move || {
        use std::io::Write;
        while stdin.write_all(b"y\n").is_ok() {}
    });
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    stdout.read_line(&mut line).unwrap();
    assert_eq!(line, "y\n");
    drop(stdout);
    let ended = child.wait_with_output().unwrap();
    assert_eq!((ended.status.code(), &ended.stderr[..]), (Some(0), &b""[..]));
    endless.join().unwrap();
}

/// The answers to the last lines come long after the input has ended.
#[test]
fn late_answers_are_waited_for() {
    let server = Server::bind("127.0.0.1:0").unwrap().spawn(|ws| {
        let mut lines = Vec::new();
        while lines.len() < 3 {
            let Some(line) = ws.recv()? else { return Ok(()) };
            lines.push(line);
        }
        thread::sleep(Duration::from_millis(300));
        for line in lines {
            ws.send(line)?;
        }
        while ws.recv()?.is_some() {}
        Ok(())
    });
    let server = server.unwrap();
    let ran = run([server.url()], b"1\n2\n3\n").expect(0);
    assert_eq!(ran.text(), "1\n2\n3\n");
}

/// What comes after this side's Close frame is printed as well.
#[test]
fn what_comes_while_the_connection_closes_is_printed() {
    let mock = mock().on_connection(|peer| {
        peer.expect_text("one");
        peer.expect_close(1000);
        peer.send("late");
        peer.close(1000, "");
    });
    let ran = run(["--wait", "0", &mock.url()], b"one\n").expect(0);
    assert_eq!(ran.text(), "late\n");
    mock.verify();
}

#[test]
fn a_feed_is_printed_until_it_closes() {
    let server = Server::bind("127.0.0.1:0").unwrap().spawn(|ws| {
        for n in 0..5 {
            ws.send(format!("news {n}"))?;
        }
        ws.close(CloseCode::Normal, "")
    });
    let server = server.unwrap();
    let ran = run(["--wait", "forever", server.url()], b"").expect(0);
    assert_eq!(ran.text(), "news 0\nnews 1\nnews 2\nnews 3\nnews 4\n");
}

#[test]
fn it_leaves_after_as_many_messages_as_are_expected() {
    let server = Server::bind("127.0.0.1:0").unwrap().spawn(|ws| {
        for n in 0..1000 {
            ws.send(format!("news {n}"))?;
        }
        while ws.recv()?.is_some() {}
        Ok(())
    });
    let server = server.unwrap();
    for (option, count) in [(&["-1"][..], 1), (&["--expect", "3"], 3)] {
        // The input stays open.
        let client = Running::start(command(option.iter().copied().chain([server.url()])));
        let ran = wait(client).expect(0);
        assert_eq!(ran.text().lines().count(), count, "{}", ran.text());
    }
}

/// Waits for the end of a program whose input stays open.
fn wait(mut client: Running) -> super::support::Ran {
    let begun = std::time::Instant::now();
    while client.child.try_wait().unwrap().is_none() {
        assert!(begun.elapsed() < PATIENCE, "it does not end");
        thread::sleep(Duration::from_millis(5));
    }
    client.end()
}

#[test]
fn a_server_that_closes_ends_it_although_the_input_is_open() {
    let server = Server::bind("127.0.0.1:0").unwrap();
    let server = server.spawn(|ws| ws.recv().and_then(|_| ws.close(1000, "enough"))).unwrap();
    let mut client = Running::start(command([server.url()]));
    client.write(b"one\n");
    wait(client).expect(0);
}
