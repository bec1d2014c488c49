//! What a run is told.

use std::path::PathBuf;

use wattledger_record::OcppVersion;

/// A run.
#[derive(Debug, Clone)]
pub struct Options {
    /// Files in the order in which they are read; `-` is standard input.
    pub inputs: Vec<PathBuf>,
    /// What a line is; found out line by line if `None`.
    pub shape: Option<Shape>,
    /// Version of every connection; taken from the input, else 2.0.1, if `None`.
    pub version: Option<OcppVersion>,
    /// Whether a coerced value quarantines the event.
    pub strict: bool,
    /// Zone of times without one, minutes east of UTC; `None` = UTC.
    pub zone_minutes: Option<i16>,
    /// Station of lines that name none.
    pub station: Option<String>,
    /// Examples of each finding, 0 to [`crate::limits::EXAMPLES_MAX`].
    pub examples: usize,
    /// Charges told one by one, 0 to [`crate::limits::EXAMPLES_MAX`].
    pub charges: usize,
    /// The least finding that makes the run fail.
    pub fail_on: Level,
    /// Workers; one per core if `None`.
    pub threads: Option<usize>,
    /// Folder for what does not fit into memory; the system's if `None`.
    pub spill: Option<PathBuf>,
}

/// What the lines of an input are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// A TransactionEvent, or an envelope of a gateway's batch around one.
    Payloads,
    /// An OCPP-J frame.
    Frames,
    /// Anything with a frame in it.
    Log,
}

/// How bad the worst finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Level {
    /// Nothing found.
    Clean,
    /// An event with flags, or a charge with holes, conflicts or remarks.
    #[default]
    Flagged,
    /// A charge that a human has to look at before it is billed.
    Review,
    /// An event that would be part of no charge.
    Quarantined,
}

impl Level {
    /// Stable text.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Clean => "clean",
            Self::Flagged => "flagged",
            Self::Review => "review",
            Self::Quarantined => "quarantined",
        }
    }
}

/// Reads a zone as `+02:00`, `-0530` or `Z`: minutes east of UTC.
///
/// # Errors
/// A sentence for the user.
pub fn zone(text: &str) -> Result<i16, String> {
    if matches!(text, "Z" | "z" | "UTC" | "utc") {
        return Ok(0);
    }
    let minutes = || {
        let (sign, rest) = match text.split_at_checked(1)? {
            ("+", rest) => (1, rest),
            ("-", rest) => (-1, rest),
            _ => return None,
        };
        let digits: String = match rest.len() {
            4 => rest.to_owned(),
            5 if rest.as_bytes().get(2) == Some(&b':') => rest.replacen(':', "", 1),
            _ => return None,
        };
        if !digits.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        let (hours, minutes) = digits.split_at_checked(2)?;
        let (hours, minutes): (i16, i16) = (hours.parse().ok()?, minutes.parse().ok()?);
        (hours <= 14 && minutes < 60).then_some(sign * (hours * 60 + minutes))
    };
    minutes().ok_or_else(|| "a zone is Z, or hours and minutes east of UTC as +02:00 or -0530".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zones_are_minutes_east() {
        assert_eq!(zone("+02:00"), Ok(120));
        assert_eq!(zone("-0530"), Ok(-330));
        assert_eq!((zone("Z"), zone("UTC")), (Ok(0), Ok(0)));
        for odd in ["", "2", "02:00", "+2:00", "+15:00", "+01:60", "+0x:00", "+01:0ä", "Europe/Berlin"] {
            assert!(zone(odd).is_err(), "{odd}");
        }
    }
}
