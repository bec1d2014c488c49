//! Short decimal numbers, read from a JSON text without a loop: 16 bytes at a time, in one register.
//!
//! Nearly every number that a station sends has fewer than 16 characters and no exponent. Reading one digit after another
//! costs a mispredicted branch for each number, since lengths vary; this does not.

/// Bytes that are looked at; a number and the byte after it have to be among them.
pub const WINDOW: usize = 16;

const ONES: u128 = u128::from_le_bytes([1; WINDOW]);
const ZEROS: u128 = u128::from_le_bytes([b'0'; WINDOW]);

/// A number without sign and exponent: up to 15 digits, some of them behind the point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Digits {
    /// Values, not characters: the first digit in the lowest byte, zeros above the last.
    values: u128,
    len: u8,
    fraction: u8,
}

impl Digits {
    /// The number that a text begins with, and its length in bytes. `None` if there is none by the grammar of RFC 8259 §6,
    /// if it has an exponent, or if it does not end before the window does: then it has to be read another way.
    #[must_use]
    #[inline(always)]
    pub fn at_start_of(window: &[u8; WINDOW]) -> Option<(Self, usize)> {
        let text = u128::from_le_bytes(*window);
        let values = text ^ ZEROS;
        // The high bit of each byte that is no digit. A carry out of such a byte can only touch those behind it, which is
        // why nothing is read from them unless it is the point, which carries nothing.
        let others = (values.wrapping_add(ONES * 0x76) | values) & ONES << 7;
        let whole = first_byte(others);
        let has_leading_zero = whole > 1 && window.first() == Some(&b'0');
        if whole == 0 || has_leading_zero {
            return None;
        }
        let (values, len, fraction) = if window.get(whole) == Some(&b'.') {
            let end = first_byte(others & others.wrapping_sub(1));
            let fraction = end - whole - 1;
            if fraction == 0 {
                return None;
            }
            (values & below(whole) | (values >> 8) & !below(whole), end - 1, fraction)
        } else {
            (values, whole, 0)
        };
        let read = len + usize::from(fraction > 0);
        let ends_here = !matches!(window.get(read)?, b'e' | b'E');
        let digits = Self {
            values: values & below(len),
            len: u8::try_from(len).ok()?,
            fraction: u8::try_from(fraction).ok()?,
        };
        ends_here.then_some((digits, read))
    }

    /// The digits as a whole number; below 10¹⁵.
    #[must_use]
    #[inline]
    pub fn mantissa(self) -> u64 {
        // the last digit goes to the highest byte, so that each of the sixteen has a place of its own
        let aligned = self.values << (8 * (WINDOW - usize::from(self.len)));
        let (first, last) = halves(aligned);
        eight(first) * 100_000_000 + eight(last)
    }

    /// How many of the digits stand behind the point.
    #[must_use]
    #[inline]
    pub const fn fraction(self) -> u8 {
        self.fraction
    }

    /// The digits from the first to the last that is not 0, as characters with zeros behind them, their number, and the
    /// power of ten of the last; `None` for 0.
    #[inline]
    pub(crate) fn significant(self) -> Option<(u128, usize, i64)> {
        if self.values == 0 {
            return None;
        }
        let leading = first_byte(self.values);
        let end = WINDOW - usize::try_from(self.values.leading_zeros() / 8).ok()?;
        let exponent = i64::from(self.len) - i64::try_from(end).ok()? - i64::from(self.fraction);
        let characters = ((self.values | ZEROS) & below(end)) >> (8 * leading);
        Some((characters, end - leading, exponent))
    }
}

/// Place of the first byte that is not 0; 16 if there is none.
#[inline]
fn first_byte(word: u128) -> usize {
    usize::try_from(word.trailing_zeros() / 8).unwrap_or(WINDOW)
}

/// All bits of the first bytes.
#[inline]
fn below(bytes: usize) -> u128 {
    const MASKS: [u128; WINDOW] = masks();
    MASKS.get(bytes).copied().unwrap_or(u128::MAX)
}

#[expect(clippy::indexing_slicing, reason = "runs at compile time, where a wrong index stops the build")]
const fn masks() -> [u128; WINDOW] {
    let mut masks = [0; WINDOW];
    let mut bytes = 1;
    while bytes < WINDOW {
        masks[bytes] = masks[bytes - 1] << 8 | 0xff;
        bytes += 1;
    }
    masks
}

#[expect(clippy::cast_possible_truncation, reason = "the halves are what is wanted")]
const fn halves(word: u128) -> (u64, u64) {
    (word as u64, (word >> 64) as u64)
}

/// Eight digits as a number, the first in the lowest byte.
#[inline]
const fn eight(digits: u64) -> u64 {
    const PAIRS: u64 = 0x0000_00ff_0000_00ff;
    let pairs = digits.wrapping_mul(10).wrapping_add(digits >> 8);
    let first = (pairs & PAIRS).wrapping_mul(0x000f_4240_0000_0064);
    let second = ((pairs >> 16) & PAIRS).wrapping_mul(0x0000_2710_0000_0001);
    first.wrapping_add(second) >> 32
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{prop_assert_eq, proptest};

    use super::*;

    fn read(text: &str) -> Option<(u64, u8, usize)> {
        let mut window = [0; WINDOW];
        text.bytes().zip(&mut window).for_each(|(byte, slot)| *slot = byte);
        Digits::at_start_of(&window).map(|(digits, read)| (digits.mantissa(), digits.fraction(), read))
    }

    #[test]
    fn what_is_short_is_read_and_all_else_left() {
        for (text, expect) in [
            ("0", Some((0, 0, 1))),
            ("10,\"a\":1", Some((10, 0, 2))),
            ("1.50}", Some((150, 2, 4))),
            ("0.001 ", Some((1, 3, 5))),
            ("123456789012345,", Some((123_456_789_012_345, 0, 15))),
            ("1234567.8901234}", Some((12_345_678_901_234, 7, 15))),
            ("1234567890123456", None),
            ("1234567890.12345", None),
            ("01", None),
            ("1.", None),
            ("1.,", None),
            (".5", None),
            ("-1", None),
            ("1e5", None),
            ("1.5E5", None),
            ("", None),
        ] {
            assert_eq!(read(text), expect, "{text}");
        }
    }

    proptest! {
        #[test]
        fn mantissa_and_fraction_are_those_of_the_text(text in r"(0|[1-9][0-9]{0,6})(\.[0-9]{1,7})?", behind in r"[^0-9.eE]") {
            let digits: String = text.chars().filter(char::is_ascii_digit).collect();
            let fraction = text.split_once('.').map_or(0, |(_, fraction)| u8::try_from(fraction.len()).unwrap());
            let found = read(&format!("{text}{behind}"));
            prop_assert_eq!(found, Some((digits.parse().unwrap(), fraction, text.len())));
        }
    }
}
