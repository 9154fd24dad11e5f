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
    let done = match args.listen.mode() {
        Mode::Echo => with_echo(args, server, &name, &talk, &goal),
        Mode::Exec(command) => with_programs(args, server, &name, &talk, &goal, command),
        mode => {
            let is_broadcast = matches!(mode, Mode::Broadcast);
            if io::stdin().is_terminal() && io::stdout().is_terminal() {
                with_terminal(args, server, &name, &talk, &goal, is_broadcast, &observed.notes)
            } else {
                with_pipe(args, server, &name, &talk, &goal, is_broadcast)
            }
        }
    };
    let written = observed.finish();
    done.and_then(|exit| written.map(|()| exit))
}

fn visit(args: &Args, notices: &Notices) -> Visit {
    Visit { notices: notices.clone(), shows_pings: args.show.screen.pings }
}

fn announce(notices: &Notices, name: &str) {
    notices.say(&format!("listening on {name}"));
}

fn with_echo(
    args: &Args,
    server: Server,
    name: &str,
    talk: &Arc<Talk>,
    goal: &Goal,
) -> Result<Exit, Failure> {
    let notices = Notices::new(&args.show, None);
    let (visit, told) = (visit(args, &notices), Arc::clone(talk));
    let handle = server.spawn(move |ws| echo(ws, &visit, &told)).map_err(Failure::usage)?;
    announce(&notices, name);
    conduct_server(talk, goal, |with, most| shut_down(&handle, with, most))
}

fn with_programs(
    args: &Args,
    server: Server,
    name: &str,
    talk: &Arc<Talk>,
    goal: &Goal,
    command: &str,
) -> Result<Exit, Failure> {
    let notices = Notices::new(&args.show, None);
    let programs = Programs::new(command)?;
    let (visit, told, each) = (visit(args, &notices), Arc::clone(talk), Arc::clone(&programs));
    let frames = args.frames.clone();
    let handle = server.spawn(move |ws| each.visit(ws, &visit, &frames, &told));
    let handle = handle.map_err(Failure::usage)?;
    announce(&notices, name);
    let done = conduct_server(talk, goal, |with, most| shut_down(&handle, with, most));
    programs.end_all();
    done
}

fn with_pipe(
    args: &Args,
    server: Server,
    name: &str,
    talk: &Arc<Talk>,
    goal: &Goal,
    is_broadcast: bool,
) -> Result<Exit, Failure> {
    let notices = Notices::new(&args.show, None);
    let room = Room::new(is_broadcast, server.handle(), Arc::clone(talk), goal.close.clone());
    let (visit, here) = (visit(args, &notices), Arc::clone(&room));
    let (output, expected) = (Output::new(&args.frames, None), goal.expected);
    let handle = server.spawn(move |ws| here.visit(ws, &visit, &mut output.clone(), expected));
    let handle = handle.map_err(Failure::usage)?;
    announce(&notices, name);
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

fn with_terminal(
    args: &Args,
    server: Server,
    name: &str,
    talk: &Arc<Talk>,
    goal: &Goal,
    is_broadcast: bool,
    notes: &Notes,
) -> Result<Exit, Failure> {
    let (printer, editor) = terminal::start(args)?;
    notes.print_by(printer.clone());
    let notices = Notices::new(&args.show, Some(printer.clone()));
    let room = Room::new(is_broadcast, server.handle(), Arc::clone(talk), goal.close.clone());
    let (visit, here) = (visit(args, &notices), Arc::clone(&room));
    let (screen, expected) = (Screen::new(args, printer.clone()), goal.expected);
    let handle = server.spawn(move |ws| {
        let mut screen = screen.clone().from(ws.id());
        here.visit(ws, &visit, &mut screen, expected)
    });
    let handle = handle.map_err(Failure::usage)?;
    if !args.show.notices.quiet {
        printer.notice_before_the_prompt(&format!("listening on {name}"));
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

/// Closes all connections.
fn shut_down(handle: &ServerHandle, with: &CloseWith, most: Duration) {
    // The frame was checked when it was made.
    let _ = handle.shutdown_with(with.code, &with.reason, most);
}
