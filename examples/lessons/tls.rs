//! Lesson 9: wss, which is a WebSocket inside of TLS.

use blocking_ws::testing::{FaultyProxy, WireLog};
use blocking_ws::{Client, Error, Identity, Result, Server, WebSocket};
use picture::line;

fn main() -> Result<()> {
    // A certificate that the server has signed itself, so no client trusts it by default.
    let own = rcgen::generate_simple_self_signed(["localhost".to_owned()]).map_err(Error::other)?;
    let certificate = own.cert.pem();
    let identity =
        Identity::from_pem(certificate.as_bytes(), own.signing_key.serialize_pem().as_bytes())?;
    let plain = Server::bind("127.0.0.1:0")?.spawn(echo)?;
    let secure = Server::bind("127.0.0.1:0")?.tls(&identity)?.spawn(echo)?;
    let trusting = Client::new().root_certificate_pem(certificate.as_bytes());

    for (scheme, server) in [("ws", plain.url()), ("wss", secure.url())] {
        let log = WireLog::new();
        let proxy = FaultyProxy::to(server)?.log(&log); // between the client and the server
        let url = format!("{scheme}://localhost:{}/", proxy.local_addr().port());
        let mut ws = trusting.clone().connect(&url)?;
        ws.send("my password is 1234")?;
        println!("{scheme}: the client receives {:?}", ws.recv()?);
        ws.close(1000, "")?;
        drop((ws, proxy));
        println!("Between the two, the network sees:");
        let entries = log.take();
        // The proxy has a connection with each of the two. This is the client's.
        let first = entries[0].connection();
        let of_client = entries.iter().filter(|it| it.connection() == first && it.way().is_some());
        let mut lines: Vec<_> = of_client.map(line).filter(|it| !it.ends_with("FIN")).collect();
        if scheme == "wss" {
            lines.sort(); // the log shows at the end how many bytes there were each way
        }
        for line in lines {
            println!("  {line}");
        }
        println!();
    }

    println!("Whom a client does not trust:");
    let port = secure.local_addr()?.port();
    for (what, client, host) in [
        ("a certificate that it does not know", Client::new(), "localhost"),
        ("a certificate for another name", trusting.clone(), "127.0.0.1"),
    ] {
        let error =
            client.connect(&format!("wss://{host}:{port}/")).expect_err("it must not trust it");
        // What the TLS library says stands behind it, in brackets.
        let error = error.to_string();
        println!("  {what}:\n    {}", error.split(" (").next().unwrap_or_default());
    }
    Ok(())
}

fn echo(ws: &mut WebSocket) -> Result<()> {
    while let Some(message) = ws.recv()? {
        ws.send(message)?;
    }
    Ok(())
}
