//! XXH3-128 of short inputs that are in registers: nothing is written to memory to be read again, and of a pair the first
//! half may be prepared, also at compile time.
//!
//! Source: xxHash 0.8, `XXH3_len_9to16_128b` and, for at most 32 bytes, `XXH3_len_17to128_128b` (one round of
//! `XXH128_mix32B`). Written out here because every member of every object and every number costs one: with a name's half
//! prepared it is one wide multiplication and two avalanches. The tests hold all of it against the `xxhash-rust` crate.

const PRIME_1: u64 = 0x9e37_79b1_85eb_ca87;
const PRIME_2: u64 = 0xc2b2_ae3d_27d4_eb4f;
const PRIME_4: u64 = 0x85eb_ca77_c2b2_ae63;
const PRIME32_2: u64 = 0x85eb_ca77;
const AVALANCHE: u64 = 0x1656_6791_9e37_79f9;
/// The first 32 bytes of the default secret.
const SECRET: [u64; 4] =
    [0xbe4b_a423_396c_feb8, 0x1cad_21f7_2c81_017c, 0xdb97_9083_e96d_d4de, 0x1f67_b3b7_a4a4_4072];
/// Bytes 32 to 48 of it, and 48 to 64, each folded.
const FLIP_LOW: u64 = 0x78e5_c0cc_4ee6_79cb ^ 0x2172_ffcc_7dd0_5a82;
const FLIP_HIGH: u64 = 0x8e24_43f7_7446_08b8 ^ 0x4c26_3a81_e690_35e0;

/// What the first 16 bytes contribute.
#[derive(Debug, Clone, Copy)]
pub(super) struct Left {
    mixed: u64,
    sum: u64,
}

impl Left {
    #[inline]
    pub(super) const fn new(a: u128, seed: u64) -> Self {
        let (low, high) = halves(a);
        Self { mixed: mix(a, SECRET[0], SECRET[1], seed), sum: low.wrapping_add(high) }
    }
}

/// Hash of two halves of 16 bytes.
#[inline(always)]
pub(super) const fn pair(a: u128, b: u128, seed: u64) -> u128 {
    join(Left::new(a, seed), b, seed)
}

/// Hash of a prepared first half and the second.
#[inline(always)]
pub(super) const fn join(left: Left, b: u128, seed: u64) -> u128 {
    ends(left, b, 32, seed)
}

/// Hash of 17 to 32 bytes: of their first 16, and of their last 16.
#[inline(always)]
pub(super) const fn ends(first: Left, last: u128, len: u64, seed: u64) -> u128 {
    let (last_low, last_high) = halves(last);
    let low = len.wrapping_mul(PRIME_1).wrapping_add(first.mixed) ^ last_low.wrapping_add(last_high);
    let high = mix(last, SECRET[2], SECRET[3], seed) ^ first.sum;
    let folded = low
        .wrapping_mul(PRIME_1)
        .wrapping_add(high.wrapping_mul(PRIME_4))
        .wrapping_add(len.wrapping_sub(seed).wrapping_mul(PRIME_2));
    wide(avalanche(low.wrapping_add(high))) | (wide(avalanche(folded).wrapping_neg()) << 64)
}

/// Hash of 9 to 16 bytes: of their first eight, and of their last eight.
#[inline(always)]
pub(super) const fn small(first: u64, last: u64, len: u64, seed: u64) -> u128 {
    let flipped = first ^ last ^ FLIP_LOW.wrapping_sub(seed);
    let (low, high) = halves(wide(flipped).wrapping_mul(wide(PRIME_1)));
    let low = low.wrapping_add(len.wrapping_sub(1) << 54);
    let last = last ^ FLIP_HIGH.wrapping_add(seed);
    let high = high.wrapping_add(last).wrapping_add((last & 0xffff_ffff).wrapping_mul(PRIME32_2 - 1));
    let (hash_low, hash_high) = halves(wide(low ^ high.swap_bytes()).wrapping_mul(wide(PRIME_2)));
    let hash_high = hash_high.wrapping_add(high.wrapping_mul(PRIME_2));
    wide(avalanche(hash_low)) | (wide(avalanche(hash_high)) << 64)
}

const fn mix(value: u128, secret_low: u64, secret_high: u64, seed: u64) -> u64 {
    let (low, high) = halves(value);
    let product =
        wide(low ^ secret_low.wrapping_add(seed)).wrapping_mul(wide(high ^ secret_high.wrapping_sub(seed)));
    let (low, high) = halves(product);
    low ^ high
}

const fn avalanche(mut x: u64) -> u64 {
    x ^= x >> 37;
    x = x.wrapping_mul(AVALANCHE);
    x ^ (x >> 32)
}

#[expect(clippy::cast_possible_truncation, reason = "the halves are what is wanted; try_from is not const")]
const fn halves(value: u128) -> (u64, u64) {
    (value as u64, (value >> 64) as u64)
}

const fn wide(value: u64) -> u128 {
    value as u128
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{any, prop_assert_eq, proptest};
    use xxhash_rust::xxh3::xxh3_128_with_seed;

    use super::*;

    proptest! {
        #[test]
        fn equals_xxh3(a in any::<u128>(), b in any::<u128>(), seed in any::<u64>()) {
            let bytes = [a.to_le_bytes(), b.to_le_bytes()].concat();
            prop_assert_eq!(pair(a, b, seed), xxh3_128_with_seed(&bytes, seed));
        }

        #[test]
        fn equals_xxh3_in_every_short_length(bytes in any::<[u8; 32]>(), seed in any::<u64>()) {
            let word = |at: usize| u64::from_le_bytes(bytes[at..at + 8].try_into().unwrap());
            let double = |at: usize| u128::from(word(at)) | u128::from(word(at + 8)) << 64;
            for len in 9..=16 {
                let expect = xxh3_128_with_seed(&bytes[..len], seed);
                prop_assert_eq!(small(word(0), word(len - 8), len as u64, seed), expect);
            }
            for len in 17..=32 {
                let expect = xxh3_128_with_seed(&bytes[..len], seed);
                prop_assert_eq!(ends(Left::new(double(0), seed), double(len - 16), len as u64, seed), expect);
            }
        }
    }
}
