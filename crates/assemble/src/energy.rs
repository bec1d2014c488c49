//! The energy of a charge: which series, which two readings, by which method (rules 24, 25, 28, 29).
//!
//! In: a sorted-out charge. Out: the figure that may be billed with the readings behind it, and the best estimate.
//! Invariants: begin and end are two readings of one series; a figure is never negative; a guard adds words and, where
//! the rules say so, takes the figure away, but never changes it silently.

use wattledger_decoder::{Measurand, ReadingContext};
use wattledger_record::{Decimal6, Micros};

use super::charge::Charge;
use super::contents::{Entry, Place};
use super::guards::{self, not_below};
use super::intervals;
use super::missing;
use super::power::{self, Power};
use super::readings::{self, Readings};
use super::record::Energy;
use super::series::{self, Kind, Point, Series, Spot};
use super::words::{Remarks, flag, method, review};
use super::{estimate, pick};

/// Which way energy flows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Direction {
    /// Grid to vehicle.
    Import,
    /// Vehicle to grid.
    Export,
}

/// The energy of a charge in one direction.
#[derive(Default)]
pub(super) struct Measured {
    pub(super) energy: Option<Energy>,
    pub(super) estimate: Option<Energy>,
    /// Readings behind `energy`, µWh.
    pub(super) begin: Option<Decimal6>,
    pub(super) end: Option<Decimal6>,
    /// A begin reading and an end reading proper are there: no missing event can hold them.
    pub(super) both_ends: bool,
    pub(super) last_register: Option<Decimal6>,
}

impl Direction {
    pub(super) fn register(self) -> Measurand {
        match self {
            Self::Import => Measurand::EnergyActiveImportRegister,
            Self::Export => Measurand::EnergyActiveExportRegister,
        }
    }

    pub(super) fn interval(self) -> Measurand {
        match self {
            Self::Import => Measurand::EnergyActiveImportInterval,
            Self::Export => Measurand::EnergyActiveExportInterval,
        }
    }

    fn power(self, entries: &[Entry<'_>]) -> Power {
        match self {
            Self::Import => power::reported(entries, Measurand::PowerActiveImport, Measurand::PowerOffered),
            Self::Export => {
                power::reported(entries, Measurand::PowerActiveExport, Measurand::PowerActiveExport)
            }
        }
    }
}

/// Own time of the first register reading of a charge.
pub(super) fn first_reading(charge: &Charge<'_>) -> Option<Micros> {
    let readings = readings::collect(charge.told(), Direction::Import.register(), &charge.epoch_starts);
    let first = readings.list.iter().min_by_key(|reading| readings.order(reading))?;
    first.at.map(Micros)
}

/// Measures a charge; `charging_us` is its time in state Charging, where that can be told.
pub(super) fn measure(
    charge: &Charge<'_>,
    direction: Direction,
    charging_us: Option<i64>,
    remarks: &mut Remarks,
) -> Measured {
    let readings = readings::collect(charge.stated(), direction.register(), &charge.epoch_starts);
    let scene = Scene { charge, direction, readings, power: direction.power(charge.stated()) };
    let bill = scene.bill(charging_us, remarks);
    let kind = bill.as_ref().map(|bill| bill.kind);
    let both_ends = bill.as_ref().is_some_and(|bill| bill.both_ends);
    let last_register = scene.last_register(kind);
    // row 75: a meter that says "unknown" where the begin or the end belongs gives no bill by another reading
    let unknown = !both_ends && readings::unknown_at_an_end(charge.stated(), direction.register());
    let figure = bill.and_then(|bill| bill.figure).filter(|_| !unknown);
    if unknown && kind.is_some() {
        remarks.both(review::REGISTER_MISSING);
    }
    let interval = if figure.is_none() { scene.interval_bill(remarks) } else { None };
    if figure.is_none() && interval.is_none() {
        scene.say_missing(both_ends, kind.is_some(), remarks);
    }
    let energy = figure.as_ref().map(|f| f.energy).or(interval);
    let estimate =
        estimate::best(charge, direction, &scene.power, energy, figure.map(|f| (kind, f.end)), remarks);
    Measured {
        energy,
        estimate,
        begin: figure.map(|f| Decimal6(f.begin)),
        end: figure.map(|f| Decimal6(f.end)),
        both_ends,
        last_register,
    }
}

/// What a figure is found from.
struct Scene<'c, 'a> {
    charge: &'c Charge<'a>,
    direction: Direction,
    readings: Readings,
    power: Power,
}

/// The series that was used and what came of it.
struct Bill {
    kind: Kind,
    both_ends: bool,
    figure: Option<Figure>,
}

#[derive(Clone, Copy)]
struct Figure {
    energy: Energy,
    begin: i64,
    end: i64,
}

impl Scene<'_, '_> {
    fn may_bill(&self) -> bool {
        !self.charge.energy_blocked && self.charge.start().is_some() && self.charge.end().is_some()
    }

    /// Finds the series and reads the figure off it.
    fn bill(&self, charging_us: Option<i64>, remarks: &mut Remarks) -> Option<Bill> {
        if !self.may_bill() {
            return None;
        }
        if self.readings.contradicted {
            remarks.both(review::READING_CONFLICT);
        }
        let (series, pick) = self.choose(remarks)?;
        self.remark_pick(&series, &pick, remarks);
        let figure = self.figure(series.kind, &pick, charging_us, remarks);
        Some(Bill { kind: series.kind, both_ends: !pick.late_begin && !pick.last_update, figure })
    }

    /// Rule 24: the first series with both ends; else Outlet and unmarked together; else the first with any two.
    fn choose(&self, remarks: &mut Remarks) -> Option<(Series, pick::Pick)> {
        let charging = pick::first_charging(self.charge.stated());
        let candidates = series::candidates(&self.readings);
        let whole = |signed: bool, list: &[Series]| {
            list.iter().filter(|s| s.kind.signed == signed).find_map(|s| {
                pick::pick(s, self.readings.by_time(signed), charging, true).map(|pick| (s.clone(), pick))
            })
        };
        let unsigned = whole(false, &candidates);
        let signed = whole(true, &candidates);
        if let (Some((_, a)), Some((_, b))) = (&unsigned, &signed)
            && differ(a, b)
        {
            remarks.both(review::SIGNED_DIFFERS);
        }
        unsigned.or(signed).or_else(|| whole(false, &series::joined(&self.readings))).or_else(|| {
            candidates.into_iter().find_map(|s| {
                let by_time = self.readings.by_time(s.kind.signed);
                pick::pick(&s, by_time, charging, false).map(|pick| (s, pick))
            })
        })
    }

    fn remark_pick(&self, series: &Series, pick: &pick::Pick, remarks: &mut Remarks) {
        match series.kind.spot {
            Spot::Body | Spot::Inlet => remarks.both(review::OTHER_LOCATION),
            Spot::Joined => remarks.both(review::LOCATION_MIXED),
            Spot::Outlet | Spot::Unmarked => {}
        }
        if pick.late_begin {
            remarks.both(review::BEGIN_LATE);
        }
        if pick.last_update {
            remarks.flag(flag::LAST_UPDATE);
            let end = self.charge.end().map(|e| e.place);
            if end.is_some_and(|end| missing::any_between(&self.charge.counting, pick.end.place, end)) {
                remarks.both(review::MISSING_EVENTS);
            }
        }
        let touched = |place: &Place| self.charge.contested.binary_search(place).is_ok();
        if touched(&pick.begin.place) || touched(&pick.end.place) {
            remarks.review(review::CONFLICT);
        }
    }

    /// The figure between the two readings, unless a guard takes it away.
    fn figure(
        &self,
        kind: Kind,
        pick: &pick::Pick,
        charging_us: Option<i64>,
        remarks: &mut Remarks,
    ) -> Option<Figure> {
        let is_end = |p: &Point| *p == pick.begin || *p == pick.end;
        let mut run = guards::examine(&pick.run, is_end);
        if let Some(upper) = run.mixed {
            remarks.both(review::MIXED_REGISTER);
            let side = pick.begin.value >= upper;
            if side != (pick.end.value >= upper) {
                return None;
            }
            let same: Vec<Point> = pick.run.iter().filter(|p| (p.value >= upper) == side).copied().collect();
            run = guards::examine(&same, is_end);
        }
        if run.outlier {
            remarks.both(review::REGISTER_OUTLIER);
        }
        if run.rounding {
            remarks.flag(flag::ROUNDING);
        }
        if run.regression || !not_below(&pick.begin, &pick.end) {
            remarks.both(review::REGISTER_REGRESSION);
            return None;
        }
        let from = run.points.iter().position(|p| *p == pick.begin).unwrap_or(0);
        let steps = run.points.get(from..).unwrap_or_default();
        let rebased = zero_baseline(steps, &self.power);
        let steps = match rebased {
            Some(next) => steps.get(next..).unwrap_or_default(),
            None => steps,
        };
        let begin = if rebased.is_some() { *steps.first()? } else { pick.begin };
        if rebased.is_some() {
            remarks.flag(review::ZERO_BASELINE);
            if begin == pick.end {
                remarks.review(review::ZERO_BASELINE);
                return None;
            }
            remarks.both(review::BASELINE_REBASED);
        }
        let wh = pick.end.value.saturating_sub(begin.value).max(0);
        self.guard_power(steps, wh, charging_us, remarks);
        if wh == 0 {
            remarks.flag(flag::ZERO_ENERGY);
        }
        let method = method_of(kind, pick, rebased.is_some());
        Some(Figure { energy: Energy { wh: Decimal6(wh), method }, begin: begin.value, end: pick.end.value })
    }

    fn guard_power(&self, steps: &[Point], wh: i64, charging_us: Option<i64>, remarks: &mut Remarks) {
        let bound = self.power.bound();
        let mut pairs = steps.windows(2).filter_map(|pair| pair.first().zip(pair.last()));
        if pairs.any(|(a, b)| power::exceeds(a, b, bound)) {
            remarks.both(review::POWER_IMPLAUSIBLE);
        }
        let suspect = self.power.mean.zip(charging_us);
        if suspect.is_some_and(|(mean, us)| power::unit_suspect(wh, mean, us)) {
            remarks.both(review::UNIT_SUSPECT);
        }
    }

    /// Interval amounts, where no register was reported at all.
    fn interval_bill(&self, remarks: &mut Remarks) -> Option<Energy> {
        if !self.may_bill() || !self.readings.list.is_empty() {
            return None;
        }
        let sum = intervals::sum(self.charge.stated(), self.direction, &self.charge.epoch_starts)?;
        remarks.flag(flag::INTERVAL_SUM);
        let found = [
            (sum.contradicted, review::READING_CONFLICT),
            (sum.overlap, review::INTERVAL_OVERLAP),
            (sum.negative, review::INTERVAL_NEGATIVE),
        ];
        for (_, word) in found.iter().filter(|(found, _)| *found) {
            remarks.both(word);
        }
        let counting = self.charge.span();
        let ends = counting.first().zip(counting.last());
        if ends.is_some_and(|(a, b)| missing::any_between(counting, a.place, b.place)) {
            remarks.both(review::MISSING_EVENTS);
        }
        if sum.wh == 0 {
            remarks.flag(flag::ZERO_ENERGY);
        }
        Some(Energy { wh: Decimal6(sum.wh), method: method::INTERVAL_SUM })
    }

    /// A charge with both ends that yields no figure because readings are not there.
    fn say_missing(&self, both_ends: bool, picked: bool, remarks: &mut Remarks) {
        let expected = self.direction == Direction::Import || !self.readings.list.is_empty();
        if self.may_bill() && expected && !both_ends && !picked {
            remarks.both(review::REGISTER_MISSING);
        }
    }

    /// The last reading of the series that was used, else of the most believed one.
    fn last_register(&self, kind: Option<Kind>) -> Option<Decimal6> {
        let candidates = series::candidates(&self.readings);
        let used = candidates.iter().find(|s| Some(s.kind) == kind).or_else(|| candidates.first())?;
        used.points.last().map(|p| Decimal6(p.value))
    }
}

fn method_of(kind: Kind, pick: &pick::Pick, rebased: bool) -> &'static str {
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

/// Whether two series give energies more than 1 Wh + 0.1 % apart.
fn differ(a: &pick::Pick, b: &pick::Pick) -> bool {
    let energy = |pick: &pick::Pick| i128::from(pick.end.value) - i128::from(pick.begin.value);
    let (a, b) = (energy(a), energy(b));
    let allowed = 1_000_000 + a.abs() / 1_000;
    (a - b).abs() > allowed
}

/// A begin of 0 that the next reading shows to be a placeholder: index of the reading that stands for it.
pub(super) fn zero_baseline(steps: &[Point], power: &Power) -> Option<usize> {
    if steps.first()?.value != 0 {
        return None;
    }
    let next = steps.iter().position(|p| p.value > 0)?;
    let later = steps.get(next..)?;
    let before = steps.get(next.checked_sub(1)?)?;
    power::exceeds(before, later.first()?, power.bound_before(later)).then_some(next)
}

/// Whether a reading is marked as the begin of the transaction.
pub(super) fn is_begin(point: &Point) -> bool {
    point.context == ReadingContext::TransactionBegin
}
