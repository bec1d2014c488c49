//! Which charge an event belongs to when one transactionId was used for several (rules 6, 7, 10).
//!
//! In: distinct contents. Out: one [`Instance`] per distinct usable time of a Started, sorted by time; those that
//! merely repeat the start of the charge before them are marked and hold nothing.
//!
//! Invariant: keys only ever appear as contents are added, because each is 0 or the event time of a Started.

use std::collections::{HashMap, HashSet};

use wattledger_decoder::EventType;
use wattledger_record::{ContentHash, Micros};

use super::event::Event;
use super::record::ScanPosition;

/// A Started with the seqNo of an earlier one is that one told again if it is stamped at most this much later, µs.
const RESTART_WITHIN_US: i64 = 60_000_000;

/// The contents of one instance key.
pub(super) struct Instance<'a> {
    /// 0 for the first, else the usable event time of the opening Started, µs.
    pub(super) key: i64,
    /// The instance whose start this one repeats.
    pub(super) part_of: Option<i64>,
    /// Its start was told again later than a clock explains that is set at the start.
    pub(super) retold: bool,
    /// Usable event time at which the next charge begins, µs.
    pub(super) until: i64,
    /// Of the Started contents that open it, the one received first.
    pub(super) opening: Option<&'a Event>,
    /// Contents with a usable event time, in scan order.
    pub(super) timed: Vec<&'a Event>,
    /// The others, in the order they were received.
    pub(super) untimed: Vec<&'a Event>,
}

/// Place of a timed event in scan order.
pub(super) fn scan_position(event: &Event) -> Option<ScanPosition> {
    let Micros(at) = event.usable_time()?;
    Some(ScanPosition { at, seq_no: event.seq_no, content_hash: event.content_hash })
}

/// Splits the contents of one transactionId into charges.
pub(super) fn split<'a>(contents: &[&'a Event]) -> Vec<Instance<'a>> {
    let mut timed: Vec<(ScanPosition, &'a Event)> =
        contents.iter().filter_map(|event| scan_position(event).map(|at| (at, *event))).collect();
    timed.sort_unstable_by_key(|(at, _)| *at);
    let mut untimed: Vec<&'a Event> =
        contents.iter().filter(|event| event.usable_time().is_none()).copied().collect();
    if timed.is_empty() && untimed.is_empty() {
        return Vec::new();
    }
    untimed.sort_unstable_by_key(|event| (event.received_at, event.seq_no, event.content_hash));

    let mut instances = open(&timed);
    close(&mut instances);
    place_untimed(&mut instances, untimed);
    instances
}

/// Walks the timed contents moment by moment and opens an instance at each moment that has a Started.
fn open<'a>(timed: &[(ScanPosition, &'a Event)]) -> Vec<Instance<'a>> {
    let mut instances = vec![Instance::new(0)];
    let mut current = 0;
    let mut starts = Starts::default();
    for moment in timed.chunk_by(|(a, _), (b, _)| a.at == b.at) {
        let Some((ScanPosition { at, .. }, _)) = moment.first() else { continue };
        if let Some(opening) = opening(moment) {
            let first = instances.first_mut().filter(|first| first.opening.is_none());
            if let Some(first) = first {
                first.opening = Some(opening);
            } else {
                let repeats = starts.repeated_by(moment);
                let late = repeats && !starts.is_near(moment);
                let mut part_of = None;
                if let Some(charge) = instances.get_mut(current).filter(|_| repeats) {
                    part_of = Some(charge.key);
                    charge.retold |= late;
                }
                instances.push(Instance { part_of, opening: Some(opening), ..Instance::new(*at) });
                if !repeats {
                    current = instances.len() - 1;
                    starts.clear();
                }
            }
        }
        starts.learn(moment);
        if let Some(charge) = instances.get_mut(current) {
            charge.timed.extend(moment.iter().map(|(_, event)| *event));
        }
    }
    instances
}

/// The Started of a moment that was received first.
fn opening<'a>(moment: &[(ScanPosition, &'a Event)]) -> Option<&'a Event> {
    let started = moment.iter().map(|(_, event)| *event).filter(|e| e.event_type == EventType::Started);
    started.min_by_key(|event| (event.received_at, event.content_hash))
}

impl Instance<'_> {
    fn new(key: i64) -> Self {
        Self {
            key,
            part_of: None,
            retold: false,
            until: i64::MAX,
            opening: None,
            timed: Vec::new(),
            untimed: Vec::new(),
        }
    }
}

/// Sets `until` to the key of the next charge.
fn close(instances: &mut [Instance<'_>]) {
    let mut next = i64::MAX;
    for instance in instances.iter_mut().rev() {
        instance.until = next;
        if instance.part_of.is_none() {
            next = instance.key;
        }
    }
}

/// Rule 10: to the last charge whose opening Started was received before it, else to the first.
fn place_untimed<'a>(instances: &mut [Instance<'a>], untimed: Vec<&'a Event>) {
    let mut openings: Vec<(Micros, usize)> = instances
        .iter()
        .enumerate()
        .filter(|(_, instance)| instance.part_of.is_none())
        .filter_map(|(index, instance)| instance.opening.map(|event| (event.received_at, index)))
        .collect();
    openings.sort_unstable();
    let mut openings = openings.into_iter().peekable();
    let mut last = 0;
    for event in untimed {
        while let Some((_, index)) = openings.next_if(|(at, _)| *at < event.received_at) {
            last = last.max(index);
        }
        if let Some(instance) = instances.get_mut(last) {
            instance.untimed.push(event);
        }
    }
}

/// The Started contents of the current charge since its last Ended.
#[derive(Default)]
struct Starts {
    cores: HashSet<(i64, ContentHash)>,
    latest: HashMap<i64, i64>,
}

impl Starts {
    /// Whether each Started of this moment has the seqNo of an earlier one that was stamped within a minute.
    fn is_near(&self, moment: &[(ScanPosition, &Event)]) -> bool {
        let mut started = moment.iter().filter(|(_, event)| event.event_type == EventType::Started);
        started.all(|(position, event)| self.near(position, event))
    }

    fn near(&self, position: &ScanPosition, event: &Event) -> bool {
        let earlier = self.latest.get(&event.seq_no);
        earlier.is_some_and(|earlier| position.at - earlier <= RESTART_WITHIN_US)
    }

    /// Rule 7: whether every Started of this moment repeats an earlier one, with no Ended between.
    fn repeated_by(&self, moment: &[(ScanPosition, &Event)]) -> bool {
        let mut ended = false;
        let mut repeats = true;
        for (position, event) in moment {
            match event.event_type {
                EventType::Ended => ended = true,
                EventType::Started => {
                    let variant = self.cores.contains(&(event.seq_no, event.core_hash));
                    repeats &= !ended && (variant || self.near(position, event));
                }
                EventType::Updated => {}
            }
        }
        repeats
    }

    fn learn(&mut self, moment: &[(ScanPosition, &Event)]) {
        for (position, event) in moment {
            match event.event_type {
                EventType::Ended => self.clear(),
                EventType::Started => {
                    self.cores.insert((event.seq_no, event.core_hash));
                    self.latest.insert(event.seq_no, position.at);
                }
                EventType::Updated => {}
            }
        }
    }

    fn clear(&mut self) {
        self.cores.clear();
        self.latest.clear();
    }
}
