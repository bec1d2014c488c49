//! Laws of the fold over generated charges: sets, not sequences, decide; rows place every content; faults of clocks
//! and counters change nothing that they should not.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a fixture that cannot be read, or a broken expectation, fails the test"
)]

mod fold;

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use wattledger_assemble::event::Event;
use wattledger_assemble::record::{Class, Folded, Record, ScanPosition};
use wattledger_assemble::words;
use wattledger_decoder::EventType;
use wattledger_record::{ContentHash, Micros, ids};

const MINUTE: i64 = 60_000_000;

/// One charge as a station would tell it.
#[derive(Debug, Clone)]
struct Plan {
    base: i64,
    updates: i64,
    ended: bool,
    /// The counter starts again after so many Updated.
    reset_after: Option<i64>,
    gap_minutes: i64,
    signed: Signed,
}

/// What the signed data of a charge say.
#[derive(Debug, Clone, Copy)]
enum Signed {
    Nothing,
    Whole,
    Error,
    OtherMeter,
}

impl Signed {
    /// The fact of one register reading, with a space before it.
    fn fact(self, context: &str, transaction: char, minute: i64, register: i64) -> String {
        let clock = format!("{:02}:{:02}", minute / 60 % 24, minute % 60);
        let first = transaction == 'B';
        let (meter, errors) = match self {
            Self::Nothing => return String::new(),
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
fn tell(plans: &[Plan]) -> Vec<Event> {
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
fn retell(mut event: Event, salt: &str, core: bool) -> Event {
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

fn charges() -> impl Strategy<Value = Vec<Event>> {
    let plans = prop::collection::vec(plan(), 1..4);
    let faults = prop::collection::vec((any::<prop::sample::Index>(), fault()), 0..6);
    (plans, faults).prop_map(|(plans, faults)| spoil(tell(&plans), &faults))
}

/// Where the rows put a content: charge, epoch, and whether it counts. The join of the view `events`.
fn locate(folded: &Folded, event: &Event) -> (i64, u16, bool) {
    let rows = || folded.records.iter().filter(|r| r.part_of.is_none());
    let counts = |row: &Record| !row.lost.iter().any(|lost| lost.content_hash == event.content_hash);
    if let Some(Micros(at)) = event.usable_time() {
        let position = ScanPosition { at, seq_no: event.seq_no, content_hash: event.content_hash };
        let row =
            rows().find(|row| (row.instance_key == 0 || row.instance_key <= at) && at < row.until).unwrap();
        let begun = row.epoch_starts.iter().filter(|start| **start <= position).count();
        return (row.instance_key, u16::try_from(begun).unwrap() + 1, counts(row));
    }
    let (row, placed) = rows()
        .find_map(|row| {
            let placed = row.placed.iter().find(|placed| placed.content_hash == event.content_hash)?;
            Some((row, placed))
        })
        .unwrap();
    (row.instance_key, placed.epoch, counts(row))
}

fn by_hash(events: &[Event]) -> BTreeMap<ContentHash, &Event> {
    events.iter().map(|event| (event.content_hash, event)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn order_does_not_matter((events, shuffled) in charges().prop_flat_map(|e| (Just(e.clone()), Just(e).prop_shuffle()))) {
        prop_assert_eq!(fold::fold(&events), fold::fold(&shuffled));
    }

    #[test]
    fn copies_do_not_matter(events in charges(), copied in prop::collection::vec((any::<prop::sample::Index>(), 0i64..100), 0..8)) {
        let mut told_again = events.clone();
        for (index, minutes) in copied {
            if let Some(event) = events.get(index.index(events.len().max(1))) {
                let mut copy = event.clone();
                copy.received_at.0 += minutes * MINUTE;
                told_again.insert(0, copy);
            }
        }
        prop_assert_eq!(fold::fold(&events), fold::fold(&told_again));
    }

    #[test]
    fn a_union_has_the_higher_version_and_keeps_every_key(events in charges(), cut in any::<prop::sample::Index>()) {
        let whole = fold::fold(&events);
        let known = &events[..cut.index(events.len() + 1)];
        let part = fold::fold(known);
        if by_hash(known).len() < by_hash(&events).len() {
            prop_assert!(part.version < whole.version);
        } else {
            prop_assert_eq!(&part, &whole);
        }
        let keys = |folded: &Folded| folded.records.iter().map(|r| r.instance_key).collect::<BTreeSet<_>>();
        // while no Started is known the only key is 0, and 0 is always there
        prop_assert!(keys(&part).is_subset(&keys(&whole)));
        prop_assert!(part.contents <= whole.contents);
    }

    #[test]
    fn rows_place_every_content_once(events in charges()) {
        let folded = fold::fold(&events);
        let mut counted: BTreeMap<(i64, u16, i64), Vec<EventType>> = BTreeMap::new();
        let mut contents: BTreeMap<i64, u32> = BTreeMap::new();
        for event in by_hash(&events).values() {
            let (key, epoch, counts) = locate(&folded, event);
            *contents.entry(key).or_default() += u32::from(counts);
            let place = counted.entry((key, epoch, event.seq_no)).or_default();
            if counts {
                place.push(event.event_type);
            }
        }
        for ((key, epoch, seq), types) in counted {
            let record = folded.records.iter().find(|r| r.instance_key == key).unwrap();
            let repeated = record.review.contains(&words::review::SEQ_REPEATED);
            prop_assert!(types.len() == 1 || (repeated && types.len() == 2), "{key} {epoch} {seq}: {types:?}");
        }
        for record in folded.records.iter().filter(|r| r.part_of.is_none()) {
            prop_assert_eq!(record.events, contents.get(&record.instance_key).copied().unwrap_or(0));
        }
    }

    #[test]
    fn records_hold_what_they_promise(events in charges()) {
        for record in fold::fold(&events).records {
            if let Some(energy) = record.energy {
                prop_assert!(energy.wh.0 >= 0);
                prop_assert!(words::method::ALL.contains(&energy.method));
                prop_assert!(!matches!(record.class, Class::NoStart | Class::Open));
            }
            if let Some(times) = record.state_times {
                let sum = times.charging.0 + times.suspended_ev.0 + times.suspended_evse.0
                    + times.ev_connected.0 + times.idle.0 + times.unknown.0;
                prop_assert_eq!(Some(sum), record.duration_s.map(|d| d.0));
            }
            prop_assert!(record.duration_s.is_none_or(|d| d.0 >= 0));
            prop_assert!(record.review.iter().all(|word| words::review::ALL.contains(word)));
            prop_assert!(record.flags.iter().all(|word| words::flag::ALL.contains(word)
                || words::review::ALL.contains(word)
                || words::EXPORT.iter().any(|(_, suffixed)| suffixed == word)));
            prop_assert!(record.missing_truncated || record.missing_count == record.missing_ranges.iter()
                .map(|r| u64::try_from(r.last - r.first + 1).unwrap()).sum::<u64>());
            prop_assert_eq!(record.conflicts as usize <= record.lost.len(), true);
        }
    }

    #[test]
    fn a_step_of_the_clock_changes_neither_epochs_nor_missing(
        updates in 0i64..8, base in 0i64..50, suffix in 0usize..10, minutes in -3_000i64..3_000, unset in any::<bool>(),
    ) {
        let plan = Plan { base, updates, ended: true, reset_after: None, gap_minutes: 7, signed: Signed::Whole };
        let mut events = tell(&[plan]);
        for event in events.iter_mut().skip(suffix) {
            let mut moved = retell(event.clone(), "moved", false);
            moved.event_time = moved.event_time
                .map(|t| if unset { Micros(t.0 - fold::DAY_ONE) } else { Micros(t.0 + minutes * MINUTE) });
            *event = moved;
        }
        let folded = fold::fold(&events);
        prop_assert_eq!(folded.records.len(), 1);
        prop_assert_eq!(folded.records[0].epochs, 1);
        prop_assert_eq!(folded.records[0].missing_count, 0);
        prop_assert_eq!(folded.records[0].class, Class::Complete);
    }

    #[test]
    fn a_second_content_stays_a_conflict_whenever_it_is_stamped(
        updates in 0i64..8, base in 0i64..50, which in any::<prop::sample::Index>(), minutes in -100i64..3_000,
    ) {
        let plan = Plan { base, updates, ended: true, reset_after: None, gap_minutes: 7, signed: Signed::Whole };
        let mut events = tell(&[plan]);
        let mut second = retell(events[which.index(events.len())].clone(), "second", true);
        second.event_type = EventType::Updated;
        second.event_time = Some(Micros(fold::DAY_ONE + minutes * MINUTE));
        events.push(second);
        let folded = fold::fold(&events);
        prop_assert_eq!(folded.records.len(), 1);
        prop_assert_eq!(folded.records[0].epochs, 1);
        prop_assert_eq!(folded.records[0].class, Class::Conflict);
        prop_assert_eq!(folded.records[0].missing_count, 0);
    }

    #[test]
    fn a_true_reset_is_two_epochs_in_any_order(
        events in (1i64..7, 1i64..7, 0i64..50).prop_flat_map(|(first, second, base)| {
            let plan = Plan { base, updates: first + second, ended: true, reset_after: Some(first), gap_minutes: 5, signed: Signed::Nothing };
            // a run that passes the number at which the first one stopped looks like its continuation only above it
            Just(tell(&[plan])).prop_shuffle()
        })
    ) {
        let folded = fold::fold(&events);
        prop_assert_eq!(folded.records.len(), 1);
        prop_assert_eq!(folded.records[0].epochs, 2);
        prop_assert_eq!(folded.records[0].missing_count, 0);
        prop_assert_eq!(folded.records[0].class, Class::CompletePermittedGaps);
        prop_assert_eq!(folded.records[0].epoch_starts[0].seq_no, 0);
    }

    #[test]
    fn two_charges_with_their_starts_never_pay_for_each_other(
        plans in prop::collection::vec((0i64..3, 0i64..6, 1i64..20), 2..4),
        lost in prop::collection::vec(any::<prop::sample::Index>(), 0..8),
    ) {
        let plans: Vec<Plan> = plans.into_iter()
            .map(|(base, updates, gap_minutes)| Plan { base: base * 20, updates, ended: true, reset_after: None, gap_minutes, signed: Signed::Whole })
            .collect();
        let truth: Vec<i64> = plans.iter().map(|plan| (plan.updates + 1) * 100_000_000).collect();
        let mut events = tell(&plans);
        for index in lost {
            let at = index.index(events.len());
            if events[at].event_type != EventType::Started {
                events.remove(at);
            }
        }
        let folded = fold::fold(&events);
        prop_assert_eq!(folded.records.len(), plans.len());
        for (number, record) in folded.records.iter().enumerate() {
            let billable = matches!(record.class, Class::Complete | Class::CompletePermittedGaps)
                && record.review.is_empty();
            if let (true, Some(energy)) = (billable, record.energy) {
                prop_assert_eq!(energy.wh.0, truth[number]);
                let token = record.id_token_start.as_ref().map(|t| t.id_token.to_string());
                prop_assert_eq!(token, Some(format!("T{number}")));
            }
        }
    }
}

#[test]
fn the_generator_makes_what_the_laws_are_about() {
    let mut runner = TestRunner::deterministic();
    let strategy = charges();
    let (mut conflict, mut reset, mut reused, mut equal, mut unusable) = (0, 0, 0, 0, 0);
    let (mut signed, mut forbidden) = (0, 0);
    const CASES: usize = 400;
    for _ in 0..CASES {
        let events = strategy.new_tree(&mut runner).unwrap().current();
        let folded = fold::fold(&events);
        let charges = folded.records.iter().filter(|r| r.part_of.is_none());
        conflict += usize::from(folded.records.iter().any(|r| r.conflicts > 0));
        reset += usize::from(folded.records.iter().any(|r| r.epochs > 1));
        reused += usize::from(charges.count() > 1);
        let received: BTreeSet<_> = events.iter().map(|e| e.received_at).collect();
        equal += usize::from(received.len() < events.len());
        signed += usize::from(events.iter().flat_map(|e| &e.samples).any(|s| s.container.is_some()));
        let reasons = || folded.records.iter().flat_map(|r| &r.review);
        forbidden += usize::from(reasons().any(|word| *word == words::review::SIGNED_ERROR));
        unusable += usize::from(events.iter().any(|e| e.usable_time().is_none()));
    }
    for (what, count) in [
        ("conflict", conflict),
        ("reset", reset),
        ("reused", reused),
        ("equal", equal),
        ("unusable", unusable),
        ("signed", signed),
        ("forbidden", forbidden),
    ] {
        assert!(count * 10 >= CASES, "{what}: {count} of {CASES}");
    }
}

#[test]
fn an_untold_transaction_has_no_record() {
    let folded = fold::fold(&[]);
    assert_eq!((folded.contents, folded.records.len(), folded.undated), (0, 0, false));
}

#[test]
fn rule_11_the_record_id_stays_with_the_charge() {
    let newer = "0 S d2/10:00 begin=2000 tok=B rx=d2/10:00\n1 E d2/11:00 end=3000 rx=d2/11:00\n";
    let older = "0 S 10:00 begin=1000 tok=A rx=d3/10:00\n1 E 11:00 end=2000 rx=d3/10:00\n";
    let alone = fold::fold(&fold::events(newer));
    let both = fold::fold(&fold::events(&format!("{newer}{older}")));
    let started = fold::time("d2/10:00").map(Micros);
    assert_eq!(alone.records[0].record_id, ids::record_id(&fold::station(), "tx-1", started));
    assert_eq!(both.records[1].record_id, alone.records[0].record_id);
    assert_ne!(both.records[0].record_id, alone.records[0].record_id);
    let unset = fold::fold(&fold::events("0 S - begin=1\n"));
    assert_eq!(unset.records[0].record_id, ids::record_id(&fold::station(), "tx-1", None));
}

#[test]
fn months_and_versions_are_of_the_whole_transaction() {
    let mut events = fold::events("0 S 10:00 begin=1000\n1 U - reg=1100\n2 E d32/10:00 end=2000\n");
    events[1].month = 0;
    let folded = fold::fold(&events);
    assert_eq!((folded.first_month, folded.last_month, folded.undated), (202_603, 202_604, true));
    assert_eq!(folded.version >> 96, 3);
}

/// Transactions of 100,000 events: work that grew with the square of the number would not end in this test's time.
#[test]
fn a_huge_transaction_is_folded_in_bounded_time() {
    let template = fold::events("0 S 10:00 begin=1000 tok=A evse=1/1\n1 U 10:01 reg=1001\n");
    let many = |change: &dyn Fn(&mut Event, i64)| -> Vec<Event> {
        let events = (0..100_000i64).map(|n| {
            let mut event = template[usize::from(n > 0)].clone();
            event.content_hash = ContentHash(u128::try_from(n).unwrap());
            event.core_hash = event.content_hash;
            event.event_time = event.event_time.map(|t| Micros(t.0 + n * 1_000_000));
            change(&mut event, n);
            event
        });
        events.collect()
    };
    let in_order = fold::fold(&many(&|event, n| event.seq_no = n));
    assert_eq!(in_order.records[0].events, 100_000);
    let holes = fold::fold(&many(&|event, n| event.seq_no = 2 * n));
    assert_eq!((holes.records[0].missing_count, holes.records[0].missing_ranges.len()), (99_999, 64));
    let constant = fold::fold(&many(&|event, _| event.seq_no = 5));
    assert_eq!((constant.records[0].events, constant.records[0].conflicts), (1, 99_999));
    let starts = fold::fold(&many(&|event, _| {
        event.seq_no = 5;
        event.event_type = EventType::Started;
    }));
    assert_eq!(starts.records.len(), 100_000);
    let untimed = fold::fold(&many(&|event, n| {
        event.seq_no = n % 7;
        event.event_time = event.event_time.filter(|_| n % 2 == 0);
    }));
    assert_eq!(untimed.contents, 100_000);
}
