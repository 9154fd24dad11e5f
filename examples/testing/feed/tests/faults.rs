//! The server and the client together, on a connection that breaks.

use std::time::Duration;

use blocking_ws::testing::{At, Fault, Faults, FaultyProxy, at_every_byte};
use blocking_ws::{Result, Server, ServerHandle};
use blocking_ws_feed::{read_all, serve};

/// Where nothing is to end by time.
const LONG: Duration = Duration::from_secs(30);
const LINES: &[&str] = &["one", "two", "three"];

fn server() -> Result<ServerHandle> {
    Server::bind("127.0.0.1:0")?.spawn(|ws| serve(ws, LINES))
}

#[test]
fn no_line_is_lost_wherever_the_first_connection_is_reset() -> Result<()> {
    let server = server()?;
    at_every_byte(160, |at| {
        let faults = Faults::new().after(at, Fault::Reset).on_connections(1..=1);
        let proxy = FaultyProxy::to(server.url()).unwrap().downstream(faults);
        assert_eq!(read_all(&proxy.url("/"), LONG).unwrap(), LINES);
    });
    Ok(())
}

#[test]
fn a_slow_connection_that_brings_byte_after_byte_is_enough() -> Result<()> {
    let server = server()?;
    let slow = Faults::new().chunk(1..=3).latency(Duration::from_millis(5));
    let proxy = FaultyProxy::to(server.url())?.downstream(slow.clone()).upstream(slow);
    assert_eq!(read_all(&proxy.url("/"), LONG)?, LINES);
    Ok(())
}

#[test]
fn a_connection_that_stands_still_is_given_up() -> Result<()> {
    let server = server()?;
    let stalls =
        Faults::new().after(At::head().frame(2).byte(1), Fault::Stall).on_connections(1..=1);
    let proxy = FaultyProxy::to(server.url())?.downstream(stalls);
    assert_eq!(read_all(&proxy.url("/"), Duration::from_millis(500))?, LINES);
    assert!(proxy.connections() > 1);
    Ok(())
}

#[test]
fn a_network_that_comes_back_in_time_is_no_loss() -> Result<()> {
    let server = server()?;
    let proxy = FaultyProxy::to(server.url())?;
    proxy.partition();
    let url = proxy.url("/");
    let client = std::thread::spawn(move || read_all(&url, LONG));
    std::thread::sleep(Duration::from_millis(50));
    proxy.repair();
    assert_eq!(client.join().unwrap()?, LINES);
    Ok(())
}
