//! The set of contents decides: no order, no copy, no way in which it was gathered.

use std::collections::BTreeSet;

use proptest::prelude::*;
use wattledger_assemble::event::Event;
use wattledger_assemble::record::Folded;

use crate::config;
use crate::fold;
use crate::generator::{MINUTE, charges};
use crate::rows::by_hash;

/// Splits events in two by a mask that repeats.
fn split(events: &[Event], mask: &[bool]) -> (Vec<Event>, Vec<Event>) {
    let sides = events.iter().zip(mask.iter().cycle());
    let (left, right): (Vec<_>, Vec<_>) = sides.partition(|(_, left)| **left);
    let events = |side: Vec<(&Event, &bool)>| side.into_iter().map(|(event, _)| event.clone()).collect();
    (events(left), events(right))
}

fn keys(folded: &Folded) -> BTreeSet<i64> {
    folded.records.iter().map(|record| record.instance_key).collect()
}

proptest! {
    #![proptest_config(config())]

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
    fn parts_give_the_whole_in_whatever_order_they_meet(
        events in charges(), mask in prop::collection::vec(any::<bool>(), 1..9), other in prop::collection::vec(any::<bool>(), 1..9),
    ) {
        let whole = fold::fold(&events);
        let (left, right) = split(&events, &mask);
        let (early, late) = split(&events, &other);
        // two replicas that both know everything, in orders of their own and with what both were told twice
        prop_assert_eq!(&whole, &fold::fold(&[right.clone(), left.clone(), early.clone()].concat()));
        prop_assert_eq!(&whole, &fold::fold(&[late, early, left, right].concat()));
    }

    #[test]
    fn a_larger_set_has_the_higher_version_and_keeps_every_key(
        events in charges(), mask in prop::collection::vec(any::<bool>(), 1..9),
    ) {
        let whole = fold::fold(&events);
        let (known, _) = split(&events, &mask);
        let part = fold::fold(&known);
        if by_hash(&known).len() < by_hash(&events).len() {
            prop_assert!(part.version < whole.version);
        } else if by_hash(&known).iter().all(|(hash, e)| by_hash(&events)[hash].received_at == e.received_at) {
            prop_assert_eq!(&part, &whole);
        }
        // while no Started is known the only key is 0, and 0 is always there
        prop_assert!(keys(&part).is_subset(&keys(&whole)));
        prop_assert!(part.contents <= whole.contents);
    }

    #[test]
    fn an_earlier_copy_gives_the_higher_version(events in charges(), which in any::<prop::sample::Index>()) {
        prop_assume!(!events.is_empty());
        let mut earlier = events[which.index(events.len())].clone();
        earlier.received_at.0 -= MINUTE;
        let known = by_hash(&events)[&earlier.content_hash].received_at;
        let with = fold::fold(&[events.clone(), vec![earlier.clone()]].concat());
        let without = fold::fold(&events);
        prop_assert_eq!(with.version > without.version, earlier.received_at < known);
        prop_assert_eq!(keys(&with), keys(&without));
    }
}
