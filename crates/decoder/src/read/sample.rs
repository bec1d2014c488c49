//! SampledValueType: the members are read one by one, or in runs where the bytes are known from an earlier sample.

use wattledger_record::Decimal6;

use super::class::SampleField;
use super::field::{Digits, Word};
use super::measure::UnitDraft;
use super::run::{Kind, Run};
use super::{Members, Walk};
use crate::hashed::{Hashed, ObjectHash};
use crate::sample::{SampleSlot, SignedSlot};
use crate::slots::SpelledSlot;
use crate::source::Source;
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

/// How far an object had been read.
#[derive(Clone, Copy)]
pub(super) struct Mark {
    pub(super) at: usize,
    pub(super) hash: ObjectHash,
    pub(super) seen: u32,
}

const VALUE: usize = SampleField::Value as usize;

impl<'a, C: Source<'a>> Walk<'_, 'a, C> {
    /// Reads one sample.
    pub(super) fn sample(&mut self, meter_value: u32) -> Hashed {
        let extras = self.scratch.slots.extras.len();
        let ordinal = self.scratch.slots.samples.len();
        let (mut members, mut sample) = (self.begin::<SampleField>(), SampleDraft::default());
        let mut more = self.source.has_first(b'}');
        let start = self.mark(&members);
        let (mut lead, mut tail) = (None, None);
        if more && !self.source.rest().starts_with(b"\"value\"") && !self.take_run(Kind::Lead, ordinal, &mut members, &mut sample) {
            lead = Some(start);
        }
        while more {
            let before = self.mark(&members);
            let read = self.member(&mut members, &mut |walk, field, name| walk.sample_member(field, name, &mut sample));
            if read == Some(VALUE) {
                if let Some(start) = lead.take() {
                    self.keep_run(Kind::Lead, ordinal, (start, before), (&members, &sample, extras));
                }
                if self.take_run(Kind::Tail, ordinal, &mut members, &mut sample) {
                    break;
                }
                tail = Some(self.mark(&members));
            }
            more = self.source.has_next(b'}');
        }
        if let Some(start) = tail {
            let end = self.mark(&members);
            self.keep_run(Kind::Tail, ordinal, (start, end), (&members, &sample, extras));
        }
        let hashed = self.end(members);
        if self.has_room(self.scratch.slots.samples.len(), self.limits.samples, "") {
            let slot = self.sample_slot(&sample, meter_value);
            self.scratch.slots.samples.push(slot);
        }
        hashed
    }

    #[inline]
    fn mark(&self, members: &Members<SampleField>) -> Mark {
        Mark { at: self.source.at(), hash: members.hash, seen: members.seen }
    }

    /// Passes a run of members that is known, if one stands here.
    #[inline]
    fn take_run(
        &mut self,
        kind: Kind,
        ordinal: usize,
        members: &mut Members<SampleField>,
        sample: &mut SampleDraft<'a>,
    ) -> bool {
        let is_v21 = self.is_v21();
        let Some(run) = self.scratch.runs.find(kind, ordinal, is_v21, self.source.rest()) else { return false };
        if members.seen & run.seen != 0 {
            return false;
        }
        run.fill(sample, self.source.at());
        members.hash.join(run.hash);
        members.seen |= run.seen;
        if kind == Kind::Lead {
            members.values = run.values;
        }
        self.source.skip(run.len, kind == Kind::Tail);
        true
    }

    /// Remembers a run that was read member by member, if its bytes alone say all about it.
    #[cold]
    fn keep_run(
        &mut self,
        kind: Kind,
        ordinal: usize,
        (start, end): (Mark, Mark),
        (members, sample, extras): (&Members<SampleField>, &SampleDraft<'a>, usize),
    ) {
        let is_plain = self.source.is_sound()
            && self.scratch.violations.codes().is_empty()
            && self.scratch.slots.extras.len() == extras;
        let bytes = self.source.between(start.at, end.at);
        if !is_plain || bytes.is_empty() {
            return;
        }
        let is_v21 = self.is_v21();
        if let Some(run) = Run::new(bytes, is_v21, (&start, &end), members.values, sample) {
            self.scratch.runs.keep(kind, ordinal, run);
        }
    }

    fn sample_member(&mut self, field: SampleField, name: &'static str, sample: &mut SampleDraft<'a>) -> Hashed {
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
}
