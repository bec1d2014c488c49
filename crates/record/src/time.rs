//! Microseconds since 1970-01-01T00:00:00Z: the one unit of time in records and rows.

/// A point in time in µs since the Unix epoch, UTC. Negative before 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Micros(pub i64);

/// 2018-01-01T00:00:00Z, the start of OCPP 2: an earlier clock was never set.
pub const USABLE_FROM: Micros = Micros(1_514_764_800_000_000);
/// 2040-01-01T00:00:00Z, first instant that is no longer usable.
pub const USABLE_UNTIL: Micros = Micros(2_208_988_800_000_000);

impl Micros {
    /// Whether a bill may rest on this time: 2018-01-01 ≤ t < 2040-01-01.
    #[must_use]
    pub const fn is_usable(self) -> bool {
        self.0 >= USABLE_FROM.0 && self.0 < USABLE_UNTIL.0
    }

    /// Month as `yyyymm` for partitioning, or 0 where the time is not usable.
    #[must_use]
    pub const fn month(self) -> u32 {
        if !self.is_usable() {
            return 0;
        }
        // Civil-from-days after Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms"; days are small and
        // positive here.
        let days = self.0 / 86_400_000_000;
        let shifted = days + 719_468;
        let era = shifted / 146_097;
        let day_of_era = shifted - era * 146_097;
        let year_of_era =
            (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let shifted_month = (5 * day_of_year + 2) / 153;
        let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
        let year = year_of_era + era * 400 + if month <= 2 { 1 } else { 0 };
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "usable times lie in 2018..2040, so the value is at most 203912"
        )]
        let yyyymm = (year * 100 + month) as u32;
        yyyymm
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_change_at_midnight_utc() {
        assert_eq!(USABLE_FROM.month(), 201_801);
        assert_eq!(Micros(USABLE_FROM.0 - 1).month(), 0);
        assert_eq!(Micros(USABLE_UNTIL.0 - 1).month(), 203_912);
        assert_eq!(USABLE_UNTIL.month(), 0);
        // 2024-02-29T23:59:59.999999Z and the next microsecond
        assert_eq!(Micros(1_709_251_199_999_999).month(), 202_402);
        assert_eq!(Micros(1_709_251_200_000_000).month(), 202_403);
    }
}
