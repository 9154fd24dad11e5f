//! Talks to `hello_server`.
fn main() -> blocking_ws::Result<()> {
    let mut ws = blocking_ws::connect("ws://127.0.0.1:9001/")?;
    println!("{:?}", ws.recv()?);
    ws.send("a thread")?;
    println!("{:?}", ws.recv()?);
    ws.close(blocking_ws::CloseCode::Normal, "nice to meet you")
}
