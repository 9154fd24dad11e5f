//! Talks to `hello_server`.
fn main() -> blocking_ws::Result<()> {
    let mut ws = blocking_ws::connect("ws://127.0.0.1:9001/")?;
    ws.send("a thread")?;
    for message in ws.messages().take(2) {
        println!("{}", message?);
    }
    ws.close(blocking_ws::CloseCode::Normal, "nice to meet you")?;
    ws.close_result() // an error if the server had closed with one
}
