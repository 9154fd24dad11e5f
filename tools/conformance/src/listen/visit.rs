//! One connection of a client.

use std::io;
use std::time::{Duration, Instant};

use blocking_ws::Role;
use blocking_ws::testing::RawFrame;
use serde_json::json;

use super::commands;
use super::desk::{Desk, Visit};
use super::door::{Door, Incoming};
use super::path::{Path, Which};
use crate::bench::{self, Bench, Known, Opened};
use crate::case::{Case, Test};
use crate::connection::opcode::CLOSE;
use crate::connection::{self, Asked, Head, Link, Opening, Refused};
use crate::report::Lenient;
use crate::suite::Suite;

/// How long the opening handshake may take.
const OPENING: Duration = Duration::from_secs(5);
/// How long a client may wait for the status of a case.
const STATUS: Duration = Duration::from_secs(60);
/// How long a client may take to close a connection on which it asks something.
const CLOSING: Duration = Duration::from_secs(1);

/// What all connections share.
pub(super) struct Shared {
    pub(super) suite: Suite,
    pub(super) door: Door,
    pub(super) cases: Vec<&'static Case>,
    pub(super) desk: Desk,
    /// The run does not end when a client has run all that it wants to.
    pub(super) keeps: bool,
    /// Called when a client wants its reports.
    pub(super) on_update: Box<dyn Fn(&Shared) + Send + Sync>,
}

impl Shared {
    /// Serves a client.
    ///
    /// # Errors
    /// The connection has failed before it was known what it is for.
    pub(super) fn serve(&self, incoming: Incoming) -> io::Result<()> {
        let visit = self.desk.visit();
        let Incoming { stream, socket } = incoming;
        let stream = self.door.secure(stream)?;
        let mut link = self.suite.link(stream, Role::Server).over(socket);
        let head = match connection::read_request(&mut link, Instant::now() + OPENING) {
            Ok(head) => head,
            Err(refused) => {
                self.refuse(refused, link);
                return Ok(());
            }
        };
        let path = Path::parse(head.target());
        let agent = self.name_of(&path, &head);
        let key = head.first("sec-websocket-key").unwrap_or_default();
        let has_fresh_key = self.desk.has_fresh_key(&agent, key);
        if let Path::Run(which, _) = &path
            && let Some(case) = self.case(which)
            && let Test::Responds(response) = &case.test
        {
            let known = Known { needs_port: self.door.needs_port(), has_fresh_key };
            self.desk.begin(&agent, &case.id);
            let patience = self.suite.patience_of(self.desk.patience(&agent));
            self.file(&agent, bench::respond(case, response, link, &head, known, patience));
            return Ok(());
        }
        match connection::asked(&head) {
            Ok(asked) => self.receive(visit, path, link, &asked),
            Err(why) => {
                let (request, response) = (head.text, String::new());
                self.refuse(Refused { request, response, why, has_timed_out: false }, link);
                Ok(())
            }
        }
    }

    /// The client that asks for this path. What is no case, it may ask without a name.
    fn name_of(&self, path: &Path, head: &Head) -> String {
        let said = path.agent().map(str::to_owned);
        match path {
            Path::Run(..) => self.name(said, head.first("user-agent").map(str::to_owned)),
            _ => said.unwrap_or_default(),
        }
    }

    /// Refuses a request, and notes it.
    fn refuse(&self, refused: Refused, mut link: Link) {
        // A client that has gone needs no answer.
        let _ = connection::refuse(&mut link, "400 Bad Request", &refused.why);
        link.drop_now();
        self.note(refused, link);
    }

    /// Notes that a case has failed by its request, unless it is none for a case.
    fn note(&self, refused: Refused, link: Link) {
        let target = refused.request.split(' ').nth(1).unwrap_or_default();
        let Path::Run(which, agent) = Path::parse(target) else { return };
        let Some(case) = self.case(&which) else { return };
        let mut lines = refused.request.lines();
        let user_agent = lines.find_map(|line| {
            let (name, value) = line.split_once(':')?;
            name.eq_ignore_ascii_case("user-agent").then(|| value.trim().to_owned())
        });
        let agent = self.name(agent, user_agent);
        self.desk.begin(&agent, &case.id);
        self.file(&agent, bench::refused(case, Role::Server, link, refused));
    }

    /// What a client is called: what it says itself, or what the user says, or its `User-Agent`.
    fn name(&self, said: Option<String>, user_agent: Option<String>) -> String {
        said.or_else(|| self.suite.agent.clone())
            .or(user_agent)
            .unwrap_or_else(|| "client".to_owned())
    }

    fn receive(
        &self,
        visit: Visit<'_>,
        path: Path,
        mut link: Link,
        asked: &Asked,
    ) -> io::Result<()> {
        let name = |said| self.name(said, asked.user_agent.clone());
        match path {
            Path::Count => self.say(link, asked, None, Some(self.cases.len().to_string())),
            Path::Info(which) => match self.case(&which) {
                Some(case) => {
                    let info = json!({ "id": case.id, "description": case.title });
                    self.say(link, asked, None, Some(info.to_string()))
                }
                None => self.unknown(link, &which),
            },
            Path::Status(which, agent) => {
                let Some(case) = self.case(&which) else { return self.unknown(link, &which) };
                // Who waits for a status runs no case.
                drop(visit);
                let known = name(agent.clone());
                let behavior =
                    self.desk.wait_for(&known, &case.id, STATUS, |report| report.behavior);
                let status = behavior.map(|it| json!({ "behavior": it }).to_string());
                self.say(link, asked, agent.as_deref(), status)
            }
            Path::Run(which, agent) => {
                let Some(case) = self.case(&which) else { return self.unknown(link, &which) };
                self.meet(case, &name(agent), link, asked);
                Ok(())
            }
            Path::Update { agent, ends } => {
                (self.on_update)(self);
                let said = self.say(link, asked, agent.as_deref(), None);
                if ends || !self.keeps {
                    self.desk.end();
                }
                said
            }
            Path::Stop => {
                let said = self.say(link, asked, None, None);
                self.desk.end();
                said
            }
            Path::Commands => {
                connection::answer(&mut link, asked, None, self.subprotocol(asked))?;
                commands::obey(&mut link)?;
                link.drop_now();
                Ok(())
            }
            Path::Incomplete(needs) => {
                connection::refuse(&mut link, "500 Internal Server Error", needs)?;
                link.drop_now();
                Ok(())
            }
        }
    }

    fn case(&self, which: &Which) -> Option<&'static Case> {
        match which {
            Which::Number(number) => self.cases.get(number.checked_sub(1)?).copied(),
            Which::Id(id) => self.cases.iter().copied().find(|case| case.id == *id),
        }
    }

    fn unknown(&self, mut link: Link, which: &Which) -> io::Result<()> {
        let selected = self.cases.len();
        let why = match which {
            Which::Number(number) => format!("case={number}: {selected} cases are selected"),
            Which::Id(id) => {
                format!("casetuple={id} is not among the {selected} that are selected")
            }
        };
        connection::refuse(&mut link, "500 Internal Server Error", &why)?;
        link.drop_now();
        Ok(())
    }

    /// The subprotocol that the suite was told to pick, if the client offers it.
    fn subprotocol<'a>(&'a self, asked: &Asked) -> Option<&'a str> {
        let known = self.suite.subprotocols.iter();
        known.map(String::as_str).find(|name| asked.subprotocols.iter().any(|it| it == name))
    }

    /// Answers a question of a driver: sends a text and an empty Close frame. Notes how quick the client
    /// of this name is, or the driver, if it says no name.
    fn say(
        &self,
        mut link: Link,
        asked: &Asked,
        agent: Option<&str>,
        text: Option<String>,
    ) -> io::Result<()> {
        connection::answer(&mut link, asked, None, self.subprotocol(asked))?;
        let mut bytes = text.map_or(Vec::new(), |it| RawFrame::text(it).to_bytes(Role::Server));
        bytes.extend(RawFrame::close_raw([]).to_bytes(Role::Server));
        let began = Instant::now();
        link.write(&bytes, false)?;
        if link.await_frame(CLOSE, began + CLOSING) {
            self.desk.answered(agent.unwrap_or_default(), began.elapsed());
        }
        link.drop_now();
        Ok(())
    }

    /// Runs a case.
    fn meet(&self, case: &'static Case, agent: &str, mut link: Link, asked: &Asked) {
        let role = Role::Server;
        self.desk.begin(agent, &case.id);
        let offers: Vec<&str> = asked.extensions.iter().map(String::as_str).collect();
        let (extension, agreed) = case.terms().and_then(|terms| terms.accept(&offers)).unzip();
        let response =
            connection::answer(&mut link, asked, extension.as_deref(), self.subprotocol(asked));
        let request = asked.head.clone();
        let report = match response {
            Ok(response) => {
                let opening = Opening { request, response, extensions: Vec::new(), server: None };
                let opened = Opened { link, role, opening, agreed };
                let patience = self.suite.patience_of(self.desk.patience(agent));
                Bench::new(case, opened, patience, self.suite.how()).run()
            }
            Err(e) => {
                let why = format!("the client has gone before the answer: {e}");
                let refused =
                    Refused { request, response: String::new(), why, has_timed_out: false };
                bench::refused(case, role, link, refused)
            }
        };
        self.file(agent, report);
    }

    pub(super) fn file(&self, agent: &str, report: crate::report::CaseReport) {
        let is_end = self.suite.fail_fast && !Lenient::all().allows(report.outcome);
        // Whatever the call does, the report is there.
        let shown = self.suite.on_case.as_ref().map(|call| (call, report.clone()));
        self.desk.file(agent, report);
        if is_end {
            self.desk.end();
        }
        if let Some((call, report)) = shown {
            call(&report);
        }
    }
}
