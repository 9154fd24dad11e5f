//! [`Colours`]: how lines look on a terminal (ECMA-48 §8.3.117).

/// Colours, or none.
#[derive(Clone, Copy, Debug)]
pub(super) struct Colours(pub(super) bool);

impl Colours {
    pub(super) fn faint(self, text: &str) -> String {
        self.paint("2", text)
    }

    pub(super) fn client(self, text: &str) -> String {
        self.paint("32", text)
    }

    pub(super) fn server(self, text: &str) -> String {
        self.paint("36", text)
    }

    pub(super) fn wrong(self, text: &str) -> String {
        self.paint("1;31", text)
    }

    fn paint(self, code: &str, text: &str) -> String {
        if self.0 { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
    }
}
