//! Laws of the readers and writers, on generated frames.

use proptest::prelude::{
    Just, ProptestConfig, Strategy, any, prop_assert, prop_assert_eq, prop_oneof, proptest,
};
use proptest::sample::Index;
use serde_json::Value;
use serde_json::value::RawValue;
use wattledger_decoder::frame::{self, DESCRIPTION_CHARACTERS_MAX, Frame, MESSAGE_ID_CHARACTERS_MAX};

use super::table::lossy;

fn json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            proptest::collection::hash_map(any::<String>(), inner, 0..4)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

fn text(characters: usize) -> impl Strategy<Value = String> {
    proptest::collection::vec(any::<char>(), 0..=characters).prop_map(String::from_iter)
}

/// What the exact reader should say, by serde_json: the raw elements, if they are those of a frame.
fn by_serde_json(message: &[u8]) -> Option<Vec<String>> {
    // raw values are not looked into; whole ones are
    serde_json::from_slice::<Value>(message).ok()?;
    let elements: Vec<&RawValue> = serde_json::from_slice(message).ok()?;
    let texts = match elements.first()?.get() {
        "2" | "6" => 2,
        "3" => 1,
        "4" | "5" => 3,
        _ => return None,
    };
    let mut frame = Vec::new();
    for raw in elements.get(1..=texts)? {
        frame.push(serde_json::from_str::<String>(raw.get()).ok()?);
    }
    let payload = elements.get(texts + 1).filter(|_| elements.len() == texts + 2)?;
    frame.push(payload.get().to_owned());
    (frame.first()?.chars().count() <= MESSAGE_ID_CHARACTERS_MAX).then_some(frame)
}

fn elements(frame: &Frame<'_>) -> Vec<String> {
    match frame {
        Frame::Call { message_id, action, payload } | Frame::Send { message_id, action, payload } => {
            vec![message_id.to_string(), action.to_string(), lossy(payload)]
        }
        Frame::CallResult { message_id, payload } => vec![message_id.to_string(), lossy(payload)],
        Frame::CallError { message_id, code, description, details }
        | Frame::CallResultError { message_id, code, description, details } => {
            vec![message_id.to_string(), code.to_string(), description.to_string(), lossy(details)]
        }
    }
}

/// Both readers on any bytes: the exact one as serde_json, the tolerant one as the exact one where that succeeds.
fn agree(message: &[u8]) {
    let read = frame::read(message);
    assert_eq!(read.as_ref().ok().map(elements), by_serde_json(message), "{}", lossy(message));
    let head = frame::head(message);
    let Ok(read) = read else { return };
    let head = head.unwrap();
    assert_eq!(head.message_type, read.message_type());
    assert_eq!(head.message_id, read.message_id());
    match read {
        Frame::Call { action, payload, .. } | Frame::Send { action, payload, .. } => {
            assert_eq!((head.action, head.payload), (Some(action), payload));
        }
        Frame::CallResult { payload, .. } => {
            assert_eq!((head.action, head.payload), (None, payload));
        }
        Frame::CallError { details, .. } | Frame::CallResultError { details, .. } => {
            assert_eq!(head.action, None);
            assert!(head.payload.ends_with(details));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, ..ProptestConfig::default() })]

    #[test]
    fn what_is_written_is_read(
        kind in 0..5usize,
        id in text(MESSAGE_ID_CHARACTERS_MAX),
        word in text(20),
        description in text(DESCRIPTION_CHARACTERS_MAX),
        payload in json(),
    ) {
        let payload = payload.to_string();
        let (message_id, word, raw) = (id.as_str().into(), word.as_str(), payload.as_bytes());
        let frame = match kind {
            0 => Frame::Call { message_id, action: word.into(), payload: raw },
            1 => Frame::CallResult { message_id, payload: raw },
            2 => Frame::CallError {
                message_id,
                code: word.into(),
                description: description.into(),
                details: raw,
            },
            3 => Frame::CallResultError {
                message_id,
                code: word.into(),
                description: description.into(),
                details: raw,
            },
            _ => Frame::Send { message_id, action: word.into(), payload: raw },
        };
        let mut out = Vec::new();
        frame.write(&mut out);
        prop_assert_eq!(frame::read(&out), Ok(frame.clone()));
        agree(&out);
    }

    /// Frames with a byte changed, left out or doubled, or cut.
    #[test]
    fn readers_agree_on_damaged_frames(
        kind in 0..8u8,
        id in text(38),
        action in text(8),
        payload in json(),
        place in any::<Index>(),
        how in 0..5,
        with in proptest::sample::select(b"[]{},:\"\\0 \n\0\xff".to_vec()),
    ) {
        let quoted = |text: &str| Value::from(text).to_string();
        let message = format!("[{kind},{},{} , {payload}]", quoted(&id), quoted(&action));
        let mut message = message.into_bytes();
        let at = place.index(message.len());
        match how {
            0 => message[at] = with,
            1 => message.truncate(at),
            2 => message.insert(at, with),
            3 => drop(message.remove(at)),
            _ => message.push(with),
        }
        agree(&message);
    }

    /// An envelope is had from the head alone, and no byte behind it is lost but the closing bracket.
    #[test]
    fn a_head_has_an_envelope_whatever_follows(
        id in text(40),
        rest in proptest::collection::vec(any::<u8>(), 0..60),
    ) {
        let quoted = Value::from(id.as_str()).to_string();
        let head = format!("[2,{quoted},\"TransactionEvent\",");
        let message = [head.as_bytes(), &rest].concat();
        let found = frame::head(&message).unwrap();
        prop_assert_eq!(found.message_id, id);
        prop_assert_eq!(found.action.as_deref(), Some("TransactionEvent"));
        let blank = |byte: &u8| b" \t\n\r".contains(byte);
        let start = rest.iter().position(|byte| !blank(byte)).unwrap_or(rest.len());
        prop_assert!(rest[start..].starts_with(found.payload));
        let dropped = &rest[start + found.payload.len()..];
        prop_assert!(dropped.iter().all(|byte| blank(byte) || b"]\0".contains(byte)));
        prop_assert!(dropped.iter().filter(|byte| **byte == b']').count() <= 1);
    }
}
