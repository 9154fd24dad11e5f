//! Lesson 10: what a bad network and a bad peer do.

use std::time::Duration;

use blocking_ws::testing::{At, Fault, Faults, FaultyProxy, Key, Len, MockServer, RawFrame};
use blocking_ws::{Client, Result, Server};

fn main() -> Result<()> {
    let server = Server::bind("127.0.0.1:0")?
        .spawn(|ws| ["one", "two", "three"].iter().try_for_each(|text| ws.send(text)))?;
    println!(
        "The server sends \"one\", \"two\", \"three\" and closes. On a bad network a client gets:"
    );
    for (what, fault) in [
        ("the second frame is cut", Fault::Cut),
        ("the connection is reset", Fault::Reset),
        ("nothing passes any more", Fault::Stall),
        ("a bit of the header is flipped", Fault::Corrupt(0x40)),
        ("a byte vanishes", Fault::Drop(1)),
    ] {
        let faults = Faults::new().after(At::head().frame(2), fault);
        let proxy = FaultyProxy::to(server.url())?.downstream(faults);
        println!("  {what}:\n    {}", received(&proxy.url("/"))?);
    }

    println!("From a server that breaks a rule, a client gets:");
    for (what, frame) in [
        ("a reserved bit", RawFrame::text("x").rsv(2)),
        ("an opcode that is not defined", RawFrame::of(3, "x")),
        ("a mask", RawFrame::text("x").key(Key::Fixed([1, 2, 3, 4]))),
        ("a length in a longer form than needed", RawFrame::text("x").len(Len::In16(1))),
        ("a frame of 4 EiB", RawFrame::binary("x").len(Len::In64(1 << 62))),
        ("a close code that is never sent", RawFrame::close(1006, "")),
    ] {
        let mock = MockServer::new()?.on_connection(move |peer| {
            peer.frame(frame);
            while peer.recv_frame().is_some() {}
        });
        println!("  {what}:\n    {}", received(&mock.url())?);
    }
    Ok(())
}

/// Receives until the end, and says what came.
fn received(url: &str) -> Result<String> {
    let mut ws = Client::new().connect(url)?;
    let mut came = Vec::new();
    loop {
        match ws.recv_timeout(Duration::from_secs(2)) {
            Ok(Some(message)) => came.push(message.to_string()),
            Ok(None) => return Ok(format!("{came:?}, then the end")),
            Err(e) => return Ok(format!("{came:?}, then {e}")),
        }
    }
}
