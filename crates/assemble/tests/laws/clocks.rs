//! What faults of clocks and counters do, and what they do not.

use proptest::prelude::*;
use wattledger_assemble::record::Class;
use wattledger_decoder::EventType;
use wattledger_record::Micros;

use crate::config;
use crate::fold;
use crate::generator::{MINUTE, Plan, Signed, retell, tell};

proptest! {
    #![proptest_config(config())]

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
