//! Prints what a server says, and comes back to it whenever the connection is over.

use std::time::Duration;

use blocking_ws::{Client, Result};

fn main() -> Result<()> {
    let url = std::env::args().nth(1).unwrap_or_else(|| "ws://127.0.0.1:9001/".to_owned());
    let connections = Client::new()
        // Pings tell when a server has vanished without a word.
        .ping_interval(Duration::from_secs(20))
        .reconnecting(&url)
        .on_retry(|retry| match &retry.error {
            Some(error) => println!("{error}; connecting in {:.1?}", retry.delay),
            None => println!("the server is done; connecting in {:.1?}", retry.delay),
        });
    for ws in connections {
        // An error here is final: trying again would not help.
        let mut ws = ws?;
        println!("connected");
        while let Ok(Some(message)) = ws.recv() {
            println!("{}", message.as_text().unwrap_or("(not a text)"));
        }
    }
    Ok(())
}
