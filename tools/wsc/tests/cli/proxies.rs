//! Proxies of the command line and of the environment.

use std::io::{self, BufRead, BufReader, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use super::support::{Running, command, echo_server, run};

/// An HTTP proxy that counts its clients.
fn proxy() -> (SocketAddr, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let (address, count) = (listener.local_addr().unwrap(), Arc::new(AtomicUsize::new(0)));
    let counts = Arc::clone(&count);
    thread::spawn(move || {
        for client in listener.incoming().map_while(Result::ok) {
            counts.fetch_add(1, Ordering::Relaxed);
            thread::spawn(|| lead(client));
        }
    });
    (address, count)
}

/// Does what a CONNECT asks for, until both sides have ended.
fn lead(mut client: TcpStream) -> io::Result<()> {
    let mut lines = BufReader::new(client.try_clone()?).lines().map_while(Result::ok);
    let place = lines.next().and_then(|line| line.split(' ').nth(1).map(str::to_owned));
    while lines.next().is_some_and(|line| !line.is_empty()) {}
    let mut server = TcpStream::connect(place.unwrap_or_default())?;
    client.write_all(b"HTTP/1.1 200 OK\r\n\r\n")?;
    let (mut from, mut to) = (client.try_clone()?, server.try_clone()?);
    let there = thread::spawn(move || {
        let _ = io::copy(&mut from, &mut to);
        let _ = to.shutdown(Shutdown::Write);
    });
    io::copy(&mut server, &mut client)?;
    client.shutdown(Shutdown::Write)?;
    let _ = there.join();
    Ok(())
}

#[test]
fn a_proxy_is_used_where_the_command_line_or_the_environment_names_it() {
    let (server, (address, count)) = (echo_server(), proxy());
    let proxy = format!("http://{address}");
    let url = server.url();
    let ran = run(["--proxy", &proxy, "--time", url], b"one\n").expect(0);
    assert_eq!((ran.text(), count.load(Ordering::Relaxed)), ("one\n".to_owned(), 1));
    assert!(ran.err.contains("\nDNS, TCP, proxy and TLS "), "{}", ran.err);
    for (options, environment, clients) in [
        (&[][..], &[("http_proxy", &proxy[..])][..], 2),
        (&[], &[("all_proxy", &proxy)], 3),
        (&["--no-proxy"], &[("http_proxy", &proxy)], 3),
        (&[], &[("http_proxy", &proxy), ("no_proxy", "127.0.0.1")], 3),
    ] {
        let mut command = command(options.iter().copied().chain([url]));
        let mut running = Running::start({
            command.env_remove("no_proxy").env_remove("NO_PROXY");
            command.envs(environment.iter().copied());
            command
        });
        running.feed(b"one\n");
        assert_eq!(running.end().expect(0).text(), "one\n");
        assert_eq!(count.load(Ordering::Relaxed), clients, "{options:?} {environment:?}");
    }
}
