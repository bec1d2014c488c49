//! XXH3-128 of exactly 32 bytes, as two halves of which the first may be prepared, also at compile time.
//!
//! Source: xxHash 0.8, `XXH3_len_17to128_128b` for a length of 32 (one round of `XXH128_mix32B`). Written out here because
//! every member of every object costs one: with the name's half prepared it is one wide multiplication and two avalanches.
//! The tests hold it against the `xxhash-rust` crate.

const PRIME_1: u64 = 0x9e37_79b1_85eb_ca87;
const PRIME_2: u64 = 0xc2b2_ae3d_27d4_eb4f;
const PRIME_4: u64 = 0x85eb_ca77_c2b2_ae63;
const AVALANCHE: u64 = 0x1656_6791_9e37_79f9;
/// The first 32 bytes of the default secret.
const SECRET: [u64; 4] =
    [0xbe4b_a423_396c_feb8, 0x1cad_21f7_2c81_017c, 0xdb97_9083_e96d_d4de, 0x1f67_b3b7_a4a4_4072];
const LEN: u64 = 32;

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

/// Hash of both halves.
#[inline]
pub(super) const fn pair(a: u128, b: u128, seed: u64) -> u128 {
    join(Left::new(a, seed), b, seed)
}

/// Hash of a prepared first half and the second.
#[inline]
pub(super) const fn join(left: Left, b: u128, seed: u64) -> u128 {
    let (b_low, b_high) = halves(b);
    let low = LEN.wrapping_mul(PRIME_1).wrapping_add(left.mixed) ^ b_low.wrapping_add(b_high);
    let high = mix(b, SECRET[2], SECRET[3], seed) ^ left.sum;
    let folded = low
        .wrapping_mul(PRIME_1)
        .wrapping_add(high.wrapping_mul(PRIME_4))
        .wrapping_add(LEN.wrapping_sub(seed).wrapping_mul(PRIME_2));
    wide(avalanche(low.wrapping_add(high))) | (wide(avalanche(folded).wrapping_neg()) << 64)
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

#[expect(clippy::cast_lossless, reason = "u128::from is not const")]
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
    }
}
