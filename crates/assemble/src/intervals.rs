//! Energy as a sum of interval amounts (ocpp 6.1): what is left where no register was reported.
//!
//! An amount is one per moment, whatever its context. Clock-aligned amounts tell the same energy as periodic ones: where
//! both are there, only the larger sum of the two counts, and it says that it may be wrong. Amounts of other contexts,
//! as at the end of the transaction, add to either. One place and one set of phases, as for registers.

use std::collections::BTreeMap;

use wattledger_decoder::ReadingContext;

use super::contents::{Entry, Place};
use super::energy::Direction;
use super::readings::{self, Readings};
use super::reckoning::{self, Basis};
use super::record::ScanPosition;
use super::series::{self, Point};

/// A sum of amounts.
pub(super) struct Sum {
    /// µWh.
    pub(super) wh: i64,
    /// Two values for one amount.
    pub(super) contradicted: bool,
    /// Amounts that may tell the same energy.
    pub(super) overlap: bool,
    /// An amount below 0 was left out.
    pub(super) negative: bool,
}

/// The sum of the most believed series, and the amounts in it.
pub(super) fn bill(
    entries: &[Entry<'_>],
    direction: Direction,
    epoch_starts: &[ScanPosition],
) -> Option<(Sum, Basis)> {
    let readings = readings::collect(entries, direction.interval(), epoch_starts);
    let (sum, amounts) = add_up(entries, direction, &readings)?;
    Some((sum, reckoning::of_amounts(entries, &readings, &amounts)))
}

/// The sum alone.
pub(super) fn sum(entries: &[Entry<'_>], direction: Direction, epoch_starts: &[ScanPosition]) -> Option<Sum> {
    let readings = readings::collect(entries, direction.interval(), epoch_starts);
    add_up(entries, direction, &readings).map(|(sum, _)| sum)
}

/// Sums the amounts of the most believed series; each that counts is given back.
fn add_up(entries: &[Entry<'_>], direction: Direction, readings: &Readings) -> Option<(Sum, Vec<Point>)> {
    let candidates = series::candidates(readings);
    let points = &candidates.first()?.points;
    let (amounts, overlap) = choose(points);
    let wh = amounts.iter().fold(0i64, |wh, amount| wh.saturating_add(amount.value));
    let negative = readings::any_negative(entries, &[direction.interval()]);
    let fits = (0..wattledger_record::Decimal6::BOUND).contains(&wh);
    fits.then_some((Sum { wh, contradicted: readings.contradicted, overlap, negative }, amounts))
}

/// Each amount once, and whether some may tell the energy of others.
fn choose(points: &[Point]) -> (Vec<Point>, bool) {
    let total = |context| {
        let of_context = points.iter().filter(|p| p.context == context);
        of_context.map(|p| i128::from(p.value)).sum::<i128>()
    };
    let has = |context| points.iter().any(|p| p.context == context);
    let (clock, periodic) = (ReadingContext::SampleClock, ReadingContext::SamplePeriodic);
    let mut overlap = has(clock) && has(periodic);
    // each of the two is at most all of the energy, so the larger is nearer to it
    let left_out = overlap.then_some(if total(clock) > total(periodic) { periodic } else { clock });
    let mut moments: BTreeMap<(Option<i64>, Option<Place>), i64> = BTreeMap::new();
    let mut amounts = Vec::new();
    for (index, point) in points.iter().enumerate().filter(|(_, p)| Some(p.context) != left_out) {
        // without an own time nothing shows a repeat, so each counts by itself
        let rank = u32::try_from(index).unwrap_or(u32::MAX);
        let alone = Place { rank, ..point.place };
        let moment = (point.at, if point.at.is_none() { Some(alone) } else { None });
        match moments.get(&moment) {
            Some(amount) => overlap |= *amount != point.value,
            None => {
                moments.insert(moment, point.value);
                amounts.push(*point);
            }
        }
    }
    (amounts, overlap)
}
