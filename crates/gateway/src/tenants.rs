//! Who may send: tenants, their tokens and their policy.
//!
//! A token stands at rest as its SHA-256. A slow password hash would add nothing: tokens are random (128 bits or
//! more), so there is no dictionary to try, and a fast hash keeps a flood of wrong tokens from costing CPU. A token
//! that a human made up does not belong here; [`TenantConfig`] can only be given a digest, made by
//! `printf %s "$TOKEN" | sha256sum`.
//!
//! Invariant: a presented token is compared with every digest in constant time, whichever matches; the digest type
//! has no `==`, so no other comparison can be written.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::{Instant, SystemTime};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use subtle::{Choice, ConditionallySelectable, ConstantTimeEq};
use wattledger_record::StationKey;
use wattledger_record::headers::parse_zone;

use crate::admission::TokenBucket;

/// Tokens of all tenants together: every request is compared with each (about 20 ns), so this bounds the work.
const TOKENS_MAX: usize = 1_024;
/// Longest token that is looked at, in bytes.
const TOKEN_BYTES_MAX: usize = 512;

/// One tenant as written in the configuration.
#[derive(Debug, Clone, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct TenantConfig {
    /// SHA-256 of each valid token, 64 hex digits. Several, so that a new one works before the old one goes.
    pub token_sha256: Vec<String>,
    /// Refuse everything with 403, but keep the entry.
    pub suspended: bool,
    /// Stations must begin with one of these (compared without case). Empty: any station.
    pub station_prefixes: Vec<String>,
    /// What a feeder is told about invalid content that is durable.
    pub reply: Reply,
    /// Read payloads strictly.
    pub strict: bool,
    /// Zone of timestamps without one, as `+hh:mm` or `-hh:mm`. Absent: UTC.
    pub zone: Option<String>,
    /// The feeder's own `receivedAt` stands in for ours where it lies in the past.
    pub backfill: bool,
    /// Events per second on average; 0: no limit. Default 0.
    pub events_per_s: u32,
    /// Events at once on top of the average; 0: ten seconds' worth.
    pub burst_events: u32,
    /// Stations that differ from their tenant, by identity.
    pub stations: BTreeMap<String, StationConfig>,
}

/// What differs for one station.
#[derive(Debug, Clone, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct StationConfig {
    /// In place of [`TenantConfig::strict`].
    pub strict: Option<bool>,
    /// In place of [`TenantConfig::zone`].
    pub zone: Option<String>,
}

/// What a feeder is told about invalid content that is durable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Reply {
    /// 200 with the codes: durable is what counts.
    #[default]
    Durable,
    /// 422 for schema violations, after the event is durable.
    Strict,
}

/// Why the tenants file is not used.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It cannot be read.
    #[error("reading {path}")]
    Read {
        /// The file.
        path: String,
        /// Cause.
        source: std::io::Error,
    },
    /// It is no TOML of the expected shape.
    #[error("parsing {path}")]
    Parse {
        /// The file.
        path: String,
        /// Cause.
        source: toml::de::Error,
    },
    /// Entries cannot be used; all problems.
    #[error("tenants: {}", .0.join("; "))]
    Entries(Vec<String>),
}

/// The tenants file.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct File {
    tenants: BTreeMap<String, TenantConfig>,
}

/// SHA-256 of a token. Deliberately without `PartialEq`.
#[derive(Clone, Copy)]
struct TokenHash([u8; 32]);

/// A tenant, checked.
#[derive(Debug)]
pub struct Tenant {
    name: String,
    suspended: bool,
    station_prefixes: Vec<String>,
    reply: Reply,
    backfill: bool,
    policy: Policy,
    stations: HashMap<String, Policy>,
    events_per_s: u32,
    burst_events: u32,
    bucket: Mutex<TokenBucket>,
}

/// How a station's payloads are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Policy {
    pub(crate) strict: bool,
    pub(crate) zone_minutes: Option<i16>,
}

/// Tenants by token.
#[derive(Default)]
pub struct Directory {
    tenants: BTreeMap<String, Arc<Tenant>>,
    tokens: Vec<(TokenHash, Arc<Tenant>)>,
}

/// Lower-case hex of a token's SHA-256, as it stands in a configuration.
#[must_use]
pub fn sha256_hex(token: &str) -> String {
    Sha256::digest(token.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

impl TokenHash {
    fn of(token: &str) -> Self {
        Self(Sha256::digest(token.as_bytes()).into())
    }

    fn from_hex(text: &str) -> Option<Self> {
        let digits = text.as_bytes();
        if digits.len() != 64 {
            return None;
        }
        let mut hash = [0u8; 32];
        for (slot, pair) in hash.iter_mut().zip(digits.chunks_exact(2)) {
            let text = std::str::from_utf8(pair).ok()?;
            if !pair.iter().all(u8::is_ascii_hexdigit) {
                return None;
            }
            *slot = u8::from_str_radix(text, 16).ok()?;
        }
        Some(Self(hash))
    }
}

impl Tenant {
    /// Name, as in the key.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    pub(crate) const fn suspended(&self) -> bool {
        self.suspended
    }

    pub(crate) const fn reply(&self) -> Reply {
        self.reply
    }

    pub(crate) const fn backfill(&self) -> bool {
        self.backfill
    }

    /// Whether the station is one of the tenant's.
    pub(crate) fn may_write(&self, key: &StationKey) -> bool {
        self.station_prefixes.is_empty()
            || self.station_prefixes.iter().any(|prefix| key.station().starts_with(prefix.as_str()))
    }

    /// How the station's payloads are read.
    pub(crate) fn policy(&self, key: &StationKey) -> Policy {
        self.stations.get(key.station()).copied().unwrap_or(self.policy)
    }

    /// The tenant's rate: works on the bucket under its lock.
    pub(crate) fn rate<T>(&self, work: impl FnOnce(&mut TokenBucket) -> T) -> T {
        work(&mut self.bucket.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn check(name: &str, config: &TenantConfig, now: Instant, problems: &mut Vec<String>) -> Self {
        if let Err(error) = StationKey::new(name, "s") {
            problems.push(format!("{name}: {error}"));
        }
        let policy =
            Policy { strict: config.strict, zone_minutes: zone(name, config.zone.as_deref(), problems) };
        let stations = config
            .stations
            .iter()
            .map(|(station, own)| {
                let at = format!("{name}.stations.{station}");
                let own_zone = zone(&at, own.zone.as_deref(), problems);
                let read = Policy {
                    strict: own.strict.unwrap_or(policy.strict),
                    zone_minutes: own_zone.or(policy.zone_minutes),
                };
                (station.to_ascii_lowercase(), read)
            })
            .collect();
        let burst = match config.burst_events {
            0 => config.events_per_s.saturating_mul(10),
            burst => burst,
        };
        Self {
            name: name.to_owned(),
            suspended: config.suspended,
            station_prefixes: config.station_prefixes.iter().map(|p| p.to_ascii_lowercase()).collect(),
            reply: config.reply,
            backfill: config.backfill,
            policy,
            stations,
            events_per_s: config.events_per_s,
            burst_events: burst,
            bucket: Mutex::new(TokenBucket::new(config.events_per_s, burst, now)),
        }
    }
}

fn zone(at: &str, text: Option<&str>, problems: &mut Vec<String>) -> Option<i16> {
    let text = text?;
    let minutes = parse_zone(text);
    if minutes.is_none() {
        problems.push(format!("{at}.zone: not +hh:mm or -hh:mm, at most 18:00"));
    }
    minutes
}

impl Directory {
    /// Checks all entries.
    ///
    /// # Errors
    /// All problems, each beginning with the tenant's name. Digests are never repeated in them.
    pub fn build(configs: &BTreeMap<String, TenantConfig>) -> Result<Self, Vec<String>> {
        let (mut directory, mut problems) = (Self::default(), Vec::new());
        let now = Instant::now();
        for (name, config) in configs {
            let tenant = Arc::new(Tenant::check(name, config, now, &mut problems));
            for (index, text) in config.token_sha256.iter().enumerate() {
                let Some(hash) = TokenHash::from_hex(text) else {
                    problems.push(format!("{name}.token_sha256[{index}]: not 64 hex digits"));
                    continue;
                };
                if directory.find(&hash).is_some() {
                    problems.push(format!("{name}.token_sha256[{index}]: stands there twice"));
                }
                directory.tokens.push((hash, Arc::clone(&tenant)));
            }
            directory.tenants.insert(name.clone(), tenant);
        }
        if directory.tokens.len() > TOKENS_MAX {
            problems.push(format!("tokens: more than {TOKENS_MAX} in total"));
        }
        if problems.is_empty() { Ok(directory) } else { Err(problems) }
    }

    /// Reads the file, and joins the inline tenants.
    ///
    /// # Errors
    /// [`Error`] if the file cannot be read or an entry cannot be used.
    pub fn load(file: Option<&Path>, inline: &BTreeMap<String, TenantConfig>) -> Result<Self, Error> {
        let mut configs = inline.clone();
        if let Some(path) = file {
            let shown = || path.display().to_string();
            let text =
                std::fs::read_to_string(path).map_err(|source| Error::Read { path: shown(), source })?;
            let read: File =
                toml::from_str(&text).map_err(|source| Error::Parse { path: shown(), source })?;
            for (name, config) in read.tenants {
                if configs.insert(name.clone(), config).is_some() {
                    return Err(Error::Entries(vec![format!("{name}: stands inline and in the file")]));
                }
            }
        }
        Self::build(&configs).map_err(Error::Entries)
    }

    /// Names, in order.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.tenants.keys().map(String::as_str)
    }

    /// The tenant of a presented token.
    pub(crate) fn authenticate(&self, token: &str) -> Option<&Arc<Tenant>> {
        if token.is_empty() || token.len() > TOKEN_BYTES_MAX {
            return None;
        }
        self.find(&TokenHash::of(token))
    }

    fn find(&self, presented: &TokenHash) -> Option<&Arc<Tenant>> {
        let hashes = self.tokens.iter().map(|(hash, _)| hash);
        let place = select(hashes, |hash| hash.0.ct_eq(&presented.0))?;
        self.tokens.get(place).map(|(_, tenant)| tenant)
    }

    /// Takes over the rate buckets of tenants whose rate did not change, or a reload would refill them.
    fn keep_rates_of(&self, old: &Self) {
        for (name, tenant) in &self.tenants {
            let Some(before) = old.tenants.get(name) else { continue };
            if (before.events_per_s, before.burst_events) == (tenant.events_per_s, tenant.burst_events) {
                let level = before.rate(|bucket| bucket.clone());
                tenant.rate(|bucket| *bucket = level);
            }
        }
    }
}

/// Place of the last entry that compares equal. Looks at every entry, and branches on none.
fn select<'a>(
    hashes: impl Iterator<Item = &'a TokenHash>,
    mut equal: impl FnMut(&TokenHash) -> Choice,
) -> Option<usize> {
    let (mut found, mut place) = (Choice::from(0), 0u64);
    for (index, hash) in (0u64..).zip(hashes) {
        let here = equal(hash);
        place.conditional_assign(&index, here);
        found |= here;
    }
    if bool::from(found) { usize::try_from(place).ok() } else { None }
}

/// The directory in use, replaced as a whole when the file changes.
pub(crate) struct Store {
    source: crate::config::Tenants,
    current: RwLock<Arc<Directory>>,
    seen: Mutex<Option<(SystemTime, u64)>>,
}

impl Store {
    pub(crate) fn open(source: crate::config::Tenants) -> Result<Self, Error> {
        let seen = source.file.as_deref().and_then(stamp);
        let directory = Directory::load(source.file.as_deref(), &source.inline)?;
        Ok(Self { source, current: RwLock::new(Arc::new(directory)), seen: Mutex::new(seen) })
    }

    pub(crate) fn current(&self) -> Arc<Directory> {
        Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Reads the file again if its time or size changed. `None`: nothing changed. On an error the old directory
    /// stays in use, and the same file is not tried again until it changes.
    pub(crate) fn reload(&self) -> Option<Result<Arc<Directory>, Error>> {
        let file = self.source.file.as_deref()?;
        let now = stamp(file);
        {
            let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
            if *seen == now {
                return None;
            }
            *seen = now;
        }
        Some(Directory::load(Some(file), &self.source.inline).map(|directory| {
            directory.keep_rates_of(&self.current());
            let directory = Arc::new(directory);
            *self.current.write().unwrap_or_else(PoisonError::into_inner) = Arc::clone(&directory);
            directory
        }))
    }
}

fn stamp(file: &Path) -> Option<(SystemTime, u64)> {
    let meta = std::fs::metadata(file).ok()?;
    Some((meta.modified().ok()?, meta.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn directory(entries: &[(&str, &[&str])]) -> Result<Directory, Vec<String>> {
        let configs = entries.iter().map(|(name, tokens)| {
            let token_sha256 = tokens.iter().map(|token| sha256_hex(token)).collect();
            ((*name).to_owned(), TenantConfig { token_sha256, ..TenantConfig::default() })
        });
        Directory::build(&configs.collect())
    }

    #[test]
    fn a_token_names_its_tenant_and_no_other() {
        let directory = directory(&[("a", &["one", "two"]), ("b", &["three"])]).unwrap();
        let name = |token: &str| directory.authenticate(token).map(|tenant| tenant.name());
        assert_eq!(["one", "two", "three"].map(name), [Some("a"), Some("a"), Some("b")]);
        assert_eq!(["", "on", "four", &sha256_hex("one"), &"x".repeat(513)].map(name), [None; 5]);
    }

    #[test]
    fn every_digest_is_compared_whichever_matches() {
        let hashes: Vec<_> = (0..5).map(|n| TokenHash::of(&n.to_string())).collect();
        for (token, place) in [("0", Some(0)), ("2", Some(2)), ("4", Some(4)), ("none", None)] {
            let (presented, mut compared) = (TokenHash::of(token), 0);
            let found = select(hashes.iter(), |hash| {
                compared += 1;
                hash.0.ct_eq(&presented.0)
            });
            assert_eq!((found, compared), (place, 5), "{token}");
        }
    }

    /// Does not compile if the digest gets an `==`: then two implementations would fit.
    #[test]
    fn digests_can_be_compared_in_constant_time_alone() {
        trait Comparable<A> {
            const FITS: bool = true;
        }
        struct ByOperator;
        impl<T: ?Sized> Comparable<()> for T {}
        impl<T: ?Sized + PartialEq> Comparable<ByOperator> for T {}
        const { assert!(<TokenHash as Comparable<_>>::FITS) };
    }

    #[test]
    fn all_problems_are_told_and_no_digest_is() {
        let hash = sha256_hex("t");
        let bad = TenantConfig {
            token_sha256: vec![hash.clone(), "short".to_owned(), "é".repeat(32)],
            zone: Some("CET".to_owned()),
            ..TenantConfig::default()
        };
        let twin = TenantConfig { token_sha256: vec![hash.clone()], ..TenantConfig::default() };
        let configs = [("A".to_owned(), bad), ("b".to_owned(), twin)].into_iter().collect();
        let problems = Directory::build(&configs).err().unwrap();
        assert_eq!(problems.len(), 5, "{problems:?}");
        assert!(!problems.join(" ").contains(&hash));
    }

    #[test]
    fn a_station_has_its_own_policy_under_any_spelling() {
        let own = StationConfig { strict: Some(true), zone: None };
        let config = TenantConfig {
            zone: Some("+01:00".to_owned()),
            stations: [("CS-1".to_owned(), own)].into_iter().collect(),
            ..TenantConfig::default()
        };
        let tenant = Tenant::check("t", &config, Instant::now(), &mut Vec::new());
        let policy = |station: &str| tenant.policy(&StationKey::new("t", station).unwrap());
        assert_eq!(policy("cs-1"), Policy { strict: true, zone_minutes: Some(60) });
        assert_eq!(policy("CS-1"), policy("cs-1"));
        assert_eq!(policy("cs-2"), Policy { strict: false, zone_minutes: Some(60) });
    }

    #[test]
    fn a_reload_does_not_refill_the_rate() {
        let config = |per_second| {
            let limited =
                TenantConfig { events_per_s: per_second, burst_events: 1, ..TenantConfig::default() };
            Directory::build(&[("t".to_owned(), limited)].into_iter().collect()).unwrap()
        };
        let full = |directory: &Directory| directory.tenants["t"].rate(|b| b.check(Instant::now())).is_ok();
        let old = config(1);
        old.tenants["t"].rate(|bucket| bucket.take(1_000, Instant::now())).unwrap();
        let (same, other) = (config(1), config(2));
        same.keep_rates_of(&old);
        other.keep_rates_of(&old);
        assert_eq!((full(&same), full(&other)), (false, true));
    }
}
