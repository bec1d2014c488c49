//! A time as stations write it -> µs UTC, with what was odd about the spelling.
//!
//! Read: RFC 3339, also with lower-case `t` and `z` (which it allows), a space for `T`, no zone, `±hh`, `±hhmm`, a
//! comma before the fraction, white space around, any number of fractional digits (µs are kept, the rest is cut off),
//! second 60 (the first instant of the next minute). Not read: anything without a time of day to the second, since
//! filling it in would be a guess.

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

    /// µs UTC, with the zone to take where the text has none.
    pub(crate) fn micros(&self, assumed_zone_minutes: i64) -> i64 {
        self.local - self.zone_minutes.unwrap_or(assumed_zone_minutes) * MINUTE_MICROS
    }
}

/// Reads a time; `None` if it cannot be told without a guess.
#[inline]
pub(crate) fn read(text: &str) -> Option<Read> {
    plain(text.as_bytes()).or_else(|| any(text))
}

/// `2024-02-29T12:34:56Z` and `2024-02-29T12:34:56.789Z`, eight bytes at a time; `None` for every other form, and for a
/// time that does not exist.
#[inline]
fn plain(bytes: &[u8]) -> Option<Read> {
    let word = |at: usize| bytes.get(at..)?.first_chunk().map(|bytes| u64::from_le_bytes(*bytes));
    let (seconds, has_millis) = match bytes.len() {
        20 => (pairs(word(12)? >> 32, *b":00Z\0\0\0\0")?, false),
        24 => (pairs(word(16)?, *b":00.000Z")?, true),
        _ => return None,
    };
    let (date, clock) = (pairs(word(0)?, *b"0000-00-")?, pairs(word(8)?, *b"00T00:00")?);
    let [century, _, of_century, _, _, month, ..] = date.map(i64::from);
    let [day, _, _, hour, _, _, minute, _] = clock.map(i64::from);
    let [_, second, _, _, tenths_and_hundredths, hundredths_and_millis, ..] = seconds.map(i64::from);
    let year = century * 100 + of_century;
    let in_range = (1..=12).contains(&month)
        && (1..=days_in(year, month)).contains(&day)
        && hour < 24
        && minute < 60
        && second <= 60;
    if !in_range {
        return None;
    }
    let millis =
        if has_millis { tenths_and_hundredths * 10 + hundredths_and_millis % 10 } else { 0 };
    let of_day = (hour * 3_600 + minute * 60 + second) * 1_000_000 + millis * 1_000;
    Some(Read {
        local: days_from_civil(year, month, day) * DAY_MICROS + of_day,
        zone_minutes: Some(0),
        long_fraction: false,
        odd_spelling: false,
    })
}

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

#[inline(never)]
fn any(text: &str) -> Option<Read> {
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
    fn the_plain_form_is_read_as_any_other() {
        for text in ["2024-02-29T12:34:56Z", "2024-02-29T23:59:60.000Z", "1999-12-31T00:00:00.999Z", "0000-01-01T00:00:00.120Z"] {
            assert!(plain(text.as_bytes()).is_some(), "{text}");
            for at in 0..text.len() {
                for byte in 0..=127 {
                    let mut bytes = text.as_bytes().to_vec();
                    bytes[at] = byte;
                    let changed = std::str::from_utf8(&bytes).unwrap();
                    if let Some(read) = plain(&bytes) {
                        assert_eq!(Some(read), any(changed), "{changed}");
                    }
                }
            }
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
