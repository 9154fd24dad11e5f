//! Lessons: how WebSocket works, in ten steps.
