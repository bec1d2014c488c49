//! Which codes answer to which keyword of a schema, and what the decoder names beyond the schemas.

use std::collections::BTreeSet;

use serde_json::Value;
use wattledger_decoder::Code;

/// The codes that say what a keyword says, at the same path.
pub(crate) fn codes(keyword: &str) -> &'static [Code] {
    match keyword {
        "additionalProperties" => &[Code::UnknownProperty, Code::VersionMixed],
        "enum" => &[Code::EnumSpelling, Code::EnumUnknown, Code::EventTypeUnknown, Code::VersionMixed],
        "format" => &[Code::TimestampInvalid, Code::TimestampSpelling, Code::TzAssumed],
        "maxItems" => &[Code::OutOfRange],
        // what is beyond 64 bits cannot be held, so it is not even compared
        "maximum" | "minimum" => {
            &[Code::OutOfRange, Code::SeqNoInvalid, Code::SeqNoOutOfRange, Code::WrongType]
        }
        "maxLength" => &[Code::TooLong, Code::VersionMixed],
        "minItems" => &[Code::EmptyArray],
        "required" => &[
            Code::CustomDataNoVendor,
            Code::EventTypeMissing,
            Code::MissingRequired,
            Code::SeqNoMissing,
            Code::TimestampMissing,
            Code::TransactionIdMissing,
        ],
        "type" => &[
            Code::Coerced,
            Code::EventTypeMissing,
            Code::NotObject,
            Code::NullValue,
            Code::SeqNoInvalid,
            Code::SeqNoMissing,
            Code::TimestampInvalid,
            Code::TransactionIdInvalid,
            Code::TransactionIdMissing,
            Code::WrongType,
        ],
        _ => &[],
    }
}

/// Where the decoder names what a schema finds elsewhere: end of the schema's path, end of the decoder's, code.
pub(crate) const ELSEWHERE: &[(&str, &str, Code)] = &[
    // without one there is no id, and the id is what makes a message an event
    ("transactionInfo", "transactionInfo.transactionId", Code::TransactionIdMissing),
    // vendor data as a whole is kept as it came, so it is what lacks the name of a vendor
    ("customData.vendorId", "customData", Code::CustomDataNoVendor),
];

/// What the decoder names although the schemas accept it.
pub(crate) struct Extra {
    pub(crate) code: Code,
    /// Whether the value at the path, if there is one, gives cause for it.
    pub(crate) cause: fn(&str, Option<&Value>) -> bool,
    /// Why it is named.
    pub(crate) reason: &'static str,
}

pub(crate) const EXTRAS: &[Extra] = &[
    Extra {
        code: Code::ClockUnset,
        cause: |_, value| text(value).get(..4).is_some_and(|year| !("2018".."2040").contains(&year)),
        reason: "a schema cannot say that a clock was not set",
    },
    Extra {
        code: Code::MultiplierOutOfRange,
        cause: |path, value| path.ends_with("multiplier") && number(value).is_some_and(|n| n.abs() > 9.0),
        reason: "ten to such a power is no measured value",
    },
    Extra {
        code: Code::OutOfRange,
        cause: |_, value| number(value).is_some_and(|n| n < 0.0 || n > f64::from(i32::MAX)),
        reason: "integers have 32 bits (OCPP 2.0.1 part 2, 2.1.4), and the counts of 2.0.1 the lower bound that 2.1 wrote down",
    },
    Extra {
        code: Code::OutOfRange,
        cause: |path, value| {
            path.ends_with("chargingPriority") && number(value).is_some_and(|n| n.abs() > 9.0)
        },
        reason: "priorities are -9 to 9, which the schemas say in words",
    },
    Extra {
        code: Code::SentinelTx,
        cause: |_, value| matches!(text(value), "-1" | "9223372036854775807"),
        reason: "a place-holder is no id (E01.FR.08)",
    },
    Extra {
        code: Code::SeqNoInvalid,
        cause: |path, value| path == "seqNo" && number(value).is_some_and(is_beyond_64_bits),
        reason: "an integer to a schema, but none that can be held",
    },
    Extra {
        code: Code::SeqNoOutOfRange,
        cause: |path, value| {
            path == "seqNo" && number(value).is_some_and(|n| n < 0.0 || n > f64::from(i32::MAX))
        },
        reason: "integers have 32 bits (OCPP 2.0.1 part 2, 2.1.4), and seqNo the lower bound that 2.1 wrote down",
    },
    Extra {
        code: Code::SignedUnitMissing,
        cause: |path, _| path.ends_with("unitOfMeasure.unit"),
        reason: "the number of a signed sample is not used without a unit",
    },
    Extra {
        code: Code::TimestampFraction,
        cause: |_, value| text(value).split('.').nth(1).is_some_and(is_long_fraction),
        reason: "at most three digits (OCPP 2.0.1 part 2, 3.1)",
    },
    Extra {
        code: Code::TransactionIdEmpty,
        cause: |path, value| path == "transactionInfo.transactionId" && text(value).trim().is_empty(),
        reason: "an empty text is no id (E01.FR.08)",
    },
    Extra {
        code: Code::TransactionIdZero,
        cause: |path, value| path == "transactionInfo.transactionId" && text(value) == "0",
        reason: "perhaps a place-holder",
    },
    Extra {
        code: Code::UnitMismatch,
        cause: |path, _| path.ends_with("unitOfMeasure.unit"),
        reason: "units are a list of the appendices, not of the schemas; each measurand has its own",
    },
    Extra {
        code: Code::UnitSpelling,
        cause: |path, _| path.ends_with("unitOfMeasure.unit"),
        reason: "units are a list of the appendices, not of the schemas",
    },
    Extra {
        code: Code::UnitUnknown,
        cause: |path, _| path.ends_with("unitOfMeasure.unit"),
        reason: "units are a list of the appendices, not of the schemas",
    },
    Extra {
        code: Code::ValueLarge,
        cause: |_, value| number(value).is_some_and(|n| n.abs() >= 1.0),
        reason: "exact here, but no longer through a double",
    },
    Extra {
        code: Code::ValueOutOfRange,
        cause: |_, value| number(value).is_some_and(|n| n.abs() >= 1.0),
        reason: "columns hold eighteen digits, six of them behind the point",
    },
    Extra {
        code: Code::ValueRounded,
        cause: |_, value| number(value).is_some(),
        reason: "columns hold six digits behind the point",
    },
    Extra {
        code: Code::WrongType,
        cause: |_, value| number(value).is_some_and(is_beyond_64_bits),
        reason: "an integer to a schema, but none that can be held",
    },
];

/// A row that no payload needs hides what it excuses.
pub(crate) fn assert_all_are_needed(seen: &BTreeSet<(Code, &str)>) {
    let all = EXTRAS.iter().map(|extra| (extra.code, extra.reason));
    let unused: Vec<_> = all.filter(|row| !seen.contains(row)).collect();
    assert!(unused.is_empty(), "{unused:?}");
}

fn text(value: Option<&Value>) -> &str {
    value.and_then(Value::as_str).unwrap_or_default()
}

/// A number, also where it stands in a text.
fn number(value: Option<&Value>) -> Option<f64> {
    value.and_then(|value| value.as_f64().or_else(|| value.as_str()?.trim().parse().ok()))
}

fn is_beyond_64_bits(number: f64) -> bool {
    number.abs() >= 9_223_372_036_854_775_807.0
}

fn is_long_fraction(rest: &str) -> bool {
    rest.chars().take_while(char::is_ascii_digit).count() > 3
}
