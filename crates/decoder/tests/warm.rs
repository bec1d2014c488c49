//! What a decoder remembers from message to message are hints: a decoder that has read everything before reads the next
//! message as a new one does.

#[cfg(test)]
mod render;

#[cfg(test)]
mod warm {
    use rand::rngs::StdRng;
    use rand::seq::SliceRandom;
    use rand::{RngExt, SeedableRng};
    use wattledger_decoder::{Decoder, Reading};
    use wattledger_record::OcppVersion;
    use wattledger_testkit::{corpus, wild};

    use super::render;

    /// Messages of many stations, and messages with everything in them, whole and broken.
    fn messages(rng: &mut StdRng) -> Vec<Vec<u8>> {
        let mut messages = [corpus::clean(rng.random(), 300), corpus::dirty(rng.random(), 300)].concat();
        for _ in 0..150 {
            let mut json = wild::message(rng.random());
            messages.push(json.to_text().into_bytes());
            messages.push(json.to_spaced_text().into_bytes());
            wild::mutate(rng, &mut json);
            messages.push(json.respelled(rng).into_bytes());
        }
        messages.extend((0..3_000).map(|_| jumbled(rng)));
        let cut: Vec<_> = messages.iter().map(|message| damaged(rng, message)).collect();
        messages.extend(cut);
        messages.shuffle(rng);
        messages
    }

    /// A message whose samples begin and end in many ways: more than a decoder keeps in mind.
    fn jumbled(rng: &mut StdRng) -> Vec<u8> {
        // some of them are flagged, of 2.1 only, escaped, beside the schema, or twice there
        const MEMBERS: [&[&str]; 6] = [
            &[
                r#""measurand":"Voltage""#,
                r#""measurand" : "Current.Import""#,
                r#""measurand":"SoC""#,
                r#""measurand":"Display.InletHot""#,
                "",
            ],
            &[
                r#""context":"Sample.Periodic""#,
                r#""context":"sample.clock""#,
                r#""context":"Sample\u002eClock""#,
                "",
            ],
            &[r#""phase":"L1""#, r#""phase":"L2""#, r#""phase":"L3-N""#, r#""phase":null"#, "", ""],
            &[r#""location":"Outlet""#, r#""location":"Upstream""#, r#""location":"EV""#, "", ""],
            &[
                r#""unitOfMeasure":{"unit":"A","multiplier":3}"#,
                r#""unitOfMeasure": {"unit":"kWh"}"#,
                r#""unitOfMeasure":{"unit":"k\u0057h"}"#,
                r#""unitOfMeasure":{"unit":"kwh"}"#,
                "",
                "",
            ],
            &[r#""customData":{"vendorId":"v"}"#, r#""phase":"L1""#, r#""note":1"#, "", "", "", "", "", ""],
        ];
        let samples: Vec<String> = (0..rng.random_range(1..4))
            .map(|_| {
                let mut members: Vec<String> = MEMBERS
                    .iter()
                    .map(|texts| texts[rng.random_range(0..texts.len())].to_owned())
                    .filter(|text| !text.is_empty())
                    .collect();
                let colon = if rng.random() { ":" } else { ": " };
                members.push(format!("\"value\"{colon}{}", rng.random_range(-99..9_999)));
                members.shuffle(rng);
                format!("{{{}}}", members.join(if rng.random() { "," } else { ", " }))
            })
            .collect();
        format!(
            r#"{{"eventType":"Updated","timestamp":"2026-03-01T00:00:00Z","triggerReason":"MeterValuePeriodic","seqNo":1,"transactionInfo":{{"transactionId":"t"}},"meterValue":[{{"timestamp":"2026-03-01T00:00:00Z","sampledValue":[{}]}}]}}"#,
            samples.join(",")
        )
        .into_bytes()
    }

    /// A copy with a byte changed, left out or doubled, or with its end cut off.
    fn damaged(rng: &mut StdRng, message: &[u8]) -> Vec<u8> {
        let mut message = message.to_vec();
        let at = rng.random_range(0..message.len());
        match rng.random_range(0..4) {
            0 => message[at] = *b"{}[],:\"\\0 x".get(rng.random_range(0..11)).unwrap(),
            1 => message.truncate(at),
            2 => message.insert(at, message[at]),
            _ => drop(message.remove(at)),
        }
        message
    }

    #[test]
    fn a_warm_decoder_reads_as_a_cold_one() {
        let seed = rand::random();
        let mut rng = StdRng::seed_from_u64(seed);
        let mut warm = Decoder::default();
        for message in messages(&mut rng) {
            let version = if rng.random() { OcppVersion::V21 } else { OcppVersion::V201 };
            let reading = Reading { version, strict: rng.random_ratio(1, 8), ..Reading::default() };
            let expect = render::decoded(&Decoder::default().decode(&message, reading));
            let found = render::decoded(&warm.decode(&message, reading));
            assert_eq!(found, expect, "seed {seed}: {}", String::from_utf8_lossy(&message));
        }
    }
}
