//! Sends every message back, on sockets that systemd has opened.
//!
//! systemd listens, starts this program when the first client comes, and passes the sockets on. It
//! keeps them: clients that come while the program is started anew wait until it accepts them. The
//! program needs no permission for a port below 1024. SIGTERM ends it in order. By hand:
//!
//! ```text
//! systemd-socket-activate -l 9001 -l /tmp/echo.sock activated_server
//! ```

mod stop;

use std::io::Result as IoResult;
use std::process::ExitCode;

use blocking_ws::{Error, Listener, Result, Server};
use listenfd::ListenFd;

fn main() -> ExitCode {
    let Err(error) = run() else {
        return ExitCode::SUCCESS;
    };
    eprintln!("activated_server: {error}");
    ExitCode::FAILURE
}

fn run() -> Result<()> {
    let mut passed = ListenFd::from_env();
    let mut server = None;
    for number in 0..passed.len() {
        let Some(listener) = take(&mut passed, number)? else { continue };
        server = Some(match server {
            None => Server::from_listener(listener)?,
            Some(server) => Server::and_listener(server, listener)?,
        });
    }
    let Some(server) = server else {
        return Err(Error::other(
            "no socket was passed on; start it by: systemd-socket-activate -l 9001 activated_server",
        ));
    };
    let handle = server.handle();
    stop::on_signal(handle.clone())?;
    println!("listening on {} {:?}", server.url(), server.local_addrs());
    server.serve(|ws| {
        while let Some(message) = ws.recv()? {
            ws.send(message)?;
        }
        Ok(())
    })?;
    println!("{}", stop::report(&handle));
    Ok(())
}

/// Takes a socket, which is a Unix socket or a TCP socket.
fn take(passed: &mut ListenFd, number: usize) -> IoResult<Option<Listener>> {
    #[cfg(unix)]
    if let Ok(Some(listener)) = passed.take_unix_listener(number) {
        return Ok(Some(listener.into()));
    }
    Ok(passed.take_tcp_listener(number)?.map(Listener::from))
}
