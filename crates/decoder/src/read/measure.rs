//! Units of measure: how a sample's number is brought to the base unit of its measurand.

use super::Walk;
use super::class::UnitField;
use super::field::Range;
use super::sample::SampleDraft;
use crate::bounds::MaxLen;
use crate::code::Code;
use crate::hashed::Hashed;
use crate::source::{Piece, Source};
use crate::unit::{self, ReadUnit, Unit};
use crate::vocabulary::Measurand;

/// Multipliers that make sense: nano to giga.
const MULTIPLIERS: std::ops::RangeInclusive<i64> = -9..=9;

const UNIT: MaxLen = MaxLen::both(20);

/// UnitOfMeasureType in the making.
#[derive(Clone, Copy, Default)]
pub(super) struct UnitDraft<'a> {
    pub(super) unit: Option<Piece<'a>>,
    /// What the unit was read as, where it stands in the specification's list.
    pub(super) listed: Option<ReadUnit>,
    pub(super) multiplier: Option<i64>,
    /// Something stands there that cannot be read, so the value has no scale.
    pub(super) unreadable: bool,
}

/// How a sample's number becomes a value: `None` if it does not.
pub(super) struct Scale {
    pub(super) unit: Unit,
    pub(super) power: Option<i32>,
}

impl<'a, C: Source<'a>> Walk<'_, 'a, C> {
    pub(super) fn scale(&mut self, sample: &SampleDraft<'a>, measurand: Measurand, multiplier: i64) -> Scale {
        if sample.unit.is_some_and(|unit| unit.unreadable) {
            return Scale { unit: Unit::Unknown, power: None };
        }
        let mut scale =
            self.unit(sample.unit.unwrap_or_default(), measurand.base_unit(), sample.signed.is_some());
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

    pub(super) fn unit_of_measure(&mut self) -> (UnitDraft<'a>, Hashed) {
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
        let Some(found) = self.source.word(unit::WORDS, &mut self.scratch.guesses) else {
            return self.text(name, UNIT, &mut unit.unit);
        };
        unit.unit = Some(Piece { text: found.word.text(), start: found.start });
        unit.listed = unit::listed(found.place);
        Hashed::whole(found.word.hash)
    }
}
