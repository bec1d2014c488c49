//! What a log line says around its frame: the station, when it was received, the version of the connection.
//!
//! Sources of the forms: log lines of mobilityhouse/ocpp (`INFO:ocpp:CP_1: receive message […]`, also as Home Assistant
//! writes them), ocpp-go and evcc (`received JSON message from CP_1: […]`), SteVe (`[chargeBoxId=CP_1, sessionId=…]
//! Received: […]`), CitrineOS (`"identifier":"1:CP_1"`, or `1:CP_1` as a member of its own), EVerest (`<time>:
//! ChargePoint>CentralSystem […]`), MicroOcpp (`[MO] Send: […]`). The last two are logs of a station, which does not name
//! itself.

use std::borrow::Cow;

use chrono::DateTime;
use memchr::memmem;
use wattledger_record::{Micros, OcppVersion, StationKey};

use crate::limits::PREFIX_BYTES_MAX;

/// What stands around a frame.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Around<'a> {
    pub(super) station: Option<Cow<'a, str>>,
    pub(super) version: Option<OcppVersion>,
    pub(super) received_at: Option<Micros>,
}

/// Names under which log writers put a station; compared without case.
const NAMES: &[&str] = &[
    "chargeboxid",
    "charge_box_id",
    "chargepointid",
    "charge_point_id",
    "chargepoint",
    "chargingstationid",
    "chargingstation",
    "stationid",
    "station_id",
    "station",
    "chargerid",
    "charger_id",
    "charger",
    "cpid",
    "cp_id",
    "identity",
    "identifier",
    "clientid",
    "client_id",
];

/// Reads the text before and after a frame.
pub(super) fn around<'a>(before: &'a [u8], after: &'a [u8]) -> Around<'a> {
    let before = before.get(before.len().saturating_sub(PREFIX_BYTES_MAX)..).unwrap_or_default();
    let after = after.get(..PREFIX_BYTES_MAX).unwrap_or(after);
    Around {
        station: named(before)
            .or_else(|| spoken(before))
            .or_else(|| named(after))
            .or_else(|| citrine(before))
            .map(Cow::Borrowed),
        version: version(before).or_else(|| version(after)),
        received_at: time(before).or_else(|| time(after)),
    }
}

/// A station as the value of a name: `chargeBoxId=CP_1`, `"stationId":"CP_1"`, `\"cpId\": \"CP_1\"`.
fn named(text: &[u8]) -> Option<&str> {
    // a name needs one of them
    memchr::memchr2(b'=', b':', text)?;
    let folded = text.to_ascii_lowercase();
    NAMES.iter().find_map(|name| {
        memmem::find_iter(&folded, name.as_bytes()).find_map(|at| {
            let whole = at.checked_sub(1).and_then(|i| folded.get(i)).is_none_or(|b| !is_word(*b));
            let rest = unquote(text.get(at + name.len()..)?);
            let value = rest.strip_prefix(b"=").or_else(|| rest.strip_prefix(b":"))?;
            let value = unquote(value.trim_ascii_start());
            let end = value.iter().position(|b| b" \t,;\"'\\])}".contains(b)).unwrap_or(value.len());
            station(value.get(..end)?).filter(|_| whole)
        })
    })
}

/// A station that a sentence names just before the frame: `CP_1: receive message `, `… message from CP_1: `.
fn spoken(text: &[u8]) -> Option<&str> {
    const SAID: [&[u8]; 4] = [b": receive message", b": received message", b": send message", b": send"];
    let text = text.trim_ascii_end();
    if let Some(before) = SAID.iter().find_map(|said| text.strip_suffix(*said)) {
        return station(last_word(before));
    }
    let before = text.strip_suffix(b":")?;
    let word = last_word(before);
    let said = before.strip_suffix(word)?.trim_ascii_end();
    let follows = [&b" from"[..], b" to"].iter().any(|said_by| said.ends_with(said_by));
    if follows { station(word) } else { None }
}

/// The identifier of CitrineOS, tenant before the colon, as a member that has no name: `"1":"1:CP_1"`.
fn citrine(text: &[u8]) -> Option<&str> {
    memchr::memchr_iter(b':', text).find_map(|colon| {
        let before = text.get(..colon)?;
        let digits = before.iter().rev().take_while(|b| b.is_ascii_digit()).count();
        let quoted = before.get(..before.len() - digits)?.ends_with(b"\"");
        let value = text.get(colon + 1..)?;
        let end = memchr::memchr2(b'"', b'\\', value)?;
        station(value.get(..end)?).filter(|_| quoted && (1..=9).contains(&digits))
    })
}

fn last_word(text: &[u8]) -> &[u8] {
    let start = text.iter().rposition(|b| b" \t\"'[(".contains(b)).map_or(0, |at| at + 1);
    text.get(start..).unwrap_or_default()
}

/// A name that can be a station's, behind the last colon: `ocpp:CP_1`, `1:CP_1`.
fn station(name: &[u8]) -> Option<&str> {
    let name = std::str::from_utf8(name).ok()?;
    let name = name.rsplit(':').next()?;
    StationKey::new("any", name).ok().map(|_| name)
}

fn is_word(b: u8) -> bool {
    b.is_ascii_alphanumeric() || b == b'_'
}

fn unquote(text: &[u8]) -> &[u8] {
    let quotes = text.iter().take_while(|b| matches!(b, b'\\' | b'"' | b'\'')).count();
    text.get(quotes..).unwrap_or_default()
}

/// The subprotocol, if it is named: `ocpp2.0.1`, `ocpp2.1`.
fn version(text: &[u8]) -> Option<OcppVersion> {
    named_versions(text).next()
}

/// The versions whose subprotocols are named, each once.
pub(crate) fn versions(text: &[u8]) -> Vec<OcppVersion> {
    let named = [OcppVersion::V201, OcppVersion::V21];
    named.into_iter().filter(|version| named_versions(text).any(|one| one == *version)).collect()
}

fn named_versions(text: &[u8]) -> impl Iterator<Item = OcppVersion> {
    memmem::find_iter(text, b"ocpp2.").filter_map(|at| {
        let name = text.get(at..)?;
        let end = name.iter().position(|b| !(b.is_ascii_alphanumeric() || *b == b'.')).unwrap_or(name.len());
        OcppVersion::parse(std::str::from_utf8(name.get(..end)?).ok()?.trim_end_matches('.'))
    })
}

/// The first time with a zone. A time without one is the clock on some wall: it tells order, which lines tell as well.
fn time(text: &[u8]) -> Option<Micros> {
    memchr::memchr_iter(b'-', text).find_map(|dash| {
        let stamp = text.get(dash.checked_sub(4)?..)?;
        let spelled = |mask: &[u8]| {
            mask.iter().zip(stamp).all(|(m, b)| match m {
                b'0' => b.is_ascii_digit(),
                b'T' => matches!(b, b'T' | b't' | b' ' | b'_'),
                other => other == b,
            }) && stamp.len() > mask.len()
        };
        if !spelled(b"0000-00-00T00:00:00") {
            return None;
        }
        let (date, clock) = stamp.split_at_checked(10)?;
        let (clock, rest) = clock.get(1..)?.split_at_checked(8)?;
        let digits = match rest.first() {
            Some(b'.' | b',') => rest.iter().skip(1).take_while(|b| b.is_ascii_digit()).count(),
            _ => 0,
        };
        let fraction = rest.get(1..=digits).unwrap_or_default();
        let zone = zone(rest.get(if digits == 0 { 0 } else { digits + 1 }..)?.trim_ascii_start())?;
        let [date, clock, fraction] = [date, clock, fraction].map(|part| std::str::from_utf8(part).ok());
        let fraction = fraction.filter(|f| !f.is_empty()).unwrap_or("0");
        let text = format!("{}T{}.{fraction}{zone}", date?, clock?);
        DateTime::parse_from_rfc3339(&text).ok().map(|at| Micros(at.timestamp_micros()))
    })
}

/// `Z`, `UTC`, `+01:00`, `+0100` as RFC 3339 writes it.
fn zone(text: &[u8]) -> Option<String> {
    if text.starts_with(b"Z") || text.starts_with(b"UTC") {
        return Some("Z".to_owned());
    }
    let sign = text.first().filter(|b| matches!(b, b'+' | b'-'))?;
    let digits: Vec<u8> = text.iter().skip(1).take(5).copied().filter(|b| *b != b':').take(4).collect();
    let digits = std::str::from_utf8(&digits).ok().filter(|d| d.bytes().all(|b| b.is_ascii_digit()))?;
    let (hours, minutes) = digits.split_at_checked(2).filter(|(_, minutes)| minutes.len() == 2)?;
    Some(format!("{}{hours}:{minutes}", char::from(*sign)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(before: &str, after: &str) -> (Option<String>, Option<i64>) {
        let around = around(before.as_bytes(), after.as_bytes());
        (around.station.map(Cow::into_owned), around.received_at.map(|at| at.0))
    }

    #[test]
    fn stations_are_found_where_log_writers_put_them() {
        let cases = [
            ("INFO:ocpp:CP_1: receive message ", Some("CP_1")),
            ("2021-06-21 18:15:02 INFO (MainThread) [ocpp] CH1: receive message ", Some("CH1")),
            (
                "[INFO ] 2024-02-26 09:10:45,446 WebSocketLogger - [chargeBoxId=left, sessionId=5863] Received: ",
                Some("left"),
            ),
            (
                "time=\"2026-03-01T10:00:00Z\" level=debug msg=\"received JSON message from CP-7: ",
                Some("CP-7"),
            ),
            ("[ocpp  ] TRACE 2023/03/03 09:21:16 received JSON message from go-e: ", Some("go-e")),
            ("{\"level\":\"info\",\"stationId\":\"S|1\",\"message\":\"", Some("S|1")),
            ("{\"log\":\"{\\\"identifier\\\": \\\"1:CP_9\\\", \\\"m\\\":", Some("CP_9")),
            ("{\"0\":\"Received\",\"1\":\"1:cp001\",\"2\":", Some("cp001")),
            ("2026-03-01T10:00:00.000Z: ChargePoint>CentralSystem ", None),
            ("[MO] Send: ", None),
            ("substation=7 ", None),
            ("station: a/b ", None),
        ];
        for (before, station) in cases {
            assert_eq!(of(before, "").0.as_deref(), station, "{before}");
        }
        assert_eq!(of("{\"message\":\"", "\",\"cpId\":\"X\"}").0.as_deref(), Some("X"));
    }

    #[test]
    fn only_a_time_with_a_zone_is_one() {
        let at = 1_772_359_200_000_000;
        let cases = [
            ("2026-03-01T10:00:00Z x ", Some(at)),
            ("2026-03-01 11:00:00.250 +0100 ", Some(at + 250_000)),
            ("[2026-03-01T08:30:00,5-01:30] ", Some(at + 500_000)),
            ("2026-03-01 10:00:00,446 ", None),
            ("2026-03-01 10:00:00 INFO ", None),
            ("2026-13-01T10:00:00Z ", None),
            ("a-b 2026-3-1T10:00:00Z -", None),
        ];
        for (before, expected) in cases {
            assert_eq!(of(before, "").1, expected, "{before}");
        }
    }

    #[test]
    fn the_subprotocol_is_read() {
        assert_eq!(version(b"connected (ocpp2.1)"), Some(OcppVersion::V21));
        assert_eq!(version(b"{\"protocol\":\"ocpp2.0.1\"}"), Some(OcppVersion::V201));
        assert_eq!(version(b"ocpp2.0, ocpp1.6"), None);
        assert_eq!(
            versions(b"offers ocpp2.1, ocpp2.0.1; takes ocpp2.1."),
            [OcppVersion::V201, OcppVersion::V21]
        );
    }
}
