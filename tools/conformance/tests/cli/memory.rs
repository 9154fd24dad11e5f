//! The suite in a test, without the command and without a port.

use std::thread;

use blocking_ws::testing::Pipe;
use blocking_ws::{Deflate, Settings};
use ws_conformance::{Lenient, Suite};

use super::support::echo;

#[test]
fn a_server_in_memory() {
    let dial = || {
        let (near, far) = Pipe::new(1 << 16);
        thread::spawn(move || {
            let settings = Settings::new().max_message_size(64 << 20).deflate(Deflate::new());
            settings.accept(far).and_then(|mut ws| echo(&mut ws))
        });
        Ok(near)
    };
    let suite = Suite::new().cases("1.*,2.*,5.*,7.1.1,12.1.1,-5.19,-5.20").unwrap();
    let report = suite.server_over(dial).unwrap();
    assert!(report.passes(Lenient::default()), "{report}");
    assert_eq!(report.cases.len(), 47);
}
