//! Payloads that are no event: kept byte for byte with a reason, part of no transaction.
//!
//! Only such as have a single plain reason. Their transactionIds, where there are any, belong to no charge.

use rand::RngExt as _;
use rand::rngs::StdRng;

use crate::draft::{Body, Content, Draft};
use crate::truth::Fate;

/// Reason for bytes that are no JSON.
pub(crate) const NOT_JSON: &str = "not_json";

/// Reason for bytes that are no text.
const INVALID_UTF8: &str = "invalid_utf8";

/// Adds one to the transaction, at any place.
pub(crate) fn add(draft: &mut Draft, rng: &mut StdRng) {
    let number: u32 = rng.random();
    let (text, reason) = payload(rng.random_range(0..9), number);
    let json = !matches!(reason, NOT_JSON | "number_not_finite" | INVALID_UTF8);
    let mut bytes = text.into_bytes();
    if reason == INVALID_UTF8 {
        // begins no character, inside the transactionId
        bytes.insert(bytes.len().saturating_sub(4), 0xFF);
    }
    draft.contents.push(Content {
        body: Body::Bytes { bytes, json },
        seq_no: None,
        fate: Fate::Quarantined(reason.to_owned()),
        after: None,
        held: 0,
    });
}

fn payload(kind: u32, number: u32) -> (String, &'static str) {
    let event = |members: &str| {
        format!(
            "{{\"eventType\":\"Updated\",\"timestamp\":\"2026-01-01T00:00:00.000Z\",\"triggerReason\":\"Trigger\",{members}}}"
        )
    };
    let info = |id: &str| format!("\"transactionInfo\":{{\"transactionId\":\"{id}\"}}");
    let id = info(&format!("lost-{number:08x}"));
    let seq_no = number % 1_000_000;
    match kind {
        0 => (format!("<html>502 Bad Gateway {number:08x}</html>"), NOT_JSON),
        1 => (event(&id), "seq_no_missing"),
        2 => (event(&format!("\"seqNo\":{number},\"transactionInfo\":{{}}")), "transaction_id_missing"),
        3 => (event(&format!("\"seqNo\":{seq_no},{}", info("-1"))), "sentinel_tx"),
        4 => (event(&format!("\"seqNo\":{seq_no},{}", info("9223372036854775807"))), "sentinel_tx"),
        5 => (event(&format!("\"seqNo\":1,{id},\"seqNo\":2")), "duplicate_member"),
        6 => (event(&format!("\"seqNo\":NaN,{id}")), "number_not_finite"),
        7 => (
            event(&format!("\"seqNo\":3,{id}")).replacen("\"eventType\":\"Updated\",", "", 1),
            "event_type_missing",
        ),
        _ => (event(&format!("\"seqNo\":4,{id}")), INVALID_UTF8),
    }
}
