//! A JSON value as sent: members in order, twins kept, numbers as digits. Read by serde_json, written in any spelling.

mod style;

use std::fmt;

use rand::rngs::StdRng;
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;
use wattledger_record::ContentHash;
use wattledger_record::hash::{self, Array, Object};

pub use self::style::Layout;
use self::style::{Odd, Style};

/// A JSON value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Json {
    /// null.
    Null,
    /// true, false.
    Bool(bool),
    /// Digits as sent.
    Number(String),
    /// Unescaped.
    String(String),
    /// Elements.
    Array(Vec<Self>),
    /// Members as sent, twins included.
    Object(Vec<(String, Self)>),
}

struct Members(Vec<(String, Box<RawValue>)>);

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct All;
        impl<'de> Visitor<'de> for All {
            type Value = Members;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Members, M::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(All)
    }
}

impl Json {
    /// Reads a JSON text.
    ///
    /// # Errors
    /// If it is none, or holds a number beyond a double or half a surrogate pair.
    pub fn parse(bytes: &[u8]) -> Result<Self, serde_json::Error> {
        // first as serde_json sees it: its own limits on numbers and nesting
        serde_json::from_slice::<serde_json::Value>(bytes)?;
        let raw: Box<RawValue> = serde_json::from_slice(bytes)?;
        Self::of(&raw)
    }

    fn of(raw: &RawValue) -> Result<Self, serde_json::Error> {
        let text = raw.get();
        Ok(match text.as_bytes().first() {
            Some(b'{') => {
                let Members(members) = serde_json::from_str(text)?;
                let members = members.into_iter().map(|(name, value)| Ok((name, Self::of(&value)?)));
                Self::Object(members.collect::<Result<_, serde_json::Error>>()?)
            }
            Some(b'[') => {
                let elements: Vec<Box<RawValue>> = serde_json::from_str(text)?;
                Self::Array(elements.iter().map(|element| Self::of(element)).collect::<Result<_, _>>()?)
            }
            Some(b'"') => Self::String(serde_json::from_str(text)?),
            Some(b't') => Self::Bool(true),
            Some(b'f') => Self::Bool(false),
            Some(b'n') => Self::Null,
            _ => Self::Number(text.to_owned()),
        })
    }

    /// Nesting of objects and arrays.
    #[must_use]
    pub fn depth(&self) -> usize {
        match self {
            Self::Array(elements) => 1 + elements.iter().map(Self::depth).max().unwrap_or(0),
            Self::Object(members) => 1 + members.iter().map(|(_, value)| value.depth()).max().unwrap_or(0),
            Self::Null | Self::Bool(_) | Self::Number(_) | Self::String(_) => 0,
        }
    }

    /// Hash of the whole value.
    #[must_use]
    pub fn hash(&self) -> ContentHash {
        match self {
            Self::Null => hash::null(),
            Self::Bool(value) => hash::boolean(*value),
            Self::Number(text) => hash::number(text.as_bytes()),
            Self::String(text) => hash::string(text.as_bytes()),
            Self::Array(elements) => {
                let mut array = Array::default();
                elements.iter().for_each(|element| array.push(element.hash()));
                array.finish()
            }
            Self::Object(members) => {
                let mut object = Object::default();
                members.iter().for_each(|(name, value)| object.member(name.as_bytes(), value.hash()));
                object.finish()
            }
        }
    }

    /// One text for all spellings of a value: members sorted, numbers as digits and exponent.
    #[must_use]
    pub fn canonical(&self) -> String {
        match self {
            Self::Number(text) => match split(text) {
                (_, None, _) => "0".to_owned(),
                (negative, Some(digits), exponent) => {
                    format!("{}{digits}e{exponent}", if negative { "-" } else { "" })
                }
            },
            Self::Array(elements) => {
                let elements: Vec<_> = elements.iter().map(Self::canonical).collect();
                format!("[{}]", elements.join(","))
            }
            Self::Object(members) => {
                let name = |name: &String| Self::String(name.clone()).to_text();
                let mut members: Vec<_> =
                    members.iter().map(|(n, value)| format!("{}:{}", name(n), value.canonical())).collect();
                members.sort();
                format!("{{{}}}", members.join(","))
            }
            Self::Null | Self::Bool(_) | Self::String(_) => self.to_text(),
        }
    }

    /// The text in the plainest spelling.
    #[must_use]
    pub fn to_text(&self) -> String {
        self.to_text_in(Layout::Compact)
    }

    /// The text with a space after commas and colons, as many libraries write it.
    #[must_use]
    pub fn to_spaced_text(&self) -> String {
        self.to_text_in(Layout::Spaced)
    }

    /// The text as some library lays it out.
    #[must_use]
    pub fn to_text_in(&self, mut layout: Layout) -> String {
        let mut out = String::new();
        self.write(&mut out, &mut layout, 0);
        out
    }

    /// The same value with members in another order, and white space, escapes and numbers spelled otherwise.
    #[must_use]
    pub fn respelled(&self, rng: &mut StdRng) -> String {
        let mut out = String::new();
        self.write(&mut out, &mut Odd { rng }, 0);
        out
    }

    fn write(&self, out: &mut String, style: &mut impl Style, depth: usize) {
        match self {
            Self::Null => out.push_str("null"),
            Self::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
            Self::Number(text) => out.push_str(&style.number(text)),
            Self::String(text) => style.string(out, text),
            Self::Array(elements) => {
                out.push('[');
                for (i, element) in elements.iter().enumerate() {
                    style.before(out, i, depth + 1);
                    element.write(out, style, depth + 1);
                    style.blank(out);
                }
                style.close(out, elements.is_empty(), depth);
                out.push(']');
            }
            Self::Object(members) => {
                let mut order: Vec<_> = members.iter().collect();
                style.order(&mut order);
                out.push('{');
                for (i, (name, value)) in order.into_iter().enumerate() {
                    style.before(out, i, depth + 1);
                    style.string(out, name);
                    style.blank(out);
                    out.push(':');
                    style.after_colon(out);
                    value.write(out, style, depth + 1);
                    style.blank(out);
                }
                style.close(out, members.is_empty(), depth);
                out.push('}');
            }
        }
    }
}

/// Sign, digits without zeros around them (`None` for zero), and the power of ten of the last digit.
pub(crate) fn split(number: &str) -> (bool, Option<String>, i64) {
    let (negative, unsigned) = number.strip_prefix('-').map_or((false, number), |rest| (true, rest));
    let lower = unsigned.to_ascii_lowercase();
    let (mantissa, exponent) = lower.split_once('e').unwrap_or((&lower, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let exponent: i64 =
        exponent.parse().unwrap_or_else(|_| if exponent.starts_with('-') { -99_999 } else { 99_999 });
    let exponent = exponent.clamp(-99_999, 99_999) - i64::try_from(fraction.len()).unwrap();
    let digits = format!("{whole}{fraction}");
    let significant = digits.trim_start_matches('0');
    let trimmed = significant.trim_end_matches('0');
    let exponent = exponent + i64::try_from(significant.len() - trimmed.len()).unwrap();
    (negative, (!trimmed.is_empty()).then(|| trimmed.to_owned()), exponent)
}
