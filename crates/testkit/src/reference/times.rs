//! Times, read by chrono after the spelling has been made plain.

use chrono::{DateTime, NaiveDateTime};

use super::Reader;
use crate::json::Json;

impl Reader {
    pub(super) fn time(&mut self, path: &str, value: &Json) {
        let Json::String(text) = value else {
            self.codes.insert("timestamp_invalid");
            return;
        };
        let Some((micros, has_zone)) = read(text, self.settings.zone_minutes) else {
            self.codes.insert("timestamp_invalid");
            self.fields.insert(path.to_owned(), format!("{text} = None"));
            return;
        };
        let digits =
            text.split(['.', ',']).nth(1).unwrap_or("").chars().take_while(char::is_ascii_digit).count();
        if digits > 3 {
            self.codes.insert("timestamp_fraction");
        }
        if !has_zone {
            self.codes.insert("tz_assumed");
        }
        let trimmed = text.trim_ascii();
        let zone = trimmed
            .get(19..)
            .unwrap_or("")
            .trim_start_matches(|c: char| c.is_ascii_digit() || ".,".contains(c));
        let is_short = zone.starts_with(['+', '-']) && zone.len() != 6;
        if is_short || trimmed.len() != text.len() || text.contains(',') || trimmed.as_bytes()[10] == b' ' {
            self.codes.insert("timestamp_spelling");
        }
        if !(1_514_764_800_000_000..2_208_988_800_000_000).contains(&micros) {
            self.codes.insert("clock_unset");
        }
        let is_held = (-2_208_988_800_000_000..10_413_792_000_000_000).contains(&micros);
        self.fields.insert(path.to_owned(), format!("{text} = {:?}", is_held.then_some(micros)));
    }
}

/// µs UTC and whether a zone was named.
fn read(text: &str, zone_minutes: i64) -> Option<(i64, bool)> {
    let text = text.trim_ascii();
    let (head, tail) = text.split_at_checked(19)?;
    let bytes = head.as_bytes();
    let shape = |i: usize| match i {
        4 | 7 => bytes[i] == b'-',
        10 => matches!(bytes[i], b'T' | b't' | b' '),
        13 | 16 => bytes[i] == b':',
        _ => bytes[i].is_ascii_digit(),
    };
    if !(0..19).all(shape) {
        return None;
    }
    // chrono keeps a leap second inside its minute; here it is the first instant of the next
    let leap = &head[17..] == "60";
    let plain = format!(
        "{}T{}",
        &head[..10],
        if leap { format!("{}59", &head[11..17]) } else { head[11..].to_owned() }
    );
    let (fraction, zone) = match tail.strip_prefix(['.', ',']) {
        Some(rest) => {
            let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
            if end == 0 {
                return None;
            }
            rest.split_at(end)
        }
        None => ("", tail),
    };
    let digits: String = fraction.chars().chain("000000".chars()).take(6).collect();
    let local = NaiveDateTime::parse_from_str(&plain, "%Y-%m-%dT%H:%M:%S").ok()?.and_utc().timestamp_micros();
    let local = local + i64::from(leap) * 1_000_000 + digits.parse::<i64>().ok()?;
    let offset = match zone {
        "" => return Some((local - zone_minutes * 60_000_000, false)),
        "Z" | "z" => 0,
        zone => {
            let full = match zone.len() {
                3 => format!("{zone}:00"),
                5 => format!("{}:{}", zone.get(..3)?, zone.get(3..)?),
                6 => zone.to_owned(),
                _ => return None,
            };
            let is_shaped = full.bytes().enumerate().all(|(i, b)| match i {
                0 => matches!(b, b'+' | b'-'),
                3 => b == b':',
                _ => b.is_ascii_digit(),
            });
            let probe = DateTime::parse_from_rfc3339(&format!("2000-01-01T00:00:00{full}")).ok()?;
            is_shaped.then(|| probe.offset().local_minus_utc())?
        }
    };
    Some((local - i64::from(offset) * 1_000_000, true))
}
