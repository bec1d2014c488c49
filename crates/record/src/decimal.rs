//! `Decimal(18, 6)` as an integer: the one representation of measured values in events, rows and sums.

use std::fmt;

/// A decimal number with six fractional digits, held as the number times 10⁶. Energy in Wh is therefore in µWh.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Decimal6(pub i64);

impl Decimal6 {
    /// 1 in units of the last place.
    pub const ONE: Self = Self(1_000_000);
    /// Zero.
    pub const ZERO: Self = Self(0);
    /// Largest magnitude a `Decimal(18, 6)` column holds, exclusive: 10¹⁸ units of the last place.
    pub const BOUND: i64 = 1_000_000_000_000_000_000;

    /// `self - other`, `None` if the result does not fit `Decimal(18, 6)`.
    #[must_use]
    pub const fn checked_sub(self, other: Self) -> Option<Self> {
        match self.0.checked_sub(other.0) {
            Some(n) if n > -Self::BOUND && n < Self::BOUND => Some(Self(n)),
            _ => None,
        }
    }

    /// `self + other`, `None` if the result does not fit `Decimal(18, 6)`.
    #[must_use]
    pub const fn checked_add(self, other: Self) -> Option<Self> {
        match self.0.checked_add(other.0) {
            Some(n) if n > -Self::BOUND && n < Self::BOUND => Some(Self(n)),
            _ => None,
        }
    }
}

impl fmt::Display for Decimal6 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let magnitude = self.0.unsigned_abs();
        let (whole, fraction) = (magnitude / 1_000_000, magnitude % 1_000_000);
        if fraction == 0 {
            return write!(f, "{sign}{whole}");
        }
        let digits = format!("{fraction:06}");
        write!(f, "{sign}{whole}.{}", digits.trim_end_matches('0'))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prints_without_trailing_zeros() {
        assert_eq!(Decimal6(-1_500_000).to_string(), "-1.5");
        assert_eq!(Decimal6(1).to_string(), "0.000001");
        assert_eq!(Decimal6(-1).to_string(), "-0.000001");
        assert_eq!(Decimal6(7_000_000).to_string(), "7");
    }

    #[test]
    fn sums_beyond_the_column_are_refused() {
        let largest = Decimal6(Decimal6::BOUND - 1);
        assert_eq!(largest.checked_add(Decimal6(1)), None);
        assert_eq!(Decimal6(-largest.0).checked_sub(Decimal6(1)), None);
        assert_eq!(largest.checked_sub(Decimal6::ONE), Some(Decimal6(largest.0 - 1_000_000)));
    }
}
