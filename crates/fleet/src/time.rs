//! Times as firmware writes them.

use chrono::{DateTime, Datelike, Timelike};

/// Spelling of a time; all name the same instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Spelling {
    /// `2026-03-01T10:00:00.123Z`
    Millis,
    /// `2026-03-01T10:00:00.123+00:00`
    OffsetZero,
    /// `2026-03-01T12:00:00.123+02:00`
    OffsetTwo,
    /// `2026-03-01T10:00:00.123+0000`, a violation that is common (row 30 of the field catalogue).
    OffsetBasic,
    /// `2026-03-01T10:00:00.123000000Z`, more digits than allowed.
    Nanos,
    /// `2026-03-01T10:00:00.123`, a violation: read as UTC.
    Zoneless,
}

/// Writes the instant `at_ms` (ms since the Unix epoch).
pub(crate) fn write(at_ms: i64, spelling: Spelling) -> String {
    let shift = if spelling == Spelling::OffsetTwo { 7_200_000 } else { 0 };
    let at = DateTime::from_timestamp_millis(at_ms + shift).unwrap_or_default();
    let (date, time) = (at.date_naive(), at.time());
    let millis = time.nanosecond() / 1_000_000;
    let suffix = match spelling {
        Spelling::Millis => "Z",
        Spelling::OffsetZero => "+00:00",
        Spelling::OffsetTwo => "+02:00",
        Spelling::OffsetBasic => "+0000",
        Spelling::Nanos => "000000Z",
        Spelling::Zoneless => "",
    };
    format!(
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{millis:03}{suffix}",
        date.year(),
        date.month(),
        date.day(),
        time.hour(),
        time.minute(),
        time.second(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_name_the_same_instant() {
        let at_ms = 1_772_359_200_123; // 2026-03-01T10:00:00.123Z
        assert_eq!(write(at_ms, Spelling::Millis), "2026-03-01T10:00:00.123Z");
        for spelling in [Spelling::OffsetZero, Spelling::OffsetTwo, Spelling::Nanos] {
            let parsed = DateTime::parse_from_rfc3339(&write(at_ms, spelling)).unwrap();
            assert_eq!(parsed.timestamp_millis(), at_ms, "{spelling:?}");
        }
        assert_eq!(write(at_ms, Spelling::Zoneless), "2026-03-01T10:00:00.123");
        assert_eq!(write(at_ms, Spelling::OffsetBasic), "2026-03-01T10:00:00.123+0000");
    }
}
