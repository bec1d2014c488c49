//! Register and power of a plain charge: one total register that never falls, and what its guards need.
//!
//! Between the first and the last reading nothing decides but the steepest step, and, where the register begins at 0,
//! the step that leaves it. Phases beside their total are looked at and not kept: a total of the same place is
//! believed before them.

mod register;

use wattledger_decoder::{EventType, Location, Measurand};
use wattledger_record::Decimal6;

use super::course::{Position, place};
use crate::contents::Entry;
use crate::event::{Event, Sample};
use crate::power::{self, Power};

use register::Told;
pub(super) use register::{Mark, Register, Zero};

#[derive(Debug, Clone, Default)]
pub(super) struct Meter {
    pub(super) register: Register,
    /// Largest reported power, µW; 0 where none was reported.
    largest: i64,
    /// Sum of the moments of active power, µW.
    sum: i64,
    moments: u32,
    /// Latest moment at which power was reported, µs.
    latest: i64,
}

/// Whether a sample is a reading of the one register that is followed.
pub(super) fn is_total(sample: &Sample) -> bool {
    sample.measurand == Measurand::EnergyActiveImportRegister && sample.phase.is_none()
}

/// What a sample means to a digest.
enum Sort {
    Register,
    Power,
    /// Nothing that a record reads.
    Unread,
    /// What only the whole set can weigh.
    NotPlain,
}

fn sort(sample: &Sample) -> Sort {
    if sample.container.is_some() {
        return Sort::NotPlain;
    }
    match sample.measurand {
        Measurand::EnergyActiveImportRegister if sample.signed => Sort::NotPlain,
        Measurand::EnergyActiveImportRegister => Sort::Register,
        Measurand::PowerActiveImport | Measurand::PowerOffered => Sort::Power,
        Measurand::CurrentExport
        | Measurand::CurrentImport
        | Measurand::CurrentOffered
        | Measurand::Voltage
        | Measurand::Frequency
        | Measurand::PowerFactor
        | Measurand::PowerReactiveImport
        | Measurand::SoC => Sort::Unread,
        _ => Sort::NotPlain,
    }
}

impl Meter {
    /// Takes in the samples of an event; `false` if they are not plain.
    pub(super) fn take(&mut self, event: &Event, position: Position, zero: &mut Option<Box<Zero>>) -> bool {
        let ended = event.event_type == EventType::Ended;
        // the skeleton has the Ended's own samples
        let kept = self.register.clone_marks(ended);
        let mut reports_power = false;
        let mut total = None;
        for sample in &event.samples {
            let plain = match sort(sample) {
                Sort::Unread => true,
                Sort::NotPlain => false,
                Sort::Power => {
                    reports_power = true;
                    self.power_is_plain(sample, event)
                }
                Sort::Register => self.register.take(sample, Told { position, ended }, &mut total, zero),
            };
            if !plain {
                return false;
            }
        }
        if let Some(kept) = kept {
            self.register.restore(kept);
        }
        !reports_power || self.take_power(event)
    }

    /// Power of a moment of its own: no other event can add to it, or tell it again.
    fn power_is_plain(&self, sample: &Sample, event: &Event) -> bool {
        if sample.location == Some(Location::Upstream) || sample.value.is_none() {
            return true;
        }
        let alike = |other: &Sample| {
            (other.at, other.context, other.location) == (sample.at, sample.context, sample.location)
        };
        let one_moment = sample.measurand != Measurand::PowerActiveImport
            || event.samples.iter().filter(|other| other.measurand == sample.measurand).all(alike);
        one_moment
            && sample.value.is_some_and(|value| value >= Decimal6::ZERO)
            && sample.at.is_none_or(|at| at.0 > self.latest)
    }

    fn take_power(&mut self, event: &Event) -> bool {
        let entry = Entry { place: place(event.seq_no), event };
        let power = power::reported(&[entry], Measurand::PowerActiveImport, Measurand::PowerOffered);
        self.largest = self.largest.max(power.largest.unwrap_or(0));
        let of_power = || {
            event.samples.iter().filter(|s| {
                matches!(sort(s), Sort::Power) && s.location != Some(Location::Upstream) && s.value.is_some()
            })
        };
        let latest = of_power().filter_map(|sample| sample.at).map(|at| at.0).max();
        self.latest = latest.map_or(self.latest, |latest| latest.max(self.latest));
        if of_power().any(|sample| sample.measurand == Measurand::PowerActiveImport) {
            let Some(sum) = self.sum.checked_add(power.mean.unwrap_or(0)) else { return false };
            self.sum = sum;
            self.moments += 1;
        }
        true
    }

    /// Power as the fold would report it.
    pub(super) fn power(&self) -> Power {
        let above_zero = |watts: &i64| *watts > 0;
        let mean = self.sum.checked_div(i64::from(self.moments));
        Power { largest: Some(self.largest).filter(above_zero), mean: mean.filter(above_zero) }
    }
}
