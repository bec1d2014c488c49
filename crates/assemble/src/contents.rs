//! Which contents there are, and which of them count (rules 1–5).
//!
//! In: events of one transactionId, copies allowed. Out: each content once, as its earliest copy; and per charge the
//! contents that count in (epoch, seqNo) order and those that lost.
//!
//! Invariant: exactly one content counts per (epoch, seqNo), except where an Ended repeats the seqNo of an Updated.

use std::cmp::Ordering;

use wattledger_decoder::EventType;
use wattledger_record::Micros;

use super::end;
use super::event::Event;
use super::record::Lost;
use super::words::{Remarks, flag, review};

/// Place of an event within its charge: the order of everything in a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Place {
    pub(super) epoch: u16,
    pub(super) seq_no: i64,
    /// Order among contents that share a seqNo and all have a part in the account of the charge; else 0.
    pub(super) rank: u32,
}

/// A content at its place.
#[derive(Debug, Clone, Copy)]
pub(super) struct Entry<'a> {
    pub(super) place: Place,
    pub(super) event: &'a Event,
}

impl Entry<'_> {
    /// Usable event time, µs.
    pub(super) fn at(&self) -> Option<i64> {
        self.event.usable_time().map(|Micros(at)| at)
    }

    /// Whether this is an event of the given type.
    pub(super) fn is(&self, event_type: EventType) -> bool {
        self.event.event_type == event_type
    }
}

/// The contents of one charge, sorted out.
pub(super) struct Elected<'a> {
    /// What counts, in place order.
    pub(super) counting: Vec<Entry<'a>>,
    /// Index of the Ended that counts as the end.
    pub(super) end: Option<usize>,
    /// What does not count, sorted.
    pub(super) lost: Vec<Lost>,
    /// How many contents lost a conflict.
    pub(super) conflicts: u32,
    /// Places whose contents contradict each other, sorted.
    pub(super) contested: Vec<Place>,
    /// All contents of the charge under one seqNo, in event-time order; empty where seqNo tells events apart.
    pub(super) constant: Vec<Entry<'a>>,
    /// Whether the contents contradict each other in any way.
    pub(super) conflict: bool,
}

/// Each content once, as its earliest copy, sorted by hash. Copies of one instant are ordered by all that they say.
pub(super) fn distinct(events: &[Event]) -> Vec<&Event> {
    let mut contents: Vec<&Event> = events.iter().collect();
    contents.sort_by(|a, b| {
        a.content_hash
            .cmp(&b.content_hash)
            .then(a.received_at.cmp(&b.received_at))
            .then_with(|| by_text(a, b))
    });
    contents.dedup_by_key(|event| event.content_hash);
    contents
}

/// Total order over unequal copies of one content received in one microsecond.
fn by_text(a: &Event, b: &Event) -> Ordering {
    if a == b { Ordering::Equal } else { format!("{a:?}").cmp(&format!("{b:?}")) }
}

/// Rule 2: a usable time first, then the earliest received, then the lower hash.
pub(super) fn precedence(a: &Event, b: &Event) -> Ordering {
    let key = |e: &Event| (e.usable_time().is_none(), e.received_at, e.content_hash);
    key(a).cmp(&key(b))
}

/// Decides which contents of one charge count.
pub(super) fn elect<'a>(mut entries: Vec<Entry<'a>>, remarks: &mut Remarks) -> Elected<'a> {
    entries.sort_by(|a, b| {
        let key = |e: &Entry<'_>| (e.place, e.event.core_hash);
        key(a).cmp(&key(b)).then_with(|| precedence(a.event, b.event))
    });
    let tellings: Vec<Entry<'a>> =
        entries.chunk_by(same_core).filter_map(|variants| variants.first().copied()).collect();
    if tellings.len() < entries.len() {
        remarks.flag(flag::VARIANT);
    }
    let constant = constant_seq(&entries, &tellings);
    let repeated = if constant { None } else { repeated_end(&tellings) };
    let end = repeated.or_else(|| end::choose(&tellings));

    let mut elected = Elected {
        counting: Vec::with_capacity(tellings.len()),
        end: None,
        lost: Vec::new(),
        conflicts: 0,
        contested: Vec::new(),
        constant: if constant { in_time_order(&entries) } else { Vec::new() },
        conflict: constant,
    };
    for group in entries.chunk_by(|a, b| a.place == b.place) {
        elect_group(group, end, repeated, &mut elected);
    }
    if repeated.is_some() {
        elected.conflict = true;
        remarks.both(review::SEQ_REPEATED);
    }
    elected.lost.sort_unstable();
    elected.end = end
        .and_then(|end| elected.counting.iter().position(|e| e.event.content_hash == end.event.content_hash));
    elected.conflict |= end::compare(end, &tellings, remarks);
    elected
}

/// Sorts out the contents of one (epoch, seqNo).
fn elect_group<'a>(
    group: &[Entry<'a>],
    end: Option<Entry<'a>>,
    repeated: Option<Entry<'a>>,
    out: &mut Elected<'a>,
) {
    let ends_here = |end: &Entry<'a>| group.iter().any(|e| e.event.content_hash == end.event.content_hash);
    let first = |entries: &mut dyn Iterator<Item = &Entry<'a>>| {
        entries.copied().min_by(|a, b| precedence(a.event, b.event))
    };
    let repeated = repeated.filter(ends_here);
    let winner = if repeated.is_some() {
        first(&mut group.iter().filter(|e| !e.is(EventType::Ended)))
    } else {
        end.filter(ends_here).or_else(|| first(&mut group.iter()))
    };
    let Some(winner) = winner else { return };
    out.counting.push(winner);
    if let Some(end) = repeated {
        out.counting.push(Entry { place: Place { rank: 1, ..end.place }, event: end.event });
    }
    let mut contradicted = false;
    for entry in group {
        let event = entry.event;
        let counts = |w: &Entry<'_>| w.event.content_hash == event.content_hash;
        if counts(&winner) || repeated.as_ref().is_some_and(counts) {
            continue;
        }
        let tells = |w: &Entry<'_>| w.event.core_hash == event.core_hash;
        // an Ended that agrees with the one that counts tells nothing else (rule 14): in the account it is a duplicate
        let agreeing = winner.is(EventType::Ended)
            && event.event_type == EventType::Ended
            && end::agree(winner.event, event);
        let variant = agreeing || tells(&winner) || repeated.as_ref().is_some_and(tells);
        if !variant {
            contradicted = true;
            out.conflicts = out.conflicts.saturating_add(1);
        }
        out.lost.push(Lost { content_hash: event.content_hash, seq_no: event.seq_no, variant });
    }
    if contradicted {
        out.conflict = true;
        out.contested.push(winner.place);
    }
}

fn same_core(a: &Entry<'_>, b: &Entry<'_>) -> bool {
    a.place == b.place && a.event.core_hash == b.event.core_hash
}

/// Rule 5: several events of which at least one is no Ended, all under one seqNo.
fn constant_seq(entries: &[Entry<'_>], tellings: &[Entry<'_>]) -> bool {
    let one_seq = entries.windows(2).all(|pair| match pair {
        [a, b] => a.event.seq_no == b.event.seq_no,
        _ => true,
    });
    one_seq && tellings.len() > 1 && tellings.iter().any(|e| !e.is(EventType::Ended))
}

/// Rule 4: the only Ended of the charge has the seqNo of an Updated and is later in usable time than that.
fn repeated_end<'a>(tellings: &[Entry<'a>]) -> Option<Entry<'a>> {
    let mut ends = tellings.iter().filter(|e| e.is(EventType::Ended));
    let (Some(end), None) = (ends.next(), ends.next()) else { return None };
    let here = || tellings.iter().filter(|e| e.place == end.place && !e.is(EventType::Ended));
    let rival = here().min_by(|a, b| precedence(a.event, b.event))?;
    let later = end.at().zip(rival.at()).is_some_and(|(end, rival)| end > rival);
    (later && here().all(|e| e.is(EventType::Updated))).then_some(*end)
}

/// All contents by usable event time, those without one last; the rank takes the part of the seqNo.
fn in_time_order<'a>(entries: &[Entry<'a>]) -> Vec<Entry<'a>> {
    let mut ordered = entries.to_vec();
    ordered.sort_by_key(|e| (e.at().is_none(), e.at(), e.event.received_at, e.event.content_hash));
    for (rank, entry) in (0..).zip(&mut ordered) {
        entry.place = Place { epoch: 1, rank, ..entry.place };
    }
    ordered
}
