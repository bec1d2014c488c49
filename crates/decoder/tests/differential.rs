//! The decoder against a slow, obvious reading of the same rules, on messages with everything in them and broken at
//! random places; and against serde_json on what is JSON at all.

mod flat;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use proptest::prelude::*;
use wattledger_decoder::{Code, Decoder, Limits, Outcome, Reading};
use wattledger_record::hash;
use wattledger_testkit::json::Json;
use wattledger_testkit::reference::Settings;
use wattledger_testkit::wild;

fn check(message: &[u8], settings: Settings) {
    flat::check::check(&mut Decoder::default(), message, settings);
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

/// The files of `golden.rs` are what stations send; those that are JSON within the bounds have to be read alike too.
#[test]
fn the_golden_files_are_read_alike() {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data");
    let folders = ["accept", "flag", "quarantine"].map(|folder| fs::read_dir(data.join(folder)).unwrap());
    let paths = folders.into_iter().flatten().map(|entry| entry.unwrap().path());
    let messages = paths.filter(|path| path.extension().is_some_and(|extension| extension == "json"));
    let mut compared = 0;
    for message in messages.map(|path| fs::read(path).unwrap()) {
        let is_bounded = |json: Json| json.depth() <= Limits::DEFAULT.depth;
        let is_comparable = Json::parse(&message).is_ok_and(is_bounded) && message.len() < 1_000_000;
        let is_short =
            !Decoder::default().decode(&message, Reading::default()).codes().contains(Code::NumberTooLong);
        if is_comparable && is_short {
            for v21 in [false, true] {
                check(&message, Settings { v21, ..Settings::default() });
            }
            compared += 1;
        }
    }
    assert!(compared > 80, "{compared}");
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
        // NULs at the end are passed over: "1" is JSON behind which one stands
        prop_assume!(byte != 0 || at + 1 < message.len());
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
