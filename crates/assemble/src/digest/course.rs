//! The course of a charge: what is counted over all events, and which event may be the next.

use wattledger_record::{Micros, ids};

use crate::contents::{Entry, Place};
use crate::event::Event;
use crate::record::{FOLD_REVISION, MISSING_RANGES_MAX, MissingRange};
use crate::times;
use crate::words::Remarks;

/// Last contents that are remembered: a station repeats the event that got no answer, seldom one before.
const REMEMBERED: usize = 4;
/// Months are kept above this one.
const MONTH_BASE: u32 = 201_800;

/// Where the event that is taken in stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Position {
    /// seqNo above the start's.
    pub(super) offset: u32,
    /// Holes below it.
    pub(super) holes: u32,
    /// Event time, µs.
    pub(super) at: i64,
}

/// What an event is to the ones before it.
pub(super) enum Heard {
    /// A copy that changes nothing.
    Known,
    /// The next one, behind a hole or not.
    Next(Option<MissingRange>),
    NotPlain,
}

#[derive(Debug, Clone)]
pub(super) struct Course {
    pub(super) first_seq: i64,
    /// Event time of the Started, µs.
    pub(super) started_at: i64,
    /// Latest event time, µs.
    pub(super) last_at: i64,
    pub(super) received_first: i64,
    pub(super) received_last: i64,
    /// Sum of `received_at` − `started_at`, µs.
    received_sum: i64,
    /// Half of the hash of each of the last contents, the newest first. A copy is at or below the highest seqNo, where
    /// nothing else is accepted: the half that is not kept could only tell it from what is not plain.
    last: [u64; REMEMBERED],
    /// Highest seqNo above the start's.
    last_offset: u32,
    holes: u32,
    contents: u32,
    pub(super) offline: u32,
    /// Above [`MONTH_BASE`]; 0 if none.
    first_month: u16,
    last_month: u16,
    pub(super) undated: bool,
    /// An event came late without saying so.
    pub(super) late: bool,
}

/// Holes: exactly counted, the first ones listed.
#[derive(Debug, Clone, Default)]
pub(super) struct Holes {
    pub(super) missing: u64,
    /// At most [`MISSING_RANGES_MAX`].
    pub(super) listed: Vec<MissingRange>,
}

impl Course {
    pub(super) fn begin(event: &Event) -> Option<Self> {
        let at = event.usable_time()?.0;
        let mut course = Self {
            first_seq: event.seq_no,
            started_at: at,
            last_at: at,
            received_first: i64::MAX,
            received_last: i64::MIN,
            received_sum: 0,
            last: [half(event); REMEMBERED],
            last_offset: 0,
            holes: 0,
            contents: 0,
            offline: 0,
            first_month: 0,
            last_month: 0,
            undated: false,
            late: false,
        };
        course.go_on(event).then_some(course)
    }

    /// Judges the next event; nothing is taken in.
    pub(super) fn hear(&self, event: &Event) -> Heard {
        if event.seq_no <= self.last_seq() {
            // the copy with the lowest `received_at` counts, and ties are for the set to decide
            let known = self.last.contains(&half(event)) && event.received_at.0 > self.received_last;
            return if known { Heard::Known } else { Heard::NotPlain };
        }
        if event.usable_time().is_none_or(|Micros(at)| at < self.last_at) {
            return Heard::NotPlain;
        }
        Heard::Next(crate::missing::hole(place(self.last_seq()), place(event.seq_no)))
    }

    /// Counts an event; `false` if a number of it is out of all bounds.
    pub(super) fn go_on(&mut self, event: &Event) -> bool {
        let received = event.received_at.0;
        let Some(Micros(at)) = event.usable_time() else { return false };
        let sum = received.checked_sub(self.started_at).and_then(|past| self.received_sum.checked_add(past));
        let offset = event.seq_no.checked_sub(self.first_seq).and_then(|offset| u32::try_from(offset).ok());
        let contents = self.contents.checked_add(1);
        let (Some(sum), Some(offset), Some(contents)) = (sum, offset, contents) else { return false };
        self.received_sum = sum;
        self.last_offset = offset;
        self.contents = contents;
        self.offline += u32::from(event.offline);
        self.received_first = self.received_first.min(received);
        self.received_last = self.received_last.max(received);
        self.last_at = at;
        self.late |= is_late(event);
        self.last.rotate_right(1);
        if let Some(newest) = self.last.first_mut() {
            *newest = half(event);
        }
        received >= 0 && self.count_month(event.month)
    }

    fn count_month(&mut self, month: u32) -> bool {
        if month == 0 {
            self.undated = true;
            return true;
        }
        let Some(month) = month.checked_sub(MONTH_BASE).and_then(|month| u16::try_from(month).ok()) else {
            return false;
        };
        self.first_month = if self.first_month == 0 { month } else { self.first_month.min(month) };
        self.last_month = self.last_month.max(month);
        month > 0
    }

    /// Lowest and highest month of dated events, 0 if none.
    pub(super) fn months(&self) -> (u32, u32) {
        let month = |above: u16| if above == 0 { 0 } else { MONTH_BASE + u32::from(above) };
        (month(self.first_month), month(self.last_month))
    }

    pub(super) const fn count_hole(&mut self) {
        self.holes += 1;
    }

    pub(super) fn last_seq(&self) -> i64 {
        self.first_seq.saturating_add(i64::from(self.last_offset))
    }

    /// Where the last event stands.
    pub(super) const fn position(&self) -> Position {
        Position { offset: self.last_offset, holes: self.holes, at: self.last_at }
    }

    pub(super) const fn contents(&self) -> u32 {
        self.contents
    }

    pub(super) const fn holes(&self) -> u32 {
        self.holes
    }

    pub(super) fn version(&self) -> u128 {
        let received =
            i128::from(self.started_at) * i128::from(self.contents) + i128::from(self.received_sum);
        ids::record_version_of(self.contents, u128::try_from(received).unwrap_or(0), FOLD_REVISION)
    }
}

impl Holes {
    /// Counts a hole; `false` if there are more missing numbers than can be counted.
    pub(super) fn add(&mut self, hole: MissingRange) -> bool {
        if self.listed.len() < MISSING_RANGES_MAX {
            self.listed.push(hole);
        }
        let missing = self.missing.checked_add(hole.numbers());
        self.missing = missing.unwrap_or(u64::MAX);
        missing.is_some()
    }
}

/// The lower half of an event's hash.
const fn half(event: &Event) -> u64 {
    let [a, b, c, d, e, f, g, h, ..] = event.content_hash.0.to_le_bytes();
    u64::from_le_bytes([a, b, c, d, e, f, g, h])
}

/// A place in the only epoch of a plain charge.
pub(super) const fn place(seq_no: i64) -> Place {
    Place { epoch: 1, seq_no, rank: 0 }
}

/// Whether the fold would flag the event's clock.
fn is_late(event: &Event) -> bool {
    let mut remarks = Remarks::default();
    times::judge_clocks(&[Entry { place: place(event.seq_no), event }], &mut remarks);
    !remarks.is_empty()
}
