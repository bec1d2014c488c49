//! Drafts, and the JSON that they become.

use wattledger_decoder::build::{
    AdditionalInfo, CustomData, GetTransactionStatusRequest, GetTransactionStatusResponse, IdToken,
    IdTokenInfo, MessageContent, Payload, Refused, TransactionEventResponse, TransactionLimit,
};
use wattledger_decoder::{AuthorizationStatus, MessageFormat};
use wattledger_record::OcppVersion::{V21, V201};

fn text(payload: Result<Payload, Refused>) -> String {
    payload.unwrap().to_string()
}

const VENDOR: CustomData<'_> = CustomData { vendor_id: "v", members: &[] };

fn message(content: &str) -> MessageContent<'_> {
    MessageContent {
        language: Some("de"),
        custom_data: Some(VENDOR),
        ..MessageContent::new(MessageFormat::Utf8, content)
    }
}

/// Every member at every depth that 2.0.1 has.
fn full<'a>() -> TransactionEventResponse<'a> {
    TransactionEventResponse {
        total_cost: Some("12.345678"),
        charging_priority: Some(-9),
        id_token_info: Some(IdTokenInfo {
            cache_expiry: Some("2026-03-01T10:00:00.000Z"),
            charging_priority: Some(9),
            group_id_token: Some(IdToken {
                additional_info: &[AdditionalInfo {
                    additional_id_token: "more",
                    info_type: "kind",
                    custom_data: Some(VENDOR),
                }],
                custom_data: Some(VENDOR),
                ..IdToken::new("group", "Central")
            }),
            language1: Some("de"),
            language2: Some("en-GB"),
            evse_ids: &[1, 2],
            personal_message: Some(message("Grüße \"an\" dich")),
            custom_data: Some(VENDOR),
            ..IdTokenInfo::new(AuthorizationStatus::ConcurrentTx)
        }),
        updated_personal_message: Some(message("neu\n")),
        custom_data: Some(CustomData { vendor_id: "v", members: &[("x", "[1,{\"y\":null}]")] }),
        ..TransactionEventResponse::default()
    }
}

#[test]
fn nothing_to_say() {
    let draft = TransactionEventResponse::default();
    assert_eq!(text(draft.build(V201, false)), "{}");
    assert_eq!(text(draft.build(V21, false)), "{}");
}

#[test]
fn every_member_of_2_0_1() {
    let expected = [
        r#"{"totalCost":12.345678,"chargingPriority":-9,"idTokenInfo":{"status":"ConcurrentTx","#,
        r#""cacheExpiryDateTime":"2026-03-01T10:00:00.000Z","chargingPriority":9,"#,
        r#""groupIdToken":{"idToken":"group","type":"Central","additionalInfo":[{"additionalIdToken":"more","#,
        r#""type":"kind","customData":{"vendorId":"v"}}],"customData":{"vendorId":"v"}},"#,
        r#""language1":"de","language2":"en-GB","evseId":[1,2],"#,
        r#""personalMessage":{"format":"UTF8","language":"de","content":"Grüße \"an\" dich","#,
        r#""customData":{"vendorId":"v"}},"customData":{"vendorId":"v"}},"#,
        r#""updatedPersonalMessage":{"format":"UTF8","language":"de","content":"neu\n","#,
        r#""customData":{"vendorId":"v"}},"customData":{"vendorId":"v","x":[1,{"y":null}]}}"#,
    ];
    assert_eq!(text(full().build(V201, true)), expected.concat());
    assert_eq!(text(full().build(V21, true)), expected.concat());
}

#[test]
fn what_2_1_adds() {
    let content = "x".repeat(1024);
    let draft = TransactionEventResponse {
        id_token_info: Some(IdTokenInfo {
            group_id_token: Some(IdToken::new("a", "EVCCID")),
            ..IdTokenInfo::new(AuthorizationStatus::Unknown)
        }),
        transaction_limit: Some(TransactionLimit {
            max_cost: Some("-1e1"),
            max_energy_wh: Some("0.50"),
            max_time_s: Some(3600),
            max_soc_percent: Some(100),
            custom_data: Some(VENDOR),
        }),
        updated_personal_message: Some(MessageContent::new(MessageFormat::QrCode, "https://x")),
        updated_personal_message_extra: &[
            MessageContent::new(MessageFormat::Ascii, &content),
            MessageContent::new(MessageFormat::Html, ""),
        ],
        ..TransactionEventResponse::default()
    };
    let expected = [
        r#"{"idTokenInfo":{"status":"Unknown","groupIdToken":{"idToken":"a","type":"EVCCID"}},"#,
        r#""transactionLimit":{"maxCost":-10,"maxEnergy":0.5,"maxTime":3600,"maxSoC":100,"#,
        r#""customData":{"vendorId":"v"}},"updatedPersonalMessage":{"format":"QRCODE","content":"https://x"},"#,
        r#""updatedPersonalMessageExtra":[{"format":"ASCII","content":""#,
        &content,
        r#""},{"format":"HTML","content":""}]}"#,
    ];
    assert_eq!(text(draft.build(V21, true)), expected.concat());
}

#[test]
fn a_free_charge_says_so() {
    for (sent, written) in [("0.00", "0"), ("-0", "0"), ("1e2", "100"), ("0.1000000", "0.1")] {
        let draft =
            TransactionEventResponse { total_cost: Some(sent), ..TransactionEventResponse::default() };
        assert_eq!(text(draft.build(V201, false)), format!(r#"{{"totalCost":{written}}}"#));
    }
}

#[test]
fn status_questions_and_answers() {
    let id = "ä".repeat(36);
    let ask = GetTransactionStatusRequest { transaction_id: Some(&id), custom_data: Some(VENDOR) };
    assert_eq!(
        text(ask.build(V201)),
        format!(r#"{{"transactionId":"{id}","customData":{{"vendorId":"v"}}}}"#)
    );
    assert_eq!(text(GetTransactionStatusRequest::default().build(V21)), "{}");
    let answer =
        GetTransactionStatusResponse { ongoing: Some(false), messages_in_queue: true, custom_data: None };
    assert_eq!(text(answer.build(V21, true)), r#"{"ongoingIndicator":false,"messagesInQueue":true}"#);
    let answer =
        GetTransactionStatusResponse { ongoing: None, messages_in_queue: false, custom_data: Some(VENDOR) };
    assert_eq!(text(answer.build(V201, false)), r#"{"messagesInQueue":false,"customData":{"vendorId":"v"}}"#);
}
