//! The report for a terminal.

use std::fmt;
use std::io::{self, Write};

use anstyle::{AnsiColor, Style};

use super::record::{CaseReport, Outcome};
use super::run::{Lenient, Report, Summary};
use super::wire_line;
use super::words::{group_title, groups, level, millis, printable};

/// How many lines of the wire log a failure shows.
const WIRE_LINES: usize = 6;

/// How many of the slowest cases are named.
const SLOWEST: usize = 5;

/// The most lines that tell what is sent, or what was received. A failure has room for no more.
const MOST_LINES: usize = 8;

/// How a report is written for a terminal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TextStyle {
    /// With colours.
    pub color: bool,
    /// With a line for each case.
    pub verbose: bool,
    /// Which outcomes are no failures. The others are told in full.
    pub lenient: Lenient,
}

impl Report {
    /// Writes the report for a terminal: the groups with their counts, each failure with its rule,
    /// its reasons and what passed, the slowest cases, and a last line with all counts.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn write_text(&self, out: &mut impl Write, style: TextStyle) -> io::Result<()> {
        let mut text = String::new();
        // A String takes everything.
        let _ = Text { out: &mut text, style }.whole(self);
        out.write_all(text.as_bytes())
    }
}

/// Each failure, as [`Report::write_text`] tells it, and the last line. All outcomes but `pass` and
/// `info` are failures.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = Text { out: f, style: TextStyle::default() };
        text.failures(self)?;
        text.last_line(self)
    }
}

struct Text<'a, W> {
    out: &'a mut W,
    style: TextStyle,
}

const STRONG: Style = Style::new().bold();
const FAINT: Style = Style::new().dimmed();

fn style_of(outcome: Outcome) -> Style {
    let color = match outcome {
        Outcome::Pass => AnsiColor::Green,
        Outcome::Info | Outcome::Unimplemented => AnsiColor::Cyan,
        Outcome::NonStrict | Outcome::Limit => AnsiColor::Yellow,
        Outcome::Fail => AnsiColor::Red,
    };
    Style::new().fg_color(Some(color.into()))
}

impl<W: fmt::Write> Text<'_, W> {
    fn whole(&mut self, report: &Report) -> fmt::Result {
        let tested = &report.tested;
        let name = self.styled(STRONG, &printable(&tested.agent));
        writeln!(self.out, "{name}, {} {}\n", tested.role, printable(&tested.url))?;
        for (group, cases) in groups(&report.cases) {
            self.group(&group, cases)?;
        }
        if !report.cases.is_empty() {
            writeln!(self.out)?;
        }
        self.failures(report)?;
        self.flaky(report)?;
        self.slowest(report)?;
        self.last_line(report)
    }

    /// The heading with the counts, and the lines of the cases.
    fn group(&mut self, group: &str, cases: &[CaseReport]) -> fmt::Result {
        let heading = format!("{group:>2}  {}", group_title(group));
        let counts = self.counts(Summary::over(cases));
        // Padded before it is styled: escapes have no width.
        let heading = self.styled(STRONG, &format!("{heading:<44}"));
        writeln!(self.out, "{heading} {counts}")?;
        if self.style.verbose {
            for case in cases {
                self.case(case)?;
            }
        }
        Ok(())
    }

    fn case(&mut self, case: &CaseReport) -> fmt::Result {
        let mark = self.styled(style_of(case.outcome), &case.outcome.mark().to_string());
        let time = self.styled(FAINT, &millis(case.duration));
        writeln!(self.out, "    {mark} {} {}  {time}", case.id, printable(&case.title))
    }

    fn counts(&self, summary: Summary) -> String {
        let counts: Vec<String> = Outcome::ALL
            .into_iter()
            .filter(|outcome| summary.of(*outcome) > 0)
            .map(|outcome| {
                let count = format!("{} {}", summary.of(outcome), outcome.counted());
                self.styled(style_of(outcome), &count)
            })
            .collect();
        counts.join(", ")
    }

    fn failures(&mut self, report: &Report) -> fmt::Result {
        for case in report.failures(self.style.lenient) {
            self.failure(report, case)?;
        }
        Ok(())
    }

    fn failure(&mut self, report: &Report, case: &CaseReport) -> fmt::Result {
        let mark = self.styled(style_of(case.outcome), &case.outcome.mark().to_string());
        let title = self.styled(STRONG, &format!("{} {}", case.id, printable(&case.title)));
        let time = self.styled(FAINT, &millis(case.duration));
        writeln!(self.out, "{mark} {title}  {time}")?;
        let verdict = format!("{}: {} / {}", case.outcome, case.behavior, case.behavior_close);
        self.field("outcome", [verdict])?;
        self.field("rule", [format!("{} ({})", case.rule, level(case.level))])?;
        self.field("why", case.reasons.iter().cloned())?;
        self.field("other run", case.failed_before.iter().cloned())?;
        self.field("sent", shortened(&case.sent))?;
        let mut expected = vec![case.wished.clone()];
        expected.extend(case.non_strict.iter().map(|other| format!("Or, not strict: {other}")));
        expected.push(case.expected_end());
        self.field("expected", expected)?;
        let mut received = shortened(&case.received_in_words());
        received.push(case.end_in_words());
        self.field("received", received)?;
        let wire = wire_line::last(&case.wire, WIRE_LINES);
        self.field("wire", wire.iter().map(ToString::to_string))?;
        self.field("alone", [report.command_for(case)])?;
        self.field("more", [format!("ws-conformance explain {}", case.id)])?;
        writeln!(self.out)
    }

    /// A name, and lines beside it.
    fn field(&mut self, name: &str, lines: impl IntoIterator<Item = String>) -> fmt::Result {
        for (at, line) in lines.into_iter().enumerate() {
            let name = self.styled(FAINT, &format!("{:<9}", if at == 0 { name } else { "" }));
            writeln!(self.out, "    {name} {}", printable(&line))?;
        }
        Ok(())
    }

    fn flaky(&mut self, report: &Report) -> fmt::Result {
        let mut flaky = report.cases.iter().filter(|case| case.is_flaky()).peekable();
        if flaky.peek().is_none() {
            return Ok(());
        }
        writeln!(
            self.out,
            "Flaky: these cases failed, and passed when they were run again, alone"
        )?;
        for case in flaky {
            writeln!(self.out, "    {} {}", case.id, printable(&case.title))?;
            for (at, why) in case.failed_before.iter().enumerate() {
                writeln!(self.out, "      run {}: {}", at + 1, printable(why))?;
            }
        }
        writeln!(self.out)
    }

    fn slowest(&mut self, report: &Report) -> fmt::Result {
        if report.cases.len() <= SLOWEST {
            return Ok(());
        }
        let mut cases: Vec<&CaseReport> = report.cases.iter().collect();
        cases.sort_by_key(|case| std::cmp::Reverse(case.duration));
        writeln!(self.out, "The slowest cases")?;
        for case in &cases[..SLOWEST] {
            let (time, title) = (millis(case.duration), printable(&case.title));
            writeln!(self.out, "    {time:>8}  {} {title}", case.id)?;
        }
        writeln!(self.out)
    }

    fn last_line(&mut self, report: &Report) -> fmt::Result {
        if let Some(why) = &report.unfinished {
            let not = self.styled(style_of(Outcome::Fail), "The run was not finished:");
            writeln!(self.out, "{not} {}", printable(why))?;
        }
        let summary = report.summary();
        let all = report.cases.len();
        let cases = if all == 1 { "case" } else { "cases" };
        let colon = if all == 0 { "" } else { ": " };
        let (counts, seconds) = (self.counts(summary), report.duration.as_secs_f64());
        let flaky = match report.cases.iter().filter(|case| case.is_flaky()).count() {
            0 => String::new(),
            count => format!("; {count} flaky"),
        };
        writeln!(self.out, "{all} {cases}{colon}{counts} ({seconds:.1} s){flaky}")
    }

    fn styled(&self, style: Style, text: &str) -> String {
        if self.style.color { format!("{style}{text}{style:#}") } else { text.to_owned() }
    }
}

/// The first lines, and how many more there are.
fn shortened(lines: &[String]) -> Vec<String> {
    if lines.len() <= MOST_LINES {
        return lines.to_vec();
    }
    let mut shown = lines[..MOST_LINES - 1].to_vec();
    shown.push(format!("… and {} more", lines.len() - shown.len()));
    shown
}
