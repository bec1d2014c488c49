//! The walk: one pass over the message that reads fields, lists violations and hashes.
//!
//! `class.rs` says which members each class has; `event.rs`, `meter.rs` and `cost.rs` say what they become; `field.rs`
//! reads single values; `beside.rs` passes over what no schema knows. Each reader takes a value and returns its hashes,
//! so no byte of the message can be left out of the content hash.

mod answer;
mod beside;
mod class;
mod cost;
mod event;
mod field;
mod measure;
mod meter;
mod run;
mod sample;
mod status;

use std::fmt;

use wattledger_record::hash;
use wattledger_record::{ContentHash, OcppVersion};

use self::class::{Class, Presence};
use self::run::Runs;
use crate::code::Code;
use crate::decoder::Reading;
use crate::hashed::{ArrayHash, Hashed, ObjectHash};
use crate::limits::Limits;
use crate::names::Name;
use crate::path::Path;
use crate::slots::{Slots, Span};
use crate::source::{Json, Key, Piece, Source, Value, place};
use crate::violation::{Text, Violations};
use crate::words::Guesses;

pub(crate) use self::answer::ResponseDraft;
pub(crate) use self::event::Draft;
pub(crate) use self::status::{StatusRequestDraft, StatusResponseDraft};

/// State of one walk.
pub(crate) struct Walk<'t, 'a, C> {
    source: C,
    reading: Reading,
    limits: Limits,
    scratch: &'t mut Scratch,
    path: Path<'a>,
}

/// What a walk fills, kept from message to message.
#[derive(Debug, Default)]
pub(crate) struct Scratch {
    pub(crate) slots: Slots,
    pub(crate) violations: Violations,
    /// Names of members beside the schema, as hashes: a stack, each object above the one that holds it.
    names: Vec<ContentHash>,
    guesses: Guesses,
    runs: Runs,
}

impl Scratch {
    /// Starts a new message.
    pub(crate) fn clear(&mut self, strict: bool) {
        self.slots.clear();
        self.violations.clear(strict);
        self.names.clear();
    }
}

/// The members of one object that have been seen.
struct Members<F: Class> {
    hash: ObjectHash,
    seen: u32,
    /// Half of each member's content hash.
    values: F::Values,
    /// Height of [`Scratch::names`] before this object.
    names: usize,
}

impl<'t, 'a, C: Source<'a>> Walk<'t, 'a, C> {
    pub(crate) fn new(source: C, (reading, limits): (Reading, Limits), scratch: &'t mut Scratch) -> Self {
        Self { source, reading, limits, scratch, path: Path::default() }
    }

    pub(crate) fn into_source(self) -> C {
        self.source
    }

    /// Whether the message is an object, which it has to be; anything else is passed over.
    pub(crate) fn opens_object(&mut self) -> bool {
        let value = self.source.value();
        if let Json::Object = value.json {
            return true;
        }
        self.flag(Code::NotObject, "", value.json.kind());
        self.pass(value);
        false
    }

    /// Reads an object of a class, member by member; a known member is read once.
    #[inline]
    fn members<F: Class>(&mut self, read: impl FnMut(&mut Self, F, &'static str) -> Hashed) -> Hashed {
        self.members_hash(read).finish()
    }

    /// As [`Self::members`]; the hash can still be taken apart.
    #[inline]
    fn members_hash<F: Class>(
        &mut self,
        mut read: impl FnMut(&mut Self, F, &'static str) -> Hashed,
    ) -> ObjectHash {
        let mut members = Members::<F> {
            hash: ObjectHash::default(),
            seen: 0,
            values: F::Values::default(),
            names: self.scratch.names.len(),
        };
        let mut more = self.source.has_first(b'}');
        while more {
            match self.source.key(F::NAMES, &mut self.scratch.guesses) {
                Key::Known(place) => self.known(&mut members, place, &mut read),
                Key::Other(key) => self.unknown(&mut members, key),
            }
            more = self.source.has_next(b'}');
        }
        self.end(&members)
    }

    /// Says what the object lacks, and gives its hash.
    #[inline]
    fn end<F: Class>(&mut self, members: &Members<F>) -> ObjectHash {
        let required = if self.is_v21() { F::REQUIRED } else { F::REQUIRED_201 };
        let missing = required & !members.seen;
        if missing != 0 {
            self.missing(F::NAMES, missing);
        }
        if self.scratch.names.len() != members.names {
            self.twins(members.names);
        }
        members.hash
    }

    /// Reads a member of the schema.
    #[inline]
    fn known<F: Class>(
        &mut self,
        members: &mut Members<F>,
        place: usize,
        read: &mut impl FnMut(&mut Self, F, &'static str) -> Hashed,
    ) {
        let (Some(name), Some((field, presence))) = (F::NAMES.get(place), F::FIELDS.get(place)) else {
            return;
        };
        if members.seen & (1 << place) != 0 {
            return self.repeated(members, place, name);
        }
        let hashed = match field {
            Some(field) => {
                if *presence == Presence::Since21 {
                    self.version_mixed(name.text(), "field of 2.1");
                }
                read(self, *field, name.text())
            }
            None => self.custom_data(),
        };
        members.seen |= 1 << place;
        if let Some(value) = members.values.as_mut().get_mut(place) {
            *value = half(hashed.content);
        }
        if *presence != Presence::Unhashed {
            members.hash.member(&name.hash, hashed);
        }
    }

    /// Lists required members that are missing.
    #[cold]
    fn missing(&mut self, names: &[Name], missing: u32) {
        for (_, name) in names.iter().enumerate().filter(|(place, _)| missing & (1 << place) != 0) {
            self.flag(Code::MissingRequired, name.text(), "");
        }
    }

    /// A member of the schema that came before: passed over, compared with the first.
    #[cold]
    fn repeated<F: Class>(&mut self, members: &mut Members<F>, place: usize, name: &'static Name) {
        let value = self.source.value();
        let content = self.pass(value);
        let equal = members.values.as_mut().get(place) == Some(&half(content));
        self.flag(if equal { Code::DuplicateMemberEqual } else { Code::DuplicateMember }, name.text(), "");
        if !F::FIELDS.get(place).is_some_and(|(_, presence)| *presence == Presence::Unhashed) {
            members.hash.member(&name.hash, Hashed::outside_core(content));
        }
    }

    /// Reads an array element by element; empty, null or no array at all is flagged.
    fn array(&mut self, name: &'a str, mut element: impl FnMut(&mut Self) -> Hashed) -> Hashed {
        if !self.source.opens(b'[') {
            return self.other_type(name, "an array");
        }
        let mut hash = ArrayHash::default();
        let mut more = self.source.has_first(b']');
        if !more {
            self.flag(Code::EmptyArray, name, "");
            return hash.finish();
        }
        self.path.enter(name);
        let mut index = 0;
        while more {
            self.path.at(index);
            hash.push(element(self));
            more = self.source.has_next(b']');
            index += 1;
        }
        self.path.leave();
        hash.finish()
    }

    /// Reads a member that is an object of a class.
    fn object<T>(
        &mut self,
        name: &'a str,
        out: &mut Option<T>,
        read: impl FnOnce(&mut Self) -> (T, Hashed),
    ) -> Hashed {
        if !self.source.opens(b'{') {
            return self.other_type(name, "an object");
        }
        self.path.enter(name);
        let (read, hashed) = read(self);
        self.path.leave();
        *out = Some(read);
        hashed
    }

    /// Reads an element of an array that has to be an object.
    fn element(&mut self, read: impl FnOnce(&mut Self) -> Hashed) -> Hashed {
        if self.source.opens(b'{') { read(self) } else { self.other_type("", "an object") }
    }

    /// A value that cannot be read as what it should be: flagged and passed over.
    #[cold]
    fn other_type(&mut self, name: &str, expected: &str) -> Hashed {
        let value = self.source.value();
        self.wrong_type(value, name, expected)
    }

    #[cold]
    fn wrong_type(&mut self, value: Value<'a>, name: &str, expected: &str) -> Hashed {
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
        self.scratch.violations.push(code, path, Text::of(detail));
    }

    fn is_v21(&self) -> bool {
        self.reading.version == OcppVersion::V21
    }

    fn version_mixed(&mut self, name: &str, what: &str) {
        if !self.is_v21() {
            self.flag(Code::VersionMixed, name, what);
        }
    }

    /// Whether one more slot may be filled; over the bound the message goes to quarantine.
    fn has_room(&mut self, filled: usize, bound: usize, name: &str) -> bool {
        if filled < bound {
            return true;
        }
        if !self.scratch.violations.codes().contains(Code::TooMany) {
            self.flag(Code::TooMany, name, format_args!("at most {bound}"));
        }
        false
    }

    /// Where a text stands; one that was escaped is kept.
    fn span(&mut self, piece: Piece<'a>) -> Span {
        if self.source.is_verbatim(piece) {
            return Span::of(piece.start, piece.text.len());
        }
        let unescaped = &mut self.scratch.slots.unescaped;
        let start = place(unescaped.len());
        unescaped.push_str(piece.text);
        Span::unescaped(start, piece.text.len())
    }
}

/// What is kept of a hash to tell whether a repeated member is equal.
#[expect(clippy::cast_possible_truncation, reason = "half of it is what is wanted")]
const fn half(hash: ContentHash) -> u64 {
    hash.0 as u64
}

impl Json<'_> {
    /// Hash of a value that is no array or object.
    #[inline]
    fn leaf(self) -> ContentHash {
        match self {
            Self::Bool(value) => hash::boolean(value),
            Self::Number(number) => number.hash(),
            Self::String(text) => hash::string(text.as_bytes()),
            Self::Null | Self::Array | Self::Object => hash::null(),
        }
    }
}
