//! What goes wrong between a charge and its record. Charges and events are counted from 0.

use proptest::prelude::{Rng, RngExt};

use crate::fold::{DAY_ONE, SECOND};
use crate::station::{MINUTE, Told, one_of};

/// 2020-01-01T00:00:00Z and 2019-01-01T00:00:00Z: where clocks without a battery begin, and usable; µs.
const YEAR_2020: i64 = 1_577_836_800 * SECOND;
const YEAR_2019: i64 = 1_546_300_800 * SECOND;
/// 2000-01-01T00:00:00Z, µs.
const YEAR_2000: i64 = 946_684_800 * SECOND;

/// One fault of the charge of that number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    LostStarted(usize),
    LostEnded(usize),
    /// The Ended and the events before it.
    LostTail(usize),
    /// The Started and the events after it.
    LostHead(usize),
    /// Some Updated.
    Thinned(usize),
    /// From this charge on the clock is behind by so many minutes.
    ClockBack(usize, i64),
    /// From some event of this charge on, likewise; less than 0 is ahead.
    ClockBackInside(usize, i64),
    /// 1970.
    ClockNever(usize),
    /// 2000, set after some events.
    ClockSetLate(usize),
    /// The Started alone is of 2019.
    StaleStarted(usize),
    /// The Ended alone is of 2019.
    StaleEnded(usize),
    /// Each charge begins on 2020-01-01.
    Rtc2020,
    /// One event without a readable time.
    NoTime(usize),
    /// Received with `offline` or without a word, after all the rest.
    Replayed(usize, bool),
    /// All received at one instant.
    ReceivedAtOnce,
    /// Some events received again.
    Copies,
    /// An event told again at another time.
    Variant(usize),
    /// An event told again with other facts.
    Conflict(usize),
    /// The Started told again so many seconds later; with facts of its own if so.
    StartedAgain(usize, i64, bool),
    /// The event after the Started calls itself Started.
    TwoStarted(usize),
    /// The Ended told before the last Updated.
    EarlyEnded(usize),
    /// The counter begins again within the charge.
    CounterReset(usize),
}

impl Fault {
    /// Name of its kind, whichever charge it is of.
    pub(crate) fn kind(self) -> String {
        let text = format!("{self:?}");
        let name = text.split('(').next().unwrap_or_default();
        match self {
            Self::LostStarted(n) | Self::LostEnded(n) | Self::StaleStarted(n) => format!("{name} {}", n + 1),
            Self::Replayed(_, offline) => format!("{name}{}", if offline { " offline" } else { "" }),
            _ => name.to_owned(),
        }
    }
}

/// One to four faults, with the losses that make merging possible more often than others.
pub(crate) fn choose(rng: &mut impl Rng, charges: usize) -> Vec<Fault> {
    let count = one_of(rng, &[1, 2, 2, 3, 3, 4]);
    let mut faults = Vec::new();
    if rng.random_bool(0.3) {
        // the seam between the first two charges
        faults.push(one_of(rng, &[Fault::LostEnded(0), Fault::LostTail(0)]));
        if rng.random_bool(0.7) {
            faults.push(one_of(rng, &[Fault::LostStarted(1), Fault::LostHead(1), Fault::StaleStarted(1)]));
        }
    }
    while faults.len() < count {
        let of = rng.random_range(0..charges);
        let minutes = one_of(rng, &[1, 20, 60, 300, 3_000]);
        let fault = match rng.random_range(0..22) {
            0 => Fault::LostStarted(of),
            1 => Fault::LostEnded(of),
            2 => Fault::LostTail(of),
            3 => Fault::LostHead(of),
            4 => Fault::Thinned(of),
            5 => Fault::ClockBack(of, minutes),
            6 => Fault::ClockBackInside(of, one_of(rng, &[minutes, -minutes])),
            7 => Fault::ClockNever(of),
            8 => Fault::ClockSetLate(of),
            9 => Fault::StaleStarted(of),
            10 => Fault::StaleEnded(of),
            11 => Fault::Rtc2020,
            12 => Fault::NoTime(of),
            13 => Fault::Replayed(of, rng.random_bool(0.5)),
            14 => Fault::ReceivedAtOnce,
            15 => Fault::Copies,
            16 => Fault::Variant(of),
            17 => Fault::Conflict(of),
            18 => Fault::StartedAgain(of, one_of(rng, &[5, 50, 600, 90_000]), rng.random_bool(0.3)),
            19 => Fault::TwoStarted(of),
            20 => Fault::EarlyEnded(of),
            _ => Fault::CounterReset(of),
        };
        if !faults.contains(&fault) {
            faults.push(fault);
        }
    }
    faults
}

/// Lets all of them happen, those of clocks and reception to what was lost as well.
pub(crate) fn apply(faults: &[Fault], told: &mut Vec<Told>, rng: &mut impl Rng) {
    for fault in faults {
        match *fault {
            Fault::LostStarted(n) => told.retain(|e| !(e.owner == n && e.kind == 'S')),
            Fault::LostEnded(n) => told.retain(|e| !(e.owner == n && e.kind == 'E')),
            Fault::LostTail(n) => lose_from(told, n, false, rng),
            Fault::LostHead(n) => lose_from(told, n, true, rng),
            Fault::Thinned(n) => told.retain(|e| e.owner != n || e.kind != 'U' || rng.random_bool(0.5)),
            Fault::Copies | Fault::Variant(_) | Fault::Conflict(_) | Fault::StartedAgain(..) => {
                retell(*fault, told, rng)
            }
            Fault::TwoStarted(_) | Fault::EarlyEnded(_) | Fault::CounterReset(_) => {
                misnumber(*fault, told, rng)
            }
            Fault::Replayed(n, offline) => replay(told, n, offline),
            Fault::ReceivedAtOnce => {
                let last = told.iter().map(|e| e.received).max().unwrap_or(DAY_ONE);
                told.iter_mut().for_each(|e| e.received = last);
            }
            _ => stamp(*fault, told, rng),
        }
    }
}

/// Places of the events of a charge.
fn of(told: &[Told], owner: usize) -> Vec<usize> {
    (0..told.len()).filter(|index| told[*index].owner == owner).collect()
}

/// Loses some events from one end of a charge.
fn lose_from(told: &mut Vec<Told>, owner: usize, head: bool, rng: &mut impl Rng) {
    let events = of(told, owner);
    let count = rng.random_range(1..=events.len().max(2) - 1).min(events.len());
    let lost = if head { &events[..count] } else { &events[events.len() - count..] };
    for index in lost.iter().rev() {
        told.remove(*index);
    }
}

/// Faults of clocks.
fn stamp(fault: Fault, told: &mut [Told], rng: &mut impl Rng) {
    let shift = |event: &mut Told, by: i64| event.stamp = event.stamp.map(|at| at + by);
    match fault {
        Fault::ClockBack(n, minutes) => {
            told.iter_mut().filter(|e| e.owner >= n).for_each(|e| shift(e, -minutes * MINUTE));
        }
        Fault::ClockBackInside(n, minutes) => {
            let events = of(told, n);
            let Some(from) = events.get(rng.random_range(0..events.len().max(1))) else { return };
            told[*from..].iter_mut().for_each(|e| shift(e, -minutes * MINUTE));
        }
        Fault::ClockNever(n) => restart(told, n, usize::MAX, 60 * SECOND),
        Fault::ClockSetLate(n) => restart(told, n, rng.random_range(1..4), YEAR_2000),
        Fault::StaleStarted(n) => told
            .iter_mut()
            .filter(|e| e.owner == n && e.kind == 'S')
            .for_each(|e| e.stamp = Some(YEAR_2019 + rng.random_range(0..40) * SECOND)),
        Fault::StaleEnded(n) => {
            told.iter_mut().filter(|e| e.owner == n && e.kind == 'E').for_each(|e| e.stamp = Some(YEAR_2019));
        }
        Fault::Rtc2020 => {
            (0..3).for_each(|n| restart(told, n, usize::MAX, YEAR_2020 + rng.random_range(0..90) * SECOND))
        }
        Fault::NoTime(n) => {
            let events = of(told, n);
            if let Some(index) = events.get(rng.random_range(0..events.len().max(1))) {
                told[*index].stamp = None;
            }
        }
        other => panic!("{other:?} is no fault of a clock"),
    }
}

/// The clock of the first `count` events of a charge began at `zero` with the first of them.
fn restart(told: &mut [Told], owner: usize, count: usize, zero: i64) {
    let mut begun = None;
    for event in told.iter_mut().filter(|e| e.owner == owner).take(count) {
        let Some(at) = event.stamp else { continue };
        event.stamp = Some(zero + at - *begun.get_or_insert(at));
    }
}

fn replay(told: &mut [Told], owner: usize, offline: bool) {
    let last = told.iter().map(|e| e.received).max().unwrap_or(DAY_ONE);
    for (place, event) in (1..).zip(told.iter_mut().filter(|e| e.owner == owner)) {
        event.received = last + 90 * MINUTE + place * SECOND;
        if offline {
            event.facts.push("offline".to_owned());
        }
    }
}

/// Events that are told more than once.
fn retell(fault: Fault, told: &mut Vec<Told>, rng: &mut impl Rng) {
    let again = |event: &Told, after: i64| Told {
        stamp: event.stamp.map(|at| at + after * SECOND),
        received: event.received + after.max(1) * SECOND,
        ..event.clone()
    };
    let any_of = |told: &[Told], owner: usize, rng: &mut _| {
        let events = of(told, owner);
        (!events.is_empty()).then(|| told[one_of(rng, &events)].clone())
    };
    let more: Vec<Told> = match fault {
        Fault::Copies => {
            let copies = told.iter().filter(|_| rng.random_bool(0.5));
            copies.map(|e| Told { received: e.received + 40 * MINUTE, ..e.clone() }).collect()
        }
        Fault::Variant(n) => {
            any_of(told, n, rng).map(|e| again(&e, one_of(rng, &[1, 90, 7_200]))).into_iter().collect()
        }
        Fault::Conflict(n) => {
            let event = any_of(told, n, rng).map(|e| again(&e, one_of(rng, &[0, 2, 7_200])));
            let other = rng.random_bool(0.5);
            event.map(|e| if other { misread(e) } else { noted(e, "other") }).into_iter().collect()
        }
        Fault::StartedAgain(n, after, other) => {
            let start = told.iter().find(|e| e.owner == n && e.kind == 'S').map(|e| again(e, after));
            start.map(|e| if other { noted(e, "again") } else { e }).into_iter().collect()
        }
        other => panic!("{other:?} tells nothing again"),
    };
    told.extend(more);
}

/// With another value of its first reading.
fn misread(mut event: Told) -> Told {
    for fact in &mut event.facts {
        let Some((name, value)) = fact.split_once('=') else { continue };
        if let (true, Ok(value)) = (matches!(name, "begin" | "reg" | "end"), value.parse::<f64>()) {
            *fact = format!("{name}={}", value + 1_000.0);
            return event;
        }
    }
    noted(event, "other")
}

/// With a fact that makes it another content.
fn noted(mut event: Told, note: &str) -> Told {
    event.facts.push(format!("note={note}"));
    event
}

/// Events under a type or number that is not theirs.
fn misnumber(fault: Fault, told: &mut [Told], rng: &mut impl Rng) {
    match fault {
        Fault::TwoStarted(n) => {
            if let Some(event) = told.iter_mut().find(|e| e.owner == n && e.kind == 'U') {
                event.kind = 'S';
            }
        }
        Fault::EarlyEnded(n) => {
            if let Some(pair) =
                told.windows(2).position(|p| p[0].owner == n && p[0].kind == 'U' && p[1].kind == 'E')
            {
                let (updated, ended) = (told[pair].stamp, told[pair + 1].stamp);
                (told[pair].stamp, told[pair + 1].stamp) = (ended.map(|at| at + 2 * MINUTE), updated);
            }
        }
        Fault::CounterReset(n) => {
            let events = of(told, n);
            let from = rng.random_range(0..events.len().max(1));
            for (seq, index) in (0..).zip(events.iter().skip(from)) {
                told[*index].seq = seq;
            }
        }
        other => panic!("{other:?} changes no number"),
    }
}
