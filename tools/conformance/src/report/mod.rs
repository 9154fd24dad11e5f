//! What has come of a run, and how it is shown.

mod record;
pub use record::{
    Behavior, BehaviorClose, CaseReport, Closing, ExpectedClose, OneWay, Outcome, Stats, Traffic,
};

mod report;
pub use report::{Lenient, Options, Report, Summary, Tested};

mod wire;
pub use wire::{FrameEntry, WireEntry, WireEvent};
