//! Lines in, what they are out.

use proptest::prelude::*;

use super::*;

fn sent<'a>(line: &'a str, shape: Option<Shape>) -> Sent<'a> {
    match read(line.as_bytes(), shape) {
        Line::Sent(sent) => sent,
        Line::Other(kind, word) => panic!("{line}: {kind:?} {word}"),
    }
}

fn other(line: &str, shape: Option<Shape>) -> (Kind, String) {
    match read(line.as_bytes(), shape) {
        Line::Sent(sent) => panic!("{line}: {sent:?}"),
        Line::Other(kind, word) => (kind, word.into_owned()),
    }
}

const EVENT: &str = r#"{"eventType":"Started","seqNo":0,"customData":{"vendorId":"a \"b\" \\ [2,\"x\",{"}}"#;

#[test]
fn an_event_is_the_same_in_every_form() {
    let frame = format!("[2,\"7\",\"TransactionEvent\",{EVENT}]");
    let quoted = serde_json::to_string(&frame).unwrap();
    let twice = serde_json::to_string(&format!("time=x msg={quoted} logger=ocppj\n")).unwrap();
    let lines = [
        (EVENT.to_owned(), Form::Payload, None),
        (format!("  {EVENT}\r"), Form::Payload, None),
        (format!("{{\"station\":\"S\",\"payload\":{EVENT}}}"), Form::Envelope, Some("S")),
        (frame.clone(), Form::Frame, None),
        (format!("[2, \"7\" ,\"TransactionEvent\" , {EVENT} ] "), Form::Frame, None),
        (format!("INFO:ocpp:CP_1: receive message {frame}"), Form::Log, Some("CP_1")),
        (format!("[MO] Send: {frame}"), Form::Log, None),
        (format!("{frame} (512 bytes)"), Form::Frame, None),
        (format!("took 3 ms {frame} for 'CP_1'"), Form::Log, None),
        (
            format!("msg=\"received JSON message from A: {}\" x=1", quoted.trim_matches('"')),
            Form::Log,
            Some("A"),
        ),
        (format!("{{\"log\":{twice},\"stream\":\"stdout\"}}"), Form::Log, None),
        (format!("{{\"level\":30,\"cpId\":\"B\",\"frame\":{frame},\"v\":1}}"), Form::Log, Some("B")),
    ];
    for (line, form, station) in &lines {
        let sent = sent(line, None);
        assert_eq!(String::from_utf8_lossy(&sent.payload), EVENT, "{line}");
        assert_eq!((sent.form, sent.station.as_deref()), (*form, *station), "{line}");
    }
}

#[test]
fn other_lines_are_counted_by_kind() {
    let cases = [
        ("", Kind::Blank, ""),
        (" \t", Kind::Blank, ""),
        ("server listening", Kind::NoFrame, "server listening"),
        ("[INFO] nothing here", Kind::NoFrame, "[INFO] nothing here"),
        (r#"[2,"1","Heartbeat",{}]"#, Kind::OtherAction, "Heartbeat"),
        (r#"x: send [3,"1",{"a":[]}]"#, Kind::Answer, "CALLRESULT"),
        (r#"[4,"1","FormatViolation","",{}]"#, Kind::Answer, "CALLERROR"),
        (r#"x [2,"1","#, Kind::FrameUnreadable, r#"x [2,"1","#),
        (
            r#"{"station":"a/b","payload":{}}"#,
            Kind::EnvelopeRefused,
            "station identity holds '/', ':' or a control character",
        ),
        (r#"{"level":"info"}"#, Kind::OtherJson, r#"{"level":"info"}"#),
        ("[{}]", Kind::NoFrame, "[{}]"),
    ];
    for (line, kind, word) in cases {
        assert_eq!(other(line, None), (kind, word.to_owned()), "{line}");
    }
}

#[test]
fn a_stated_shape_is_not_questioned() {
    let frame = format!("[2,\"7\",\"TransactionEvent\",{EVENT}]");
    assert_eq!(sent("nonsense", Some(Shape::Payloads)).payload, &b"nonsense"[..]);
    assert_eq!(sent(r#"{"level":"info"}"#, Some(Shape::Payloads)).form, Form::Payload);
    assert_eq!(sent(r#"{"station":"S","payload":{}}"#, Some(Shape::Payloads)).form, Form::Envelope);
    assert_eq!(other(EVENT, Some(Shape::Frames)).0, Kind::FrameUnreadable);
    assert_eq!(other("[x]", Some(Shape::Frames)).0, Kind::FrameUnreadable);
    assert_eq!(sent(&frame, Some(Shape::Log)).form, Form::Log);
    assert_eq!(other(r#"{"eventType":"Started"}"#, Some(Shape::Log)).0, Kind::NoFrame);
}

#[test]
fn a_cut_frame_is_an_event_all_the_same() {
    assert_eq!(sent(r#"[2,"7","TransactionEvent",{"seqNo":1"#, None).payload, &br#"{"seqNo":1"#[..]);
    assert_eq!(other(r#"[2,"7","TransactionEvent"]"#, None).0, Kind::FrameUnreadable);
    assert_eq!(sent(r#"m="[2,\"7\",\"TransactionEvent\",{\"seqNo\":1"#, None).payload, &br#"{"seqNo":1"#[..]);
}

/// What lines are made of, so that random ones come close to real ones.
const PARTS: &[&str] = &[
    "[2,\"",
    "[2, \\\"",
    "[3,\"a\"",
    "TransactionEvent",
    "\",",
    "\\\",",
    "{",
    "}",
    "]",
    "\"payload\":",
    "\"station\":\"",
    ": ",
    "\\",
    "\\u12",
    "\"",
    "chargeBoxId=",
    "2026-03-01T10:00:00",
    "+01",
    "ocpp2.1",
    ": receive message ",
    " from ",
    "eventType",
    "1:",
];

proptest! {
    #[test]
    fn any_line_is_something(
        parts in proptest::collection::vec(prop_oneof![
            proptest::sample::select(PARTS).prop_map(|part| part.as_bytes().to_vec()),
            proptest::collection::vec(any::<u8>(), 0..4),
        ], 0..30),
    ) {
        let line = parts.concat();
        for shape in [None, Some(Shape::Payloads), Some(Shape::Frames), Some(Shape::Log)] {
            match read(&line, shape) {
                Line::Other(Kind::Blank, _) => prop_assert!(line.trim_ascii().is_empty()),
                Line::Sent(sent) => drop(rebound(&sent.payload).map(<[u8]>::len)),
                Line::Other(..) => {}
            }
        }
    }
}
