//! Frames of every type, and what is none.

use wattledger_decoder::frame::{self, MESSAGE_ID_CHARACTERS_MAX};

use super::table::check;

#[test]
fn frames_of_every_type() {
    check(&[
        (
            br#"[2,"19223201","TransactionEvent",{"seqNo":0}]"#,
            r#"call "19223201" "TransactionEvent" {"seqNo":0}"#,
            r#"Call "19223201" "TransactionEvent" | {"seqNo":0}"#,
        ),
        (br#"[3,"a",{}]"#, r#"result "a" {}"#, r#"CallResult "a" | {}"#),
        (
            br#"[4,"162376037","NotSupported","not \"implemented\"",{}]"#,
            r#"error "162376037" "NotSupported" "not \"implemented\"" {}"#,
            r#"CallError "162376037" | "NotSupported","not \"implemented\"",{}"#,
        ),
        (
            br#"[5,"a","FormatViolation","",{"x":[]}]"#,
            r#"result error "a" "FormatViolation" "" {"x":[]}"#,
            r#"CallResultError "a" | "FormatViolation","",{"x":[]}"#,
        ),
        (
            br#"[6,"a","NotifyPeriodicEventStream",{"id":1}]"#,
            r#"send "a" "NotifyPeriodicEventStream" {"id":1}"#,
            r#"Send "a" "NotifyPeriodicEventStream" | {"id":1}"#,
        ),
    ]);
}

#[test]
fn legal_frames_that_few_stations_send() {
    check(&[
        (
            b" [ 2 ,\t\"a\" , \"X\" ,\r\n { \"b\" : [ 1 ] } ] \n",
            r#"call "a" "X" { "b" : [ 1 ] }"#,
            r#"Call "a" "X" | { "b" : [ 1 ] }"#,
        ),
        (
            br#"[2,"\u0061\/\"","Transaction\u0045vent",{"a":"]}\"],"}]"#,
            r#"call "a/\"" "TransactionEvent" {"a":"]}\"],"}"#,
            r#"Call "a/\"" "TransactionEvent" | {"a":"]}\"],"}"#,
        ),
        ("[2,\"ä😀\",\"X\",{}]".as_bytes(), r#"call "ä😀" "X" {}"#, r#"Call "ä😀" "X" | {}"#),
        (br#"[2,"","",{}]"#, r#"call "" "" {}"#, r#"Call "" "" | {}"#),
        // 4.1.5 allows null for "no payload"; that another payload is no object is for its decoder to say
        (br#"[2,"a","X",null]"#, r#"call "a" "X" null"#, r#"Call "a" "X" | null"#),
        (br#"[2,"a","X","text"]"#, r#"call "a" "X" "text""#, r#"Call "a" "X" | "text""#),
    ]);
}

#[test]
fn no_frames() {
    let long = format!(r#"[2,"{}","X",{{}}]"#, "é".repeat(MESSAGE_ID_CHARACTERS_MAX + 1));
    let id = "é".repeat(MESSAGE_ID_CHARACTERS_MAX + 1);
    let deep = format!(r#"[2,"a","X",{}"#, "[".repeat(1_000_000));
    check(&[
        (b"", "frame_not_json at 0", "-"),
        (b" \n", "frame_not_json at 2", "-"),
        (b"[", "frame_not_json at 1", "-"),
        (b"[]", "element_missing at 1", "-"),
        (b"[2]", "element_missing at 2, Call", "-"),
        (b"[2,]", "frame_not_json at 3, Call", "-"),
        (b"[,]", "frame_not_json at 1", "-"),
        (br#"{"a":1}"#, "frame_not_array at 0", "-"),
        (br#" "text""#, "frame_not_array at 1", "-"),
        (b"ping", "frame_not_json at 0", "-"),
        (b"\xff[2", "frame_not_utf8 at 0", "-"),
        (br#"["2","a","X",{}]"#, r#"message_type_invalid at 1 "a""#, "-"),
        (br#"[2.0,"a","X",{}]"#, r#"message_type_invalid at 1 "a""#, "-"),
        (br#"[2.7,"a","X",{}]"#, r#"message_type_invalid at 1 "a""#, "-"),
        (br#"[null,"a","X",{}]"#, r#"message_type_invalid at 1 "a""#, "-"),
        (br#"[[2],"a","X",{}]"#, r#"message_type_invalid at 1 "a""#, "-"),
        (br#"[02,"a","X",{}]"#, "frame_not_json at 1", "-"),
        (br#"[1,"a","X",{}]"#, r#"message_type_unknown at 1 "a""#, "-"),
        (br#"[7,"a",{}]"#, r#"message_type_unknown at 1 "a""#, "-"),
        (br#"[-2,"a",{}]"#, r#"message_type_unknown at 1 "a""#, "-"),
        (br#"[99999999999999999999999999,"a",{}]"#, r#"message_type_unknown at 1 "a""#, "-"),
        (br#"[2,123,"X",{}]"#, "message_id_invalid at 3, Call", "-"),
        (br#"[2,null,"X",{}]"#, "message_id_invalid at 3, Call", "-"),
        (br#"[2,{"id":"a"},"X",{}]"#, "message_id_invalid at 3, Call", "-"),
        (br#"[2,"a"#, "frame_not_json at 5, Call", "-"),
        (br#"[2,"a"]"#, r#"element_missing at 6, Call "a""#, "-"),
        (br#"[2,"a","X"]"#, r#"element_missing at 10, Call "a""#, "-"),
        (br#"[2,"a",{"x":1}]"#, r#"action_invalid at 7, Call "a""#, "-"),
        (br#"[2,"a",5,{}]"#, r#"action_invalid at 7, Call "a""#, "-"),
        (br#"[2 "a","X",{}]"#, "frame_not_json at 3, Call", "-"),
        (br#"[3,"a"]"#, r#"element_missing at 6, CallResult "a""#, "-"),
        (br#"[3,"a",{},1]"#, r#"element_surplus at 9, CallResult "a""#, r#"CallResult "a" | {},1"#),
        (br#"[4,"a",1,"",{}]"#, r#"error_code_invalid at 7, CallError "a""#, r#"CallError "a" | 1,"",{}"#),
        (
            br#"[4,"a","GenericError",null,{}]"#,
            r#"description_invalid at 22, CallError "a""#,
            r#"CallError "a" | "GenericError",null,{}"#,
        ),
        (
            br#"[4,"a","GenericError",""]"#,
            r#"element_missing at 24, CallError "a""#,
            r#"CallError "a" | "GenericError","""#,
        ),
        (
            long.as_bytes(),
            &format!(r#"message_id_too_long at {}, Call "{id}""#, 3 + 2 + 2 * 37),
            &format!(r#"Call "{id}" "X" | {{}}"#),
        ),
        (
            deep.as_bytes(),
            r#"frame_too_deep at 138 in the payload, Call "a""#,
            &format!(r#"Call "a" "X" | {}"#, "[".repeat(1_000_000)),
        ),
    ]);
}

#[test]
fn signed_actions_are_told() {
    assert_eq!(frame::split_signed("TransactionEvent-Signed"), (frame::TRANSACTION_EVENT, true));
    assert_eq!(frame::split_signed("TransactionEvent"), (frame::TRANSACTION_EVENT, false));
    assert_eq!(frame::split_signed("TransactionEvent-signed"), ("TransactionEvent-signed", false));
}

#[test]
fn an_id_may_be_as_long_as_a_uuid() {
    let id = "é".repeat(MESSAGE_ID_CHARACTERS_MAX);
    let message = format!(r#"[2,"{id}","X",{{}}]"#);
    assert_eq!(frame::read(message.as_bytes()).unwrap().message_id(), id);
}
