//! Lesson 8: compression.

use blocking_ws::testing::{WireEntry, WireLog};
use blocking_ws::{Client, Deflate, Message, Result, Server};
use picture::show;

const TEXT: &str = "Each message of this chat resembles the messages before it.";

fn main() -> Result<()> {
    let alone = Deflate::new().min_size(1);
    let entries = receive(&alone, &[TEXT, TEXT, "short", &"ab".repeat(5000)])?;
    show("Each message is compressed by itself:", &entries);

    let takeover = alone.clone().send_takeover(true).recv_takeover(true);
    let entries = receive(&takeover, &[TEXT, TEXT, TEXT])?;
    println!();
    show("With context takeover, a message refers to the messages before it:", &entries);

    println!("\nA secret and a guess in one message, and how long it is on the wire:");
    for guess in 0..10 {
        let message = format!("{{\"token=7315\",\"you asked for\":\"token=7{guess}\"}}");
        let entries = receive(&alone, &[&message])?;
        let frame = entries.iter().find_map(WireEntry::frame).expect("it has come");
        println!("  token=7{guess}: {} bytes", frame.payload.len());
    }
    Ok(())
}

/// Receives these messages of a server, and returns what passes meanwhile.
fn receive(deflate: &Deflate, texts: &[&str]) -> Result<Vec<WireEntry>> {
    let messages: Vec<_> = texts.iter().map(|text| Message::from(*text)).collect();
    let server = Server::bind("127.0.0.1:0")?.deflate(deflate.clone()).spawn(move |ws| {
        ws.recv()?;
        messages.iter().try_for_each(|message| ws.send(message))?;
        ws.recv().map(drop)
    })?;
    let log = WireLog::new();
    let client = Client::new().deflate(deflate.clone()).tap(log.clone());
    let mut ws = client.connect(server.url())?;
    ws.send("go on")?;
    drop(log.take()); // the handshake is lesson 1
    for text in texts {
        assert_eq!(ws.recv()?.as_ref().and_then(Message::as_text), Some(*text));
    }
    Ok(log.take())
}
