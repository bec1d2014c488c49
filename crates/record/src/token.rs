//! References to tokens: what tells two of them apart, and the same one again, without telling the token.
//!
//! The sink writes them beside every token, `wattledger import` beside the tokens of a file; both have to come to the
//! same text, so it is made here. Invariant: two tokens have one reference if and only if they are equal as OCPP
//! compares them (C01.FR.25: idToken and type, both without regard to ASCII case), under the same key.
//!
//! A token is short, so a bare hash of it could be undone by trying them all; who has no key cannot do that here.

use std::fmt;

use hmac::{Hmac, Mac};
use sha2::Sha256;

/// Shortest key, bytes: as long as what is cut from the digest.
pub const KEY_BYTES_MIN: usize = 16;

/// Hex digits of a reference: 128 bits, so that two tokens of one operator never meet.
pub const REFERENCE_DIGITS: usize = 32;

/// Turns tokens into references. Never printed.
#[derive(Clone)]
pub struct TokenKey(Hmac<Sha256>);

impl TokenKey {
    /// `None` for a key shorter than [`KEY_BYTES_MIN`].
    #[must_use]
    pub fn new(key: &[u8]) -> Option<Self> {
        (key.len() >= KEY_BYTES_MIN).then(|| Hmac::new_from_slice(key).ok().map(Self))?
    }

    /// Lower-case hexadecimal, [`REFERENCE_DIGITS`] long.
    #[must_use]
    pub fn reference(&self, id_token: &str, token_type: &str) -> String {
        let mut mac = self.0.clone();
        let mut kind = token_type.as_bytes().to_ascii_lowercase();
        // the length in front, so that no type runs into a token
        mac.update(&u64::try_from(kind.len()).unwrap_or(u64::MAX).to_le_bytes());
        kind.extend(id_token.bytes().map(|byte| byte.to_ascii_lowercase()));
        mac.update(&kind);
        let digest = mac.finalize().into_bytes();
        let digit = |nibble: u8| char::from_digit(u32::from(nibble), 16).unwrap_or_default();
        digest.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 0xf)]).take(REFERENCE_DIGITS).collect()
    }
}

impl fmt::Debug for TokenKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenKey(secret)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(text: &str) -> TokenKey {
        TokenKey::new(text.as_bytes()).unwrap()
    }

    #[test]
    fn references_are_frozen() {
        let reference = key("0123456789abcdef").reference("AB12", "ISO14443");
        assert_eq!(reference, "c11f52d5a2d536b42bd1e59e57e7d59e");
        // printf '\x08\0\0\0\0\0\0\0iso14443ab12' | openssl dgst -sha256 -hmac 0123456789abcdef
        assert_eq!(reference.len(), REFERENCE_DIGITS);
    }

    #[test]
    fn equal_tokens_have_equal_references_and_others_have_not() {
        let ours = key("0123456789abcdef");
        let reference = ours.reference("AB12", "ISO14443");
        assert_eq!(ours.reference("ab12", "iso14443"), reference);
        for (id_token, token_type) in
            [("AB13", "ISO14443"), ("AB12", "ISO15693"), ("3AB12", "ISO1444"), ("", "")]
        {
            assert_ne!(ours.reference(id_token, token_type), reference, "{id_token} {token_type}");
        }
        assert_ne!(key("another key here").reference("AB12", "ISO14443"), reference);
        // folding is ASCII's: these are two tokens for OCPP
        assert_ne!(ours.reference("É", "Local"), ours.reference("é", "Local"));
    }

    #[test]
    fn a_short_key_is_refused_and_none_is_printed() {
        assert!(TokenKey::new(b"0123456789abcde").is_none());
        assert_eq!(format!("{:?}", key("0123456789abcdef")), "TokenKey(secret)");
    }
}
