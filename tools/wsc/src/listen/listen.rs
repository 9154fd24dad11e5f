//! Listens, and gives each client to the mode that the options name.

use std::io::{self, IsTerminal};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use blocking_ws::{Server, ServerHandle};

use super::echo::echo;
use super::exec::Programs;
use super::room::Room;
use super::server::server;
use super::visit::Visit;
use crate::connect::{Notes, Observed};
use crate::exit::{Exit, Failure};
use crate::options::{Args, Bind, CloseWith, Mode, Wait};
use crate::pipe::{Input, Output, send_all};
use crate::session::{Goal, Notices, Talk, conduct_server, leave_on_signal};
use crate::terminal::{self, Far, Screen};

/// Serves until a signal, or until the options say so.
pub(crate) fn listen(args: &Args, address: &Bind) -> Result<Exit, Failure> {
    let observed = Observed::new(&args.show)?;
    let (server, name) = server(args, address, &observed)?;
    let talk = Talk::new();
    let goal = Goal {
        close: args.close_of_server()?,
        expected: args.frames.expected(),
        // A server goes on, whatever becomes of its input.
        wait: Some(args.frames.wait.unwrap_or(Wait::Forever)),
        timeout: args.client.timeout,
    };
    leave_on_signal(&talk)?;
    talk.begin();
    let serving = Serving { args, name: &name, talk: &talk, goal: &goal };
    let done = match args.listen.mode() {
        Mode::Echo => serving.echo(server),
        Mode::Exec(command) => serving.programs(server, command),
        mode => {
            let is_broadcast = matches!(mode, Mode::Broadcast);
            if io::stdin().is_terminal() && io::stdout().is_terminal() {
                serving.terminal(server, is_broadcast, &observed.notes)
            } else {
                serving.pipe(server, is_broadcast)
            }
        }
    };
    let written = observed.finish();
    done.and_then(|exit| written.map(|()| exit))
}

/// A server that is about to serve.
struct Serving<'a> {
    args: &'a Args,
    name: &'a str,
    talk: &'a Arc<Talk>,
    goal: &'a Goal,
}

impl Serving<'_> {
    fn visit(&self, notices: &Notices) -> Visit {
        Visit { notices: notices.clone(), shows_pings: self.args.show.screen.pings }
    }

    fn announce(&self, notices: &Notices) {
        notices.say(&format!("listening on {}", self.name));
    }

    fn echo(&self, server: Server) -> Result<Exit, Failure> {
        let Self { args, talk, goal, .. } = *self;
        let notices = Notices::new(&args.show, None);
        let (visit, told) = (self.visit(&notices), Arc::clone(talk));
        let handle = server.spawn(move |ws| echo(ws, &visit, &told)).map_err(Failure::usage)?;
        self.announce(&notices);
        conduct_server(talk, goal, |with, most| shut_down(&handle, with, most))
    }

    fn programs(&self, server: Server, command: &str) -> Result<Exit, Failure> {
        let Self { args, talk, goal, .. } = *self;
        let notices = Notices::new(&args.show, None);
        let programs = Programs::new(command)?;
        let (visit, told, each) = (self.visit(&notices), Arc::clone(talk), Arc::clone(&programs));
        let frames = args.frames.clone();
        let handle = server.spawn(move |ws| each.visit(ws, &visit, &frames, &told));
        let handle = handle.map_err(Failure::usage)?;
        self.announce(&notices);
        let done = conduct_server(talk, goal, |with, most| shut_down(&handle, with, most));
        programs.end_all();
        done
    }

    fn pipe(&self, server: Server, is_broadcast: bool) -> Result<Exit, Failure> {
        let Self { args, talk, goal, .. } = *self;
        let notices = Notices::new(&args.show, None);
        let room = Room::new(is_broadcast, server.handle(), Arc::clone(talk), goal.close.clone());
        let (visit, here) = (self.visit(&notices), Arc::clone(&room));
        let (output, expected) = (Output::new(&args.frames, None), goal.expected);
        let handle = server.spawn(move |ws| here.visit(ws, &visit, &mut output.clone(), expected));
        let handle = handle.map_err(Failure::usage)?;
        self.announce(&notices);
        let (input, told, here) =
            (Input::new(io::stdin(), &args.frames), Arc::clone(talk), Arc::clone(&room));
        thread::spawn(move || {
            here.wait_for_a_client();
            match send_all(input, &*here) {
                Ok(()) => told.input_ended(),
                Err(why) => told.input_failed(why.0.unwrap_or_else(|| {
                    "the input was not sent: too much waits for the clients".to_owned()
                })),
            }
        });
        conduct_server(talk, goal, |with, most| {
            room.flush(most);
            shut_down(&handle, with, most);
        })
    }

    fn terminal(&self, server: Server, is_broadcast: bool, notes: &Notes) -> Result<Exit, Failure> {
        let Self { args, talk, goal, .. } = *self;
        let (printer, editor) = terminal::start(args)?;
        notes.print_by(printer.clone());
        let notices = Notices::new(&args.show, Some(printer.clone()));
        let room = Room::new(is_broadcast, server.handle(), Arc::clone(talk), goal.close.clone());
        let (visit, here) = (self.visit(&notices), Arc::clone(&room));
        let (screen, expected) = (Screen::new(args, printer.clone()), goal.expected);
        let handle = server.spawn(move |ws| {
            let mut screen = screen.clone().from(ws.id());
            here.visit(ws, &visit, &mut screen, expected)
        });
        let handle = handle.map_err(Failure::usage)?;
        if !args.show.notices.quiet {
            printer.notice_before_the_prompt(&format!("listening on {}", self.name));
        }
        editor.begin(Arc::clone(&room) as Arc<dyn Far>);
        let done = conduct_server(talk, goal, |with, most| {
            room.flush(most);
            shut_down(&handle, with, most);
        });
        notes.settle();
        terminal::restore();
        done
    }
}

/// Closes all connections.
fn shut_down(handle: &ServerHandle, with: &CloseWith, most: Duration) {
    // The frame was checked when it was made.
    let _ = handle.shutdown_with(with.code, &with.reason, most);
}
