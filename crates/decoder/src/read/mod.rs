//! The walk: one pass over the tape that reads fields, lists violations and hashes.
//!
//! `class.rs` says which members each class has; `event.rs`, `meter.rs` and `cost.rs` say what they become; `field.rs`
//! reads single values; `beside.rs` passes over what no schema knows. Each reader takes a value and returns its hashes,
//! so no byte of the message can be left out of the content hash.

mod beside;
mod class;
mod cost;
mod event;
mod field;
mod meter;

use std::fmt;

use wattledger_record::ContentHash;
use wattledger_record::hash::{self};

use self::class::{Class, Presence};
use crate::code::Code;
use crate::decoder::Reading;
use crate::hashed::{ArrayHash, Hashed, ObjectHash};
use crate::limits::{Limits, MEMBERS_MAX};
use crate::path::Path;
use crate::slots::{Slots, Span};
use crate::tape::{Cursor, Json, Piece, Value};
use crate::violation::{Text, Violations};

pub(crate) use self::event::Draft;

/// State of one walk.
pub(crate) struct Walk<'t, 'a> {
    cursor: Cursor<'t, 'a>,
    reading: Reading,
    limits: Limits,
    slots: &'t mut Slots,
    violations: &'t mut Violations,
    /// Names of members beside the schema, as hashes: a stack, each object above the one that holds it.
    names: &'t mut Vec<ContentHash>,
    path: Path<'a>,
}

/// The members of one object that have been seen.
struct Members {
    hash: ObjectHash,
    seen: u32,
    values: [u128; MEMBERS_MAX],
    /// Place of the member that schema order would bring next.
    guess: usize,
    /// Height of [`Walk::names`] before this object.
    names: usize,
}

/// Place of `customData` among [`Members::values`]; the classes' own members are fewer.
const CUSTOM_DATA: usize = MEMBERS_MAX - 1;

impl<'t, 'a> Walk<'t, 'a> {
    pub(crate) const fn new(
        cursor: Cursor<'t, 'a>,
        (reading, limits): (Reading, Limits),
        path: Path<'a>,
        (slots, violations, names): (&'t mut Slots, &'t mut Violations, &'t mut Vec<ContentHash>),
    ) -> Self {
        Self { cursor, reading, limits, slots, violations, names, path }
    }

    /// Reads an object of a class, member by member; a known member is read once.
    fn members<F: Class>(
        &mut self,
        len: usize,
        mut read: impl FnMut(&mut Self, F, &'a str, Value<'a>) -> Hashed,
    ) -> Hashed {
        let mut members = Members {
            hash: ObjectHash::default(),
            seen: 0,
            values: [0; MEMBERS_MAX],
            guess: 0,
            names: self.names.len(),
        };
        for _ in 0..len {
            let (key, value) = self.cursor.member();
            let (hashed, presence) = match F::of(key.text, members.guess) {
                Some((field, place)) => {
                    members.guess = place + 1;
                    let presence = F::FIELDS.get(place).map_or(Presence::Optional, |(_, presence)| *presence);
                    let hashed = if members.seen & (1 << place) == 0 {
                        if presence == Presence::Since21 {
                            self.version_mixed(key.text, "field of 2.1");
                        }
                        let hashed = read(self, field, key.text, value);
                        members.note(place, hashed.content);
                        hashed
                    } else {
                        self.repeated(&members, place, key.text, value)
                    };
                    (hashed, presence)
                }
                None => (self.beside(&mut members, key, value), Presence::Optional),
            };
            if presence != Presence::Unhashed {
                members.hash.member(key.text, hashed);
            }
            self.cursor.mark();
        }
        if len == 0 {
            self.cursor.mark();
        }
        let is_v201 = self.reading.version == wattledger_record::OcppVersion::V201;
        let missing = if is_v201 { F::REQUIRED_201 } else { F::REQUIRED } & !members.seen;
        if missing != 0 {
            self.missing(F::FIELDS, missing);
        }
        self.twins(members.names);
        members.hash.finish()
    }

    /// Lists required members that are missing.
    #[cold]
    fn missing(&mut self, fields: &[(&'static str, Presence)], missing: u32) {
        for (_, (name, _)) in fields.iter().enumerate().filter(|(place, _)| missing & (1 << place) != 0) {
            self.flag(Code::MissingRequired, name, "");
        }
    }

    /// A member of the schema that came before: passed over, compared with the first.
    #[cold]
    fn repeated(&mut self, members: &Members, place: usize, name: &'a str, value: Value<'a>) -> Hashed {
        let content = self.pass(value);
        let equal = members.values.get(place) == Some(&content.0);
        self.flag(if equal { Code::DuplicateMemberEqual } else { Code::DuplicateMember }, name, "");
        Hashed::outside_core(content)
    }

    /// Reads an array element by element; empty, null or no array at all is flagged.
    fn array(
        &mut self,
        value: Value<'a>,
        name: &'a str,
        mut element: impl FnMut(&mut Self, Value<'a>) -> Hashed,
    ) -> Hashed {
        let Json::Array(len) = value.json else { return self.other_type(value, name, "an array") };
        if len == 0 {
            self.flag(Code::EmptyArray, name, "");
            self.cursor.mark();
            return ArrayHash::default().finish();
        }
        let mut hash = ArrayHash::default();
        self.path.enter(name);
        for index in 0..len {
            self.path.at(index);
            let value = self.cursor.value();
            hash.push(element(self, value));
            self.cursor.mark();
        }
        self.path.leave();
        hash.finish()
    }

    /// Reads a member that is an object of a class.
    fn object<T>(
        &mut self,
        value: Value<'a>,
        name: &'a str,
        out: &mut Option<T>,
        read: impl FnOnce(&mut Self, usize) -> (T, Hashed),
    ) -> Hashed {
        let Json::Object(len) = value.json else { return self.other_type(value, name, "an object") };
        self.path.enter(name);
        let (read, hashed) = read(self, len);
        self.path.leave();
        *out = Some(read);
        hashed
    }

    /// Reads an element of an array that has to be an object; `None` if it is none.
    fn element(&mut self, value: Value<'a>) -> Result<usize, Hashed> {
        if let Json::Object(len) = value.json {
            Ok(len)
        } else {
            Err(self.other_type(value, "", "an object"))
        }
    }

    /// A value that cannot be read as what it should be: flagged and passed over.
    #[cold]
    fn other_type(&mut self, value: Value<'a>, name: &str, expected: &str) -> Hashed {
        if matches!(value.json, Json::Null) {
            self.flag(Code::NullValue, name, "");
        } else {
            self.flag(Code::WrongType, name, format_args!("expected {expected}, not {}", value.json.kind()));
        }
        Hashed::whole(self.pass(value))
    }

    /// Lists a violation at a member of the object that the walk is in, or at the element it is at.
    #[cold]
    fn flag(&mut self, code: Code, name: &str, detail: impl fmt::Display) {
        let dot = if name.is_empty() || self.path.is_root() { "" } else { "." };
        let path = Text::of(format_args!("{}{dot}{name}", self.path));
        self.violations.push(code, path, Text::of(detail));
    }

    fn version_mixed(&mut self, name: &str, what: &str) {
        if self.reading.version == wattledger_record::OcppVersion::V201 {
            self.flag(Code::VersionMixed, name, what);
        }
    }

    /// Whether one more slot may be filled; over the bound the message goes to quarantine.
    fn has_room(&mut self, filled: usize, bound: usize, name: &str) -> bool {
        if filled < bound {
            return true;
        }
        if !self.violations.codes().contains(Code::TooMany) {
            self.flag(Code::TooMany, name, format_args!("at most {bound}"));
        }
        false
    }

    /// Where a text stands; one that was escaped is kept.
    fn span(&mut self, piece: Piece<'a>) -> Span {
        let len = u32::try_from(piece.text.len()).unwrap_or(0);
        if self.cursor.is_verbatim(piece) {
            return Span { start: piece.start, len, unescaped: false };
        }
        let start = u32::try_from(self.slots.unescaped.len()).unwrap_or(0);
        self.slots.unescaped.push_str(piece.text);
        Span { start, len, unescaped: true }
    }
}

impl Members {
    fn note(&mut self, place: usize, content: ContentHash) {
        self.seen |= 1 << place;
        if let Some(value) = self.values.get_mut(place) {
            *value = content.0;
        }
    }
}

impl Json<'_> {
    const fn kind(self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "a boolean",
            Self::Number(_) => "a number",
            Self::String(_) => "a string",
            Self::Array(_) => "an array",
            Self::Object(_) => "an object",
        }
    }

    /// Hash of a value that is no array or object.
    fn leaf(self) -> ContentHash {
        match self {
            Self::Bool(value) => hash::boolean(value),
            Self::Number(text) => hash::number(text.as_bytes()),
            Self::String(text) => hash::string(text.as_bytes()),
            Self::Null | Self::Array(_) | Self::Object(_) => hash::null(),
        }
    }
}
