//! Numbers, exactly: never through a float.

use wattledger_record::Decimal6;

use crate::problem::shown;

/// Fractional digits of the columns.
const PLACES: usize = 6;
/// Highest energy of one row, Wh: what a `Decimal(18, 6)` takes, less a margin for sums.
const ENERGY_WH_MAX: i64 = 100_000_000_000;

pub(super) fn whole(text: &str, low: i64, high: i64) -> Result<i64, String> {
    let text = text.trim();
    let number: i64 = text.parse().map_err(|_not_one| format!("{} is no whole number", shown(text)))?;
    if (low..=high).contains(&number) {
        return Ok(number);
    }
    Err(format!("{number} is not within {low} … {high}"))
}

/// Energy in Wh, from a text in Wh times ten to the `shift`.
pub(super) fn energy(text: &str, shift: usize) -> Result<Decimal6, String> {
    decimal(text, shift, -ENERGY_WH_MAX, ENERGY_WH_MAX)
}

/// A number times ten to the `shift`, between whole bounds.
pub(super) fn decimal(text: &str, shift: usize, low: i64, high: i64) -> Result<Decimal6, String> {
    let text = text.trim();
    let number = exact(text, shift)?;
    let bound = |whole: i64| whole.saturating_mul(Decimal6::ONE.0);
    if (bound(low)..=bound(high)).contains(&number) {
        return Ok(Decimal6(number));
    }
    Err(format!("{} is not within {low} … {high}", Decimal6(number)))
}

/// The digits of `[+-]?digits[.digits]`, moved to the left by `shift`, as a number of millionths.
fn exact(text: &str, shift: usize) -> Result<i64, String> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    let all_digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    if !all_digits(whole) || !all_digits(fraction) {
        let hint =
            if text.contains(',') { "; the decimal sign is a point, and thousands have none" } else { "" };
        return Err(format!("{} is no number{hint}", shown(text)));
    }
    let fraction = fraction.trim_end_matches('0');
    if fraction.len() > PLACES + shift {
        return Err(format!("{} has more digits behind the point than can be kept", shown(text)));
    }
    let padded = format!("{whole}{fraction:0<width$}", width = PLACES + shift);
    let number: i64 = padded.parse().map_err(|_too_large| format!("{} is too large", shown(text)))?;
    Ok(if negative { -number } else { number })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_kept() {
        let read = |text| decimal(text, 0, -1_000, 1_000).map(|number| number.to_string());
        for (text, expect) in [
            ("11.04", "11.04"),
            ("-0.000001", "-0.000001"),
            ("+7", "7"),
            ("0010.500000000", "10.5"),
            (" 5 ", "5"),
        ] {
            assert_eq!(read(text).unwrap(), expect, "{text}");
        }
        for text in [
            "",
            "-",
            ".5",
            "5.",
            "1e3",
            "1,5",
            "1 000",
            "NaN",
            "0.0000001",
            "1000.000001",
            "99999999999999999999",
        ] {
            assert!(read(text).is_err(), "{text}");
        }
        assert!(read("1,5").unwrap_err().contains("the decimal sign is a point"));
    }

    #[test]
    fn kwh_become_wh() {
        assert_eq!(energy("12.3456789", 3).unwrap().to_string(), "12345.6789");
        assert_eq!(energy("0.000000001", 3).unwrap().to_string(), "0.000001");
        assert!(energy("100000000.000000001", 3).is_err());
    }

    #[test]
    fn whole_numbers_have_bounds() {
        assert_eq!(whole("1", 1, 3), Ok(1));
        assert_eq!(whole("4", 1, 3), Err("4 is not within 1 … 3".to_owned()));
        assert!(whole("1.0", 1, 3).is_err());
    }
}
