//! The content hash: what makes two messages "the same event".
//!
//! A 128-bit XXH3 over the message *as a JSON value*: key order, white space, escapes and number spelling do not
//! matter, every other difference does. The decoder walks the value and calls these functions bottom up:
//!
//! | value | hash |
//! |---|---|
//! | null, bool | [`null`], [`boolean`] |
//! | number | [`number()`] over its exact decimal value: `1`, `1.0`, `10e-1` are equal; `-0` is `0` |
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

mod number;
mod short;

use xxhash_rust::const_xxh3::xxh3_128_with_seed as xxh3_at_compile_time;
use xxhash_rust::xxh3::xxh3_128_with_seed;

pub use self::number::{number, short_number};
use self::short::Left;

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

/// Hash of `null`.
#[must_use]
#[inline]
pub const fn null() -> ContentHash {
    const { ContentHash(xxh3_at_compile_time(&[], NULL)) }
}

/// Hash of `true` or `false`.
#[must_use]
#[inline]
pub const fn boolean(value: bool) -> ContentHash {
    const HASHES: [ContentHash; 2] =
        [ContentHash(xxh3_at_compile_time(&[0], BOOLEAN)), ContentHash(xxh3_at_compile_time(&[1], BOOLEAN))];
    if value { HASHES[1] } else { HASHES[0] }
}

/// Hash of a string, from its unescaped bytes.
#[must_use]
#[inline]
pub fn string(unescaped: &[u8]) -> ContentHash {
    ContentHash(xxh3_128_with_seed(unescaped, STRING))
}

/// [`string`], at compile time.
#[must_use]
pub const fn known_string(text: &str) -> ContentHash {
    ContentHash(xxh3_at_compile_time(text.as_bytes(), STRING))
}

/// Hash of bytes that are no JSON document.
#[must_use]
pub fn not_json(bytes: &[u8]) -> ContentHash {
    ContentHash(xxh3_128_with_seed(bytes, NOT_JSON))
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
    pub const fn push(&mut self, element: ContentHash) {
        self.state = short::pair(self.state, element.0, ARRAY_STEP);
        self.count += 1;
    }

    /// The array's hash.
    #[must_use]
    #[inline]
    pub fn finish(self) -> ContentHash {
        ContentHash(short::pair(self.state, u128::from(self.count), ARRAY_END))
    }
}

/// Name of a member, hashed beforehand: for names that are known at compile time this costs nothing.
#[derive(Debug, Clone, Copy)]
pub struct Name(Left);

impl Name {
    /// Hashes an unescaped name.
    #[must_use]
    #[inline]
    pub fn new(unescaped: &[u8]) -> Self {
        Self(Left::new(string(unescaped).0, MEMBER))
    }

    /// [`Self::new`], at compile time.
    #[must_use]
    pub const fn known(name: &str) -> Self {
        Self(Left::new(known_string(name).0, MEMBER))
    }

    /// Hash of a member of that name.
    #[must_use]
    #[inline]
    pub const fn member(&self, value: ContentHash) -> Member {
        Member(short::join(self.0, value.0, MEMBER))
    }
}

/// Hash of one member: its name and its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Member(u128);

/// Hash of an object, member by member in any order. Equal sets of members give equal objects, unfinished ones too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Object {
    sum: u128,
    count: u64,
}

impl Object {
    /// Adds a member; `key` is unescaped.
    #[inline]
    pub fn member(&mut self, key: &[u8], value: ContentHash) {
        self.push(Name::new(key).member(value));
    }

    /// Adds a member that was hashed already.
    #[inline]
    pub const fn push(&mut self, member: Member) {
        self.sum = self.sum.wrapping_add(member.0);
        self.count += 1;
    }

    /// Takes away members that are in it.
    #[must_use]
    pub const fn without(self, members: Self) -> Self {
        Self { sum: self.sum.wrapping_sub(members.sum), count: self.count.wrapping_sub(members.count) }
    }

    /// The object's hash.
    #[must_use]
    #[inline]
    pub fn finish(self) -> ContentHash {
        ContentHash(short::pair(self.sum, u128::from(self.count), OBJECT_END))
    }
}

/// 64-bit hash of the raw bytes and the `offline` flag: breaks ties between copies of one content that were received
/// in the same microsecond, so that the surviving row does not depend on the order of inserts.
#[must_use]
#[inline]
pub fn copy_tiebreak(raw: &[u8], offline: bool) -> u64 {
    xxhash_rust::xxh3::xxh3_64_with_seed(raw, u64::from(offline))
}
