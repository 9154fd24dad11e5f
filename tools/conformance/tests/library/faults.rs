//! A bad network between the suite and a good program changes no verdict.

use std::thread;
use std::time::Duration;

use blocking_ws::Settings;
use blocking_ws::testing::{Faults, Faulty, FaultyProxy, Pipe};

use super::{echo, passes, suite};

/// What depends on how bytes arrive, and on times.
const CASES: &str = "1.1.1,1.1.5,1.2.*,2.*,3.*,4.*,5.*,6.2.*,6.3.*,6.4.*,7.*,10.*";

#[test]
fn bytes_come_one_by_one() {
    let dial = || {
        let (near, far) = Pipe::new(64 << 10);
        thread::spawn(move || {
            // What a case breaks is an error here, and judged by the suite.
            let _ = Settings::new().accept(far).and_then(|mut ws| echo(&mut ws));
        });
        let pieces = || Faults::new().chunk(1..=3);
        Faulty::new(near).map(|stream| stream.reading(pieces()).writing(pieces()))
    };
    passes(&suite(CASES).server_over(dial).unwrap());
}

#[test]
fn each_byte_comes_late() {
    let server = blocking_ws::Server::bind("127.0.0.1:0").unwrap().spawn(echo).unwrap();
    let late = || Faults::new().latency(Duration::from_millis(50));
    let proxy = FaultyProxy::to(&server.local_addr().unwrap().to_string()).unwrap();
    let proxy = proxy.downstream(late()).upstream(late());
    let report = suite(CASES).jobs(32).server(&proxy.url("/")).unwrap();
    passes(&report);
    assert!(report.options.patience > 2.0, "{:?}", report.options);
}
