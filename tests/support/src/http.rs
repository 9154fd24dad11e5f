//! Heads of HTTP messages, as a peer without a library reads them.

use std::io::Read;
use std::net::TcpStream;

/// The first line and the headers of a message.
#[derive(Debug, Default)]
pub struct Head {
    pub line: String,
    headers: Vec<(String, String)>,
}

impl Head {
    /// Reads one head, and leaves what is behind it in the socket.
    pub fn read(stream: &mut TcpStream) -> Self {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            let n = stream.read(&mut byte).expect("a head");
            assert_eq!(n, 1, "hung up within {:?}", head.escape_ascii().to_string());
            head.push(byte[0]);
        }
        let head = String::from_utf8(head).unwrap();
        let mut lines = head.trim_end().split("\r\n").map(str::to_owned);
        let line = lines.next().unwrap();
        let headers = lines.map(|line| {
            let (name, value) = line.split_once(": ").expect("name: value");
            (name.to_ascii_lowercase(), value.to_owned())
        });
        let headers = headers.collect();
        Self { line, headers }
    }

    /// The value of a header that may be there once.
    pub fn get(&self, name: &str) -> Option<&str> {
        let mut values = self.headers.iter().filter(|(n, _)| n == name);
        let value = values.next().map(|(_, value)| &value[..]);
        assert!(values.next().is_none(), "{name} is there twice: {self:?}");
        value
    }
}
