//! [`mutant`]: the new suite against a mutant in this process.

use std::io;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, mpsc};
use std::thread;
use std::time::Duration;

use blocking_ws::Role;
use ws_conformance::{Report, Suite, SuiteError};

use crate::mutant::Mutant;

/// The name of the mutant in the report.
const AGENT: &str = "mutant";
/// How many cases a mutant runs at a time as a client. Most of them wait most of the time.
const AT_ONCE: usize = 8;
/// A server that does not read is left after this time.
const PATIENCE: Duration = Duration::from_secs(30);

/// Runs the new suite against a mutant, over loopback TCP. As a client the mutant runs several cases
/// at a time.
///
/// # Errors
/// [`SuiteError::Unreachable`]: the mutant refuses all connections. Others: there is no port.
pub fn mutant(mutant: Mutant, role: Role, suite: &Suite) -> Result<Report, SuiteError> {
    match role {
        Role::Server => server(mutant, suite),
        Role::Client => client(mutant, suite),
    }
}

fn server(mutant: Mutant, suite: &Suite) -> Result<Report, SuiteError> {
    let address = "127.0.0.1:0";
    let failed = |source| SuiteError::Listen { address: address.to_owned(), source };
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).map_err(failed)?;
    let running = mutant.serve(listener, None).map_err(failed)?;
    suite.clone().agent(AGENT).server(&format!("ws://{}/", running.addr()))
}

fn client(mutant: Mutant, suite: &Suite) -> Result<Report, SuiteError> {
    let count = suite.selected(Role::Client)?.len();
    let (ended, ends) = mpsc::channel();
    let ended = Mutex::new(ended);
    let suite = suite.clone().on_case(move |_| {
        if let Ok(ended) = ended.lock() {
            // Nobody asks for it any more once the run is over.
            let _ = ended.send(());
        }
    });
    let listening = suite.listen("127.0.0.1:0")?;
    let url = listening.url();
    let authority = url.trim_start_matches("ws://").trim_end_matches('/');
    let strict = Mutant::default();
    thread::scope(|scope| {
        scope.spawn(move || {
            // What the suite does not get, its report says.
            let _ = visit(&strict, authority, "/getCaseCount");
            let next = AtomicUsize::new(1);
            thread::scope(|scope| {
                for _ in 0..AT_ONCE {
                    scope.spawn(|| {
                        loop {
                            let number = next.fetch_add(1, Ordering::Relaxed);
                            if number > count {
                                break;
                            }
                            let path = format!("/runCase?case={number}&agent={AGENT}");
                            let _ = visit(&mutant, authority, &path);
                        }
                    });
                }
            });
            // A mutant that leaves at once is faster than the suite, which ends with the next visit.
            for _ in 0..count {
                if ends.recv_timeout(PATIENCE).is_err() {
                    break;
                }
            }
            let _ = visit(&strict, authority, &format!("/updateReports?agent={AGENT}"));
        });
        let reports = listening.wait()?;
        let report = reports.into_iter().find(|report| report.tested.agent == AGENT);
        report.ok_or_else(|| SuiteError::Unreachable {
            url: url.clone(),
            why: "the mutant has run no case".to_owned(),
        })
    })
}

/// Opens a connection, and sends messages back until it ends.
fn visit(mutant: &Mutant, authority: &str, path: &str) -> io::Result<()> {
    let stream = TcpStream::connect(authority)?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    mutant.echo_as_client(stream, authority, path)
}
