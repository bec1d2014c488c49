//! The figure between two readings, and what its guards say (rules 26, 27, 28).

use wattledger_record::Decimal6;

use super::charge::Charge;
use super::guards::{self, not_below};
use super::pick::Pick;
use super::power::{self, Power};
use super::readings::Readings;
use super::record::Energy;
use super::segments;
use super::series::{Kind, Point};
use super::words::{Remarks, flag, method, review};

/// A register that grows by this factor within a charge was told in another unit at its begin, nearly 1000: a begin
/// rounded up to whole kWh falls short of it.
const UNIT_FACTOR: i128 = 900;
/// Below this a begin reading shows no unit, µWh (100 Wh): registers that start anew with every charge pass it quickly.
const UNIT_FLOOR: i64 = 100_000_000;

/// A figure, and the readings that give it.
pub(super) struct Figure {
    pub(super) energy: Energy,
    /// Begin and end, one pair per meter.
    pub(super) spans: Vec<(Point, Point)>,
}

impl Figure {
    /// µWh, of the first meter.
    pub(super) fn begin(&self) -> Option<i64> {
        self.spans.first().map(|(begin, _)| begin.value)
    }

    /// µWh, of the last meter.
    pub(super) fn end(&self) -> Option<i64> {
        self.spans.last().map(|(_, end)| end.value)
    }
}

/// The figure of a charge; `None` if a guard takes it away.
pub(super) fn find(
    charge: &Charge<'_>,
    readings: &Readings,
    kind: Kind,
    pick: &Pick,
    power: &Power,
    remarks: &mut Remarks,
) -> Option<Figure> {
    let segments = match &charge.exchange {
        Some(exchange) => segments::split(exchange, readings, pick)?,
        None => Vec::new(),
    };
    let found = if segments.len() > 1 {
        let of_meter = |run: &Vec<Point>| difference(run, run.first()?, run.last()?, power, remarks);
        segments.iter().map(of_meter).collect::<Option<Vec<Difference>>>()?
    } else {
        vec![difference(&pick.run, &pick.begin, &pick.end, power, remarks)?]
    };
    let sum = |sum: Decimal6, d: &Difference| sum.checked_add(Decimal6(d.end.value - d.begin.value));
    let wh = found.iter().try_fold(Decimal6::ZERO, sum)?.max(Decimal6::ZERO);
    if wh == Decimal6::ZERO {
        remarks.flag(flag::ZERO_ENERGY);
    }
    let rebased = found.iter().any(|d| d.rebased);
    let method = if found.len() > 1 { method::SEGMENT_SUM } else { method_of(kind, pick, rebased) };
    let spans = found.into_iter().map(|d| (d.begin, d.end)).collect();
    Some(Figure { energy: Energy { wh, method }, spans })
}

/// Begin and end as billed.
struct Difference {
    begin: Point,
    end: Point,
    /// The begin is the reading after a placeholder 0.
    rebased: bool,
}

/// What lies between two readings of one register.
fn difference(
    run: &[Point],
    begin: &Point,
    end: &Point,
    power: &Power,
    remarks: &mut Remarks,
) -> Option<Difference> {
    let points = examine(run, begin, end, remarks)?;
    let from = points.iter().position(|p| p == begin).unwrap_or(0);
    let steps = points.get(from..).unwrap_or_default();
    let rebased = zero_baseline(steps, power);
    let steps = match rebased {
        Some(next) => steps.get(next..).unwrap_or_default(),
        None => steps,
    };
    let begin = if rebased.is_some() { steps.first()? } else { begin };
    if rebased.is_some() {
        remarks.flag(review::ZERO_BASELINE);
        if begin == end {
            remarks.review(review::ZERO_BASELINE);
            return None;
        }
        remarks.both(review::BASELINE_REBASED);
    }
    let mut pairs = steps.windows(2).filter_map(|pair| pair.first().zip(pair.last()));
    if pairs.any(|(a, b)| power::exceeds(a, b, power.bound())) {
        remarks.both(review::POWER_IMPLAUSIBLE);
    }
    Some(Difference { begin: *begin, end: *end, rebased: rebased.is_some() })
}

/// Rules 26 and 28: the readings without outliers and of one scale; `None` if the register goes back, or begin and end
/// are of different scales.
fn examine(run: &[Point], begin: &Point, end: &Point, remarks: &mut Remarks) -> Option<Vec<Point>> {
    let is_end = |p: &Point| p == begin || p == end;
    let mut examined = guards::examine(run, is_end);
    if let Some(upper) = examined.mixed {
        remarks.both(review::MIXED_REGISTER);
        let side = begin.value >= upper;
        if side != (end.value >= upper) {
            return None;
        }
        let same: Vec<Point> = run.iter().filter(|p| (p.value >= upper) == side).copied().collect();
        examined = guards::examine(&same, is_end);
    }
    if examined.outlier {
        remarks.both(review::REGISTER_OUTLIER);
    }
    if examined.rounding {
        remarks.flag(flag::ROUNDING);
    }
    if examined.regression || !not_below(begin, end) {
        remarks.both(review::REGISTER_REGRESSION);
        return None;
    }
    Some(examined.points)
}

fn method_of(kind: Kind, pick: &Pick, rebased: bool) -> &'static str {
    if rebased {
        method::BASELINE_REBASED
    } else if pick.last_update {
        method::LAST_UPDATE
    } else if pick.late_begin {
        method::FIRST_READING
    } else if kind.phases != 0 {
        method::PHASE_SUM
    } else {
        method::BEGIN_END_REGISTER
    }
}

/// Rule 28: the energy is far from what the reported power gives, or the begin was told in kWh under the name of Wh.
pub(super) fn is_unit_suspect(figure: &Figure, power: &Power, charging_us: Option<i64>) -> bool {
    let wh = figure.energy.wh.0;
    let by_power = power.mean.zip(charging_us).is_some_and(|(mean, us)| power::unit_suspect(wh, mean, us));
    let grows = figure.spans.iter().any(|(begin, end)| {
        begin.value >= UNIT_FLOOR && i128::from(end.value) >= UNIT_FACTOR * i128::from(begin.value)
    });
    by_power || grows
}

/// A begin of 0 that the next reading shows to be a placeholder: index of the reading that stands for it.
pub(super) fn zero_baseline(steps: &[Point], power: &Power) -> Option<usize> {
    let next = steps.iter().position(|p| p.value > 0)?;
    // a begin above 0 has nothing before it and is no placeholder
    let before = steps.get(next.checked_sub(1)?)?;
    let later = steps.get(next..)?;
    power::exceeds(before, later.first()?, power.bound_before(later)).then_some(next)
}
