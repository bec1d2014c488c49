//! What is answered, and how frames are written.

use wattledger_decoder::OcppError;
use wattledger_decoder::frame::{self, DESCRIPTION_CHARACTERS_MAX, Frame, MessageType, UNREADABLE_ID};
use wattledger_record::OcppVersion;

/// What is to be answered on a connection of 2.0.1, and on one of 2.1.
#[test]
fn answers() {
    let answer = |message: &str, version| match frame::read_on(message.as_bytes(), version) {
        Ok(_) => "a frame".to_owned(),
        Err(fault) => fault.answer(version).map_or_else(
            || "nothing".to_owned(),
            |answer| {
                format!("{} {} {}", answer.message_type.number(), answer.message_id, answer.code.as_str())
            },
        ),
    };
    for (message, v201, v21) in [
        (r#"[2,"a","X",{}]"#, "a frame", "a frame"),
        ("junk", "4 -1 RpcFrameworkError", "4 -1 RpcFrameworkError"),
        (r#"{"a":1}"#, "4 -1 RpcFrameworkError", "4 -1 RpcFrameworkError"),
        (r#"[2,7,"X",{}]"#, "4 -1 RpcFrameworkError", "4 -1 RpcFrameworkError"),
        (r#"[2,"a","X"]"#, "4 a RpcFrameworkError", "4 a RpcFrameworkError"),
        (r#"["2","a","X",{}]"#, "4 a RpcFrameworkError", "4 a RpcFrameworkError"),
        (r#"[2,"a","X",{"b":}]"#, "4 a FormatViolation", "4 a FormatViolation"),
        (r#"[3,"a",{"b":}]"#, "nothing", "5 a FormatViolation"),
        (r#"[3,"a"]"#, "nothing", "5 a RpcFrameworkError"),
        (r#"[4,"a","GenericError",""]"#, "nothing", "nothing"),
        (r#"[5,"a","GenericError","",{}]"#, "4 a MessageTypeNotSupported", "a frame"),
        (r#"[5,"a"]"#, "4 a MessageTypeNotSupported", "nothing"),
        (r#"[6,"a","X",{}]"#, "4 a MessageTypeNotSupported", "a frame"),
        (r#"[6,"a","X",{"b":}]"#, "4 a MessageTypeNotSupported", "nothing"),
        (r#"[7,"a","X",{}]"#, "4 a MessageTypeNotSupported", "nothing"),
    ] {
        assert_eq!(answer(message, OcppVersion::V201), v201, "{message} on 2.0.1");
        assert_eq!(answer(message, OcppVersion::V21), v21, "{message} on 2.1");
    }
}

#[test]
fn frames_are_written_as_the_specification_has_them() {
    let written = |write: &dyn Fn(&mut Vec<u8>)| {
        let mut out = Vec::new();
        write(&mut out);
        String::from_utf8(out).unwrap()
    };
    assert_eq!(
        written(&|out| frame::write_call(out, "a\"b", "GetTransactionStatus", b"{}")),
        r#"[2,"a\"b","GetTransactionStatus",{}]"#
    );
    assert_eq!(
        written(&|out| frame::write_call_result(out, "a", br#"{"totalCost":0}"#)),
        r#"[3,"a",{"totalCost":0}]"#
    );
    assert_eq!(
        written(&|out| frame::write_call_error(
            out,
            UNREADABLE_ID,
            OcppError::RpcFrameworkError,
            "a\\b\u{1}\u{1f}\n\u{7f}",
            b""
        )),
        "[4,\"-1\",\"RpcFrameworkError\",\"a\\\\b\\u0001\\u001f\\n\u{7f}\",{}]"
    );
    assert_eq!(
        written(&|out| frame::write_call_result_error(
            out,
            "a",
            OcppError::FormatViolation,
            "",
            br#"{"at":5}"#
        )),
        r#"[5,"a","FormatViolation","",{"at":5}]"#
    );
    assert_eq!(written(&|out| frame::write_send(out, "a", "X", b"{}")), r#"[6,"a","X",{}]"#);
}

#[test]
fn a_description_is_cut_at_its_bound() {
    let mut out = Vec::new();
    frame::write_call_error(&mut out, "a", OcppError::InternalError, &"ö".repeat(300), b"");
    let Ok(Frame::CallError { description, .. }) = frame::read(&out) else {
        panic!("no CALLERROR");
    };
    assert_eq!(description, "ö".repeat(DESCRIPTION_CHARACTERS_MAX));
}

#[test]
fn error_codes_are_read_back_and_those_of_1_6_are_known() {
    for code in OcppError::ALL {
        assert_eq!(OcppError::parse(code.as_str()), Some(*code));
    }
    assert!(OcppError::ALL.is_sorted_by(|a, b| a.as_str() < b.as_str()));
    assert_eq!(OcppError::parse("FormationViolation"), Some(OcppError::FormatViolation));
    let with_one_r = OcppError::parse("OccurenceConstraintViolation");
    assert_eq!(with_one_r, Some(OcppError::OccurrenceConstraintViolation));
    assert_eq!(OcppError::parse("formatviolation"), None);
}

#[test]
fn numbers_of_types_are_read_back() {
    for kind in MessageType::ALL {
        assert_eq!(MessageType::of(kind.number().into()), Some(*kind));
    }
    assert_eq!(MessageType::of(1), None);
}
