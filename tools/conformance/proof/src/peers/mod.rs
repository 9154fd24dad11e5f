//! Programs that both suites test.
