//! A document: parts that are compressed already, with lists and tables in plain text between.

use std::fmt::Write as _;

use super::random::Random;

/// The size of the file.
pub(super) const SIZE: usize = 1_042_328;

/// Makes a file that is built as PDF files are: numbered objects, some with a stream.
pub(super) fn make() -> Vec<u8> {
    let mut random = Random::new(5);
    let mut file = Vec::with_capacity(SIZE + 32 * 1024);
    file.extend_from_slice(b"%DOC-1.0\n");
    let mut text = String::new();
    for id in 1_u32.. {
        text.clear();
        page(id, &mut random, &mut text);
        file.extend_from_slice(text.as_bytes());
        stream(id, &mut random, &mut file);
        if file.len() >= SIZE {
            break;
        }
    }
    file.truncate(SIZE);
    file
}

/// Writes an object in plain text: a page, with the boxes on it.
fn page(id: u32, random: &mut Random, text: &mut String) {
    // A String takes everything.
    let _ = write!(
        text,
        "{id} 0 obj\n<< /Type /Page /Parent 1 0 R /MediaBox [0 0 595 842] /Rotate 0\n/Boxes [\n"
    );
    for _ in 0..52 {
        let (x, y) = (50 + random.below(480), 50 + random.below(740));
        let _ = writeln!(text, "<< /Type /Box /Border [0 0 1] /Rect [{x} {y} 545 792] >>");
    }
    text.push_str("] >>\nendobj\n");
}

/// Writes an object with a stream. What is compressed well looks random.
fn stream(id: u32, random: &mut Random, file: &mut Vec<u8>) {
    let len = 4096 + usize::try_from(random.below(8192)).expect("a small number");
    let head = format!("{id} 1 obj\n<< /Length {len} /Filter /Deflate >>\nstream\n");
    file.extend_from_slice(head.as_bytes());
    random.bytes(len, file);
    file.extend_from_slice(b"\nendstream\nendobj\n");
}
