//! Lesson 8: compression.

use blocking_ws::testing::{WireEntry, WireLog};
use blocking_ws::{Client, Deflate, Message, Result, Server};
use picture::show;

const TEXT: &str = "Each message of this chat resembles the messages before it.";

fn main() -> Result<()> {
    let alone = Deflate::new().min_size(1);
    let (agreed, entries) = receive(&alone, &[TEXT, TEXT, "short", &"ab".repeat(5000)])?;
    println!("The offer of the client, and the answer of the server:\n{agreed}\n");
    show("Each message is compressed by itself:", &entries);

    let takeover = alone.clone().send_takeover(true).recv_takeover(true);
    let (agreed, entries) = receive(&takeover, &[TEXT, TEXT, TEXT])?;
    println!("\nThe same with context takeover:\n{agreed}\n");
    show("Now a message refers to the messages before it:", &entries);

    println!("\nA secret and a guess in one message, and how long its payload is on the wire:");
    for digit in 0..10 {
        let guess = format!("token=7{digit}");
        let message = format!("{{\"token=7315\",\"you asked for\":\"{guess}\"}}");
        let (_, entries) = receive(&alone, &[&message])?;
        let frame = entries.iter().find_map(WireEntry::frame).expect("it has come");
        println!("  {guess}: {} bytes", frame.payload.len());
    }
    Ok(())
}

/// Receives these messages of a server. Returns what the handshake says of extensions, and what passes
/// after it.
fn receive(deflate: &Deflate, texts: &[&str]) -> Result<(String, Vec<WireEntry>)> {
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
    let handshake = log.take();
    let headers = handshake.iter().filter_map(WireEntry::head).flat_map(|(_, headers)| headers);
    let of_extensions = headers.filter(|(name, _)| name == "Sec-WebSocket-Extensions");
    let lines: Vec<_> = of_extensions.map(|(name, value)| format!("  {name}: {value}")).collect();
    for text in texts {
        assert_eq!(ws.recv()?.as_ref().and_then(Message::as_text), Some(*text));
    }
    Ok((lines.join("\n"), log.take()))
}
