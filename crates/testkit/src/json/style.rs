//! How a JSON value is written: as libraries lay it out, and as nobody does but may.

use rand::RngExt as _;
use rand::rngs::StdRng;
use rand::seq::SliceRandom as _;

use super::{Json, split};

/// What a writer decides.
pub(super) trait Style {
    /// Before the `position`th element or member, which stands `depth` brackets deep.
    fn before(&mut self, out: &mut String, position: usize, depth: usize);

    /// Between a colon and the value.
    fn after_colon(&mut self, out: &mut String);

    /// Where nothing but white space may stand.
    fn blank(&mut self, _: &mut String) {}

    /// Before the closing bracket of what itself stands `depth` brackets deep.
    fn close(&mut self, _: &mut String, _is_empty: bool, _depth: usize) {}

    fn order(&mut self, _: &mut Vec<&(String, Json)>) {}

    fn number(&mut self, text: &str) -> String {
        text.to_owned()
    }

    fn string(&mut self, out: &mut String, text: &str) {
        out.push_str(&serde_json::Value::from(text).to_string());
    }
}

/// How libraries lay a text out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layout {
    /// No white space: most of C++, Go, Java and JavaScript.
    Compact,
    /// A space after commas and colons: Python's `json.dumps`.
    Spaced,
    /// A line each, two spaces deep: `JSON.stringify(value, null, 2)`.
    Indented,
    /// A line each, by tabs, CR LF.
    Tabbed,
    /// No white space; what HTML would read is escaped: Gson's default.
    HtmlSafe,
}

impl Layout {
    /// End of line and indentation.
    fn line(self) -> Option<(&'static str, &'static str)> {
        match self {
            Self::Compact | Self::Spaced | Self::HtmlSafe => None,
            Self::Indented => Some(("\n", "  ")),
            Self::Tabbed => Some(("\r\n", "\t")),
        }
    }

    fn break_line(self, out: &mut String, depth: usize) {
        if let Some((end, indentation)) = self.line() {
            out.push_str(end);
            out.push_str(&indentation.repeat(depth));
        }
    }
}

impl Style for Layout {
    fn before(&mut self, out: &mut String, position: usize, depth: usize) {
        if position > 0 {
            out.push_str(if *self == Self::Spaced { ", " } else { "," });
        }
        self.break_line(out, depth);
    }

    fn after_colon(&mut self, out: &mut String) {
        if !matches!(self, Self::Compact | Self::HtmlSafe) {
            out.push(' ');
        }
    }

    fn close(&mut self, out: &mut String, is_empty: bool, depth: usize) {
        if !is_empty {
            self.break_line(out, depth);
        }
    }

    fn string(&mut self, out: &mut String, text: &str) {
        let quoted = serde_json::Value::from(text).to_string();
        if *self != Self::HtmlSafe {
            out.push_str(&quoted);
            return;
        }
        for c in quoted.chars() {
            match c {
                '<' | '>' | '&' | '=' | '\'' => out.push_str(&format!("\\u{:04x}", u32::from(c))),
                _ => out.push(c),
            }
        }
    }
}

/// Members in any order; white space, escapes and numbers spelled in every way that JSON allows.
pub(super) struct Odd<'a> {
    pub(super) rng: &'a mut StdRng,
}

impl Style for Odd<'_> {
    fn blank(&mut self, out: &mut String) {
        for _ in 0..self.rng.random_range(0..3u8) {
            out.push([' ', '\n', '\t', '\r'][self.rng.random_range(0..4usize)]);
        }
    }

    fn before(&mut self, out: &mut String, position: usize, _: usize) {
        if position > 0 {
            out.push(',');
        }
        self.blank(out);
    }

    fn after_colon(&mut self, out: &mut String) {
        self.blank(out);
    }

    fn order(&mut self, members: &mut Vec<&(String, Json)>) {
        // twins keep their order among themselves: which of them comes first is a difference
        let names: std::collections::BTreeSet<_> = members.iter().map(|(name, _)| name).collect();
        if names.len() == members.len() {
            members.shuffle(self.rng);
        }
    }

    fn number(&mut self, text: &str) -> String {
        let (negative, digits, exponent) = split(text);
        let sign = if negative { "-" } else { "" };
        let Some(digits) = digits else {
            return ["0", "-0", "0.0", "0e7", "-0.000E-3", "0E+0"][self.rng.random_range(0..6usize)]
                .to_owned();
        };
        // what a double hardly holds is left alone, and so is every fourth
        if exponent.abs() > 290 || digits.len() > 40 || self.rng.random_ratio(1, 4) {
            return text.to_owned();
        }
        let zeros = self.rng.random_range(0..4usize);
        let digits = digits + &"0".repeat(zeros);
        let behind = self.rng.random_range(0..=digits.len());
        let (whole, fraction) = digits.split_at(digits.len() - behind);
        let whole = if whole.is_empty() { "0" } else { whole };
        let point = if fraction.is_empty() { "" } else { "." };
        let exponent = exponent - i64::try_from(zeros).unwrap() + i64::try_from(behind).unwrap();
        let power = match self.rng.random_range(0..4u8) {
            0 | 1 if exponent == 0 => String::new(),
            0 => format!("e{exponent}"),
            1 => format!("E{exponent:+}"),
            2 => format!("E{exponent:+04}"),
            _ => format!("e{exponent:+}"),
        };
        format!("{sign}{whole}{point}{fraction}{power}")
    }

    fn string(&mut self, out: &mut String, text: &str) {
        out.push('"');
        for c in text.chars() {
            let must = matches!(c, '"' | '\\') || c < ' ';
            match SHORT_ESCAPES.iter().find(|(_, escaped)| *escaped == c) {
                Some((short, _)) if self.rng.random_ratio(1, 2) => out.extend(['\\', *short]),
                _ if must || self.rng.random_ratio(1, 7) => self.unicode_escape(out, c),
                _ => out.push(c),
            }
        }
        out.push('"');
    }
}

/// Letter and character of the escapes that have a letter.
const SHORT_ESCAPES: &[(char, char)] = &[
    ('"', '"'),
    ('\\', '\\'),
    ('/', '/'),
    ('b', '\u{8}'),
    ('f', '\u{c}'),
    ('n', '\n'),
    ('r', '\r'),
    ('t', '\t'),
];

impl Odd<'_> {
    /// A character by its number, a pair of them beyond the basic plane.
    fn unicode_escape(&mut self, out: &mut String, c: char) {
        let mut units = [0; 2];
        for unit in c.encode_utf16(&mut units) {
            if self.rng.random() {
                out.push_str(&format!("\\u{unit:04x}"));
            } else {
                out.push_str(&format!("\\u{unit:04X}"));
            }
        }
    }
}
