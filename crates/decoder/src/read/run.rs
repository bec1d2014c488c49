//! Samples of which all but the number is known byte for byte. A station describes its registers the same way each time and
//! only the numbers change, so most bytes of most messages are read by two comparisons: of what stands before a sample's
//! number (its lead), and of what follows it (its tail).
//!
//! What a lead and a tail give depends on their bytes and the OCPP version alone: they are only kept if nothing in the
//! message was flagged so far and the sample is neither signed nor has members beside the schema. Hashes of members are
//! sums, so theirs is added as a whole. A hint in the same sense as [`crate::words::Guesses`]: with or without it the same
//! is read (`tests/warm.rs`).

use std::ops::Range;
use std::slice;

use wattledger_record::hash::Object;

use super::Walk;
use super::class::{Class, SampleField};
use super::sample::VALUE;
use crate::decimal;
use crate::hashed::Hashed;
use crate::number::{Number, Short};
use crate::sample::SampleSlot;
use crate::slots::Span;
use crate::source::{Source, index, place};

/// Longest lead or tail, in bytes: all members of a sample but its number, in the longest words and unindented, are some 200.
const BYTES: usize = 208;
/// Sets of a cache times entries in each: up to ten samples of each of some thirty models of stations in a partition, in
/// several contexts, are most of 1,024. With 430 B for a tail and 280 B for a lead that is 700 KiB for a decoder that has
/// seen so many; what a partition repeats, a tenth of it, stays in the caches of a core.
const SETS: usize = 128;
const WAYS: usize = 8;
/// Bytes that are compared at once.
const HEAD: usize = 16;
/// Where the other bytes begin that an entry is found by: within the value of `,"context":"…"`.
const SECOND: usize = 12;
const MULTIPLIER: u64 = 0x9e37_79b9_7f4a_7c15;

/// Bytes that are known.
#[derive(Debug, Clone, Copy)]
struct Bytes {
    /// The first sixteen; those beyond the length are left out of a comparison.
    head: u128,
    head_mask: u128,
    bytes: [u8; BYTES],
    len: usize,
}

/// A lead and its number, which no other ever gets: places in the cache are used again, and a tail belongs to one lead.
#[derive(Debug, Clone, Copy)]
struct Lead {
    number: usize,
    bytes: Bytes,
}

/// What a sample's bytes before and after its number say together.
#[derive(Debug, Clone, Copy)]
struct Tail {
    bytes: Bytes,
    /// Number of the lead it belongs to.
    lead: usize,
    is_v21: bool,
    /// All members but the value.
    members: Object,
    /// The sample; its number and places are those of the one that was read.
    slot: SampleSlot,
    unit_text: Option<UnitText>,
    /// The number is shifted by 10^`power`.
    power: i32,
}

/// Where the unit stands: bytes after the beginning of the lead, or of the tail.
#[derive(Debug, Clone, Copy)]
enum UnitText {
    InLead { offset: u32, len: u32 },
    InTail { offset: u32, len: u32 },
}

/// The leads and tails that were seen last.
#[derive(Debug, Default)]
pub(super) struct Runs {
    leads: Cache<Lead>,
    tails: Cache<Tail>,
    /// Leads so far; the first has the number 1.
    count: usize,
}

#[derive(Debug)]
struct Cache<T> {
    /// Of each entry a part of its hash: what is looked at first, all of a set in one line of memory.
    tags: Vec<[u32; WAYS]>,
    /// Made, as the tags are, when the first entry is kept.
    entries: Vec<Option<T>>,
    /// Which one of a set is replaced next.
    next: usize,
}

impl<T> Default for Cache<T> {
    fn default() -> Self {
        Self { tags: Vec::new(), entries: Vec::new(), next: 0 }
    }
}

/// Where an entry is kept.
#[derive(Debug, Clone, Copy)]
struct Place {
    set: usize,
    tag: u32,
}

/// Where the lead of a sample begins, and which one of its element it is.
#[derive(Clone, Copy)]
pub(super) struct Start {
    at: usize,
    ordinal: usize,
}

impl<'a, C: Source<'a>> Walk<'_, 'a, C> {
    #[inline]
    pub(super) fn begin_run(&self, first: usize) -> Start {
        Start { at: self.source.at(), ordinal: self.scratch.slots.samples.len().saturating_sub(first) }
    }

    /// Reads a sample that is known but for its number, from behind its opening bracket on; if it is not, nothing is passed.
    #[inline]
    pub(super) fn known_sample(&mut self, start: Start, meter_value: u32) -> Option<Hashed> {
        let runs = &self.scratch.runs;
        let text = self.source.rest();
        let rest = text.as_bytes();
        // a sender who puts a space before the number has a longer lead than one who does not
        let fits = |lead: &Lead| {
            lead.bytes.begin(rest) && matches!(rest.get(lead.bytes.len), Some(b'0'..=b'9' | b'-'))
        };
        let lead = runs.leads.find(Place::of(start.ordinal, 0, rest)?, fits)?;
        let (lead, lead_len) = (lead.number, lead.bytes.len);
        let (short, len) = Short::at_start_of(rest.get(lead_len..)?)?;
        let lead_and_number = lead_len + len;
        let number = Number { text: text.get(lead_len..lead_and_number)?, short: Some(short) };
        let rest = rest.get(lead_and_number..)?;
        let is_v21 = self.is_v21();
        let fits = |tail: &Tail| tail.lead == lead && tail.is_v21 == is_v21 && tail.bytes.begin(rest);
        let tail = runs.tails.find(Place::of(start.ordinal, lead, rest)?, fits)?;
        let number_at = start.at + lead_len;
        if self.scratch.slots.samples.len() >= self.limits.samples {
            return None;
        }
        let (mut members, power, len) = (tail.members, tail.power, tail.bytes.len);
        let unit_text = tail.unit_text.map(|text| text.span(start.at, start.at + lead_and_number));
        self.scratch.slots.samples.extend_from_slice(slice::from_ref(&tail.slot));
        self.source.skip(lead_and_number + len);
        let (value, last_place) = match decimal::exact(short, power) {
            Some((value, last_place)) => (Some(value), last_place),
            None => {
                let shifted = self.shifted(number, power, "value");
                (shifted.value, shifted.held_ulp())
            }
        };
        // what differs is written in place: a copy made of pieces would have to wait for them
        let slot = self.scratch.slots.samples.last_mut()?;
        slot.meter_value = meter_value;
        slot.value_text = Span::of(place(number_at), number.text.len());
        slot.value = value;
        slot.ulp = last_place;
        slot.unit_text = unit_text;
        let name = SampleField::NAMES.get(VALUE)?;
        members.push(name.hash.member(number.hash()));
        Some(Hashed::whole(members.finish()))
    }

    /// Remembers a sample that was read member by member, if its bytes say all about it. `members`: all but the number, if
    /// they are in the core, which nothing beside the schema is.
    #[cold]
    pub(super) fn keep_run(
        &mut self,
        start: Start,
        value: Range<usize>,
        (members, slot, power): (Option<Object>, SampleSlot, i32),
    ) {
        let is_plain =
            self.source.is_sound() && self.scratch.violations.codes().is_empty() && slot.signed.is_none();
        let (from_lead, from_tail) = (self.source.after(start.at), self.source.after(value.end));
        let lead = from_lead.get(..value.start.saturating_sub(start.at)).unwrap_or_default();
        let tail = from_tail.get(..self.source.at().saturating_sub(value.end)).unwrap_or_default();
        // at the end of a message nothing is looked for, so nothing has to be kept
        let is_plain = is_plain && from_tail.len() >= HEAD;
        let (Some(members), true) = (members, is_plain) else { return };
        let (Some(lead), Some(tail)) = (Bytes::new(lead), Bytes::new(tail)) else { return };
        let unit_text = slot.unit_text.map(|span| UnitText::new(span, start.at, value.end));
        if unit_text.is_some_and(|text| text.is_none()) {
            return;
        }
        let is_v21 = self.is_v21();
        let unit_text = unit_text.flatten();
        let Some(lead_place) = Place::of(start.ordinal, 0, from_lead) else { return };
        let runs = &mut self.scratch.runs;
        let is_lead = |known: &Lead| known.bytes.bytes == lead.bytes && known.bytes.len == lead.len;
        let lead = if let Some(known) = runs.leads.find(lead_place, is_lead) {
            known.number
        } else {
            runs.count += 1;
            runs.leads.keep(lead_place, Lead { number: runs.count, bytes: lead });
            runs.count
        };
        let Some(tail_place) = Place::of(start.ordinal, lead, from_tail) else { return };
        runs.tails.keep(tail_place, Tail { bytes: tail, lead, is_v21, members, slot, unit_text, power });
    }
}

impl Bytes {
    /// `None` if there are too many of them.
    fn new(bytes: &[u8]) -> Option<Self> {
        let mut known = Self { head: 0, head_mask: 0, bytes: [0; BYTES], len: bytes.len() };
        known.bytes.get_mut(..bytes.len())?.copy_from_slice(bytes);
        let (head, _) = known.bytes.split_first_chunk::<HEAD>()?;
        known.head = u128::from_le_bytes(*head);
        known.head_mask = if bytes.len() < HEAD { (1 << (8 * bytes.len())) - 1 } else { u128::MAX };
        Some(known)
    }

    /// Whether a message goes on with them.
    #[inline]
    fn begin(&self, rest: &[u8]) -> bool {
        let Some(head) = rest.first_chunk::<HEAD>() else { return false };
        (u128::from_le_bytes(*head) ^ self.head) & self.head_mask == 0
            && (self.len <= HEAD || rest.get(HEAD..self.len) == self.bytes.get(HEAD..self.len))
    }
}

impl UnitText {
    /// `None` if it does not stand as it is in lead or tail.
    fn new(span: Span, lead: usize, tail: usize) -> Option<Self> {
        if span.is_unescaped() {
            return None;
        }
        let (start, len) = (index(span.start()), span.len());
        let offset = |from: usize| start.checked_sub(from).map(place);
        match offset(tail) {
            Some(offset) => Some(Self::InTail { offset, len }),
            None => offset(lead).map(|offset| Self::InLead { offset, len }),
        }
    }

    #[inline]
    fn span(self, lead: usize, tail: usize) -> Span {
        let (from, offset, len) = match self {
            Self::InLead { offset, len } => (lead, offset, len),
            Self::InTail { offset, len } => (tail, offset, len),
        };
        Span::of(place(from).saturating_add(offset), index(len))
    }
}

impl<T: Copy> Cache<T> {
    /// The entry at a place that fits.
    #[inline]
    fn find(&self, place: Place, fits: impl Fn(&T) -> bool) -> Option<&T> {
        let tags = self.tags.get(place.set)?;
        let first = place.set * WAYS;
        (0..WAYS)
            .filter(|way| tags.get(*way) == Some(&place.tag))
            .find_map(|way| self.entries.get(first + way)?.as_ref().filter(|entry| fits(entry)))
    }

    /// Keeps an entry: in a free place, or for another.
    fn keep(&mut self, place: Place, entry: T) {
        if self.entries.is_empty() {
            self.tags.resize(SETS, [0; WAYS]);
            self.entries.resize(SETS * WAYS, None);
        }
        self.next = (self.next + 1) % WAYS;
        let first = place.set * WAYS;
        let is_free = |way: &usize| self.entries.get(first + way).is_some_and(Option::is_none);
        let way = (0..WAYS).find(is_free).unwrap_or(self.next);
        let tag = self.tags.get_mut(place.set).and_then(|tags| tags.get_mut(way));
        if let (Some(tag), Some(slot)) = (tag, self.entries.get_mut(first + way)) {
            *tag = place.tag;
            *slot = Some(entry);
        }
    }
}

impl Place {
    /// By some of the first twenty bytes, by which sample of its element they are in, since that is what tells samples that
    /// begin alike apart, and by the number of what came before. Of a tail that is but a bracket the bytes behind it, which
    /// are looked at too, say nothing.
    #[inline]
    fn of(ordinal: usize, before: usize, bytes: &[u8]) -> Option<Self> {
        let word = |at: usize| bytes.get(at..)?.first_chunk().map(|word| u64::from_le_bytes(*word));
        // a number follows, or whatever comes after the sample: neither tells anything
        let is_short = bytes.starts_with(b"\"value\"") || bytes.first() == Some(&b'}');
        let first =
            if is_short { u64::from(*bytes.first()?) } else { word(0)? ^ word(SECOND)?.rotate_left(29) };
        let salt = u64::try_from(ordinal % 64 + before * 64).ok()?;
        let hash = (first ^ salt.wrapping_mul(MULTIPLIER)).wrapping_mul(MULTIPLIER);
        let [a, b, c, d, e, f, ..] = hash.to_be_bytes();
        Some(Self {
            set: usize::from(u16::from_be_bytes([a, b])) % SETS,
            tag: u32::from_be_bytes([c, d, e, f]),
        })
    }
}
