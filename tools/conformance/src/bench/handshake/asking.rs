//! [`ask`]: a case that is about the answer to a request.

use std::time::{Duration, Instant, SystemTime};

use blocking_ws::Role;
use blocking_ws::testing::{Key, RawFrame};

use super::super::patience::Patience;
use super::fault::{Fault, judged};
use super::filling::fill;
use crate::case::{Answer, Ask, Case, Writes};
use crate::connection::opcode::{PONG, TEXT};
use crate::connection::{Came, Head, Inspector, Link, Meaning, NoHead, Wishes, judge, read_head};
use crate::random::Random;
use crate::report::CaseReport;

/// How long an answer may take.
const ANSWER: Duration = Duration::from_secs(5);
/// How long all that follows may take.
const REST: Duration = Duration::from_secs(2);
/// How long a second answer is waited for.
const SECOND_ANSWER: Duration = Duration::from_millis(300);

/// The text that is glued to a request.
const GLUED: &str = "glued";

/// Sends a request, and judges the answer.
pub(crate) fn ask(
    case: &Case,
    ask: &Ask,
    mut link: Link,
    wishes: &Wishes,
    patience: Patience,
) -> CaseReport {
    let started = SystemTime::now();
    let request = filled_in(&ask.request, wishes);
    let mut response = String::new();
    let mut exchange = Exchange { ask, link: &mut link, patience, random: Random::unforeseen() };
    let found = exchange.judge(&request, &mut response);
    link.drop_now();
    let told = format!("the answer is {:?}", response.lines().next().unwrap_or_default());
    let duration = link.log.elapsed();
    let (wire, stats) = link.log.entries();
    CaseReport {
        started,
        duration,
        request: String::from_utf8_lossy(&request).into_owned(),
        response,
        stats,
        wire,
        ..judged(case, Role::Client, found.map(|()| told))
    }
}

/// The request for this server.
fn filled_in(request: &[u8], wishes: &Wishes) -> Vec<u8> {
    let query = if wishes.target.contains('?') { "&q=1" } else { "?q=1" };
    let with_query = format!("{}{query}", wishes.target);
    fill(
        request,
        &[(b"{target}", &wishes.target), (b"{query}", &with_query), (b"{host}", &wishes.host)],
    )
}

struct Exchange<'a> {
    ask: &'a Ask,
    link: &'a mut Link,
    patience: Patience,
    random: Random,
}

impl Exchange<'_> {
    fn judge(&mut self, request: &[u8], response: &mut String) -> Result<(), Fault> {
        let late = self.send(request);
        let deadline = Instant::now() + self.patience.of(ANSWER);
        let head = match read_head(self.link, deadline) {
            Ok(head) => head,
            Err(NoHead::Late) => return Err(Fault::Breaks("no answer came in time".to_owned())),
            Err(NoHead::Ended(_)) if self.ask.answer.may_be_the_end() => return Ok(()),
            Err(NoHead::Ended(what)) => {
                return Err(Fault::Breaks(format!("in place of an answer came {what}")));
            }
        };
        response.clone_from(&head.text);
        let status = head.status();
        match (self.ask.answer, status) {
            (_, None) => Err(Fault::Breaks(format!("{:?} is no answer of HTTP", head.first))),
            (Answer::Opens | Answer::Either, Some(101)) => self.open(&head, &late),
            (Answer::Opens, Some(status)) => {
                Err(Fault::Breaks(format!("the server answers {status}, not 101")))
            }
            (Answer::Refuses { .. } | Answer::CutsOff, Some(101)) => {
                Err(Fault::Breaks("the server opens the connection".to_owned()))
            }
            (Answer::Refuses { statuses, names_version }, Some(status)) => {
                refused(&head, status, statuses, names_version)
            }
            (Answer::Either | Answer::CutsOff, Some(_)) => Ok(()),
            (Answer::Once, Some(status)) => self.once(&head, status),
        }
    }

    /// Sends the request and what is glued to it, and returns what is held back.
    fn send(&mut self, request: &[u8]) -> Vec<u8> {
        let mut bytes = request.to_vec();
        for _ in 0..self.ask.glued {
            bytes.extend(self.frame(RawFrame::text(GLUED)));
        }
        let held = bytes.split_off(bytes.len() - self.ask.held_back);
        let most = match self.ask.writes {
            Writes::Chopped(most) => most,
            _ => bytes.len(),
        };
        // A server that does not take all of it may still answer.
        let _ = bytes.chunks(most).try_for_each(|piece| self.link.write(piece, false));
        held
    }

    fn frame(&mut self, frame: RawFrame) -> Vec<u8> {
        frame.key(Key::Fixed(self.random.bytes())).to_bytes(Role::Client)
    }

    /// Judges an answer that opens the connection, and whether it is open.
    fn open(&mut self, head: &Head, late: &[u8]) -> Result<(), Fault> {
        let wishes = Wishes {
            subprotocols: self.ask.subprotocols.iter().map(|it| (*it).to_owned()).collect(),
            ..Wishes::default()
        };
        judge(head, self.ask.key, &wishes).map_err(Fault::Breaks)?;
        if let Some(len) = head.first("content-length") {
            return Err(Fault::Breaks(format!("RFC 9110 §8.6: a 101 has Content-Length {len}")));
        }
        let ping = self.frame(RawFrame::ping("open?"));
        let _ = self.link.write(&[late, &ping].concat(), false);
        let mut inspector = Inspector::new(Role::Server).strict();
        let (mut texts, mut pongs) = (0, 0);
        let deadline = Instant::now() + self.patience.of(REST);
        while texts < self.ask.glued || pongs == 0 {
            let Some((frame, len)) = RawFrame::parse(self.link.rest()) else {
                if self.link.receive(deadline) == Came::Bytes {
                    continue;
                }
                let of = self.ask.glued;
                let lost = if texts < of {
                    format!("{texts} of {of} texts")
                } else {
                    "no pong".to_owned()
                };
                return Err(Fault::Breaks(format!("behind the 101 came {lost}")));
            };
            self.link.take(len);
            self.link.log.received(&frame, None);
            let meaning = inspector.take(frame, len);
            match meaning.map_err(|breach| Fault::Breaks(breach.rule))? {
                Meaning::Message(_, text) if text == GLUED.as_bytes() => texts += 1,
                Meaning::Pong(_) => pongs += 1,
                Meaning::Close(_) => {
                    return Err(Fault::Breaks("the server closes at once".to_owned()));
                }
                // Some servers greet.
                Meaning::Message(..) | Meaning::Part | Meaning::Ping(_) => {}
            }
        }
        let close = self.frame(RawFrame::close(1000, ""));
        let _ = self.link.write(&close, false);
        while self.link.receive(deadline) == Came::Bytes {}
        Ok(())
    }

    /// Looks for a second answer, and for one to the frame that the body looks like.
    fn once(&mut self, head: &Head, status: u16) -> Result<(), Fault> {
        let until = Instant::now() + self.patience.of(SECOND_ANSWER);
        while self.link.receive(until) == Came::Bytes {}
        let rest = self.link.rest();
        if status == 101 {
            let is_answer = |frame: &RawFrame| matches!(frame.opcode, TEXT | PONG);
            if RawFrame::parse(rest).is_some_and(|(frame, _)| is_answer(&frame)) {
                return Err(Fault::Breaks("the body was taken for a frame".to_owned()));
            }
        }
        let len = head.first("content-length").and_then(|len| len.parse().ok()).unwrap_or(0);
        let behind = rest.get(len..).unwrap_or_default();
        // Behind a body without a length, an answer is at the start of a line.
        if behind.split(|byte| *byte == b'\n').any(|line| line.starts_with(b"HTTP/1.")) {
            return Err(Fault::Breaks("a second answer of HTTP came".to_owned()));
        }
        Ok(())
    }
}

/// Judges an answer that refuses.
fn refused(head: &Head, status: u16, statuses: &[u16], names_version: bool) -> Result<(), Fault> {
    if names_version && !head.has_token("sec-websocket-version", "13") {
        return Err(Fault::Breaks(format!(
            "the answer {status} has no Sec-WebSocket-Version with 13"
        )));
    }
    if status < 400 && statuses.is_empty() {
        return Err(Fault::Breaks(format!("{status} is no error")));
    }
    if statuses.is_empty() || statuses.contains(&status) {
        return Ok(());
    }
    let list: Vec<String> = statuses.iter().map(ToString::to_string).collect();
    Err(Fault::Lax(format!("the status is {status}, not {}", list.join(" or "))))
}
