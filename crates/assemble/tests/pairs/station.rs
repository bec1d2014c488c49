//! Stations and the charges that they would tell if nothing went wrong.

use proptest::prelude::{Rng, RngExt};

use crate::fold::{DAY_ONE, SECOND};

/// One minute, µs.
pub(crate) const MINUTE: i64 = 60 * SECOND;

/// An event as told, and the charge that it is of.
#[derive(Debug, Clone)]
pub(crate) struct Told {
    pub(crate) owner: usize,
    pub(crate) seq: i64,
    /// `S`, `U` or `E`.
    pub(crate) kind: char,
    /// What the station's clock said, µs; `None` is unreadable.
    pub(crate) stamp: Option<i64>,
    /// When it was received, µs.
    pub(crate) received: i64,
    pub(crate) facts: Vec<String>,
}

/// What is true of a charge.
#[derive(Debug, Clone)]
pub(crate) struct Truth {
    /// Tenths of a Wh.
    pub(crate) energy: i64,
    pub(crate) token: Option<String>,
}

/// How a station tells its charges.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "habits of stations, any of which may come with any other")]
struct Station {
    /// The counter goes on from charge to charge, with so many numbers used elsewhere between; else it begins again.
    runs_on: Option<i64>,
    base: i64,
    /// Readings say that they are the first or the last of the charge.
    marked: bool,
    /// The Ended repeats the first reading.
    begin_in_ended: bool,
    /// The Started has no reading.
    silent_start: bool,
    /// Nothing is told between the last Updated and the Ended for so many minutes.
    sleep: i64,
    states: bool,
    spent: bool,
    power: bool,
    evse: Naming,
    token: Naming,
    token_in_ended: bool,
    /// The register begins at 0 with each charge.
    per_charge: bool,
    /// Readings have a tenth of a Wh.
    tenths: bool,
    remote: bool,
    reservation: bool,
    cable: bool,
    interval: i64,
}

/// Which events name something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Naming {
    Always,
    Started,
    FirstUpdated,
    Never,
}

impl Naming {
    fn names(self, index: i64) -> bool {
        match self {
            Self::Always => true,
            Self::Started => index == 0,
            Self::FirstUpdated => index == 1,
            Self::Never => false,
        }
    }
}

/// One of these.
pub(crate) fn one_of<T: Copy>(rng: &mut impl Rng, list: &[T]) -> T {
    list[rng.random_range(0..list.len())]
}

fn station(rng: &mut impl Rng) -> Station {
    Station {
        runs_on: one_of(rng, &[None, Some(0), Some(0), Some(7)]),
        base: one_of(rng, &[0, 0, 1, 40]),
        marked: rng.random_bool(0.7),
        begin_in_ended: rng.random_bool(0.2),
        silent_start: rng.random_bool(0.1),
        sleep: one_of(rng, &[0, 0, 0, 480]),
        states: rng.random_bool(0.5),
        spent: rng.random_bool(0.3),
        power: rng.random_bool(0.3),
        evse: one_of(
            rng,
            &[Naming::Always, Naming::Started, Naming::Started, Naming::FirstUpdated, Naming::Never],
        ),
        token: one_of(
            rng,
            &[Naming::Started, Naming::Started, Naming::FirstUpdated, Naming::Always, Naming::Never],
        ),
        token_in_ended: rng.random_bool(0.3),
        per_charge: rng.random_bool(0.15),
        tenths: rng.random_bool(0.2),
        remote: rng.random_bool(0.15),
        reservation: rng.random_bool(0.1),
        cable: rng.random_bool(0.2),
        interval: one_of(rng, &[1, 5, 15]),
    }
}

/// The charges of one station under one id, in the order of their happening: two or three unless `count` says.
pub(crate) fn charges(rng: &mut impl Rng, count: Option<usize>) -> (Vec<Told>, Vec<Truth>) {
    let station = station(rng);
    let count = count.unwrap_or_else(|| if rng.random_bool(0.2) { 3 } else { 2 });
    let same_card = rng.random_bool(0.25);
    let mut meters = [rng.random_range(0..90_000_000i64), rng.random_range(0..90_000_000i64)];
    let continuous = rng.random_bool(0.5);
    let two_evses = rng.random_bool(0.2);
    let (mut told, mut truth) = (Vec::new(), Vec::new());
    let mut clock = DAY_ONE + rng.random_range(0..1440) * MINUTE;
    let mut seq = station.base;
    for owner in 0..count {
        let evse = if two_evses { owner % 2 } else { 0 };
        let charge = Charge {
            owner,
            evse: i64::try_from(evse).unwrap() + 1,
            connector: one_of(rng, &[1, 1, 1, 2]),
            card: if same_card { "SAME".to_owned() } else { format!("T{owner}") },
            begin: if station.per_charge { 0 } else { meters[evse] },
            watts: one_of(rng, &[0, 3_700, 11_000, 22_000, 150_000]),
            updates: rng.random_range(0..7),
            cable: one_of(rng, &[16, 32]),
        };
        let energy = charge.tell(&station, &mut clock, &mut seq, &mut told);
        let token = station.names_token(&charge).then(|| charge.card.clone());
        truth.push(Truth { energy, token });
        let pause = one_of(
            rng,
            &[10 * SECOND, 2 * MINUTE, 30 * MINUTE, 360 * MINUTE, 3 * 1440 * MINUTE, 40 * 1440 * MINUTE],
        );
        clock += pause;
        meters[evse] += energy;
        if !continuous {
            // what others charged meanwhile, at 11 kW for half of the time at most
            meters[evse] += rng.random_range(0..=(pause / MINUTE) * 110_000 / 60 / 2);
        }
        seq = station.runs_on.map_or(station.base, |others| seq + others);
    }
    (told, truth)
}

/// One charge.
struct Charge {
    owner: usize,
    evse: i64,
    connector: i64,
    card: String,
    /// Register at the begin, tenths of a Wh.
    begin: i64,
    watts: i64,
    updates: i64,
    cable: i64,
}

impl Station {
    fn names_token(&self, charge: &Charge) -> bool {
        (0..=charge.updates).any(|index| self.token.names(index))
    }

    fn reading(&self, tenths: i64) -> String {
        if self.tenths { format!("{}.{}", tenths / 10, tenths % 10) } else { (tenths / 10).to_string() }
    }
}

impl Charge {
    /// Tells the charge; returns its energy in tenths of a Wh as its readings show it.
    fn tell(&self, station: &Station, clock: &mut i64, seq: &mut i64, told: &mut Vec<Told>) -> i64 {
        let last = self.updates + 1;
        let step = self.watts * station.interval / 6;
        let started = *clock;
        for index in 0..=last {
            let register = self.begin + step * index;
            let mut facts = Vec::new();
            if index > 0 || !station.silent_start {
                facts.push(format!("{}={}", context(station, index, last), station.reading(register)));
            }
            if index == last && (station.begin_in_ended || station.silent_start) {
                facts.push(format!("begin={}@{}", station.reading(self.begin), stamp(Some(started))));
            }
            self.describe(station, index, last, &mut facts);
            let kind = if index == 0 {
                'S'
            } else if index == last {
                'E'
            } else {
                'U'
            };
            told.push(Told {
                owner: self.owner,
                seq: *seq,
                kind,
                stamp: Some(*clock),
                received: *clock + SECOND,
                facts,
            });
            *seq += 1;
            *clock += match index {
                _ if index == last => 0,
                _ if index == self.updates => (station.interval + station.sleep) * MINUTE,
                _ => station.interval * MINUTE,
            };
        }
        let shown = |register: i64| if station.tenths { register } else { register / 10 * 10 };
        shown(self.begin + step * last) - shown(self.begin)
    }

    /// What an event tells besides the register.
    fn describe(&self, station: &Station, index: i64, last: i64, facts: &mut Vec<String>) {
        let once = index == 0;
        let mut say = |told: bool, fact: String| {
            if told {
                facts.push(fact);
            }
        };
        let ended = index == last;
        say(station.evse.names(index), format!("evse={}/{}", self.evse, self.connector));
        let token = if ended { station.token_in_ended } else { station.token.names(index) };
        say(token, format!("tok={}", self.card));
        let asleep = index == self.updates && station.sleep > 0;
        let state = match index {
            0 => "EVConnected",
            _ if ended => "Idle",
            _ if asleep => "SuspendedEV",
            _ => "Charging",
        };
        say(station.states, format!("state={state}"));
        say(station.spent, format!("spent={}", index * station.interval * 60));
        say(station.power && !once && !ended, format!("pow={}", self.watts));
        say(station.remote && once, format!("remote={}", 700 + self.owner));
        say(station.reservation && once, format!("reservation={}", 30 + self.owner));
        say(station.cable && once, format!("cable={}", self.cable));
    }
}

fn context(station: &Station, index: i64, last: i64) -> &'static str {
    match index {
        0 if station.marked => "begin",
        _ if index == last && station.marked => "end",
        _ => "reg",
    }
}

/// The lines of a fixture.
pub(crate) fn lines(told: &[Told]) -> String {
    let mut text = String::new();
    for event in told {
        let Told { seq, kind, facts, .. } = event;
        text += &format!(
            "{seq} {kind} {} {} rx={}\n",
            stamp(event.stamp),
            facts.join(" "),
            stamp(Some(event.received))
        );
    }
    text
}

/// A time as fixtures write it.
pub(crate) fn stamp(at: Option<i64>) -> String {
    let Some(at) = at else { return "-".to_owned() };
    let seconds = (at - DAY_ONE).div_euclid(SECOND);
    let (day, second) = (seconds.div_euclid(86_400) + 1, seconds.rem_euclid(86_400));
    let day = if day == 1 { String::new() } else { format!("d{day}/") };
    format!("{day}{:02}:{:02}:{:02}", second / 3_600, second / 60 % 60, second % 60)
}
