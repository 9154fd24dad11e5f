//! Reports in all formats, made of a report by hand.

mod autobahn;
mod comparing;
mod golden;
mod html;
mod json;
mod junit;
mod sample;
mod text;
mod words;
