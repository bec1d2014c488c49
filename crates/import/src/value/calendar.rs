//! Moments, days of the week, times of day.

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};

use crate::problem::shown;

const DAYS: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

/// Earliest and latest year of a moment: what the columns hold, and what people mean.
const YEARS: std::ops::RangeInclusive<i32> = 1970..=2199;

/// A moment in UTC as the server reads it. Without a zone a moment means nothing; a date is its midnight in UTC.
pub(super) fn time(text: &str) -> Result<String, String> {
    use chrono::Datelike as _;
    let text = text.trim();
    let midnight =
        NaiveDate::parse_from_str(text, "%Y-%m-%d").map(|day| day.and_time(NaiveTime::MIN).and_utc());
    let at: DateTime<Utc> = midnight.or_else(|_no_date| {
        DateTime::parse_from_rfc3339(text).map(|at| at.to_utc()).map_err(|_no_moment| {
            let zoned = DateTime::parse_from_rfc3339(&format!("{text}Z")).is_ok();
            let hint = if zoned {
                "it has no zone: Z behind it would mean UTC"
            } else {
                "expected 2026-03-01T10:00:00Z or 2026-03-01"
            };
            format!("{} is no moment; {hint}", shown(text))
        })
    })?;
    if !YEARS.contains(&at.year()) {
        return Err(format!("{} is not within {} … {}", shown(text), YEARS.start(), YEARS.end()));
    }
    Ok(at.format("%Y-%m-%d %H:%M:%S%.6f").to_string())
}

/// Days of the week as a JSON array of 1 (Monday) to 7, ascending: `Mon-Fri`, `Sat Sun`, `1-5`, `daily`.
pub(super) fn weekdays(text: &str) -> Result<String, String> {
    let mut on = [false; 7];
    let wrong =
        || format!("{} names no days of the week; expected as Mon-Fri, Sat Sun or daily", shown(text));
    let text = text.trim();
    let words = if text.eq_ignore_ascii_case("daily") { "1-7" } else { text };
    for word in words.split([' ', ',', ';']).filter(|word| !word.is_empty()) {
        let (first, last) = word.split_once('-').unwrap_or((word, word));
        let (first, last) = (day(first).ok_or_else(wrong)?, day(last).ok_or_else(wrong)?);
        // Sat-Mon goes over the end of the week
        let count = (last + 7 - first) % 7 + 1;
        for (at, on) in on.iter_mut().enumerate() {
            *on |= (at + 7 - first) % 7 < count;
        }
    }
    let days: Vec<String> = (1..=7).zip(on).filter(|(_, on)| *on).map(|(day, _)| day.to_string()).collect();
    if days.is_empty() { Err(wrong()) } else { Ok(format!("[{}]", days.join(","))) }
}

/// A day from 0, by its number, its name or at least two letters of it.
fn day(text: &str) -> Option<usize> {
    let text = text.trim().to_ascii_lowercase();
    let by_number =
        text.parse::<usize>().ok().filter(|number| (1..=7).contains(number)).map(|number| number - 1);
    by_number.or_else(|| DAYS.iter().position(|name| text.len() >= 2 && name.starts_with(&text)))
}

/// Minute of the day, 0 to 1440.
pub(super) fn minute(text: &str) -> Result<u16, String> {
    let text = text.trim();
    let wrong =
        || format!("{} is no time of day to the minute; expected as 07:30, at most 24:00", shown(text));
    let (hour, rest) = text.split_once(':').ok_or_else(wrong)?;
    let minute = rest.strip_suffix(":00").unwrap_or(rest);
    let two_digits =
        |part: &str| (1..=2).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit());
    if !two_digits(hour) || !two_digits(minute) || minute.len() != 2 {
        return Err(wrong());
    }
    let (hour, minute): (u16, u16) = hour.parse().ok().zip(minute.parse().ok()).ok_or_else(wrong)?;
    let of_day = hour * 60 + minute;
    if minute < 60 && of_day <= 1_440 { Ok(of_day) } else { Err(wrong()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_need_a_zone() {
        for (text, expect) in [
            ("2026-03-01", "2026-03-01 00:00:00.000000"),
            ("2026-03-01T10:00:00+01:00", "2026-03-01 09:00:00.000000"),
            ("2026-03-01 10:00:00.1234567Z", "2026-03-01 10:00:00.123456"),
        ] {
            assert_eq!(time(text).unwrap(), expect);
        }
        assert!(time("2026-03-01 10:00:00").unwrap_err().contains("no zone"));
        for text in ["01.03.2026", "2026-02-30", "1026-03-01", "2300-01-01", "now", "1767225600"] {
            assert!(time(text).is_err(), "{text}");
        }
    }

    #[test]
    fn days_of_the_week_are_read_as_people_write_them() {
        for (text, expect) in [
            ("Mon-Fri", "[1,2,3,4,5]"),
            ("sat, sun", "[6,7]"),
            ("Sat-Mon", "[1,6,7]"),
            ("1-7", "[1,2,3,4,5,6,7]"),
            ("daily", "[1,2,3,4,5,6,7]"),
            ("Wednesday", "[3]"),
        ] {
            assert_eq!(weekdays(text).unwrap(), expect, "{text}");
        }
        for text in ["", ",", "8", "0", "T", "Mon-", "Montag"] {
            assert!(weekdays(text).is_err(), "{text}");
        }
    }

    #[test]
    fn times_of_day_end_with_the_day() {
        for (text, expect) in [("00:00", 0), ("7:30", 450), ("07:30:00", 450), ("24:00", 1_440)] {
            assert_eq!(minute(text), Ok(expect), "{text}");
        }
        for text in ["24:01", "25:00", "7", "07:60", "07:3", "-1:00", "07:30:30", "+7:30"] {
            assert!(minute(text).is_err(), "{text}");
        }
    }
}
