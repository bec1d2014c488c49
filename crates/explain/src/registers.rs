//! The register along the events of a charge: value, step and the mean power that the step needs.
//!
//! Shown is one series: that of the figure, else the one with the most readings. Nothing is decided by it; the figure and
//! the words are the fold's.

use std::collections::{BTreeMap, HashSet};

use serde::Serialize;
use wattledger_assemble::event::{Event, Sample};
use wattledger_assemble::ocmf::Container;
use wattledger_decoder::{Location, Measurand, Phase, ReadingContext};
use wattledger_record::{Decimal6, Micros};

use crate::charges::{Entry, Role};
use crate::figures;

/// µs per hour.
const HOUR_US: i128 = 3_600_000_000;

/// Readings that belong together.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Series {
    /// Where it is measured; `None` is a reading without a location.
    pub locations: Vec<Option<Location>>,
    /// Phases that are summed; none is the total.
    pub phases: Vec<Phase>,
    /// Whether the readings are those of signed data.
    pub signed: bool,
}

/// A reading of the series that is shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Reading {
    /// Wh.
    pub wh: String,
    /// Own time; absent where it is missing.
    pub at: Option<String>,
    /// `Transaction.Begin` and so on.
    pub context: &'static str,
    /// Position of the sampled value in its event, from 1; of a sum of phases the first.
    pub position: u32,
    /// Tells again what an earlier event told of the same moment.
    pub repeated: bool,
    /// Rise from the reading before, Wh.
    pub step_wh: Option<String>,
    /// Mean power of that rise, W; absent where no time lies between.
    pub power_w: Option<String>,
}

/// A reading as a number.
#[derive(Debug, Clone, Copy)]
struct Point {
    wh: i64,
    at: Option<Micros>,
    context: ReadingContext,
    position: u32,
}

impl Series {
    /// The series with the most readings; of equals the first.
    #[must_use]
    pub fn most_told(entries: &[Entry<'_>]) -> Option<Self> {
        let mut counts: BTreeMap<Self, usize> = BTreeMap::new();
        let events = entries.iter().filter(|entry| entry.role == Role::Counts).map(|entry| entry.event);
        for sample in events.flat_map(|event| &event.samples) {
            if is_register(sample) && sample.location != Some(Location::Upstream) {
                let phases = sample.phase.into_iter().collect();
                let series = Self { locations: vec![sample.location], phases, signed: sample.signed };
                *counts.entry(series).or_default() += 1;
            }
        }
        counts.into_iter().rev().max_by_key(|(_, count)| *count).map(|(series, _)| series)
    }

    /// As people call it.
    #[must_use]
    pub fn name(&self) -> String {
        let places: Vec<&str> =
            self.locations.iter().map(|l| l.map_or("unmarked", Location::as_str)).collect();
        let phases: Vec<&str> = self.phases.iter().map(|phase| phase.as_str()).collect();
        let what = if phases.is_empty() { "total".to_owned() } else { phases.join(" + ") };
        let signed = if self.signed { ", signed" } else { "" };
        format!("Energy.Active.Import.Register, {} {what}{signed}", places.join(" and "))
    }

    fn holds(&self, sample: &Sample) -> bool {
        let phase = match sample.phase {
            None => self.phases.is_empty(),
            Some(phase) => self.phases.contains(&phase),
        };
        phase && self.locations.contains(&sample.location) && sample.signed == self.signed
    }

    /// The readings of an event, phases of one moment summed.
    fn points(&self, event: &Event) -> Vec<Point> {
        let mut points: Vec<Point> = Vec::new();
        for (position, sample) in (1..).zip(&event.samples).filter(|(_, sample)| self.holds(sample)) {
            for point in of_sample(position, sample) {
                let same = |p: &&mut Point| p.at == point.at && p.context == point.context;
                match points.iter_mut().find(same).filter(|_| self.phases.len() > 1) {
                    Some(sum) => sum.wh = sum.wh.saturating_add(point.wh),
                    None => points.push(point),
                }
            }
        }
        points
    }
}

fn is_register(sample: &Sample) -> bool {
    sample.measurand == Measurand::EnergyActiveImportRegister
}

/// What a sample says: its own value, or what its signed data say in the place of it.
fn of_sample(position: u32, sample: &Sample) -> Vec<Point> {
    let point = |wh: Decimal6, at, context| Point { wh: wh.0, at, context, position };
    match &sample.container {
        Some(Container::Readings(readings)) => {
            let import = readings.iter().filter(|reading| {
                let register = reading.register.map(|register| register.measurand(sample.measurand));
                register == Some(Measurand::EnergyActiveImportRegister)
            });
            import
                .filter_map(|reading| {
                    let context = reading.context.unwrap_or(sample.context);
                    Some(point(reading.value?, reading.at, context))
                })
                .collect()
        }
        _ if is_register(sample) => {
            let value = sample.value.filter(|value| *value >= Decimal6::ZERO);
            value.map(|value| point(value, sample.at, sample.context)).into_iter().collect()
        }
        _ => Vec::new(),
    }
}

/// The readings of each entry, in the entries' order; steps run over what counts.
#[must_use]
pub fn along(series: &Series, entries: &[Entry<'_>]) -> Vec<Vec<Reading>> {
    let mut told: HashSet<(Micros, ReadingContext)> = HashSet::new();
    let mut previous: Option<Point> = None;
    let of_entry = |entry: &Entry<'_>| {
        let counts = entry.role == Role::Counts;
        let points = series.points(entry.event).into_iter();
        points
            .map(|point| {
                let repeated = counts && point.at.is_some_and(|at| !told.insert((at, point.context)));
                let before = previous.filter(|_| counts && !repeated);
                if counts && !repeated {
                    previous = Some(point);
                }
                reading(&point, before.as_ref(), repeated)
            })
            .collect()
    };
    entries.iter().map(of_entry).collect()
}

fn reading(point: &Point, before: Option<&Point>, repeated: bool) -> Reading {
    let rise = before.map(|before| i128::from(point.wh) - i128::from(before.wh));
    let us = before.and_then(|before| Some(point.at?.0 - before.at?.0)).filter(|us| *us > 0);
    let power = rise.zip(us).and_then(|(rise, us)| (rise * HOUR_US).checked_div(i128::from(us)));
    let text = |value: i128| i64::try_from(value).ok().map(|value| Decimal6(value).to_string());
    Reading {
        wh: Decimal6(point.wh).to_string(),
        at: point.at.map(figures::time),
        context: point.context.as_str(),
        position: point.position,
        repeated,
        step_wh: rise.and_then(text),
        // to the mW: more digits would be those of the division
        power_w: power.map(|power| power / 1_000 * 1_000).and_then(text),
    }
}
