//! A raw peer that keeps all rules, and breaks those that it is told to.
