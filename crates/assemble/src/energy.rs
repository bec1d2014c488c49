//! The energy of a charge in one direction (rules 24, 25, 28, 29).
//!
//! In: a sorted-out charge. Out: the figure that may be billed with the readings behind it, and the best estimate.
//! How it is found: the readings (`readings`), the series and its two ends (`choice`, `series`, `pick`), the figure
//! between them and what its guards say (`figure`, `guards`, `power`), meter by meter where the meter was exchanged
//! (`segments`); only amounts where no register was told (`intervals`).
//!
//! Invariants: begin and end are two readings of one series; a figure is never negative; a guard adds words and, where
//! the rules say so, takes the figure away, but never changes it silently.

use wattledger_decoder::Measurand;
use wattledger_record::{Decimal6, Micros};

use super::charge::Charge;
use super::choice;
use super::contents::Entry;
use super::estimate;
use super::figure::{self, Figure};
use super::intervals;
use super::missing;
use super::power::{self, Power};
use super::readings::{self, Readings};
use super::reckoning::{self, Basis};
use super::record::Energy;
use super::series::{self, Kind};
use super::words::{Remarks, flag, method, review};

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
    /// Readings behind `energy`, µWh; of an exchanged meter the begin of the first and the end of the last.
    pub(super) begin: Option<Decimal6>,
    pub(super) end: Option<Decimal6>,
    /// A begin reading and an end reading proper are there: no missing event can hold them.
    pub(super) both_ends: bool,
    pub(super) last_register: Option<Decimal6>,
    /// Where `energy` comes from.
    pub(super) basis: Option<Basis>,
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
    let (energy, basis) = match (&figure, interval) {
        (Some(figure), _) => {
            let basis = reckoning::of_spans(charge.stated(), &scene.readings, &figure.spans);
            (Some(figure.energy), Some(basis))
        }
        (None, Some((energy, basis))) => (Some(energy), Some(basis)),
        (None, None) => (None, None),
    };
    let used = figure.as_ref().and_then(|f| kind.zip(f.end()));
    let estimate = estimate::best(charge, direction, &scene.power, energy, used, remarks);
    Measured {
        energy,
        estimate,
        begin: figure.as_ref().and_then(Figure::begin).map(Decimal6),
        end: figure.as_ref().and_then(Figure::end).map(Decimal6),
        both_ends,
        last_register,
        basis,
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
        let (kind, pick) = choice::choose(self.charge, &self.readings, remarks)?;
        choice::remark(self.charge, &self.readings, kind, &pick, remarks);
        let figure = figure::find(self.charge, &self.readings, kind, &pick, &self.power, remarks);
        let suspect = |figure: &Figure| figure::is_unit_suspect(figure, &self.power, charging_us);
        if figure.as_ref().is_some_and(suspect) {
            remarks.both(review::UNIT_SUSPECT);
        }
        Some(Bill { kind, both_ends: !pick.late_begin && !pick.last_update, figure })
    }

    /// Interval amounts, where no register was reported at all.
    fn interval_bill(&self, remarks: &mut Remarks) -> Option<(Energy, Basis)> {
        if !self.may_bill() || !self.readings.list.is_empty() {
            return None;
        }
        let entries = self.charge.stated();
        let (sum, basis) = intervals::bill(entries, self.direction, &self.charge.epoch_starts)?;
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
        Some((Energy { wh: Decimal6(sum.wh), method: method::INTERVAL_SUM }, basis))
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
