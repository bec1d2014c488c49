//! Charges as a station tells them, and what goes wrong with their events.

use std::collections::BTreeSet;

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use wattledger_assemble::event::Event;
use wattledger_assemble::ocmf::Container;
use wattledger_assemble::words::review;
use wattledger_record::Micros;

use crate::fold;

/// One minute, µs.
pub(crate) const MINUTE: i64 = 60_000_000;

/// One charge as a station would tell it.
#[derive(Debug, Clone)]
pub(crate) struct Plan {
    pub(crate) base: i64,
    pub(crate) updates: i64,
    pub(crate) ended: bool,
    /// The counter starts again after so many Updated.
    pub(crate) reset_after: Option<i64>,
    pub(crate) gap_minutes: i64,
    pub(crate) signed: Signed,
}

/// What the signed data of a charge say.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Signed {
    Nothing,
    Whole,
    Error,
    OtherMeter,
    Unreadable,
}

impl Signed {
    /// The fact of one register reading, with a space before it.
    fn fact(self, context: &str, transaction: char, minute: i64, register: i64) -> String {
        let clock = format!("{:02}:{:02}", minute / 60 % 24, minute % 60);
        let first = transaction == 'B';
        let (meter, errors) = match self {
            Self::Nothing => return String::new(),
            Self::Unreadable => return format!(" {context}.broken={register}"),
            Self::Whole => ("M1", "-"),
            Self::Error => ("M1", if first { "-" } else { "E" }),
            Self::OtherMeter => (if first { "M1" } else { "M2" }, "-"),
        };
        format!(" {context}.ocmf={meter}/{transaction},{clock},{register},Wh,G,{errors}")
    }
}

/// What goes wrong with one event.
#[derive(Debug, Clone, Copy)]
enum Fault {
    Lost,
    SecondContent,
    Variant,
    NoTime,
    ClockStep(i64),
    ReceivedWithTheFirst,
}

fn plan() -> impl Strategy<Value = Plan> {
    let reset = prop_oneof![2 => Just(None), 1 => (1i64..4).prop_map(Some)];
    let signed = prop_oneof![
        5 => Just(Signed::Nothing),
        2 => Just(Signed::Whole),
        1 => Just(Signed::Error),
        1 => Just(Signed::OtherMeter),
        1 => Just(Signed::Unreadable),
    ];
    (0i64..3, 0i64..6, any::<bool>(), reset, 1i64..20, signed).prop_map(
        |(base, updates, ended, reset_after, gap_minutes, signed)| Plan {
            base: base * 20,
            updates,
            ended,
            reset_after,
            gap_minutes,
            signed,
        },
    )
}

fn fault() -> impl Strategy<Value = Fault> {
    prop_oneof![
        2 => Just(Fault::Lost),
        2 => Just(Fault::SecondContent),
        1 => Just(Fault::Variant),
        2 => Just(Fault::NoTime),
        1 => (-90i64..90).prop_map(Fault::ClockStep),
        2 => Just(Fault::ReceivedWithTheFirst),
    ]
}

/// The lines of charges that follow each other under one id.
pub(crate) fn tell(plans: &[Plan]) -> Vec<Event> {
    let mut minute = 0;
    let mut text = String::new();
    let mut register = 1_000;
    for (number, plan) in plans.iter().enumerate() {
        let at = |minute: i64| format!("d{}/{:02}:{:02}", minute / 1440 + 1, minute / 60 % 24, minute % 60);
        text += &format!(
            "{} S {} begin={register} tok=T{number} evse=1/1 state=Charging{}\n",
            plan.base,
            at(minute),
            plan.signed.fact("begin", 'B', minute, register)
        );
        let mut seq = plan.base;
        for update in 1..=plan.updates {
            minute += plan.gap_minutes;
            register += 100;
            seq = if plan.reset_after == Some(update - 1) { 0 } else { seq + 1 };
            let signed = plan.signed.fact("reg", 'C', minute, register);
            text += &format!("{seq} U {} reg={register}{signed}\n", at(minute));
        }
        minute += plan.gap_minutes;
        if plan.ended {
            register += 100;
            let signed = plan.signed.fact("end", 'E', minute, register);
            text += &format!("{} E {} end={register}{signed}\n", seq + 1, at(minute));
        }
        minute += 30;
    }
    fold::events(&text)
}

/// Gives a changed event a content of its own.
pub(crate) fn retell(mut event: Event, salt: &str, core: bool) -> Event {
    event.content_hash = fold::hash(&format!("{:?}{salt}", event.content_hash));
    if core {
        event.core_hash = fold::hash(&format!("{:?}{salt}", event.core_hash));
    }
    event
}

fn spoil(mut events: Vec<Event>, faults: &[(prop::sample::Index, Fault)]) -> Vec<Event> {
    for (number, (index, fault)) in faults.iter().enumerate() {
        if events.is_empty() {
            break;
        }
        let at = index.index(events.len());
        let salt = number.to_string();
        let first_received = events[0].received_at;
        match fault {
            Fault::Lost => drop(events.remove(at)),
            Fault::SecondContent | Fault::Variant => {
                let core = matches!(fault, Fault::SecondContent);
                let mut other = retell(events[at].clone(), &salt, core);
                other.received_at.0 += MINUTE;
                other.event_time = other.event_time.map(|t| Micros(t.0 + 7_000_000));
                events.push(other);
            }
            Fault::NoTime => {
                let mut event = retell(events[at].clone(), &salt, false);
                event.event_time = None;
                events[at] = event;
            }
            Fault::ClockStep(minutes) => {
                for event in events.iter_mut().skip(at) {
                    let mut moved = retell(event.clone(), &salt, false);
                    moved.event_time = moved.event_time.map(|t| Micros(t.0 + minutes * MINUTE));
                    *event = moved;
                }
            }
            Fault::ReceivedWithTheFirst => events[at].received_at = first_received,
        }
    }
    events
}

pub(crate) fn charges() -> impl Strategy<Value = Vec<Event>> {
    let plans = prop::collection::vec(plan(), 1..4);
    let faults = prop::collection::vec((any::<prop::sample::Index>(), fault()), 0..6);
    (plans, faults).prop_map(|(plans, faults)| spoil(tell(&plans), &faults))
}

/// Shares of generated cases that have what the laws are about.
#[test]
fn the_generator_makes_what_the_laws_are_about() {
    const CASES: usize = 400;
    let mut runner = TestRunner::deterministic();
    let strategy = charges();
    let mut found = [0usize; 8];
    for _ in 0..CASES {
        let events = strategy.new_tree(&mut runner).unwrap().current();
        for (count, holds) in found.iter_mut().zip(traits(&events)) {
            *count += usize::from(holds);
        }
    }
    let names = [
        "conflict",
        "reset",
        "reused",
        "equal received_at",
        "unusable time",
        "signed",
        "forbidden",
        "unreadable",
    ];
    for (name, count) in names.iter().zip(found) {
        let least = if *name == "unreadable" { CASES / 20 } else { CASES / 10 };
        assert!(count >= least, "{name}: {count} of {CASES}");
    }
}

/// In the order of the names above.
fn traits(events: &[Event]) -> [bool; 8] {
    let folded = fold::fold(events);
    let received: BTreeSet<_> = events.iter().map(|e| e.received_at).collect();
    let containers = || events.iter().flat_map(|e| &e.samples).filter_map(|s| s.container.as_ref());
    [
        folded.records.iter().any(|r| r.conflicts > 0),
        folded.records.iter().any(|r| r.epochs > 1),
        folded.records.iter().filter(|r| r.part_of.is_none()).count() > 1,
        received.len() < events.len(),
        events.iter().any(|e| e.usable_time().is_none()),
        containers().next().is_some(),
        folded.records.iter().any(|r| r.review.contains(&review::SIGNED_ERROR)),
        containers().any(|container| *container == Container::Unreadable),
    ]
}
