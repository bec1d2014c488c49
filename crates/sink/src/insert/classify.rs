//! What an error of the server means for the rows in hand: one table, by ClickHouse error code.

/// What to do about a failed attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// It passes: send the same bytes under the same token again, for as long as it takes.
    Retry,
    /// Somebody has to mend the server, its schema or our rights: go on trying, slowly, and say so loudly.
    Stop,
    /// The same bytes will meet the same error: halve them.
    Split,
}

impl Class {
    /// Every class, for registering counters.
    pub const ALL: [Self; 3] = [Self::Retry, Self::Stop, Self::Split];

    /// Label in metrics.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Retry => "retry",
            Self::Stop => "stop",
            Self::Split => "split",
        }
    }
}

/// Too many parts, and "Too many partitions for single INSERT block": the text tells them apart.
const TOO_MANY_PARTS: u32 = 252;
/// Memory limit: of the server (passes) or of what this query needs (does not).
const MEMORY_LIMIT: u32 = 241;

/// Attempts after which an error that may lie in the bytes is taken to lie there.
const SUSPECT_AFTER: u32 = 3;

// Names as in ClickHouse's ErrorCodes.cpp.
const STOP: [u32; 16] = [
    16,  // NO_SUCH_COLUMN_IN_TABLE
    20,  // NUMBER_OF_COLUMNS_DOESNT_MATCH
    47,  // UNKNOWN_IDENTIFIER
    53,  // TYPE_MISMATCH
    60,  // UNKNOWN_TABLE
    62,  // SYNTAX_ERROR
    81,  // UNKNOWN_DATABASE
    115, // UNKNOWN_SETTING
    164, // READONLY
    192, // UNKNOWN_USER
    193, // WRONG_PASSWORD
    194, // REQUIRED_PASSWORD
    195, // IP_ADDRESS_NOT_ALLOWED
    291, // DATABASE_ACCESS_DENIED
    497, // ACCESS_DENIED
    516, // AUTHENTICATION_FAILED
];

// The schema was checked at start, so these speak of the rows.
const SPLIT: [u32; 10] = [
    6,   // CANNOT_PARSE_TEXT
    26,  // CANNOT_PARSE_QUOTED_STRING
    27,  // CANNOT_PARSE_INPUT_ASSERTION_FAILED
    33,  // CANNOT_READ_ALL_DATA
    69,  // ARGUMENT_OUT_OF_BOUND
    117, // INCORRECT_DATA
    128, // TOO_LARGE_ARRAY_SIZE
    131, // TOO_LARGE_STRING_SIZE
    321, // VALUE_IS_OUT_OF_RANGE_OF_DATA_TYPE
    691, // UNKNOWN_ELEMENT_OF_ENUM
];

/// Class of an error, from its code, its text and how often in a row these bytes have met it. What is not listed is
/// retried: a stall shows, a lost row does not.
#[must_use]
pub(crate) fn class_of(code: u32, text: &str, times: u32) -> Class {
    if STOP.contains(&code) {
        return Class::Stop;
    }
    if SPLIT.contains(&code) || (code == TOO_MANY_PARTS && text.contains("single INSERT block")) {
        return Class::Split;
    }
    if code == MEMORY_LIMIT && times >= SUSPECT_AFTER {
        return Class::Split;
    }
    Class::Retry
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_sorted_by_what_helps() {
        let cases = [
            (60, "", 1, Class::Stop),
            (516, "", 1, Class::Stop),
            (252, "Too many parts (3000)", 9, Class::Retry),
            (252, "Too many partitions for single INSERT block", 1, Class::Split),
            (241, "memory limit", 1, Class::Retry),
            (241, "memory limit", 3, Class::Split),
            (117, "", 1, Class::Split),
            (319, "", 50, Class::Retry),
            (243, "not enough space", 50, Class::Retry),
            (99_999, "", 50, Class::Retry),
        ];
        for (code, text, times, class) in cases {
            assert_eq!(class_of(code, text, times), class, "{code}");
        }
    }
}
