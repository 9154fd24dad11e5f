//! The clients: this library's, and tungstenite's as its users write it.

use std::io::{Read, Write};
use std::net::TcpStream;

use blocking_ws::{AsMessage, Client, CloseCode, Message, MessageRef};
use clap::ValueEnum;
use tungstenite::protocol::WebSocketConfig;
use tungstenite::protocol::frame::CloseFrame;
use tungstenite::protocol::frame::coding::CloseCode as TungsteniteCode;
use tungstenite::stream::MaybeTlsStream;

use crate::server::LARGEST;

/// Who is measured.
#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum Contender {
    /// This library; the message is borrowed from the connection.
    Lent,
    /// This library; the message is the program's to keep, as it always is with tungstenite.
    Given,
    /// Each message is sent by itself.
    Tungstenite,
    /// Messages are written, and flushed once before the first reply is read.
    OneFlush,
}

impl Contender {
    pub(crate) const ALL: [Self; 4] = [Self::Lent, Self::Given, Self::Tungstenite, Self::OneFlush];

    pub(crate) fn name(self) -> String {
        self.to_possible_value().expect("no client is skipped").get_name().to_owned()
    }
}

/// An open connection, as all clients have it.
pub(crate) trait Connection: Send {
    /// What the client is given to send, made before the clock starts.
    type Prepared: Sync;

    fn prepare(message: &Message) -> Self::Prepared;

    /// Sends a message, or queues it until `flush` at the latest.
    fn send(&mut self, message: &Self::Prepared);

    /// Says that replies are waited for next.
    fn flush(&mut self);

    /// Shows the next message to `look`.
    fn receive(&mut self, look: impl FnOnce(MessageRef<'_>));

    /// Closes in order, and waits until the server has hung up.
    fn close(self);
}

pub(crate) struct Ours {
    ws: blocking_ws::WebSocket,
    lent: bool,
}

impl Ours {
    pub(crate) fn open(url: &str, lent: bool) -> Self {
        let client = Client::new().max_message_size(LARGEST).danger_accept_invalid_certs(true);
        Self { ws: client.connect(url).unwrap(), lent }
    }
}

impl Connection for Ours {
    type Prepared = Message;

    fn prepare(message: &Message) -> Message {
        message.clone()
    }

    fn send(&mut self, message: &Message) {
        self.ws.feed(message).unwrap();
    }

    // Receiving does it.
    fn flush(&mut self) {}

    fn receive(&mut self, look: impl FnOnce(MessageRef<'_>)) {
        if self.lent {
            look(self.ws.recv_ref().unwrap().expect("a message"));
        } else {
            look(self.ws.recv().unwrap().expect("a message").as_message());
        }
    }

    fn close(mut self) {
        self.ws.close(CloseCode::Normal, "").unwrap();
    }
}

pub(crate) struct Tungstenite<S> {
    ws: tungstenite::WebSocket<S>,
    one_flush: bool,
}

fn config() -> WebSocketConfig {
    WebSocketConfig::default().max_message_size(Some(LARGEST)).max_frame_size(Some(LARGEST))
}

impl Tungstenite<MaybeTlsStream<TcpStream>> {
    pub(crate) fn open(url: &str, one_flush: bool) -> Self {
        // It sets TCP_NODELAY.
        let (ws, _) = tungstenite::client::connect_with_config(url, Some(config()), 0).unwrap();
        Self { ws, one_flush }
    }
}

impl Tungstenite<native_tls::TlsStream<TcpStream>> {
    /// Does what tungstenite's own feature for native-tls does.
    pub(crate) fn open_tls(url: &str, one_flush: bool) -> Self {
        let uri: blocking_ws::http::Uri = url.parse().unwrap();
        let host = uri.host().unwrap();
        let stream = TcpStream::connect((host, uri.port_u16().unwrap())).unwrap();
        stream.set_nodelay(true).unwrap();
        let mut connector = native_tls::TlsConnector::builder();
        connector.danger_accept_invalid_certs(true).danger_accept_invalid_hostnames(true);
        let stream = connector.build().unwrap().connect(host, stream).unwrap();
        let (ws, _) = tungstenite::client::client_with_config(url, stream, Some(config())).unwrap();
        Self { ws, one_flush }
    }
}

impl<S: Read + Write + Send> Connection for Tungstenite<S> {
    type Prepared = tungstenite::Message;

    fn prepare(message: &Message) -> tungstenite::Message {
        match message {
            Message::Text(text) => text.as_str().into(),
            Message::Binary(bytes) => bytes.clone().into(),
        }
    }

    // Its messages are counted references, so a clone copies nothing.
    fn send(&mut self, message: &tungstenite::Message) {
        let sent = if self.one_flush {
            self.ws.write(message.clone())
        } else {
            self.ws.send(message.clone())
        };
        sent.unwrap();
    }

    fn flush(&mut self) {
        if self.one_flush {
            self.ws.flush().unwrap();
        }
    }

    fn receive(&mut self, look: impl FnOnce(MessageRef<'_>)) {
        match self.ws.read().unwrap() {
            tungstenite::Message::Text(text) => look(MessageRef::Text(&text)),
            tungstenite::Message::Binary(bytes) => look(MessageRef::Binary(&bytes)),
            other => panic!("not a message: {other:?}"),
        }
    }

    fn close(mut self) {
        let frame = CloseFrame { code: TungsteniteCode::Normal, reason: "".into() };
        self.ws.close(Some(frame)).unwrap();
        loop {
            match self.ws.read() {
                Ok(_) => {}
                Err(tungstenite::Error::ConnectionClosed) => return,
                Err(e) => panic!("not closed in order: {e}"),
            }
        }
    }
}
