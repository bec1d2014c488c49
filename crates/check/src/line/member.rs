//! By which of its members a JSON object is an event, an envelope, or neither.
//!
//! The first member decides nearly always, so a file of payloads is not read twice. No JSON is checked here: the decoder
//! does that, and says what is wrong.

use memchr::memmem;

/// What the members of an object tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Told {
    Event,
    Envelope,
    Unknown,
}

/// Members that a TransactionEvent alone begins with; a log line may well begin with `timestamp`.
const EVENT: &[&[u8]] = &[
    b"eventType",
    b"triggerReason",
    b"seqNo",
    b"transactionInfo",
    b"meterValue",
    b"idToken",
    b"evse",
    b"offline",
    b"numberOfPhasesUsed",
    b"cableMaxCurrent",
    b"reservationId",
    b"preconditioningStatus",
    b"evseSleep",
    b"costDetails",
    b"customData",
];
/// Members of an envelope.
const ENVELOPE: &[&[u8]] =
    &[b"payload", b"payloadBase64", b"station", b"messageId", b"receivedAt", b"ocppVersion"];
/// An envelope has one of them.
const PAYLOAD: &[&[u8]] = &[b"payload", b"payloadBase64"];

/// Judges an object that begins with `{`.
pub(super) fn told_by(object: &[u8]) -> Told {
    let first = first_name(object);
    if EVENT.contains(&first) {
        return Told::Event;
    }
    // `station` and `messageId` are members of log lines too
    if ENVELOPE.contains(&first) && names(object, PAYLOAD) {
        return Told::Envelope;
    }
    if names(object, EVENT.get(..4).unwrap_or_default()) && !names(object, PAYLOAD) && !has_call(object) {
        return Told::Event;
    }
    if names(object, PAYLOAD) && names(object, &[b"station"]) { Told::Envelope } else { Told::Unknown }
}

/// The text of the first member's name, as it is spelled.
fn first_name(object: &[u8]) -> &[u8] {
    let inside = object.get(1..).unwrap_or_default().trim_ascii_start();
    let Some(text) = inside.strip_prefix(b"\"") else { return &[] };
    let end = memchr::memchr(b'"', text).unwrap_or(0);
    text.get(..end).unwrap_or_default()
}

/// Whether one of the names stands anywhere as a member's.
fn names(object: &[u8], wanted: &[&[u8]]) -> bool {
    wanted.iter().any(|name| {
        memmem::find_iter(object, *name).any(|at| {
            let before = at.checked_sub(1).and_then(|i| object.get(i));
            let after = object.get(at + name.len()..).unwrap_or_default();
            let colon = after.strip_prefix(b"\"").map(<[u8]>::trim_ascii_start);
            before == Some(&b'"') && colon.is_some_and(|rest| rest.first() == Some(&b':'))
        })
    })
}

/// Whether a call of an event stands in it as an array.
fn has_call(object: &[u8]) -> bool {
    memmem::find(object, b"\"TransactionEvent\"").is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_tell() {
        let cases: [(&str, Told); 10] = [
            (r#"{"eventType":"Started"}"#, Told::Event),
            (r#"{ "seqNo" : 1"#, Told::Event),
            (r#"{"timestamp":"2026-01-01T00:00:00Z","transactionInfo":{}}"#, Told::Event),
            (r#"{"customData":{"vendorId":"x"},"trigg"#, Told::Event),
            (r#"{"station":"a","payload":{"eventType":"Started"}}"#, Told::Envelope),
            (r#"{"more":1,"payloadBase64":"e30=","station":"a"}"#, Told::Envelope),
            (r#"{"station":"a","msg":"[2,\"i\",\"TransactionEvent\",{\"eventType\":1}]"}"#, Told::Unknown),
            (r#"{"timestamp":"t","data":[2,"i","TransactionEvent",{"eventType":"Started"}]}"#, Told::Unknown),
            (r#"{"level":"info"}"#, Told::Unknown),
            ("{", Told::Unknown),
        ];
        for (object, told) in cases {
            assert_eq!(told_by(object.as_bytes()), told, "{object}");
        }
    }
}
