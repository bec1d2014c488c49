//! Rows place every content, and hold what they promise.

use std::collections::BTreeMap;

use proptest::prelude::*;
use wattledger_assemble::event::Event;
use wattledger_assemble::record::Class;
use wattledger_assemble::words;
use wattledger_decoder::EventType;
use wattledger_record::{ContentHash, Micros, ids};

use crate::config;
use crate::fold;
use crate::generator::charges;
use crate::place::locate;

/// Each content once, as its earliest copy.
pub(crate) fn by_hash(events: &[Event]) -> BTreeMap<ContentHash, &Event> {
    let mut contents: BTreeMap<ContentHash, &Event> = BTreeMap::new();
    for event in events {
        let slot = contents.entry(event.content_hash).or_insert(event);
        if event.received_at < slot.received_at {
            *slot = event;
        }
    }
    contents
}

proptest! {
    #![proptest_config(config())]

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

#[test]
fn rule_11_a_started_that_lost_still_names_the_charge() {
    // another content of seqNo 0 was received first: the Started does not count, but no other one is there
    let lines = "0 U 10:00:10 reg=1000 rx=10:00:11\n0 S 10:00 begin=1000 rx=10:05\n1 E 11:00 end=2000\n";
    let folded = fold::fold(&fold::events(lines));
    let started = fold::time("10:00").map(Micros);
    assert_eq!(folded.records[0].started_at, None);
    assert_eq!(folded.records[0].record_id, ids::record_id(&fold::station(), "tx-1", started));
}
