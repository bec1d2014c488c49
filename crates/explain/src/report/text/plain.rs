//! Numbers, times and foreign text as people read them.

/// Digits of the whole part in groups of three; what follows a point stays.
pub(super) fn grouped(number: &str) -> String {
    let (sign, digits) = number.strip_prefix('-').map_or(("", number), |digits| ("-", digits));
    let (whole, fraction) = digits.split_once('.').map_or((digits, None), |(w, f)| (w, Some(f)));
    let mut text = sign.to_owned();
    for (place, digit) in whole.chars().enumerate() {
        if place > 0 && (whole.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    if let Some(fraction) = fraction {
        text.push('.');
        text.push_str(fraction);
    }
    text
}

/// Wh as kWh, no digit lost.
pub(super) fn kilo(wh: &str) -> String {
    let (sign, digits) = wh.strip_prefix('-').map_or(("", wh), |digits| ("-", digits));
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let whole = format!("{whole:0>4}");
    let (kilo, rest) = whole.split_at_checked(whole.len().saturating_sub(3)).unwrap_or((&whole, ""));
    let fraction = format!("{rest}{fraction}");
    let fraction = fraction.trim_end_matches('0');
    let point = if fraction.is_empty() { "" } else { "." };
    format!("{sign}{}{point}{fraction}", grouped(kilo))
}

/// A number of things.
pub(super) fn many(count: u64, thing: &str) -> String {
    let ending = match (count, thing.strip_suffix('y')) {
        (1, _) => thing.to_owned(),
        (_, Some(stem)) => format!("{stem}ies"),
        (_, None) => format!("{thing}s"),
    };
    format!("{} {ending}", grouped(&count.to_string()))
}

/// Text that came from outside, without what would move a terminal's cursor.
pub(super) fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}

/// Day and clock of an RFC 3339 time in UTC; the clock to the millisecond.
pub(super) fn day_and_clock(time: &str) -> (&str, &str) {
    let (day, clock) = time.split_once('T').unwrap_or((time, ""));
    let clock = clock.trim_end_matches('Z');
    (day, clock.get(..12).unwrap_or(clock))
}

/// Seconds as hours, minutes and seconds.
pub(super) fn duration(seconds: &str) -> String {
    let (whole, fraction) = seconds.split_once('.').unwrap_or((seconds, ""));
    let Ok(whole) = whole.parse::<u64>() else { return format!("{seconds} s") };
    let fraction = if fraction.is_empty() { String::new() } else { format!(".{fraction}") };
    let (hours, minutes, rest) = (whole / 3600, whole / 60 % 60, whole % 60);
    match (hours, minutes) {
        (0, 0) => format!("{rest}{fraction} s"),
        (0, _) => format!("{minutes} min {rest}{fraction} s"),
        _ => format!("{hours} h {minutes} min {rest}{fraction} s"),
    }
}

/// W as kW with one digit, or W below 1 kW; rounded towards zero.
pub(super) fn power(watts: &str) -> String {
    let (whole, _) = watts.split_once('.').unwrap_or((watts, ""));
    let Ok(number) = whole.parse::<i64>() else { return String::new() };
    if number.unsigned_abs() < 1_000 {
        return format!("{number} W");
    }
    let sign = if number < 0 { "-" } else { "" };
    let tenths = number.unsigned_abs() / 100;
    format!("{sign}{}.{} kW", grouped(&(tenths / 10).to_string()), tenths % 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped() {
        let numbers = ["0", "999", "1000", "-1234567.5", "123456"].map(grouped);
        assert_eq!(numbers, ["0", "999", "1,000", "-1,234,567.5", "123,456"]);
        let kilos = ["0", "5", "12300", "-1234567.25", "0.5"].map(kilo);
        assert_eq!(kilos, ["0", "0.005", "12.3", "-1,234.56725", "0.0005"]);
        assert_eq!(many(2, "further copy"), "2 further copies");
        assert_eq!(many(1, "charge"), "1 charge");
    }

    #[test]
    fn times_and_powers_are_short() {
        assert_eq!(day_and_clock("2026-03-01T10:00:00.123456Z"), ("2026-03-01", "10:00:00.123"));
        assert_eq!(day_and_clock("2026-03-01T10:00:00Z"), ("2026-03-01", "10:00:00"));
        assert_eq!(["59", "60.5", "3661"].map(duration), ["59 s", "1 min 0.5 s", "1 h 1 min 1 s"]);
        assert_eq!(
            ["7400.0", "-7450", "999.9", "1234567"].map(power),
            ["7.4 kW", "-7.4 kW", "999 W", "1,234.5 kW"]
        );
    }

    #[test]
    fn foreign_text_moves_no_cursor() {
        assert_eq!(printable("a\u{1b}[2J\n"), "a\u{fffd}[2J\u{fffd}");
    }
}
