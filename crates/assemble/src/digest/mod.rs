//! A charge whose events come in order, in a value of constant size that gives the same record as the fold over all of
//! them.
//!
//! ```text
//! Event ─► course   order, counts, holes, the last hashes      ─┐
//!        ─► states   time per charging state                     │
//!        ─► pace     silences, and whether a vehicle was there   ├─► skeleton: a few events ─► fold ─► counts put in
//!        ─► meter    first, last and steepest reading, power     │
//!        ─► told     tokens, EVSE and what else is told once   ─┘
//! ```
//!
//! Invariant: while every event is accepted, [`Digest::record`] is equal in every field to `fold` over the whole set,
//! or it says that it cannot tell. What is not plain is never guessed: the caller folds the set.

mod course;
mod extra;
mod meter;
mod pace;
mod skeleton;
mod states;
mod told;

use wattledger_decoder::EventType;
use wattledger_record::StationKey;

use super::event::Event;
use super::record::{Folded, MissingRange};

use course::{Course, Heard};
use extra::Extra;
use meter::Meter;
use pace::Pace;
use states::States;
use told::Told;

/// What a digest made of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Added {
    /// Its content is new and taken in.
    New,
    /// A copy of a content that is known, and no earlier one: nothing has changed.
    Known,
    /// Only the whole set of events can tell. The digest is of no further use.
    NotPlain,
}

/// One plain charge, alone under its transactionId.
#[derive(Debug, Clone)]
pub struct Digest {
    course: Course,
    states: States,
    pace: Pace,
    meter: Meter,
    told: Told,
    extra: Extra,
}

impl Digest {
    /// Begins with the Started of a charge; `None` if that is not what it is, or not plain.
    #[must_use]
    pub fn begin(station: &StationKey, transaction_id_folded: &str, event: &Event) -> Option<Self> {
        if event.event_type != EventType::Started {
            return None;
        }
        let mut extra = Extra::default();
        let mut digest = Self {
            course: Course::begin(event)?,
            states: States::begin(event),
            pace: Pace::default(),
            meter: Meter::default(),
            told: Told::begin(station, transaction_id_folded, event, &mut extra),
            extra,
        };
        digest.take(event).then_some(digest)
    }

    /// The digest of a set of contents, in any order; `None` if it is not plain.
    #[must_use]
    pub fn of(station: &StationKey, transaction_id_folded: &str, events: &[Event]) -> Option<Self> {
        let mut ordered: Vec<&Event> = events.iter().collect();
        ordered.sort_unstable_by_key(|event| (event.seq_no, event.received_at));
        let (first, others) = ordered.split_first()?;
        let mut digest = Self::begin(station, transaction_id_folded, first)?;
        others.iter().all(|event| digest.add(event) != Added::NotPlain).then_some(digest)
    }

    /// Takes in the next event.
    pub fn add(&mut self, event: &Event) -> Added {
        match self.course.hear(event) {
            Heard::Known => Added::Known,
            Heard::NotPlain => Added::NotPlain,
            Heard::Next(hole) => {
                let plain = self.extra.end().is_none()
                    && event.event_type != EventType::Started
                    && self.states.go_on(&self.course, event)
                    && self.pace.go_on(&self.course, event, hole.as_ref())
                    && self.course.go_on(event)
                    && hole.is_none_or(|hole| self.add_hole(hole))
                    && self.take(event);
                if plain { Added::New } else { Added::NotPlain }
            }
        }
    }

    fn add_hole(&mut self, hole: MissingRange) -> bool {
        self.course.count_hole();
        self.extra.parts().holes.add(hole)
    }

    /// Takes in what does not depend on the event before.
    fn take(&mut self, event: &Event) -> bool {
        let position = self.course.position();
        let mut zero = self.extra.take_zero();
        let plain =
            self.told.take(event, position, &mut self.extra) && self.meter.take(event, position, &mut zero);
        self.extra.put_zero(zero);
        plain && (event.event_type != EventType::Ended || self.extra.keep_end(event))
    }

    /// The record; `None` if only the whole set of events can tell.
    #[must_use]
    pub fn record(&self, station: &StationKey, transaction_id_folded: &str) -> Option<Folded> {
        skeleton::record(self, station, transaction_id_folded)
    }

    /// `Folded::version` of the record, without making it.
    #[must_use]
    pub fn version(&self) -> u128 {
        self.course.version()
    }

    /// Distinct contents.
    #[must_use]
    pub fn contents(&self) -> u32 {
        self.course.contents()
    }

    /// Bytes on the heap, without the value itself.
    #[must_use]
    pub fn heap_bytes(&self) -> usize {
        self.told.heap_bytes() + self.extra.heap_bytes()
    }
}

/// An optional number of a message in 4 bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Small(i32);

impl Small {
    const NONE: Self = Self(i32::MIN);

    /// `None` if the number does not fit.
    fn of(number: i64) -> Option<Self> {
        i32::try_from(number).ok().filter(|number| *number != i32::MIN).map(Self)
    }

    fn get(self) -> Option<i64> {
        (self != Self::NONE).then_some(i64::from(self.0))
    }

    /// Keeps the first number; `false` if it does not fit, or if another one follows.
    fn keep(&mut self, number: Option<i64>) -> bool {
        let Some(number) = number else { return true };
        let Some(small) = Self::of(number) else { return false };
        if *self == Self::NONE {
            *self = small;
        }
        *self == small
    }
}
