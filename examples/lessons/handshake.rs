//! Lesson 1: an opening handshake by hand, on a plain TCP stream.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use blocking_ws::{Result, Server};
use picture::hex;
use sha1::{Digest, Sha1};

/// 16 bytes in base64. A real client takes random bytes each time; these are those of RFC 6455 §1.3.
const KEY: &str = "dGhlIHNhbXBsZSBub25jZQ==";
/// RFC 6455 §1.3 defines it, and no other protocol uses it.
const GUID: &str = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

fn main() -> Result<()> {
    let server = Server::bind("127.0.0.1:0")?.spawn(|ws| ws.send("hello"))?;
    let address = server.local_addr()?.to_string();
    let request = format!(
        "GET /chat HTTP/1.1\r\n\
         Host: {address}\r\n\
         Upgrade: websocket\r\n\
         Connection: Upgrade\r\n\
         Sec-WebSocket-Key: {KEY}\r\n\
         Sec-WebSocket-Version: 13\r\n\
         \r\n"
    );

    println!("The client sends:");
    for line in request.trim_end().lines() {
        println!("  {line}");
    }
    let (head, mut stream) = ask(&address, &request)?;
    println!("The server answers:\n  {}", head.join("\n  "));
    if !head[0].starts_with("HTTP/1.1 101 ") {
        println!("The status is not 101, so there is no WebSocket.");
        return Ok(());
    }

    println!("The client computes what the answer must be:");
    println!("  {}", STANDARD.encode(Sha1::digest(format!("{KEY}{GUID}"))));

    println!("From here on there are frames. The first is:");
    let mut frame = [0; 7];
    stream.read_exact(&mut frame)?;
    println!("  {}", hex(&frame));

    println!("Requests that are refused:");
    for (what, changed) in [
        ("without a key", request.replace("Sec-WebSocket-Key", "X-Key")),
        ("another version", request.replace("Version: 13", "Version: 8")),
        (
            "the page of another site",
            request.replace("\r\n\r\n", "\r\nOrigin: http://a.example\r\n\r\n"),
        ),
    ] {
        let (head, _) = ask(&address, &changed)?;
        println!("  {what}: {}", head[0]);
    }
    Ok(())
}

/// Sends a request, and returns the lines of the answer's head, with the stream behind them.
fn ask(address: &str, request: &str) -> Result<(Vec<String>, BufReader<TcpStream>)> {
    let mut stream = TcpStream::connect(address)?;
    stream.write_all(request.as_bytes())?;
    let mut reader = BufReader::new(stream);
    let mut head = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        match line.trim_end() {
            "" => return Ok((head, reader)),
            line => head.push(line.to_owned()),
        }
    }
}
