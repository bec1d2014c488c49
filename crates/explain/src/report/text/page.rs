//! What is written, and its colours.

use std::fmt::{self, Write as _};

use super::plain::printable;

/// Columns of a line.
pub(super) const WIDTH: usize = 110;

/// A colour by what it says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ink {
    Plain,
    /// A heading.
    Head,
    /// Holds a bill, or is missing.
    Bad,
    /// May be billed.
    Good,
    /// Does not count.
    Faint,
}

impl Ink {
    const fn codes(self) -> &'static str {
        match self {
            Self::Plain => "",
            Self::Head => "\u{1b}[1m",
            Self::Bad => "\u{1b}[31m",
            Self::Good => "\u{1b}[32m",
            Self::Faint => "\u{1b}[2m",
        }
    }
}

/// A page.
pub(super) struct Page {
    text: String,
    colour: bool,
}

impl fmt::Write for Page {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.text.write_str(text)
    }
}

impl Page {
    pub(super) const fn new(colour: bool) -> Self {
        Self { text: String::new(), colour }
    }

    pub(super) fn finish(self) -> String {
        self.text
    }

    /// Text in its colour, where there are colours.
    pub(super) fn inked(&self, ink: Ink, text: &str) -> String {
        if self.colour && ink != Ink::Plain {
            format!("{}{text}\u{1b}[0m", ink.codes())
        } else {
            text.to_owned()
        }
    }

    /// A line in its colour.
    pub(super) fn ink(&mut self, ink: Ink, line: &str) -> fmt::Result {
        let line = self.inked(ink, line.trim_end());
        writeln!(self, "{line}")
    }

    pub(super) fn title(&mut self, text: &str) -> fmt::Result {
        let text = self.inked(Ink::Head, text);
        writeln!(self, "\n{text}")
    }

    /// Text over as many lines as it needs, the ones behind the first two columns further in.
    pub(super) fn wrapped(&mut self, indent: &str, text: &str) -> fmt::Result {
        self.wrapped_in(Ink::Plain, indent, text)
    }

    /// The same in a colour.
    pub(super) fn wrapped_in(&mut self, ink: Ink, indent: &str, text: &str) -> fmt::Result {
        let mut line = indent.to_owned();
        let mut is_empty = true;
        for word in printable(text).split(' ') {
            if !is_empty && line.chars().count() + 1 + word.chars().count() > WIDTH {
                self.ink(ink, &line)?;
                line = format!("{indent}  ");
                is_empty = true;
            }
            if !is_empty {
                line.push(' ');
            }
            line.push_str(word);
            is_empty = false;
        }
        self.ink(ink, &line)
    }
}
