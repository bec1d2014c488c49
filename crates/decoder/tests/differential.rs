//! The decoder against a slow, obvious reading of the same rules, on messages with everything in them and broken at
//! random places; and against serde_json on what is JSON at all.

mod flat;

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use wattledger_decoder::{Code, Decoder, Outcome, Reading};
use wattledger_record::{OcppVersion, hash};
use wattledger_testkit::json::Json;
use wattledger_testkit::reference::{self, Settings};
use wattledger_testkit::wild;

fn reading(settings: Settings) -> Reading {
    Reading {
        version: if settings.v21 { OcppVersion::V21 } else { OcppVersion::V201 },
        strict: settings.strict,
        zone_minutes: i16::try_from(settings.zone_minutes).ok().filter(|minutes| *minutes != 0),
    }
}

/// What both sides say about a field; a default that only one of them fills in is left out.
fn comparable(fields: BTreeMap<String, String>) -> BTreeMap<String, String> {
    let has_token = fields.contains_key("idToken.idToken");
    fields
        .into_iter()
        .filter(|(path, value)| {
            let is_default = value == "Energy.Active.Import.Register" && path.ends_with(".measurand");
            !value.is_empty()
                && value != "an object"
                && !is_default
                && !path.ends_with('!')
                && !path.ends_with(".multiplier")
                && (has_token || !path.starts_with("idToken."))
        })
        .collect()
}

fn check(message: &[u8], settings: Settings) {
    let shown = String::from_utf8_lossy(message);
    let answer = reference::read(message, settings);
    let mut decoder = Decoder::default();
    let decoded = decoder.decode(message, reading(settings));
    assert_eq!(
        decoded.outcome() == Outcome::Quarantined,
        answer.quarantined,
        "{shown}\n{:#?}",
        decoded.violations
    );
    let Some((content, core)) = answer.hashes else {
        assert_eq!(decoded.content_hash, hash::not_json(message), "{shown}");
        return;
    };
    let codes: BTreeSet<_> = decoded.codes().iter().map(|code| code.as_str()).collect();
    assert_eq!(codes, answer.codes, "{shown}\n{:#?}", decoded.violations);
    assert_eq!((decoded.content_hash, decoded.core_hash), (content, core), "{shown}");
    let id = answer.fields.get("transactionInfo.transactionId").map(String::as_str);
    assert_eq!(decoded.transaction_id, id, "{shown}");
    assert_eq!(decoded.seq_no.map(|n| n.to_string()), answer.fields.get("seqNo").cloned(), "{shown}");
    assert_eq!(decoded.event.is_some(), !answer.quarantined, "{shown}");
    if let Some(event) = &decoded.event {
        similar(&comparable(flat::event(event)), &comparable(answer.fields), &shown);
    }
}

fn similar(found: &BTreeMap<String, String>, expected: &BTreeMap<String, String>, shown: &str) {
    let difference: Vec<_> = found
        .iter()
        .filter(|(path, value)| expected.get(*path) != Some(*value))
        .map(|field| ("decoder", field))
        .chain(
            expected
                .iter()
                .filter(|(path, value)| found.get(*path) != Some(*value))
                .map(|f| ("reference", f)),
        )
        .collect();
    assert!(difference.is_empty(), "{shown}\n{difference:#?}");
}

fn settings() -> impl Strategy<Value = Settings> {
    (any::<bool>(), prop::bool::weighted(0.1), prop_oneof![Just(0), Just(120), Just(-330)])
        .prop_map(|(v21, strict, zone_minutes)| Settings { v21, strict, zone_minutes })
}

#[test]
fn everything_in_one_message() {
    for v21 in [false, true] {
        check(wild::full().to_text().as_bytes(), Settings { v21, ..Settings::default() });
    }
}

#[test]
fn what_is_no_object_is_still_read_for_twins() {
    let message = br#"[{"vendorId":"v","a":1,"a":2}]"#;
    check(message, Settings::default());
    let mut decoder = Decoder::default();
    let decoded = decoder.decode(message, Reading::default());
    let codes: BTreeSet<_> = decoded.codes().iter().map(|code| code.as_str()).collect();
    assert_eq!(codes, BTreeSet::from(["duplicate_member_equal", "not_object"]));
}

/// The comparison is worth something only if the messages are: half of them events, and every rule broken somewhere.
#[test]
fn the_messages_break_every_rule() {
    let mut decoder = Decoder::default();
    let (mut events, mut codes) = (0, BTreeSet::new());
    for seed in 0..8_000 {
        let decoded_message = wild::message(seed).to_text();
        let decoded = decoder.decode(decoded_message.as_bytes(), Reading::default());
        events += usize::from(decoded.event.is_some());
        codes.extend(decoded.codes().iter());
    }
    assert!((3_000..7_500).contains(&events), "{events}");
    // those of bytes, bounds and signed values without a unit are shown elsewhere
    let elsewhere = [
        Code::ByteOrderMark,
        Code::InvalidUtf8,
        Code::LoneSurrogate,
        Code::NotJson,
        Code::NumberNotFinite,
        Code::NumberTooLong,
        Code::TooDeep,
        Code::TooLarge,
        Code::TooMany,
        Code::TrailingNul,
        Code::ViolationsTruncated,
    ];
    let unseen: Vec<_> = Code::ALL.iter().filter(|c| !codes.contains(c) && !elsewhere.contains(c)).collect();
    assert!(unseen.is_empty(), "{unseen:?}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn agrees_with_the_reference(seed in any::<u64>(), settings in settings()) {
        check(wild::message(seed).to_text().as_bytes(), settings);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn takes_for_json_what_serde_json_takes(seed in any::<u64>(), at in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let mut message = wild::message(seed).to_text().into_bytes();
        let at = at.index(message.len());
        message[at] = byte;
        let is_json = Json::parse(&message).is_ok();
        let mut decoder = Decoder::default();
        let decoded = decoder.decode(&message, Reading::default());
        let is_read = decoded.content_hash != hash::not_json(&message);
        prop_assert_eq!(is_read, is_json, "{:?} at {} of {}", byte, at, String::from_utf8_lossy(&message));
    }

    #[test]
    fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let mut decoder = Decoder::default();
        let decoded = decoder.decode(&bytes, Reading::default());
        prop_assert_eq!(decoded.outcome(), Outcome::Quarantined);
        prop_assert!(decoded.event.is_none());
    }

    #[test]
    fn no_cut_message_is_an_event(seed in any::<u64>(), at in any::<prop::sample::Index>()) {
        let message = wild::message(seed).to_text().into_bytes();
        // a cut number may be a number
        prop_assume!(message.first() == Some(&b'{'));
        let cut = &message[..at.index(message.len())];
        let mut decoder = Decoder::default();
        let decoded = decoder.decode(cut, Reading::default());
        prop_assert_eq!(decoded.outcome(), Outcome::Quarantined);
        prop_assert_eq!(decoded.content_hash, hash::not_json(cut));
    }
}
