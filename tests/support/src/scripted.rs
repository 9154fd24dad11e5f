//! A server that does what a test tells it, for one client.

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread::{self, JoinHandle};

use crate::socket::patient;

/// Listens on the loopback and runs `script` with the first client, in a thread.
pub fn serve_one<T: Send + 'static>(
    script: impl FnOnce(TcpStream) -> T + Send + 'static,
) -> (SocketAddr, JoinHandle<T>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let serving = thread::spawn(move || script(patient(listener.accept().unwrap().0)));
    (address, serving)
}
