//! Heads of frames that are broken behind them.

use super::table::check;

/// The event has an envelope whatever follows its head (and no byte that follows it is dropped).
#[test]
fn heads_of_frames_with_a_broken_payload() {
    check(&[
        (
            br#"[2,"a","TransactionEvent",{"x":1,}]"#,
            r#"frame_not_json at 33 in the payload, Call "a""#,
            r#"Call "a" "TransactionEvent" | {"x":1,}"#,
        ),
        (
            br#"[2,"a","TransactionEvent",{"x":NaN}]"#,
            r#"frame_not_json at 31 in the payload, Call "a""#,
            r#"Call "a" "TransactionEvent" | {"x":NaN}"#,
        ),
        (
            br#"[2,"a","TransactionEvent",{"x":1e400}]"#,
            r#"frame_not_json at 31 in the payload, Call "a""#,
            r#"Call "a" "TransactionEvent" | {"x":1e400}"#,
        ),
        (
            b"[2,\"a\",\"TransactionEvent\",{\"x\":\"\xff\"}]",
            r#"frame_not_utf8 at 32 in the payload, Call "a""#,
            "Call \"a\" \"TransactionEvent\" | {\"x\":\"\u{fffd}\"}",
        ),
        (
            br#"[2,"a","TransactionEvent",]"#,
            r#"frame_not_json at 26 in the payload, Call "a""#,
            r#"Call "a" "TransactionEvent" | "#,
        ),
        (
            br#"[2,"a","TransactionEvent",{"x":"open}]"#,
            r#"frame_not_json at 38 in the payload, Call "a""#,
            r#"Call "a" "TransactionEvent" | {"x":"open}]"#,
        ),
        (
            br#"[2,"a","TransactionEvent",{"x":"\ud83d"}]"#,
            r#"frame_not_json at 32 in the payload, Call "a""#,
            r#"Call "a" "TransactionEvent" | {"x":"\ud83d"}"#,
        ),
    ]);
}

/// Cut, without the bracket that closes the frame, or with something behind it: no byte is dropped on a guess.
#[test]
fn heads_of_frames_with_another_end() {
    check(&[
        (
            br#"[2,"a","TransactionEvent",{"x":[1,2],"y":"#,
            r#"frame_not_json at 41 in the payload, Call "a""#,
            r#"Call "a" "TransactionEvent" | {"x":[1,2],"y":"#,
        ),
        (
            br#"[2,"a","TransactionEvent",{"x":[1,2]"#,
            r#"frame_not_json at 36 in the payload, Call "a""#,
            r#"Call "a" "TransactionEvent" | {"x":[1,2]"#,
        ),
        (
            br#"[2,"a","TransactionEvent",{"x":1}"#,
            r#"frame_not_json at 33, Call "a""#,
            r#"Call "a" "TransactionEvent" | {"x":1}"#,
        ),
        (
            b"[2,\"a\",\"TransactionEvent\",{\"x\":1}]\0\0 \0",
            r#"frame_not_json at 34, Call "a""#,
            r#"Call "a" "TransactionEvent" | {"x":1}"#,
        ),
        (
            b"\xef\xbb\xbf[2,\"a\",\"TransactionEvent\",{\"x\":1}]",
            r#"frame_not_json at 0, Call "a""#,
            r#"Call "a" "TransactionEvent" | {"x":1}"#,
        ),
        (
            br#"[2,"a","TransactionEvent","#,
            r#"frame_not_json at 26 in the payload, Call "a""#,
            r#"Call "a" "TransactionEvent" | "#,
        ),
        (
            br#"[2,"a","TransactionEvent",{"x":1}}]"#,
            r#"frame_not_json at 33, Call "a""#,
            r#"Call "a" "TransactionEvent" | {"x":1}}]"#,
        ),
        (
            br#"[2,"a","TransactionEvent",{"x":1}]{"y":2}]"#,
            r#"frame_not_json at 34, Call "a""#,
            r#"Call "a" "TransactionEvent" | {"x":1}]{"y":2}]"#,
        ),
        (
            br#"[2,"a","TransactionEvent",{"x":1}][2,"b","TransactionEvent",{"x":2}]"#,
            r#"frame_not_json at 34, Call "a""#,
            r#"Call "a" "TransactionEvent" | {"x":1}][2,"b","TransactionEvent",{"x":2}]"#,
        ),
        (
            br#"[2,"a","TransactionEvent",{"x":1},{"y":2}]"#,
            r#"element_surplus at 33, Call "a""#,
            r#"Call "a" "TransactionEvent" | {"x":1},{"y":2}"#,
        ),
    ]);
}
