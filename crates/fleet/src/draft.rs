//! A transaction on its way from what happened to what is sent: faults bend it, and its truth with it.

use crate::fault::Fault;
use crate::script::{Charge, Event, Kind, Shape, Station};
use crate::truth::{Class, Energy, Fate, InstanceTruth, Method, MissingRange};

/// What a content is made of.
#[derive(Debug, Clone)]
pub(crate) enum Body {
    /// An event as it happened, or as it is told.
    Told(Event),
    /// An event whose bytes are cut off.
    Cut(Event),
    /// Anything.
    Bytes {
        bytes: Vec<u8>,
        /// Whether it is JSON all the same.
        json: bool,
    },
}

/// A distinct content.
#[derive(Debug, Clone)]
pub(crate) struct Content {
    pub(crate) body: Body,
    pub(crate) seq_no: Option<i64>,
    pub(crate) fate: Fate,
    /// Index of the content that must be acknowledged before this one is first sent.
    pub(crate) after: Option<usize>,
    /// How far it is held back, in steps.
    pub(crate) held: u64,
}

/// One copy to be sent.
#[derive(Debug, Clone)]
pub(crate) struct Send {
    pub(crate) content: usize,
    pub(crate) copy: u32,
    pub(crate) offline_changed: bool,
    /// From the beginning of the transaction.
    pub(crate) position: u64,
}

/// A transaction in the making. Contents stand in the order in which they happened.
#[derive(Debug, Clone)]
pub(crate) struct Draft {
    pub(crate) transaction_id: String,
    pub(crate) story: Option<Fault>,
    pub(crate) instances: Vec<InstanceTruth>,
    pub(crate) contents: Vec<Content>,
    pub(crate) sends: Vec<Send>,
    pub(crate) faults: Vec<(&'static str, u64)>,
}

impl Content {
    pub(crate) fn counts(event: Event) -> Self {
        let seq_no = Some(event.seq_no);
        Self { body: Body::Told(event), seq_no, fate: Fate::Counts, after: None, held: 0 }
    }

    /// The event, if it arrives whole.
    pub(crate) const fn told(&self) -> Option<&Event> {
        match &self.body {
            Body::Told(event) => Some(event),
            Body::Cut(_) | Body::Bytes { .. } => None,
        }
    }
}

impl Draft {
    /// A charge told without fault.
    pub(crate) fn of(station: &Station, transaction_id: String, charge: Charge) -> Self {
        let truth = truth_of(station, &charge);
        let contents = charge.events.into_iter().map(Content::counts).collect();
        Self { instances: vec![truth], contents, ..Self::nothing(transaction_id) }
    }

    pub(crate) const fn nothing(transaction_id: String) -> Self {
        Self {
            transaction_id,
            story: None,
            instances: vec![],
            contents: vec![],
            sends: vec![],
            faults: vec![],
        }
    }

    pub(crate) fn deliveries(&self) -> u64 {
        u64::try_from(self.sends.len()).unwrap_or(u64::MAX)
    }

    /// The truth of the first charge.
    pub(crate) fn first(&mut self, change: impl FnOnce(&mut InstanceTruth)) {
        if let Some(truth) = self.instances.first_mut() {
            change(truth);
        }
    }

    /// Indices of the Updated that hold a periodic sample and nothing else: what a station may drop
    /// (E04.FR.07, E12.FR.04).
    pub(crate) fn periodic(&self) -> Vec<usize> {
        let periodic = |content: &Content| {
            content.told().is_some_and(|e| e.kind == Kind::Updated && e.trigger == "MeterValuePeriodic")
        };
        self.contents.iter().enumerate().filter(|(_, c)| periodic(c)).map(|(i, _)| i).collect()
    }

    /// Removes contents, which count, from what is sent, and from the number of events; gives their seqNos as ranges.
    pub(crate) fn lose(&mut self, indices: &[usize]) -> Vec<MissingRange> {
        let lost: Vec<i64> =
            indices.iter().filter_map(|i| self.contents.get(*i)).filter_map(|c| c.seq_no).collect();
        let mut index = 0;
        self.contents.retain(|_| {
            index += 1;
            !indices.contains(&(index - 1))
        });
        let count = u32::try_from(lost.len()).unwrap_or_default();
        self.first(|truth| truth.events -= count.min(truth.events));
        ranges(lost)
    }
}

/// Neighbouring numbers of the first epoch as ranges.
pub(crate) fn ranges(mut numbers: Vec<i64>) -> Vec<MissingRange> {
    numbers.sort_unstable();
    let mut ranges: Vec<MissingRange> = vec![];
    for number in numbers {
        match ranges.last_mut() {
            Some((_, _, last)) if *last + 1 == number => *last = number,
            _ => ranges.push((1, number, number)),
        }
    }
    ranges
}

/// The truth of a charge whose every event arrives: complete, nothing to look at, and the energy by its registers.
fn truth_of(station: &Station, charge: &Charge) -> InstanceTruth {
    let seq_no = |event: Option<&Event>| event.map_or(0, |event| event.seq_no);
    let (started, ended) = (charge.events.first(), charge.events.last());
    let end_uwh = charge.events.iter().rev().find_map(|event| event.readings.last()).map(|r| r.uwh);
    let method = match (charge.shape, station.dialect.phases_only()) {
        (Shape::Thinned, _) => Method::LastUpdate,
        (_, true) => Method::PhaseSum,
        (Shape::Usual | Shape::EndedOnly | Shape::Parking, false) => Method::BeginEndRegister,
    };
    InstanceTruth {
        class: Class::Complete,
        first_seq: seq_no(started),
        last_seq: seq_no(ended),
        epochs: 1,
        events: u32::try_from(charge.events.len()).unwrap_or(u32::MAX),
        conflicts: 0,
        missing: vec![],
        started_at: started.map(|event| event.at_ms * 1_000),
        ended_at: ended.map(|event| event.at_ms * 1_000),
        evse_id: charge.events.iter().find_map(|event| event.evse),
        id_token_start: Some(charge.token.id.clone()),
        energy: end_uwh.map(|end| Energy { uwh: end - charge.begin_uwh, method }),
        review: Some(vec![]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_are_one_range() {
        assert_eq!(ranges(vec![7, 3, 4, 9, 5]), vec![(1, 3, 5), (1, 7, 7), (1, 9, 9)]);
        assert_eq!(ranges(vec![]), vec![]);
    }
}
