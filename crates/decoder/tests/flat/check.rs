//! One message read by the decoder and by the slow reference: they have to say the same.

use std::collections::{BTreeMap, BTreeSet};

use wattledger_decoder::{Code, Decoder, Outcome, Reading};
use wattledger_record::{OcppVersion, hash};
use wattledger_testkit::reference::{self, Settings};

pub(crate) fn reading(settings: Settings) -> Reading {
    Reading {
        version: if settings.v21 { OcppVersion::V21 } else { OcppVersion::V201 },
        strict: settings.strict,
        zone_minutes: i16::try_from(settings.zone_minutes).ok().filter(|minutes| *minutes != 0),
    }
}

/// What both sides say about a field; a default that only one of them fills in is left out.
fn comparable(fields: BTreeMap<String, String>) -> BTreeMap<String, String> {
    let has_token = fields.contains_key("idToken.idToken");
    fields
        .into_iter()
        .filter(|(path, value)| {
            let is_default = value == "Energy.Active.Import.Register" && path.ends_with(".measurand");
            !value.is_empty()
                && value != "an object"
                && !is_default
                && !path.ends_with('!')
                && !path.ends_with(".multiplier")
                && (has_token || !path.starts_with("idToken."))
        })
        .collect()
}

/// Compares outcome, codes, hashes and every field. The message has nothing around it and keeps the bounds of the decoder.
pub(crate) fn check(decoder: &mut Decoder, message: &[u8], settings: Settings) {
    let shown = String::from_utf8_lossy(message);
    let answer = reference::read(message, settings);
    let decoded = decoder.decode(message, reading(settings));
    assert_eq!(
        decoded.outcome() == Outcome::Quarantined,
        answer.quarantined,
        "{shown}\n{:#?}",
        decoded.violations
    );
    let Some((content, core)) = answer.hashes else {
        assert_eq!(decoded.content_hash, hash::not_json(message), "{shown}");
        return;
    };
    let listed = decoded.codes().iter().filter(|code| *code != Code::ViolationsTruncated);
    let codes: BTreeSet<_> = listed.map(Code::as_str).collect();
    assert_eq!(codes, answer.codes, "{shown}\n{:#?}", decoded.violations);
    assert_eq!((decoded.content_hash, decoded.core_hash), (content, core), "{shown}");
    let id = answer.fields.get("transactionInfo.transactionId").map(String::as_str);
    assert_eq!(decoded.transaction_id, id, "{shown}");
    assert_eq!(decoded.seq_no.map(|n| n.to_string()), answer.fields.get("seqNo").cloned(), "{shown}");
    assert_eq!(decoded.event.is_some(), !answer.quarantined, "{shown}");
    if let Some(event) = &decoded.event {
        similar(&comparable(super::event(event)), &comparable(answer.fields), &shown);
    }
}

fn similar(found: &BTreeMap<String, String>, expected: &BTreeMap<String, String>, shown: &str) {
    let difference: Vec<_> = found
        .iter()
        .filter(|(path, value)| expected.get(*path) != Some(*value))
        .map(|field| ("decoder", field))
        .chain(
            expected
                .iter()
                .filter(|(path, value)| found.get(*path) != Some(*value))
                .map(|f| ("reference", f)),
        )
        .collect();
    assert!(difference.is_empty(), "{shown}\n{difference:#?}");
}
