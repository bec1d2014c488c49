//! What is asked.

use uuid::Uuid;
use wattledger_record::ContentHash;

/// Which charges.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    /// Every charge under a transactionId of a station.
    Transaction {
        /// As the user spells it; ASCII case does not matter.
        station: String,
        /// As the user spells it; ASCII case does not matter.
        transaction_id: String,
        /// `None`: the only one that has it.
        tenant: Option<String>,
    },
    /// The one charge of a record.
    Record(Uuid),
}

/// A question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// Which charges.
    pub subject: Subject,
    /// Every event, however many there are.
    pub all: bool,
}

/// Which event's bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    /// By seqNo.
    SeqNo(i64),
    /// By content hash.
    Content(ContentHash),
}

/// Hex digits of a content hash.
const HASH_DIGITS: usize = 32;

impl Which {
    /// Reads a seqNo, or a content hash as 32 hex digits or as the decimal number that SQL shows.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let is_hex = text.len() == HASH_DIGITS && text.bytes().all(|b| b.is_ascii_hexdigit());
        if is_hex {
            return u128::from_str_radix(text, 16).ok().map(|hash| Self::Content(ContentHash(hash)));
        }
        let seq_no = text.parse().ok().map(Self::SeqNo);
        seq_no.or_else(|| text.parse().ok().map(|hash| Self::Content(ContentHash(hash))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seq_no_and_both_spellings_of_a_hash_are_read() {
        assert_eq!(Which::parse("-7"), Some(Which::SeqNo(-7)));
        let hash = Some(Which::Content(ContentHash(0xabc << 116)));
        assert_eq!(Which::parse(&format!("{:032X}", 0xabc_u128 << 116)), hash);
        assert_eq!(Which::parse(&(0xabc_u128 << 116).to_string()), hash);
        assert_eq!(Which::parse("seven"), None);
        assert_eq!(Which::parse(""), None);
    }
}
