//! Meter values: each sample is brought to the base unit of its measurand once all its members are known.

use wattledger_record::Decimal6;

use super::Walk;
use super::class::{MeterField, SampleField, SignedField, UnitField};
use super::field::{Digits, MaxLen, Moment, Range, Word};
use crate::code::Code;
use crate::hashed::Hashed;
use crate::sample::{MeterValueSlot, SampleSlot, SignedSlot};
use crate::slots::{Part, SpelledSlot};
use crate::source::{Piece, Source};
use crate::unit::{self, ReadUnit, Unit};
use crate::vocabulary::{Location, Measurand, Phase, ReadingContext};

/// Multipliers that make sense: nano to giga.
const MULTIPLIERS: std::ops::RangeInclusive<i64> = -9..=9;

const UNIT: MaxLen = MaxLen::both(20);
const METHOD: MaxLen = MaxLen::both(50);
const SIGNED_DATA: MaxLen = MaxLen { v201: 2_500, v21: 32_768 };
const PUBLIC_KEY: MaxLen = MaxLen::both(2_500);

/// A sample in the making.
#[derive(Default)]
struct SampleDraft<'a> {
    value: Option<Digits<'a>>,
    measurand: Option<Word<'a, Measurand>>,
    context: Option<Word<'a, ReadingContext>>,
    phase: Option<Word<'a, Phase>>,
    location: Option<Word<'a, Location>>,
    signed: Option<SignedSlot>,
    unit: Option<UnitDraft<'a>>,
}

#[derive(Clone, Copy, Default)]
struct UnitDraft<'a> {
    unit: Option<Piece<'a>>,
    /// What the unit was read as, where it stands in the specification's list.
    listed: Option<ReadUnit>,
    multiplier: Option<i64>,
    /// Something stands there that cannot be read, so the value has no scale.
    unreadable: bool,
}

/// How a sample's number becomes a value: `None` if it does not.
struct Scale {
    unit: Unit,
    power: Option<i32>,
}

impl<'a, C: Source<'a>> Walk<'_, 'a, C> {
    /// `meterValue`.
    pub(super) fn meter_values(&mut self, name: &'a str) -> Hashed {
        self.array(name, |walk| walk.element(Self::meter_value))
    }

    fn meter_value(&mut self) -> Hashed {
        let mut moment = None;
        let meter_value = u32::try_from(self.scratch.slots.meter_values.len()).unwrap_or(u32::MAX);
        let start = self.scratch.slots.samples.len();
        let hashed = self.members(|walk, field, name| match field {
            MeterField::Timestamp => walk.time(name, moment.insert(Moment::MISSING)),
            MeterField::SampledValue => walk.array(name, |walk| walk.element(|walk| walk.sample(meter_value))),
        });
        if moment.is_none() {
            self.flag(Code::TimestampMissing, "timestamp", "");
        }
        if self.has_room(self.scratch.slots.meter_values.len(), self.limits.samples, "") {
            let moment = moment.unwrap_or(Moment::MISSING);
            let samples = part(start, self.scratch.slots.samples.len());
            let text = self.moment_span(moment);
            let (micros, month) = (moment.stamp.micros, moment.stamp.month);
            self.scratch.slots.meter_values.push(MeterValueSlot { micros, month, text, samples });
        }
        hashed
    }

    fn sample(&mut self, meter_value: u32) -> Hashed {
        let mut sample = SampleDraft::default();
        let hashed = self.members(|walk, field, name| match field {
            SampleField::Value => walk.number(name, &mut sample.value),
            SampleField::Measurand => walk.word(name, &mut sample.measurand),
            SampleField::Context => walk.word(name, &mut sample.context),
            SampleField::Phase => walk.word(name, &mut sample.phase),
            SampleField::Location => walk.word(name, &mut sample.location),
            SampleField::Signed => walk.object(name, &mut sample.signed, Self::signed),
            SampleField::Unit => {
                let is_null = walk.source.is_null();
                let hashed = walk.object(name, &mut sample.unit, Self::unit_of_measure);
                if sample.unit.is_none() && !is_null {
                    sample.unit = Some(UnitDraft { unreadable: true, ..UnitDraft::default() });
                }
                hashed
            }
        });
        if self.has_room(self.scratch.slots.samples.len(), self.limits.samples, "") {
            let slot = self.sample_slot(&sample, meter_value);
            self.scratch.slots.samples.push(slot);
        }
        hashed
    }

    fn sample_slot(&mut self, sample: &SampleDraft<'a>, meter_value: u32) -> SampleSlot {
        let measurand = match sample.measurand {
            Some(word) => self.word_slot(word),
            None => SpelledSlot { value: Measurand::EnergyActiveImportRegister, raw: None },
        };
        let multiplier = sample.unit.and_then(|unit| unit.multiplier).unwrap_or(0);
        let scale = self.scale(sample, measurand.value, multiplier);
        let shifted = match (sample.value, scale.power) {
            (Some(digits), Some(power)) => Some(self.shifted(digits.number, power, "value")),
            _ => None,
        };
        let value = shifted.and_then(|shifted| shifted.value);
        SampleSlot {
            meter_value,
            value_text: sample.value.map(|digits| self.span(digits.piece())).unwrap_or_default(),
            value,
            ulp: shifted.filter(|_| value.is_some()).map_or(Decimal6::ZERO, |shifted| shifted.ulp),
            unit: scale.unit,
            unit_text: sample.unit.and_then(|unit| unit.unit).map(|piece| self.span(piece)),
            multiplier: i8::try_from(multiplier.clamp(-127, 127)).unwrap_or(0),
            measurand,
            context: sample.context.map(|word| self.word_slot(word)),
            phase: sample.phase.map(|word| self.word_slot(word)),
            location: sample.location.map(|word| self.word_slot(word)),
            signed: sample.signed.map(|signed| {
                self.scratch.slots.signed.push(signed);
                u32::try_from(self.scratch.slots.signed.len() - 1).unwrap_or(u32::MAX)
            }),
        }
    }

    fn scale(&mut self, sample: &SampleDraft<'a>, measurand: Measurand, multiplier: i64) -> Scale {
        if sample.unit.is_some_and(|unit| unit.unreadable) {
            return Scale { unit: Unit::Unknown, power: None };
        }
        let mut scale = self.unit(sample.unit.unwrap_or_default(), measurand.base_unit(), sample.signed.is_some());
        if MULTIPLIERS.contains(&multiplier) {
            let shift = i32::try_from(multiplier).unwrap_or(0);
            scale.power = scale.power.map(|power| power + shift);
        } else {
            self.flag(Code::MultiplierOutOfRange, "unitOfMeasure.multiplier", multiplier);
            scale.power = None;
        }
        scale
    }

    /// The unit that was sent, or what stands for it where there is none.
    fn unit(&mut self, draft: UnitDraft<'a>, expected: Unit, signed: bool) -> Scale {
        const NAME: &str = "unitOfMeasure.unit";
        let text = draft.unit.map(|piece| piece.text);
        let sent = text.filter(|text| !text.trim_ascii().is_empty());
        if text.is_some() && sent.is_none() {
            self.flag(Code::UnitSpelling, NAME, "");
        }
        let Some(text) = sent else {
            if signed {
                self.flag(Code::SignedUnitMissing, NAME, "");
                return Scale { unit: Unit::Unknown, power: None };
            }
            return Scale { unit: expected, power: (expected != Unit::Unknown).then_some(0) };
        };
        let Some(read) = draft.listed.or_else(|| unit::read(text)) else {
            self.flag(Code::UnitUnknown, NAME, text);
            return Scale { unit: Unit::Unknown, power: None };
        };
        if !read.listed {
            self.flag(Code::UnitSpelling, NAME, text);
        }
        let fits = expected == Unit::Unknown || expected == read.unit;
        if !fits {
            self.flag(Code::UnitMismatch, NAME, format_args!("{text}, expected {}", expected.as_str()));
        }
        Scale { unit: read.unit, power: fits.then_some(read.power) }
    }

    fn unit_of_measure(&mut self) -> (UnitDraft<'a>, Hashed) {
        let mut unit = UnitDraft::default();
        let hashed = self.members(|walk, field, name| {
            let is_null = walk.source.is_null();
            let (hashed, is_read) = match field {
                UnitField::Unit => (walk.unit_text(name, &mut unit), unit.unit.is_some()),
                UnitField::Multiplier => {
                    (walk.integer(name, Range::Int, &mut unit.multiplier), unit.multiplier.is_some())
                }
            };
            unit.unreadable |= !is_read && !is_null;
            hashed
        });
        (unit, hashed)
    }

    fn unit_text(&mut self, name: &'static str, unit: &mut UnitDraft<'a>) -> Hashed {
        let Some(found) = self.source.word(unit::WORDS, &mut self.scratch.words) else {
            return self.text(name, UNIT, &mut unit.unit);
        };
        unit.unit = Some(Piece { text: found.word.text(), start: found.start });
        unit.listed = unit::listed(found.place);
        Hashed::whole(found.word.hash)
    }

    fn signed(&mut self) -> (SignedSlot, Hashed) {
        let (mut data, mut signing, mut encoding, mut key) = (None, None, None, None);
        let hashed = self.members(|walk, field, name| match field {
            SignedField::Data => walk.text(name, SIGNED_DATA, &mut data),
            SignedField::SigningMethod => walk.text(name, METHOD, &mut signing),
            SignedField::EncodingMethod => walk.text(name, METHOD, &mut encoding),
            SignedField::PublicKey => walk.text(name, PUBLIC_KEY, &mut key),
        });
        let slot = SignedSlot {
            signed_meter_data: self.optional_span(data),
            signing_method: self.optional_span(signing),
            encoding_method: self.optional_span(encoding),
            public_key: self.optional_span(key),
        };
        (slot, hashed)
    }
}

/// The slots from `start` to `end`.
pub(super) fn part(start: usize, end: usize) -> Part {
    Part {
        start: u32::try_from(start).unwrap_or(u32::MAX),
        len: u32::try_from(end.saturating_sub(start)).unwrap_or(0),
    }
}
