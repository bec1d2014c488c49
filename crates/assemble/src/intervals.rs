//! Energy as a sum of interval amounts (ocpp 6.1): what is left where no register was reported.
//!
//! An amount is one per moment, whatever its context. Clock-aligned amounts tell the same energy as periodic ones: where
//! both are there, only the periodic ones count, and the sum says that it may be wrong. Amounts of other contexts, as at
//! the end of the transaction, add to either. One place and one set of phases, as for registers.

use std::collections::BTreeMap;

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
    /// Amounts that may tell the same energy.
    pub(super) overlap: bool,
    /// An amount below 0 was left out.
    pub(super) negative: bool,
}

/// Sums the amounts of the most believed series.
pub(super) fn sum(entries: &[Entry<'_>], direction: Direction, epoch_starts: &[ScanPosition]) -> Option<Sum> {
    let readings = readings::collect(entries, direction.interval(), epoch_starts);
    let candidates = series::candidates(&readings);
    let points = &candidates.first()?.points;
    let has = |context| points.iter().any(|p| p.context == context);
    let mut overlap = has(ReadingContext::SampleClock) && has(ReadingContext::SamplePeriodic);
    let periodic_alone = overlap;
    let mut moments: BTreeMap<(Option<i64>, Option<Place>), i64> = BTreeMap::new();
    let mut wh = 0i64;
    for (index, point) in points.iter().enumerate() {
        if periodic_alone && point.context == ReadingContext::SampleClock {
            continue;
        }
        // without an own time nothing shows a repeat, so each counts by itself
        let rank = u32::try_from(index).unwrap_or(u32::MAX);
        let alone = Place { rank, ..point.place };
        let moment = (point.at, if point.at.is_none() { Some(alone) } else { None });
        match moments.get(&moment) {
            Some(amount) => overlap |= *amount != point.value,
            None => {
                moments.insert(moment, point.value);
                wh = wh.saturating_add(point.value);
            }
        }
    }
    let negative = readings::any_negative(entries, &[direction.interval()]);
    let fits = (0..wattledger_record::Decimal6::BOUND).contains(&wh);
    fits.then_some(Sum { wh, contradicted: readings.contradicted, overlap, negative })
}
