//! Runs of seqNo inside one charge: a station that loses its counter begins again (rules 10, 12).
//!
//! A reset needs reuse: an event opens an epoch only if its seqNo was taken already, or lies below the start's, and
//! what follows it stays low. Every other inversion of time and seqNo is a late event or a clock that was set, and
//! stays in its epoch, where seqNo orders it.

use std::collections::{BTreeSet, HashSet};

use wattledger_decoder::EventType;
use wattledger_record::{ContentHash, Micros};

use super::contents::{Entry, Place};
use super::event::Event;
use super::instances::{Instance, scan_position};
use super::record::{Placed, ScanPosition};

/// Epochs, from the last received back, in which a free seqNo is looked for: a bound on the work per event.
const EPOCHS_SEARCHED_MAX: usize = 64;

/// The contents of one charge with their epochs.
pub(super) struct Epochs<'a> {
    /// Every content, at its place.
    pub(super) entries: Vec<Entry<'a>>,
    /// First event of each epoch after the first.
    pub(super) starts: Vec<ScanPosition>,
    /// Contents without a usable time.
    pub(super) placed: Vec<Placed>,
}

impl Epochs<'_> {
    /// Number of epochs, at least 1.
    pub(super) fn count(&self) -> u16 {
        u16::try_from(self.starts.len()).unwrap_or(u16::MAX).saturating_add(1)
    }
}

/// Gives each content of a charge its epoch.
pub(super) fn assign<'a>(instance: &Instance<'a>) -> Epochs<'a> {
    let mut epochs = Epochs { entries: Vec::new(), starts: Vec::new(), placed: Vec::new() };
    let mut opened_at = vec![first_received(instance)];
    let mut run = Run::default();
    let mut epoch = 1u16;
    let base = base(instance);
    for (index, event) in instance.timed.iter().enumerate() {
        let Some(position) = scan_position(event) else { continue };
        let below_start = epoch == 1 && base.is_some_and(|base| event.seq_no < base);
        let next = instance.timed.get(index + 1).map(|next| next.seq_no);
        if epoch < u16::MAX && run.is_reset(event, position.at, below_start, next) {
            epoch += 1;
            run = Run::default();
            epochs.starts.push(position);
            opened_at.push(Some(event.received_at));
        }
        run.push(event, position.at);
        epochs.entries.push(entry(event, epoch));
    }
    place_untimed(&mut epochs, &opened_at, &instance.untimed);
    epochs
}

fn entry(event: &Event, epoch: u16) -> Entry<'_> {
    Entry { place: Place { epoch, seq_no: event.seq_no, rank: 0 }, event }
}

/// seqNo of the start: lowest among timed Started contents, else among the others.
fn base(instance: &Instance<'_>) -> Option<i64> {
    let lowest = |events: &[&Event]| {
        events.iter().filter(|e| e.event_type == EventType::Started).map(|e| e.seq_no).min()
    };
    lowest(&instance.timed).or_else(|| lowest(&instance.untimed))
}

fn first_received(instance: &Instance<'_>) -> Option<Micros> {
    let opened = instance.opening.map(|event| event.received_at);
    opened.or_else(|| instance.timed.iter().map(|event| event.received_at).min())
}

/// The current epoch, as far as the scan has come.
#[derive(Default)]
struct Run {
    highest: Option<i64>,
    latest: Option<i64>,
    ended: bool,
    taken: HashSet<i64>,
    cores: HashSet<(i64, ContentHash)>,
}

impl Run {
    /// Whether this event opens another epoch; `next` is the seqNo of the one after it in scan order.
    fn is_reset(&self, event: &Event, at: i64, below_start: bool, next: Option<i64>) -> bool {
        let (Some(highest), Some(latest)) = (self.highest, self.latest) else { return false };
        let retold = self.cores.contains(&(event.seq_no, event.core_hash));
        let reused = self.taken.contains(&event.seq_no) && !retold;
        event.event_type != EventType::Started
            && !self.ended
            && at > latest
            && event.seq_no < highest
            && (reused || below_start)
            && next.map_or(event.event_type == EventType::Ended, |next| next <= highest)
    }

    fn push(&mut self, event: &Event, at: i64) {
        self.highest = self.highest.max(Some(event.seq_no));
        self.latest = self.latest.max(Some(at));
        self.ended |= event.event_type == EventType::Ended;
        self.taken.insert(event.seq_no);
        self.cores.insert((event.seq_no, event.core_hash));
    }
}

/// Rule 10: to the last received epoch in which the seqNo is free, else to the last received one.
fn place_untimed<'a>(epochs: &mut Epochs<'a>, opened_at: &[Option<Micros>], untimed: &[&'a Event]) {
    let mut taken: HashSet<(u16, i64)> =
        epochs.entries.iter().map(|e| (e.place.epoch, e.place.seq_no)).collect();
    let mut openings: Vec<(Micros, u16)> =
        (1..).zip(opened_at).filter_map(|(epoch, at)| at.map(|at| (at, epoch))).collect();
    openings.sort_unstable();
    let mut openings = openings.into_iter().peekable();
    let mut received: BTreeSet<u16> = BTreeSet::new();
    for event in untimed {
        while let Some((_, epoch)) = openings.next_if(|(at, _)| *at < event.received_at) {
            received.insert(epoch);
        }
        let free = received
            .iter()
            .rev()
            .take(EPOCHS_SEARCHED_MAX)
            .find(|epoch| !taken.contains(&(**epoch, event.seq_no)));
        let epoch = free.or_else(|| received.last()).copied().unwrap_or(1);
        taken.insert((epoch, event.seq_no));
        epochs.entries.push(entry(event, epoch));
        epochs.placed.push(Placed { content_hash: event.content_hash, seq_no: event.seq_no, epoch });
    }
    epochs.placed.sort_unstable();
}
