//! The writer of drafts: each member is checked and written, so that no field can be written unchecked.

use std::fmt;
use std::mem;
use std::ops::RangeInclusive;

use wattledger_record::{Decimal6, OcppVersion};

use super::{Refusal, Refused, Rule};
use crate::bounds::{MaxLen, VENDOR_ID};
use crate::decimal;
use crate::json;
use crate::number::Number;
use crate::path::Path;
use crate::slots::CUSTOM_DATA;
use crate::time;
use crate::violation::Text;

/// A valid payload, as compact JSON.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payload(Vec<u8>);

impl Payload {
    /// JSON, in UTF-8.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// JSON, in UTF-8.
    #[must_use]
    pub fn into_bytes(self) -> Vec<u8> {
        self.0
    }
}

impl fmt::Display for Payload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&String::from_utf8_lossy(&self.0))
    }
}

/// `customData`, the only member that may hold what the schema does not know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CustomData<'a> {
    /// `vendorId`, at most 255 characters.
    pub vendor_id: &'a str,
    /// Further members: name, and value as raw JSON.
    pub members: &'a [(&'a str, &'a str)],
}

/// A payload in the making.
pub(super) struct Checked<'a> {
    version: OcppVersion,
    out: Vec<u8>,
    path: Path<'a>,
    /// Whether the object that is being written has no member so far.
    is_empty: bool,
    refusals: Vec<Refusal>,
}

/// Writes a payload; refused if anything was.
pub(super) fn payload<'a>(
    version: OcppVersion,
    write: impl FnOnce(&mut Checked<'a>),
) -> Result<Payload, Refused> {
    let mut checked =
        Checked { version, out: Vec::new(), path: Path::default(), is_empty: true, refusals: Vec::new() };
    checked.braces(write);
    if checked.refusals.is_empty() {
        Ok(Payload(checked.out))
    } else {
        Err(Refused { refusals: checked.refusals })
    }
}

impl<'a> Checked<'a> {
    pub(super) fn is_v21(&self) -> bool {
        self.version == OcppVersion::V21
    }

    /// Refuses a member of the object that is being written.
    pub(super) fn refuse(&mut self, name: &str, rule: Rule) {
        let dot = if name.is_empty() || self.path.is_root() { "" } else { "." };
        let path = Text::of(format_args!("{}{dot}{name}", self.path));
        self.refusals.push(Refusal { path, rule });
    }

    /// Refuses a member on a 2.0.1 connection.
    pub(super) fn since_21(&mut self, name: &str) {
        if !self.is_v21() {
            self.refuse(name, Rule::NotInVersion);
        }
    }

    /// Begins a member; its value is to be appended to what is returned.
    fn member(&mut self, name: &str) -> &mut Vec<u8> {
        if !mem::replace(&mut self.is_empty, false) {
            self.out.push(b',');
        }
        json::text(&mut self.out, name);
        self.out.push(b':');
        &mut self.out
    }

    fn braces(&mut self, write: impl FnOnce(&mut Self)) {
        self.out.push(b'{');
        self.is_empty = true;
        write(self);
        // what holds it now has a member
        self.is_empty = false;
        self.out.push(b'}');
    }

    /// An object; an empty one is refused.
    pub(super) fn object(&mut self, name: &'a str, write: impl FnOnce(&mut Self)) {
        self.member(name);
        self.path.enter(name);
        let start = self.out.len();
        self.braces(write);
        self.path.leave();
        if self.out.len() == start + 2 {
            self.refuse(name, Rule::Empty);
        }
    }

    /// A list of objects; an empty one is left out.
    pub(super) fn objects<T>(&mut self, name: &'a str, items: &[T], write: impl Fn(&mut Self, &T)) {
        if items.is_empty() {
            return;
        }
        self.member(name).push(b'[');
        self.path.enter(name);
        for (i, item) in items.iter().enumerate() {
            if i > 0 {
                self.out.push(b',');
            }
            self.path.at(i);
            self.braces(|checked| write(checked, item));
        }
        self.path.leave();
        self.out.push(b']');
    }

    /// A list of integers that are not negative; an empty one is left out.
    pub(super) fn counts(&mut self, name: &'a str, items: &[i32]) {
        if items.is_empty() {
            return;
        }
        let list: Vec<_> = items.iter().map(ToString::to_string).collect();
        self.member(name).extend(format!("[{}]", list.join(",")).into_bytes());
        self.path.enter(name);
        for (i, _) in items.iter().enumerate().filter(|(_, item)| **item < 0) {
            self.path.at(i);
            self.refuse("", Rule::OutOfRange { min: 0, max: i32::MAX.into() });
        }
        self.path.leave();
    }

    pub(super) fn text(&mut self, name: &str, text: &str, max: MaxLen) {
        let max = if self.is_v21() { max.v21 } else { max.v201 };
        let characters = text.chars().count();
        if characters > max {
            self.refuse(name, Rule::TooLong { characters, max });
        }
        json::text(self.member(name), text);
    }

    /// A word of a vocabulary, in its canonical spelling.
    pub(super) fn word(&mut self, name: &str, word: &'static str) {
        json::text(self.member(name), word);
    }

    pub(super) fn boolean(&mut self, name: &str, value: bool) {
        self.member(name).extend(value.to_string().into_bytes());
    }

    /// An integer; 32 bits are the bound of OCPP's own (OCPP 2.0.1 part 2, 2.1.4).
    pub(super) fn integer(&mut self, name: &str, value: i32) {
        self.member(name).extend(value.to_string().into_bytes());
    }

    pub(super) fn integer_in(&mut self, name: &str, value: i32, range: RangeInclusive<i64>) {
        if !range.contains(&value.into()) {
            self.refuse(name, Rule::OutOfRange { min: *range.start(), max: *range.end() });
        }
        self.integer(name, value);
    }

    /// A decimal number; written in its shortest form.
    pub(super) fn decimal(&mut self, name: &str, text: &str) -> Option<Decimal6> {
        let shifted = Number::of(text).map(|number| decimal::shift(number, 0));
        let Some((shifted, value)) = shifted.and_then(|shifted| Some((shifted, shifted.value?))) else {
            self.refuse(name, Rule::NotDecimal);
            return None;
        };
        if shifted.rounded {
            self.refuse(name, Rule::TooPrecise);
        }
        self.member(name).extend(value.to_string().into_bytes());
        Some(value)
    }

    /// A time as text.
    pub(super) fn time(&mut self, name: &str, text: &str) {
        let is_plain = time::read(text)
            .is_some_and(|read| !read.has_no_zone() && !read.odd_spelling && !read.long_fraction);
        if !is_plain {
            self.refuse(name, Rule::NotTime);
        }
        json::text(self.member(name), text);
    }

    pub(super) fn custom_data(&mut self, data: Option<CustomData<'a>>) {
        let Some(data) = data else { return };
        self.object(CUSTOM_DATA, |checked| {
            checked.text("vendorId", data.vendor_id, VENDOR_ID);
            for (i, (name, value)) in data.members.iter().enumerate() {
                let earlier = data.members.get(..i).unwrap_or_default();
                if *name == "vendorId" || earlier.iter().any(|(other, _)| other == name) {
                    checked.refuse(name, Rule::Repeated);
                }
                if !json::is_one_value(value.as_bytes()) {
                    checked.refuse(name, Rule::NotJson);
                }
                checked.member(name).extend(value.bytes());
            }
        });
    }
}
