//! Runs a mutant: a peer that keeps all rules of WebSocket but those that it is told to break.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use blocking_ws::{Identity, TlsAcceptor, TlsConnector};
use clap::{Parser, Subcommand};
use ws_conformance_proof::mutant::{Flag, Mutant};

#[derive(Debug, Parser)]
#[command(about = "A raw echo peer that keeps all rules but those of its flags")]
struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serves connections until it is ended.
    Serve {
        /// Where it listens.
        #[arg(long, default_value = "127.0.0.1:0")]
        addr: SocketAddr,
        /// The certificate chain of wss://, in PEM.
        #[arg(long, requires = "tls_key")]
        tls_cert: Option<PathBuf>,
        /// Its private key, in PEM.
        #[arg(long, requires = "tls_cert")]
        tls_key: Option<PathBuf>,
        /// The rules that it breaks.
        flags: Vec<Flag>,
    },
    /// Runs the cases of a fuzzing server.
    Client {
        /// Where the server is.
        #[arg(long)]
        url: String,
        /// The name in the report.
        #[arg(long)]
        agent: String,
        /// Trusts the certificates in this file as well.
        #[arg(long)]
        ca_file: Option<PathBuf>,
        /// The rules that it breaks.
        flags: Vec<Flag>,
    },
    /// Lists all flags with the rules that they break.
    List,
}

fn main() -> ExitCode {
    match run(Args::parse().command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(e) => {
            eprintln!("mutant: {e}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command) -> io::Result<()> {
    match command {
        Command::Serve { addr, tls_cert, tls_key, flags } => {
            let tls = match (tls_cert, tls_key) {
                (Some(certificates), Some(key)) => {
                    let identity = Identity::from_pem_files(certificates, key);
                    let acceptor = identity.and_then(|identity| TlsAcceptor::new(&identity));
                    Some(acceptor.map_err(io::Error::other)?)
                }
                _ => None,
            };
            let scheme = if tls.is_some() { "wss" } else { "ws" };
            let running = Mutant::new(flags).serve(TcpListener::bind(addr)?, tls)?;
            println!("listening on {scheme}://{}/", running.addr());
            running.wait();
            Ok(())
        }
        Command::Client { url, agent, ca_file, flags } => {
            let mut connector = TlsConnector::new();
            if let Some(file) = ca_file {
                connector = connector.root_certificate_pem(&read(&file)?);
            }
            Mutant::new(flags).drive(&url, &agent, Some(&connector))
        }
        Command::List => {
            for flag in Flag::ALL {
                println!("{:30} {}", flag.name(), flag.rule());
            }
            Ok(())
        }
    }
}

fn read(file: &Path) -> io::Result<Vec<u8>> {
    std::fs::read(file).map_err(|e| io::Error::new(e.kind(), format!("{}: {e}", file.display())))
}
