//! Many messages from a seed, as they stand in a partition of the topic: stations of several makes take turns, each with a
//! firmware that orders, spaces and spells in its own way and goes on doing so. The same seed gives the same bytes.
//!
//! Sizes and shares are those of the field: small periodic `Updated` in the majority, one `Started` and one `Ended` per
//! charge, a few long messages with signed readings or a value per phase; 600 to 1,000 bytes in the mean.

mod fault;
mod firmware;
mod meter;
mod station;

use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};

use self::station::Station;

/// Messages of a station in a set: about one charge.
const MESSAGES_PER_STATION: usize = 20;
/// A station that was offline sends up to so many messages in a row.
const LONGEST_RUN: usize = 5;
/// One message in so many of a dirty set is faulty.
const FAULTY_OF: usize = 10;

/// `count` messages without a fault.
#[must_use]
pub fn clean(seed: u64, count: usize) -> Vec<Vec<u8>> {
    partition(seed, count, |_| false)
}

/// `count` messages of which every tenth carries flags: always the same ones for the same station.
#[must_use]
pub fn dirty(seed: u64, count: usize) -> Vec<Vec<u8>> {
    partition(seed, count, |n| n.is_multiple_of(FAULTY_OF))
}

/// An `Ended` of a long stay with the values of each minute in it, at least `bytes` long.
#[must_use]
pub fn long_ended(seed: u64, bytes: usize) -> Vec<u8> {
    let mut rng = StdRng::seed_from_u64(seed);
    let number = rng.random_range(0..100);
    Station::new(&mut rng, number).long_ended(bytes)
}

fn partition(seed: u64, count: usize, is_faulty: impl Fn(usize) -> bool) -> Vec<Vec<u8>> {
    let mut rng = StdRng::seed_from_u64(seed);
    let numbers = 0..u64::try_from(count.div_ceil(MESSAGES_PER_STATION)).unwrap();
    let mut stations: Vec<_> = numbers.map(|number| Station::new(&mut rng, number)).collect();
    let mut messages = Vec::with_capacity(count);
    while messages.len() < count {
        let at = rng.random_range(0..stations.len());
        let run = if rng.random_ratio(1, 10) { rng.random_range(2..=LONGEST_RUN) } else { 1 };
        for _ in 0..run.min(count - messages.len()) {
            messages.push(stations[at].next_message(run > 1, is_faulty(messages.len())));
        }
    }
    messages
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::Json;
    use crate::reference::{self, Settings};

    const COUNT: usize = 500;

    fn codes(message: &[u8]) -> std::collections::BTreeSet<&'static str> {
        let answer = reference::read(message, Settings::default());
        assert!(!answer.quarantined, "{}", String::from_utf8_lossy(message));
        answer.codes
    }

    #[test]
    fn the_same_seed_gives_the_same_bytes() {
        assert_eq!(clean(1, COUNT), clean(1, COUNT));
        assert_ne!(clean(1, COUNT), clean(2, COUNT));
    }

    #[test]
    fn clean_messages_break_no_rule() {
        for seed in 0..3 {
            for message in clean(seed, COUNT) {
                assert_eq!(codes(&message), [].into(), "{}", String::from_utf8_lossy(&message));
            }
        }
    }

    #[test]
    fn a_tenth_of_the_dirty_messages_is_flagged_and_no_other() {
        let mut all = std::collections::BTreeSet::new();
        for seed in 0..3 {
            for (n, message) in dirty(seed, COUNT).iter().enumerate() {
                let found = codes(message);
                assert_eq!(
                    found.is_empty(),
                    !n.is_multiple_of(FAULTY_OF),
                    "{found:?} {}",
                    String::from_utf8_lossy(message)
                );
                all.extend(found);
            }
        }
        assert!(all.len() >= 8, "{all:?}");
    }

    #[test]
    fn messages_are_as_long_and_as_mixed_as_in_the_field() {
        let messages = clean(4, 8 * COUNT);
        let bytes: usize = messages.iter().map(Vec::len).sum();
        assert!(
            (600..=1_000).contains(&(bytes / messages.len())),
            "{} B in the mean",
            bytes / messages.len()
        );
        let share = |text: &str| {
            let has = |message: &&Vec<u8>| String::from_utf8_lossy(message).contains(text);
            messages.iter().filter(has).count() * 100 / messages.len()
        };
        for (text, percent) in [
            ("\"Started\"", 2..=8),
            ("\"Ended\"", 2..=8),
            ("\"idToken\"", 3..=25),
            ("\"phase\"", 20..=60),
            ("\"signedMeterData\"", 1..=8),
            ("\"customData\"", 1..=10),
            ("\n", 2..=10),
            (", \"", 8..=25),
        ] {
            assert!(percent.contains(&share(text)), "{text}: {} %", share(text));
        }
    }

    #[test]
    fn a_long_ended_is_as_long_as_asked() {
        for seed in 0..3 {
            for bytes in [60_000, 300_000] {
                let message = long_ended(seed, bytes);
                assert!((bytes..bytes * 5 / 4).contains(&message.len()), "{} B", message.len());
                assert_eq!(codes(&message), [].into());
                let Json::Object(members) = Json::parse(&message).unwrap() else {
                    unreachable!("codes are clean")
                };
                assert!(members.contains(&("eventType".to_owned(), Json::String("Ended".to_owned()))));
            }
        }
    }
}
