//! Reports in all formats, made of a report by hand.

mod golden;
mod sample;
mod text;
