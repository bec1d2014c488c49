//! The deliveries of one station, in the order of sending, invented as they are asked for.
//!
//! Memory is bounded by the distance over which deliveries overtake each other, not by the plan. Each transaction is
//! announced by [`Stream::announced`] no later than its first delivery is given out.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::Arc;

use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};

use crate::config::Plan;
use crate::dialect;
use crate::draft::{Body, Content, Draft};
use crate::fault::{self, Fault, Faults, transport};
use crate::script::{Evse, Shape, Station};
use crate::truth::{ContentTruth, TransactionTruth};

/// Events of a charge that a fault may bend: enough for every fault to find its place.
const BENT: std::ops::RangeInclusive<usize> = 7..=16;
/// Tries to find a transaction that fits the rest of the plan, before a flawless one of just that length is told.
const TRIES: usize = 3;

/// A transaction, its contents, and the truth about it.
#[derive(Debug)]
pub struct Unit {
    /// The station it happened at.
    pub station: Arc<Station>,
    /// What is true.
    pub truth: TransactionTruth,
    /// How often each fault was told.
    pub faults: Vec<(&'static str, u64)>,
    contents: Vec<Content>,
}

/// One copy of one content to be sent.
#[derive(Debug, Clone)]
pub struct Delivery {
    /// Where it belongs.
    pub unit: Arc<Unit>,
    /// Index into the unit's contents.
    pub content: u32,
    /// Number of this copy, from 0: makes message ids differ.
    pub copy: u32,
    /// Whether everything of this station that was sent before must be acknowledged first, since the order of receipt
    /// decides what is true.
    pub after_acknowledged: bool,
    offline_changed: bool,
    position: u64,
    order: u64,
}

impl Delivery {
    /// Whether the payload is meant to be JSON.
    #[must_use]
    pub fn is_json(&self) -> bool {
        let index = usize::try_from(self.content).unwrap_or(usize::MAX);
        self.unit.contents.get(index).is_some_and(|content| match &content.body {
            Body::Told(_) => true,
            Body::Cut(_) => false,
            Body::Bytes { json, .. } => *json,
        })
    }

    /// Appends the payload; the same bytes whenever it is called.
    pub fn write(&self, out: &mut Vec<u8>) {
        let index = usize::try_from(self.content).unwrap_or(usize::MAX);
        let Some(content) = self.unit.contents.get(index) else { return };
        let (station, id) = (&self.unit.station, &self.unit.truth.transaction_id);
        match &content.body {
            Body::Told(event) => {
                dialect::write(station, id, event, event.offline != self.offline_changed, out);
            }
            Body::Cut(event) => {
                let start = out.len();
                dialect::write(station, id, event, event.offline, out);
                // no prefix of a JSON object that lacks its last brace is JSON
                out.truncate(start + (out.len() - start) * 3 / 5);
            }
            Body::Bytes { bytes, .. } => out.extend_from_slice(bytes),
        }
    }
}

impl PartialEq for Delivery {
    fn eq(&self, other: &Self) -> bool {
        (self.position, self.order) == (other.position, other.order)
    }
}

impl Eq for Delivery {}

impl PartialOrd for Delivery {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Delivery {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.position, self.order).cmp(&(other.position, other.order))
    }
}

/// What changes from transaction to transaction.
#[derive(Debug, Clone)]
struct State {
    evses: Vec<Evse>,
    units: u64,
}

/// The deliveries of one station.
#[derive(Debug)]
pub struct Stream {
    station: Arc<Station>,
    faults: Faults,
    /// Gives each try of each transaction a seed of its own.
    seeds: StdRng,
    state: State,
    /// Deliveries that are planned and not yet invented.
    left: u64,
    /// Position of the next transaction's first content: nothing invented later comes before it.
    base: u64,
    order: u64,
    queue: BinaryHeap<Reverse<Delivery>>,
    announced: Vec<Arc<Unit>>,
}

impl Stream {
    /// The deliveries of station `index` of a plan.
    #[must_use]
    pub fn new(plan: &Plan, index: u32) -> Self {
        let (station, evses, seeds) = Station::new(plan, index);
        Self {
            station: Arc::new(station),
            faults: plan.faults.clone(),
            seeds,
            state: State { evses, units: 0 },
            left: plan.events_of(index),
            base: 0,
            order: 0,
            queue: BinaryHeap::new(),
            announced: Vec::new(),
        }
    }

    /// The station.
    #[must_use]
    pub const fn station(&self) -> &Arc<Station> {
        &self.station
    }

    /// Transactions invented since the last call; to be written down before their deliveries are sent.
    pub fn announced(&mut self) -> Vec<Arc<Unit>> {
        std::mem::take(&mut self.announced)
    }

    /// Whether everything planned was given out.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.left == 0 && self.queue.is_empty()
    }

    /// The next delivery, if it may join a request that already holds deliveries of this station.
    pub fn next_to_join(&mut self) -> Option<Delivery> {
        self.fill();
        let joins = self.queue.peek().is_some_and(|Reverse(delivery)| !delivery.after_acknowledged);
        if joins { self.queue.pop().map(|Reverse(delivery)| delivery) } else { None }
    }

    /// The next delivery; everything given out before has been acknowledged.
    pub fn next_acknowledged(&mut self) -> Option<Delivery> {
        self.fill();
        self.queue.pop().map(|Reverse(delivery)| delivery)
    }

    /// Invents transactions until the first delivery of the queue cannot be overtaken any more.
    fn fill(&mut self) {
        while self.left > 0 && self.queue.peek().is_none_or(|Reverse(first)| first.position >= self.base) {
            let draft = self.invent();
            self.enqueue(draft);
        }
    }

    fn invent(&mut self) -> Draft {
        for _ in 0..TRIES {
            let mut state = self.state.clone();
            let mut rng = StdRng::seed_from_u64(self.seeds.random());
            let draft = bent(&self.station, &self.faults, &mut state, &mut rng);
            if draft.deliveries() <= self.left {
                self.state = state;
                return draft;
            }
        }
        let count = usize::try_from(self.left).unwrap_or(1).min(*BENT.end());
        let mut rng = StdRng::seed_from_u64(self.seeds.random());
        flawless(&self.station, count, &mut self.state, &mut rng)
    }

    fn enqueue(&mut self, draft: Draft) {
        let number = self.state.units;
        self.state.units += 1;
        self.left -= draft.deliveries().min(self.left);
        let Draft { transaction_id, story, instances, contents, sends, faults } = draft;
        let copies = |index: usize| sends.iter().filter(|send| send.content == index).count();
        let truth = TransactionTruth {
            unit: u64::from(self.station.index) << 32 | number,
            station: self.station.name.clone(),
            transaction_id,
            story: story.map_or("none", Fault::as_str).to_owned(),
            instances,
            contents: contents
                .iter()
                .enumerate()
                .map(|(index, content)| ContentTruth {
                    seq_no: content.seq_no,
                    fate: content.fate.clone(),
                    copies: u32::try_from(copies(index)).unwrap_or(u32::MAX),
                })
                .collect(),
        };
        let length = u64::try_from(contents.len()).unwrap_or_default();
        let after: Vec<bool> = contents.iter().map(|content| content.after.is_some()).collect();
        let unit = Arc::new(Unit { station: Arc::clone(&self.station), truth, faults, contents });
        for send in sends {
            self.order += 1;
            self.queue.push(Reverse(Delivery {
                unit: Arc::clone(&unit),
                content: u32::try_from(send.content).unwrap_or(u32::MAX),
                copy: send.copy,
                after_acknowledged: after.get(send.content).copied().unwrap_or_default(),
                offline_changed: send.offline_changed,
                position: self.base + send.position,
                order: self.order,
            }));
        }
        self.base += length * transport::STEP;
        self.announced.push(unit);
    }
}

impl State {
    /// The EVSE whose turn it is.
    fn evse(&mut self) -> Option<&mut Evse> {
        let count = u64::try_from(self.evses.len()).unwrap_or(1).max(1);
        let turn = usize::try_from(self.units % count).unwrap_or_default();
        self.evses.get_mut(turn)
    }
}

/// A transaction that a fault may bend, and what happens on its way.
fn bent(station: &Station, faults: &Faults, state: &mut State, rng: &mut StdRng) -> Draft {
    let story = faults.story(rng).filter(|story| told_by(*story, station));
    let count = rng.random_range(BENT);
    let shape = shape_for(story, station, rng);
    let id = station.transaction_id(state.units, rng);
    let Some(evse) = state.evse() else { return Draft::nothing(id) };
    let charge = station.charge(evse, shape, count, rng);
    let mut draft = Draft::of(station, id, charge);
    match story {
        Some(Fault::ReusedId) => {
            let again = station.charge(evse, Shape::Usual, count, rng);
            fault::identity::reuse(&mut draft, Draft::of(station, String::new(), again));
        }
        Some(story) => fault::bend(story, station, &mut draft, rng),
        None => {}
    }
    draft.story = story;
    transport::send(faults, &mut draft, rng);
    draft
}

/// A flawless transaction of `count` events; a single one is a Started whose Ended is lost.
fn flawless(station: &Station, count: usize, state: &mut State, rng: &mut StdRng) -> Draft {
    let id = station.transaction_id(state.units, rng);
    let Some(evse) = state.evse() else { return Draft::nothing(id) };
    let charge = station.charge(evse, Shape::Usual, count.max(2), rng);
    let mut draft = Draft::of(station, id, charge);
    if count < 2 {
        fault::bend(Fault::LostEnded, station, &mut draft, rng);
        draft.story = Some(Fault::LostEnded);
    }
    transport::send(&Faults::none(), &mut draft, rng);
    draft
}

/// Whether a dialect can tell a story without leaving a doubt: a lost register where only phases are told could be called
/// `last_update` or `phase_sum`, and a begin inside an Updated needs its context.
fn told_by(story: Fault, station: &Station) -> bool {
    match story {
        Fault::LostRegister => !station.dialect.phases_only(),
        Fault::LostToken => station.dialect.names_contexts(),
        _ => true,
    }
}

fn shape_for(story: Option<Fault>, station: &Station, rng: &mut StdRng) -> Shape {
    let contexts = station.dialect.names_contexts();
    match (story, rng.random_range(0..10)) {
        (Some(Fault::LostRegister), _) => Shape::Thinned,
        (Some(Fault::LostToken), _) => Shape::Parking,
        (Some(Fault::PermittedGap) | None, 0) if contexts => Shape::EndedOnly,
        (None, 1) if contexts => Shape::Parking,
        (None, 2) if !station.dialect.phases_only() => Shape::Thinned,
        _ => Shape::Usual,
    }
}
