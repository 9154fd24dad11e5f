//! The Autobahn test suite, installed and run.
