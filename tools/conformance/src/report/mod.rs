//! What has come of a run, and how it is shown.

mod record;
pub use record::{
    Behavior, BehaviorClose, CaseReport, Closing, ExpectedClose, OneWay, Outcome, Stats, Traffic,
};

mod report;
pub use report::{Lenient, Options, Report, Summary, Tested};

mod text;
pub use text::TextStyle;

mod wire;
pub use wire::{FrameEntry, WireEntry, WireEvent};

mod wire_line;

mod words;
pub use words::group_title;
