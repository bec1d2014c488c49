//! Bounds of the schema that reading and building share. Length is counted in characters (JSON schema: maxLength).

use std::ops::RangeInclusive;

/// Longest text of a member in each version, in characters.
#[derive(Debug, Clone, Copy)]
pub(crate) struct MaxLen {
    pub(crate) v201: usize,
    pub(crate) v21: usize,
}

impl MaxLen {
    /// The same bound in both versions.
    pub(crate) const fn both(characters: usize) -> Self {
        Self { v201: characters, v21: characters }
    }
}

/// `transactionId`.
pub(crate) const TRANSACTION_ID: MaxLen = MaxLen::both(36);
/// `idToken` and `additionalIdToken`.
pub(crate) const TOKEN: MaxLen = MaxLen { v201: 36, v21: 255 };
/// `idToken.type`, which 2.0.1 has a list for.
pub(crate) const TOKEN_TYPE: MaxLen = MaxLen::both(20);
/// `additionalInfo.type`.
pub(crate) const ADDITIONAL_TYPE: MaxLen = MaxLen::both(50);
/// `language`, `language1`, `language2`.
pub(crate) const LANGUAGE: MaxLen = MaxLen::both(8);
/// `content` of a message.
pub(crate) const CONTENT: MaxLen = MaxLen { v201: 512, v21: 1024 };
/// `customData.vendorId`.
pub(crate) const VENDOR_ID: MaxLen = MaxLen::both(255);

/// Messages in `updatedPersonalMessageExtra`, at most (JSON schema of 2.1: maxItems).
pub(crate) const EXTRA_MESSAGES_MAX: usize = 4;

/// `chargingPriority` (prose of the JSON schemas).
pub(crate) const PRIORITY: RangeInclusive<i64> = -9..=9;
/// `maxSoC`, percent (JSON schema: minimum, maximum).
pub(crate) const PERCENT: RangeInclusive<i64> = 0..=100;
