//! Charges of the simulated fleet, in each of its dialects, against their digests: those without faults are told to
//! the end, and no record differs from the fold's.

#[cfg(test)]
#[path = "../examples/bench_fold/charges.rs"]
mod charges;

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use wattledger_assemble::digest::{Added, Digest};
    use wattledger_fleet::Faults;

    use super::charges::{self, Charge};

    /// Whether the digest tells the charge to the end; each record is compared with the fold's.
    fn is_told(charge: &Charge) -> bool {
        let Charge { station, transaction_id, events, .. } = charge;
        let mut digest: Option<Digest> = None;
        for (at, event) in events.iter().enumerate() {
            match &mut digest {
                None => digest = Digest::begin(station, transaction_id, event),
                Some(digest) => {
                    if digest.add(event) == Added::NotPlain {
                        return false;
                    }
                }
            }
            let Some(digest) = &digest else { return false };
            let Some(folded) = digest.record(station, transaction_id) else { return false };
            let whole = wattledger_assemble::fold(station, transaction_id, &events[..=at]);
            assert_eq!(folded, whole, "{} {transaction_id} after {} events", charge.dialect, at + 1);
        }
        true
    }

    #[test]
    fn charges_without_faults_are_told_to_the_end() {
        let mut dialects: BTreeMap<String, (usize, usize)> = BTreeMap::new();
        for seed in 0..4 {
            for charge in charges::told(6_000, seed, Faults::none()) {
                let told = dialects.entry(charge.dialect.clone()).or_default();
                told.0 += usize::from(is_told(&charge));
                told.1 += 1;
            }
        }
        assert!(dialects.len() >= 6, "{dialects:?}");
        for (dialect, (told, all)) in &dialects {
            // phases without their total are for the set
            let least = if dialect == "Phased" { 0 } else { 90 };
            assert!(told * 100 >= all * least, "{dialect}: {told} of {all}");
        }
    }

    #[test]
    fn charges_with_faults_are_told_as_the_fold_tells_them_or_not_at_all() {
        let charges = charges::told(20_000, 5, Faults::default());
        let told = charges.iter().filter(|charge| is_told(charge)).count();
        assert!(told * 2 > charges.len(), "{told} of {}", charges.len());
    }
}
