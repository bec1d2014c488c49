//! The readings of one total register.

use wattledger_decoder::{Location, Phase, ReadingContext};
use wattledger_record::{Decimal6, Micros};

use super::super::course::{Position, place};
use crate::event::Sample;
use crate::power;
use crate::series::Point;

/// No step of a charge has this power, µW (1 GW): with it sums stay far inside their types.
const STEP_POWER_MAX: i128 = 1_000_000_000_000_000;
/// µs per hour.
const HOUR_US: i128 = 3_600_000_000;

/// A reading.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) struct Mark {
    /// Own time, µs.
    pub(in super::super) at: i64,
    /// µWh.
    pub(in super::super) value: i64,
    /// One unit in the last place, µWh.
    pub(in super::super) ulp: u32,
    /// Of its event.
    pub(in super::super) offset: u32,
    /// Of its event.
    pub(in super::super) holes: u32,
    pub(in super::super) context: ReadingContext,
}

/// A rise between two neighbours.
#[derive(Debug, Clone, Copy, Default)]
struct Step {
    /// µWh.
    rise: i64,
    us: i64,
}

impl Step {
    fn is_steeper_than(self, other: Self) -> bool {
        i128::from(self.rise) * i128::from(other.us) > i128::from(other.rise) * i128::from(self.us)
    }
}

/// How a register that began at 0 left it.
#[derive(Debug, Clone)]
pub(in super::super) struct Zero {
    last: Mark,
    positive: Option<Mark>,
    /// The two neighbours with the steepest rise since.
    steepest: Option<(Mark, Mark)>,
}

#[derive(Debug, Clone, Default)]
pub(in super::super) struct Register {
    first: Option<Mark>,
    last: Option<Mark>,
    /// The steepest step beyond one unit in the last place.
    steepest: Step,
    outlet: bool,
    /// The last two readings are of one moment.
    paired: bool,
    /// A Transaction.End was told.
    closed: bool,
}

/// The event that tells a reading.
#[derive(Debug, Clone, Copy)]
pub(super) struct Told {
    pub(super) position: Position,
    pub(super) ended: bool,
}

/// What a reading is to the ones before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Read {
    New,
    /// Told before.
    Known,
    NotPlain,
}

/// What is kept of the readings before the Ended.
pub(super) struct Kept(Option<Mark>, Option<Mark>);

impl Register {
    pub(super) fn clone_marks(&self, ended: bool) -> Option<Kept> {
        ended.then_some(Kept(self.first, self.last))
    }

    pub(super) fn restore(&mut self, Kept(first, last): Kept) {
        (self.first, self.last) = (first, last);
    }

    /// Takes in a register sample of an event; `total` is the last total of the event that was new, with the phases
    /// told beside it.
    pub(super) fn take(
        &mut self,
        sample: &Sample,
        told: Told,
        total: &mut Option<(Mark, u32)>,
        zero: &mut Option<Box<Zero>>,
    ) -> bool {
        let value = sample.value.filter(|value| *value >= Decimal6::ZERO);
        let at = sample.at.filter(|at| at.is_usable());
        let (Some(Decimal6(value)), Some(Micros(at))) = (value, at) else { return false };
        let Ok(ulp) = u32::try_from(sample.ulp.0) else { return false };
        let outlet = match sample.location {
            None => false,
            Some(Location::Outlet) => true,
            Some(_) => return false,
        };
        let Told { position: Position { offset, holes, .. }, ended } = told;
        let mark = Mark { at, value, ulp, offset, holes, context: sample.context };
        if self.first.is_none() && sample.phase.is_none() {
            self.outlet = outlet;
        }
        if outlet != self.outlet {
            return false;
        }
        if let Some(phase) = sample.phase {
            return is_beside(mark, phase, total);
        }
        // an Ended's own readings are kept with it
        let read = if ended { self.read(mark, ended, &mut None) } else { self.read(mark, ended, zero) };
        *total = (read == Read::New).then_some((mark, 0));
        read != Read::NotPlain
    }

    fn read(&mut self, mark: Mark, ended: bool, zero: &mut Option<Box<Zero>>) -> Read {
        let marked = mark.context == ReadingContext::TransactionEnd && !ended;
        let (Some(first), Some(last)) = (self.first, self.last) else {
            (self.first, self.last) = (Some(mark), Some(mark));
            self.closed = mark.context == ReadingContext::TransactionEnd;
            if mark.value == 0 {
                *zero = Some(Box::new(Zero { last: mark, positive: None, steepest: None }));
            }
            return if marked { Read::NotPlain } else { Read::New };
        };
        let key = |mark: &Mark| (mark.at, mark.context);
        for known in [first, last] {
            if key(&known) == key(&mark) {
                return if known.value == mark.value { Read::Known } else { Read::NotPlain };
            }
        }
        let begins_again = mark.context == ReadingContext::TransactionBegin;
        let paired = mark.at == last.at;
        let out_of_order = mark.at < last.at || mark.value < last.value || self.closed;
        let contradicted = paired && (mark.value != last.value || self.paired);
        if marked || begins_again || out_of_order || contradicted || !self.step(last, mark) {
            return Read::NotPlain;
        }
        if let Some(zero) = zero {
            zero.step(last, mark);
        }
        self.paired = paired;
        self.closed = mark.context == ReadingContext::TransactionEnd;
        self.last = Some(mark);
        Read::New
    }

    fn step(&mut self, from: Mark, to: Mark) -> bool {
        let step = Step { rise: to.value - from.value, us: to.at - from.at };
        if i128::from(step.rise) * HOUR_US > STEP_POWER_MAX * i128::from(step.us) {
            return false;
        }
        let beyond = Step { rise: step.rise - i64::from(from.ulp.max(to.ulp)), ..step };
        if beyond.rise > 0 && (self.steepest.us == 0 || beyond.is_steeper_than(self.steepest)) {
            self.steepest = beyond;
        }
        true
    }

    /// Whether a step needs more than a power, µW.
    pub(in super::super) fn exceeds(&self, power: i64) -> bool {
        let point = |value: i64, at: i64| Point {
            place: place(0),
            at: Some(at),
            value,
            ulp: 0,
            context: ReadingContext::SamplePeriodic,
            started: false,
            ended: false,
            from_ended: false,
            origin: crate::series::Origin::default(),
        };
        let Step { rise, us } = self.steepest;
        power::exceeds(&point(0, 0), &point(rise, us), power)
    }

    /// The readings that decide, in no order, some of them twice.
    pub(in super::super) fn marks(&self, zero: Option<&Zero>) -> impl Iterator<Item = Mark> {
        let steepest = zero.and_then(|zero| zero.steepest);
        let of_zero = [
            zero.map(|zero| zero.last),
            zero.and_then(|zero| zero.positive),
            steepest.map(|(from, _)| from),
            steepest.map(|(_, to)| to),
        ];
        [self.first, self.last].into_iter().chain(of_zero).flatten()
    }

    /// Where the register is.
    pub(in super::super) fn location(&self) -> Option<Location> {
        self.outlet.then_some(Location::Outlet)
    }
}

/// Whether a phase of a register is told beside its total, which is believed before it.
fn is_beside(mark: Mark, phase: Phase, total: &mut Option<(Mark, u32)>) -> bool {
    let Some((beside, phases)) = total else { return false };
    let bit = 1u32.checked_shl(u32::from(phase.as_u8())).unwrap_or(0);
    let new = bit != 0 && *phases & bit == 0;
    *phases |= bit;
    new && (beside.at, beside.context) == (mark.at, mark.context)
}

impl Zero {
    fn step(&mut self, from: Mark, to: Mark) {
        if to.value == 0 {
            self.last = to;
        } else if self.positive.is_none() {
            self.positive = Some(to);
        } else if to.at > from.at {
            let step = |(from, to): (Mark, Mark)| Step { rise: to.value - from.value, us: to.at - from.at };
            if self.steepest.is_none_or(|known| step((from, to)).is_steeper_than(step(known))) {
                self.steepest = Some((from, to));
            }
        }
    }
}
