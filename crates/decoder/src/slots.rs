//! Lists of an event without an allocation per event: elements lie as small slots in vectors that the decoder keeps,
//! their texts as places in the message, and both are put together when a reader asks.
//!
//! Why not `&[SampledValue<'a>]`: a vector kept from message to message cannot hold references into one message.

use std::fmt;
use std::num::NonZeroU32;

use crate::answer::{EvseIdSlot, MessageSlot};
use crate::cost::{DimensionSlot, PeriodSlot, TaxRateSlot};
use crate::sample::{MeterValueSlot, SampleSlot, SignedSlot};
use crate::source::{index, place};
use crate::vocabulary::Spelled;

/// Place of a text: in the message, or among the unescaped texts. Eight bytes, also as an `Option`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Span {
    start: u32,
    /// Length plus one, and in the lowest bit whether it is among the unescaped texts.
    len: NonZeroU32,
}

impl Default for Span {
    /// The empty text.
    fn default() -> Self {
        Self { start: 0, len: NonZeroU32::MIN.saturating_add(1) }
    }
}

impl Span {
    /// In the message; texts are shorter than 2³⁰ bytes ([`crate::limits::MESSAGE_BYTES_CEILING`]).
    #[inline]
    pub(crate) fn of(start: u32, len: usize) -> Self {
        Self { start, len: NonZeroU32::MIN.saturating_add((place(len) << 1) + 1) }
    }

    /// Among the unescaped texts.
    pub(crate) fn unescaped(start: u32, len: usize) -> Self {
        Self { start, len: NonZeroU32::MIN.saturating_add((place(len) << 1) + 2) }
    }

    pub(crate) const fn is_unescaped(self) -> bool {
        self.len.get() & 1 == 1
    }

    pub(crate) const fn start(self) -> u32 {
        self.start
    }

    /// In bytes.
    pub(crate) const fn len(self) -> u32 {
        (self.len.get() >> 1) - 1
    }
}

/// A run of slots in one of the vectors.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Part {
    pub(crate) start: u32,
    pub(crate) len: u32,
}

/// A value of a vocabulary with the place of its spelling.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SpelledSlot<T> {
    pub(crate) value: T,
    pub(crate) raw: Option<Span>,
}

impl<T: Copy> SpelledSlot<T> {
    pub(crate) fn spelled(self, arena: Arena<'_>) -> Spelled<'_, T> {
        Spelled { value: self.value, raw: self.raw.map(|span| arena.text(span)) }
    }
}

/// The vectors, kept from message to message.
#[derive(Debug, Default)]
pub(crate) struct Slots {
    pub(crate) meter_values: Vec<MeterValueSlot>,
    pub(crate) samples: Vec<SampleSlot>,
    pub(crate) signed: Vec<SignedSlot>,
    pub(crate) additional_infos: Vec<AdditionalInfoSlot>,
    pub(crate) extras: Vec<ExtraSlot>,
    pub(crate) tax_rates: Vec<TaxRateSlot>,
    pub(crate) periods: Vec<PeriodSlot>,
    pub(crate) dimensions: Vec<DimensionSlot>,
    pub(crate) messages: Vec<MessageSlot>,
    pub(crate) evse_ids: Vec<EvseIdSlot>,
    pub(crate) unescaped: String,
}

impl Slots {
    pub(crate) fn clear(&mut self) {
        self.meter_values.clear();
        self.samples.clear();
        self.signed.clear();
        self.additional_infos.clear();
        self.extras.clear();
        self.tax_rates.clear();
        self.periods.clear();
        self.dimensions.clear();
        self.messages.clear();
        self.evse_ids.clear();
        self.unescaped.clear();
    }
}

/// Where the texts and slots of one event are.
#[derive(Clone, Copy)]
pub struct Arena<'a> {
    message: &'a str,
    slots: &'a Slots,
}

impl<'a> Arena<'a> {
    pub(crate) const fn new(message: &'a str, slots: &'a Slots) -> Self {
        Self { message, slots }
    }

    pub(crate) const fn slots(self) -> &'a Slots {
        self.slots
    }

    pub(crate) fn text(self, span: Span) -> &'a str {
        let text = if span.is_unescaped() { self.slots.unescaped.as_str() } else { self.message };
        let start = index(span.start());
        text.get(start..start.saturating_add(index(span.len()))).unwrap_or_default()
    }
}

/// An element that lies in the scratch.
pub trait Slot {
    /// What a reader gets.
    type Item<'a>;

    /// Puts it together.
    fn item<'a>(&self, arena: Arena<'a>) -> Self::Item<'a>;
}

/// A list inside an event. `Copy`; iterate it, or ask for one element.
pub struct List<'a, S> {
    slots: &'a [S],
    arena: Arena<'a>,
}

impl<'a, S: Slot> List<'a, S> {
    pub(crate) const fn new(arena: Arena<'a>, slots: &'a [S]) -> Self {
        Self { slots, arena }
    }

    pub(crate) fn part(arena: Arena<'a>, slots: &'a [S], part: Part) -> Self {
        let start = index(part.start);
        Self { slots: slots.get(start..start.saturating_add(index(part.len))).unwrap_or_default(), arena }
    }

    /// Number of elements.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.slots.len()
    }

    /// Whether there are none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.slots.is_empty()
    }

    /// The element at a position.
    #[must_use]
    pub fn get(&self, position: usize) -> Option<S::Item<'a>> {
        self.slots.get(position).map(|slot| slot.item(self.arena))
    }

    /// The elements in the order of the message.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = S::Item<'a>> + use<'a, S> {
        let arena = self.arena;
        self.slots.iter().map(move |slot| slot.item(arena))
    }
}

impl<S> Clone for List<'_, S> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<S> Copy for List<'_, S> {}

impl<'a, S: Slot> fmt::Debug for List<'a, S>
where
    S::Item<'a>: fmt::Debug,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

/// `idToken.additionalInfo`.
pub type AdditionalInfos<'a> = List<'a, AdditionalInfoSlot>;

/// AdditionalInfoType.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AdditionalInfo<'a> {
    /// `additionalIdToken`; empty where missing.
    pub additional_id_token: &'a str,
    /// `type`; empty where missing.
    pub info_type: &'a str,
}

/// How an [`AdditionalInfo`] lies in the scratch.
#[derive(Debug, Clone, Copy)]
pub struct AdditionalInfoSlot {
    pub(crate) additional_id_token: Span,
    pub(crate) info_type: Span,
}

impl Slot for AdditionalInfoSlot {
    type Item<'a> = AdditionalInfo<'a>;

    fn item<'a>(&self, arena: Arena<'a>) -> AdditionalInfo<'a> {
        AdditionalInfo {
            additional_id_token: arena.text(self.additional_id_token),
            info_type: arena.text(self.info_type),
        }
    }
}

/// The member that every class may have.
pub(crate) const CUSTOM_DATA: &str = "customData";

/// Members beside the schema.
pub type Extras<'a> = List<'a, ExtraSlot>;

/// A `customData`, or a member that neither schema knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Extra<'a> {
    /// JSON path of the object that holds it, cut like a violation's; empty for the message itself.
    pub owner: crate::violation::Text,
    /// Member name, unescaped.
    pub name: &'a str,
    /// Value as sent, raw JSON.
    pub raw: &'a str,
}

/// How an [`Extra`] lies in the scratch.
#[derive(Debug, Clone, Copy)]
pub struct ExtraSlot {
    pub(crate) owner: crate::violation::Text,
    /// `None` is [`CUSTOM_DATA`].
    pub(crate) name: Option<Span>,
    pub(crate) raw: Span,
}

impl Slot for ExtraSlot {
    type Item<'a> = Extra<'a>;

    fn item<'a>(&self, arena: Arena<'a>) -> Extra<'a> {
        let name = self.name.map_or(CUSTOM_DATA, |span| arena.text(span));
        Extra { owner: self.owner, name, raw: arena.text(self.raw) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_keeps_its_place_length_and_kind() {
        for len in [0, 1, 31, 1 << 29] {
            let (verbatim, unescaped) = (Span::of(7, len), Span::unescaped(7, len));
            assert_eq!((verbatim.start(), index(verbatim.len()), verbatim.is_unescaped()), (7, len, false));
            assert_eq!((unescaped.start(), index(unescaped.len()), unescaped.is_unescaped()), (7, len, true));
        }
        assert_eq!(Span::default(), Span::of(0, 0));
        assert_eq!(size_of::<Option<Span>>(), 8);
    }
}
