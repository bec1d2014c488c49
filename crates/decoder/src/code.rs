//! The codes: everything that can be wrong with a message, each with its outcome, OCPP error code and source.
//!
//! The table is the only place where a code is described; `CODES.md` is made from it. Codes are stored and queried, so
//! one is never renamed. Declared in alphabetical order: the order of the enum is the order of the texts.

use std::fmt;
use std::str::FromStr;

/// What a violation does to the message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// The event is accepted and carries the code.
    Flag,
    /// The message is no event: it goes to quarantine.
    Quarantine,
}

/// Error code of an OCPP CALLERROR or CALLRESULTERROR. The list is the same in both versions (OCPP-J part 4, 4.3: table 8
/// of 2.0.1, table 9 of 2.1); those of a violation are the four that speak of the payload.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum OcppError {
    /// Payload syntax.
    FormatViolation,
    /// Anything that no other code names.
    GenericError,
    /// The receiver failed.
    InternalError,
    /// A message type number that the receiver does not know.
    MessageTypeNotSupported,
    /// The action is not known.
    NotImplemented,
    /// The action is known and not supported.
    NotSupported,
    /// A member missing, or an array empty.
    OccurrenceConstraintViolation,
    /// A value out of its bounds or vocabulary.
    PropertyConstraintViolation,
    /// The payload has another structure than the action's.
    ProtocolError,
    /// No valid call: the frame, not its payload.
    RpcFrameworkError,
    /// Security.
    SecurityError,
    /// A value of another type.
    TypeConstraintViolation,
}

impl OcppError {
    /// Every code, in alphabetical order.
    pub const ALL: &'static [Self] = &[
        Self::FormatViolation,
        Self::GenericError,
        Self::InternalError,
        Self::MessageTypeNotSupported,
        Self::NotImplemented,
        Self::NotSupported,
        Self::OccurrenceConstraintViolation,
        Self::PropertyConstraintViolation,
        Self::ProtocolError,
        Self::RpcFrameworkError,
        Self::SecurityError,
        Self::TypeConstraintViolation,
    ];

    /// Text in a CALLERROR.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::FormatViolation => "FormatViolation",
            Self::GenericError => "GenericError",
            Self::InternalError => "InternalError",
            Self::MessageTypeNotSupported => "MessageTypeNotSupported",
            Self::NotImplemented => "NotImplemented",
            Self::NotSupported => "NotSupported",
            Self::OccurrenceConstraintViolation => "OccurrenceConstraintViolation",
            Self::PropertyConstraintViolation => "PropertyConstraintViolation",
            Self::ProtocolError => "ProtocolError",
            Self::RpcFrameworkError => "RpcFrameworkError",
            Self::SecurityError => "SecurityError",
            Self::TypeConstraintViolation => "TypeConstraintViolation",
        }
    }

    /// Reads a received code, also in the two spellings that only OCPP 1.6 has (OCPP-J 1.6, 4.2.3) and that stations keep
    /// when they move on; `None` if it is on neither list.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "FormationViolation" => Some(Self::FormatViolation),
            "OccurenceConstraintViolation" => Some(Self::OccurrenceConstraintViolation),
            _ => Self::ALL.iter().find(|code| code.as_str() == text).copied(),
        }
    }
}

/// A text that is no code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no such code")]
pub struct UnknownCode;

macro_rules! codes {
    ($($name:ident $text:literal $severity:ident $error:ident $source:literal $meaning:literal;)+) => {
        /// What was wrong with a message.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        pub enum Code {
            $(#[doc = $meaning] $name,)+
        }

        impl Code {
            /// Every code, in alphabetical order.
            pub const ALL: &'static [Self] = &[$(Self::$name,)+];

            /// Stable snake_case text in columns, metrics and answers.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text,)+ }
            }

            /// What it does to the message in lenient reading.
            #[must_use]
            pub const fn severity(self) -> Severity {
                match self { $(Self::$name => Severity::$severity,)+ }
            }

            /// Error code of a strict reply.
            #[must_use]
            pub const fn ocpp_error(self) -> OcppError {
                match self { $(Self::$name => OcppError::$error,)+ }
            }

            /// Where the rule comes from.
            #[must_use]
            pub const fn source(self) -> &'static str {
                match self { $(Self::$name => $source,)+ }
            }

            /// One sentence for people.
            #[must_use]
            pub const fn meaning(self) -> &'static str {
                match self { $(Self::$name => $meaning,)+ }
            }
        }
    };
}

codes! {
    ByteOrderMark "byte_order_mark" Flag FormatViolation "RFC 8259 8.1" "A UTF-8 byte order mark stood before the message; it was passed over.";
    ClockUnset "clock_unset" Flag PropertyConstraintViolation "OCPP 2.0.1 part 2, 2.1.4" "A time lies before 2018 or after 2039: the clock was not set.";
    Coerced "coerced" Flag TypeConstraintViolation "JSON schema: type" "A value came in another JSON type and was read exactly: text for a number, a number for text. In strict reading the message is quarantined.";
    CustomDataNoVendor "custom_data_no_vendor" Flag OccurrenceConstraintViolation "JSON schema: CustomDataType" "customData has no vendorId.";
    DuplicateMember "duplicate_member" Quarantine FormatViolation "RFC 8259 4" "A member of the schema stands twice in one object, with different values.";
    DuplicateMemberEqual "duplicate_member_equal" Flag FormatViolation "RFC 8259 4" "A member stands twice in one object: with equal values, or one that the schema does not know.";
    EmptyArray "empty_array" Flag OccurrenceConstraintViolation "JSON schema: minItems" "An array is empty; it is read as absent.";
    EnumSpelling "enum_spelling" Flag PropertyConstraintViolation "JSON schema: enum" "A value of a vocabulary is spelled otherwise, by case or by a name of OCPP 1.6, 2.0 or the prose; the spelling is kept.";
    EnumUnknown "enum_unknown" Flag PropertyConstraintViolation "JSON schema: enum" "A value is outside its vocabulary; the text is kept.";
    EventTypeMissing "event_type_missing" Quarantine OccurrenceConstraintViolation "JSON schema: required" "There is no eventType.";
    EventTypeUnknown "event_type_unknown" Quarantine PropertyConstraintViolation "JSON schema: enum" "eventType is none of Started, Updated, Ended.";
    InvalidUtf8 "invalid_utf8" Quarantine FormatViolation "RFC 8259 8.1" "The bytes are not UTF-8.";
    LoneSurrogate "lone_surrogate" Quarantine FormatViolation "RFC 8259 8.2" "An escape names half a surrogate pair, which is no character.";
    MissingRequired "missing_required" Flag OccurrenceConstraintViolation "JSON schema: required" "A required member is missing.";
    MultiplierOutOfRange "multiplier_out_of_range" Flag PropertyConstraintViolation "bound of this decoder" "A multiplier is outside -9 to 9; the value is not used.";
    NotJson "not_json" Quarantine FormatViolation "RFC 8259" "The bytes are no JSON text.";
    NotObject "not_object" Quarantine FormatViolation "OCPP-J part 4, 4.1.3" "The JSON text is no object.";
    NullValue "null_value" Flag TypeConstraintViolation "OCPP-J part 4, 4.1.5" "A member is null; it is read as absent.";
    NumberNotFinite "number_not_finite" Quarantine TypeConstraintViolation "RFC 8259 6" "NaN, Infinity, or a number beyond the range of a double.";
    NumberTooLong "number_too_long" Quarantine PropertyConstraintViolation "bound of this decoder" "A number has too many characters.";
    OutOfRange "out_of_range" Flag PropertyConstraintViolation "JSON schema: minimum, maximum; OCPP 2.0.1 part 2, 2.1.4" "A number is outside the range of its field; it is kept.";
    SentinelTx "sentinel_tx" Quarantine PropertyConstraintViolation "E01.FR.08" "transactionId is -1 or 9223372036854775807: a place-holder, not an id.";
    SeqNoInvalid "seq_no_invalid" Quarantine TypeConstraintViolation "JSON schema: type" "seqNo is no integer that can be held.";
    SeqNoMissing "seq_no_missing" Quarantine OccurrenceConstraintViolation "JSON schema: required" "There is no seqNo.";
    SeqNoOutOfRange "seq_no_out_of_range" Flag PropertyConstraintViolation "OCPP 2.0.1 part 2, 2.1.4" "seqNo is negative or above 2147483647.";
    SignedUnitMissing "signed_unit_missing" Flag OccurrenceConstraintViolation "signed meter values" "A signed sample names no unit; its number is not used, since the unit stands inside the signed data.";
    TimestampFraction "timestamp_fraction" Flag PropertyConstraintViolation "OCPP 2.0.1 part 2, 3.1" "A time has more than three fractional digits; microseconds are kept.";
    TimestampInvalid "timestamp_invalid" Flag PropertyConstraintViolation "JSON schema: format; RFC 3339" "A time is empty, null or unreadable; the event has none.";
    TimestampMissing "timestamp_missing" Flag OccurrenceConstraintViolation "JSON schema: required" "A required time is missing.";
    TimestampSpelling "timestamp_spelling" Flag PropertyConstraintViolation "JSON schema: format; RFC 3339" "A time is readable but spelled otherwise than RFC 3339.";
    TooDeep "too_deep" Quarantine FormatViolation "bound of this decoder" "Objects and arrays are nested too deeply.";
    TooLarge "too_large" Quarantine FormatViolation "bound of this decoder" "The message has too many bytes.";
    TooLong "too_long" Flag PropertyConstraintViolation "JSON schema: maxLength" "A text is longer than both OCPP versions allow; it is kept whole.";
    TooMany "too_many" Quarantine OccurrenceConstraintViolation "bound of this decoder" "There are too many elements or members of one kind.";
    TrailingNul "trailing_nul" Flag FormatViolation "RFC 8259 2" "NUL characters stood after the message; they were passed over.";
    TransactionIdEmpty "transaction_id_empty" Quarantine PropertyConstraintViolation "E01.FR.08" "transactionId is empty.";
    TransactionIdInvalid "transaction_id_invalid" Quarantine TypeConstraintViolation "JSON schema: type" "transactionId is neither text nor number.";
    TransactionIdMissing "transaction_id_missing" Quarantine OccurrenceConstraintViolation "JSON schema: required" "There is no transactionId.";
    TransactionIdZero "transaction_id_zero" Flag PropertyConstraintViolation "E01.FR.08" "transactionId is 0: perhaps a place-holder, perhaps a counter.";
    TzAssumed "tz_assumed" Flag PropertyConstraintViolation "RFC 3339" "A time has no zone; UTC or the station's configured zone was assumed.";
    UnitMismatch "unit_mismatch" Flag PropertyConstraintViolation "OCPP 2.0.1 part 2 appendices: units" "The unit is none of its measurand; the value is not used.";
    UnitSpelling "unit_spelling" Flag PropertyConstraintViolation "OCPP 2.0.1 part 2 appendices: units" "A unit is spelled otherwise than in the list of units; it was read by the alias table.";
    UnitUnknown "unit_unknown" Flag PropertyConstraintViolation "OCPP 2.0.1 part 2 appendices: units" "A unit is unknown or cannot be brought to the base unit exactly; the value is not used.";
    UnknownProperty "unknown_property" Flag FormatViolation "JSON schema: additionalProperties" "A member is in neither OCPP version; it is kept as it came.";
    ValueLarge "value_large" Flag PropertyConstraintViolation "bound of this decoder" "A value is 2^33 or more in its base unit: exact here, but no longer through a double.";
    ValueOutOfRange "value_out_of_range" Flag PropertyConstraintViolation "bound of this decoder" "A value does not fit Decimal(18, 6) in its base unit; it is not used.";
    ValueRounded "value_rounded" Flag PropertyConstraintViolation "bound of this decoder" "A value has more than six fractional digits in its base unit and was rounded.";
    VersionMixed "version_mixed" Flag FormatViolation "JSON schemas of 2.0.1 and 2.1" "A field, value or length of OCPP 2.1 on a 2.0.1 connection.";
    ViolationsTruncated "violations_truncated" Flag FormatViolation "bound of this decoder" "There are more violations than are listed.";
    WrongType "wrong_type" Flag TypeConstraintViolation "JSON schema: type" "A member has a type that cannot be read; it is treated as absent.";
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Code {
    type Err = UnknownCode;

    fn from_str(text: &str) -> Result<Self, UnknownCode> {
        let found = Self::ALL.binary_search_by(|code| code.as_str().cmp(text));
        found.ok().and_then(|i| Self::ALL.get(i)).copied().ok_or(UnknownCode)
    }
}

/// A set of codes; iterates in alphabetical order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CodeSet(u64);

const _: () = assert!(Code::ALL.len() <= 64, "CodeSet has 64 bits");

impl CodeSet {
    /// Adds a code.
    pub const fn insert(&mut self, code: Code) {
        self.0 |= 1 << code as u8;
    }

    /// Whether the code is in it.
    #[must_use]
    pub const fn contains(self, code: Code) -> bool {
        self.0 & (1 << code as u8) != 0
    }

    /// Whether it holds none.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The codes, in alphabetical order.
    pub fn iter(self) -> impl Iterator<Item = Code> {
        Code::ALL.iter().copied().filter(move |code| self.contains(*code))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_sorted_and_read_back() {
        assert!(Code::ALL.is_sorted_by(|a, b| a.as_str() < b.as_str()));
        for code in Code::ALL {
            assert_eq!(code.as_str().parse(), Ok(*code));
        }
        assert_eq!("no_such".parse::<Code>(), Err(UnknownCode));
    }

    #[test]
    fn a_set_iterates_in_order() {
        let mut set = CodeSet::default();
        set.insert(Code::WrongType);
        set.insert(Code::Coerced);
        assert_eq!(set.iter().collect::<Vec<_>>(), [Code::Coerced, Code::WrongType]);
    }
}
