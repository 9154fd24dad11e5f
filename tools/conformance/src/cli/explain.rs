//! Tells about cases, without running them.

use std::io::{self, Write};

use ws_conformance::case::{Case, Level, Selection};
use ws_conformance::cases;
use ws_conformance::report::group_title;

use super::args::{ExplainArgs, ListArgs};
use super::exit::{Exit, Failure};

/// Prints what cases there are.
pub(crate) fn list(args: &ListArgs) -> Result<Exit, Failure> {
    print_list(&selected(&args.cases)?)
}

/// Prints which cases a run would have, and how many.
pub(super) fn would_run(cases: &[&Case], program: &str) -> Result<Exit, Failure> {
    let exit = print_list(cases)?;
    let (count, noun) = (cases.len(), if cases.len() == 1 { "case" } else { "cases" });
    done(writeln!(anstream::stdout().lock(), "\n{count} {noun} would run against {program}"))?;
    Ok(exit)
}

fn print_list(cases: &[&Case]) -> Result<Exit, Failure> {
    let mut out = anstream::stdout().lock();
    let mut group = String::new();
    let mut print = |case: &Case| -> io::Result<()> {
        if case.id.group() != group {
            group = case.id.group();
            writeln!(out, "{group}  {}", group_title(&group))?;
        }
        writeln!(out, "  {:<8} {}", case.id.to_string(), case.title)
    };
    done(cases.iter().copied().try_for_each(&mut print))
}

/// Prints what cases do.
pub(crate) fn explain(args: &ExplainArgs) -> Result<Exit, Failure> {
    let mut out = anstream::stdout().lock();
    let mut print = |(at, case): (usize, &Case)| -> io::Result<()> {
        if at > 0 {
            writeln!(out)?;
        }
        let binds = match case.level {
            Level::Must => "the RFC says MUST",
            Level::Should => "the RFC says SHOULD",
            Level::Info => "the RFC leaves the choice",
        };
        writeln!(out, "{} {}", case.id, case.title)?;
        writeln!(out, "  Rule      {} ({binds})", case.rule)?;
        for (at, line) in case.sends().iter().enumerate() {
            writeln!(out, "  {:<9} {line}", if at == 0 { "Sent" } else { "" })?;
        }
        writeln!(out, "  Wished    {}", case.wishes())?;
        if let Some(instead) = case.may_be_instead() {
            writeln!(out, "  Allowed   {instead} (non-strict)")?;
        }
        writeln!(out, "  End       {}", case.expected_end())?;
        let echo = if case.needs_echo {
            "needs a program that sends messages back"
        } else {
            "needs no echo"
        };
        writeln!(out, "  Program   {echo}")
    };
    done(selected(&args.cases)?.into_iter().enumerate().try_for_each(&mut print))
}

fn selected(list: &str) -> Result<Vec<&'static Case>, Failure> {
    let selection: Selection = list.parse().map_err(Failure::usage)?;
    selection.check(cases::all().iter().map(|case| &case.id)).map_err(Failure::usage)?;
    Ok(cases::all().iter().filter(|case| selection.takes(&case.id)).collect())
}

/// A reader that has seen enough, such as `head`, is no failure.
fn done(printed: io::Result<()>) -> Result<Exit, Failure> {
    match printed {
        Err(e) if e.kind() != io::ErrorKind::BrokenPipe => Err(Failure::usage(e)),
        _ => Ok(Exit::Well),
    }
}
