//! What a plan promises: the same bytes for the same seed, exactly as many deliveries as asked for, every fault, and
//! payloads that say what the truth says.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use proptest::prelude::*;
use serde_json::Value;
use wattledger_fleet::stream::{Delivery, Stream};
use wattledger_fleet::truth::{Class, Fate, Method, TransactionTruth};
use wattledger_fleet::{Dialect, Fault, Faults, Plan};

/// 2026-06-01T00:00:00Z
const UNTIL_MS: i64 = 1_780_272_000_000;

fn plan(seed: u64, stations: u32, events: u64, faults: Faults) -> Plan {
    Plan { seed, stations, events, until_ms: UNTIL_MS, prefix: "WL".to_owned(), faults, direct: 200 }
}

fn payload(delivery: &Delivery) -> Vec<u8> {
    let mut bytes = Vec::new();
    delivery.write(&mut bytes);
    bytes
}

/// All of a station, as if every answer came at once.
fn tell(plan: &Plan, index: u32) -> (Vec<TransactionTruth>, Vec<Delivery>) {
    let mut stream = Stream::new(plan, index);
    let (mut truths, mut deliveries) = (vec![], vec![]);
    let mut known = BTreeSet::new();
    while let Some(delivery) = stream.next_acknowledged() {
        for unit in stream.announced() {
            known.insert(unit.truth.unit);
            truths.push(unit.truth.clone());
        }
        assert!(known.contains(&delivery.unit.truth.unit), "sent before it was announced");
        deliveries.push(delivery);
    }
    assert!(stream.is_over());
    (truths, deliveries)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn planned_is_sent_and_each_truth_adds_up(seed: u64, stations in 1_u32..6, more in 0_u64..400) {
        let events = u64::from(stations) + more;
        let plan = plan(seed, stations, events, Faults::default());
        let mut sent = 0;
        for index in 0..stations {
            let (truths, deliveries) = tell(&plan, index);
            sent += deliveries.len();
            let copies: u32 = truths.iter().flat_map(|truth| &truth.contents).map(|content| content.copies).sum();
            prop_assert_eq!(copies as usize, deliveries.len());
            for truth in truths {
                let of = |fate: &Fate| truth.contents.iter().filter(|content| content.fate == *fate).count();
                let events: u32 = truth.instances.iter().map(|instance| instance.events).sum();
                let conflicts: u32 = truth.instances.iter().map(|instance| instance.conflicts).sum();
                prop_assert_eq!(events as usize, of(&Fate::Counts));
                prop_assert_eq!(conflicts as usize, of(&Fate::Conflict));
                for instance in &truth.instances {
                    // in one epoch the numbers from first to last are either there, or missing
                    let missing: i64 = instance.missing.iter().map(|(_, first, last)| last - first + 1).sum();
                    let span = instance.last_seq - instance.first_seq + 1;
                    let after = i64::from(truth.story == "after_ended");
                    if instance.epochs == 1 {
                        prop_assert_eq!(i64::from(instance.events) - after + missing, span);
                    }
                    prop_assert!(instance.energy.is_none_or(|energy| energy.uwh >= 0));
                }
            }
        }
        prop_assert_eq!(sent as u64, events);
    }

    #[test]
    fn the_same_seed_gives_the_same_bytes(seed: u64) {
        let first = plan(seed, 4, 400, Faults::default());
        let other = plan(seed ^ 1, 4, 400, Faults::default());
        for index in 0..4 {
            let bytes = |plan: &Plan| tell(plan, index).1.iter().map(payload).collect::<Vec<_>>();
            prop_assert_eq!(bytes(&first), bytes(&first.clone()));
            prop_assert_ne!(bytes(&first), bytes(&other));
        }
    }
}

#[test]
fn every_fault_and_dialect_occurs_in_the_demo() {
    let plan = plan(7, 500, 100_000, Faults::default());
    let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
    let (mut dialects, mut direct, mut zoneless) = (BTreeSet::new(), 0, 0);
    let mut classes = BTreeSet::new();
    for index in 0..plan.stations {
        let mut stream = Stream::new(&plan, index);
        dialects.insert(format!("{:?}", stream.station().dialect));
        direct += u32::from(stream.station().direct);
        zoneless += u32::from(stream.station().is_zoneless());
        while stream.next_acknowledged().is_some() {
            for unit in stream.announced() {
                for (name, count) in &unit.faults {
                    *counts.entry(name).or_default() += count;
                }
                classes.extend(unit.truth.instances.iter().map(|instance| instance.class.as_str()));
            }
        }
    }
    for fault in Fault::ALL {
        let count = match fault {
            // habits of a station, not events
            Fault::ZonelessClock => u64::from(zoneless),
            Fault::UnitSlips => u64::from(dialects.contains("Ported")),
            fault => counts.get(fault.as_str()).copied().unwrap_or_default(),
        };
        assert!(count > 0, "{} does not occur", fault.as_str());
    }
    assert_eq!(dialects.len(), Dialect::ALL.len());
    assert!(direct > 0);
    assert_eq!(classes.len(), 6, "{classes:?}");
}

#[test]
fn a_loser_is_sent_when_the_winner_is_acknowledged() {
    let faults = Faults::default().with(Fault::Conflict, 3_000).with(Fault::Reorder, 9_000);
    let plan = plan(3, 20, 8_000, faults);
    let mut losers = 0;
    for index in 0..plan.stations {
        let mut first: HashMap<(u64, Option<i64>), u32> = HashMap::new();
        for delivery in tell(&plan, index).1 {
            let truth = &delivery.unit.truth;
            let content = &truth.contents[delivery.content as usize];
            match content.fate {
                Fate::Counts => {
                    first.entry((truth.unit, content.seq_no)).or_insert(delivery.content);
                }
                Fate::Conflict | Fate::Variant => {
                    losers += 1;
                    assert!(delivery.after_acknowledged);
                    assert!(first.contains_key(&(truth.unit, content.seq_no)), "the loser comes first");
                }
                Fate::Quarantined(_) => {}
            }
        }
    }
    assert!(losers > 100);
}

#[test]
fn what_must_wait_joins_no_request() {
    let plan = plan(5, 10, 4_000, Faults::default().with(Fault::Conflict, 5_000));
    let mut held = 0;
    for index in 0..plan.stations {
        let mut stream = Stream::new(&plan, index);
        loop {
            match stream.next_to_join() {
                Some(delivery) => assert!(!delivery.after_acknowledged),
                None if stream.is_over() => break,
                None => {
                    held += 1;
                    assert!(stream.next_acknowledged().unwrap().after_acknowledged);
                }
            }
        }
    }
    assert!(held > 50);
}

/// Import register of an event in Wh by a reader of its own: total, else the sum of the phases.
fn register_wh(event: &Value, of: impl Fn(&Value) -> bool) -> Option<f64> {
    let number = |value: &Value| value.as_f64().or_else(|| value.as_str()?.parse().ok());
    let (mut total, mut phases) = (None, None);
    for element in event["meterValue"].as_array()? {
        for sample in element["sampledValue"].as_array()? {
            let measurand = sample["measurand"].as_str().unwrap_or("Energy.Active.Import.Register");
            if measurand != "Energy.Active.Import.Register" || !of(sample) {
                continue;
            }
            let unit = &sample["unitOfMeasure"];
            let kilo = unit["unit"].as_str().unwrap_or("Wh").eq_ignore_ascii_case("kwh");
            let multiplier = 10_f64.powf(unit["multiplier"].as_f64().unwrap_or(0.0));
            let wh = number(&sample["value"])? * multiplier * if kilo { 1_000.0 } else { 1.0 };
            if sample["phase"].is_null() {
                total = Some(wh);
            } else {
                phases = Some(phases.unwrap_or(0.0) + wh);
            }
        }
    }
    total.or(phases)
}

#[test]
fn each_dialect_says_what_the_truth_says() {
    let mut seen = BTreeSet::new();
    let plan = plan(11, 120, 12_000, Faults::none().with(Fault::UnitSlips, 2_000));
    for index in 0..plan.stations {
        let dialect = Stream::new(&plan, index).station().dialect;
        let (truths, deliveries) = tell(&plan, index);
        let mut events: BTreeMap<u64, Vec<Value>> = BTreeMap::new();
        for delivery in &deliveries {
            let bytes = payload(delivery);
            let text = bytes.strip_suffix(b"\0").unwrap_or(&bytes);
            let event: Value = serde_json::from_slice(text).unwrap();
            assert_eq!(event["transactionInfo"]["transactionId"], *delivery.unit.truth.transaction_id);
            events.entry(delivery.unit.truth.unit).or_default().push(event);
        }
        for truth in truths.iter().filter(|truth| truth.story == "none") {
            let [instance] = &truth.instances[..] else { panic!("one charge") };
            assert_eq!(instance.class, Class::Complete);
            let events = &events[&truth.unit];
            assert_eq!(events.len(), instance.events as usize);
            let begins =
                |sample: &Value| sample["context"].is_null() || sample["context"] == "Transaction.Begin";
            let ends = |sample: &Value| sample["context"] != "Transaction.Begin";
            let begin = events.iter().find_map(|event| register_wh(event, begins)).unwrap();
            let end = events.iter().rev().find_map(|event| {
                // where no contexts are named, the begin stands in the first event alone
                let alone = event["eventType"] == "Started";
                register_wh(event, |sample| ends(sample) && !alone)
            });
            let energy = instance.energy.unwrap();
            let told = end.map_or(0.0, |end| end - begin);
            let truth_wh = energy.uwh as f64 / 1e6;
            assert!((told - truth_wh).abs() < 1e-3, "{dialect:?} {instance:?}: told {told}, true {truth_wh}");
            assert_eq!(energy.method == Method::PhaseSum, dialect.phases_only());
            seen.insert(format!("{dialect:?}"));
        }
    }
    assert_eq!(seen.len(), Dialect::ALL.len(), "{seen:?}");
}

#[test]
fn without_faults_every_charge_is_flawless() {
    let plan = plan(1, 10, 2_000, Faults::none());
    for index in 0..plan.stations {
        let (truths, _) = tell(&plan, index);
        for truth in &truths {
            // the rest of a plan may be a single event, which begins a charge that never ends
            let last = truth.contents.len() == 1;
            assert_eq!(truth.story, if last { "lost_ended" } else { "none" });
            assert!(truth.instances.iter().all(|i| i.missing.is_empty() && i.conflicts == 0));
        }
        assert!(truths.iter().filter(|truth| truth.story == "none").count() > 5);
    }
}
