//! Series of one register, in the order in which they are believed (rule 24).
//!
//! Outlet total, Outlet phases, unmarked total, unmarked phases, Body total …, Inlet …; signed samples are series of
//! their own behind the unsigned ones. Never a total and phases in one series. A phase sum adds the phases of one
//! (time, context), also over several events.

use std::collections::{BTreeMap, BTreeSet};

use wattledger_decoder::{EventType, Location, Phase, ReadingContext};

use super::contents::Place;
use super::ocmf::Code;
use super::readings::{Reading, Readings};

/// A reading of a series: one total, or the sum over phases.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Point {
    pub(super) place: Place,
    pub(super) at: Option<i64>,
    /// µWh.
    pub(super) value: i64,
    pub(super) ulp: i64,
    pub(super) context: ReadingContext,
    pub(super) started: bool,
    pub(super) ended: bool,
    /// Told by an Ended alone.
    pub(super) from_ended: bool,
    pub(super) origin: Origin,
}

/// Which readings a point is made of, and of which meter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Origin {
    /// Indices in `Readings::list`: one of a total, up to three of a sum.
    pub(super) readings: [Option<u32>; PHASES],
    /// As in `Reading`.
    pub(super) meter: Option<u32>,
    /// As in `Reading`.
    pub(super) exchanged: bool,
}

/// Phases that are summed.
const PHASES: usize = 3;

/// What tells one series from another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Kind {
    pub(super) spot: Spot,
    /// Phases that are summed, as bits; 0 is the total.
    pub(super) phases: u8,
    pub(super) signed: bool,
    pub(super) code: Code,
}

/// Where a series was measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Spot {
    Outlet,
    Unmarked,
    Body,
    Inlet,
    /// Outlet and unmarked together, where neither has both ends.
    Joined,
}

/// Readings of one kind in order.
#[derive(Debug, Clone)]
pub(super) struct Series {
    pub(super) kind: Kind,
    pub(super) points: Vec<Point>,
}

impl Origin {
    fn add(&mut self, index: u32, reading: &Reading) {
        if let Some(free) = self.readings.iter_mut().find(|known| known.is_none()) {
            *free = Some(index);
        }
        self.exchanged |= reading.exchanged;
    }
}

impl Spot {
    /// Places at which a charge is measured, the most believed first.
    const ORDER: [Self; 4] = [Self::Outlet, Self::Unmarked, Self::Body, Self::Inlet];

    fn holds(self, location: Option<Location>) -> bool {
        match self {
            Self::Outlet => location == Some(Location::Outlet),
            Self::Unmarked => location.is_none(),
            Self::Body => location == Some(Location::Body),
            Self::Inlet => location == Some(Location::Inlet),
            Self::Joined => Self::Outlet.holds(location) || Self::Unmarked.holds(location),
        }
    }
}

/// The series of separate places, in order of preference; unsigned ones first.
pub(super) fn candidates(readings: &Readings) -> Vec<Series> {
    [false, true]
        .into_iter()
        .flat_map(|signed| Spot::ORDER.into_iter().flat_map(move |spot| at(readings, spot, signed)))
        .collect()
}

/// Outlet and unmarked as one.
pub(super) fn joined(readings: &Readings) -> Vec<Series> {
    at(readings, Spot::Joined, false)
}

/// The series at one place: of each register the total, then the sums of phases, larger sets first.
fn at(readings: &Readings, spot: Spot, signed: bool) -> Vec<Series> {
    let mut here: Vec<(u32, &Reading)> =
        (0u32..).zip(&readings.list).filter(|(_, r)| spot.holds(r.location) && r.signed == signed).collect();
    here.sort_by_key(|(_, reading)| readings.order(reading));
    let codes: BTreeSet<Code> = here.iter().map(|(_, reading)| reading.code).collect();
    let of_code = |code| {
        let of_code: Vec<(u32, &Reading)> = here.iter().filter(|(_, r)| r.code == code).copied().collect();
        of_register(&of_code, Kind { spot, phases: 0, signed, code })
    };
    codes.into_iter().flat_map(of_code).collect()
}

fn of_register(here: &[(u32, &Reading)], total: Kind) -> Vec<Series> {
    let totals: Vec<Point> =
        here.iter().filter(|(_, r)| r.phase.is_none()).map(|(index, r)| point(*index, r)).collect();
    let mut series = Vec::new();
    if !totals.is_empty() {
        series.push(Series { kind: total, points: totals });
    }
    let sums = sums(here);
    let mut sets: Vec<u8> = sums.iter().map(|(phases, _)| *phases).collect();
    sets.sort_unstable_by_key(|set| (std::cmp::Reverse(set.count_ones()), *set));
    sets.dedup();
    for set in sets {
        let points = sums.iter().filter(|(phases, _)| *phases == set).map(|(_, point)| *point).collect();
        series.push(Series { kind: Kind { phases: set, ..total }, points });
    }
    series
}

fn point(index: u32, reading: &Reading) -> Point {
    let Reading { place, at, value, ulp, context, told_by, ended, meter, exchanged, .. } = *reading;
    let (started, from_ended) = (told_by == EventType::Started, reading.is_from_ended());
    let origin = Origin { readings: [Some(index), None, None], meter, exchanged };
    Point { place, at, value, ulp, context, started, ended, from_ended, origin }
}

/// Bit of a phase that may be summed: L1 to L3, or L1-N to L3-N; the two notations never mix.
fn bit(phase: Phase) -> Option<(bool, u8)> {
    match phase {
        Phase::L1 => Some((false, 0b1)),
        Phase::L2 => Some((false, 0b10)),
        Phase::L3 => Some((false, 0b100)),
        Phase::L1N => Some((true, 0b1000)),
        Phase::L2N => Some((true, 0b1_0000)),
        Phase::L3N => Some((true, 0b10_0000)),
        Phase::N | Phase::L1L2 | Phase::L2L3 | Phase::L3L1 | Phase::Unknown => None,
    }
}

/// Whether a sum of phases at a place leaves out one that has readings there, by either notation.
pub(super) fn leaves_out_a_phase(readings: &Readings, kind: Kind) -> bool {
    let number = |(to_neutral, bit): (bool, u8)| if to_neutral { bit >> PHASES } else { bit };
    let summed = (kind.phases | kind.phases >> PHASES) & ((1 << PHASES) - 1);
    let here = |r: &&Reading| kind.spot.holds(r.location) && (r.signed, r.code) == (kind.signed, kind.code);
    let told = readings.list.iter().filter(here).filter_map(|r| r.phase.and_then(bit)).map(number);
    kind.phases != 0 && told.fold(0, |told, bit| told | bit) & !summed != 0
}

/// One moment: own time, or the event where that is unusable.
type Moment = (Option<i64>, Option<Place>, u8, Option<u8>, bool);

/// Sums of the phases of one (time, context), with the set of phases each holds, in order.
fn sums(here: &[(u32, &Reading)]) -> Vec<(u8, Point)> {
    let mut slots: BTreeMap<Moment, usize> = BTreeMap::new();
    let mut sums: Vec<(u8, Point)> = Vec::new();
    for (index, reading) in here {
        let Some((to_neutral, bit)) = reading.phase.and_then(bit) else { continue };
        let event = if reading.at.is_none() { Some(reading.place) } else { None };
        let location = reading.location.map(Location::as_u8);
        let moment = (reading.at, event, reading.context.as_u8(), location, to_neutral);
        let slot = slots.get(&moment).and_then(|index| sums.get_mut(*index));
        match slot {
            Some((phases, sum)) if *phases & bit == 0 => {
                *phases |= bit;
                sum.value = sum.value.saturating_add(reading.value);
                sum.ulp = sum.ulp.saturating_add(reading.ulp);
                sum.ended |= reading.ended;
                sum.origin.add(*index, reading);
            }
            _ => {
                slots.insert(moment, sums.len());
                sums.push((bit, point(*index, reading)));
            }
        }
    }
    sums
}
