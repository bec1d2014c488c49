//! Single values: text, numbers, words of a vocabulary, times. Each reader takes what came, flags what was odd, and
//! returns the hash of the value as sent.

use wattledger_record::{Micros, hash};

use super::Walk;
use crate::bounds::{MaxLen, PERCENT, PRIORITY};
use crate::code::Code;
use crate::cost::AmountSlot;
use crate::decimal::{self, Shifted};
use crate::event::{Amount, Timestamp};
use crate::hashed::Hashed;
use crate::number::Number;
use crate::slots::{Span, SpelledSlot};
use crate::source::{Digits, Json, Piece, Source};
use crate::time;
use crate::vocabulary::{Fit, Spelled};
use crate::words::Words;

/// Bounds of an integer beyond which it is flagged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Range {
    /// 32 bits (OCPP 2.0.1 part 2, 2.1.4).
    Int,
    /// At least 0, a bound of 2.1 that makes sense in 2.0.1.
    Count,
    /// 0 to 3, upper bound in 2.1 only.
    Phases,
    /// 0 to 100.
    Percent,
    /// -9 to 9 (prose of `chargingPriority`).
    Priority,
}

/// A word of a vocabulary, and its spelling where that is not the canonical one.
#[derive(Debug, Clone, Copy)]
pub(super) struct Word<'a, T> {
    pub(super) value: T,
    pub(super) raw: Option<Piece<'a>>,
}

impl<'a, T: Copy> Word<'a, T> {
    pub(super) fn spelled(self) -> Spelled<'a, T> {
        Spelled { value: self.value, raw: self.raw.map(|piece| piece.text) }
    }
}

/// A time and where its text stands.
#[derive(Debug, Clone, Copy)]
pub(super) struct Moment<'a> {
    pub(super) stamp: Timestamp<'a>,
    pub(super) piece: Option<Piece<'a>>,
}

impl Moment<'_> {
    pub(super) const MISSING: Self = Self { stamp: Timestamp::MISSING, piece: None };
}

// what DateTime64(6) holds: 1900-01-01 to 2299-12-31
const HELD_FROM: i64 = -2_208_988_800_000_000;
const HELD_UNTIL: i64 = 10_413_792_000_000_000;

impl<'a, C: Source<'a>> Walk<'_, 'a, C> {
    /// A text without a bound; numbers and booleans are taken as they are written.
    #[inline]
    pub(super) fn any_text(&mut self, name: &str, out: &mut Option<Piece<'a>>) -> Hashed {
        let Some(piece) = self.source.text() else { return self.coerced_text(name, out) };
        *out = Some(piece);
        Hashed::whole(hash::string(piece.text.as_bytes()))
    }

    #[cold]
    fn coerced_text(&mut self, name: &str, out: &mut Option<Piece<'a>>) -> Hashed {
        let value = self.source.value();
        let text = match value.json {
            Json::Number(number) => number.text,
            Json::Bool(flag) => self.source.slice(value.start, if flag { 4 } else { 5 }),
            _ => return self.wrong_type(value, name, "a string"),
        };
        self.flag(Code::Coerced, name, format_args!("expected a string, not {}", value.json.kind()));
        *out = Some(Piece { text, start: value.start });
        Hashed::whole(self.leaf(value.json))
    }

    /// A text with a bound on its length.
    pub(super) fn text(&mut self, name: &str, max: MaxLen, out: &mut Option<Piece<'a>>) -> Hashed {
        let hashed = self.any_text(name, out);
        if let Some(piece) = out
            && piece.text.len() > max.v201
        {
            self.long_text(piece.text, name, max);
        }
        hashed
    }

    #[cold]
    fn long_text(&mut self, text: &str, name: &str, max: MaxLen) {
        let characters = text.chars().count();
        if characters > max.v21 {
            self.flag(Code::TooLong, name, format_args!("{characters} characters, at most {}", max.v21));
        } else if characters > max.v201 {
            self.version_mixed(name, "length of 2.1");
        }
    }

    /// A word of a vocabulary.
    #[inline]
    pub(super) fn word<T: Words>(&mut self, name: &str, out: &mut Option<Word<'a, T>>) -> Hashed {
        if let Some((value, hashed)) = self.exact_word(name) {
            *out = Some(Word { value, raw: None });
            return hashed;
        }
        self.odd_word(name, out)
    }

    /// A word in its canonical spelling, if one stands here.
    #[inline]
    pub(super) fn exact_word<T: Words>(&mut self, name: &str) -> Option<(T, Hashed)> {
        let found = self.source.word(T::WORDS, &mut self.scratch.guesses)?;
        let value = T::at(found.place)?;
        if value.is_v21() {
            self.version_mixed(name, "value of 2.1");
        }
        Some((value, Hashed::whole(found.word.hash)))
    }

    /// A word that is spelled otherwise, or none.
    #[inline(never)]
    fn odd_word<T: Words>(&mut self, name: &str, out: &mut Option<Word<'a, T>>) -> Hashed {
        let is_null = self.source.is_null();
        let mut piece = None;
        let hashed = self.any_text(name, &mut piece);
        let Some(piece) = piece else {
            // something is there, so what stands for "absent" would be a guess
            *out = T::UNKNOWN.filter(|_| !is_null).map(|value| Word { value, raw: None });
            return hashed;
        };
        let word = match T::fit(piece.text) {
            Fit::Exact(value) => Word { value, raw: None },
            Fit::Alias(value) => {
                self.flag(Code::EnumSpelling, name, piece.text);
                Word { value, raw: Some(piece) }
            }
            Fit::Unknown => {
                self.flag(Code::EnumUnknown, name, piece.text);
                let Some(value) = T::UNKNOWN else { return hashed };
                Word { value, raw: Some(piece) }
            }
        };
        if word.value.is_v21() {
            self.version_mixed(name, "value of 2.1");
        }
        *out = Some(word);
        hashed
    }

    pub(super) fn word_slot<T: Copy>(&mut self, word: Word<'a, T>) -> SpelledSlot<T> {
        SpelledSlot { value: word.value, raw: word.raw.map(|piece| self.span(piece)) }
    }

    /// A number, also where it came as text.
    #[inline]
    pub(super) fn number(&mut self, name: &str, out: &mut Option<Digits<'a>>) -> Hashed {
        let Some(digits) = self.source.number() else { return self.coerced_number(name, out) };
        *out = Some(digits);
        Hashed::whole(self.leaf(Json::Number(digits.number)))
    }

    #[cold]
    fn coerced_number(&mut self, name: &str, out: &mut Option<Digits<'a>>) -> Hashed {
        let value = self.source.value();
        let number = if let Json::String(text) = value.json { Number::of(text.trim_ascii()) } else { None };
        let (Json::String(text), Some(number)) = (value.json, number) else {
            return self.wrong_type(value, name, "a number");
        };
        self.flag(Code::Coerced, name, "expected a number, not a string");
        let blank = text.len() - text.trim_ascii_start().len();
        let start = value.start.saturating_add(1).saturating_add(u32::try_from(blank).unwrap_or(0));
        *out = Some(Digits { number, start });
        Hashed::whole(self.leaf(value.json))
    }

    /// An integer, also where it is written `3.0`.
    pub(super) fn integer(&mut self, name: &str, range: Range, out: &mut Option<i64>) -> Hashed {
        let mut digits = None;
        let hashed = self.number(name, &mut digits);
        let Some(digits) = digits else { return hashed };
        match decimal::integer(digits.number) {
            Some(number) => {
                if self.is_out_of(range, number) {
                    self.flag(Code::OutOfRange, name, number);
                }
                *out = Some(number);
            }
            None => {
                let detail = format_args!("no integer that can be held: {}", digits.number.text);
                self.flag(Code::WrongType, name, detail);
            }
        }
        hashed
    }

    fn is_out_of(&self, range: Range, number: i64) -> bool {
        let v21 = self.reading.version == wattledger_record::OcppVersion::V21;
        i32::try_from(number).is_err()
            || match range {
                Range::Int => false,
                Range::Count => number < 0,
                Range::Phases => number < 0 || (v21 && number > 3),
                Range::Percent => !PERCENT.contains(&number),
                Range::Priority => !PRIORITY.contains(&number),
            }
    }

    /// A boolean, also as text or as 0 and 1.
    pub(super) fn boolean(&mut self, name: &str, out: &mut Option<bool>) -> Hashed {
        let value = self.source.value();
        let coerced = match value.json {
            Json::Bool(flag) => {
                *out = Some(flag);
                return Hashed::whole(self.leaf(value.json));
            }
            Json::String(text) if text.eq_ignore_ascii_case("true") => true,
            Json::String(text) if text.eq_ignore_ascii_case("false") => false,
            Json::Number(number) if decimal::integer(number) == Some(1) => true,
            Json::Number(number) if decimal::integer(number) == Some(0) => false,
            _ => return self.wrong_type(value, name, "a boolean"),
        };
        self.flag(Code::Coerced, name, format_args!("expected a boolean, not {}", value.json.kind()));
        *out = Some(coerced);
        Hashed::whole(self.leaf(value.json))
    }

    /// A decimal number that is no measured value.
    pub(super) fn amount(&mut self, name: &str, out: &mut Option<Amount<'a>>) -> Hashed {
        let mut digits = None;
        let hashed = self.number(name, &mut digits);
        if let Some(digits) = digits {
            let shifted = self.shifted(digits.number, 0, name);
            *out = Some(Amount { text: digits.number.text, value: shifted.value });
        }
        hashed
    }

    /// As [`Self::amount`], to be kept in a slot.
    pub(super) fn amount_slot(&mut self, name: &str, out: &mut Option<AmountSlot>) -> Hashed {
        let mut digits = None;
        let hashed = self.number(name, &mut digits);
        if let Some(digits) = digits {
            let shifted = self.shifted(digits.number, 0, name);
            *out = Some(AmountSlot { text: self.span(digits.piece()), value: shifted.value });
        }
        hashed
    }

    /// Shifts a number and flags what was lost.
    pub(super) fn shifted(&mut self, number: Number<'a>, power: i32, name: &str) -> Shifted {
        let shifted = decimal::shift(number, power);
        if shifted.rounded {
            self.flag(Code::ValueRounded, name, number.text);
        }
        match shifted.value {
            None => self.flag(Code::ValueOutOfRange, name, number.text),
            Some(_) if shifted.large => self.flag(Code::ValueLarge, name, number.text),
            Some(_) => {}
        }
        shifted
    }

    /// A time. Its hash is outside the core.
    pub(super) fn time(&mut self, name: &str, out: &mut Moment<'a>) -> Hashed {
        let Some(piece) = self.source.text() else {
            let value = self.source.value();
            self.flag(Code::TimestampInvalid, name, value.json.kind());
            return Hashed::outside_core(self.pass(value));
        };
        out.piece = Some(piece);
        out.stamp = match time::usual(piece.text) {
            Some((micros, month)) => Timestamp { micros: Some(micros), text: Some(piece.text), month },
            None => self.stamp(piece.text, name, true),
        };
        Hashed::outside_core(hash::string(piece.text.as_bytes()))
    }

    /// Reads a time; `of_clock`: a clock said it, so it should lie in our days.
    pub(super) fn stamp<'b>(&mut self, text: &'b str, name: &str, of_clock: bool) -> Timestamp<'b> {
        let Some(read) = time::read(text) else {
            self.flag(Code::TimestampInvalid, name, text);
            return Timestamp { micros: None, text: Some(text), month: 0 };
        };
        if read.has_no_zone() {
            self.flag(Code::TzAssumed, name, text);
        }
        if read.long_fraction {
            self.flag(Code::TimestampFraction, name, text);
        }
        if read.odd_spelling {
            self.flag(Code::TimestampSpelling, name, text);
        }
        let micros = Micros(read.micros(self.reading.zone_minutes.map_or(0, i64::from)));
        if of_clock && !micros.is_usable() {
            self.flag(Code::ClockUnset, name, text);
        }
        Timestamp {
            micros: Some(micros).filter(|m| (HELD_FROM..HELD_UNTIL).contains(&m.0)),
            text: Some(text),
            month: read.month(),
        }
    }

    pub(super) fn moment_span(&mut self, moment: Moment<'a>) -> Option<Span> {
        moment.piece.map(|piece| self.span(piece))
    }
}
