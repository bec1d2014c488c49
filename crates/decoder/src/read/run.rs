//! Runs of members that stand in a sample byte for byte as in earlier ones: all that comes before `value`, and all that
//! follows it. A station describes its registers the same way each time and only the numbers change, so most bytes of most
//! messages are read by one comparison.
//!
//! What a run gives depends on its bytes and the OCPP version alone: it is only kept if nothing in it was flagged, signed or
//! beside the schema, and all hashes of members are sums, so a run's is added as a whole. A hint in the same sense as
//! [`crate::words::Guesses`]: with or without it the same is read (`tests/differential.rs`, `tests/warm.rs`).

use wattledger_record::hash::Object;

use super::class::{Class, SampleField};
use super::field::Word;
use super::measure::UnitDraft;
use super::sample::{Mark, SampleDraft};
use crate::source::{Piece, index, place};
use crate::unit::ReadUnit;
use crate::vocabulary::{Location, Measurand, Phase, ReadingContext};

/// Longest run, in bytes: all members of a sample but `value`, indented, come to some 250.
const BYTES: usize = 256;
/// Sets of the cache times runs in each: some ten samples of each of a dozen models of stations in a partition, with room.
const SETS: usize = 64;
const WAYS: usize = 4;
const MULTIPLIER: u64 = 0x9e37_79b9_7f4a_7c15;

/// The members that a run may hold.
const PLAIN: u32 = 1 << SampleField::Measurand as u32
    | 1 << SampleField::Context as u32
    | 1 << SampleField::Phase as u32
    | 1 << SampleField::Location as u32
    | 1 << SampleField::Unit as u32;

/// Where in its sample a run stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// From the first member to the comma before `value`.
    Lead,
    /// From the end of `value` to the closing bracket, that included.
    Tail,
}

/// Some members of a sample, and all that reading them gives.
#[derive(Debug, Clone, Copy)]
pub(super) struct Run {
    bytes: [u8; BYTES],
    pub(super) len: usize,
    is_v21: bool,
    pub(super) hash: Object,
    /// Bits of its members.
    pub(super) seen: u32,
    pub(super) values: <SampleField as Class>::Values,
    measurand: Option<Measurand>,
    context: Option<ReadingContext>,
    phase: Option<Phase>,
    location: Option<Location>,
    unit: Option<UnitRun>,
}

/// UnitOfMeasureType in a run; its text stands `offset` bytes after the run's beginning.
#[derive(Debug, Clone, Copy)]
struct UnitRun {
    text: Option<(&'static str, u32)>,
    listed: Option<ReadUnit>,
    multiplier: Option<i64>,
}

impl Run {
    /// A run from `start` to `end`; `None` if its bytes do not say all about it.
    pub(super) fn new(
        bytes: &[u8],
        is_v21: bool,
        (start, end): (&Mark, &Mark),
        values: <SampleField as Class>::Values,
        sample: &SampleDraft<'_>,
    ) -> Option<Self> {
        let seen = end.seen & !start.seen;
        let hash = end.hash.since(start.hash)?;
        if bytes.len() > BYTES || seen & !PLAIN != 0 {
            return None;
        }
        let has = |field: SampleField| seen & 1 << field as u32 != 0;
        let unit = match sample.unit.filter(|_| has(SampleField::Unit)) {
            Some(unit) => Some(UnitRun::new(unit, start.at)?),
            None => None,
        };
        let mut run = Self {
            bytes: [0; BYTES],
            len: bytes.len(),
            is_v21,
            hash,
            seen,
            values,
            measurand: sample.measurand.filter(|_| has(SampleField::Measurand)).map(|word| word.value),
            context: sample.context.filter(|_| has(SampleField::Context)).map(|word| word.value),
            phase: sample.phase.filter(|_| has(SampleField::Phase)).map(|word| word.value),
            location: sample.location.filter(|_| has(SampleField::Location)).map(|word| word.value),
            unit,
        };
        run.bytes.get_mut(..bytes.len())?.copy_from_slice(bytes);
        Some(run)
    }

    /// Puts what the run says into a sample; it begins at `at` in the message.
    #[inline]
    pub(super) fn fill(&self, sample: &mut SampleDraft<'_>, at: usize) {
        fn set<T>(out: &mut Option<Word<'_, T>>, value: Option<T>) {
            if let Some(value) = value {
                *out = Some(Word { value, raw: None });
            }
        }
        set(&mut sample.measurand, self.measurand);
        set(&mut sample.context, self.context);
        set(&mut sample.phase, self.phase);
        set(&mut sample.location, self.location);
        if let Some(unit) = self.unit {
            sample.unit = Some(UnitDraft {
                unit: unit.text.map(|(text, offset)| Piece { text, start: place(at).saturating_add(offset) }),
                listed: unit.listed,
                multiplier: unit.multiplier,
                unreadable: false,
            });
        }
    }
}

impl UnitRun {
    fn new(unit: UnitDraft<'_>, start: usize) -> Option<Self> {
        let text = match (unit.unit, unit.listed) {
            (Some(piece), Some(listed)) => Some((listed.text, place(index(piece.start).checked_sub(start)?))),
            (Some(_), None) => return None,
            (None, _) => None,
        };
        (!unit.unreadable).then_some(Self { text, listed: unit.listed, multiplier: unit.multiplier })
    }
}

/// The runs that were seen last.
#[derive(Debug, Default)]
pub(super) struct Runs {
    /// Made when the first run is kept.
    sets: Vec<[Option<Run>; WAYS]>,
    /// Which one of a set is replaced next.
    next: u8,
}

impl Runs {
    /// The run that the message goes on with. `ordinal`: the sample's place in the message, since that is what tells
    /// samples with the same first members apart.
    #[inline]
    pub(super) fn find(&self, kind: Kind, ordinal: usize, is_v21: bool, rest: &[u8]) -> Option<&Run> {
        let set = self.sets.get(set(kind, ordinal, rest)?)?;
        set.iter()
            .flatten()
            .find(|run| run.bytes.get(..run.len).is_some_and(|bytes| rest.starts_with(bytes)) && run.is_v21 == is_v21)
    }

    pub(super) fn keep(&mut self, kind: Kind, ordinal: usize, run: Run) {
        if self.sets.is_empty() {
            self.sets.resize(SETS, [None; WAYS]);
        }
        let Some(set) = set(kind, ordinal, &run.bytes).and_then(|set| self.sets.get_mut(set)) else { return };
        let free = set.iter().position(Option::is_none).unwrap_or(usize::from(self.next) % WAYS);
        self.next = self.next.wrapping_add(1);
        if let Some(slot) = set.get_mut(free) {
            *slot = Some(run);
        }
    }
}

/// Where a run is kept: by its first eight bytes, its sample's place, and its kind.
#[inline]
fn set(kind: Kind, ordinal: usize, bytes: &[u8]) -> Option<usize> {
    let first = u64::from_le_bytes(*bytes.first_chunk()?);
    let ordinal = u64::try_from(ordinal % 32).unwrap_or(0) << 1 | u64::from(kind == Kind::Lead);
    let hash = (first ^ ordinal << 56).wrapping_add(ordinal).wrapping_mul(MULTIPLIER);
    Some(usize::from(hash.to_be_bytes()[0]) % SETS)
}
