//! Meter values and what is signed in them.

use super::Walk;
use super::class::{MeterField, SignedField};
use super::field::Moment;
use crate::bounds::MaxLen;
use crate::code::Code;
use crate::hashed::Hashed;
use crate::sample::{MeterValueSlot, SignedSlot};
use crate::slots::Part;
use crate::source::Source;

const METHOD: MaxLen = MaxLen::both(50);
const SIGNED_DATA: MaxLen = MaxLen { v201: 2_500, v21: 32_768 };
const PUBLIC_KEY: MaxLen = MaxLen::both(2_500);

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
            MeterField::SampledValue => {
                walk.array(name, |walk| walk.element(|walk| walk.sample(meter_value, start)))
            }
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

    pub(super) fn signed(&mut self) -> (SignedSlot, Hashed) {
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
