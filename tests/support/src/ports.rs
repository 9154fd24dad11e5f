//! Ports for programs that cannot choose their own.

use std::net::TcpListener;
use std::process;
use std::sync::atomic::{AtomicU16, Ordering};

/// Below those that systems give away, so that nobody gets one in the meantime: not another test,
/// which would be taken for the program.
const FIRST: u16 = 15_000;
const COUNT: u16 = 15_000;

/// Ports that are free.
pub fn free_ports<const N: usize>() -> [u16; N] {
    [(); N].map(|()| free_port())
}

fn free_port() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    // Tests that run at the same time begin at different places.
    let start = u16::try_from(process::id() % u32::from(COUNT)).unwrap_or(0);
    loop {
        let step = NEXT.fetch_add(1, Ordering::Relaxed);
        let port = FIRST + start.wrapping_mul(61).wrapping_add(step) % COUNT;
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}
