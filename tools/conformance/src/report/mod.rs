//! What has come of a run, and how it is shown.
//!
//! A [`Report`] is written as text ([`Report::write_text`]), JSON ([`Report::to_json`]), `JUnit`'s XML
//! ([`Report::to_junit`]), the files of the Autobahn test suite ([`autobahn::write`]) and HTML
//! ([`html`]). It is compared with an earlier one by [`Report::against`] and [`Comparison`].

pub mod autobahn;

mod baseline;
pub use baseline::{BadBaseline, Baseline, Change, Difference, Verdict};

mod compare;
pub use compare::Comparison;

mod html;
pub use html::html;

mod json;
pub use json::BadReport;

mod junit;
pub use junit::BadXml;

mod record;
pub use record::{
    Behavior, BehaviorClose, CaseReport, Closing, ExpectedClose, Late, OneWay, Outcome, Stats,
    Traffic,
};

mod run;
pub use run::{Lenient, Options, Report, Summary, Tested};

mod text;
pub use text::TextStyle;

mod wire;
pub use wire::{FrameEntry, WireEntry, WireEvent};

mod wire_line;

mod words;
pub use words::group_title;
