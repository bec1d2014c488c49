//! The content hash: what makes two messages "the same event".
//!
//! A 128-bit XXH3 over the message *as a JSON value*: key order, white space, escapes and number spelling do not
//! matter, every other difference does. The decoder walks the value and calls these functions bottom up:
//!
//! | value | hash |
//! |---|---|
//! | null, bool | [`null`], [`boolean`] |
//! | number | [`number`] over its exact decimal value: `1`, `1.0`, `10e-1` are equal; `-0` is `0` |
//! | string | [`string`] over its unescaped bytes |
//! | array | [`Array`]: in order |
//! | object | [`Object`]: members combine by addition, so order does not matter and nothing is sorted |
//! | bytes that are no JSON | [`not_json`]: they are their own content |
//!
//! Left out of a message: the top-level member `offline`, because a station sets it on everything still queued when
//! it goes offline (E11.FR.07), so a retry may differ in it. Nothing else is left out, known or not: no alias,
//! default, unit or zone rule takes part, or a new decoder would turn old retries into conflicts.
//!
//! The vectors in `tests/hash_vectors.rs` are frozen. XXH3 does not resist an attacker who wants two of his own
//! messages to collide; he could reach the same by sending only one of them.

use xxhash_rust::xxh3::xxh3_128_with_seed;

/// Number of the algorithm below, stored with every row.
pub const ALGORITHM: u8 = 1;

/// Hash of one JSON value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ContentHash(pub u128);

// One seed for each kind of value, so that "1" and 1, or [] and {}, never meet.
const NULL: u64 = 1;
const BOOLEAN: u64 = 2;
const NUMBER: u64 = 3;
const STRING: u64 = 4;
const ARRAY_STEP: u64 = 5;
const ARRAY_END: u64 = 6;
const MEMBER: u64 = 7;
const OBJECT_END: u64 = 8;
const NOT_JSON: u64 = 9;

/// Longest canonical digit string hashed without an allocation; longer numbers take the slow path.
const DIGITS_INLINE: usize = 64;

/// Hash of `null`.
#[must_use]
#[inline]
pub fn null() -> ContentHash {
    ContentHash(xxh3_128_with_seed(&[], NULL))
}

/// Hash of `true` or `false`.
#[must_use]
#[inline]
pub fn boolean(value: bool) -> ContentHash {
    ContentHash(xxh3_128_with_seed(&[u8::from(value)], BOOLEAN))
}

/// Hash of a string, from its unescaped bytes.
#[must_use]
#[inline]
pub fn string(unescaped: &[u8]) -> ContentHash {
    ContentHash(xxh3_128_with_seed(unescaped, STRING))
}

/// Hash of bytes that are no JSON document.
#[must_use]
pub fn not_json(bytes: &[u8]) -> ContentHash {
    ContentHash(xxh3_128_with_seed(bytes, NOT_JSON))
}

/// Hash of a number from its JSON text (RFC 8259 §6), by exact decimal value.
///
/// The value is digits · 10^exponent with neither leading nor trailing zeros in the digits. An exponent beyond i64
/// saturates: such a number is quarantined by the decoder and only needs *a* stable hash.
#[must_use]
pub fn number(text: &[u8]) -> ContentHash {
    let (negative, unsigned) = match text.strip_prefix(b"-") {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let (mantissa, exponent) = split_exponent(unsigned);
    let (whole, fraction) = split_at_byte(mantissa, b'.');
    let fraction_len = i64::try_from(fraction.len()).unwrap_or(i64::MAX);
    let trailing_zeros = trailing_zeros(whole, fraction);
    let exponent = exponent
        .saturating_sub(fraction_len)
        .saturating_add(i64::try_from(trailing_zeros).unwrap_or(i64::MAX));
    let significant = (whole.len() + fraction.len()) - trailing_zeros;
    let digits = whole.iter().chain(fraction).copied().take(significant).skip_while(|&d| d == b'0');
    let mut inline = [0u8; DIGITS_INLINE + 9];
    let mut len = 0;
    let mut long = Vec::new();
    for digit in digits {
        if let (true, Some(slot)) = (len < DIGITS_INLINE, inline.get_mut(len)) {
            *slot = digit;
            len += 1;
        } else {
            if long.is_empty() {
                long.extend(inline.iter().take(len));
            }
            long.push(digit);
        }
    }
    if len == 0 {
        // zero: without sign and exponent
        return ContentHash(xxh3_128_with_seed(&[], NUMBER));
    }
    let tail = tail(negative, exponent);
    if long.is_empty() {
        if let Some(slots) = inline.get_mut(len..len + tail.len()) {
            slots.copy_from_slice(&tail);
        }
        ContentHash(xxh3_128_with_seed(inline.get(..len + tail.len()).unwrap_or_default(), NUMBER))
    } else {
        long.extend_from_slice(&tail);
        ContentHash(xxh3_128_with_seed(&long, NUMBER))
    }
}

fn tail(negative: bool, exponent: i64) -> [u8; 9] {
    let mut tail = [0; 9];
    if let Some((sign, rest)) = tail.split_first_mut() {
        *sign = u8::from(negative);
        rest.copy_from_slice(&exponent.to_le_bytes());
    }
    tail
}

fn trailing_zeros(whole: &[u8], fraction: &[u8]) -> usize {
    let in_fraction = fraction.iter().rev().take_while(|&&d| d == b'0').count();
    if in_fraction < fraction.len() {
        return in_fraction;
    }
    in_fraction + whole.iter().rev().take_while(|&&d| d == b'0').count()
}

fn split_at_byte(bytes: &[u8], at: u8) -> (&[u8], &[u8]) {
    match bytes.iter().position(|&b| b == at) {
        Some(i) => (bytes.get(..i).unwrap_or_default(), bytes.get(i + 1..).unwrap_or_default()),
        None => (bytes, &[]),
    }
}

fn split_exponent(unsigned: &[u8]) -> (&[u8], i64) {
    let Some(at) = unsigned.iter().position(|&b| b == b'e' || b == b'E') else { return (unsigned, 0) };
    let text = unsigned.get(at + 1..).unwrap_or_default();
    let (negative, digits) = match text.split_first() {
        Some((b'-', rest)) => (true, rest),
        Some((b'+', rest)) => (false, rest),
        _ => (false, text),
    };
    let magnitude = digits
        .iter()
        .fold(0i64, |n, &d| n.saturating_mul(10).saturating_add(i64::from(d.wrapping_sub(b'0'))));
    (unsigned.get(..at).unwrap_or_default(), if negative { -magnitude } else { magnitude })
}

/// Hash of an array, element by element in order.
#[derive(Debug, Clone, Copy, Default)]
pub struct Array {
    state: u128,
    count: u64,
}

impl Array {
    /// Adds the next element.
    #[inline]
    pub fn push(&mut self, element: ContentHash) {
        self.state = pair(self.state, element.0, ARRAY_STEP);
        self.count += 1;
    }

    /// The array's hash.
    #[must_use]
    #[inline]
    pub fn finish(self) -> ContentHash {
        ContentHash(pair(self.state, u128::from(self.count), ARRAY_END))
    }
}

/// Hash of an object, member by member in any order.
#[derive(Debug, Clone, Copy, Default)]
pub struct Object {
    sum: u128,
    count: u64,
}

impl Object {
    /// Adds a member; `key` is unescaped.
    #[inline]
    pub fn member(&mut self, key: &[u8], value: ContentHash) {
        self.sum = self.sum.wrapping_add(pair(string(key).0, value.0, MEMBER));
        self.count += 1;
    }

    /// The object's hash.
    #[must_use]
    #[inline]
    pub fn finish(self) -> ContentHash {
        ContentHash(pair(self.sum, u128::from(self.count), OBJECT_END))
    }
}

#[inline]
fn pair(a: u128, b: u128, seed: u64) -> u128 {
    let mut bytes = [0; 32];
    let (low, high) = bytes.split_at_mut(16);
    low.copy_from_slice(&a.to_le_bytes());
    high.copy_from_slice(&b.to_le_bytes());
    xxh3_128_with_seed(&bytes, seed)
}

/// 64-bit hash of the raw bytes and the `offline` flag: breaks ties between copies of one content that were received
/// in the same microsecond, so that the surviving row does not depend on the order of inserts.
#[must_use]
#[inline]
pub fn copy_tiebreak(raw: &[u8], offline: bool) -> u64 {
    xxhash_rust::xxh3::xxh3_64_with_seed(raw, u64::from(offline))
}
