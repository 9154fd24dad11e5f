//! A server's process, from its start until it has ended.

use std::net::{SocketAddr, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use std::{env, thread};

use test_support::ports::free_ports;
use test_support::process_status::Process;
use test_support::processors::{self, Processor};

use super::contender::Contender;
use crate::Outcome;

/// How long a server may take until it listens.
const PATIENCE: Duration = Duration::from_secs(10);

/// The processors of the server and of this program.
#[derive(Clone, Copy)]
pub(crate) struct Processors {
    server: Option<Processor>,
    load: Option<Processor>,
}

impl Processors {
    /// Chooses two processors. Otherwise the system chooses, as it does if there are not two.
    pub(crate) fn choose(pin: bool) -> Self {
        let two = processors::two().filter(|_| pin).map(|[server, load]| (server, load));
        let (server, load) = two.unzip();
        Self { server, load }
    }

    /// Returns `true` if this program has a processor for itself.
    pub(crate) fn are_two(self) -> bool {
        self.load.is_some()
    }

    /// Does something on the processor of this program.
    pub(crate) fn with_load<T>(self, work: impl FnOnce() -> T) -> T {
        processors::on(self.load, work)
    }
}

/// A server that runs until this is dropped.
pub(crate) struct Running {
    child: Child,
    pub(crate) address: SocketAddr,
}

impl Running {
    /// Starts a server on a free port, and waits until it listens.
    pub(crate) fn start(contender: &Contender, processors: Processors) -> Outcome<Self> {
        let [port] = free_ports();
        let address = SocketAddr::from(([127, 0, 0, 1], port));
        let start = contender.start(address);
        let mut command = match start.program {
            Some(program) => Command::new(program),
            None => Command::new(env::current_exe()?),
        };
        command.args(start.arguments);
        command.stdin(Stdio::null()).stdout(Stdio::null());
        let child = processors::on(processors.server, || command.spawn()).map_err(|error| {
            let program = command.get_program().to_string_lossy();
            format!("{program} does not start: {error}. Check the command of --server")
        })?;
        let mut running = Self { child, address };
        running.await_listening()?;
        Ok(running)
    }

    fn await_listening(&mut self) -> Outcome<()> {
        let begun = Instant::now();
        while TcpStream::connect(self.address).is_err() {
            if let Some(status) = self.child.try_wait()? {
                return Err(format!(
                    "it ended with {status} before it listened on {}. Run its command in a terminal",
                    self.address
                )
                .into());
            }
            if begun.elapsed() > PATIENCE {
                return Err(format!(
                    "it does not listen on {} after {} s. Check that its command has {{addr}} where it \
                     takes its address",
                    self.address,
                    PATIENCE.as_secs()
                )
                .into());
            }
            thread::sleep(Duration::from_millis(5));
        }
        Ok(())
    }

    /// Its process, for memory and processor time.
    pub(crate) fn process(&self) -> Process {
        Process::of(self.child.id())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
