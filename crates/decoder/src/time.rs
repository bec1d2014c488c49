//! A time as stations write it -> µs UTC, with what was odd about the spelling.
//!
//! Read: RFC 3339, also with lower-case `t` and `z` (which it allows), a space for `T`, no zone, `±hh`, `±hhmm`, a
//! comma before the fraction, white space around, any number of fractional digits (µs are kept, the rest is cut off),
//! second 60 (the first instant of the next minute). Not read: anything without a time of day to the second, since
//! filling it in would be a guess.

use wattledger_record::Micros;

/// A time that could be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Read {
    /// µs since 1970 as if the zone were UTC.
    local: i64,
    /// Minutes east of UTC, where the text says so.
    zone_minutes: Option<i64>,
    /// More than three fractional digits.
    pub(crate) long_fraction: bool,
    /// Readable, but not RFC 3339.
    pub(crate) odd_spelling: bool,
}

const MINUTE_MICROS: i64 = 60_000_000;
const DAY_MICROS: i64 = 86_400_000_000;

impl Read {
    /// Whether the text names no zone.
    pub(crate) const fn has_no_zone(&self) -> bool {
        self.zone_minutes.is_none()
    }

    /// `yyyymm` in UTC, no zone being UTC; 0 if the time is not usable.
    pub(crate) fn month(&self) -> u32 {
        Micros(self.micros(0)).month()
    }

    /// µs UTC, with the zone to take where the text has none.
    pub(crate) fn micros(&self, assumed_zone_minutes: i64) -> i64 {
        self.local - self.zone_minutes.unwrap_or(assumed_zone_minutes) * MINUTE_MICROS
    }
}

/// A usable time in the form that nearly every station writes, `2024-02-29T12:34:56Z` or `2024-02-29T12:34:56.789Z`, and its
/// month as `yyyymm`: read eight bytes at a time. `None` for every other form or time, which [`read`] has to read.
#[inline(always)]
pub(crate) fn usual(text: &str) -> Option<(Micros, u32)> {
    let bytes = text.as_bytes();
    let word = |at: usize| bytes.get(at..)?.first_chunk().map(|bytes| u64::from_le_bytes(*bytes));
    let seconds = match bytes.len() {
        20 => pairs(word(12)? >> 32, *b":00Z\0\0\0\0")?,
        24 => pairs(word(16)?, *b":00.000Z")?,
        _ => return None,
    };
    let (date, clock) = (pairs(word(0)?, *b"0000-00-")?, pairs(word(8)?, *b"00T00:00")?);
    let [century, _, of_century, _, _, month, ..] = date.map(u32::from);
    let [day, _, _, hour, _, _, minute, _] = clock.map(u32::from);
    let [_, second, _, _, tenths, hundredths, ..] = seconds.map(u32::from);
    let year = century * 100 + of_century;
    // one of the years in which a clock is usable, all of which have a leap day every fourth
    let leap = u32::from(year % 4 == 0);
    let before = *DAYS_BEFORE.get(usize::try_from(month.wrapping_sub(1)).ok()?)?;
    let days_in_month =
        u32::from(*DAYS_IN.get(usize::try_from(month - 1).ok()?)?) + if month == 2 { leap } else { 0 };
    let exists = (2018..2040).contains(&year)
        && day.wrapping_sub(1) < days_in_month
        && hour < 24
        && minute < 60
        && second < 60;
    if !exists {
        return None;
    }
    let leap_days = (year - 1969) / 4 + if month > 2 { leap } else { 0 };
    let days = (year - 1970) * 365 + leap_days + u32::from(before) + day - 1;
    // a pair holds its own digit and the next; there are none behind `Z`
    let millis = if bytes.len() == 24 { tenths * 10 + hundredths % 10 } else { 0 };
    let of_day = (hour * 60 + minute) * 60 + second;
    let micros = (i64::from(days) * 86_400 + i64::from(of_day)) * 1_000_000 + i64::from(millis) * 1_000;
    Some((Micros(micros), year * 100 + month))
}

const DAYS_IN: [u8; 12] = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
const DAYS_BEFORE: [u16; 12] = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334];

/// For each byte of eight that are digits where the template has zeros, and equal to it elsewhere: the number that it and
/// the next make.
#[inline]
fn pairs(word: u64, template: [u8; 8]) -> Option<[u8; 8]> {
    const HIGH: u64 = 0x8080_8080_8080_8080;
    // brings a digit above 9, or any difference elsewhere, to the high bit
    let slack = u64::from_le_bytes(template.map(|byte| if byte == b'0' { 0x76 } else { 0x7f }));
    let digits = word ^ u64::from_le_bytes(template);
    let is_odd = (digits.wrapping_add(slack) | digits) & HIGH != 0;
    // at most 99 in a byte, so nothing is carried over
    (!is_odd).then_some((digits.wrapping_mul(10).wrapping_add(digits >> 8)).to_le_bytes())
}

/// Reads a time; `None` if it cannot be told without a guess.
pub(crate) fn read(text: &str) -> Option<Read> {
    let trimmed = text.trim_ascii();
    let mut bytes = Bytes(trimmed.as_bytes());
    let year = bytes.number(4)?;
    bytes.take(b'-')?;
    let month = bytes.number(2)?;
    bytes.take(b'-')?;
    let day = bytes.number(2)?;
    let separator = bytes.next()?;
    let hour = bytes.number(2)?;
    bytes.take(b':')?;
    let minute = bytes.number(2)?;
    bytes.take(b':')?;
    let second = bytes.number(2)?;
    let in_range = (1..=12).contains(&month)
        && (1..=days_in(year, month)).contains(&day)
        && hour < 24
        && minute < 60
        && second <= 60
        && matches!(separator, b'T' | b't' | b' ');
    if !in_range {
        return None;
    }
    let fraction = bytes.fraction()?;
    let zone = bytes.zone()?;
    let of_day = (hour * 3_600 + minute * 60 + second) * 1_000_000 + fraction.micros;
    Some(Read {
        local: days_from_civil(year, month, day) * DAY_MICROS + of_day,
        zone_minutes: zone.minutes,
        long_fraction: fraction.digits > 3,
        odd_spelling: separator == b' ' || fraction.comma || zone.short || trimmed.len() != text.len(),
    })
}

struct Bytes<'a>(&'a [u8]);

struct Fraction {
    micros: i64,
    digits: usize,
    comma: bool,
}

struct Zone {
    minutes: Option<i64>,
    short: bool,
}

impl Bytes<'_> {
    fn next(&mut self) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*first)
    }

    fn take(&mut self, byte: u8) -> Option<()> {
        (self.next()? == byte).then_some(())
    }

    fn number(&mut self, digits: usize) -> Option<i64> {
        let (number, rest) = self.0.split_at_checked(digits)?;
        self.0 = rest;
        number.iter().try_fold(0, |n, b| b.is_ascii_digit().then(|| n * 10 + i64::from(b - b'0')))
    }

    /// `.123` or `,123`, or nothing.
    fn fraction(&mut self) -> Option<Fraction> {
        let Some((mark @ (b'.' | b','), rest)) = self.0.split_first() else {
            return Some(Fraction { micros: 0, digits: 0, comma: false });
        };
        let digits = rest.iter().take_while(|b| b.is_ascii_digit()).count();
        let micros = rest
            .iter()
            .take(digits)
            .chain(std::iter::repeat(&b'0'))
            .take(6)
            .fold(0, |n, b| n * 10 + i64::from(b - b'0'));
        self.0 = rest.get(digits..)?;
        (digits > 0).then_some(Fraction { micros, digits, comma: *mark == b',' })
    }

    /// `Z`, `±hh:mm`, `±hhmm`, `±hh`, or nothing, up to the end.
    fn zone(&mut self) -> Option<Zone> {
        let Some(sign) = self.next() else { return Some(Zone { minutes: None, short: false }) };
        if matches!(sign, b'Z' | b'z') {
            return self.0.is_empty().then_some(Zone { minutes: Some(0), short: false });
        }
        let direction = match sign {
            b'+' => 1,
            b'-' => -1,
            _ => return None,
        };
        let hours = self.number(2)?;
        let colon = self.0.first() == Some(&b':');
        if colon {
            self.next()?;
        }
        let minutes = if self.0.is_empty() && !colon { 0 } else { self.number(2)? };
        let in_range = hours < 24 && minutes < 60 && self.0.is_empty();
        in_range.then_some(Zone { minutes: Some(direction * (hours * 60 + minutes)), short: !colon })
    }
}

const fn days_in(year: i64, month: i64) -> i64 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days since 1970-01-01 (Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms"); years 0 to 9999.
const fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let shifted = if month <= 2 { year - 1 } else { year };
    let era = shifted.div_euclid(400);
    let year_of_era = shifted.rem_euclid(400);
    let day_of_year = (153 * (if month > 2 { month - 3 } else { month + 9 }) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    /// (text, µs with UTC assumed, no zone, long fraction, odd spelling)
    fn check(text: &str, micros: i64, flags: (bool, bool, bool)) {
        let read = read(text).unwrap_or_else(|| panic!("{text}"));
        assert_eq!(read.micros(0), micros, "{text}");
        assert_eq!((read.has_no_zone(), read.long_fraction, read.odd_spelling), flags, "{text}");
    }

    #[test]
    fn the_usual_form_is_read_as_any_other() {
        for text in [
            "2024-02-29T12:34:56Z",
            "2018-01-01T00:00:00Z",
            "2039-12-31T23:59:59.999Z",
            "2026-07-09T10:20:30.040Z",
        ] {
            assert!(usual(text).is_some(), "{text}");
            for at in 0..text.len() {
                for byte in 0..=127 {
                    let mut bytes = text.as_bytes().to_vec();
                    bytes[at] = byte;
                    let changed = std::str::from_utf8(&bytes).unwrap();
                    if let Some((micros, month)) = usual(changed) {
                        let other = read(changed).unwrap();
                        assert_eq!((micros, month), (Micros(other.micros(0)), other.month()), "{changed}");
                        assert!(micros.is_usable());
                        assert_eq!(
                            (other.has_no_zone(), other.long_fraction, other.odd_spelling),
                            (false, false, false)
                        );
                    }
                }
            }
        }
        for day in 0..8_035 {
            let days = days_from_civil(2018, 1, 1) + day;
            let (year, month) =
                (Micros(days * DAY_MICROS).month() / 100, Micros(days * DAY_MICROS).month() % 100);
            let first = days_from_civil(i64::from(year), i64::from(month), 1);
            let text = format!("{year}-{month:02}-{:02}T00:00:00Z", days - first + 1);
            assert_eq!(usual(&text), Some((Micros(days * DAY_MICROS), year * 100 + month)), "{text}");
        }
        for other in [
            "2017-12-31T23:59:59Z",
            "2040-01-01T00:00:00Z",
            "2024-02-30T00:00:00Z",
            "2023-02-29T00:00:00Z",
            "2024-01-01T00:00:60Z",
            "2024-00-01T00:00:00Z",
            "2024-01-00T00:00:00Z",
            "2024-13-01T00:00:00Z",
        ] {
            assert_eq!(usual(other), None, "{other}");
        }
    }

    #[test]
    fn every_variant_is_read() {
        let t = 1_709_210_096_000_000; // 2024-02-29T12:34:56Z
        check("2024-02-29T12:34:56Z", t, (false, false, false));
        check("2024-02-29t12:34:56z", t, (false, false, false));
        check("2024-02-29T12:34:56.789Z", t + 789_000, (false, false, false));
        check("2024-02-29T12:34:56.1234569Z", t + 123_456, (false, true, false));
        check("2024-02-29T14:34:56+02:00", t, (false, false, false));
        check("2024-02-29T14:34:56+02", t, (false, false, true));
        check("2024-02-29T14:34:56+0200", t, (false, false, true));
        check("2024-02-29T07:04:56.5-05:30", t + 500_000, (false, false, false));
        check("2024-02-29 12:34:56Z", t, (false, false, true));
        check("2024-02-29T12:34:56", t, (true, false, false));
        check(" 2024-02-29T12:34:56,5Z", t + 500_000, (false, false, true));
        check("2016-12-31T23:59:60Z", 1_483_228_800_000_000, (false, false, false));
        check("1970-01-01T00:00:00Z", 0, (false, false, false));
        check("0000-03-01T00:00:00Z", -62_162_035_200_000_000, (false, false, false));
    }

    #[test]
    fn an_assumed_zone_holds_only_where_there_is_none() {
        assert_eq!(read("1970-01-01T02:00:00").map(|r| r.micros(120)), Some(0));
        assert_eq!(read("1970-01-01T02:00:00Z").map(|r| r.micros(120)), Some(7_200_000_000));
    }

    #[test]
    fn what_would_be_a_guess_is_not_read() {
        for text in [
            "",
            " ",
            "2024-02-29",
            "2024-02-29T12:34Z",
            "2024-02-30T12:34:56Z",
            "2023-02-29T00:00:00Z",
            "2024-13-01T00:00:00Z",
            "2024-02-29T24:00:00Z",
            "2024-02-29T12:34:61Z",
            "24-02-29T12:34:56Z",
            "2024-02-29T12:34:56.Z",
            "2024-02-29T12:34:56+2",
            "2024-02-29T12:34:56+02:",
            "2024-02-29T12:34:56ZZ",
            "2024-02-29T12:34:56 UTC",
            "1709210096",
            "2024/02/29 12:34:56",
            "2024-02-29T12:34:56+24:00",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
