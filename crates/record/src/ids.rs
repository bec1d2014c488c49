//! Ids that leave the system, and versions of rows: pure functions of what the events say.

use uuid::Uuid;

use crate::{ContentHash, Micros, StationKey};

/// Namespace of [`record_id`]: UUIDv5 of the DNS name `record.wattledger.org`.
const RECORD_NAMESPACE: Uuid = Uuid::from_u128(0x8d1c_3e0a_53f4_5c0e_9d1f_6a4b_27c8_e5d0);

/// Folds an OCPP identifierString for comparison (case-insensitive, ASCII).
#[must_use]
pub fn fold_id(id: &str) -> String {
    id.to_ascii_lowercase()
}

/// The only key by which exports, corrections and CDRs refer to a charge: UUIDv5 over tenant, station,
/// transactionId (folded) and the event time of the `Started` that opened it (`0` while none is usable).
#[must_use]
pub fn record_id(station: &StationKey, transaction_id: &str, started_at: Option<Micros>) -> Uuid {
    let started = started_at.map_or_else(|| "0".to_owned(), |Micros(at)| at.to_string());
    let name = format!("{station}\n{transaction_id}\n{started}");
    Uuid::new_v5(&RECORD_NAMESPACE, name.as_bytes())
}

/// Replacing version of an event row: the earliest copy of a content has the highest, and copies received in one
/// microsecond are ordered by their bytes, so that the surviving row does not depend on the order of inserts.
#[must_use]
pub fn event_version(received_at: Micros, copy_tiebreak: u64) -> u128 {
    let earliness = u64::MAX - u64::try_from(received_at.0).unwrap_or(0);
    (u128::from(earliness) << 64) | u128::from(copy_tiebreak)
}

/// Version of the record rows of one transactionId: contents · 2⁹⁶ + (2⁸⁰−1−Σ received_at µs) · 2¹⁶ + revision.
///
/// Of two states of which one contains the other the larger has the higher version: more contents, or equal contents
/// with earlier copies. `contents` holds (hash, lowest `received_at` of its copies), each hash once.
#[must_use]
pub fn record_version(contents: impl IntoIterator<Item = (ContentHash, Micros)>, fold_revision: u16) -> u128 {
    let (count, sum) = contents.into_iter().fold((0u32, 0u128), |(count, sum), (_, at)| {
        (count.saturating_add(1), sum.saturating_add(u128::from(u64::try_from(at.0).unwrap_or(0))))
    });
    record_version_of(count, sum, fold_revision)
}

/// [`record_version`] of so many contents, whose lowest `received_at` add up to `received_sum`, µs.
#[must_use]
pub fn record_version_of(contents: u32, received_sum: u128, fold_revision: u16) -> u128 {
    const SUM_MAX: u128 = (1 << 80) - 1;
    (u128::from(contents) << 96) | ((SUM_MAX - received_sum.min(SUM_MAX)) << 16) | u128::from(fold_revision)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_earlier_copy_has_the_higher_event_version() {
        assert!(event_version(Micros(1), 0) > event_version(Micros(2), u64::MAX));
        assert!(event_version(Micros(1), 2) > event_version(Micros(1), 1));
    }

    #[test]
    fn a_superset_or_an_earlier_copy_has_the_higher_record_version() {
        let (a, b) = (ContentHash(1), ContentHash(2));
        let one = record_version([(a, Micros(10))], 1);
        assert!(record_version([(a, Micros(10)), (b, Micros(1_000))], 1) > one);
        assert!(record_version([(a, Micros(9))], 1) > one);
        assert!(record_version([(a, Micros(10))], 2) > one);
        assert_eq!(
            record_version([(a, Micros(3)), (b, Micros(4))], 1),
            record_version([(b, Micros(4)), (a, Micros(3))], 1)
        );
    }

    #[test]
    fn record_ids_differ_by_charge_and_not_by_spelling() {
        let station = StationKey::new("t", "CS1").unwrap();
        let id = record_id(&station, &fold_id("TX-1"), None);
        assert_eq!(id, record_id(&StationKey::new("t", "cs1").unwrap(), &fold_id("tx-1"), None));
        assert_ne!(id, record_id(&station, "tx-1", Some(Micros(1))));
    }
}
