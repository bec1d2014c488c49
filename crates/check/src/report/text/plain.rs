//! Numbers as people read them.

/// A number of things.
pub(super) fn many(count: u64, thing: &str) -> String {
    let thing = match (count, thing.strip_suffix('y')) {
        (1, _) => thing.to_owned(),
        (_, Some(stem)) => format!("{stem}ies"),
        (_, None) => format!("{thing}s"),
    };
    format!("{} {thing}", number(count))
}

pub(super) fn length(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}

/// Digits in groups of three.
pub(super) fn number(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::with_capacity(digits.len() * 4 / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A share, rounded to hundredths, but never to all or nothing.
pub(super) fn percent(part: u64, whole: u64) -> String {
    #[expect(clippy::cast_precision_loss, reason = "two digits are shown")]
    let share = if whole == 0 { 0.0 } else { part as f64 / whole as f64 };
    percent_of(share)
}

pub(super) fn percent_of(share: f64) -> String {
    let percent = share * 100.0;
    if percent > 0.0 && percent < 0.01 {
        return "<0.01 %".to_owned();
    }
    if percent > 99.99 && percent < 100.0 {
        return ">99.99 %".to_owned();
    }
    format!("{percent:.2} %")
}

pub(super) fn bytes(count: u64) -> String {
    #[expect(clippy::cast_precision_loss, reason = "one digit is shown")]
    let shown = |unit: f64, name: &str| format!("{:.1} {name}", count as f64 / unit);
    match count {
        0..1_000 => many(count, "byte"),
        1_000..1_000_000 => shown(1e3, "kB"),
        1_000_000..1_000_000_000 => shown(1e6, "MB"),
        _ => shown(1e9, "GB"),
    }
}

/// A zone.
pub(super) fn zone(minutes: i16) -> String {
    if minutes == 0 {
        return "UTC".to_owned();
    }
    let sign = if minutes < 0 { '-' } else { '+' };
    let minutes = minutes.unsigned_abs();
    format!("UTC{sign}{:02}:{:02}", minutes / 60, minutes % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_for_people() {
        assert_eq!(
            [number(0), number(999), number(1_000), number(1_234_567)],
            ["0", "999", "1,000", "1,234,567"]
        );
        assert_eq!(
            [many(1, "further copy"), many(2, "further copy")],
            ["1 further copy", "2 further copies"]
        );
        assert_eq!([percent(0, 9), percent(1, 3), percent(9, 9)], ["0.00 %", "33.33 %", "100.00 %"]);
        assert_eq!([percent(1, 1_000_000), percent(999_999, 1_000_000)], ["<0.01 %", ">99.99 %"]);
        assert_eq!([bytes(1), bytes(1_500), bytes(20_000_000)], ["1 byte", "1.5 kB", "20.0 MB"]);
        assert_eq!([zone(0), zone(-330), zone(60)], ["UTC", "UTC-05:30", "UTC+01:00"]);
    }
}
