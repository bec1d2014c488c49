//! A small JSON tree and its writer, with every freedom that firmware takes: order, white space, escapes, spelling of
//! numbers. Output is valid JSON in every style.

use std::fmt::Write as _;

use crate::number;

/// A value to be written.
#[derive(Debug, Clone)]
pub(crate) enum Json<'a> {
    Text(&'a str),
    Owned(String),
    Int(i64),
    /// mantissa × 10^-decimals
    Decimal(i64, u32),
    Bool(bool),
    Array(Vec<Self>),
    Object(Vec<(&'static str, Self)>),
}

/// White space between tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Spacing {
    Compact,
    /// `", "` and `": "`
    Spaced,
    /// A line per member, indented, CRLF.
    Pretty,
}

/// Order of the members of an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Order {
    Schema,
    Alphabetical,
    Reversed,
}

/// Spelling of measured values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Numbers {
    Plain,
    /// At least one fractional digit: `1500.0`; integers too: `3.0`.
    PointZero,
    /// At least three fractional digits: `1.500`.
    Padded,
    /// `15e-1`
    Exponent,
    /// `"1.5"`, a type slip; integers too: `"3"`.
    Quoted,
}

/// How values become bytes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Layout {
    pub(crate) spacing: Spacing,
    pub(crate) order: Order,
    pub(crate) numbers: Numbers,
    /// Writes `/` as `\/` and the first letter of each text as `\uXXXX`.
    pub(crate) escapes: bool,
}

/// Appends `value` to `out`.
pub(crate) fn write(value: &Json<'_>, layout: Layout, out: &mut Vec<u8>) {
    let mut text = String::with_capacity(1_024);
    Writer { layout, out: &mut text }.value(value, 0);
    out.extend_from_slice(text.as_bytes());
}

struct Writer<'o> {
    layout: Layout,
    out: &'o mut String,
}

impl Writer<'_> {
    fn value(&mut self, value: &Json<'_>, depth: usize) {
        match value {
            Json::Text(text) => self.text(text),
            Json::Owned(text) => self.text(text),
            Json::Bool(value) => self.out.push_str(if *value { "true" } else { "false" }),
            Json::Int(value) => self.int(*value),
            Json::Decimal(mantissa, decimals) => self.decimal(*mantissa, *decimals),
            Json::Array(items) => {
                self.out.push('[');
                for (i, item) in items.iter().enumerate() {
                    self.separate(i, depth + 1);
                    self.value(item, depth + 1);
                }
                self.close(items.len(), depth);
                self.out.push(']');
            }
            Json::Object(members) => self.object(members, depth),
        }
    }

    fn object(&mut self, members: &[(&'static str, Json<'_>)], depth: usize) {
        self.out.push('{');
        let mut order: Vec<&(&'static str, Json<'_>)> = members.iter().collect();
        match self.layout.order {
            Order::Schema => {}
            Order::Alphabetical => order.sort_by_key(|(name, _)| *name),
            Order::Reversed => order.reverse(),
        }
        for (i, (name, value)) in order.into_iter().enumerate() {
            self.separate(i, depth + 1);
            self.out.push('"');
            self.out.push_str(name);
            self.out.push_str(if self.layout.spacing == Spacing::Compact { "\":" } else { "\": " });
            self.value(value, depth + 1);
        }
        self.close(members.len(), depth);
        self.out.push('}');
    }

    fn separate(&mut self, index: usize, depth: usize) {
        if index > 0 {
            self.out.push(',');
        }
        match self.layout.spacing {
            Spacing::Compact => {}
            Spacing::Spaced if index > 0 => self.out.push(' '),
            Spacing::Spaced => {}
            Spacing::Pretty => self.line(depth),
        }
    }

    fn close(&mut self, members: usize, depth: usize) {
        if self.layout.spacing == Spacing::Pretty && members > 0 {
            self.line(depth);
        }
    }

    fn line(&mut self, depth: usize) {
        self.out.push_str("\r\n");
        for _ in 0..depth {
            self.out.push('\t');
        }
    }

    fn int(&mut self, value: i64) {
        let text = match self.layout.numbers {
            Numbers::Plain | Numbers::Padded | Numbers::Exponent => value.to_string(),
            Numbers::PointZero => format!("{value}.0"),
            Numbers::Quoted => format!("\"{value}\""),
        };
        self.out.push_str(&text);
    }

    fn decimal(&mut self, mantissa: i64, decimals: u32) {
        let text = match self.layout.numbers {
            Numbers::Plain => number::text(mantissa, decimals),
            Numbers::PointZero => number::padded(mantissa, decimals, 1),
            Numbers::Padded => number::padded(mantissa, decimals, 3),
            Numbers::Exponent => number::with_exponent(mantissa, decimals),
            Numbers::Quoted => format!("\"{}\"", number::text(mantissa, decimals)),
        };
        self.out.push_str(&text);
    }

    fn text(&mut self, text: &str) {
        self.out.push('"');
        for (i, c) in text.chars().enumerate() {
            match c {
                '"' => self.out.push_str("\\\""),
                '\\' => self.out.push_str("\\\\"),
                '/' if self.layout.escapes => self.out.push_str("\\/"),
                c if (i == 0 && self.layout.escapes && u32::from(c) < 0x1_0000) || c.is_control() => {
                    self.escaped(c);
                }
                c => self.out.push(c),
            }
        }
        self.out.push('"');
    }

    fn escaped(&mut self, c: char) {
        // writing to a String cannot fail
        let written = write!(self.out, "\\u{:04X}", u32::from(c));
        debug_assert!(written.is_ok());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_layout_is_the_same_value() {
        let value = Json::Object(vec![
            ("b", Json::Text("a/\"ß\n")),
            ("a", Json::Array(vec![Json::Int(3), Json::Decimal(1_500, 3), Json::Bool(true)])),
            ("c", Json::Object(vec![])),
        ]);
        for spacing in [Spacing::Compact, Spacing::Spaced, Spacing::Pretty] {
            for order in [Order::Schema, Order::Alphabetical, Order::Reversed] {
                for numbers in [Numbers::Plain, Numbers::PointZero, Numbers::Padded, Numbers::Exponent] {
                    let mut out = Vec::new();
                    write(&value, Layout { spacing, order, numbers, escapes: true }, &mut out);
                    let read: serde_json::Value = serde_json::from_slice(&out).unwrap();
                    assert_eq!(read["b"], "a/\"ß\n");
                    assert_eq!(read["a"][0].as_f64(), Some(3.0));
                    assert_eq!(read["a"][1].as_f64(), Some(1.5));
                }
            }
        }
    }
}
