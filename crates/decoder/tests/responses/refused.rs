//! Drafts that break a rule: each is refused, and all rules that it breaks are named.

use std::collections::BTreeSet;

use wattledger_decoder::build::{
    AdditionalInfo, CustomData, GetTransactionStatusRequest, GetTransactionStatusResponse, IdToken,
    IdTokenInfo, MessageContent, Payload, Refused, TransactionEventResponse, TransactionLimit,
};
use wattledger_decoder::{AuthorizationStatus, MessageFormat};
use wattledger_record::OcppVersion::{self, V21, V201};

type Draft<'a> = TransactionEventResponse<'a>;

fn refusal(built: Result<Payload, Refused>) -> String {
    built.map_or_else(|refused| refused.to_string(), |payload| format!("built {payload}"))
}

fn check(version: OcppVersion, draft: Draft<'_>, expected: &str) {
    assert_eq!(refusal(draft.build(version, false)), expected);
}

fn with_info(info: IdTokenInfo<'_>) -> Draft<'_> {
    Draft { id_token_info: Some(info), ..Draft::default() }
}

fn with_group(group: IdToken<'_>) -> Draft<'_> {
    with_info(IdTokenInfo { group_id_token: Some(group), ..IdTokenInfo::new(AuthorizationStatus::Accepted) })
}

fn with_message(message: MessageContent<'_>) -> Draft<'_> {
    Draft { updated_personal_message: Some(message), ..Draft::default() }
}

fn with_data(data: CustomData<'_>) -> Draft<'_> {
    Draft { custom_data: Some(data), ..Draft::default() }
}

#[test]
fn a_token_without_its_status() {
    let missing = "idTokenInfo is missing";
    assert_eq!(refusal(Draft::default().build(V201, true)), missing);
    assert_eq!(refusal(Draft::default().build(V21, true)), missing);
    let other = with_info(IdTokenInfo::new(AuthorizationStatus::Other));
    check(V21, other, "idTokenInfo.status is outside its vocabulary");
}

#[test]
fn costs() {
    for (cost, expected) in [
        ("-0.01", "totalCost is negative"),
        ("-0.000001", "totalCost is negative"),
        ("1.2345678", "totalCost has more than six decimal places"),
        ("1e-7", "totalCost has more than six decimal places"),
        ("-1.2345678", "totalCost has more than six decimal places, totalCost is negative"),
        ("1000000000000", "totalCost is no decimal number, or has too many digits"),
        ("1,5", "totalCost is no decimal number, or has too many digits"),
        ("", "totalCost is no decimal number, or has too many digits"),
        ("NaN", "totalCost is no decimal number, or has too many digits"),
        ("0}", "totalCost is no decimal number, or has too many digits"),
    ] {
        check(V201, Draft { total_cost: Some(cost), ..Draft::default() }, expected);
    }
}

#[test]
fn priorities() {
    for priority in [-10, 10, i32::MIN, i32::MAX] {
        let draft = Draft {
            charging_priority: Some(priority),
            id_token_info: Some(IdTokenInfo {
                charging_priority: Some(priority),
                ..IdTokenInfo::new(AuthorizationStatus::Accepted)
            }),
            ..Draft::default()
        };
        check(
            V21,
            draft,
            "chargingPriority is outside -9 to 9, idTokenInfo.chargingPriority is outside -9 to 9",
        );
    }
}

#[test]
fn token_information() {
    let info = IdTokenInfo::new(AuthorizationStatus::Accepted);
    for (info, expected) in [
        (
            IdTokenInfo { cache_expiry: Some("2026-03-01T10:00:00"), ..info },
            "idTokenInfo.cacheExpiryDateTime is no time of RFC 3339 with a zone and at most milliseconds",
        ),
        (
            IdTokenInfo { cache_expiry: Some("2026-03-01T10:00:00.123456Z"), ..info },
            "idTokenInfo.cacheExpiryDateTime is no time of RFC 3339 with a zone and at most milliseconds",
        ),
        (
            IdTokenInfo { language1: Some("deutsch-x"), language2: Some("englisch-"), ..info },
            "idTokenInfo.language1 has 9 characters, at most 8, idTokenInfo.language2 has 9 characters, at most 8",
        ),
        (IdTokenInfo { language2: Some("en"), ..info }, "idTokenInfo.language1 is missing"),
        (
            IdTokenInfo { language1: Some("en"), language2: Some("EN"), ..info },
            "idTokenInfo.language2 is there twice",
        ),
        (IdTokenInfo { evse_ids: &[1, -1], ..info }, "idTokenInfo.evseId[1] is outside 0 to 2147483647"),
    ] {
        check(V201, with_info(info), expected);
    }
}

#[test]
fn tokens() {
    let long = "x".repeat(37);
    check(
        V201,
        with_group(IdToken::new(&long, "ISO14443")),
        "idTokenInfo.groupIdToken.idToken has 37 characters, at most 36",
    );
    let longer = "x".repeat(256);
    let infos = [AdditionalInfo {
        additional_id_token: &longer,
        info_type: longer.get(..51).unwrap(),
        custom_data: None,
    }];
    let token = IdToken { additional_info: &infos, ..IdToken::new(&longer, "a type of 21 letters.") };
    check(
        V21,
        with_group(token),
        "idTokenInfo.groupIdToken.idToken has 256 characters, at most 255, \
         idTokenInfo.groupIdToken.type has 21 characters, at most 20, \
         idTokenInfo.groupIdToken.additionalInfo[0].additionalIdToken has 256 characters, at most 255, \
         idTokenInfo.groupIdToken.additionalInfo[0].type has 51 characters, at most 50",
    );
    let unlisted = "idTokenInfo.groupIdToken.type is outside its vocabulary";
    check(V201, with_group(IdToken::new("a", "RFID")), unlisted);
    check(V201, with_group(IdToken::new("a", "Other")), unlisted);
    check(V201, with_group(IdToken::new("a", "iso14443")), unlisted);
    check(
        V201,
        with_group(IdToken::new("a", "EVCCID")),
        "idTokenInfo.groupIdToken.type is not in OCPP 2.0.1",
    );
}

#[test]
fn messages() {
    let long = "ü".repeat(1025);
    let content = |characters: usize| long.get(..2 * characters).unwrap();
    let path = "updatedPersonalMessage";
    for (version, message, expected) in [
        (
            V201,
            MessageContent::new(MessageFormat::Utf8, content(513)),
            "content has 513 characters, at most 512",
        ),
        (
            V21,
            MessageContent::new(MessageFormat::Utf8, content(1025)),
            "content has 1025 characters, at most 1024",
        ),
        (V201, MessageContent::new(MessageFormat::QrCode, ""), "format is not in OCPP 2.0.1"),
        (V21, MessageContent::new(MessageFormat::Unknown, ""), "format is outside its vocabulary"),
    ] {
        check(version, with_message(message), &format!("{path}.{expected}"));
    }
}

#[test]
fn members_of_2_1_on_a_connection_of_2_0_1() {
    let draft = Draft {
        transaction_limit: Some(TransactionLimit { max_time_s: Some(1), ..TransactionLimit::default() }),
        updated_personal_message_extra: &[MessageContent::new(MessageFormat::Ascii, "a")],
        ..Draft::default()
    };
    check(
        V201,
        draft,
        "transactionLimit is not in OCPP 2.0.1, updatedPersonalMessageExtra is not in OCPP 2.0.1",
    );
}

#[test]
fn lists_and_limits() {
    let limit = TransactionLimit::default();
    let with = |limit| Draft { transaction_limit: Some(limit), ..Draft::default() };
    check(V21, with(limit), "transactionLimit is empty");
    check(
        V21,
        with(TransactionLimit { max_cost: Some("0.1234567"), max_energy_wh: Some("much"), ..limit }),
        "transactionLimit.maxCost has more than six decimal places, \
         transactionLimit.maxEnergy is no decimal number, or has too many digits",
    );
    for percent in [-1, 101] {
        check(
            V21,
            with(TransactionLimit { max_soc_percent: Some(percent), ..limit }),
            "transactionLimit.maxSoC is outside 0 to 100",
        );
    }
    let messages = [MessageContent::new(MessageFormat::Ascii, "a"); 5];
    check(
        V21,
        Draft { updated_personal_message_extra: &messages, ..Draft::default() },
        "updatedPersonalMessageExtra has 5 elements, at most 4",
    );
}

#[test]
fn custom_data() {
    let long = "v".repeat(256);
    let data = CustomData { vendor_id: &long, members: &[] };
    check(V201, with_data(data), "customData.vendorId has 256 characters, at most 255");
    let members = [("x", "1"), ("x", "2"), ("vendorId", "3"), ("y", "{"), ("z", "1 2"), ("é", "NaN")];
    check(
        V201,
        with_data(CustomData { vendor_id: "v", members: &members }),
        "customData.x is there twice, customData.vendorId is there twice, customData.y is no JSON value, \
         customData.z is no JSON value, customData.é is no JSON value",
    );
}

#[test]
fn status() {
    let long = "x".repeat(37);
    let ask = |id| GetTransactionStatusRequest { transaction_id: Some(id), custom_data: None };
    assert_eq!(refusal(ask(&long).build(V21)), "transactionId has 37 characters, at most 36");
    assert_eq!(refusal(ask("").build(V201)), "transactionId is empty");
    let answer =
        |ongoing| GetTransactionStatusResponse { ongoing, messages_in_queue: true, custom_data: None };
    assert_eq!(refusal(answer(None).build(V201, true)), "ongoingIndicator is missing");
    assert_eq!(
        refusal(answer(Some(true)).build(V201, false)),
        "ongoingIndicator does not belong in the answer to this request"
    );
}

/// A refusal names each path once per rule, so that a caller can show the list as it is.
#[test]
fn refusals_are_told_apart() {
    let long = "x".repeat(2_000);
    let message =
        MessageContent { language: Some(&long), ..MessageContent::new(MessageFormat::QrCode, &long) };
    let draft = Draft {
        updated_personal_message: Some(message),
        updated_personal_message_extra: &[message; 4],
        ..Draft::default()
    };
    let refused = draft.build(V201, false).unwrap_err();
    let paths: BTreeSet<_> = refused.refusals.iter().map(ToString::to_string).collect();
    assert_eq!(refused.refusals.len(), 5 * 3 + 1);
    assert_eq!(paths.len(), refused.refusals.len());
}
