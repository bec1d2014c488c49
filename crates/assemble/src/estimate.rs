//! The best energy there is, also where nothing may be billed: last minus first of one series, else the sum of its
//! rises, else interval amounts.
//!
//! Speaks from more events than the bill: those after the end, and those stamped after it.

use wattledger_record::Decimal6;

use super::charge::Charge;
use super::energy::Direction;
use super::figure::zero_baseline;
use super::guards::{self, Examined};
use super::intervals;
use super::pick;
use super::power::Power;
use super::readings::{self, Readings};
use super::record::Energy;
use super::segments;
use super::series::{self, Kind, Point, Series};
use super::words::{Remarks, method, review};

/// The best estimate; `billed` is the figure of the bill, `used` its series and end reading.
pub(super) fn best(
    charge: &Charge<'_>,
    direction: Direction,
    power: &Power,
    billed: Option<Energy>,
    used: Option<(Kind, i64)>,
    remarks: &mut Remarks,
) -> Option<Energy> {
    let readings = readings::collect(charge.everything(), direction.register(), &charge.epoch_starts);
    let candidates = series::candidates(&readings);
    if let Some(billed) = billed {
        let Some((kind, end)) = used else { return Some(billed) };
        let series = candidates.iter().find(|s| s.kind == kind);
        return Some(extended(billed, series, end));
    }
    if charge.exchange.is_some()
        && let Some(wh) = of_meters(&candidates, &readings)
    {
        return Some(Energy { wh, method: method::SEGMENT_SUM });
    }
    let enough = |list: Vec<Series>| list.into_iter().find(|s| s.points.len() > 1);
    let series = enough(candidates).or_else(|| enough(series::joined(&readings)));
    let by_register = series.and_then(|s| {
        let by_time = readings.by_time(s.kind.signed);
        of_series(charge, &s, by_time, power, remarks)
    });
    by_register.or_else(|| {
        let sum = intervals::sum(charge.everything(), direction, &charge.epoch_starts)?;
        Some(Energy { wh: Decimal6(sum.wh), method: method::INTERVAL_SUM })
    })
}

/// The bill, and what a register rose further after its end.
fn extended(billed: Energy, series: Option<&Series>, end: i64) -> Energy {
    let highest = series.and_then(|s| s.points.last()).map_or(end, |p| p.value);
    let further = highest.saturating_sub(end).max(0);
    let wh = billed.wh.checked_add(Decimal6(further)).unwrap_or(billed.wh);
    Energy { wh, ..billed }
}

/// What the signed readings rose meter by meter; a meter with one reading adds nothing.
fn of_meters(candidates: &[Series], readings: &Readings) -> Option<Decimal6> {
    let series = candidates.iter().find(|s| s.kind.signed && s.points.len() > 1)?;
    let points = pick::in_order(series, readings.by_time(true));
    wh(segments::by_meter(&points).iter().map(|segment| rises(segment)).sum())
}

fn of_series(
    charge: &Charge<'_>,
    series: &Series,
    by_time: bool,
    power: &Power,
    remarks: &mut Remarks,
) -> Option<Energy> {
    let charging = pick::first_charging(charge.everything());
    let picked = pick::pick(series, by_time, charging, false);
    let points = pick::in_order(series, by_time);
    let examined = guards::examine(&points, |_| false);
    say(&examined, remarks);
    if let Some(upper) = examined.mixed {
        let scale = |high: bool| {
            let of_scale = points.iter().filter(move |p| (p.value >= upper) == high);
            difference(&of_scale.copied().collect::<Vec<Point>>())
        };
        let wh = scale(true).max(scale(false))?;
        return Some(Energy { wh, method: method::PIECEWISE_POSITIVE });
    }
    let from = zero_baseline(&examined.points, power).unwrap_or(0);
    let points = examined.points.get(from..)?;
    if points.len() < 2 {
        return None;
    }
    if examined.regression {
        return Some(Energy { wh: wh(rises(points))?, method: method::PIECEWISE_POSITIVE });
    }
    let method = match picked {
        _ if from > 0 => method::BASELINE_REBASED,
        Some(p) if !p.late_begin && !p.last_update && series.kind.phases == 0 => method::BEGIN_END_REGISTER,
        Some(p) if !p.late_begin && !p.last_update => method::PHASE_SUM,
        Some(p) if !p.late_begin => method::LAST_UPDATE,
        _ => method::FIRST_READING,
    };
    Some(Energy { wh: difference(points)?, method })
}

fn say(examined: &Examined, remarks: &mut Remarks) {
    let words = [
        (examined.mixed.is_some(), review::MIXED_REGISTER),
        (examined.outlier, review::REGISTER_OUTLIER),
        (examined.regression && examined.mixed.is_none(), review::REGISTER_REGRESSION),
    ];
    for (_, word) in words.iter().filter(|(found, _)| *found) {
        remarks.flag(word);
    }
}

/// Last minus first, 0 where rounding makes it negative.
fn difference(points: &[Point]) -> Option<Decimal6> {
    let (first, last) = points.first().zip(points.last())?;
    Decimal6(last.value).checked_sub(Decimal6(first.value)).map(|wh| wh.max(Decimal6::ZERO))
}

/// Sum of the rises, µWh.
fn rises(points: &[Point]) -> i128 {
    let pairs = points.windows(2).filter_map(|pair| pair.first().zip(pair.last()));
    pairs.map(|(a, b)| (i128::from(b.value) - i128::from(a.value)).max(0)).sum()
}

fn wh(micro: i128) -> Option<Decimal6> {
    i64::try_from(micro).ok().filter(|wh| *wh < Decimal6::BOUND).map(Decimal6)
}
