//! Greets each client, then repeats what it hears.
fn main() -> blocking_ws::Result<()> {
    blocking_ws::Server::bind("127.0.0.1:9001")?.serve(|ws| {
        ws.send("hello, who are you?")?;
        while let Some(message) = ws.recv()? {
            ws.send(message)?;
        }
        Ok(())
    })
}
