//! Energy as a sum of interval amounts (ocpp 6.1): what is left where no register was reported.
//!
//! An amount is one per moment, whatever its context. Clock-aligned amounts tell the same energy as sampled ones, so
//! they count only where nothing else does. One place and one set of phases, as for registers.

use std::collections::BTreeSet;

use wattledger_decoder::ReadingContext;

use super::contents::{Entry, Place};
use super::energy::Direction;
use super::readings;
use super::record::ScanPosition;
use super::series;

/// A sum of amounts.
pub(super) struct Sum {
    /// µWh.
    pub(super) wh: i64,
    /// Two values for one amount.
    pub(super) contradicted: bool,
}

/// Sums the amounts of the most believed series.
pub(super) fn sum(entries: &[Entry<'_>], direction: Direction, epoch_starts: &[ScanPosition]) -> Option<Sum> {
    let readings = readings::collect(entries, direction.interval(), epoch_starts);
    let candidates = series::candidates(&readings);
    let points = &candidates.first()?.points;
    let aligned = points.iter().all(|p| p.context == ReadingContext::SampleClock);
    let mut moments: BTreeSet<(Option<i64>, Option<Place>)> = BTreeSet::new();
    let mut wh = 0i64;
    for (index, point) in points.iter().enumerate() {
        if !aligned && point.context == ReadingContext::SampleClock {
            continue;
        }
        // without an own time nothing shows a repeat, so each counts by itself
        let rank = u32::try_from(index).unwrap_or(u32::MAX);
        let alone = Place { rank, ..point.place };
        let moment = (point.at, if point.at.is_none() { Some(alone) } else { None });
        if moments.insert(moment) {
            wh = wh.saturating_add(point.value);
        }
    }
    (0..wattledger_record::Decimal6::BOUND)
        .contains(&wh)
        .then_some(Sum { wh, contradicted: readings.contradicted })
}
