//! Lesson 6: how a connection ends.

use blocking_ws::testing::{MockServer, RawFrame, WireLog};
use blocking_ws::{Client, CloseStatus, Result, Server};
use picture::show;

fn main() -> Result<()> {
    let log = WireLog::new();
    let server = Server::bind("127.0.0.1:0")?.spawn(|ws| {
        while ws.recv()?.is_some() {}
        Ok(())
    })?;
    let mut ws = Client::new().tap(log.clone()).connect(server.url())?;
    drop(log.take()); // the handshake is lesson 1
    ws.send("the last message")?;
    ws.close(1000, "all is said")?;
    let status = ws.close_status().map(CloseStatus::to_string);
    drop(ws);
    show("The client closes:", &log.take());
    println!("  close_status: {}", status.unwrap_or_default());

    let mock = MockServer::new()?
        .on_connection(|peer| {
            peer.expect_text("go on");
            peer.close(1001, "the server restarts");
            peer.expect_close(1001);
        })
        .on_connection(|peer| {
            peer.expect_text("go on");
            peer.frame(RawFrame::close_raw("")); // without a code
            peer.recv_frame();
        })
        .on_connection(|peer| {
            peer.expect_text("go on");
            peer.send("only a part of what ");
            peer.cut(); // the end of TCP without a Close frame
        })
        .on_connection(|peer| {
            peer.expect_text("go on");
            peer.frame(RawFrame::of(3, "")); // an opcode that is not defined
            peer.expect_close(1002);
            peer.expect_end();
        });
    for title in [
        "The server closes:",
        "It closes without a code:",
        "It only ends TCP:",
        "It breaks a rule:",
    ] {
        let mut ws = Client::new().tap(log.clone()).connect(&mock.url())?;
        drop(log.take());
        ws.send("go on")?;
        let end = loop {
            match ws.recv() {
                Ok(Some(_)) => {}
                Ok(None) => break "recv: None".to_owned(),
                Err(e) => break format!("recv: {e}"),
            }
        };
        let status = ws.close_status().map(CloseStatus::to_string);
        drop(ws);
        println!();
        show(title, &log.take());
        println!("  {end}");
        println!("  close_status: {}", status.unwrap_or_default());
    }
    mock.verify();
    Ok(())
}
