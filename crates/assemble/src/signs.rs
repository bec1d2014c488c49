//! Signs that the events of one record are of two charges, where no rule names them (`DESIGN.md`, "Two charges in one").
//!
//! In: events in the order of their places. Kept is a value of constant size, so a charge can be heard as it comes.
//! Each finding is a reason for review; a figure is never changed.

use wattledger_decoder::{ChargingState, EventType, Location, Measurand, ReadingContext};
use wattledger_record::{Decimal6, Micros};

use super::contents::Place;
use super::event::{Event, Sample};
use super::missing;
use super::ocmf::SignedReading;
use super::words::{Remarks, review};

/// Longest time between neighbouring events of one charge, µs: 30 days. A car is parked for weeks with nothing to tell;
/// what is longer is a clock that began in another year, or another car.
pub(super) const GAP_MAX_US: i64 = 30 * 86_400_000_000;
/// `timeSpentCharging` may fall by this, s: it is rounded to seconds.
const SPENT_FALL_S: i64 = 1;
/// The clock may fall by this at a hole, µs, as it may at the end (rule 16).
const CLOCK_FALL_US: i64 = super::end::AFTER_ENDED_MAX_US;
/// A hole may take this much more time than its missing events can have taken, µs: one hour.
const SILENCE_US: i64 = 3_600_000_000;
/// Intervals without a hole, from which is known how often a charge has something to tell.
const INTERVALS_MIN: u32 = 2;
/// Missing numbers in a row from which an Ended and the next Started can be lost.
pub(super) const SEAM_MIN: u64 = 2;

/// What a charge has told so far, and what in it does not fit.
#[derive(Debug, Clone, Default)]
pub(super) struct Signs {
    /// The last event's.
    place: Option<Place>,
    /// Latest usable event time told, in the order of places, µs.
    since: Option<i64>,
    /// Longest run of missing numbers since then.
    missing: u64,
    spent_s: Option<i64>,
    connector: Option<(i64, i64)>,
    cable_a: Option<i64>,
    /// First usable event time, µs.
    began: Option<i64>,
    /// First reading of the total import register and its own time: unsigned and signed, unmarked and at the Outlet.
    first: [[Option<First>; 2]; 2],
    plug: Plug,
    rhythm: Rhythm,
    found: Found,
}

#[derive(Debug, Clone, Copy, Default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a finding of its own, and any may come with any other"
)]
struct Found {
    spent_fell: bool,
    connector_changed: bool,
    cable_changed: bool,
    plugged_in_again: bool,
    begin_differs: bool,
    gap: bool,
    clock_fell: bool,
}

/// Whether a vehicle was there.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Plug {
    #[default]
    Unknown,
    In,
    OutAgain,
}

/// How often a charge has something to tell, and its longest silence over a hole.
#[derive(Debug, Clone, Default)]
pub(super) struct Rhythm {
    /// Longest time between neighbours without a hole, µs.
    longest_us: i64,
    intervals: u32,
    /// Whether a hole has room for an Ended and a Started.
    pub(super) seam: bool,
    /// Longest interval, µs, that a hole would need to be no longer than twice what its missing events take.
    needed_us: i64,
}

/// A value and its own time, if that is usable.
type First = (Decimal6, Option<Micros>);

impl Signs {
    /// Hears the next event.
    pub(super) fn hear(&mut self, place: Place, event: &Event) {
        let hole = self.place.and_then(|before| missing::hole(before, place));
        self.missing = self.missing.max(hole.map_or(0, |hole| hole.numbers()));
        self.place = Some(place);
        if let Some(Micros(at)) = event.usable_time() {
            if let Some(since) = self.since.replace(at) {
                self.hear_time(at.saturating_sub(since));
            }
            self.missing = 0;
            self.began = self.began.or(Some(at));
        }
        self.hear_facts(event);
        self.hear_begin(event);
        self.found.plugged_in_again |= self.plug.hear(event.charging_state);
    }

    /// Says what was found; with an exchanged meter a second begin is the new one's.
    pub(super) fn say(&self, exchanged: bool, remarks: &mut Remarks) {
        let Found {
            spent_fell,
            connector_changed,
            cable_changed,
            plugged_in_again,
            begin_differs,
            gap,
            clock_fell,
        } = self.found;
        let said = [
            (spent_fell, review::CHARGING_TIME_FELL),
            (connector_changed, review::CONNECTOR_CHANGED),
            (cable_changed, review::CABLE_CHANGED),
            (plugged_in_again, review::PLUGGED_IN_AGAIN),
            (begin_differs && !exchanged, review::BEGIN_DIFFERS),
            (gap, review::TIME_GAP),
            (clock_fell, review::CLOCK_STEP),
            (self.rhythm.is_broken(), review::SILENT_HOLE),
        ];
        said.iter().filter(|(found, _)| *found).for_each(|(_, word)| remarks.both(word));
    }

    fn hear_time(&mut self, passed_us: i64) {
        self.found.gap |= passed_us > GAP_MAX_US;
        self.found.clock_fell |= self.missing > 0 && passed_us < -CLOCK_FALL_US;
        self.rhythm.hear(Some(self.missing).filter(|missing| *missing > 0), passed_us);
    }

    fn hear_facts(&mut self, event: &Event) {
        if let Some(spent) = event.time_spent_charging_s.filter(|s| *s >= 0) {
            self.found.spent_fell |= self.spent_s.is_some_and(|before| before - spent > SPENT_FALL_S);
            self.spent_s = Some(spent);
        }
        if let Some(connector) = event.evse_id.zip(event.connector_id) {
            let (evse, id) = *self.connector.get_or_insert(connector);
            self.found.connector_changed |= evse == connector.0 && id != connector.1;
        }
        if let Some(cable) = event.cable_max_current_a {
            self.found.cable_changed |= *self.cable_a.get_or_insert(cable) != cable;
        }
    }

    /// The Ended's Transaction.Begin against the first reading: energy flowed before it, or it is of another meter.
    ///
    /// A begin repeated in an Updated says nothing, since some stations mark every reading so; one that lies below the
    /// first reading, and before it, is the begin itself.
    fn hear_begin(&mut self, event: &Event) {
        for Total { signed, outlet, context, at, value, ulp } in event.samples.iter().flat_map(totals) {
            let slots = self.first.get_mut(usize::from(signed));
            let Some(slot) = slots.and_then(|slots| slots.get_mut(usize::from(outlet))) else { continue };
            let Some((first, since)) = *slot else {
                // a value of the clock from before the start is of the time before the start
                let early = self.began.zip(at).is_some_and(|(began, at)| at.0 < began - CLOCK_FALL_US);
                *slot = Some((value, at)).filter(|_| !early);
                continue;
            };
            let repeated =
                event.event_type == EventType::Ended && context == ReadingContext::TransactionBegin;
            let rose = value.0.saturating_sub(first.0) > ulp.0;
            let fell = first.0.saturating_sub(value.0) > ulp.0 && since.zip(at).is_some_and(|(a, b)| a <= b);
            self.found.begin_differs |= repeated && (rose || fell);
        }
    }
}

impl Plug {
    /// Hears a state; `true` if a vehicle is there again.
    pub(super) fn hear(&mut self, state: Option<ChargingState>) -> bool {
        match state {
            Some(ChargingState::Idle) if *self == Self::In => *self = Self::OutAgain,
            Some(ChargingState::Idle | ChargingState::Unknown) | None => {}
            Some(_) => return std::mem::replace(self, Self::In) == Self::OutAgain,
        }
        false
    }
}

/// A reading of the total import register.
struct Total {
    signed: bool,
    outlet: bool,
    context: ReadingContext,
    at: Option<Micros>,
    value: Decimal6,
    ulp: Decimal6,
}

fn totals(sample: &Sample) -> Vec<Total> {
    let register = Measurand::EnergyActiveImportRegister;
    let outlet = sample.location == Some(Location::Outlet);
    let elsewhere = sample.location.is_some() && !outlet;
    if sample.measurand != register || sample.phase.is_some() || elsewhere {
        return Vec::new();
    }
    let usable = |at: Option<Micros>| at.filter(|at| at.is_usable());
    let Some(container) = &sample.container else {
        let value = sample.value.filter(|value| *value >= Decimal6::ZERO);
        let Sample { signed, context, at, ulp, .. } = *sample;
        return value
            .map(|value| Total { signed, outlet, context, at: usable(at), value, ulp })
            .into_iter()
            .collect();
    };
    let import =
        |reading: &&SignedReading| reading.register.is_some_and(|r| r.measurand(register) == register);
    let told = container.readings().iter().filter(import);
    told.filter_map(|r| {
        let context = r.context.unwrap_or(sample.context);
        Some(Total { signed: true, outlet, context, at: usable(r.at), value: r.value?, ulp: r.ulp })
    })
    .collect()
}

impl Rhythm {
    pub(super) fn hear(&mut self, missing: Option<u64>, passed_us: i64) {
        match missing {
            None => {
                self.longest_us = self.longest_us.max(passed_us);
                self.intervals = self.intervals.saturating_add(1);
            }
            Some(missing) if missing >= SEAM_MIN => {
                self.seam = true;
                let intervals =
                    i64::try_from(missing).unwrap_or(i64::MAX).saturating_add(1).saturating_mul(2);
                let silence = passed_us.saturating_sub(SILENCE_US);
                self.needed_us = self.needed_us.max(silence.checked_div(intervals).unwrap_or(0));
            }
            Some(_) => {}
        }
    }

    pub(super) fn is_broken(&self) -> bool {
        self.intervals >= INTERVALS_MIN && self.needed_us > self.longest_us
    }
}
