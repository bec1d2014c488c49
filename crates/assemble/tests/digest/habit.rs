//! Habits of stations that work: how they tell a charge.

use proptest::prelude::*;
use wattledger_decoder::StoppedReason;

const WH: i64 = 1_000_000;

/// How a station tells its charges, and how one of them went.
#[derive(Debug, Clone)]
pub(crate) struct Habit {
    pub(super) meter: Meter,
    pub(super) power: Power,
    pub(super) identity: Identity,
    pub(super) course: Course,
}

#[derive(Debug, Clone)]
pub(crate) struct Meter {
    pub(super) outlet: bool,
    /// Transaction.Begin and Transaction.End are told as such.
    pub(super) explicit: bool,
    pub(super) phases: bool,
    pub(super) ulp: i64,
    /// Register at the start, Wh.
    pub(super) begin: i64,
    pub(super) registers: Registers,
    pub(super) readings_per_event: i64,
}

/// Which events tell the register.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Registers {
    All,
    /// Begin and end in the Ended.
    EndedOnly,
    /// As `All`, and the Ended repeats the begin.
    BeginRepeated,
    /// Not the Ended.
    Thinned,
    /// Not before the second Updated.
    Late,
    None,
}

#[derive(Debug, Clone)]
pub(crate) struct Power {
    pub(super) active: bool,
    pub(super) offered: bool,
    pub(super) electrical: bool,
    pub(super) watts: i64,
}

#[derive(Debug, Clone)]
#[expect(clippy::struct_excessive_bools, reason = "habits, each drawn for itself")]
pub(crate) struct Identity {
    /// The token comes with a later Authorized.
    pub(super) authorized_later: bool,
    pub(super) stop: Stop,
    pub(super) evse_everywhere: bool,
    pub(super) connector: bool,
    pub(super) remote: bool,
    pub(super) phases_used: Option<i64>,
    pub(super) mode: bool,
    pub(super) spent: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stop {
    Remote,
    SameCard,
    OtherCard,
    CardThenEnded,
}

#[derive(Debug, Clone)]
#[expect(clippy::struct_excessive_bools, reason = "habits, each drawn for itself")]
pub(crate) struct Course {
    pub(super) first_seq: i64,
    pub(super) updates: i64,
    pub(super) step_s: i64,
    /// Every so many events the vehicle pauses.
    pub(super) pause_every: i64,
    pub(super) charging_from: i64,
    pub(super) offline: bool,
    pub(super) late: bool,
    pub(super) flagged: bool,
    pub(super) ended: bool,
    pub(super) reason: Option<StoppedReason>,
}

fn registers() -> impl Strategy<Value = Registers> {
    prop_oneof![
        6 => Just(Registers::All),
        1 => Just(Registers::EndedOnly),
        2 => Just(Registers::BeginRepeated),
        1 => Just(Registers::Thinned),
        1 => Just(Registers::Late),
        1 => Just(Registers::None),
    ]
}

fn meter() -> impl Strategy<Value = Meter> {
    let ulp = prop::sample::select(vec![1, 1_000, WH, 100 * WH]);
    let begin = prop_oneof![1 => Just(0), 3 => 1i64..900_000];
    (any::<bool>(), any::<bool>(), any::<bool>(), ulp, begin, registers(), 1i64..3).prop_map(
        |(outlet, explicit, phases, ulp, begin, registers, readings_per_event)| Meter {
            outlet,
            // without contexts begin and end cannot be told apart within one event
            explicit: explicit || matches!(registers, Registers::EndedOnly | Registers::BeginRepeated),
            phases: phases && outlet,
            ulp,
            begin,
            registers,
            readings_per_event,
        },
    )
}

fn power() -> impl Strategy<Value = Power> {
    let watts = prop::sample::select(vec![0, 1_400, 11_000, 50_000, 350_000]);
    (any::<bool>(), any::<bool>(), any::<bool>(), watts)
        .prop_map(|(active, offered, electrical, watts)| Power { active, offered, electrical, watts })
}

fn identity() -> impl Strategy<Value = Identity> {
    let stop = prop::sample::select(vec![Stop::Remote, Stop::SameCard, Stop::OtherCard, Stop::CardThenEnded]);
    let phases = prop::sample::select(vec![None, Some(1), Some(3)]);
    let bits = prop::collection::vec(any::<bool>(), 6);
    (stop, phases, bits).prop_map(|(stop, phases_used, bits)| Identity {
        authorized_later: bits[0],
        stop,
        evse_everywhere: bits[1],
        connector: bits[2],
        remote: bits[3],
        phases_used,
        mode: bits[4],
        spent: bits[5],
    })
}

fn course() -> impl Strategy<Value = Course> {
    let reason = prop::sample::select(vec![
        None,
        Some(StoppedReason::Remote),
        Some(StoppedReason::PowerLoss),
        Some(StoppedReason::EVDisconnected),
    ]);
    let step = prop::sample::select(vec![1, 60, 97, 900]);
    let bits = prop::collection::vec(prop::bool::weighted(0.2), 3);
    (0i64..5_000, 0i64..10, step, 2i64..6, 0i64..4, bits, prop::bool::weighted(0.8), reason).prop_map(
        |(first_seq, updates, step_s, pause_every, charging_from, bits, ended, reason)| Course {
            first_seq,
            updates,
            step_s,
            pause_every,
            charging_from,
            offline: bits[0],
            late: bits[1],
            flagged: bits[2],
            ended,
            reason,
        },
    )
}

/// Habits of stations that work.
pub(crate) fn habit() -> impl Strategy<Value = Habit> {
    (meter(), power(), identity(), course()).prop_map(|(meter, power, identity, course)| Habit {
        meter,
        power,
        identity,
        course,
    })
}
