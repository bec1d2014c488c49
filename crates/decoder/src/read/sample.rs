//! SampledValueType: read member by member, unless all of it but the number is known from an earlier sample.

use wattledger_record::Decimal6;

use super::Walk;
use super::class::{Class, SampleField};
use super::field::Word;
use super::measure::UnitDraft;
use crate::decimal::Shifted;
use crate::hashed::Hashed;
use crate::sample::{SampleSlot, SignedSlot};
use crate::slots::SpelledSlot;
use crate::source::{Digits, Source};
use crate::vocabulary::{Location, Measurand, Phase, ReadingContext};

/// A sample in the making.
#[derive(Clone, Copy, Default)]
pub(super) struct SampleDraft<'a> {
    pub(super) value: Option<Digits<'a>>,
    pub(super) measurand: Option<Word<'a, Measurand>>,
    pub(super) context: Option<Word<'a, ReadingContext>>,
    pub(super) phase: Option<Word<'a, Phase>>,
    pub(super) location: Option<Word<'a, Location>>,
    pub(super) signed: Option<SignedSlot>,
    pub(super) unit: Option<UnitDraft<'a>>,
}

/// Place of the number.
pub(super) const VALUE: usize = SampleField::Value as usize;

impl<'a, C: Source<'a>> Walk<'_, 'a, C> {
    /// Reads one sample of the element at `meter_value`, whose first one is at `first`.
    pub(super) fn sample(&mut self, meter_value: u32, first: usize) -> Hashed {
        let start = self.begin_run(first);
        if let Some(hashed) = self.known_sample(start, meter_value) {
            return hashed;
        }
        let mut sample = SampleDraft::default();
        let mut value = None;
        let hash = self.members_hash(|walk, field, name| {
            let from = walk.source.at();
            let hashed = walk.sample_member(field, name, &mut sample);
            if field == SampleField::Value {
                value = Some((from..walk.source.at(), hashed));
            }
            hashed
        });
        if self.has_room(self.scratch.slots.samples.len(), self.limits.samples, "") {
            let (slot, power) = self.sample_slot(&sample, meter_value);
            self.scratch.slots.samples.push(slot);
            // only a short number is looked for behind a lead
            let is_short = sample.value.is_some_and(|digits| digits.number.short.is_some());
            if let (Some((value, hashed)), Some(power), true) = (value, power, is_short) {
                let members = SampleField::NAMES.get(VALUE).and_then(|name| hash.without(&name.hash, hashed));
                self.keep_run(start, value, (members, slot, power));
            }
        }
        hash.finish()
    }

    fn sample_member(
        &mut self,
        field: SampleField,
        name: &'static str,
        sample: &mut SampleDraft<'a>,
    ) -> Hashed {
        match field {
            SampleField::Value => self.number(name, &mut sample.value),
            SampleField::Measurand => self.word(name, &mut sample.measurand),
            SampleField::Context => self.word(name, &mut sample.context),
            SampleField::Phase => self.word(name, &mut sample.phase),
            SampleField::Location => self.word(name, &mut sample.location),
            SampleField::Signed => self.object(name, &mut sample.signed, Self::signed),
            SampleField::Unit => {
                let is_null = self.source.is_null();
                let hashed = self.object(name, &mut sample.unit, Self::unit_of_measure);
                if sample.unit.is_none() && !is_null {
                    sample.unit = Some(UnitDraft { unreadable: true, ..UnitDraft::default() });
                }
                hashed
            }
        }
    }

    /// The sample as it is kept, and the power of ten that its number is shifted by.
    fn sample_slot(&mut self, sample: &SampleDraft<'a>, meter_value: u32) -> (SampleSlot, Option<i32>) {
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
        let slot = SampleSlot {
            meter_value,
            value_text: sample.value.map(|digits| self.span(digits.piece())).unwrap_or_default(),
            value: shifted.and_then(|shifted| shifted.value),
            ulp: shifted.map_or(Decimal6::ZERO, Shifted::held_ulp),
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
        };
        (slot, scale.power)
    }
}
