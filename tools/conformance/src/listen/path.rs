//! [`Path`]: what a client asks for.

use std::borrow::Cow;

use crate::case::CaseId;

/// What a client asks for, by the path and the query of its request.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Path {
    /// How many cases are selected.
    Count,
    /// Which case a number is.
    Info(Which),
    /// What has come of a case of this client.
    Status(Which, Option<String>),
    /// Runs a case.
    Run(Which, Option<String>),
    /// The client has run all that it wants to.
    Update {
        agent: Option<String>,
        /// The server is to end.
        ends: bool,
    },
    Stop,
    /// Any other: the client tells what to send.
    Commands,
    /// A path that needs a case, without one.
    Incomplete(&'static str),
}

/// Which case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Which {
    /// The n-th of those that are selected, from 1 on.
    Number(usize),
    Id(CaseId),
}

const NEEDS: &str = "give a case: ?case=N, or ?casetuple=5.17";

impl Path {
    /// The client that says its name.
    pub(super) fn agent(&self) -> Option<&str> {
        match self {
            Self::Status(_, agent) | Self::Run(_, agent) | Self::Update { agent, .. } => {
                agent.as_deref()
            }
            Self::Count | Self::Info(_) | Self::Stop | Self::Commands | Self::Incomplete(_) => None,
        }
    }

    pub(super) fn parse(target: &str) -> Self {
        // A fragment does not belong here. Which case it is, is clear all the same.
        let target = target.split_once('#').map_or(target, |(target, _)| target);
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        // RFC 9112 §3.2.2: a whole URL may stand in place of the path.
        let path = match path.split_once("://") {
            Some((_, rest)) => rest.find('/').map_or("/", |at| &rest[at..]),
            None => path,
        };
        let value = |name: &str| {
            let found = form_urlencoded::parse(query.as_bytes()).find(|(it, _)| it == name);
            found.map(|(_, value): (_, Cow<'_, str>)| value.into_owned())
        };
        let agent = value("agent").filter(|name| !name.is_empty());
        let which = match (value("case"), value("casetuple")) {
            (Some(number), _) => number.parse().ok().map(Which::Number),
            (None, Some(id)) => id.parse().ok().map(Which::Id),
            (None, None) => None,
        };
        match (path, which) {
            ("/getCaseCount", _) => Self::Count,
            ("/getCaseInfo", Some(which)) => Self::Info(which),
            ("/getCaseStatus", Some(which)) => Self::Status(which, agent),
            ("/runCase", Some(which)) => Self::Run(which, agent),
            ("/getCaseInfo" | "/getCaseStatus" | "/runCase", None) => Self::Incomplete(NEEDS),
            ("/updateReports", _) => {
                Self::Update { agent, ends: value("shutdownOnComplete").as_deref() == Some("true") }
            }
            ("/stopServer", _) => Self::Stop,
            _ => Self::Commands,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_paths_of_drivers() {
        let id = || Which::Id("6.4.3".parse().unwrap());
        let name = |name: &str| Some(name.to_owned());
        for (target, path) in [
            ("/getCaseCount", Path::Count),
            ("/getCaseInfo?case=3", Path::Info(Which::Number(3))),
            ("/getCaseStatus?case=3&agent=A", Path::Status(Which::Number(3), name("A"))),
            ("/runCase?case=3&agent=my%20lib%2F1", Path::Run(Which::Number(3), name("my lib/1"))),
            ("/runCase?casetuple=6.4.3&agent=a+b", Path::Run(id(), name("a b"))),
            ("/runCase?case=3", Path::Run(Which::Number(3), None)),
            ("/updateReports?agent=A", Path::Update { agent: name("A"), ends: false }),
            (
                "/updateReports?agent=A&shutdownOnComplete=true",
                Path::Update { agent: name("A"), ends: true },
            ),
            ("/stopServer", Path::Stop),
            ("/runCase?case=3&agent=A#top", Path::Run(Which::Number(3), name("A"))),
            ("http://localhost:9001/runCase?case=3", Path::Run(Which::Number(3), None)),
            ("http://localhost:9001", Path::Commands),
            ("/", Path::Commands),
            ("/else?case=1", Path::Commands),
        ] {
            assert_eq!(Path::parse(target), path, "{target}");
        }
        for target in
            ["/runCase", "/runCase?case=x", "/runCase?casetuple=x", "/getCaseInfo?case=-1"]
        {
            assert!(matches!(Path::parse(target), Path::Incomplete(_)), "{target}");
        }
    }
}
