//! The decoder against the official JSON schemas of both OCPP versions: what a schema rejects is named at the same path, and
//! nothing else is named but what `rules.rs` lists with a reason.
//!
//! The payloads come from the schemas themselves: each has every change at every place made to a payload with everything in
//! it, and many changes at once made to random ones. `make agree N=…` tries as many of these as one likes.

#[cfg(test)]
mod agreement;
#[cfg(test)]
mod official;
#[cfg(test)]
mod rules;
#[cfg(test)]
mod tally;

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use rand::rngs::StdRng;
    use rand::{RngExt, SeedableRng};
    use wattledger_decoder::Violation;
    use wattledger_record::OcppVersion;

    use super::agreement::{Said, Subject};
    use super::official::Official;
    use super::rules::assert_all_are_needed;
    use super::tally::Tally;

    const VERSIONS: [OcppVersion; 2] = [OcppVersion::V201, OcppVersion::V21];

    /// Random payloads of each message type, unless the caller of the test names another number.
    const PAYLOADS: usize = 2_000;

    fn said(violations: &[Violation]) -> Vec<Said> {
        violations.iter().map(|v| Said { code: v.code, path: v.path.as_str().to_owned() }).collect()
    }

    /// Each message type: its schemas, and what reads it.
    fn subjects() -> Vec<Subject> {
        let subject = |message: &str, decode| Subject {
            message: message.to_owned(),
            schemas: VERSIONS.map(|version| Official::load(version, message)),
            decode,
        };
        vec![
            subject("TransactionEventRequest", |decoder, message, reading| {
                said(decoder.decode(message, reading).violations)
            }),
            subject("TransactionEventResponse", |decoder, message, reading| {
                said(decoder.decode_response(message, reading).violations)
            }),
            subject("GetTransactionStatusRequest", |decoder, message, reading| {
                said(decoder.decode_status_request(message, reading).violations)
            }),
            subject("GetTransactionStatusResponse", |decoder, message, reading| {
                said(decoder.decode_status_response(message, reading).violations)
            }),
        ]
    }

    #[expect(clippy::disallowed_methods, reason = "the only knob of a test program")]
    fn payloads() -> usize {
        std::env::var("AGREE_PAYLOADS").map_or(PAYLOADS, |count| count.parse().unwrap())
    }

    #[test]
    fn every_change_at_every_place() {
        let mut extras = BTreeSet::new();
        for subject in subjects() {
            let mut tally = Tally::default();
            for official in &subject.schemas {
                let everything = official.schema.everything();
                subject.compare(&everything.to_text(), "everything", &mut tally);
                for change in official.schema.changes(&everything) {
                    let mut payload = everything.clone();
                    change.make(&mut payload);
                    subject.compare(&payload.to_text(), &change.to_string(), &mut tally);
                }
                let places = official.schema.places(&everything);
                let places: BTreeSet<_> = places.iter().map(ToString::to_string).collect();
                let unbroken: Vec<_> = places.difference(&tally.rejected_at).collect();
                assert!(unbroken.is_empty(), "{}: no change broke {unbroken:?}", subject.message);
            }
            tally.close(&format!("{}, each change on its own", subject.message));
            extras.extend(tally.extras);
        }
        assert_all_are_needed(&extras);
    }

    #[test]
    fn many_changes_at_once() {
        let seed = rand::random();
        let mut rng = StdRng::seed_from_u64(seed);
        for subject in subjects() {
            let mut tally = Tally::default();
            for official in &subject.schemas {
                for _ in 0..payloads() / subject.schemas.len() {
                    let edge_every = [0, 50, 4][rng.random_range(0..3)];
                    let mut payload = official.schema.payload(&mut rng, edge_every);
                    for _ in 0..[0, 0, 1, 2, 5][rng.random_range(0..5)] {
                        official.schema.change(&mut rng, &payload).make(&mut payload);
                    }
                    subject.compare(&payload.to_text(), &format!("seed {seed}"), &mut tally);
                }
            }
            tally.close(&format!("{}, random payloads, seed {seed}", subject.message));
        }
    }
}
