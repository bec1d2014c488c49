//! The partition key: `tenant/station`.
//!
//! Invariant: one identity has one key, whatever door it came through and however it spelled its name, so that it
//! is in one partition for ever. Everything said about order and "one logical row" stands on this.

use std::fmt;

/// Longest tenant name, in bytes.
pub const TENANT_LEN_MAX: usize = 32;
/// Longest station identity, in characters (OCPP-J 2.0.1 Part 4, identifierString).
pub const STATION_LEN_MAX: usize = 48;

/// A tenant and a station, checked and folded.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct StationKey {
    text: String,
    slash: usize,
}

/// Why a tenant or a station identity is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// Not `[a-z0-9-]{1,32}`.
    #[error("tenant is not 1 to {TENANT_LEN_MAX} characters of a-z, 0-9 and -")]
    Tenant,
    /// Empty, or longer than 48 characters.
    #[error("station identity is not 1 to {STATION_LEN_MAX} characters long")]
    StationLength,
    /// Holds `/`, `:` or a control character.
    #[error("station identity holds '/', ':' or a control character")]
    StationCharacter,
    /// Key bytes without a `/`, or not UTF-8.
    #[error("key is not tenant/station in UTF-8")]
    Shape,
}

impl StationKey {
    /// Checks both parts and folds the station's ASCII letters to lower case.
    ///
    /// # Errors
    /// [`KeyError`] names the part that is out of bounds.
    pub fn new(tenant: &str, station: &str) -> Result<Self, KeyError> {
        let tenant_ok = (1..=TENANT_LEN_MAX).contains(&tenant.len())
            && tenant.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        if !tenant_ok {
            return Err(KeyError::Tenant);
        }
        if !(1..=STATION_LEN_MAX).contains(&station.chars().count()) {
            return Err(KeyError::StationLength);
        }
        if station.chars().any(|c| c == '/' || c == ':' || c.is_control()) {
            return Err(KeyError::StationCharacter);
        }
        let mut text = String::with_capacity(tenant.len() + 1 + station.len());
        text.push_str(tenant);
        text.push('/');
        text.push_str(station);
        text.make_ascii_lowercase();
        Ok(Self { text, slash: tenant.len() })
    }

    /// Reads the key of a Kafka record; the first `/` splits it.
    ///
    /// # Errors
    /// [`KeyError`] if the bytes are not a key that [`Self::new`] could have made.
    pub fn parse(bytes: &[u8]) -> Result<Self, KeyError> {
        let Ok(text) = std::str::from_utf8(bytes) else { return Err(KeyError::Shape) };
        let Some((tenant, station)) = text.split_once('/') else { return Err(KeyError::Shape) };
        Self::new(tenant, station)
    }

    /// `tenant/station`, the bytes of the Kafka key.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The tenant.
    #[must_use]
    pub fn tenant(&self) -> &str {
        self.text.get(..self.slash).unwrap_or_default()
    }

    /// The station, folded.
    #[must_use]
    pub fn station(&self) -> &str {
        self.text.get(self.slash + 1..).unwrap_or_default()
    }
}

impl fmt::Display for StationKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folds_the_station_and_splits_at_the_first_slash() {
        let key = StationKey::new("north-2", "RDAM|Ä1").unwrap();
        assert_eq!(key.as_str(), "north-2/rdam|Ä1");
        assert_eq!((key.tenant(), key.station()), ("north-2", "rdam|Ä1"));
        assert_eq!(StationKey::parse(key.as_str().as_bytes()), Ok(key));
    }

    #[test]
    fn refuses_what_could_not_be_split_again() {
        assert_eq!(StationKey::new("North", "a"), Err(KeyError::Tenant));
        assert_eq!(StationKey::new("", "a"), Err(KeyError::Tenant));
        assert_eq!(StationKey::new("t", ""), Err(KeyError::StationLength));
        assert_eq!(StationKey::new("t", &"x".repeat(49)), Err(KeyError::StationLength));
        assert_eq!(StationKey::new("t", "a/b"), Err(KeyError::StationCharacter));
        assert_eq!(StationKey::new("t", "a:b"), Err(KeyError::StationCharacter));
        assert_eq!(StationKey::new("t", "a\u{7}"), Err(KeyError::StationCharacter));
        assert_eq!(StationKey::parse(b"nokey"), Err(KeyError::Shape));
        assert_eq!(StationKey::parse(b"t/\xff"), Err(KeyError::Shape));
    }
}
