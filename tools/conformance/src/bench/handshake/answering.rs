//! [`respond`]: a case that is about what a client makes of an answer.

use std::time::{Duration, Instant, SystemTime};

use blocking_ws::testing::{Key, RawFrame};
use blocking_ws::{MessageKind, Role};

use super::super::patience::Patience;
use super::fault::{Fault, judged};
use super::filling::fill;
use super::looking::{Known, look};
use crate::case::{Case, Glued, HowEnded, Look, Pace, Reaction, Response, Writes};
use crate::connection::opcode::{CLOSE, TEXT};
use crate::connection::{self, Asked, Came, Head, Inspector, Link, Meaning, accept_of};
use crate::report::{CaseReport, Closing, WireEvent};

/// How long a client may take to send a text back, and to answer a Close frame.
const OPENS: Duration = Duration::from_secs(2);
/// How long a client that has failed may wait for this suite to end TCP (RFC 6455 §7.1.1).
const WAITS: Duration = Duration::from_secs(1);
/// How long it may take to end TCP after that.
const ENDS: Duration = Duration::from_secs(5);
/// How long a client may wait for an answer.
const GIVES_UP: Duration = Duration::from_secs(30);
/// A slow client gets no more than this: it may wait for a status for a minute only.
const MOST: Duration = Duration::from_secs(45);
/// How long it is looked for what follows a request.
const MOMENT: Duration = Duration::from_millis(200);
/// How much of an answer a report shows.
const SHOWN: usize = 4096;

/// A text that is glued to an answer, and one that follows it.
const GLUED: &str = "glued";
const FOLLOWS: &str = "open?";

/// Answers a request, and judges what the client does.
pub(crate) fn respond(
    case: &Case,
    response: &Response,
    mut link: Link,
    head: &Head,
    known: Known,
    patience: Patience,
) -> CaseReport {
    let started = SystemTime::now();
    let mut exchange = Exchange {
        response,
        link: &mut link,
        patience,
        inspector: Inspector::new(Role::Client).strict(),
        sent: String::new(),
        closing: Closing { unclean: Some("no Close frame came".to_owned()), ..Closing::default() },
    };
    let found = exchange.judge(head, known);
    let Exchange { sent, mut closing, .. } = exchange;
    closing.dropped_by_me = link.drop_now();
    let duration = link.log.elapsed();
    let (wire, stats) = link.log.entries();
    CaseReport {
        started,
        duration,
        closing,
        request: head.text.clone(),
        response: sent,
        stats,
        wire,
        ..judged(case, Role::Server, found)
    }
}

struct Exchange<'a> {
    response: &'a Response,
    link: &'a mut Link,
    patience: Patience,
    inspector: Inspector,
    /// The answer.
    sent: String,
    closing: Closing,
}

impl Exchange<'_> {
    fn judge(&mut self, head: &Head, known: Known) -> Result<String, Fault> {
        let looks = self.response.look;
        if let Some(Err(why)) = looks.map(|at| look(at, head, known)) {
            self.refuse(&why);
            return Err(Fault::Breaks(why));
        }
        let asked = match connection::asked(head) {
            Ok(asked) => asked,
            // Another case is about that.
            Err(why) if looks.is_some() => {
                self.refuse(&why);
                return Ok(why);
            }
            Err(why) => {
                self.refuse(&why);
                return Err(Fault::Breaks(why));
            }
        };
        self.waits(looks)?;
        self.send(&asked);
        match self.response.reaction {
            Reaction::Opens => self.opens().map(|()| "the client opens the connection".to_owned()),
            Reaction::Either => {
                let offered = &asked.subprotocols;
                self.opens().map(|()| {
                    format!("the client has offered {offered:?}, and opens the connection")
                })
            }
            Reaction::Fails => self.fails(),
            Reaction::GivesUp => self.gives_up(),
        }
    }

    /// Refuses a request that cannot be answered otherwise.
    fn refuse(&mut self, why: &str) {
        // A client that has gone needs no answer.
        let _ = connection::refuse(self.link, "400 Bad Request", why);
    }

    /// Nothing may come before the answer.
    fn waits(&mut self, looks: Option<Look>) -> Result<(), Fault> {
        if looks == Some(Look::Nothing) {
            let until = Instant::now() + self.patience.of(MOMENT);
            if self.link.rest().is_empty() && matches!(self.link.receive(until), Came::End(_)) {
                return Err(Fault::Breaks("the client does not wait for the answer".to_owned()));
            }
        }
        if self.link.rest().is_empty() {
            return Ok(());
        }
        Err(Fault::Breaks(format!("before the answer the client sends {}", self.what_came())))
    }

    /// Sends the answer, and what is glued to it.
    fn send(&mut self, asked: &Asked) {
        let mut bytes = filled_in(&self.response.head, asked);
        bytes.truncate(bytes.len() * self.response.quarters / 4);
        let shown = &bytes[..bytes.len().min(SHOWN)];
        self.sent = String::from_utf8_lossy(shown).into_owned();
        if shown.len() < bytes.len() {
            self.sent.push('…');
        }
        let glued = match self.response.glued {
            None => None,
            Some(Glued::Message) => Some(RawFrame::text(GLUED)),
            Some(Glued::Ping) => Some(RawFrame::ping(GLUED)),
            Some(Glued::Close) => Some(RawFrame::close(1000, "")),
        };
        if let Some(frame) = glued {
            bytes.extend(self.frame(&frame));
        }
        let most = if self.response.pace == Pace::Chopped { 1 } else { bytes.len().max(1) };
        // What does not arrive is seen by what comes.
        let _ = bytes.chunks(most).try_for_each(|piece| self.link.write(piece, false));
    }

    /// Notes a frame, and returns its bytes.
    fn frame(&mut self, frame: &RawFrame) -> Vec<u8> {
        self.link.log.sent(frame, None, Writes::Together, None);
        if frame.opcode == CLOSE {
            (self.closing.closed_by_me, self.closing.local_code) = (true, Some(1000));
        }
        frame.to_bytes(Role::Server)
    }

    fn send_frame(&mut self, frame: &RawFrame) {
        let bytes = self.frame(frame);
        // A client that has gone is seen by what comes.
        let _ = self.link.write(&bytes, false);
    }

    /// The client opens the connection: what is sent is answered.
    fn opens(&mut self) -> Result<(), Fault> {
        let glued = self.response.glued;
        let (mut owes_text, mut owes_pong) =
            (glued != Some(Glued::Close), glued == Some(Glued::Ping));
        if owes_text && glued != Some(Glued::Message) {
            self.send_frame(&RawFrame::text(FOLLOWS));
        }
        let text = if glued == Some(Glued::Message) { GLUED } else { FOLLOWS };
        let deadline = Instant::now() + self.patience.of(OPENS);
        let mut is_open = false;
        loop {
            if !owes_text && !owes_pong && !self.closing.closed_by_me {
                self.send_frame(&RawFrame::close(1000, ""));
            }
            let missing = || match (owes_pong, owes_text, glued) {
                (true, _, _) => "no pong came for the ping that was glued to the answer",
                (_, true, Some(Glued::Message)) => {
                    "the text that was glued to the answer did not come back"
                }
                (_, true, _) => "the text behind the answer did not come back",
                _ => "the Close frame was not answered",
            };
            match self.next(deadline)? {
                Next::Nothing => {
                    return Err(Fault::Breaks(format!("{} in time", missing())));
                }
                Next::End if !is_open => {
                    let why = "the client ends TCP in place of opening the connection";
                    return Err(Fault::Breaks(why.to_owned()));
                }
                Next::End => {
                    return Err(Fault::Breaks(format!("the client ends TCP: {}", missing())));
                }
                Next::Came(Meaning::Message(MessageKind::Text, came))
                    if came == text.as_bytes() =>
                {
                    owes_text = false;
                }
                Next::Came(Meaning::Pong(came)) if came == GLUED.as_bytes() => owes_pong = false,
                Next::Came(Meaning::Close(close)) => {
                    (self.closing.remote_code, self.closing.remote_reason) = close.unzip();
                    self.closing.unclean = None;
                    if self.closing.closed_by_me && !owes_text {
                        return Ok(());
                    }
                    return Err(Fault::Breaks(format!("the client closes: {}", missing())));
                }
                // Some clients greet.
                Next::Came(_) => {}
            }
            is_open = true;
        }
    }

    /// The next frame.
    fn next(&mut self, deadline: Instant) -> Result<Next, Fault> {
        loop {
            let Some((frame, len)) = RawFrame::parse(self.link.rest()) else {
                match self.link.receive(deadline) {
                    Came::Bytes => continue,
                    Came::Nothing => return Ok(Next::Nothing),
                    Came::End(_) => return Ok(Next::End),
                }
            };
            self.link.take(len);
            self.link.log.received(&frame, mask(&frame));
            let meaning = self.inspector.take(frame, len);
            return meaning.map(Next::Came).map_err(|breach| {
                self.link.log.note(WireEvent::Breach { rule: breach.rule.clone() });
                Fault::Breaks(breach.rule)
            });
        }
    }

    /// The client fails: no frame comes, and it ends TCP, at the latest once this suite has.
    fn fails(&mut self) -> Result<String, Fault> {
        let ended = Ok("the client ends TCP".to_owned());
        if self.watch(self.patience.until_answered())? {
            return ended;
        }
        match self.response.end {
            Some(HowEnded::Reset) => {
                self.link.reset();
                return Ok("the client has sent nothing".to_owned());
            }
            Some(HowEnded::Fin) => {}
            None => {
                self.send_frame(&RawFrame::text(FOLLOWS));
                self.send_frame(&RawFrame::ping(FOLLOWS));
                if self.watch(self.patience.of(WAITS))? {
                    return ended;
                }
            }
        }
        self.link.fin();
        if self.watch(self.patience.of(ENDS))? {
            return ended;
        }
        Err(Fault::Breaks("the client does not end TCP, although this suite has".to_owned()))
    }

    /// The client ends TCP by itself.
    fn gives_up(&mut self) -> Result<String, Fault> {
        let began = Instant::now();
        let most = self.patience.of(GIVES_UP).min(MOST);
        while let Some(left) = most.checked_sub(began.elapsed()) {
            let pause = match self.response.pace {
                Pace::Drips(pause) => pause.min(left),
                Pace::Together | Pace::Chopped => left,
            };
            if self.watch(pause)? {
                let after = began.elapsed().as_secs_f64();
                return Ok(format!("the client gives up after {after:.1} s"));
            }
            if matches!(self.response.pace, Pace::Drips(_)) {
                // A client that has gone is seen by the next look.
                let _ = self.link.write(b"x", false);
            }
        }
        let most = most.as_secs_f64();
        Err(Fault::Breaks(format!("the client still waits for an answer after {most:.0} s")))
    }

    /// Waits for the end of TCP. Returns `true` if it has come in time.
    fn watch(&mut self, most: Duration) -> Result<bool, Fault> {
        let until = Instant::now() + most;
        loop {
            if !self.link.rest().is_empty() {
                // The rest of a frame may be on its way.
                while RawFrame::parse(self.link.rest()).is_none()
                    && self.link.receive(until) == Came::Bytes
                {}
                return Err(Fault::Breaks(self.what_opened()));
            }
            match self.link.receive(until) {
                Came::Bytes => {}
                Came::Nothing => return Ok(false),
                Came::End(_) => return Ok(true),
            }
        }
    }

    /// What a client does that has not failed, in a sentence.
    fn what_opened(&mut self) -> String {
        match RawFrame::parse(self.link.rest()) {
            Some((frame, _)) if frame.payload == FOLLOWS.as_bytes() && frame.opcode != CLOSE => {
                self.link.log.received(&frame, mask(&frame));
                let does =
                    if frame.opcode == TEXT { "sends a text back" } else { "answers a ping" };
                format!("the client opens the connection, and {does}")
            }
            _ => format!("the connection is not open, and the client sends {}", self.what_came()),
        }
    }

    /// What has come, in a few words.
    fn what_came(&mut self) -> String {
        let rest = self.link.rest();
        if rest.starts_with(b"GET ") {
            return "another request".to_owned();
        }
        let Some((frame, _)) = RawFrame::parse(rest) else {
            let (len, some) = (rest.len(), &rest[..rest.len().min(16)]);
            return format!("{len} bytes that begin with \"{}\"", some.escape_ascii());
        };
        self.link.log.received(&frame, mask(&frame));
        let what = match frame.opcode {
            1 => "a text",
            2 => "a binary message",
            CLOSE => "a Close frame",
            9 => "a ping",
            10 => "a pong",
            _ => "a frame",
        };
        match frame.payload.split_first_chunk() {
            Some((code, _)) if frame.opcode == CLOSE => {
                format!("{what} with {}", u16::from_be_bytes(*code))
            }
            _ => what.to_owned(),
        }
    }
}

/// What has come of a wait for a frame.
enum Next {
    Came(Meaning),
    End,
    Nothing,
}

/// The key of a frame, if it is masked.
fn mask(frame: &RawFrame) -> Option<[u8; 4]> {
    if let Key::Fixed(key) = frame.key { Some(key) } else { None }
}

/// The answer to this request.
fn filled_in(head: &[u8], asked: &Asked) -> Vec<u8> {
    let accept = accept_of(&asked.key);
    let lowercase = accept.to_ascii_lowercase();
    let offered = asked.subprotocols.first().map_or("ws-conformance", String::as_str);
    let subprotocol: String = offered
        .chars()
        .map(|c| if c.is_lowercase() { c.to_ascii_uppercase() } else { c.to_ascii_lowercase() })
        .collect();
    fill(
        head,
        &[(b"{accept}", &accept), (b"{lowercase}", &lowercase), (b"{subprotocol}", &subprotocol)],
    )
}
