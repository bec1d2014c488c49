//! Decimal numbers as text, exact in both directions: no floating point ever touches an amount of energy.

/// `mantissa` × 10^-`decimals` without trailing zeros and without exponent.
pub(crate) fn text(mantissa: i64, decimals: u32) -> String {
    let scale = 10_u64.checked_pow(decimals).unwrap_or(u64::MAX);
    let magnitude = mantissa.unsigned_abs();
    let (whole, fraction) = (magnitude / scale, magnitude % scale);
    let sign = if mantissa < 0 { "-" } else { "" };
    if fraction == 0 {
        return format!("{sign}{whole}");
    }
    let width = usize::try_from(decimals).unwrap_or_default();
    let digits = format!("{fraction:0width$}");
    format!("{sign}{whole}.{}", digits.trim_end_matches('0'))
}

/// `mantissa` × 10^-`decimals` with at least `least` fractional digits.
pub(crate) fn padded(mantissa: i64, decimals: u32, least: usize) -> String {
    let mut text = text(mantissa, decimals);
    let have = text.split_once('.').map_or(0, |(_, fraction)| fraction.len());
    if have == 0 && least > 0 {
        text.push('.');
    }
    for _ in have..least {
        text.push('0');
    }
    text
}

/// The same number as digits and a negative exponent, e.g. `15e-1`.
pub(crate) fn with_exponent(mantissa: i64, decimals: u32) -> String {
    let text = padded(mantissa, decimals, 1);
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let digits = format!("{whole}{fraction}");
    let (sign, digits) = digits.strip_prefix('-').map_or(("", digits.as_str()), |rest| ("-", rest));
    // JSON allows no leading zeros
    let digits = digits.trim_start_matches('0');
    let digits = if digits.is_empty() { "0" } else { digits };
    format!("{sign}{digits}e-{}", fraction.len())
}

/// Reads a decimal with at most six fractional digits as millionths; `None` if it is none, or has more digits.
pub(crate) fn millionths(text: &str) -> Option<i64> {
    let (sign, digits) = text.strip_prefix('-').map_or((1, text), |rest| (-1, rest));
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let fraction = fraction.trim_end_matches('0');
    let plain = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
    if whole.is_empty() || fraction.len() > 6 || !plain(whole) || !plain(fraction) {
        return None;
    }
    let whole: i64 = whole.parse().ok()?;
    let fraction: i64 = format!("{fraction:0<6}").parse().ok()?;
    whole.checked_mul(1_000_000)?.checked_add(fraction)?.checked_mul(sign)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn every_spelling_is_the_same_number() {
        assert_eq!(text(1_500_000, 6), "1.5");
        assert_eq!(text(12_345_600_000, 9), "12.3456");
        assert_eq!(text(-1, 6), "-0.000001");
        assert_eq!(padded(1_500_000, 6, 3), "1.500");
        assert_eq!(padded(2_000_000, 6, 1), "2.0");
        assert_eq!(with_exponent(1_500_000, 6), "15e-1");
        assert_eq!(with_exponent(0, 6), "0e-1");
        assert_eq!(with_exponent(50_000, 6), "5e-2");
        assert_eq!(millionths("0.0000001"), None);
        assert_eq!(millionths("1e3"), None);
        assert_eq!(millionths(""), None);
    }

    proptest! {
        #[test]
        fn text_reads_back(n in -1_000_000_000_000_000_i64..1_000_000_000_000_000) {
            prop_assert_eq!(millionths(&text(n, 6)), Some(n));
        }
    }
}
