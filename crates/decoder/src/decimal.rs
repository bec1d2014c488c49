//! Exact decimals: the digits of a number, shifted by a power of ten, held with six fractional digits.
//!
//! Works on the digits as sent, never on a double: `1.1` kWh is 1100 Wh, not 1100.0000000000002.

use wattledger_record::Decimal6;

use crate::number::{Number, Short};

/// Significant digits that are held; the rest only says "and a little more". 10³⁶ · 10 fits a u128 twice over.
const DIGITS_MAX: u32 = 36;
/// Exponents beyond this bound are as good as infinite: they are cut, so that sums of them cannot overflow.
const EXPONENT_MAX: i64 = 1_000_000;
/// 2³³ in millionths: below it a value passes through a double unchanged.
const LARGE: u128 = (1 << 33) * 1_000_000;

impl Shifted {
    /// One unit in the last place of a value that is held, else 0.
    #[inline]
    pub(crate) fn held_ulp(self) -> Decimal6 {
        if self.value.is_some() { self.ulp } else { Decimal6::ZERO }
    }
}

const BOUND: u64 = Decimal6::BOUND.unsigned_abs();
/// 10⁰ to 10¹⁸, which is what 64 bits hold.
const POWERS: [u64; 19] = powers();

#[expect(clippy::indexing_slicing, reason = "runs at compile time, where a wrong index stops the build")]
const fn powers() -> [u64; 19] {
    let mut powers = [1; 19];
    let mut i = 1;
    while i < powers.len() {
        powers[i] = powers[i - 1] * 10;
        i += 1;
    }
    powers
}

/// A number of a JSON text, split.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Parts {
    negative: bool,
    /// Up to [`DIGITS_MAX`] significant digits.
    mantissa: u128,
    /// Power of ten of the mantissa's last digit.
    exponent: i64,
    /// Whether digits other than 0 were left out of the mantissa.
    more: bool,
    /// Power of ten of the last digit as sent.
    last: i64,
}

/// A number in the base unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Shifted {
    /// Rounded half away from zero; `None` if it does not fit `Decimal(18, 6)`.
    pub(crate) value: Option<Decimal6>,
    /// One unit in the last place as sent; at least 10⁻⁶, at most what the column holds.
    pub(crate) ulp: Decimal6,
    /// Whether digits were lost.
    pub(crate) rounded: bool,
    /// Whether the magnitude is 2³³ or more.
    pub(crate) large: bool,
}

/// The integer that a number is, also where it is written `3.0` or `3e2`.
#[inline]
pub(crate) fn integer(number: Number<'_>) -> Option<i64> {
    match number.short {
        Some(short) if short.digits.fraction() == 0 => signed(short.digits.mantissa(), short.negative),
        _ => long_integer(number.text),
    }
}

#[cold]
fn long_integer(number: &str) -> Option<i64> {
    let parts = parts(number);
    if parts.mantissa == 0 {
        return Some(0);
    }
    if parts.more {
        return None;
    }
    let magnitude = if parts.exponent >= 0 {
        parts.mantissa.checked_mul(power(parts.exponent)?)?
    } else {
        let divisor = power(-parts.exponent)?;
        parts.mantissa.is_multiple_of(divisor).then_some(parts.mantissa / divisor)?
    };
    let magnitude = i128::try_from(magnitude).ok()?;
    i64::try_from(if parts.negative { -magnitude } else { magnitude }).ok()
}

/// `number` × 10^`shift`.
#[inline]
pub(crate) fn shift(number: Number<'_>, shift: i32) -> Shifted {
    number.short.and_then(|short| shift_short(short, shift)).unwrap_or_else(|| shift_long(number.text, shift))
}

/// `number` × 10^`shift` and its last place, where nothing is to be said about it: no digit is lost, and it is held.
#[inline(always)]
pub(crate) fn exact(number: Short, shift: i32) -> Option<(Decimal6, Decimal6)> {
    let exponent = usize::try_from(shift + 6 - i32::from(number.digits.fraction())).ok()?;
    let power = *POWERS.get(exponent)?;
    let magnitude = number.digits.mantissa().checked_mul(power)?;
    if u128::from(magnitude) >= LARGE || power >= BOUND {
        return None;
    }
    Some((Decimal6(signed(magnitude, number.negative)?), Decimal6(signed(power, false)?)))
}

/// In 64 bits; `None` if that is too narrow.
#[inline]
fn shift_short(short: Short, shift: i32) -> Option<Shifted> {
    // in millionths
    let (mantissa, exponent) = (short.digits.mantissa(), shift + 6 - i32::from(short.digits.fraction()));
    let power = |exponent: i32| POWERS.get(usize::try_from(exponent).ok()?).copied();
    let (magnitude, ulp, rounded) = if exponent >= 0 {
        let power = power(exponent)?;
        (mantissa.checked_mul(power)?, power, false)
    } else {
        let divisor = power(-exponent)?;
        let (quotient, rest) = (mantissa / divisor, mantissa % divisor);
        (quotient + u64::from(rest >= divisor - rest), 1, rest != 0)
    };
    let value = signed(magnitude, short.negative).filter(|_| magnitude < BOUND)?;
    let ulp = signed(ulp, false).filter(|_| ulp < BOUND)?;
    Some(Shifted {
        value: Some(Decimal6(value)),
        ulp: Decimal6(ulp),
        rounded,
        large: u128::from(magnitude) >= LARGE,
    })
}

fn signed(magnitude: u64, negative: bool) -> Option<i64> {
    let magnitude = i64::try_from(magnitude).ok()?;
    Some(if negative { -magnitude } else { magnitude })
}

#[cold]
fn shift_long(number: &str, shift: i32) -> Shifted {
    let parts = parts(number);
    // in millionths
    let exponent = parts.exponent + i64::from(shift) + 6;
    let ulp = ulp(parts.last + i64::from(shift) + 6);
    if parts.mantissa == 0 {
        return Shifted { value: Some(Decimal6::ZERO), ulp, rounded: false, large: false };
    }
    let (magnitude, rounded) = if exponent >= 0 {
        (power(exponent).and_then(|p| parts.mantissa.checked_mul(p)), parts.more)
    } else {
        match power(-exponent) {
            Some(divisor) => {
                let (quotient, rest) = (parts.mantissa / divisor, parts.mantissa % divisor);
                (Some(quotient + u128::from(rest >= divisor - rest)), rest != 0 || parts.more)
            }
            // more than 10³⁸ times smaller than a millionth
            None => (Some(0), true),
        }
    };
    let held = magnitude.and_then(|m| i64::try_from(m).ok()).filter(|m| *m < Decimal6::BOUND);
    let value = held.map(|m| Decimal6(if parts.negative { -m } else { m }));
    Shifted { value, ulp, rounded: rounded && value.is_some(), large: magnitude.is_none_or(|m| m >= LARGE) }
}

fn ulp(exponent: i64) -> Decimal6 {
    if exponent <= 0 {
        return Decimal6(1);
    }
    let held = power(exponent).and_then(|p| i64::try_from(p).ok()).filter(|p| *p < Decimal6::BOUND);
    Decimal6(held.unwrap_or(Decimal6::BOUND - 1))
}

/// 10^`exponent`, up to 10³⁸.
fn power(exponent: i64) -> Option<u128> {
    10u128.checked_pow(u32::try_from(exponent).ok()?)
}

fn parts(number: &str) -> Parts {
    let (negative, unsigned) = match number.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, number),
    };
    let (mut mantissa, mut digits, mut exponent, mut more) = (0u128, 0u32, 0i64, false);
    let (mut places, mut in_fraction) = (0i64, false);
    let mut sent_exponent = 0;
    for (i, byte) in unsigned.bytes().enumerate() {
        match byte {
            b'.' => in_fraction = true,
            b'0'..=b'9' => {
                places += i64::from(in_fraction);
                let digit = u128::from(byte - b'0');
                if digits < DIGITS_MAX {
                    mantissa = mantissa * 10 + digit;
                    digits += u32::from(mantissa != 0);
                    exponent -= i64::from(in_fraction);
                } else {
                    more |= digit != 0;
                    exponent += i64::from(!in_fraction);
                }
            }
            _ => {
                sent_exponent = exponent_of(unsigned.get(i + 1..).unwrap_or_default());
                break;
            }
        }
    }
    Parts { negative, mantissa, exponent: exponent + sent_exponent, more, last: sent_exponent - places }
}

fn exponent_of(text: &str) -> i64 {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let magnitude =
        digits.bytes().fold(0i64, |n, b| (n * 10 + i64::from(b.wrapping_sub(b'0') & 15)).min(EXPONENT_MAX));
    if negative { -magnitude } else { magnitude }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(number: &str, power: i32, value: Option<i64>, ulp: i64, rounded: bool, large: bool) {
        let expect = Shifted { value: value.map(Decimal6), ulp: Decimal6(ulp), rounded, large };
        let number = Number::of(number).unwrap();
        assert_eq!(shift(number, power), expect, "{number:?} e{power}");
        assert_eq!(shift_long(number.text, power), expect, "{number:?} e{power}");
        if let Some(exact) = number.short.and_then(|short| super::exact(short, power)) {
            assert_eq!((Some(exact.0), exact.1, false, false), (expect.value, expect.ulp, rounded, large));
        }
    }

    #[test]
    fn shifts_digits_exactly() {
        check("1.1", 3, Some(1_100_000_000), 100_000_000, false, false);
        check("2935.600", 0, Some(2_935_600_000), 1_000, false, false);
        check("-0.000001", 0, Some(-1), 1, false, false);
        check("12e2", 0, Some(1_200_000_000), 100_000_000, false, false);
        check("-0.0", 0, Some(0), 100_000, false, false);
        check("0.0000005", 0, Some(1), 1, true, false);
        check("-0.0000005", 0, Some(-1), 1, true, false);
        check("0.00000049999999999999999999999999999999999999999", 0, Some(0), 1, true, false);
        check("500.37957763671875", 0, Some(500_379_578), 1, true, false);
        check("1e-400", 0, Some(0), 1, true, false);
    }

    #[test]
    fn large_values_are_told_and_too_large_ones_not_held() {
        check("8589934591.999999", 0, Some(8_589_934_591_999_999), 1, false, false);
        check("8589934592", 0, Some(8_589_934_592_000_000), 1_000_000, false, true);
        check("999999999999.999999", 0, Some(999_999_999_999_999_999), 1, false, true);
        check("1000000000000", 0, None, 1_000_000, false, true);
        check("1e300", 0, None, Decimal6::BOUND - 1, false, true);
        check(&"9".repeat(500), 0, None, 1_000_000, false, true);
    }

    #[test]
    fn integers_in_any_spelling() {
        for (text, expect) in [
            ("3.0", Some(3)),
            ("3e2", Some(300)),
            ("-30e-1", Some(-3)),
            ("0.0e9999999999", Some(0)),
            ("3.5", None),
            ("9223372036854775807", Some(i64::MAX)),
            ("-9223372036854775808", Some(i64::MIN)),
            ("9223372036854775808", None),
            ("1e30", None),
            ("-0", Some(0)),
        ] {
            let number = Number::of(text).unwrap();
            assert_eq!(integer(number), expect, "{text}");
            assert_eq!(long_integer(text), expect, "{text}");
        }
    }
}
