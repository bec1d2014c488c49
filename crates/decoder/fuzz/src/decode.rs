//! Any bytes: read without a panic, the same each time, JSON where serde_json says so, within every bound.

use wattledger_decoder::limits::{TEXT_BYTES_MAX, VIOLATIONS_MAX};
use wattledger_decoder::{Code, Decoded, Decoder, Limits, Outcome};
use wattledger_record::hash;
use wattledger_testkit::json::Json;

use crate::flat::check::reading;
use crate::{SETTINGS, render, with_decoder};

/// The codes of a message that could not be read as JSON, or may not be.
const UNREAD: [Code; 6] = [
    Code::InvalidUtf8,
    Code::LoneSurrogate,
    Code::NotJson,
    Code::NumberNotFinite,
    Code::TooDeep,
    Code::TooLarge,
];

pub fn check(message: &[u8]) {
    let json = Json::parse(stripped(message)).ok();
    let mut hashes = None;
    for settings in SETTINGS {
        let mut cold = Decoder::default();
        let decoded = cold.decode(message, reading(settings));
        whole(&decoded, message);
        is_json(&decoded, message, json.as_ref());
        assert_eq!(
            *hashes.get_or_insert(decoded.content_hash),
            decoded.content_hash,
            "read otherwise, another content"
        );
        let expect = render::decoded(&decoded);
        for _ in 0..2 {
            let found = with_decoder(|warm| render::decoded(&warm.decode(message, reading(settings))));
            assert_eq!(found, expect, "a warm decoder reads otherwise");
        }
    }
}

/// What stands around a message is taken off, as the decoder says it does.
fn stripped(message: &[u8]) -> &[u8] {
    let blank = |byte: &u8| b" \t\n\r".contains(byte);
    let body = message.strip_prefix(b"\xef\xbb\xbf").unwrap_or(message);
    let end = body.iter().rposition(|byte| !blank(byte) && *byte != 0).map_or(0, |last| last + 1);
    let start = body[..end].iter().position(|byte| !blank(byte)).unwrap_or(end);
    &body[start..end]
}

/// The parts of a reading agree with each other and keep their bounds.
fn whole(decoded: &Decoded<'_>, message: &[u8]) {
    let (codes, reasons) = (decoded.codes(), decoded.reasons());
    assert!(reasons.iter().all(|code| codes.contains(code)));
    assert_eq!(decoded.event.is_none(), decoded.outcome() == Outcome::Quarantined);
    assert_eq!(codes.is_empty(), decoded.outcome() == Outcome::Clean);
    assert_eq!(codes.is_empty(), decoded.violations.is_empty());
    assert!(decoded.violations.len() <= VIOLATIONS_MAX + 1);
    for violation in decoded.violations {
        assert!(codes.contains(violation.code));
        assert!(violation.path.len() <= TEXT_BYTES_MAX && violation.detail.len() <= TEXT_BYTES_MAX);
    }
    if let Some(event) = &decoded.event {
        assert_eq!(decoded.transaction_id, Some(event.transaction_info.transaction_id));
        assert_eq!(decoded.seq_no, Some(event.seq_no));
        assert!(
            event.samples.len() <= Limits::DEFAULT.samples && event.extras.len() <= Limits::DEFAULT.elements
        );
        let of_elements: usize = event.meter_values.iter().map(|element| element.samples.len()).sum();
        assert_eq!(event.samples.len(), of_elements);
        event.extras.iter().for_each(|extra| within("an extra", extra.raw, message));
        event.custom_data.into_iter().for_each(|raw| within("customData", raw, message));
        if !message.contains(&b'\\') {
            event.samples.iter().for_each(|sample| within("a value", sample.value_text, message));
            event.timestamp.text.into_iter().for_each(|text| within("the time", text, message));
            within("the id", event.transaction_info.transaction_id, message);
        }
    }
}

/// A text is a piece of the message itself.
fn within(what: &str, text: &str, message: &[u8]) {
    let (text, message) = (text.as_bytes().as_ptr_range(), message.as_ptr_range());
    let is_piece = message.start <= text.start && text.end <= message.end;
    assert!(text.is_empty() || is_piece, "{what} lies elsewhere");
}

fn is_json(decoded: &Decoded<'_>, message: &[u8], json: Option<&Json>) {
    let is_read = !UNREAD.iter().any(|code| decoded.codes().contains(*code));
    let is_expected = json.is_some_and(|json| json.depth() <= Limits::DEFAULT.depth);
    assert_eq!(is_read, is_expected, "{:?}", decoded.violations);
    assert_eq!(is_read, decoded.content_hash != hash::not_json(message));
    if let Some(json) = json.filter(|_| is_read) {
        let is_object = matches!(json, Json::Object(_));
        assert_eq!(decoded.codes().contains(Code::NotObject), !is_object);
        assert!(is_object || decoded.content_hash == json.hash());
    }
}
