//! What power a charge can have had, and which steps of a register exceed it (rule 28).
//!
//! Reported power decides; without it a mean between readings where the rule says so, else the most that any station
//! delivers. Integers throughout: µWh, µW, µs.

use std::collections::BTreeMap;

use wattledger_decoder::{Location, Measurand, Phase};
use wattledger_record::Micros;

use super::contents::{Entry, Place};
use super::series::Point;

/// More than any station delivers, µW (400 kW).
const POWER_MAX: i64 = 400_000_000_000;
/// A step whose duration cannot be told counts as an hour, µs: at the largest power that is still far below the
/// reading of a meter that was in use for some months.
const STEP_UNTIMED_US: i64 = 3_600_000_000;
/// Readings of one moment are up to this apart, µs: many stations tell times in whole seconds.
const MOMENT_US: i64 = 1_000_000;
/// The coarsest registers count kWh, µWh.
const REGISTER_UNIT_MAX: i128 = 1_000_000_000;
/// µs per hour: µWh · this / µs = µW.
const HOUR_US: i128 = 3_600_000_000;

/// Power as reported by the events of a charge.
#[derive(Default)]
pub(super) struct Power {
    /// The largest value, µW; `None` where none above 0 was reported.
    pub(super) largest: Option<i64>,
    /// Mean of active power, µW, likewise.
    pub(super) mean: Option<i64>,
}

/// Reads reported power; `active` is the measurand of the direction, `offered` also bounds it.
pub(super) fn reported(entries: &[Entry<'_>], active: Measurand, offered: Measurand) -> Power {
    let mut largest = 0;
    let (mut sum, mut count) = (0i128, 0i128);
    for ((measurand, ..), watts) in moments(entries, active, offered) {
        largest = largest.max(watts);
        if measurand == active {
            sum += i128::from(watts);
            count += 1;
        }
    }
    let mean = sum.checked_div(count).and_then(|mean| i64::try_from(mean).ok());
    let above_zero = |watts: &i64| *watts > 0;
    Power { largest: Some(largest).filter(above_zero), mean: mean.filter(above_zero) }
}

/// Own time, or the event where that is missing; with measurand, context and location.
type MomentKey = (Measurand, Option<Micros>, Option<Place>, u8, Option<Location>);

/// The total of a moment, and each of its phases.
type Told = (Option<i64>, [Option<i64>; 3]);

/// Power at each moment: the total, or the sum of the phases where there is none. The phases of one moment may be told
/// by several events, and told again by an Ended.
fn moments(
    entries: &[Entry<'_>],
    active: Measurand,
    offered: Measurand,
) -> impl Iterator<Item = (MomentKey, i64)> {
    let mut moments: BTreeMap<MomentKey, Told> = BTreeMap::new();
    let samples = entries.iter().flat_map(|e| e.event.samples.iter().map(|s| (e.place, s)));
    for (place, sample) in samples {
        let here = (sample.measurand == active || sample.measurand == offered)
            && sample.location != Some(Location::Upstream);
        let Some(watts) = sample.value.filter(|_| here) else { continue };
        let event = if sample.at.is_none() { Some(place) } else { None };
        let key = (sample.measurand, sample.at, event, sample.context.as_u8(), sample.location);
        let (total, [l1, l2, l3]) = moments.entry(key).or_default();
        let slot = match sample.phase {
            None => total,
            Some(Phase::L1 | Phase::L1N) => l1,
            Some(Phase::L2 | Phase::L2N) => l2,
            Some(Phase::L3 | Phase::L3N) => l3,
            Some(_) => continue,
        };
        *slot = (*slot).max(Some(watts.0));
    }
    moments.into_iter().map(|(key, (total, phases))| {
        let sum = || phases.into_iter().flatten().fold(0i64, i64::saturating_add);
        (key, total.unwrap_or_else(sum))
    })
}

impl Power {
    /// Bound for any step of a register.
    pub(super) fn bound(&self) -> i64 {
        self.largest.unwrap_or(POWER_MAX)
    }

    /// Bound for the first step of a register, whose later readings are `later`; 0 where those do not rise.
    pub(super) fn bound_before(&self, later: &[Point]) -> i64 {
        let between = || {
            let pairs = later.windows(2).filter_map(|pair| pair.first().zip(pair.last()));
            pairs.filter_map(|(a, b)| mean_power(a, b)).max().map(|watts| watts.max(0))
        };
        self.largest.or_else(between).unwrap_or(POWER_MAX)
    }
}

/// Time between two readings, µs.
fn elapsed(a: &Point, b: &Point) -> Option<i64> {
    a.at.zip(b.at).map(|(a, b)| b - a).filter(|us| *us >= 0)
}

fn mean_power(a: &Point, b: &Point) -> Option<i64> {
    let us = elapsed(a, b)?;
    let energy = i128::from(b.value) - i128::from(a.value);
    i64::try_from((energy * HOUR_US).checked_div(i128::from(us))?).ok()
}

/// Whether the rise from `a` to `b` needs more than 1.2 times the power; one unit in the last place is tolerated.
pub(super) fn exceeds(a: &Point, b: &Point, power: i64) -> bool {
    let rise = i128::from(b.value) - i128::from(a.value) - i128::from(a.ulp.max(b.ulp));
    let us = match elapsed(a, b) {
        Some(0) => MOMENT_US,
        Some(us) => us,
        None => STEP_UNTIMED_US,
    };
    let us = i128::from(us);
    // rise / (us / hour) > 1.2 · power, without a division
    rise * HOUR_US * 10 > 12 * i128::from(power) * us
}

/// Whether an energy and the reported mean power over the charging time differ by more than a factor of 200. No energy at
/// all differs from what any register would have shown.
pub(super) fn unit_suspect(energy: i64, mean: i64, charging_us: i64) -> bool {
    if energy < 0 || charging_us <= 0 {
        return false;
    }
    let energy = i128::from(energy) * HOUR_US;
    let expected = i128::from(mean) * i128::from(charging_us);
    if energy == 0 {
        return expected > REGISTER_UNIT_MAX * HOUR_US;
    }
    energy > expected.saturating_mul(200) || energy.saturating_mul(200) < expected
}
