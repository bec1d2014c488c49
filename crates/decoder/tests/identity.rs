//! Content hash and core hash of whole messages: what may change them and what may not, and frozen values.

use proptest::prelude::*;
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use wattledger_decoder::{Code, Decoder, Reading};
use wattledger_testkit::json::Json;
use wattledger_testkit::wild;

fn hashes(message: &[u8]) -> (u128, u128) {
    let mut decoder = Decoder::default();
    let decoded = decoder.decode(message, Reading::default());
    (decoded.content_hash.0, decoded.core_hash.0)
}

fn is_coerced(message: &[u8]) -> bool {
    Decoder::default().decode(message, Reading::default()).codes().contains(Code::Coerced)
}

fn without_offline(json: &Json) -> Json {
    match json {
        Json::Object(members) => {
            Json::Object(members.iter().filter(|(name, _)| name != "offline").cloned().collect())
        }
        other => other.clone(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn spelling_changes_nothing(seed in any::<u64>(), order in any::<u64>()) {
        let json = wild::message(seed);
        let plain = json.to_text();
        let odd = json.respelled(&mut StdRng::seed_from_u64(order));
        prop_assert_eq!(hashes(plain.as_bytes()), hashes(odd.as_bytes()), "{}\n{}", plain, odd);
        if !is_coerced(plain.as_bytes()) {
            let (mut one, mut two) = (Decoder::default(), Decoder::default());
            let one = one.decode(plain.as_bytes(), Reading::default());
            let two = two.decode(odd.as_bytes(), Reading::default());
            prop_assert_eq!(one.codes(), two.codes(), "{}\n{}", plain, odd);
            let values = |decoded: &wattledger_decoder::Decoded<'_>| -> Option<Vec<_>> {
                let event = decoded.event?;
                Some(event.samples.iter().map(|s| (s.at, s.value, s.unit, s.measurand.value)).collect())
            };
            prop_assert_eq!(values(&one), values(&two));
            prop_assert_eq!((one.transaction_id, one.seq_no), (two.transaction_id, two.seq_no));
        }
    }

    #[test]
    fn every_difference_changes_the_content(seed in any::<u64>(), change in any::<u64>()) {
        let before = wild::message(seed);
        let mut after = before.clone();
        wild::mutate(&mut StdRng::seed_from_u64(change), &mut after);
        let same = without_offline(&before).canonical() == without_offline(&after).canonical();
        let (one, two) = (hashes(before.to_text().as_bytes()), hashes(after.to_text().as_bytes()));
        prop_assert_eq!(one.0 == two.0, same, "{}\n{}", before.to_text(), after.to_text());
    }
}

const START: &str = r#"{"eventType":"Started","timestamp":"2026-03-01T10:00:00Z","triggerReason":"CablePluggedIn","seqNo":0,
"transactionInfo":{"transactionId":"tx-1"},"meterValue":[{"timestamp":"2026-03-01T10:00:00Z","sampledValue":[{"value":10.5}]}]}"#;

fn variant(from: &str, to: &str) -> (u128, u128) {
    let message = START.replacen(from, to, 1);
    assert_ne!(message, START);
    hashes(message.as_bytes())
}

#[test]
fn variants_of_one_event_share_the_core() {
    let (content, core) = hashes(START.as_bytes());
    for (from, to) in [
        ("10:00:00Z", "10:00:00.5Z"),
        ("[{\"timestamp\":\"2026-03-01T10:00:00Z\",", "[{"),
        ("\"seqNo\"", "\"customData\":{\"vendorId\":\"v\",\"sent\":2},\"seqNo\""),
        ("\"transactionId\"", "\"customData\":{\"vendorId\":\"v\"},\"transactionId\""),
        ("\"value\"", "\"firmware\":1,\"value\""),
        ("\"seqNo\":0", "\"seqNo\":0,\"seqNo\":0"),
    ] {
        let (other_content, other_core) = variant(from, to);
        assert_ne!(content, other_content, "{to}");
        assert_eq!(core, other_core, "{to}");
    }
}

#[test]
fn what_the_event_says_changes_the_core() {
    let (_, core) = hashes(START.as_bytes());
    for (from, to) in [
        ("10.5", "10.6"),
        ("tx-1", "tx-2"),
        ("\"seqNo\":0", "\"seqNo\":1"),
        ("Started", "Ended"),
        ("\"seqNo\"", "\"cableMaxCurrent\":32,\"seqNo\""),
        ("{\"value\":10.5}", "{\"value\":10.5},{\"value\":10.5}"),
    ] {
        assert_ne!(core, variant(from, to).1, "{to}");
    }
}

#[test]
fn offline_is_no_part_of_either() {
    let hashes_of = hashes(START.as_bytes());
    for offline in ["true", "false", "\"true\"", "null"] {
        assert_eq!(hashes_of, variant("\"seqNo\"", &format!("\"offline\":{offline},\"seqNo\"")));
    }
    // only at the top
    assert_ne!(hashes_of.0, variant("\"value\"", "\"offline\":true,\"value\"").0);
}

/// Stored rows hold these numbers: a change here is a new algorithm with a new number.
#[test]
fn frozen() {
    let frozen = FROZEN.map(|(message, content, core)| (message, (content, core)));
    for (message, expect) in frozen {
        assert_eq!(hashes(message.as_bytes()), expect, "{message}: {:#x?}", hashes(message.as_bytes()));
    }
}

const FROZEN: [(&str, u128, u128); 5] = [
    (START, 0x9eef_3ffa_5672_46dc_ea1a_14fe_8a34_eb77, 0x3227_3148_eabc_3f7c_e917_bc38_3495_31c2),
    ("{}", 0xbde6_001a_c08f_42cc_ea2d_d2e2_fadc_7095, 0xbde6_001a_c08f_42cc_ea2d_d2e2_fadc_7095),
    ("[]", 0x7a66_0e06_7132_5e50_5ff0_016d_ee88_d417, 0x7a66_0e06_7132_5e50_5ff0_016d_ee88_d417),
    ("not json", 0x3a46_321b_650d_be4a_a203_956a_2c1c_49d2, 0x3a46_321b_650d_be4a_a203_956a_2c1c_49d2),
    (
        r#"{"customData":{"a":[1,null,"x"]},"eventType":"Ended","offline":true,"x":1.50}"#,
        0x00a4_97f5_cec1_ce96_7d5c_d519_6a34_a33f,
        0xafbb_6e4a_7353_6bed_4f9c_ae85_8ed7_4602,
    ),
];
