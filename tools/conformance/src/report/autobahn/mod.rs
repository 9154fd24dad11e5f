//! The files of the Autobahn test suite, for dashboards that read them: `index.json`, and a file for
//! each case of each agent.
//!
//! Names, keys and types are those of autobahntestsuite 25.10.1; sentences are our own. Ids that begin
//! with a letter are not known there. Their files have the same keys.

mod case_file;
use case_file::case_file;

mod files;
pub use files::write;

mod rows;
