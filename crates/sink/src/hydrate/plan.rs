//! Which keys are asked for in one query: bounded in number, in bytes of text and in months.

use wattledger_assemble::record::LARGE_CONTENTS;

use super::Known;
use crate::deliver::TransactionKey;

/// Bytes of keys in one query; escaped, and with quotes, they stay below the size that [`super::bounded`] allows.
const TEXT_BYTES_MAX: usize = 3 << 20;
/// Queries for event rows per query for records; keys of further spans of months share the last one.
const SPANS_MAX: usize = 8;

/// A key with a record, and what the record says of its events.
pub(super) type Recorded = (TransactionKey, Known);

/// Cuts keys into queries.
pub(super) fn by_size<'k, 'a>(
    keys: &'k [&'a TransactionKey],
    keys_max: usize,
) -> impl Iterator<Item = &'k [&'a TransactionKey]> {
    let mut rest = keys;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let mut bytes = 0;
        let fits = rest.iter().take(keys_max).take_while(|key| {
            bytes += text_bytes(key);
            bytes <= TEXT_BYTES_MAX
        });
        let (chunk, others) = rest.split_at(fits.count().clamp(1, rest.len()));
        rest = others;
        Some(chunk)
    })
}

/// Bytes of a key in a query, without what is escaped.
fn text_bytes(key: &TransactionKey) -> usize {
    const QUOTES: usize = "('','',''),".len();
    key.station.as_str().len() + key.transaction_id.len() + QUOTES
}

/// Groups keys whose events lie in the same months, since a query reads the index of every month between the lowest
/// and the highest of its keys; a large key is a group of its own.
pub(super) fn by_months(known: Vec<Recorded>) -> Vec<Vec<Recorded>> {
    let (large, mut small): (Vec<Recorded>, Vec<Recorded>) =
        known.into_iter().partition(|(_, known)| known.newest >> 96 > u128::from(LARGE_CONTENTS));
    let span = |(_, known): &Recorded| known.months();
    small.sort_by_key(span);
    let mut groups: Vec<Vec<Recorded>> = Vec::new();
    for recorded in small {
        match groups.last_mut() {
            Some(group) if group.first().map(span) == Some(span(&recorded)) => group.push(recorded),
            _ => groups.push(vec![recorded]),
        }
    }
    // the largest groups stay by themselves
    groups.sort_by_key(|group| std::cmp::Reverse(group.len()));
    let others: Vec<Recorded> = groups.drain(groups.len().min(SPANS_MAX - 1)..).flatten().collect();
    groups.extend((!others.is_empty()).then_some(others));
    groups.extend(large.into_iter().map(|recorded| vec![recorded]));
    groups
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use wattledger_record::StationKey;

    use super::*;

    fn key(id: &str) -> TransactionKey {
        TransactionKey { station: StationKey::new("t", "s").unwrap(), transaction_id: id.into() }
    }

    fn recorded(first: u32, last: u32, contents: u128) -> Recorded {
        let key = key("1");
        let known = Known { newest: contents << 96, first, last, ..Known::anywhere(&key) };
        (key, known)
    }

    #[test]
    fn a_large_key_is_alone_and_rare_months_share_a_query() {
        let mut known: Vec<Recorded> = (0..20).map(|n| recorded(202_001 + n, 202_001 + n, 5)).collect();
        known.extend((0..30).map(|_| recorded(202_603, 202_603, 5)));
        known.push(recorded(202_603, 202_603, u128::from(LARGE_CONTENTS) + 1));
        let groups = by_months(known);
        let sizes: Vec<usize> = groups.iter().map(Vec::len).collect();
        assert_eq!(sizes, [30, 1, 1, 1, 1, 1, 1, 14, 1]);
        assert_eq!(groups[8][0].1.newest >> 96, u128::from(LARGE_CONTENTS) + 1);
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn every_key_is_asked_for_once_within_the_bounds(
            lengths in prop::collection::vec(1usize..2_000_000, 0..40), keys_max in 1usize..10,
        ) {
            let keys: Vec<TransactionKey> = lengths.iter().map(|length| key(&"x".repeat(*length))).collect();
            let asked: Vec<&TransactionKey> = keys.iter().collect();
            let chunks: Vec<&[&TransactionKey]> = by_size(&asked, keys_max).collect();
            prop_assert_eq!(chunks.concat(), asked.clone());
            for chunk in chunks {
                let bytes: usize = chunk.iter().map(|key| text_bytes(key)).sum();
                prop_assert!((1..=keys_max).contains(&chunk.len()));
                prop_assert!(chunk.len() == 1 || bytes <= TEXT_BYTES_MAX);
            }
        }
    }
}
