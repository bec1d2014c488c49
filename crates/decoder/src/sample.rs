//! Meter values and their sampled values: what a reader gets, and how they lie in the decoder's scratch.

use wattledger_record::{Decimal6, Micros};

use crate::event::Timestamp;
use crate::slots::{Arena, List, Part, Slot, Span, SpelledSlot};
use crate::unit::Unit;
use crate::vocabulary::{Location, Measurand, Phase, ReadingContext, Spelled};

/// The `meterValue` elements of an event.
pub type MeterValues<'a> = List<'a, MeterValueSlot>;
/// Sampled values, of one element or of the whole event.
pub type Samples<'a> = List<'a, SampleSlot>;

/// MeterValueType.
#[derive(Debug, Clone, Copy)]
pub struct MeterValue<'a> {
    /// `timestamp`, shared by the samples of the element (J02.FR.18).
    pub timestamp: Timestamp<'a>,
    /// `sampledValue`.
    pub samples: Samples<'a>,
}

/// SampledValueType.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SampledValue<'a> {
    /// Position of its `meterValue` element.
    pub meter_value: u32,
    /// Time of its `meterValue` element, µs UTC.
    pub at: Option<Micros>,
    /// `value` as sent, digit by digit; empty where it is missing or no number.
    pub value_text: &'a str,
    /// Value × 10^multiplier in [`Self::unit`], rounded half away from zero to six fractional digits. `None` if there
    /// is no number, if it does not fit, if the unit is unknown, of another kind than the measurand, or missing on a
    /// signed sample (the unit is inside the signed data then), or if the multiplier is outside −9 … 9.
    pub value: Option<Decimal6>,
    /// One unit in the last place of the value as sent, in [`Self::unit`]; at least 10⁻⁶, 0 without a value.
    pub ulp: Decimal6,
    /// Base unit of `value`: Wh for kWh, and so on; the measurand's own where none was sent.
    pub unit: Unit,
    /// `unitOfMeasure.unit` as sent.
    pub unit_text: Option<&'a str>,
    /// `unitOfMeasure.multiplier`; 0 where absent, cut to ±127.
    pub multiplier: i8,
    /// `measurand`; absent means Energy.Active.Import.Register.
    pub measurand: Spelled<'a, Measurand>,
    /// `context`; absent means Sample.Periodic, which is for the reader to apply.
    pub context: Option<Spelled<'a, ReadingContext>>,
    /// `phase`; absent is the total, not L1.
    pub phase: Option<Spelled<'a, Phase>>,
    /// `location`; absent means Outlet, which is for the reader to apply.
    pub location: Option<Spelled<'a, Location>>,
    /// `signedMeterValue`.
    pub signed: Option<SignedMeterValue<'a>>,
}

/// SignedMeterValueType; every text exactly as signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SignedMeterValue<'a> {
    /// `signedMeterData`; empty where missing.
    pub signed_meter_data: &'a str,
    /// `signingMethod`; empty where it is part of the data.
    pub signing_method: &'a str,
    /// `encodingMethod`; empty where missing.
    pub encoding_method: &'a str,
    /// `publicKey`; empty where it is not sent.
    pub public_key: &'a str,
}

/// How a [`MeterValue`] lies in the scratch.
#[derive(Debug, Clone, Copy)]
pub struct MeterValueSlot {
    pub(crate) micros: Option<Micros>,
    pub(crate) month: u32,
    pub(crate) text: Option<Span>,
    pub(crate) samples: Part,
}

impl Slot for MeterValueSlot {
    type Item<'a> = MeterValue<'a>;

    fn item<'a>(&self, arena: Arena<'a>) -> MeterValue<'a> {
        let text = self.text.map(|span| arena.text(span));
        MeterValue {
            timestamp: Timestamp { micros: self.micros, text, month: self.month },
            samples: List::part(arena, &arena.slots().samples, self.samples),
        }
    }
}

/// How a [`SampledValue`] lies in the scratch.
#[derive(Debug, Clone, Copy)]
pub struct SampleSlot {
    pub(crate) meter_value: u32,
    pub(crate) value_text: Span,
    pub(crate) value: Option<Decimal6>,
    pub(crate) ulp: Decimal6,
    pub(crate) unit: Unit,
    pub(crate) unit_text: Option<Span>,
    pub(crate) multiplier: i8,
    pub(crate) measurand: SpelledSlot<Measurand>,
    pub(crate) context: Option<SpelledSlot<ReadingContext>>,
    pub(crate) phase: Option<SpelledSlot<Phase>>,
    pub(crate) location: Option<SpelledSlot<Location>>,
    /// Position in the list of signed values.
    pub(crate) signed: Option<u32>,
}

/// How a [`SignedMeterValue`] lies in the scratch.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct SignedSlot {
    pub(crate) signed_meter_data: Span,
    pub(crate) signing_method: Span,
    pub(crate) encoding_method: Span,
    pub(crate) public_key: Span,
}

impl Slot for SampleSlot {
    type Item<'a> = SampledValue<'a>;

    fn item<'a>(&self, arena: Arena<'a>) -> SampledValue<'a> {
        let slots = arena.slots();
        let place = |n: u32| usize::try_from(n).unwrap_or(usize::MAX);
        let signed = self.signed.and_then(|n| slots.signed.get(place(n))).map(|signed| SignedMeterValue {
            signed_meter_data: arena.text(signed.signed_meter_data),
            signing_method: arena.text(signed.signing_method),
            encoding_method: arena.text(signed.encoding_method),
            public_key: arena.text(signed.public_key),
        });
        SampledValue {
            meter_value: self.meter_value,
            at: slots.meter_values.get(place(self.meter_value)).and_then(|element| element.micros),
            value_text: arena.text(self.value_text),
            value: self.value,
            ulp: self.ulp,
            unit: self.unit,
            unit_text: self.unit_text.map(|span| arena.text(span)),
            multiplier: self.multiplier,
            measurand: self.measurand.spelled(arena),
            context: self.context.map(|slot| slot.spelled(arena)),
            phase: self.phase.map(|slot| slot.spelled(arena)),
            location: self.location.map(|slot| slot.spelled(arena)),
            signed,
        }
    }
}
