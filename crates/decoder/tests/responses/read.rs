//! Others' messages, and what is read of them.

use wattledger_decoder::{Decoder, Outcome, Reading};
use wattledger_record::OcppVersion::{self, V21, V201};
use wattledger_testkit::message::Message;

use super::shown;

/// A payload, and the lines that it gives.
pub(super) fn check(
    show: impl Fn(OcppVersion, &[u8]) -> String,
    version: OcppVersion,
    payload: impl AsRef<[u8]>,
    expected: &[&str],
) {
    let payload = payload.as_ref();
    let found = show(version, payload);
    let found: Vec<_> = found.lines().collect();
    assert_eq!(found, expected, "{} of {}", String::from_utf8_lossy(payload), version.as_str());
}

fn response(version: OcppVersion, payload: impl AsRef<[u8]>, expected: &[&str]) {
    check(shown::response, version, payload, expected);
}

#[test]
fn empty_responses() {
    response(V201, "{}", &["clean"]);
    response(V21, " {}\n", &["clean"]);
}

/// Every member at every depth, with `customData` in every class.
const FULL: &str = r#"{"totalCost":12.50,"chargingPriority":-9,"idTokenInfo":{"status":"ConcurrentTx",
"cacheExpiryDateTime":"2099-12-31T23:59:59.5+01:00","chargingPriority":9,"groupIdToken":{"idToken":"group",
"type":"Central","additionalInfo":[{"additionalIdToken":"m\u00f6re","type":"kind","customData":{"vendorId":"a"}}],
"customData":{"vendorId":"b"}},"language1":"de","language2":"en-GB","evseId":[1,2],
"personalMessage":{"format":"UTF8","language":"de","content":"Gr\u00fc\u00dfe","customData":{"vendorId":"c"}},
"customData":{"vendorId":"d"}},"transactionLimit":{"maxCost":20.0,"maxEnergy":1e4,"maxTime":3600,"maxSoC":80,
"customData":{"vendorId":"e"}},"updatedPersonalMessage":{"format":"ASCII","content":"neu"},
"updatedPersonalMessageExtra":[{"format":"HTML","language":"fr","content":"<b>\"a\"</b>","customData":{"vendorId":"f"}},
{"format":"QRCODE","content":"https:\/\/x"}],"customData":{"vendorId":"g","x":[1]}}"#;

const FULL_FIELDS: &[&str] = &[
    "cost '12.50' Some(12500000)",
    "priority -9",
    "status ConcurrentTx",
    "cache_expiry Some(4102441199500000)",
    "token priority 9",
    "group 'group' type 'Central'",
    "additional 'möre' type 'kind'",
    "language1 de",
    "language2 en-GB",
    "evse_ids [Some(1), Some(2)]",
    "personal message Utf8 Some(\"de\") 'Grüße'",
    "limit Some(\"20.0\") Some(\"1e4\") Some(3600) Some(80)",
    "updated message Ascii None 'neu'",
    "extra message Html Some(\"fr\") '<b>\"a\"</b>'",
    "extra message QrCode None 'https://x'",
    "custom_data {\"vendorId\":\"g\",\"x\":[1]}",
    "extra 'idTokenInfo.groupIdToken.additionalInfo[0]' 'customData' {\"vendorId\":\"a\"}",
    "extra 'idTokenInfo.groupIdToken' 'customData' {\"vendorId\":\"b\"}",
    "extra 'idTokenInfo.personalMessage' 'customData' {\"vendorId\":\"c\"}",
    "extra 'idTokenInfo' 'customData' {\"vendorId\":\"d\"}",
    "extra 'transactionLimit' 'customData' {\"vendorId\":\"e\"}",
    "extra 'updatedPersonalMessageExtra[0]' 'customData' {\"vendorId\":\"f\"}",
    "extra '' 'customData' {\"vendorId\":\"g\",\"x\":[1]}",
];

#[test]
fn every_member() {
    response(V21, FULL, &[&["clean"], FULL_FIELDS].concat());
    let mixed = [
        "! version_mixed at 'transactionLimit': field of 2.1",
        "! version_mixed at 'updatedPersonalMessageExtra': field of 2.1",
        "! version_mixed at 'updatedPersonalMessageExtra[1].format': value of 2.1",
    ];
    response(V201, FULL, &[&["flagged"], FULL_FIELDS, &mixed].concat());
}

/// Nothing of one message is left in the next, an event in between or not.
#[test]
fn a_decoder_forgets() {
    let mut decoder = Decoder::default();
    let event = Message::updated("tx", 1, "2026-03-01T10:00:00Z").to_bytes();
    for _ in 0..3 {
        for payload in [FULL, "{}", "{\"x\":1", r#"{"idTokenInfo":{"status":"Accepted","evseId":[3]}}"#] {
            let found = shown::response_by(&mut decoder, V21, payload.as_bytes());
            assert_eq!(found, shown::response(V21, payload.as_bytes()));
        }
        assert_eq!(decoder.decode(&event, Reading::default()).outcome(), Outcome::Clean);
    }
}

#[test]
fn what_is_missing() {
    response(
        V201,
        r#"{"idTokenInfo":{},"updatedPersonalMessage":{}}"#,
        &[
            "flagged",
            "updated message no format None ''",
            "! missing_required at 'idTokenInfo.status'",
            "! missing_required at 'updatedPersonalMessage.format'",
            "! missing_required at 'updatedPersonalMessage.content'",
        ],
    );
    response(
        V21,
        r#"{"idTokenInfo":{"status":"Accepted","groupIdToken":{"additionalInfo":[{}]},"evseId":[]},"totalCost":null}"#,
        &[
            "flagged",
            "status Accepted",
            "! missing_required at 'idTokenInfo.groupIdToken.additionalInfo[0].additionalIdToken'",
            "! missing_required at 'idTokenInfo.groupIdToken.additionalInfo[0].type'",
            "! missing_required at 'idTokenInfo.groupIdToken.idToken'",
            "! missing_required at 'idTokenInfo.groupIdToken.type'",
            "! empty_array at 'idTokenInfo.evseId'",
            "! null_value at 'totalCost'",
        ],
    );
}

#[test]
fn numbers_out_of_their_bounds() {
    response(
        V201,
        r#"{"totalCost":-0.5,"chargingPriority":10,"idTokenInfo":{"status":"Invalid","chargingPriority":-10,"evseId":[-1,1.0]}}"#,
        &[
            "flagged",
            "cost '-0.5' Some(-500000)",
            "priority 10",
            "status Invalid",
            "token priority -10",
            "evse_ids [Some(-1), Some(1)]",
            "! out_of_range at 'totalCost': -0.5",
            "! out_of_range at 'chargingPriority': 10",
            "! out_of_range at 'idTokenInfo.chargingPriority': -10",
            "! out_of_range at 'idTokenInfo.evseId[0]': -1",
        ],
    );
    response(
        V21,
        r#"{"totalCost":1.23456789,"transactionLimit":{"maxCost":1e12,"maxSoC":101,"maxTime":2147483648}}"#,
        &[
            "flagged",
            "cost '1.23456789' Some(1234568)",
            "limit Some(\"1e12\") None Some(2147483648) Some(101)",
            "! value_rounded at 'totalCost': 1.23456789",
            "! value_out_of_range at 'transactionLimit.maxCost': 1e12",
            "! out_of_range at 'transactionLimit.maxSoC': 101",
            "! out_of_range at 'transactionLimit.maxTime': 2147483648",
        ],
    );
}

#[test]
fn values_of_another_type() {
    response(
        V201,
        r#"{"totalCost":"12.5","chargingPriority":1.5,"idTokenInfo":{"status":7,"evseId":["2",null,{}]},
           "updatedPersonalMessage":"text"}"#,
        &[
            "flagged",
            "cost '12.5' Some(12500000)",
            "status Other from '7'",
            "evse_ids [Some(2), None, None]",
            "! coerced at 'totalCost': expected a number, not a string",
            "! wrong_type at 'chargingPriority': no integer that can be held: 1.5",
            "! coerced at 'idTokenInfo.status': expected a string, not a number",
            "! enum_unknown at 'idTokenInfo.status': 7",
            "! coerced at 'idTokenInfo.evseId[0]': expected a number, not a string",
            "! null_value at 'idTokenInfo.evseId[1]'",
            "! wrong_type at 'idTokenInfo.evseId[2]': expected a number, not an object",
            "! wrong_type at 'updatedPersonalMessage': expected an object, not a string",
        ],
    );
}

#[test]
fn words_that_are_spelled_otherwise() {
    response(
        V201,
        r#"{"idTokenInfo":{"status":"NotAllowedTypeEVS","groupIdToken":{"idToken":"a","type":"central"},
           "personalMessage":{"format":"utf8","content":""}},"updatedPersonalMessage":{"format":"PDF","content":"x"}}"#,
        &[
            "flagged",
            "status NotAllowedTypeEVSE from 'NotAllowedTypeEVS'",
            "group 'a' type 'central'",
            "personal message Utf8 from 'utf8' None ''",
            "updated message Unknown from 'PDF' None 'x'",
            "! enum_spelling at 'idTokenInfo.status': NotAllowedTypeEVS",
            "! enum_spelling at 'idTokenInfo.groupIdToken.type': central",
            "! enum_spelling at 'idTokenInfo.personalMessage.format': utf8",
            "! enum_unknown at 'updatedPersonalMessage.format': PDF",
        ],
    );
    response(V21, r#"{"idTokenInfo":{"status":"Unknown"}}"#, &["clean", "status Unknown"]);
}

#[test]
fn texts_that_are_too_long() {
    let content = "ü".repeat(513);
    let payload = format!(
        r#"{{"idTokenInfo":{{"status":"Blocked","language1":"deutsch-x"}},"updatedPersonalMessage":{{"format":"URI","content":"{content}"}}}}"#
    );
    let message = format!("updated message Uri None '{content}'");
    let long = "! too_long at 'idTokenInfo.language1': 9 characters, at most 8";
    let mixed = "! version_mixed at 'updatedPersonalMessage.content': length of 2.1";
    let fields = ["flagged", "status Blocked", "language1 deutsch-x", &message, long];
    response(V201, &payload, &[&fields[..], &[mixed]].concat());
    response(V21, &payload, &fields);
}

#[test]
fn more_than_the_schema_knows() {
    let message = r#"{"format":"URI","content":"x"}"#;
    let payload = format!(
        r#"{{"updatedPersonalMessageExtra":[{}],"x":1,"totalCost":0,"totalCost":0.0}}"#,
        [message; 5].join(",")
    );
    let mut expected = vec!["flagged", "cost '0' Some(0)"];
    expected.extend(["extra message Uri None 'x'"; 5]);
    expected.extend([
        "extra '' 'x' 1",
        "! out_of_range at 'updatedPersonalMessageExtra': at most 4",
        "! unknown_property at 'x'",
        "! duplicate_member_equal at 'totalCost'",
    ]);
    response(V21, payload, &expected);
    // an element counts, whatever it is
    response(
        V21,
        format!(r#"{{"updatedPersonalMessageExtra":[{0},{0},5,{0},{0}]}}"#, message),
        &[
            "flagged",
            "extra message Uri None 'x'",
            "extra message Uri None 'x'",
            "extra message Uri None 'x'",
            "extra message Uri None 'x'",
            "! wrong_type at 'updatedPersonalMessageExtra[2]': expected an object, not a number",
            "! out_of_range at 'updatedPersonalMessageExtra': at most 4",
        ],
    );
}

#[test]
fn expiries() {
    for (text, lines) in [
        ("1900-01-01T00:00:00Z", &["clean", "status Expired", "cache_expiry Some(-2208988800000000)"][..]),
        ("9999-12-31T23:59:59Z", &["clean", "status Expired", "cache_expiry None"]),
        (
            "soon",
            &[
                "flagged",
                "status Expired",
                "cache_expiry None",
                "! timestamp_invalid at 'idTokenInfo.cacheExpiryDateTime': soon",
            ],
        ),
    ] {
        let payload = format!(r#"{{"idTokenInfo":{{"status":"Expired","cacheExpiryDateTime":"{text}"}}}}"#);
        response(V201, payload, lines);
    }
    response(
        V201,
        r#"{"idTokenInfo":{"status":"Expired","cacheExpiryDateTime":5}}"#,
        &["flagged", "status Expired", "! timestamp_invalid at 'idTokenInfo.cacheExpiryDateTime': a number"],
    );
}

#[test]
fn what_cannot_be_read() {
    for (payload, violation) in [
        ("", "! not_json at '': at byte 0"),
        ("[]", "! not_object at '': an array"),
        ("null", "! not_object at '': null"),
        ("{\"totalCost\":1", "! not_json at '': at byte 14"),
        ("{\"totalCost\":NaN}", "! number_not_finite at '': at byte 13"),
        ("{\"totalCost\":1,\"totalCost\":2}", "! duplicate_member at 'totalCost'"),
    ] {
        response(V201, payload, &["quarantined", violation]);
    }
    response(V201, b"{\"x\":\"\xff\"}", &["quarantined", "! invalid_utf8 at '': at byte 6"]);
    response(V201, "{}\0", &["flagged", "! trailing_nul at ''"]);
}
