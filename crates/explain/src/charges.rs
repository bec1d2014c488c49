//! Contents at their places: which charge, in which order, what part each plays, and the holes between them.
//!
//! In: the contents of one transactionId and what the fold makes of them. Out: each charge's contents by (epoch, seqNo).
//! Nothing is judged here: instances, epochs and what counts are the fold's, this puts them side by side.

use std::collections::{HashMap, HashSet};

use wattledger_assemble::event::Event;
use wattledger_assemble::record::{Folded, Reckoning, Record, ScanPosition};
use wattledger_decoder::EventType;
use wattledger_record::Micros;

use crate::story::Content;

/// A charge and every content of it.
#[derive(Debug)]
pub struct Charge<'a> {
    /// What the fold says of it.
    pub record: &'a Record,
    /// Where its figures come from.
    pub reckoning: Option<&'a Reckoning>,
    /// Rank among the charges under the transactionId, from 1.
    pub instance: u32,
    /// By (epoch, seqNo); of one seqNo first what counts.
    pub entries: Vec<Entry<'a>>,
}

/// A content at its place.
#[derive(Debug, Clone)]
pub struct Entry<'a> {
    /// From 1.
    pub epoch: u16,
    /// What it says.
    pub event: &'a Event,
    /// Whether it counts.
    pub role: Role,
    /// What else is to be said of it.
    pub marks: Vec<Mark>,
}

/// Whether a content counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// Counts for its seqNo.
    Counts,
    /// Another telling of the one that does.
    Variant,
    /// Contradicts the one that does.
    Conflict,
}

/// What else is to be said of a content.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// The charge starts here.
    Start,
    /// The charge ends here.
    End,
    /// A Started beside the start.
    FurtherStart,
    /// A Started that merely tells the start again and opened no charge.
    StartAgain,
    /// An Ended beside the end.
    FurtherEnd,
    /// Below the start: perhaps another charge's.
    BeforeStart,
    /// Behind the end.
    AfterEnd,
    /// Below the end by seqNo, stamped behind it.
    StampedAfterEnd,
    /// No usable event time: placed by when it was received.
    Untimed,
    /// First event of a run of seqNo that began anew.
    Reset,
}

impl Role {
    /// Stable text.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Counts => "counts",
            Self::Variant => "variant",
            Self::Conflict => "conflict",
        }
    }
}

impl Mark {
    /// Stable text.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::End => "end",
            Self::FurtherStart => "further_start",
            Self::StartAgain => "start_again",
            Self::FurtherEnd => "further_end",
            Self::BeforeStart => "before_start",
            Self::AfterEnd => "after_end",
            Self::StampedAfterEnd => "stamped_after_end",
            Self::Untimed => "untimed",
            Self::Reset => "reset",
        }
    }
}

impl Entry<'_> {
    /// Identity of its content.
    #[must_use]
    pub fn content(&self) -> Content {
        (self.event.seq_no, self.event.content_hash)
    }

    fn is(&self, event_type: EventType) -> bool {
        self.event.event_type == event_type
    }

    fn counts_as(&self, event_type: EventType) -> bool {
        self.role == Role::Counts && self.is(event_type)
    }
}

/// Puts each content into its charge.
#[must_use]
pub fn arrange<'a>(folded: &'a Folded, reckonings: &'a [Reckoning], events: &'a [Event]) -> Vec<Charge<'a>> {
    let reckonings: HashMap<i64, &'a Reckoning> =
        reckonings.iter().map(|reckoning| (reckoning.instance_key, reckoning)).collect();
    let mut again: HashMap<i64, HashSet<i64>> = HashMap::new();
    for record in &folded.records {
        if let Some(of) = record.part_of {
            again.entry(of).or_default().insert(record.instance_key);
        }
    }
    let records = folded.records.iter().filter(|record| record.part_of.is_none());
    let mut charges: Vec<Charge<'a>> = (1..)
        .zip(records)
        .map(|(instance, record)| {
            let reckoning = reckonings.get(&record.instance_key).copied();
            Charge { record, reckoning, instance, entries: Vec::new() }
        })
        .collect();
    let placed: HashMap<Content, (usize, u16)> = (0..)
        .zip(&charges)
        .flat_map(|(index, charge)| {
            charge.record.placed.iter().map(move |p| ((p.seq_no, p.content_hash), (index, p.epoch)))
        })
        .collect();
    for event in events {
        let position = scan_position(event);
        let untimed = placed.get(&(event.seq_no, event.content_hash));
        let (index, epoch) = match position {
            Some(position) => place(&charges, position),
            None => untimed.copied().unwrap_or((0, 1)),
        };
        if let Some(charge) = charges.get_mut(index) {
            charge.entries.push(Entry { epoch, event, role: Role::Counts, marks: Vec::new() });
        }
    }
    for charge in &mut charges {
        charge.assign_roles();
        charge.sort();
        let again = again.remove(&charge.record.instance_key).unwrap_or_default();
        charge.mark(&again);
    }
    charges
}

fn scan_position(event: &Event) -> Option<ScanPosition> {
    let Micros(at) = event.usable_time()?;
    Some(ScanPosition { at, seq_no: event.seq_no, content_hash: event.content_hash })
}

/// The charge whose start is the last one not after the event, and the epoch that had begun there.
fn place(charges: &[Charge<'_>], position: ScanPosition) -> (usize, u16) {
    let later =
        charges.partition_point(|c| c.record.instance_key == 0 || c.record.instance_key <= position.at);
    let index = later.saturating_sub(1);
    let begun =
        charges.get(index).map_or(0, |c| c.record.epoch_starts.partition_point(|start| *start <= position));
    (index, u16::try_from(begun).unwrap_or(u16::MAX).saturating_add(1))
}

impl Charge<'_> {
    fn assign_roles(&mut self) {
        let lost: HashMap<Content, Role> = self
            .record
            .lost
            .iter()
            .map(|lost| {
                let role = if lost.variant { Role::Variant } else { Role::Conflict };
                ((lost.seq_no, lost.content_hash), role)
            })
            .collect();
        for entry in &mut self.entries {
            entry.role = lost.get(&entry.content()).copied().unwrap_or(Role::Counts);
        }
    }

    fn sort(&mut self) {
        // of an Ended and an Updated that both count under one seqNo the Ended is the later one (rule 4)
        self.entries.sort_by_key(|e| {
            let Event { seq_no, event_type, received_at, content_hash, .. } = e.event;
            let at = e.event.usable_time();
            let ended = e.role == Role::Counts && *event_type == EventType::Ended;
            (e.epoch, *seq_no, e.role, ended, at.is_none(), at, *received_at, *content_hash)
        });
    }

    /// Index of the Ended that counts as the end.
    #[must_use]
    pub fn end(&self) -> Option<usize> {
        let at = self.record.ended_at;
        self.entries.iter().position(|e| {
            let is_last = e.event.seq_no == self.record.last_seq && e.event.usable_time() == at;
            e.counts_as(EventType::Ended) && is_last
        })
    }

    /// Index of the Started that counts as the start: the lowest, if it is not behind the end.
    #[must_use]
    pub fn start(&self) -> Option<usize> {
        let first = self.entries.iter().position(|e| e.counts_as(EventType::Started))?;
        self.end().is_none_or(|end| first <= end).then_some(first)
    }

    /// `again`: times of the Started that merely tell the start again.
    fn mark(&mut self, again: &HashSet<i64>) {
        let (start, end) = (self.start(), self.end());
        let first = start.and_then(|index| self.entries.get(index)).map(|e| (e.epoch, e.event.seq_no));
        let time =
            |index: Option<usize>| index.and_then(|index| self.entries.get(index)?.event.usable_time());
        let (started_at, ended_at) = (time(start), time(end));
        let backwards = started_at.zip(ended_at).is_some_and(|(start, end)| end < start);
        let resets: HashSet<Content> =
            self.record.epoch_starts.iter().map(|s| (s.seq_no, s.content_hash)).collect();
        for (index, entry) in self.entries.iter_mut().enumerate() {
            let is_behind = end.is_some_and(|end| index > end);
            let counts = entry.role == Role::Counts;
            let at = entry.event.usable_time();
            let stamped_after = ended_at
                .zip(at)
                .is_some_and(|(Micros(end), Micros(at))| at - end > wattledger_assemble::AFTER_ENDED_MAX_US);
            let below = first.is_some_and(|(epoch, seq)| entry.epoch == epoch && entry.event.seq_no < seq);
            let is_again = entry.is(EventType::Started) && at.is_some_and(|at| again.contains(&at.0));
            let marks = [
                (Some(index) == start, Mark::Start),
                (Some(index) == end, Mark::End),
                (counts && entry.is(EventType::Started) && Some(index) != start, Mark::FurtherStart),
                (is_again, Mark::StartAgain),
                (counts && entry.is(EventType::Ended) && Some(index) != end, Mark::FurtherEnd),
                (counts && below, Mark::BeforeStart),
                (counts && is_behind, Mark::AfterEnd),
                (counts && !is_behind && !backwards && stamped_after, Mark::StampedAfterEnd),
                (at.is_none(), Mark::Untimed),
                (resets.contains(&entry.content()), Mark::Reset),
            ];
            entry.marks = marks.into_iter().filter(|(is, _)| *is).map(|(_, mark)| mark).collect();
        }
    }

    /// The missing seqNos right before each entry: `(index of the entry, first, last)`.
    ///
    /// Counted from the start, up to the end; between neighbours that count in one epoch.
    #[must_use]
    pub fn holes(&self) -> Vec<(usize, i64, i64)> {
        let start = self.start().and_then(|index| self.entries.get(index));
        let end = self.end().unwrap_or(usize::MAX);
        let expected =
            |e: &Entry<'_>| start.is_none_or(|s| e.epoch != s.epoch || e.event.seq_no >= s.event.seq_no);
        let mut holes = Vec::new();
        let mut previous: Option<(u16, i64)> = None;
        for (index, entry) in self.entries.iter().enumerate() {
            if index > end || entry.role != Role::Counts || !expected(entry) {
                continue;
            }
            let here = (entry.epoch, entry.event.seq_no);
            if let Some((epoch, seq_no)) = previous
                && epoch == here.0
                && here.1.checked_sub(seq_no).is_none_or(|distance| distance > 1)
            {
                holes.push((index, seq_no.saturating_add(1), here.1.saturating_sub(1)));
            }
            previous = Some(here);
        }
        holes
    }
}
