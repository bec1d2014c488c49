//! Reads the text of a field and writes it as JSON, as the table wants it.
//!
//! Input: text that is not empty. Output: one JSON value, or two for an id (folded, then as spelled), or what was
//! expected instead. Ids go through the functions of `wattledger-record` that the gateway and the sink fold them with.

mod calendar;
mod number;

use std::collections::BTreeSet;
use std::io::Write as _;

use uuid::Uuid;
use wattledger_record::StationKey;
use wattledger_record::ids::fold_id;

use crate::column::Kind;
use crate::problem::{nearest, shown};

/// Writes the value of a field behind `out`; nothing where it is wrong.
///
/// # Errors
/// What was expected, for people.
pub(crate) fn write(
    kind: Kind,
    text: &str,
    zones: &BTreeSet<String>,
    out: &mut Vec<u8>,
) -> Result<(), String> {
    match kind {
        Kind::Tenant => tenant(text, out),
        Kind::Station => station(text, out),
        Kind::Token(most) => {
            plain(text, most)?;
            json(&fold_id(text), out);
            out.push(b',');
            json(text, out);
            Ok(())
        }
        Kind::Text(most) => {
            plain(text, most)?;
            json(text, out);
            Ok(())
        }
        Kind::Letters(count) => letters(text, count, out),
        Kind::Choice(words) => choice(text, words, out),
        Kind::Zone => zone(text, zones, out),
        Kind::Time => calendar::time(text).map(|at| json(&at, out)),
        Kind::Whole(low, high) => number::whole(text, low, high).map(|n| number(n, out)),
        Kind::Decimal(low, high) => number::decimal(text, 0, low, high).map(|n| json(&n.to_string(), out)),
        Kind::Energy => number::energy(text, 0).map(|wh| json(&wh.to_string(), out)),
        Kind::Bool => boolean(text).map(|is| out.extend_from_slice(if is { b"true" } else { b"false" })),
        Kind::Uuid => Uuid::try_parse(text.trim())
            .map(|uuid| json(&uuid.hyphenated().to_string(), out))
            .map_err(|_no_uuid| format!("{} is no UUID", shown(text))),
        // as text: the numbers of many JSON readers end at 2⁵³
        Kind::Version => (text.trim().parse::<u128>())
            .map(|version| json(&version.to_string(), out))
            .map_err(|_no_number| format!("{} is no whole number from 0 on", shown(text))),
        Kind::Weekdays => calendar::weekdays(text).map(|days| out.extend_from_slice(days.as_bytes())),
        Kind::Minute => calendar::minute(text).map(|minute| number(minute, out)),
    }
}

/// Energy in kWh, written in Wh.
///
/// # Errors
/// What was expected, for people.
pub(crate) fn write_kwh(text: &str, out: &mut Vec<u8>) -> Result<(), String> {
    number::energy(text, 3).map(|wh| json(&wh.to_string(), out))
}

/// Whether a field says yes.
///
/// # Errors
/// What was expected, for people.
pub(crate) fn boolean(text: &str) -> Result<bool, String> {
    match text.trim().to_ascii_lowercase().as_str() {
        "true" | "yes" | "1" => Ok(true),
        "false" | "no" | "0" => Ok(false),
        _ => Err(format!("{} is neither true nor false", shown(text))),
    }
}

/// Writes a JSON string.
pub(crate) fn json(text: &str, out: &mut Vec<u8>) {
    // a Vec takes everything, and text is always JSON
    serde_json::to_writer(out, text).unwrap_or_default();
}

fn number(number: impl std::fmt::Display, out: &mut Vec<u8>) {
    // a Vec takes everything
    write!(out, "{number}").unwrap_or_default();
}

fn tenant(text: &str, out: &mut Vec<u8>) -> Result<(), String> {
    // any station does: it is the tenant that is looked at
    StationKey::new(text, "-")
        .map(|_key| json(text, out))
        .map_err(|error| format!("{}: {error}", shown(text)))
}

fn station(text: &str, out: &mut Vec<u8>) -> Result<(), String> {
    plain(text, usize::MAX)?;
    let key = StationKey::new("-", text).map_err(|error| format!("{}: {error}", shown(text)))?;
    json(key.station(), out);
    out.push(b',');
    json(text, out);
    Ok(())
}

/// Text as people mean it: white space around it or a control character inside would make it another text unseen.
fn plain(text: &str, most: usize) -> Result<(), String> {
    if text.trim() != text {
        return Err(format!("{} has white space around it", shown(text)));
    }
    if text.chars().any(char::is_control) {
        return Err(format!("{} holds a control character", shown(text)));
    }
    let length = text.chars().count();
    if length > most {
        return Err(format!("{} has {length} characters, at most {most} are allowed", shown(text)));
    }
    Ok(())
}

fn letters(text: &str, count: usize, out: &mut Vec<u8>) -> Result<(), String> {
    let text = text.trim();
    if text.len() != count || !text.bytes().all(|byte| byte.is_ascii_alphabetic()) {
        return Err(format!("{} is not {count} letters", shown(text)));
    }
    json(&text.to_ascii_uppercase(), out);
    Ok(())
}

fn choice(text: &str, words: &[&str], out: &mut Vec<u8>) -> Result<(), String> {
    let text = text.trim();
    if let Some(word) = words.iter().find(|word| word.eq_ignore_ascii_case(text)) {
        json(word, out);
        return Ok(());
    }
    let proposal = match nearest(text, words.iter().copied()) {
        Some(word) => format!("did you mean {word}?"),
        None => format!("there are {}", words.join(", ")),
    };
    Err(format!("{} is not known; {proposal}", shown(text)))
}

fn zone(text: &str, zones: &BTreeSet<String>, out: &mut Vec<u8>) -> Result<(), String> {
    let text = text.trim();
    if zones.contains(text) {
        json(text, out);
        return Ok(());
    }
    let proposal =
        nearest(text, zones.iter().map(String::as_str)).map(|zone| format!("; did you mean {zone}?"));
    Err(format!("{} is no time zone that the server knows{}", shown(text), proposal.unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(kind: Kind, text: &str) -> Result<String, String> {
        let zones = BTreeSet::from(["Europe/Amsterdam".to_owned(), "UTC".to_owned()]);
        let mut out = Vec::new();
        write(kind, text, &zones, &mut out).map(|()| String::from_utf8(out).unwrap())
    }

    #[test]
    fn ids_are_folded_and_kept_as_spelled() {
        assert_eq!(read(Kind::Station, "RDAM|Ä1").unwrap(), r#""rdam|Ä1","RDAM|Ä1""#);
        assert_eq!(read(Kind::Token(36), "04A2-B3").unwrap(), r#""04a2-b3","04A2-B3""#);
        assert_eq!(read(Kind::Tenant, "north-2").unwrap(), r#""north-2""#);
        for (kind, wrong) in [
            (Kind::Tenant, "North"),
            (Kind::Station, "a/b"),
            (Kind::Station, "a:b"),
            (Kind::Station, " a"),
            (Kind::Token(3), "abcd"),
            (Kind::Text(9), "a\nb"),
            (Kind::Text(9), "a "),
        ] {
            assert!(read(kind, wrong).is_err(), "{kind:?} {wrong:?}");
        }
    }

    #[test]
    fn vocabularies_take_any_case_and_propose() {
        let kind = Kind::Choice(&["SOCKET", "CABLE"]);
        assert_eq!(read(kind, "cable").unwrap(), r#""CABLE""#);
        assert_eq!(read(kind, "cabel").unwrap_err(), r#""cabel" is not known; did you mean CABLE?"#);
        assert_eq!(read(kind, "x").unwrap_err(), r#""x" is not known; there are SOCKET, CABLE"#);
        assert_eq!(
            read(Kind::Zone, "Europe/Amsterdm").unwrap_err(),
            r#""Europe/Amsterdm" is no time zone that the server knows; did you mean Europe/Amsterdam?"#
        );
        assert_eq!(read(Kind::Letters(2), "nl").unwrap(), r#""NL""#);
        assert!(read(Kind::Letters(2), "NLD").is_err());
    }

    #[test]
    fn text_is_json() {
        assert_eq!(read(Kind::Text(99), r#"a "b" \ ü 𝄞"#).unwrap(), r#""a \"b\" \\ ü 𝄞""#);
        assert_eq!(read(Kind::Version, "340282366920938463463374607431768211455").unwrap().len(), 41);
        assert_eq!(read(Kind::Bool, "Yes").unwrap(), "true");
        assert!(read(Kind::Bool, "maybe").is_err());
        assert!(read(Kind::Uuid, "1234").is_err());
    }
}
